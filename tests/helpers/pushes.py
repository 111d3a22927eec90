# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes as WoTrus sends them, and as somebody who means harm does."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PATH_TOKEN = "path-token-of-a-test"
SECRET = "secret-of-a-test"
HEADER = "X-WoTrus-Signature"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def push(order_id: str, *, issued: bool = True, revoked: bool = False, **more: Any) -> dict[str, Any]:
    """Return a push about an order, as in the manual's example."""
    return {"dataAction": "order", "orderId": order_id, "isIssued": issued, "isRevoked": revoked, **more}


def encoded(payload: object) -> bytes:
    """Return the body of a push."""
    return json.dumps(payload).encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    """Return the signature that the sandbox makes."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(frozen=True)
class Hostile:
    """One push that is none, or not what it seems.

    :ivar what: its row in the table of the guide
    :ivar answer: the status that the source answers with
    """

    what: str
    answer: int
    body: bytes
    method: str = "POST"
    path: str = f"/push/{PATH_TOKEN}"
    headers: dict[str, str] = field(default_factory=dict)
    signed: bool = True

    def all_headers(self) -> dict[str, str]:
        """Return its headers, with the signature where it has the right one."""
        return {**({HEADER: signature(self.body)} if self.signed else {}), **self.headers}


def hostile(order_id: str) -> Iterator[Hostile]:
    """Yield pushes that must do no harm.

    ``order_id`` is an order whose state was reported already.
    """
    good = encoded(push(order_id))
    yield Hostile("Not JSON, or not a JSON object", 400, b"<html>")
    yield Hostile("Not JSON, or not a JSON object", 400, encoded([push(order_id)]))
    yield Hostile("Not JSON, or not a JSON object", 400, b"\xff\xfe{}")
    yield Hostile("Not JSON, or not a JSON object", 400, b"")
    yield Hostile("Deeply nested JSON", 400, b"[" * 16000)
    yield Hostile("``dataAction`` is missing or not text", 400, encoded({"orderId": order_id}))
    yield Hostile("``dataAction`` is missing or not text", 400, encoded(push(order_id, dataAction=7)))
    yield Hostile("Invalid ``orderId``, such as a path, a template or markup", 400, encoded(push("../Cancel")))
    yield Hostile("Invalid ``orderId``, such as a path, a template or markup", 400, encoded(push("{{ 7 * 7 }}")))
    yield Hostile("Invalid ``orderId``, such as a path, a template or markup", 400, encoded(push("a" * 101)))
    yield Hostile("``isIssued`` or ``isRevoked`` is not a boolean", 400, encoded(push(order_id, isIssued=[])))
    yield Hostile("A body larger than ``max_body``", 413, encoded(push(order_id, more="x" * 20000)))
    yield Hostile("A header of more than 4 KiB", 400, good, headers={"X-Long": "x" * 5000})
    many = {f"X-{number}": "x" * 1000 for number in range(10)}
    yield Hostile("Headers of more than 8 KiB in total", 431, good, headers=many)
    yield Hostile("A wrong path or ``path_token``", 404, good, path="/push/path-token-of-nobody")
    yield Hostile("A wrong path or ``path_token``", 404, good, path="/")
    yield Hostile("A method other than POST", 405, good, method="PUT")
    yield Hostile("A missing or wrong signature, with ``hmac_secret``", 401, good, signed=False)
    wrong = {HEADER: signature(good, "another secret")}
    yield Hostile("A missing or wrong signature, with ``hmac_secret``", 401, good, headers=wrong)
    odd = {HEADER: "\u00e9" * 64}
    yield Hostile("A missing or wrong signature, with ``hmac_secret``", 401, good, headers=odd)
    yield Hostile("The id of an unknown order", 200, encoded(push(UNKNOWN)))
    yield Hostile("A repeated push, in any spelling of the id", 200, good)
    yield Hostile("A repeated push, in any spelling of the id", 200, encoded(push(f" {order_id.swapcase()} ")))
    yield Hostile("A false claim, both flags, or neither flag", 200, encoded(push(order_id, revoked=True)))
    neither = encoded(push(order_id, issued=False))
    yield Hostile("A false claim, both flags, or neither flag", 200, neither)
