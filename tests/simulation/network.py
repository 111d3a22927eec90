# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies between the controller and WoTrus: outages of one endpoint, and requests that arrive twice or late."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from . import process
from .clock import DAY

ENDPOINTS = ("create", "query", "retrieve", "reissue", "revoke", "cancel")
SENDING = ("create", "reissue", "revoke", "cancel")
"""The endpoints whose requests change something."""

FIRST, SECOND = "twice, and the first answer comes back", "twice, and the second answer comes back"
LATE = {"an hour late": 3600.0, "a day late": DAY}
FATES = (FIRST, SECOND, *LATE)


@dataclasses.dataclass(frozen=True)
class Arrival:
    """A request as it arrives, from whomever sent it."""

    endpoint: str
    order_id: str
    body: bytes | None
    token: str
    sender: str


class Network:
    """The way to WoTrus.

    :ivar down: the endpoints that do not answer
    :ivar fates: what will become of the next request to an endpoint
    """

    def __init__(self) -> None:
        self.down: set[str] = set()
        self.fates: dict[str, str] = {}
        self._held: list[tuple[float, Arrival]] = []

    def is_down(self, endpoint: str) -> bool:
        """Return whether an endpoint does not answer, and note that the run met it."""
        met, words = process.current().met, f"{endpoint} was down"
        if endpoint in self.down and words not in met:
            met.append(words)
        return endpoint in self.down

    def holds(self, arrival: Arrival, now: float) -> bool:
        """Hold a request whose fate is to be late, and return whether it is."""
        seconds = LATE.get(self.fates.get(arrival.endpoint, ""))
        if seconds is None:
            return False
        how = self.fates.pop(arrival.endpoint)
        self._held.append((now + seconds, arrival))
        process.current().met.append(f"{arrival.endpoint} arrives {how}")
        return True

    def arrived(self, now: float) -> Iterator[Arrival]:
        """Yield the late requests that have arrived by now."""
        due = [one for one in self._held if one[0] <= now]
        self._held = [one for one in self._held if one[0] > now]
        for _moment, arrival in due:
            yield arrival

    def end_faults(self) -> None:
        """Repair everything. What is late still arrives."""
        self.down.clear()
        self.fates.clear()
