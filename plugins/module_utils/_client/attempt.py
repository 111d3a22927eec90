# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one try of a call brings: an answer, or a failure that says whether a repeat makes sense."""

from __future__ import annotations

import dataclasses
import datetime as dt

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError


@dataclasses.dataclass(frozen=True)
class Request:
    """One call, without what changes from try to try.

    :ivar path: path below the base URL, already quoted
    :ivar body: JSON bytes of a POST, ``None`` for a GET
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = dataclasses.field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclasses.dataclass(frozen=True)
class Answer:
    """An HTTP answer whose body came whole. ``date`` is the server's own clock (RFC 9110, section 6.6.1)."""

    status: int
    body: bytes
    date: dt.datetime | None = None
    location: str | None = None
    retry_after: float | None = None


class AttemptFailed(Exception):
    """One try brought no usable answer.

    :ivar error: what the user is told
    :ivar passing: another try may succeed
    :ivar acted: the server may have done what it was asked for
    :ivar retry_after: seconds that the server asked to wait
    """

    def __init__(self, error: WotrusError, *, passing: bool, acted: bool, retry_after: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.passing = passing
        self.acted = acted
        self.retry_after = retry_after
