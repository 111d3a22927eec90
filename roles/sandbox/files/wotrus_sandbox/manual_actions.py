# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tester does to an order by hand, in the place of WoTrus's people, the customer and the CA."""

from __future__ import annotations

import html
import uuid
from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler

from .errors import AdminError
from .order_lifecycle import Life
from .orders import LIVE, UNDER_REVIEW, WAITING, Order, Status, Step
from .store import Store

_ANY = frozenset(Status)
# From which statuses each action is possible.
_POSSIBLE: Mapping[str, frozenset[Status]] = {
    "approve": UNDER_REVIEW,
    "reject": WAITING,
    "issue": WAITING,
    "close": _ANY - {Status.CLOSED},
    "revoke": LIVE,
    "refuse-revocation": frozenset({Status.PENDING_REVOKE}),
    "refuse-reissue": _ANY,
    "unpaid": _ANY,
    "paid": _ANY,
    "dcv": WAITING,
}


ACTIONS = tuple(_POSSIBLE)


async def act(order: Order, action: str, *, life: Life, store: Store, now: float) -> None:
    """Do ``action`` to ``order`` at ``now``; AdminError where the action is unknown or the order not in its place."""
    _check(order, action)
    match action:
        case "approve":
            life.approve(order, now=now)
        case "reject" | "close":
            life.end(order, status=Status.REJECTED if action == "reject" else Status.CLOSED)
        case "issue":
            await life.issue(order)
            # Issued before it was paid (manual, section 3).
            store.change(order.id, is_pay=order.is_pay or 2)
        case "revoke":
            life.revoke(order)
        case "unpaid":
            store.change(order.id, is_pay=2 if order.status in LIVE else 0)
        case "paid":
            store.change(order.id, is_pay=1)
            life.wake()
        case "refuse-reissue":
            _refuse_reissue(order, life=life)
        case "refuse-revocation":
            store.change(order.id, status=Status.ISSUED, step=Step.NONE, due=None)
        case _:
            store.change(order.id, status=Status.PENDING_DCV, step=Step.NONE, due=None, ready=False)


def _check(order: Order, action: str) -> None:
    if action not in _POSSIBLE:
        raise AdminError(f"unknown action; known: {', '.join(_POSSIBLE)}", status=404)
    if order.status not in _POSSIBLE[action]:
        raise AdminError(f"not possible: the order is {order.status}", status=409)


def _refuse_reissue(order: Order, *, life: Life) -> None:
    reissue = life.reissue_under_review(order)
    if reissue is None:
        raise AdminError("not possible: no reissue of the order is under review", status=409)
    life.refuse_reissue(reissue)


def patch(order: Order, wanted: Mapping[str, object], *, store: Store) -> None:
    """Show something of the tester's own: ``status`` (any word), ``pendingLink`` (null: the real one), ``isPay``."""
    changes: dict[str, object] = {}
    for name, value in wanted.items():
        if name in ("status", "pendingLink") and (value is None or isinstance(value, str)):
            changes["shown_status" if name == "status" else "shown_link"] = value
        elif name == "isPay" and value in (0, 1, 2) and not isinstance(value, bool):
            changes["is_pay"] = value
        else:
            raise AdminError("send status (string or null), pendingLink (string or null) or isPay (0, 1, 2)")
    if changes:
        store.change(order.id, **changes)


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>WoTrus sandbox: order {id}</title></head>
<body><h1>Order {id}</h1><p>Status: {status}. On the real server a person goes on from here.
In the sandbox: <code>POST /_sandbox/orders/{id}/approve</code> (or <code>paid</code>, <code>issue</code>).</p>
</body></html>
"""


def order_page(store: Store) -> Handler:
    """Return the handler of the page."""

    async def show(request: web.Request) -> web.StreamResponse:
        try:
            order = store.find(str(uuid.UUID(request.match_info["name"])))
        except ValueError:
            order = None
        if order is None:
            return web.Response(status=404, text="no such order")
        page = _PAGE.format(id=order.id, status=html.escape(order.status))
        return web.Response(text=page, content_type="text/html")

    return show
