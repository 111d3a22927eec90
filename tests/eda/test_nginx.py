# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nginx of the guide, before a rulebook or an event stream."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.pushes import PUSH_TOKEN, push
from tests.helpers.sandbox import Sandbox
from tests.helpers.tls import Authority, make_authority
from tests.integration.harness import Site

from .nginx import PATH_SECRET, Nginx, example, nginx, with_nginx
from .rulebook import Rulebooks, has_certificate, place_orders, wait_until

pytestmark = with_nginx
PUSH = json.dumps(push("A-1")).encode()


class Upstream:
    """What nginx passes pushes on to.

    :ivar received: path, headers and body of each request
    """

    def __init__(self, authority: Authority | None = None) -> None:
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                upstream.received.append((self.path, dict(self.headers), body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if authority is not None:
            context = authority.server("localhost")
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Upstream:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make_authority(tmp_path)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as one:
        yield one


@pytest.fixture
def server(tmp_path: Path, authority: Authority, upstream: Upstream) -> Iterator[Nginx]:
    with nginx(tmp_path / "nginx", authority, port=upstream.port) as one:
        yield one


def test_a_push_to_the_secret_path_gets_the_bearer_token_instead(server: Nginx, upstream: Upstream) -> None:
    assert server.request(body=PUSH) == 200

    ((path, headers, body),) = upstream.received
    assert (path, headers["Authorization"], body) == ("/wotrus", f"Bearer {PUSH_TOKEN}", PUSH)
    assert PATH_SECRET not in json.dumps(headers)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ({"method": "GET"}, 403),
        ({"method": "PUT"}, 403),
        ({"path": "/push/"}, 404),
        ({"path": f"/push/{PATH_SECRET}/"}, 404),
        ({"path": f"/push/{PATH_SECRET}x"}, 404),
        ({"path": "/wotrus"}, 404),
        ({"body": b"[" * 4097}, 413),
    ],
)
def test_anything_else_is_refused(server: Nginx, upstream: Upstream, request_: dict[str, Any], answer: int) -> None:
    assert server.request(**{"body": PUSH, **request_}) == answer
    assert upstream.received == []


def test_no_log_has_the_path(server: Nginx, upstream: Upstream) -> None:
    assert server.request(body=PUSH) == 200
    for method, path, body in (("GET", "", b""), ("POST", "x", PUSH), ("POST", "", b"x" * 5000)):
        server.request(method, f"/push/{PATH_SECRET}{path}", body)
    start = f"POST /push/{PATH_SECRET} HTTP/1.1\r\n".encode()
    for request in (
        start + b"Host: a\r\nContent-Length: x\r\n\r\n",
        start + b"\0\r\n\r\n",
        start[:-11] + b"\0\r\n\r\n",
    ):
        with server.connection(request) as connection, contextlib.suppress(ConnectionError):
            connection.recv(100)
    # Nobody listens there any more.
    upstream.__exit__()
    assert server.request(body=PUSH) == 502

    wait_until("the last one is logged", lambda: " 502\n" in server.logs())
    assert PATH_SECRET not in server.logs()
    assert PUSH_TOKEN not in server.logs()


def test_an_event_stream_gets_the_same_token(tmp_path: Path, authority: Authority) -> None:
    with Upstream(authority) as upstream:
        lines = example("the event stream")
        for shown, own in {
            "/etc/ssl/certs/ca-certificates.crt": str(authority.path),
            "eda.example.com": f"localhost:{upstream.port}",
        }.items():
            assert shown in lines
            lines = lines.replace(shown, own)
        with nginx(tmp_path / "nginx", authority, upstream=lines) as server:
            assert server.request(body=PUSH) == 200

    ((path, headers, body),) = upstream.received
    assert path == "/eda-event-streams/api/eda/v1/external_event_stream/UUID/post/"
    assert (headers["Authorization"], body) == (f"Bearer {PUSH_TOKEN}", PUSH)


def test_an_event_stream_of_another_server_gets_nothing(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "other").mkdir()
    with Upstream(make_authority(tmp_path / "other", "other CA")) as upstream:
        lines = example("the event stream").replace("/etc/ssl/certs/ca-certificates.crt", str(authority.path))
        lines = lines.replace("eda.example.com", f"localhost:{upstream.port}")
        with nginx(tmp_path / "nginx", authority, upstream=lines) as server:
            assert server.request(body=PUSH) == 502

    assert upstream.received == []


def push_to(sandbox: Sandbox, server: Nginx) -> None:
    """Let the sandbox push to the secret path."""
    sandbox.settings(push_url=server.push_address, push_ca=str(server.ca), push_secret="")


def test_a_push_of_the_sandbox_deploys_the_certificate(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks, tmp_path: Path, authority: Authority
) -> None:
    (order_id, host), *_none = place_orders(site, "one").items()
    run = rulebooks.start("wotrus.pki.deploy_on_event")
    with nginx(tmp_path / "nginx", authority, port=run.port) as server:
        push_to(sandbox, server)
        sandbox.order(order_id, "approve")
        wait_until("the push is answered", lambda: bool(sandbox.pushes()) and sandbox.pushes()[-1]["done"], run=run)
    run.wait_for_ends(1)

    assert sandbox.pushes()[-1]["tries"] == 1
    assert has_certificate(host)
    assert PATH_SECRET not in run.output


def test_a_push_that_a_flood_hides_is_live_after_the_next_resume(
    sandbox: Sandbox, site: Site, server: Nginx, upstream: Upstream
) -> None:
    (order_id, host), *_none = place_orders(site, "one").items()
    push_to(sandbox, server)
    start = f"POST /push/{PATH_SECRET} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n".encode()
    with contextlib.ExitStack() as flood:
        for _number in range(100):
            flood.enter_context(server.connection(start))
        wait_until("no connection is left", lambda: server.request(body=PUSH) == 503)
        refused = server.logs().count(" 503\n")
        sandbox.order(order_id, "approve")
        wait_until("WoTrus has tried three times", lambda: server.logs().count(" 503\n") >= refused + 3)
    assert not any(order_id.encode() in body.lower() for _path, _headers, body in upstream.received)

    resumed = site.run(playbook="wotrus.pki.resume")

    assert resumed.code == 0, resumed.output
    assert has_certificate(host)
