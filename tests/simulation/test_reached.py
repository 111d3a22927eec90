# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each row of the tables, and each value of a field, is reached by a named history, or listed as not reached."""

from __future__ import annotations

import importlib

from . import reached
from .history import play
from .test_examples import EXAMPLES, HISTORIES

NOT_REACHED: tuple[str, ...] = (
    "entry_ukey",
    "early_end_named",
    "end_blocked=yes",
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
