# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's clock: the system's time plus an offset that is stored."""

from __future__ import annotations

import datetime
import time

from .errors import AdminError
from .store import Store

BEIJING = datetime.timezone(datetime.timedelta(hours=8))
# The range that the dates of certificates and Python's calendar can both express.
EARLIEST = datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC).timestamp()
LATEST = datetime.datetime(2045, 1, 1, tzinfo=datetime.UTC).timestamp()


class Clock:
    """The time of orders, delays, certificates and ``Date`` headers."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._offset = float(store.read_meta("clock_offset") or 0)

    @property
    def offset(self) -> float:
        """The seconds between the system's time and this clock."""
        return self._offset

    def now(self) -> float:
        """Return the sandbox's time in seconds since 1970-01-01T00:00:00Z."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Move by ``seconds``, back if negative. AdminError outside 2021 to 2044."""
        self._move_to(self.now() + seconds)

    def set_offset(self, seconds: float) -> None:
        """Set the offset from the system's time; 0 removes it.

        AdminError outside 2021 to 2044.
        """
        self._move_to(time.time() + seconds)

    def set(self, text: str) -> None:
        """Move to an ISO 8601 time with an offset (``2027-01-31T08:00:00Z``).

        AdminError for another text.
        """
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            raise AdminError("set must be an ISO 8601 time, such as 2027-01-31T08:00:00Z") from None
        if moment.tzinfo is None:
            raise AdminError("set must have an offset: add Z for UTC, or +08:00")
        self._move_to(moment.timestamp())

    def _move_to(self, moment: float) -> None:
        if not EARLIEST <= moment < LATEST:
            raise AdminError("the clock must be in the years 2021 to 2044")
        self._offset = moment - time.time()
        self._store.write_meta("clock_offset", repr(self._offset))


def iso(moment: float) -> str:
    """Return a moment (seconds since 1970) as ``2027-01-31T08:00:00.000Z``."""
    text = datetime.datetime.fromtimestamp(moment, tz=datetime.UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def beijing(moment: float) -> datetime.datetime:
    """Return a moment (seconds since 1970) in the real server's time zone."""
    return datetime.datetime.fromtimestamp(moment, tz=BEIJING)
