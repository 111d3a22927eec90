# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs are killed before each change of the host's disk."""

from __future__ import annotations

import itertools
import random

import pytest

from .killed_runs import REQUESTS, KilledRuns

_BATCH = 8
_PARTS = 4
# Workers are left behind before one change of so many.
_EVERY = 3


@pytest.mark.parametrize("part", range(_PARTS))
def test_run_that_is_killed_before_a_change_of_the_disk_is_completed(
    runs: KilledRuns, chosen: random.Random, part: int
) -> None:
    for start in itertools.count(1 + part, _PARTS * _BATCH):
        numbers = range(start, start + _PARTS * _BATCH, _PARTS)
        reached = 0
        hosts = runs.begin(_BATCH)
        for request in REQUESTS:
            runs.turn(hosts, request)
            for one, number in zip(hosts, numbers, strict=True):
                if runs.kill_before_change(one, number):
                    reached += 1
                runs.look(one)
                # The run that follows is killed as well.
                runs.kill_before_change(one, chosen.randint(1, 40))
                runs.look(one)
            runs.finish(hosts)
        if reached < len(REQUESTS) * _BATCH:
            return


def test_workers_of_a_killed_main_process_do_no_harm(runs: KilledRuns) -> None:
    for start in itertools.count(1, _EVERY * _BATCH):
        numbers = range(start, start + _EVERY * _BATCH, _EVERY)
        reached = 0
        hosts = runs.begin(_BATCH)
        for request in REQUESTS:
            runs.turn(hosts, request)
            for one, number in zip(hosts, numbers, strict=True):
                if runs.kill_main_before_change(one, number):
                    reached += 1
                runs.look(one)
            runs.finish(hosts)
        if reached < len(REQUESTS) * _BATCH:
            return
