# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a printed history with ``ansible-playbook``: ``python -m tests.torture.histories FILE``."""

from __future__ import annotations

import pathlib
import sys

import tests.simulation
from tests.simulation.history import History, parsed
from tests.simulation.promises import Broken

from .world import PlaybookWorld

assert tests.simulation


def main() -> int:
    """Play it with every promise, and print the log."""
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8") if len(sys.argv) > 1 else sys.stdin.read()
    with PlaybookWorld() as world:
        try:
            History(world).play(parsed(text))
            verdict = "Every promise holds."
        except Broken as exc:
            verdict = f"BROKEN  {exc}"
        sys.stdout.write("\n".join([*world.log, "", verdict, ""]))
    return int(verdict.startswith("BROKEN"))


if __name__ == "__main__":
    sys.exit(main())
