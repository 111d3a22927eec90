# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA of a world behind HTTP on loopback, one server for each run."""

from __future__ import annotations

import contextlib
import http.server
import socket
import socketserver
import threading
import urllib.parse
from collections.abc import Callable, Iterator

from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Answer, Request
from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from tests.simulation import process
from tests.simulation.ca import Ca

from .call_turns import CallTurns

Kill = Callable[[], None]


class ApiServer(http.server.ThreadingHTTPServer):
    """Answers the calls of one run as the CA does in memory. A fault closes the connection.

    :param own: the run, whose steps are its calls and answers
    :param kill: kills the run
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, ca: Ca, own: process.Process, lock: threading.Lock, kill: Kill) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self._ca = ca
        self._own = own
        self._lock = lock
        self._kill = kill

    @property
    def url(self) -> str:
        """The value of ``wotrus_api_url``."""
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, request: Request, request_id: str, token: str) -> Answer | None:
        """Return the CA's answer; ``None`` if there is none."""
        if isinstance(self._own.turns, CallTurns):
            self._own.turns.take(self._own)
        try:
            with self._lock, process.running(self._own):
                return self._ca.answer(request, request_id, token)
        except process.Killed:
            self._kill()
        except WotrusError:
            pass
        return None


class _Connection(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ApiServer

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes | None) -> None:
        address = urllib.parse.urlsplit(self.path)
        query = tuple(urllib.parse.parse_qsl(address.query))
        request = Request(str(self.command), address.path, query, body)
        answer = self.server.answer(request, self.headers["RequestID"], self.headers["WoTrusToken"])
        if answer is None:
            self.close_connection = True
            return
        # The CA decides whether there is a Date.
        self.send_response_only(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_words: object) -> None:
        pass


class TaskServer(socketserver.ThreadingTCPServer):
    """Holds a run before each task, which is a step of it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, own: process.Process, kill: Kill) -> None:
        super().__init__(("127.0.0.1", 0), _HeldTask)
        self._own = own
        self._kill = kill

    @property
    def setting(self) -> str:
        """The value of ``WOTRUS_TEST_HOLD`` for the callback of the integration tests."""
        return f"{self.server_address[1]}:"

    def reach(self) -> None:
        """Return once the task may begin."""
        try:
            with process.running(self._own):
                process.step(process.Step.EXECUTION, "a task")
        except process.Killed:
            self._kill()


class _HeldTask(socketserver.BaseRequestHandler):
    server: TaskServer
    request: socket.socket

    def handle(self) -> None:
        self.server.reach()


@contextlib.contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Serve for a block."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
