# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of API calls that a test reads: never bodies, tokens or secrets."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass

KEPT = 200_000
LONGEST = 200


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call. ``endpoint``: create, query, … or ``unknown``; ``fault``: the fault it met, or None.

    ``status``: the HTTP status of the answer, 0 where there was none.
    """

    endpoint: str
    method: str
    path: str
    request_id: str | None
    status: int
    success: bool | None
    order_id: str | None
    fault: str | None
    time: float


class Calls:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[ApiCall] = deque(maxlen=KEPT)

    def add(self, call: ApiCall) -> None:
        """Remember a call."""
        self._calls.append(call)

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()

    def shown(self) -> list[dict[str, object]]:
        """Return the calls as JSON has them."""
        return [asdict(call) for call in self._calls]
