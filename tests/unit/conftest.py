# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The profile of hypothesis, an environment without proxies, and a run for each test."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from ansible_collections.wotrus.pki.plugins.module_utils._client import api
from ansible_collections.wotrus.pki.plugins.module_utils._client.run_stop import RunStop
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import batch_check

# A busy machine is no finding, and everybody is shown the same cases: tests/torture looks for new ones.
settings.register_profile("unit", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")

# A proxy of the machine's must not come between a test and its server.
for name in [one for one in os.environ if one.lower().endswith("_proxy")]:
    del os.environ[name]


@pytest.fixture(autouse=True)
def new_run(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Begin a run, as each test is one: an answer that contradicts the manual stops the orders of its run."""

    def begin() -> None:
        made = RunStop()
        for module in (api, batch_check):
            monkeypatch.setattr(module, "STOP", made)

    begin()
    return begin
