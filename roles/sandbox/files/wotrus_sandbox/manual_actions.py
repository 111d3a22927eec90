# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions of a tester for WoTrus, the customer or the CA."""

from __future__ import annotations

import html
import uuid
from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler

from .errors import AdminError
from .order_lifecycle import Lifecycle
from .orders import LIVE, UNDER_REVIEW, WAITING, Order, Status, Step
from .store import Store

_ANY = frozenset(Status)
# The statuses in which each action is possible.
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
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>WoTrus sandbox: order {id}</title></head>
<body><h1>Order {id}</h1><p>Status: {status}. On the real server a person continues here.
In the sandbox: <code>POST /_sandbox/orders/{id}/approve</code> (or <code>paid</code>, <code>issue</code>).</p>
</body></html>
"""


async def perform_action(order: Order, action: str, *, lifecycle: Lifecycle, store: Store, now: float) -> None:
    """Carry out ``action`` on ``order``.

    AdminError if it is unknown or not possible now.
    """
    _check(order, action)
    match action:
        case "approve":
            lifecycle.approve(order, now=now)
        case "reject" | "close":
            lifecycle.close_or_reject(order, status=Status.REJECTED if action == "reject" else Status.CLOSED)
        case "issue":
            await lifecycle.issue(order)
            # 2: issued, but not paid (manual, section 3).
            store.change(order.id, is_pay=order.is_pay or 2)
        case "revoke":
            lifecycle.revoke(order)
        case "unpaid":
            store.change(order.id, is_pay=2 if order.status in LIVE else 0)
        case "paid":
            store.change(order.id, is_pay=1)
            lifecycle.wake()
        case "refuse-reissue":
            _refuse_reissue(order, lifecycle=lifecycle)
        case "refuse-revocation":
            store.change(order.id, status=Status.ISSUED, step=Step.NONE, due=None)
        case _:
            store.change(order.id, status=Status.PENDING_DCV, step=Step.NONE, due=None, ready=False)


def _check(order: Order, action: str) -> None:
    if action not in _POSSIBLE:
        raise AdminError(f"unknown action; known: {', '.join(_POSSIBLE)}", status=404)
    if order.status not in _POSSIBLE[action]:
        raise AdminError(f"not possible: the order is {order.status}", status=409)


def _refuse_reissue(order: Order, *, lifecycle: Lifecycle) -> None:
    reissue = lifecycle.reissue_under_review(order)
    if reissue is None:
        raise AdminError("not possible: no reissue of the order is under review", status=409)
    lifecycle.refuse_reissue(reissue)


def change_shown_fields(order: Order, wanted: Mapping[str, object], *, store: Store) -> None:
    """Set what Query shows: ``status``, ``pendingLink`` or ``isPay``.

    ``status`` may be any word. Null restores the real status or link.
    """
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


def build_order_page(store: Store) -> Handler:
    """Return the handler of the page that ``pendingLink`` names."""

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
