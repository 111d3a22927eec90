# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Request a revocation, which people at WoTrus review (manual, section 6)."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    InvalidDocument,
    OrderDead,
    RevocationRefused,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Document, Order, Stage
from ansible_collections.wotrus.pki.plugins.module_utils._orders.confirm import send_and_confirm
from ansible_collections.wotrus.pki.plugins.module_utils._orders.documents import load_document
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import (
    DOCUMENT_ARGUMENT,
    TEXT,
    WAIT_ARGUMENTS,
    needed,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import (
    explain,
    is_expired,
    require_fingerprint,
    require_issued,
    require_same,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.wait import Goal, poll_orders
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text

ARGUMENTS: dict[str, t.Any] = {
    "order_id": {"type": "str", "required": True},
    **dict.fromkeys(("product", "common_name", "organization", "fingerprint_sha256"), TEXT),
    "reason": {"type": "str", "required": True},
    "document": DOCUMENT_ARGUMENT,
    **WAIT_ARGUMENTS,
}


def revoke(api: Api, params: Params, run: Run) -> OperationResult:
    """Request a revocation once: the operation of ``wotrus_revoke``."""
    order_id, reason = needed(params, "order_id"), needed(params, "reason")
    document = load_document(params["document"], what="document") if params["document"] else None
    before = api.query(order_id)
    wanted = {name: params[name] for name in ("product", "common_name", "organization")}
    require_same(api, before, **wanted)
    after, former, asked = before, {"status": before.status}, not _is_asked(before)
    if asked:
        evidence = _check(api, before, document)
        require_fingerprint(api, before, params["fingerprint_sha256"])
        if run.check_mode:
            result = {**_result(before), "msg": "Would ask WoTrus to revoke the certificate."}
            return OperationResult(result, changed=True, before=former, after={"status": "pendingRevoke"})
        send = functools.partial(api.revoke, order_id, reason=reason, document=evidence)
        after = send_and_confirm(api, order_id, send=send, is_done=_is_asked)
    if params["wait"] and not run.check_mode:
        after = _wait(api, after, params["wait_timeout"], run)
    if asked and not _is_asked(after):
        later = Message(
            "Order {order_id} is to be revoked, and is still {status}. Check it later.",
            order_id=order_id,
            status=after.status,
        )
        run.warn(later)
    changed = asked or before.status != after.status
    return OperationResult(_result(after), changed=changed, before=former, after={"status": after.status})


def _is_asked(order: Order) -> bool:
    return order.is_revoked or order.stage is Stage.REVOKING


def _check(api: Api, order: Order, document: Document | None) -> Document:
    """Check that the order can be revoked, and return the evidence document.

    It is called before anything is sent.
    """
    if order.stage is Stage.UNKNOWN and is_expired(api, order):
        # The manual does not say which status an order has whose certificate has expired.
        raise OrderDead("The certificate of order {order_id} has expired, so it is not revoked.", order_id=order.id)
    require_issued(order, Message("Only an issued certificate can be revoked. Cancel an order without one."))
    if document is None:
        raise InvalidDocument(
            "document is missing. WoTrus revokes nothing without the evidence that its template asks for.",
            order_id=order.id,
        )
    return document


def _wait(api: Api, order: Order, seconds: int, run: Run) -> Order:
    """Wait until the certificate is revoked, or the time is over.

    :raises RevocationRefused: WoTrus refused, and the certificate is issued again
    """
    if order.is_revoked:
        return order
    polled = poll_orders(api, [order.id], goal=Goal.REVOKED, deadline=Deadline.after(seconds), progress=run.progress)[0]
    found = polled.found()
    if polled.is_refused:
        raise RevocationRefused(
            "WoTrus did not revoke order {order_id}. It is {status} again.", status=found.status, order_id=order.id
        )
    return found


def _result(order: Order) -> dict[str, t.Any]:
    return {
        "order_id": order.id,
        "status": order.status,
        "revoked": order.is_revoked,
        "order": order.as_result(),
        "msg": text(explain(order)),
    }


OPERATION = Operation("wotrus_revoke", ARGUMENTS, revoke)
