# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clocks of a world whose runs are processes.

They begin at the time of the machine. With libfaketime they can jump: each process sees the time by its environment.
"""

from __future__ import annotations

import time
from pathlib import Path

from tests.simulation import process
from tests.simulation.clock import Clock

LIBRARY = next(map(str, Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), "")
"""The path of libfaketime; empty without it, and then no clock can jump."""

_FLAGS = ("FAKETIME_DISABLE_SHM", "FAKETIME_DONT_FAKE_MONOTONIC", "FAKETIME_NO_CACHE", "NO_FAKE_STAT")
SETTINGS = (("LD_PRELOAD", LIBRARY), *((flag, "1") for flag in _FLAGS)) if LIBRARY else ()
"""Of the environment in which a process starts."""


class MachineClock(Clock):
    """The time of this machine, and what has passed by in events.

    While a run goes on, nothing but real time passes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 0.0

    def now(self) -> float:
        """Return the time."""
        return time.time() + self._ahead

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        if LIBRARY and process.current() is process.NOBODY:
            self._ahead += max(0.0, seconds)

    def environment(self, error: float) -> dict[str, str]:
        """Return the settings of a process that has this clock.

        :param error: how many seconds the process's clock is ahead of it
        """
        return {**dict(SETTINGS), "FAKETIME": f"{self._ahead + error:+f}"} if LIBRARY else {}
