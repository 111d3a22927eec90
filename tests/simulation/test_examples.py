# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every promise holds in histories that found something once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .history import parsed, play, printed
from .persons import STEPS
from .switches import KNOWN

TEXTS = Path(__file__).parents[2] / "plugins" / "module_utils" / "_texts" / "zh.json"
HISTORIES = Path(__file__).parent / "histories"
EXAMPLES = sorted({path.stem for path in HISTORIES.glob("*.txt")} - {known.history for known in KNOWN})


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_promise_holds(name: str) -> None:
    play((HISTORIES / f"{name}.txt").read_text(encoding="utf-8"))


def test_persons_follow_steps_that_are_printed() -> None:
    printed_texts = json.loads(TEXTS.read_text(encoding="utf-8"))

    assert sorted(set(STEPS) - set(printed_texts)) == []


@pytest.mark.parametrize("name", ["a_fleet_over_two_years", "two_runs_interleave"])
def test_same_history_has_the_same_log(name: str) -> None:
    text = (HISTORIES / f"{name}.txt").read_text(encoding="utf-8")
    first = play(text).log

    assert play(text).log == first
    assert play(printed(parsed(text))).log == first
