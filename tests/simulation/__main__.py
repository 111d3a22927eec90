# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a printed history: ``python -m tests.simulation FILE``, or from standard input."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable

from .history import History, parsed
from .promises import Broken
from .world import World


def main(new_world: Callable[[], World] = World) -> int:
    """Play it with every promise, and print the log."""
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8") if len(sys.argv) > 1 else sys.stdin.read()
    with new_world() as world:
        try:
            History(world, with_switches=False).play(parsed(text))
        except Broken as exc:
            sys.stdout.write("\n".join(world.log) + f"\n\nBROKEN  {exc}\n")
            return 1
        sys.stdout.write("\n".join(world.log) + "\n\nEvery promise holds.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
