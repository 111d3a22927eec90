# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each known break is shown by its history.

A fix removes it from ``switches.py``.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from . import persons
from .history import END, History, parsed, play
from .promises import Broken
from .switches import KNOWN
from .world import World

# Their last steps lead nowhere, and nor does the runbook, as guide_tested says by their codes.
WITHOUT_HELP = {
    "certificate_of_another_account",
    "corrected_name_beside_another_organization",
    "lost_record_of_an_order_of_ten_years_ago",
    "order_issued_anew_with_an_earlier_end",
}
HISTORIES = Path(__file__).parent / "histories"
BREAKS = sorted({(known.history, known.promise) for known in KNOWN})


@pytest.mark.xfail(strict=True, raises=Broken)
@pytest.mark.parametrize(("history", "promise"), BREAKS, ids=[history for history, _promise in BREAKS])
def test_promise_holds_in_the_history_that_broke_it(history: str, promise: str) -> None:
    play((HISTORIES / f"{history}.txt").read_text(encoding="utf-8"), only=promise)


@pytest.mark.parametrize("history", [name for name, promise in BREAKS if promise == persons.PROGRESS])
def test_runbook_helps_but_where_the_guide_says_so(history: str) -> None:
    sentences = parsed((HISTORIES / f"{history}.txt").read_text(encoding="utf-8"))
    with World() as world:
        History(world, only="").play(sentence for sentence in sentences if sentence != END)
        world.patience = 0
        with pytest.raises(Broken) if history in WITHOUT_HELP else contextlib.nullcontext():
            persons.follow_to_the_end(world, lambda: None)
