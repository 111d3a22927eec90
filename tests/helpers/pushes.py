# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes as WoTrus sends them, and what is none."""

from __future__ import annotations

import contextlib
import random
import runpy
import socket
from pathlib import Path
from typing import Any

from .examples import ROOT

# The filter looks for the collection above its own folder.
COLLECTION = ROOT / ".build" / "collections" / "ansible_collections" / "wotrus" / "pki"
FILTER = COLLECTION / "extensions" / "eda" / "plugins" / "event_filter" / "push.py"
PUSH_TOKEN = "bearer-token-of-a-test"
PATH_TOKEN = "path-token-of-a-test-with-32-characters"
ORDER_ID = "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"

NO_PUSHES: dict[str, Any] = {
    "no object": [{"dataAction": "order", "orderId": ORDER_ID}],
    "nothing": None,
    "no dataAction": {"orderId": ORDER_ID},
    "dataAction is a number": {"dataAction": 7, "orderId": ORDER_ID},
    "no orderId": {"dataAction": "order"},
    "orderId is a path": {"dataAction": "order", "orderId": "../Cancel"},
    "orderId is a template": {"dataAction": "order", "orderId": "{{ lookup('pipe', 'id') }}"},
    "orderId is long": {"dataAction": "order", "orderId": "x" * 101},
    "isIssued is a word": {"dataAction": "order", "orderId": ORDER_ID, "isIssued": "perhaps"},
    "isRevoked is an object": {"dataAction": "order", "orderId": ORDER_ID, "isRevoked": {}},
    "isRevoked is 2": {"dataAction": "order", "orderId": ORDER_ID, "isRevoked": 2},
    "large": {"dataAction": "unit", "more": "x" * 17_000},
}
"""Payloads that are no pushes of WoTrus."""


def push(order_id: str, *, issued: bool = True, revoked: bool = False, **more: Any) -> dict[str, Any]:
    """Return a push about an order, as in the manual's example."""
    return {"dataAction": "order", "orderId": order_id, "isIssued": issued, "isRevoked": revoked, **more}


def load_filter() -> Any:
    """Return the event filter, loaded as ansible-rulebook does it."""
    return runpy.run_path(str(FILTER))["main"]


def free_port() -> int:
    """Return a port that nobody listens on, and that the kernel gives to nobody who asks for any.

    Else another test's server may have it before the program that it is for.
    """
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    while True:
        port = random.SystemRandom().randrange(first // 2, first)
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port
