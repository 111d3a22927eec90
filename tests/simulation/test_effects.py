# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each row that blocks declares what its step leads to, and another effect breaks a history."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.questions import TABLES
from ansible_collections.wotrus.pki.plugins.module_utils._planning.table import Leaf

from . import effects
from .history import play
from .promises import Broken

HISTORY = Path(__file__).parent / "histories" / "follower_of_the_live_order_is_revoked.txt"
BLOCKING = {
    row.name
    for rows in TABLES.values()
    for row in rows
    if isinstance(row.then, Leaf) and row.then.kind is Action.BLOCKED
}
VARIANTS = {
    *("other beside the record's", "other of the entry", "other of the name"),
    "look_for_live named",
}


def test_each_row_that_blocks_is_in_one_layer_or_waits() -> None:
    declared = [*effects.WAITS, *(name for names in effects.LAYERS for name in names)]

    assert sorted(declared) == sorted(BLOCKING | VARIANTS)


def test_step_with_another_effect_than_declared_breaks_a_history() -> None:
    with (
        mock.patch.object(effects, "LAYERS", effects.LAYERS[::-1]),
        pytest.raises(Broken, match="look_for_live > order_dead"),
    ):
        play(HISTORY.read_text(encoding="utf-8"))


def test_more_steps_than_three_break_a_history() -> None:
    with mock.patch.object(effects, "MOST_STEPS", 1), pytest.raises(Broken, match="look_for_live > order_dead"):
        play(HISTORY.read_text(encoding="utf-8"))
