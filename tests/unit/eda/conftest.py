# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox for all tests; its switches are put back after each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push import deliveries, work_queue
from tests.helpers.sandbox import Sandbox, start_sandbox

from .running import Clock


@pytest.fixture(autouse=True)
def _read_reports_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "_PAUSE_BETWEEN_LOOKS", 0.02)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the sources; it stands still until it is moved."""
    one = Clock()
    monkeypatch.setattr(work_queue, "time", one)
    return one


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("pushing"), "--push-retry-delay", "0.05") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    shared.clear_calls()
    yield shared
    shared.clear_faults()
    shared.restore_settings()
