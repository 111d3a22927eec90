# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask an address over HTTP, within limits of time and size.

Certificates name ``http`` addresses, since the answers are signed (RFC 5280, section 8; RFC 6960, appendix A). A target
has no ``requests``, so this is the standard library. It uses the proxies of the environment,
but not for a loopback address, and follows no redirect.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from ansible_collections.wotrus.pki.plugins.module_utils._model.loopback import is_loopback_host
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation import UNREACHABLE
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

SECONDS_OF_A_CALL = 10.0
_SECONDS_OF_ALL = 60.0
_CHUNK = 65536
_OCSP_TYPE = "application/ocsp-request"


class Unreachable(Exception):
    """There is no answer. The first argument is a message that says why."""

    state = UNREACHABLE


class Downloads:
    """Asks addresses, each at most once, and a silent server at most once."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + _SECONDS_OF_ALL
        self._answers: dict[tuple[str, bytes | None], bytes | Unreachable] = {}
        self._silent: dict[str, Unreachable] = {}

    def get(self, url: str, body: bytes | None, *, most: int) -> bytes:
        """Return the answer of an address.

        :param body: of a POST; a GET without one
        :param most: the bytes that an answer may have
        :raises Unreachable: there is none
        """
        key, server = (url, body), urllib.parse.urlsplit(url).netloc
        if key not in self._answers:
            try:
                self._answers[key] = self._download(url, server, body, most)
            except Unreachable as exc:
                self._answers[key] = exc
        found = self._answers[key]
        if isinstance(found, Unreachable):
            raise found
        return found

    def _download(self, url: str, server: str, body: bytes | None, most: int) -> bytes:
        if server in self._silent:
            raise self._silent[server]
        seconds = min(SECONDS_OF_A_CALL, self._ends - time.monotonic())
        if seconds <= 0:
            raise Unreachable(Message("it was not asked, since the other addresses took too long"))
        try:
            return download(url, body, seconds=seconds, most=most)
        except TimeoutError:
            silent = Unreachable(Message("it did not answer within {seconds} seconds", seconds=round(seconds)))
            self._silent[server] = silent
            raise silent from None


def download(url: str, body: bytes | None, *, seconds: float, most: int) -> bytes:
    """Ask an address once.

    The limit is for the whole call. A socket's own limit is for each packet, and a name's resolution has none, so the
    call runs in a thread that is left behind.

    :raises TimeoutError: time is over
    :raises Unreachable: there is no answer, or one with another status than 200, or a longer one
    """
    done: list[bytes | Exception] = []

    def work() -> None:
        try:
            done.append(_read(url, body, seconds=seconds, most=most))
        except (OSError, ValueError, http.client.HTTPException, Unreachable) as exc:
            done.append(exc)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    found = done[0] if done else TimeoutError()
    if isinstance(found, bytes):
        return found
    # The standard library puts the timeout of a connection into an exception of its own.
    if isinstance(getattr(found, "reason", found), (TimeoutError, socket.timeout)):
        raise TimeoutError
    if isinstance(found, Unreachable):
        raise found
    raise Unreachable(Message("it cannot be reached: {error}", error=str(getattr(found, "reason", found)))) from found


def _read(url: str, body: bytes | None, *, seconds: float, most: int) -> bytes:
    ends = time.monotonic() + seconds
    is_local = is_loopback_host(urllib.parse.urlsplit(url).hostname or "")
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if is_local else urllib.request.getproxies_environment()),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    headers = {"Content-Type": _OCSP_TYPE} if body is not None else {}
    try:
        answer = opener.open(urllib.request.Request(url, body, headers), timeout=seconds)
    except urllib.error.HTTPError as exc:
        exc.close()
        raise Unreachable(Message("it answered with the HTTP status {status}", status=exc.code)) from exc
    parts: list[bytes] = []
    with answer:
        while part := answer.read1(_CHUNK):
            parts.append(part)
            if sum(map(len, parts)) > most:
                raise Unreachable(Message("its answer has more than {most} bytes", most=most))
            # A server that sends a byte now and then would be read for ever.
            if time.monotonic() > ends:
                raise TimeoutError
    return b"".join(parts)
