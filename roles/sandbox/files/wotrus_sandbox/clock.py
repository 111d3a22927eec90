# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock that can be moved: the system's, plus an offset that survives a restart."""

from __future__ import annotations

import datetime
import time
from email.utils import formatdate

from .errors import AdminError
from .store import Store

BEIJING = datetime.timezone(datetime.timedelta(hours=8))
# What X.509 and the calendar of Python both can write without trouble.
EARLIEST = datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC).timestamp()
LATEST = datetime.datetime(2045, 1, 1, tzinfo=datetime.UTC).timestamp()


class Clock:
    """The sandbox's time; everything it dates (orders, delays, certificates, ``Date`` headers) asks here."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._offset = float(store.read_meta("clock_offset") or 0)

    @property
    def offset(self) -> float:
        """Seconds by which this clock is ahead of the system's."""
        return self._offset

    def now(self) -> float:
        """Return the sandbox's time in seconds since 1970-01-01T00:00:00Z."""
        return time.time() + self._offset

    def http_date(self) -> str:
        """Return the sandbox's time as HTTP's ``Date`` header has it (RFC 9110, section 5.6.7)."""
        return formatdate(self.now(), usegmt=True)

    def advance(self, seconds: float) -> None:
        """Move by ``seconds`` (backwards when negative); AdminError outside 2021 to 2044."""
        self._move_to(self.now() + seconds)

    def set_offset(self, seconds: float) -> None:
        """Be ahead of the system's clock by ``seconds``; 0 is the system's time."""
        self._move_to(time.time() + seconds)

    def set(self, text: str) -> None:
        """Move to ``text``, an ISO 8601 time with its offset (``2027-01-31T08:00:00Z``); AdminError otherwise."""
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            raise AdminError("set must be an ISO 8601 time, such as 2027-01-31T08:00:00Z") from None
        if moment.tzinfo is None:
            raise AdminError("set must say its offset: add Z for UTC, or +08:00")
        self._move_to(moment.timestamp())

    def _move_to(self, moment: float) -> None:
        if not EARLIEST <= moment < LATEST:
            raise AdminError("the sandbox's clock runs from 2021 to 2044")
        self._offset = moment - time.time()
        self._store.write_meta("clock_offset", repr(self._offset))


def iso(moment: float) -> str:
    """Return a moment (seconds since 1970) as ``2027-01-31T08:00:00.000Z``."""
    text = datetime.datetime.fromtimestamp(moment, tz=datetime.UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def beijing(moment: float) -> datetime.datetime:
    """Return a moment (seconds since 1970) in the time zone the real server answers in (+08:00)."""
    return datetime.datetime.fromtimestamp(moment, tz=BEIJING)
