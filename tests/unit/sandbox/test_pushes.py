# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes are signed, and sent at most three times, until HTTP 200."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox, SandboxFailed

from . import orders

SECRET = "push-secret"
_LONGEST = 300


class Receiver:
    """Takes pushes, and answers with the given statuses, and then 200."""

    def __init__(self) -> None:
        self.got: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                receiver.got.put((dict(self.headers), body))

            def log_message(self, *_arguments: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/push"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def next(self) -> tuple[dict[str, str], dict[str, Any]]:
        headers, body = self.got.get(timeout=_LONGEST)
        return headers, json.loads(body)


@pytest.fixture
def receiver(sandbox: Sandbox) -> Iterator[Receiver]:
    receiver = Receiver()
    sandbox.settings(push_url=receiver.url, push_secret=SECRET)
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def test_the_certificate_is_pushed_when_it_is_ready_and_only_once(sandbox: Sandbox, receiver: Receiver) -> None:
    order_id = orders.create(sandbox, orders.body())
    headers, body = receiver.next()
    assert orders.same(body.pop("orderId"), order_id)
    assert body == {"dataAction": "order", "isIssued": True, "isRevoked": False}
    assert headers["Content-Type"] == "application/json"
    orders.retrieve(sandbox, order_id)
    orders.revoke(sandbox, order_id)
    _unused, body = receiver.next()
    assert (body["isIssued"], body["isRevoked"]) == (False, True)
    assert receiver.got.empty()


def test_pushes_are_signed(sandbox: Sandbox, receiver: Receiver) -> None:
    orders.create(sandbox, orders.body())
    headers, body = receiver.got.get(timeout=_LONGEST)
    assert headers["X-WoTrus-Signature"] == hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert SECRET not in json.dumps(sandbox.state())


def test_pushes_can_be_sent_when_the_order_is_issued(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.settings(push_when="issued")
    order_id = orders.create(sandbox, orders.body())
    assert orders.status(sandbox, order_id) == "pendingCAIssued"
    assert receiver.got.empty()
    orders.retrieve(sandbox, order_id)
    assert receiver.next()[1]["isIssued"] is True


@pytest.mark.parametrize(("statuses", "tries"), [([500, 204, 200], 3), ([302, 200], 2), ([500, 500, 500, 200], 3)])
def test_pushes_are_tried_three_times(sandbox: Sandbox, receiver: Receiver, statuses: list[int], tries: int) -> None:
    receiver.statuses = list(statuses)
    orders.create(sandbox, orders.body())
    ids = {receiver.next()[1]["orderId"] for _unused in range(tries)}
    assert len(ids) == 1
    assert receiver.got.empty()


def test_a_delay_ends_with_a_push_without_a_call(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.settings(review_delay=0.1, auto_issue=True)
    order_id = orders.create(sandbox, orders.body())
    assert receiver.next()[1]["isIssued"] is True
    assert orders.status(sandbox, order_id) == "issued"


def test_a_tester_can_send_a_push(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.admin("POST", "/pushes", {"orderId": "forged", "isIssued": True, "isRevoked": True})
    assert receiver.next()[1] == {"dataAction": "order", "orderId": "forged", "isIssued": True, "isRevoked": True}
    assert sandbox.pushes()[-1]["order_id"] == "forged"
    sandbox.settings(push_url="")
    with pytest.raises(SandboxFailed, match="409"):
        sandbox.admin("POST", "/pushes", {"orderId": "forged", "isIssued": True, "isRevoked": True})
