# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are killed in a call of the API: in each, before it takes effect and before its answer arrives."""

from __future__ import annotations

import pytest

from .roads import ROADS, Traffic

# No run makes as many.
_CALLS = range(1, 9)


@pytest.mark.parametrize("when", ["before", "after"])
def test_run_that_is_killed_in_a_call_is_completed(traffic: Traffic, when: str) -> None:
    hosts = traffic.begin(len(_CALLS))
    for road in ROADS:
        traffic.turn(hosts, road)
        for one, number in zip(hosts, _CALLS, strict=True):
            if traffic.kill_at_call(one, number, when=when):
                traffic.count(road, f"all, in a call, {when} it took effect")
            traffic.look(one)
        traffic.finish(hosts)


@pytest.mark.parametrize("when", ["before", "after"])
def test_main_process_that_is_killed_in_a_call_leaves_a_worker_that_harms_nothing(traffic: Traffic, when: str) -> None:
    hosts = traffic.begin(len(_CALLS))
    for road in ROADS:
        traffic.turn(hosts, road)
        for one, number in zip(hosts, _CALLS, strict=True):
            if traffic.kill_main_at_call(one, number, when=when):
                traffic.count(road, f"main process, in a call, {when} it took effect")
            traffic.look(one)
        traffic.finish(hosts)
