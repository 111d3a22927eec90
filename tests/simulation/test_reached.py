# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each row of the tables, and each value of a field, is reached by a named history, or listed as not reached."""

from __future__ import annotations

import importlib

from . import reached
from .history import play
from .test_examples import EXAMPLES, HISTORIES

NOT_REACHED = (
    "live_is_of_entry",
    "later_than_unknown",
    "entry_ukey",
    "gone",
    "other_misfit",
    "named_misfit",
    "root_unproved_named",
    "term_runs",
    "waits_for_half",
    "early_end_named",
    "unidentified",
    "live_dead_key",
    "newer_key",
    "live_expired",
    "dropped_check",
    "dropped_revoking_named",
    "dropped_revoking",
    "reissue_dropped",
    "issued_over",
    "elsewhere_refused",
    "elsewhere_other",
    "other_live_due",
    "companion_acts=no",
    "dead=blocked",
    "dropped=next",
    "dropped=acts",
    "due=waits",
    "end_blocked=yes",
    "identified=no",
    "live_expired=yes",
    "live_stands=fault",
    "named=misfit",
    "newer=other_key",
    "newest=unnamed",
    "prepared_stage=next",
    "too_early=yes",
    "unknown_later=yes",
)
"""No history reaches these yet. ``tests/unit/planning`` decides them from facts alone."""


def test_each_row_and_value_is_reached_or_listed() -> None:
    assert sorted([*reached.LISTED, *NOT_REACHED]) == sorted(reached.EVERYTHING)


def test_each_named_history_and_test_is_one() -> None:
    """Whether it reaches what it is named for is compared after it."""
    tests = {one for one in reached.LISTED.values() if "::" in one}
    modules = {one: importlib.import_module(f".{one.partition('::')[0]}", __package__) for one in tests}

    assert [one for one in tests if not hasattr(modules[one], one.partition("::")[2])] == []
    assert sorted({*reached.LISTED.values()} - tests - {*EXAMPLES}) == []


def test_only_what_is_reached_is_noted() -> None:
    with reached.noted() as found:
        play((HISTORIES / "lost_record_after_renewal.txt").read_text(encoding="utf-8"))

    assert {"renewal", "pem=dates"} <= found
    assert not {"order_dead", "pem=unread"} & found
