# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an answer begins and ends on a connection, if a server or a proxy sends more than one."""

from __future__ import annotations

import functools
import http.client
import typing as t

_INTERIM = range(102, 200)


class _Response(http.client.HTTPResponse):
    """An answer that begins after all interim ones, and has one length.

    ``http.client`` skips 100 Continue alone. It takes any other interim answer for the real one, which it leaves on the
    connection (RFC 9110, section 15.2). After 101 the connection has another protocol, so that is none. Of several
    lengths it takes the first (RFC 9112, section 6.3).
    """

    def begin(self) -> None:
        """Read the head of the answer."""
        super().begin()
        while self.status in _INTERIM:
            # Without headers, nothing has begun.
            self.headers = t.cast("http.client.HTTPMessage", None)
            super().begin()
        lengths = ",".join(self.headers.get_all("Content-Length") or ()).split(",")
        if len({length.strip() for length in lengths}) > 1:
            raise http.client.HTTPException("the answer has several lengths")


@functools.cache
def with_one_answer(kind: type) -> type:
    """Return a class of connections of ``urllib3`` that take one answer for each request."""
    return type("Checked", (kind,), {"response_class": _Response})
