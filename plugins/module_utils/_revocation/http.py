# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask an address over HTTP, within limits of time and size.

Certificates name ``http`` addresses, since the answers are signed (RFC 5280, section 8; RFC 6960, appendix A). A target
has no ``requests``, so this is the standard library. It uses the proxies of the environment,
but not for a loopback address, and follows no redirect.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
import typing as t
import urllib.error
import urllib.parse
import urllib.request

from ansible_collections.wotrus.pki.plugins.module_utils._model.loopback import is_loopback_host
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import UNREACHABLE
from ansible_collections.wotrus.pki.plugins.module_utils._revocation.addresses import Networks, is_allowed
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

SECONDS_OF_A_CALL = 10.0
_SECONDS_OF_ALL = 60.0
_CHUNK = 65536
_OCSP_TYPE = "application/ocsp-request"


class Unreachable(Exception):
    """There is no answer. The first argument is a message that says why."""

    state = UNREACHABLE


class Downloads:
    """Asks addresses, each at most once, and a silent server at most once.

    :param allowed: the networks that may be asked besides the Internet; ``None`` for all
    """

    def __init__(self, allowed: Networks | None = None) -> None:
        self._allowed = allowed
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
            return download(url, body, seconds=seconds, most=most, allowed=self._allowed)
        except TimeoutError:
            silent = Unreachable(Message("it did not answer within {seconds} seconds", seconds=round(seconds)))
            self._silent[server] = silent
            raise silent from None


def download(url: str, body: bytes | None, *, seconds: float, most: int, allowed: Networks | None = None) -> bytes:
    """Ask an address once.

    The limit is for the whole call. A socket's own limit is for each packet, and a name's resolution has none, so the
    call runs in a thread that is left behind.

    :param allowed: as for :class:`Downloads`
    :raises TimeoutError: time is over
    :raises Unreachable: there is no answer, or one with another status than 200, or a longer one; or it is not allowed
    """
    done: list[bytes | Exception] = []

    def work() -> None:
        try:
            done.append(_read(url, body, seconds=seconds, most=most, allowed=allowed))
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


class _CheckedHandler(urllib.request.HTTPHandler):
    """Opens addresses of the Internet and of networks."""

    def __init__(self, allowed: Networks) -> None:
        super().__init__()
        self._allowed = allowed

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open an address after its check.

        A proxy resolves names itself. Then only a number or ``localhost`` can be checked.

        :raises Unreachable: it may not be asked
        """
        if not req.has_proxy():
            checked: t.Callable[..., http.client.HTTPConnection] = _CheckedConnection
            return self.do_open(checked, req, allowed=self._allowed)
        host = urllib.parse.urlsplit(req.full_url).hostname or ""
        is_local = host.rstrip(".").rpartition(".")[2] == "localhost"
        with contextlib.suppress(socket.gaierror):
            _checked_addresses("127.0.0.1" if is_local else host, 0, self._allowed, flags=socket.AI_NUMERICHOST)
        return self.do_open(http.client.HTTPConnection, req)


class _CheckedConnection(http.client.HTTPConnection):
    """A connection to an address that was checked.

    Its name is resolved once, since it may have another address a moment later.
    """

    def __init__(self, host: str, *, allowed: Networks, **options: t.Any) -> None:
        super().__init__(host, **options)
        self._allowed = allowed

    def connect(self) -> None:
        """Connect to the first address that answers.

        :raises Unreachable: one of its addresses may not be asked
        """
        error = OSError()
        for address in _checked_addresses(self.host, self.port, self._allowed):
            try:
                self.sock = socket.create_connection((address, self.port), self.timeout)
            except OSError as exc:
                error = exc
            else:
                return
        raise error


def _checked_addresses(host: str, port: int, allowed: Networks, *, flags: int = 0) -> list[str]:
    """Return the addresses of a host, all of which may be asked.

    :raises Unreachable: one may not be asked
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    addresses = list(dict.fromkeys(str(address[0]) for _family, _kind, _protocol, _name, address in found))
    for address in addresses:
        if not is_allowed(address, allowed):
            raise Unreachable(
                Message(
                    "it was not asked, since {address} is no address of the Internet, and wotrus_revocation_networks "
                    "has no network with it",
                    address=address,
                )
            )
    return addresses


def _read(url: str, body: bytes | None, *, seconds: float, most: int, allowed: Networks | None) -> bytes:
    ends = time.monotonic() + seconds
    is_local = is_loopback_host(urllib.parse.urlsplit(url).hostname or "")
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if is_local else urllib.request.getproxies_environment()),
        urllib.request.HTTPHandler() if allowed is None else _CheckedHandler(allowed),
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
