# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of a wait, read from the sandbox's log.

They are grouped by order, with the intervals between them.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from tests.helpers.sandbox import Sandbox

# Calls about one order that stand closer together are one look at it: no pause of a wait is as short.
_ONE_LOOK = 0.5
# A look may be on its way while the sandbox lets the order go.
_ON_ITS_WAY = 0.25


@dataclasses.dataclass(frozen=True)
class Look:
    """Calls about one order that belong together.

    :ivar at: when the first was answered, on the sandbox's clock
    :ivar found: whether the certificate was there
    """

    at: float
    requests: int
    found: bool


@dataclasses.dataclass(frozen=True)
class Watch:
    """The polls of a wait.

    :ivar most_requests: the most requests of a look that was not the last of its order
    :ivar most_late_looks: the most looks at an order that began after it was ready
    :ivar longest_fetch: the most seconds from the first look at a ready order to the one that found its certificate
    :ivar last_lag: seconds from when the last order was ready until it was noticed
    :ivar unnoticed: orders whose certificate was never fetched or seen
    """

    shortest_interval: float
    longest_interval: float
    most_requests: int
    most_late_looks: int
    longest_fetch: float
    last_lag: float
    busiest_second: int
    unnoticed: int


def watch_of(sandbox: Sandbox, released_after: Mapping[str, float]) -> Watch:
    """Return the calls for each order since the log was cleared.

    :param released_after: by id, the seconds from an order's creation until its certificate can be had
    """
    created = {str(order["id"]).lower(): _seconds(order["created"]) for order in sandbox.state()["orders"]}
    ready = {order_id: created[order_id] + seconds for order_id, seconds in released_after.items()}
    calls: dict[str, list[dict[str, Any]]] = {order_id: [] for order_id in released_after}
    busy: collections.Counter[int] = collections.Counter()
    for call in sandbox.calls():
        calls.get(str(call["order_id"]).lower(), []).append(call)
        busy[int(call["time"])] += 1
    looks = {order_id: _looks(found) for order_id, found in calls.items()}
    gaps = [after.at - before.at for found in looks.values() for before, after in itertools.pairwise(found)]
    late = {
        order_id: [look for look in found if look.at > ready[order_id] + _ON_ITS_WAY]
        for order_id, found in looks.items()
    }
    last = max(released_after, key=lambda order_id: ready[order_id])
    return Watch(
        shortest_interval=min(gaps, default=0.0),
        longest_interval=max(gaps, default=0.0),
        most_requests=max((look.requests for found in looks.values() for look in found[:-1]), default=0),
        most_late_looks=max(len(found) for found in late.values()),
        longest_fetch=max((found[-1].at - found[0].at for found in late.values() if found), default=0.0),
        last_lag=max(0.0, looks[last][-1].at - ready[last]) if looks[last] else float("inf"),
        busiest_second=max(busy.values(), default=0),
        unnoticed=sum(1 for found in looks.values() if not (found and found[-1].found)),
    )


def _looks(calls: Sequence[Mapping[str, Any]]) -> list[Look]:
    looks: list[list[Mapping[str, Any]]] = []
    for call in calls:
        if looks and call["time"] - looks[-1][-1]["time"] < _ONE_LOOK:
            looks[-1].append(call)
        else:
            looks.append([call])
    return [
        Look(
            at=float(look[0]["time"]),
            requests=len(look),
            found=any(call["endpoint"] == "retrieve" and call["success"] for call in look),
        )
        for look in looks
    ]


def _seconds(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()
