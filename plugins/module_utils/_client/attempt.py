# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request and the answer of one try."""

from __future__ import annotations

import dataclasses
import datetime as dt


@dataclasses.dataclass(frozen=True)
class Request:
    """One call, which is the same for all its tries.

    :ivar path: the path below the base URL, already quoted
    :ivar body: the JSON bytes of a POST; ``None`` for a GET
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = dataclasses.field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclasses.dataclass(frozen=True)
class Answer:
    """An HTTP answer with its body; ``date`` is the server's clock."""

    status: int
    body: bytes
    date: dt.datetime | None = None
    location: str | None = None
    retry_after: float | None = None
