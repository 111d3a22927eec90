# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server with scripted answers, which keeps the requests."""

from __future__ import annotations

import contextlib
import http.server
import json
import selectors
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, cast

_DRIP = 0.05
_LONGEST_WAIT = 60.0

_HEAD = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "status line": (b"HTTP/1.1 200 O", b"K"),
    "header": (_HEAD + b"Date: ", b"x"),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "103 Early Hints": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "body": (_HEAD + b"Content-Length: 1000\r\n\r\n", b" "),
    "size of a chunk": (_CHUNKED, b"0"),
    "chunks": (_CHUNKED, b"1\r\n \r\n"),
    "trailers": (_CHUNKED + b"2\r\n{}\r\n0\r\n", b"Name: value\r\n"),
}
"""What an answer begins with, and what then comes again and again."""


@dataclass(frozen=True)
class ReceivedRequest:
    """One request, as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


Answer = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    script: Script

    def setup(self) -> None:
        """Count the connection."""
        super().setup()
        self.script.connections += 1

    def finish(self) -> None:
        """Set an event when the connection is closed or broken."""
        super().finish()
        self.script.ended.set()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        names = {name.lower(): value for name, value in self.headers.items()}
        answer = self.script.next(ReceivedRequest(self.command, self.path, names, body))
        with contextlib.suppress(OSError):
            answer(self)

    do_GET = do_POST = _serve

    def do_CONNECT(self) -> None:
        """Act as a proxy that redirects or relays as the script says."""
        self.script.next(ReceivedRequest(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, b""))
        self.close_connection = True
        if self.script.redirect_to is not None:
            self.send_response(302)
            self.send_header("Location", self.script.redirect_to)
            self.end_headers()
            return
        if self.script.endless is not None:
            with contextlib.suppress(OSError):
                _endless(self, *self.script.endless, pause=_DRIP)
            return
        if self.script.relay_to is None:
            self.send_error(502)
            return
        with socket.create_connection(("127.0.0.1", self.script.relay_to)) as far:
            self.send_response(200)
            self.end_headers()
            _relay(self.connection, far, kept=self.script.relayed)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


class Script:
    """The answers to come and the requests so far.

    :ivar url: its address
    :ivar relayed: what clients sent through it to ``relay_to``
    """

    def __init__(self, server: http.server.ThreadingHTTPServer, *, scheme: str) -> None:
        self.port: int = server.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.requests: list[ReceivedRequest] = []
        self.connections = 0
        self.relay_to: int | None = None
        self.relayed = bytearray()
        self.redirect_to: str | None = None
        self.endless: tuple[bytes, bytes] | None = None
        self.over = threading.Event()
        self.ended = threading.Event()
        self._answers: deque[Answer] = deque()
        self._last: Answer = raw(b"not in the script", status=599)
        self._lock = threading.Lock()

    def will(self, *answers: Answer) -> None:
        """Set the next answers; the last one is for all later requests."""
        self._answers.extend(answers)

    def next(self, seen: ReceivedRequest) -> Answer:
        """Keep a request, and return its answer."""
        with self._lock:
            self.requests.append(seen)
            if self._answers:
                self._last = self._answers.popleft()
            return self._last


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: Any) -> None:
        """A client that hangs up is no news."""


@contextlib.contextmanager
def start(tls: ssl.SSLContext | None = None) -> Iterator[Script]:
    """Run a server for a block, over HTTPS with ``tls``."""
    handler = type("OwnHandler", (Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    if tls is not None:
        # The handshake in the connection's own thread: a client that refuses it must not stop the server.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    script = Script(server, scheme="https" if tls else "http")
    handler.script = script
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        script.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def raw(body: bytes | str = b"", *, status: int = 200, date: str | None = "", **headers: str) -> Answer:
    """Return an answer with these bytes.

    ``date``: the ``Date`` header, which ``None`` leaves out. An underscore in a name is a dash.
    """
    content = body.encode() if isinstance(body, str) else body

    def answer(handler: Handler) -> None:
        _head(handler, status=status, length=len(content), date=date, headers=headers)
        handler.wfile.write(content)

    return answer


def envelope(data: Any, **fields: Any) -> Answer:
    """Answer ``isSuccess`` true with this ``data``."""
    whole = {"isSuccess": True, "errorMsg": None, "successMsg": "success", "data": data, "page": None, **fields}
    return raw(json.dumps(whole), Content_Type="application/json; charset=utf-8")


def refusal(words: str, *, status: int = 200, **headers: str) -> Answer:
    """Answer ``isSuccess`` false with the server's words."""
    body = {"isSuccess": False, "errorMsg": words, "successMsg": None, "data": None, "page": None}
    return raw(json.dumps(body), status=status, **headers)


def wire(sent: bytes) -> Answer:
    """Send these bytes as they are, and leave the connection open."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(sent)

    return answer


def after_interim(interim: bytes, answer: Answer) -> Answer:
    """Send interim answers as they are, and then an answer."""

    def both(handler: Handler) -> None:
        handler.wfile.write(interim)
        answer(handler)

    return both


def longer(body: str, *, missing: int = 10) -> Answer:
    """Promise more bytes than come, then hang up."""

    def answer(handler: Handler) -> None:
        _head(handler, status=200, length=len(body.encode()) + missing)
        handler.wfile.write(body.encode())
        handler.close_connection = True

    return answer


def drop() -> Answer:
    """Hang up without a word."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True

    return answer


def drip(body: str, *, pause: float) -> Answer:
    """Send one byte after the other."""

    def answer(handler: Handler) -> None:
        _head(handler, status=200, length=len(body.encode()))
        for byte in body.encode():
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            if handler.script.over.wait(pause):
                break
        handler.close_connection = True

    return answer


def endless(start: bytes, again: bytes, *, pause: float) -> Answer:
    """Send a start, and then the same bytes until the client hangs up."""

    def answer(handler: Handler) -> None:
        _endless(handler, start, again, pause=pause)

    return answer


def silence() -> Answer:
    """Say nothing until the end of the test."""

    def answer(handler: Handler) -> None:
        handler.script.over.wait(_LONGEST_WAIT)
        handler.close_connection = True

    return answer


def _endless(handler: Handler, start: bytes, again: bytes, *, pause: float) -> None:
    handler.close_connection = True
    handler.wfile.write(start)
    # The write fails once the client has hung up.
    while not handler.script.over.wait(pause):
        handler.wfile.write(again)
        handler.wfile.flush()


def _head(
    handler: Handler, *, status: int, length: int, date: str | None = "", headers: dict[str, str] | None = None
) -> None:
    handler.send_response_only(status)
    if date is not None:
        handler.send_header("Date", date or formatdate(usegmt=True))
    for name, value in (headers or {}).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def _relay(near: socket.socket, far: socket.socket, *, kept: bytearray) -> None:
    # Not select.select: it knows no descriptor above 1,023, which a process with many tests may have.
    with selectors.DefaultSelector() as waiting:
        waiting.register(near, selectors.EVENT_READ, far)
        waiting.register(far, selectors.EVENT_READ, near)
        while True:
            for one, _events in waiting.select(_LONGEST_WAIT):
                data = cast(socket.socket, one.fileobj).recv(65536)
                if not data:
                    return
                if one.fileobj is near:
                    kept += data
                one.data.sendall(data)
