# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of one or several hosts are killed at random times."""

from __future__ import annotations

import random
import time

from .killed_runs import REQUESTS, KilledRuns

_BATCH = 24
_TOGETHER = 4
_SLOWER = 2


def duration(runs: KilledRuns) -> float:
    """Return how long a whole run takes here and now."""
    began = time.monotonic()
    assert runs.start(*runs.begin(1)).finish().code == 0
    return time.monotonic() - began


def test_run_that_is_killed_at_any_time_is_completed(runs: KilledRuns, chosen: random.Random) -> None:
    longest = duration(runs)
    hosts = runs.begin(_BATCH)
    for request in REQUESTS:
        runs.turn(hosts, request)
        for one in hosts:
            run = runs.start(one)
            if run.ends_within(chosen.uniform(0, longest)):
                run.finish()
            else:
                run.kill()
            runs.look(one)
        runs.finish(hosts)


def test_workers_of_a_main_process_that_is_killed_at_any_time_do_no_harm(
    runs: KilledRuns, chosen: random.Random
) -> None:
    longest = duration(runs)
    hosts = runs.begin(_BATCH)
    for request in REQUESTS:
        runs.turn(hosts, request)
        for one in hosts:
            run = runs.start(one)
            if run.ends_within(chosen.uniform(0, longest)):
                run.finish()
            else:
                runs.kill_main_now(run, one)
            runs.look(one)
        runs.finish(hosts)


def test_run_of_several_hosts_that_is_killed_at_any_time_is_completed(runs: KilledRuns, chosen: random.Random) -> None:
    longest = _SLOWER * duration(runs)
    for _batch in range(_BATCH):
        hosts = runs.begin(_TOGETHER)
        run = runs.start(*hosts)
        if run.ends_within(chosen.uniform(0, longest)):
            run.finish()
        else:
            run.kill()
        for one in hosts:
            runs.look(one)
        runs.finish(hosts)
