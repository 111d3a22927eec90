# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are killed at a time that chance decides, of one host and of several."""

from __future__ import annotations

import random
import time

from .roads import ORDER, ROADS, Traffic

_BATCH = 12
_TOGETHER = 4
_SLOWER = 2


def duration(traffic: Traffic) -> float:
    """Return how long a whole run takes here and now."""
    began = time.monotonic()
    assert traffic.start(*traffic.begin(1)).finish().code == 0
    return time.monotonic() - began


def test_run_that_is_killed_at_any_time_is_completed(traffic: Traffic, chosen: random.Random) -> None:
    longest = duration(traffic)
    hosts = traffic.begin(_BATCH)
    for road in ROADS:
        traffic.turn(hosts, road)
        for one in hosts:
            run = traffic.start(one)
            if not run.ends_within(chosen.uniform(0, longest)):
                run.kill()
                traffic.count(road, "all, at any time")
            traffic.look(one)
        traffic.finish(hosts)


def test_main_process_that_is_killed_at_any_time_leaves_workers_that_harm_nothing(
    traffic: Traffic, chosen: random.Random
) -> None:
    longest = duration(traffic)
    hosts = traffic.begin(_BATCH)
    for road in ROADS:
        traffic.turn(hosts, road)
        for one in hosts:
            run = traffic.start(one)
            if not run.ends_within(chosen.uniform(0, longest)):
                traffic.kill_main_now(run, one)
                traffic.count(road, "main process, at any time")
            traffic.look(one)
        traffic.finish(hosts)


def test_run_of_several_hosts_that_is_killed_at_any_time_is_completed(traffic: Traffic, chosen: random.Random) -> None:
    longest = _SLOWER * duration(traffic)
    for _batch in range(_BATCH):
        hosts = traffic.begin(_TOGETHER)
        run = traffic.start(*hosts)
        if not run.ends_within(chosen.uniform(0, longest)):
            run.kill()
            traffic.count(ORDER, "all, with four hosts, at any time")
        for one in hosts:
            traffic.look(one)
        traffic.finish(hosts)
