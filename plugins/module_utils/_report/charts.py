# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers for the report's charts: counts, and positions in percent."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Stage
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_timestamp

_BEFORE = dt.timedelta(days=400)
_AFTER = dt.timedelta(days=800)
_MARGIN = dt.timedelta(days=20)
_MONTHS = 12
LATER = "later"


@dataclasses.dataclass(frozen=True)
class Timeline:
    """The period that the validity bars show, the same for all."""

    start: dt.datetime
    end: dt.datetime
    as_of: dt.datetime

    @classmethod
    def of(cls, report: Json) -> Timeline:
        """Return the period that shows all certificates, at most three years."""
        as_of = parse_timestamp(report["as_of"])
        rows = report["certificates"]
        starts = [parse_timestamp(one["not_before"]) for one in rows if one["not_before"]]
        ends = [parse_timestamp(one["expires"]) for one in rows if one["expires"]]
        start, end = min([*starts, as_of]), max([*ends, as_of])
        return cls(max(start - _MARGIN, as_of - _BEFORE), min(end + _MARGIN, as_of + _AFTER), as_of)

    @property
    def now(self) -> float:
        """The position of the report's time."""
        return self._place(self.as_of)

    def place(self, text: str | None) -> float:
        """Return the position of a time, from 0 to 100.

        An unknown time has the position of the period's start.
        """
        return self._place(parse_timestamp(text)) if text else 0.0

    def quarters(self) -> list[tuple[float, int | None]]:
        """Return the position of each quarter's first day.

        The first mark of each year has the year, and others ``None``.
        """
        first = self.start.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
        days = [first.replace(year=first.year + n // 4, month=1 + n % 4 * 3) for n in range(20)]
        shown = [day for day in days if self.start < day < self.end]
        return [(self._place(day), day.year if day.month == 1 or day is shown[0] else None) for day in shown]

    def _place(self, moment: dt.datetime) -> float:
        share = (moment - self.start) / (self.end - self.start)
        return round(min(max(share, 0.0), 1.0) * 100, 2)


def months(report: Json) -> list[dict[str, t.Any]]:
    """Return how many certificates end in each of twelve months.

    Each is a ``count`` and a ``share``, and so is the number of those that end later.

    The share is of the tallest column.
    """
    as_of = parse_timestamp(report["as_of"])
    first = as_of.year * 12 + as_of.month - 1
    names = [f"{number // 12}-{number % 12 + 1:02}" for number in range(first, first + _MONTHS)]
    ends = [one["expires"][:7] for one in report["certificates"] if one["expires"]]
    counts = collections.Counter(LATER if end > names[-1] else end for end in ends)
    names.append(LATER)
    return _shares([(name, counts[name]) for name in names], max(counts[name] for name in names))


def stages(report: Json) -> list[dict[str, t.Any]]:
    """Return how many certificates are in each stage of an order.

    Each is a ``count``, and a ``share`` of all certificates.
    """
    counts = collections.Counter(one["stage"] or "none" for one in report["certificates"])
    known = [name for name in (*(stage.value for stage in Stage), "none") if counts[name]]
    return _shares([(name, counts[name]) for name in known], sum(counts.values()))


def _shares(counts: t.Sequence[tuple[str, int]], whole: int) -> list[dict[str, t.Any]]:
    return [
        {"name": name, "count": count, "share": round(100 * count / whole, 2) if whole else 0} for name, count in counts
    ]
