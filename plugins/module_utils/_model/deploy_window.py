# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The weekdays and hours in which a live certificate may be replaced.

The clock on the wall of a zone counts. So an hour that summer time skips has no window, and an hour that comes twice
has it twice.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UTC = "UTC"
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
_DAY = 24 * 60
_MINUTE = dt.timedelta(minutes=1)
# A window once a week may fall into an hour that is skipped.
_MOST_DAYS = 16


@dataclasses.dataclass(frozen=True)
class DeployWindow:
    """A window.

    :ivar days: the weekdays on which it opens; Monday is 0
    :ivar opens: the minute of the day
    :ivar closes: the minute of the same day, or of the next one with 1440 more
    """

    days: frozenset[int]
    opens: int
    closes: int
    zone: dt.tzinfo

    @classmethod
    def read(cls, options: Json) -> DeployWindow:
        """Read the options ``days``, ``hours`` and ``zone``.

        :raises InvalidInput: the hours or the zone make no sense; the message begins with the option
        """
        found = _HOURS.fullmatch(options["hours"])
        hours = [int(part) for part in found.groups()] if found else []
        opens, closes = (hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]) if hours else (0, 0)
        if opens == closes or closes > _DAY:
            raise InvalidInput("hours is {hours!r}, but must be like 22:00-06:00.", hours=options["hours"])
        days = frozenset(DAYS.index(day) for day in options["days"]) or frozenset(range(7))
        return cls(days, opens, closes if closes > opens else closes + _DAY, _zone(options["zone"]))

    def is_open(self, moment: dt.datetime) -> bool:
        """Return whether it is open at a moment."""
        wall = moment.astimezone(self.zone)
        minute = wall.hour * 60 + wall.minute
        return any(
            (wall.weekday() - ago) % 7 in self.days and self.opens <= minute + ago * _DAY < self.closes
            for ago in (0, 1)
        )

    def next_opening(self, moment: dt.datetime) -> dt.datetime:
        """Return the first moment after another one at which it opens, in its own zone."""
        found = (opening for opening in self._openings(moment) if opening > moment and self.is_open(opening))
        return next(found).astimezone(self.zone)

    def _openings(self, moment: dt.datetime) -> t.Iterator[dt.datetime]:
        """Yield the moments at which it may open, each minute of an hour that is skipped or comes twice."""
        today = moment.astimezone(self.zone).date()
        for number in range(-1, _MOST_DAYS):
            wall = dt.datetime.combine(today + dt.timedelta(days=number), dt.time(), self.zone)
            wall += dt.timedelta(minutes=self.opens)
            first, last = sorted(wall.replace(fold=fold).astimezone(dt.timezone.utc) for fold in (0, 1))
            while first <= last:
                yield first
                first += _MINUTE


def _zone(name: str) -> dt.tzinfo:
    """Return a zone of the IANA database.

    :raises InvalidInput: this machine does not know it
    """
    if name == _UTC:
        return dt.timezone.utc
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
        raise InvalidInput(
            "zone is {zone!r}, which the controller does not know. Write it like Asia/Shanghai. If it is right, "
            "install the package tzdata on the controller.",
            zone=name,
        ) from None
