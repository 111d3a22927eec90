# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request and the answer of one try."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_http_date


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
    """An HTTP answer with its body."""

    status: int
    body: bytes
    headers: t.Mapping[str, str]

    @property
    def date(self) -> dt.datetime | None:
        """The server's clock."""
        return parse_http_date(self.headers.get("Date"))

    @property
    def retry_after(self) -> float | None:
        """The seconds of ``Retry-After`` (RFC 9110, section 10.2.3); a date is compared with the answer's own."""
        text, date = self.headers.get("Retry-After", ""), self.date
        if text.isascii() and text.strip().isdigit():
            return float(text)
        moment = parse_http_date(text)
        return max(0.0, (moment - date).total_seconds()) if moment and date else None
