# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox for all tests that only need different orders; its switches are put back after each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox, start_sandbox

from . import orders

_DEFAULTS = {
    "review_delay": 0,
    "ca_delay": 0,
    "manual_review": False,
    "unpaid": False,
    "auto_issue": False,
    "repeat_answer": "adopt",
    "reissue_answer": "new",
    "revoke_answer": "audit",
    "notify_sent": True,
    "push_url": "",
    "push_secret": "",
    "push_when": "ready",
    "push_retry_delay": 0,
}
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("shared")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    yield shared
    shared.clear_faults()
    shared.clock(offset=0)
    shared.settings(**_DEFAULTS)
    shared.clear_calls()


@pytest.fixture
def body() -> dict[str, Any]:
    """A create call with an idempotence value of its own."""
    return orders.body(idempotenceID=f"value-{next(_numbers)}")
