# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs are killed at four places; the long form uses all."""

from __future__ import annotations

from .killed_runs import REISSUE, KilledRuns

# Of an order: the record is written; the key is there and its request is not; the link is about to be switched.
_OF_AN_ORDER = (12, 20, 50)
# Of a reissue: the link is switched, and the record is not written.
_OF_A_REISSUE = 45


def test_killed_run_is_completed_by_the_next(runs: KilledRuns) -> None:
    hosts = runs.begin(len(_OF_AN_ORDER))

    for one, number in zip(hosts, _OF_AN_ORDER, strict=True):
        assert runs.kill_before_change(one, number)
        runs.look(one)
    runs.finish(hosts)


def test_workers_without_their_main_process_do_no_harm(runs: KilledRuns) -> None:
    (one,) = runs.begin(1)
    # The first call is the one that costs money.
    assert runs.kill_main_at_call(one, 1, when="after")
    runs.look(one)
    runs.turn([one], REISSUE)

    assert runs.kill_main_before_change(one, _OF_A_REISSUE)
    runs.look(one)
    runs.finish([one])
