# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A history that reaches each part of such a world."""

from __future__ import annotations

from pathlib import Path

from tests.simulation.history import History, parsed

from .clocks import LIBRARY
from .world import PlaybookWorld

_FILE = Path(__file__).with_name("a_kill_a_lie_and_a_renewal.txt")


def test_history_of_playbooks_keeps_every_promise() -> None:
    with PlaybookWorld() as world:
        History(world).play(parsed(_FILE.read_text(encoding="utf-8")))
        assert any(seen.result.is_killed for seen in world.runs)
        assert any(row["error_code"] == "invalid_csr" for seen in world.runs for row in seen.result.rows)
        assert len(world.ca.paid()) == (3 if LIBRARY else 2)
