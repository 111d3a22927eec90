# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of a world, and what stands in for ``time``."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable

from wotrus_sandbox.clock import Clock as SandboxClock

START = dt.datetime(2026, 1, 5, 1, 0, 0, tzinfo=dt.UTC).timestamp()
DAY = 86400.0


class Clock:
    """The virtual time, in seconds since 1970.

    :ivar pausing: called at each pause, so that another run may go on
    """

    def __init__(self) -> None:
        self._now = START
        self.pausing: Callable[[], None] = lambda: None

    def now(self) -> float:
        """Return the time."""
        return self._now

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self._now += max(0.0, seconds)

    def sleep(self, seconds: float) -> None:
        """Pause, as ``time.sleep``."""
        self.pass_by(seconds)
        self.pausing()

    def as_time(self) -> types.SimpleNamespace:
        """Return what stands in for the module ``time``."""
        return types.SimpleNamespace(time=self.now, monotonic=self.now, sleep=self.sleep)

    def as_datetime(self, error: Callable[[], float]) -> types.SimpleNamespace:
        """Return what stands in for the module ``datetime``.

        :param error: how many seconds the reader's clock is ahead
        """
        clock = self

        class Datetime(dt.datetime):
            """A ``datetime`` whose present is that of the world."""

            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
                return cls.fromtimestamp(clock.now() + error(), tz)

        return types.SimpleNamespace(datetime=Datetime, timedelta=dt.timedelta, timezone=dt.timezone)


class CaClock(SandboxClock):
    """The sandbox's clock, which follows the world's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        """Return the time of orders and certificates."""
        return self._clock.now()
