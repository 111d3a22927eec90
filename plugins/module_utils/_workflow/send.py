# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send an order or a reissue, and keep its id."""

from __future__ import annotations

import dataclasses

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import Placed
from ansible_collections.wotrus.pki.plugins.module_utils._errors import OrderDead, RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import reissue_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import ReissueRequest
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import csr_key
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import PlacedOrder, new_order, place
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import status_words
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import check_document, request_reissue
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import SENDING, Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import OrderAnswer
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import order_params, order_value
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.limit import ORDER_COUNT, limit_reached
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.prepare import request_record
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.task import CertificateTask

_REISSUE_REASONS = {
    "key_lost": "The private key was lost",
    "key_changed": "The key changes",
    "definition_changed": "The definition changes",
    "key_too_old": "The key is replaced by date",
    "interrupted": "The private key changes",
    "requested": "A new key is wanted",
}
"""What WoTrus reads as the reason of a reissue, by the reason of the plan."""

STEPS = ORDERED, ADOPTED, REISSUED = ("ordered", "adopted", "reissued")
"""What a request to the CA did, as ``steps`` of a result."""


def is_needed(task: CertificateTask) -> bool:
    """Return whether an order or a reissue is to be sent now."""
    return task.is_open and task.decision.action in SENDING and task.is_prepared


def send(task: CertificateTask) -> None:
    """Place the order or request the reissue.

    :raises WotrusError: it was refused, or nothing is known of it
    """
    if task.decision.action is Action.REISSUE:
        _reissue(task)
    else:
        _place(task)


def _place(task: CertificateTask) -> None:
    context = task.context
    params = {**order_params(task.entry, task.decision), "csr": task.csr, "csr_path": None}
    new = new_order({**params, "ukey_password": task.ukey_password if task.is_on_ukey else None})
    if context.role.is_limit_exceeded:
        raise limit_reached(context.role.charged_orders, context.role.limit)
    with ORDER_COUNT.reserve(new.idempotence_id, context.role.limit) as reservation:
        placed = place(context.api, new, answered=lambda answer: _keep_id(task, answer))
        is_created = placed.created is not False
        reservation.charged = is_created and not reservation.is_counted
    task.charged = task.charged or (is_created and not reservation.is_counted)
    _take_answer(task, placed, is_created=is_created)


def _reissue(task: CertificateTask) -> None:
    order_id, csr = str(task.decision.order_id), str(task.csr)
    request = ReissueRequest(
        order_id=order_id,
        csr=csr,
        reason=_REISSUE_REASONS.get(task.decision.reason, _REISSUE_REASONS["interrupted"]),
        idempotence_id=reissue_idempotence_id(
            order_id=order_id,
            public_key_sha256=str(csr_key(csr)),
            refused_order_id=task.decision.refused_order_id,
        ),
        document=task.context.document,
    )
    order = task.context.reader.order(order_id).order
    if order is not None:
        check_document(order, request)
    try:
        placed = request_reissue(task.context.api, request, answered=lambda answer: _keep_id(task, answer))
    except RejectedByApi as exc:
        if order is not None and order.is_dead:
            refused = Message(
                "Order {order_id} is {status}, and its reissue was refused: {error}.",
                order_id=order_id,
                status=status_words(order.status),
                error=exc,
            )
            advice = Message(
                "If the order was reissued, set order_id to the id of the reissue, which the report and WoTrus's "
                "console show. Otherwise add {order_id} to wotrus_replace_orders. The order that follows is charged, "
                "unless it exists already.",
                order_id=order_id,
            )
            raise OrderDead(refused, order_id=order_id, next_step=advice) from exc
        raise
    _take_answer(task, placed, is_created=placed.created is not False)


def _keep_id(task: CertificateTask, placed: Placed) -> None:
    """Show the order's id, and keep it for the host's record."""
    decision = task.decision
    is_reissue = decision.action is Action.REISSUE
    shown = Message(
        "wotrus: {host}: {name}: order {former} is reissued as order {order_id}"
        if is_reissue
        else "wotrus: {host}: {name}: order {order_id}",
        host=task.context.host,
        name=task.facts.wanted.name,
        former=decision.order_id,
        order_id=placed.order_id,
    )
    task.context.run.show(text(shown))
    fields = {
        "operation": decision.action.value,
        "order_id": placed.order_id,
        "root_order_id": (decision.root_order_id or decision.order_id) if is_reissue else placed.order_id,
        "idempotence_id": order_value(task.facts, decision),
        "companion_order_id": placed.companion_order_id or (decision.companion_order_id if is_reissue else None),
    }
    task.unrecorded = {name: value for name, value in fields.items() if value is not None}


def _take_answer(task: CertificateTask, placed: PlacedOrder, *, is_created: bool) -> None:
    """Take the CA's answer about a new order, and decide again."""
    decision, facts, reader = task.decision, task.facts, task.context.reader
    is_reissue = decision.action is Action.REISSUE
    task.steps.append(REISSUED if is_reissue else ORDERED if is_created else ADOPTED)
    answer = OrderAnswer(placed.order, placed.error)
    for order_id in {decision.order_id, placed.order_id} - {None}:
        reader.forget(str(order_id))
    reader.add(placed.order_id, answer)
    if task.is_on_ukey and not is_reissue:
        # Whether the password of an adopted UKey order is ours is only known if this host recorded that request.
        task.unrecorded["ukey_password_known"] = is_created or _is_own_request(task)
    pending = {**request_record(task), **task.unrecorded}
    for name in ("name", "order_name"):
        pending.pop(name, None)
    pending["public_key_sha256"] = facts.host.pending.public_key_sha256 if facts.host.pending else None
    own = frozenset({id_key(placed.order_id)})
    # What the CA said of other orders before may be out of date.
    task.facts = dataclasses.replace(
        facts.with_pending(**pending),
        orders={id_key(placed.order_id): answer},
        certificates={},
        placed=facts.placed | own,
        created=facts.created | (own if is_created and not is_reissue else frozenset()),
        wanted=dataclasses.replace(facts.wanted, reissue_requested=False, keys_since=None),
    )
    task.prepared_request = None
    task.decide()


def _is_own_request(task: CertificateTask) -> bool:
    """Return whether the host's record has prepared this very order before."""
    pending = task.facts.pending
    return pending is not None and pending.idempotence_id == order_value(task.facts, task.decision)
