# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs are killed in each call of the API.

The kill is before the call's effect, or before its answer.
"""

from __future__ import annotations

import pytest

from .killed_runs import REQUESTS, KilledRuns

# No run makes more.
_CALLS = range(1, 11)


@pytest.mark.parametrize("when", ["before", "after"])
def test_run_that_is_killed_in_a_call_is_completed(runs: KilledRuns, when: str) -> None:
    hosts = runs.begin(len(_CALLS))
    for request in REQUESTS:
        runs.turn(hosts, request)
        for one, number in zip(hosts, _CALLS, strict=True):
            runs.kill_at_call(one, number, when=when)
            runs.look(one)
        runs.finish(hosts)


@pytest.mark.parametrize("when", ["before", "after"])
def test_worker_of_a_main_process_that_is_killed_in_a_call_does_no_harm(runs: KilledRuns, when: str) -> None:
    hosts = runs.begin(len(_CALLS))
    for request in REQUESTS:
        runs.turn(hosts, request)
        for one, number in zip(hosts, _CALLS, strict=True):
            runs.kill_main_at_call(one, number, when=when)
            runs.look(one)
        runs.finish(hosts)
