# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bounds of time, on the monotonic clock."""

from __future__ import annotations

import dataclasses
import time


@dataclasses.dataclass(frozen=True)
class Deadline:
    """A moment of ``time.monotonic`` after which nothing is begun; ``None`` is no bound."""

    at: float | None = None

    @classmethod
    def after(cls, seconds: float | None) -> Deadline:
        """Return the deadline that many seconds from now."""
        return cls(None if seconds is None else time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds left, never negative."""
        return float("inf") if self.at is None else max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        """No time is left."""
        return self.left() <= 0

    def cut(self, seconds: float) -> float:
        """Return a pause that does not reach past the deadline."""
        return min(seconds, self.left())


NO_DEADLINE = Deadline()
