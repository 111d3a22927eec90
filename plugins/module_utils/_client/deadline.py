# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time limits on the monotonic clock."""

from __future__ import annotations

import dataclasses
import time


@dataclasses.dataclass(frozen=True)
class Deadline:
    """A time of ``time.monotonic`` after which no call starts.

    ``None`` is no limit.
    """

    at: float | None = None

    @classmethod
    def after(cls, seconds: float | None) -> Deadline:
        """Return the deadline some seconds from now."""
        return cls(None if seconds is None else time.monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds left, never negative."""
        return float("inf") if self.at is None else max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.left() <= 0


NO_DEADLINE = Deadline()
