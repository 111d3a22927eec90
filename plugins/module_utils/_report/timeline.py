# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a certificate as a bar on a scale of time, drawn in SVG: a page's style may not stand in attributes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._report.markup import Node, node

Json = t.Mapping[str, t.Any]

_BEFORE = dt.timedelta(days=400)
_AFTER = dt.timedelta(days=800)
_MARGIN = dt.timedelta(days=20)


@dataclasses.dataclass(frozen=True)
class Scale:
    """The time that the bars show, the same for all."""

    start: dt.datetime
    end: dt.datetime
    now: dt.datetime

    @classmethod
    def of(cls, certificates: t.Sequence[Json], now: dt.datetime) -> Scale:
        """Return the scale that shows all certificates, within reason."""
        starts = [parse_timestamp(one["not_before"]) for one in certificates if one["not_before"]]
        ends = [parse_timestamp(one["expires"]) for one in certificates if one["expires"]]
        start, end = min(starts, default=now), max(ends, default=now)
        return cls(
            start=max(min(start, now) - _MARGIN, now - _BEFORE), end=min(max(end, now) + _MARGIN, now + _AFTER), now=now
        )

    def place(self, moment: dt.datetime) -> float:
        """Return where a moment is, from 0 to 100."""
        share = (moment - self.start) / (self.end - self.start)
        return round(min(max(share, 0.0), 1.0) * 100, 2)

    def axis(self) -> Node:
        """Return the scale itself, with its years and quarters."""
        marks: list[Node] = []
        for moment in self._quarters():
            at = f"{self.place(moment)}%"
            marks.append(node("line", x1=at, x2=at, y1="11", y2="16"))
            if moment.month == 1 or not marks[1:]:
                marks.append(node("text", str(moment.year), x=at, y="9"))
        return _svg("axis", *marks, _now(self))

    def _quarters(self) -> list[dt.datetime]:
        first = self.start.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
        moments = [first.replace(year=first.year + n // 4, month=1 + n % 4 * 3) for n in range(20)]
        return [moment for moment in moments if self.start < moment < self.end]

    def bar_of(self, one: Json) -> Node:
        """Return the bar of a certificate: what is past, what is left, and the window in which it is renewed."""
        start, end = (self.place(parse_timestamp(one[name])) for name in ("not_before", "expires"))
        now = self.place(self.now)
        parts = [_rect("track", 0, 100)]
        parts += [_rect("former", *self._span(old)) for old in one["superseded"] if old["expires"]]
        parts.append(_rect("whole", start, end))
        if start < now < end:
            parts.append(_rect("left", now, end))
        if one["renew_at"]:
            parts.append(_rect("window", max(self.place(parse_timestamp(one["renew_at"])), start), end))
        return _svg("life", *parts, _now(self))

    def _span(self, old: Json) -> tuple[float, float]:
        start = parse_timestamp(old["not_before"]) if old["not_before"] else self.start
        return self.place(start), self.place(parse_timestamp(old["expires"]))


def share(part: int, whole: int) -> Node:
    """Return a bar for a part of a whole."""
    return _svg("share", _rect("track", 0, 100), _rect("part", 0, round(100 * part / whole, 2) if whole else 0))


def column(part: int, most: int) -> Node:
    """Return a column whose height is a part of the tallest."""
    height = round(100 * part / most, 2) if most else 0
    rect = node("rect", class_="part", x="0", width="100%", y=f"{100 - height:g}%", height=f"{height:g}%")
    return _svg("column", rect)


def _svg(kind: str, *parts: Node) -> Node:
    return node("svg", *parts, class_=kind, aria_hidden="true", focusable="false")


def _rect(kind: str, start: float, end: float) -> Node:
    return node("rect", class_=kind, x=f"{start:g}%", width=f"{max(end - start, 0.3):g}%", height="100%")


def _now(scale: Scale) -> Node:
    at = f"{scale.place(scale.now):g}%"
    return node("line", class_="now", x1=at, x2=at, y1="0", y2="100%")
