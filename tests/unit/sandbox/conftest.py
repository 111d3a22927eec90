# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sandbox that tests share. Its settings are restored after each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox, start_sandbox

from . import orders

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("shared"), "--push-retry-delay", "0") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    yield shared
    shared.clear_faults()
    shared.clock(offset=0)
    shared.restore_settings()
    shared.clear_calls()


@pytest.fixture
def body() -> dict[str, Any]:
    """A create call with an idempotence value of its own."""
    return orders.body(idempotenceID=f"value-{next(_numbers)}")
