# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send an order or a reissue, and keep its id."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import Placed
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    NoLaterEnd,
    NotFound,
    OrderDead,
    OrderLimit,
    OrderMismatch,
    RejectedByApi,
    WotrusError,
    boundary,
)
from ansible_collections.wotrus.pki.plugins.module_utils._internal_error import internal_error
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import reissue_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import READY_AT_CA, NewOrder, ReissueRequest
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import PENDING_KEYS, PendingOrder
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import csr_key
from ansible_collections.wotrus.pki.plugins.module_utils._orders.journaled_orders import journaled_root
from ansible_collections.wotrus.pki.plugins.module_utils._orders.open_request import explained, is_open
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import read_placed
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import status_words
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import check_document
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_entry import order_value, planned_order
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import SENDING, Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import (
    RUN_AGAIN,
    ask_for_the_rest,
    pair_step,
    reissued_or_replaced,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import OrderAnswer
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import is_live_usable, other_names
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import days_left, paid_term
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import (
    MAYBE_CHARGED,
    NOT_CHARGED,
    most_charged,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import sure
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.charge import charge_by_facts
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.limit import ORDER_COUNT, REISSUE_COUNT
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.prepare import request_record
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.send_check import check_root, check_what_is_sent
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.task import CertificateTask, given

_REISSUE_REASONS = {
    "key_lost": "The private key was lost",
    "key_changed": "The key changes",
    "definition_changed": "The definition changes",
    "key_too_old": "The key is replaced by date",
    "interrupted": "The private key changes",
    "requested": "A new key is wanted",
    "ends_early": "The certificate ends before the term of the order",
    "chain_ends": "The chain of the certificate ends",
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
    check_what_is_sent(task)
    check_root(task)
    try:
        if task.decision.action is Action.REISSUE:
            _reissue(task)
        else:
            _place(task)
    except WotrusError as exc:
        refusal = exc if isinstance(exc, RejectedByApi) else exc.__cause__
        if isinstance(refusal, RejectedByApi) and not refusal.answer_lost and "order_id" not in task.unrecorded:
            # If it is its kind that was refused, the entry may ask for another one. Then this key gives way.
            task.unrecorded = {**task.unrecorded, **given({"refused_key_sha256": csr_key(task.csr)})}
        raise


def _place(task: CertificateTask) -> None:
    """Place the order: a run sends one at most for a certificate that may be charged.

    :raises OrderLimit: this run has sent one
    """
    if task.charged != NOT_CHARGED:
        raise OrderLimit(
            Message("This run may have placed an order for this certificate. Another one was not sent."),
            next_step=RUN_AGAIN,
        )
    shared = _shared_order(task)
    if shared is not None:
        _keep_id(task, shared)
        _take_answer(task, shared, is_created=False)
        _warn_of_reissue(task, shared)
        return
    context = task.context
    password = task.ukey_password if task.is_on_ukey else None
    new = planned_order(task.entry, task.decision, csr=task.csr, csr_path=None, ukey_password=password)
    charged = MAYBE_CHARGED
    words = Message(
        "The order may have been placed, and charged. A repeat is the same order, and wotrus_max_charged_orders at "
        "{number} lets it through.",
        number=context.permission.limits.charged_orders,
    )
    next_step = Message(
        "Run again. If it stays so, look for the order in WoTrus's console. Set order_id and root_order_id in the "
        "entry to its id. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    )
    with ORDER_COUNT.reserve(new.idempotence_id, context.permission.limits) as reservation:
        try:
            with explained(words, next_step):
                placed = _placed(task, new)
            charge = charge_by_facts(task, placed, new.idempotence_id)
            charged = NOT_CHARGED if reservation.take(placed.order_id) else charge
        except WotrusError as exc:
            charged = MAYBE_CHARGED if is_open(exc) else NOT_CHARGED
            raise
        finally:
            reservation.charged = charged != NOT_CHARGED
            task.charged = most_charged(task.charged, charged)
    _take_answer(task, placed, is_created=placed.created is True)
    if charge == NOT_CHARGED:
        _warn_of_reissue(task, placed)


def _shared_order(task: CertificateTask) -> Placed | None:
    """Return the first order of the name that another host has with which this one shares its key.

    WoTrus may have forgotten its idempotence value, so Create would place it again. The other host's record is a claim:
    what Query says of the order is looked at as if Create had answered it.

    :returns: ``None`` if no other host has one, or it is of another product, name or organization
    :raises WotrusError: Query fails
    """
    wanted, order_id = task.facts.wanted, task.context.permission.shared.get(task.facts.wanted.name)
    if order_id is None or task.decision.action is not Action.ORDER or task.decision.follows is not None:
        return None
    api = task.context.reader.api
    found = read_placed(api, Placed(journaled_root(api.journal.place, order_id) or order_id, None, began=None))
    if found.order is None:
        if isinstance(found.error, NotFound):
            # It may be another account's.
            return found
        raise sure(found.error)
    names = {"common_name": found.order.common_name, "organization": found.order.organization.name}
    is_same = is_same_id(found.order.product_id, wanted.product) and not other_names(wanted, names)
    return found if is_same else None


def _warn_of_reissue(task: CertificateTask, placed: Placed) -> None:
    """Warn of an adopted order's certificate: it may be older than that of a reissue, of which WoTrus says nothing."""
    is_deployed = task.decision.action is Action.RESUME and is_same_id(task.decision.order_id, placed.order_id)
    if is_deployed and placed.order is not None and placed.order.is_issued:
        task.warn(
            Message(
                "Order {order_id} was adopted, and its certificate is deployed. If it was reissued since, the reissue "
                "has a newer certificate. Run wotrus.pki.reissue for it, or set order_id in the entry to the reissue "
                "and root_order_id to {order_id}, and move the record on the host away.",
                order_id=placed.order_id,
            )
        )


@boundary(internal_error)
def _placed(task: CertificateTask, new: NewOrder) -> Placed:
    """Place an order; without the month for the days that are left if the CA refuses 13 or 25 months."""
    api = task.context.reader.api
    try:
        placed = api.create(new, about=_about(task))
    except RejectedByApi as exc:
        term = 12 * (new.months // 12)
        if new.months == term or exc.answer_lost:
            raise
        task.decision = dataclasses.replace(task.decision, months=term)
        try:
            placed = api.create(dataclasses.replace(new, months=term), about=_about(task))
        except WotrusError as again:
            # What was refused may have been stored.
            again.answer_lost = True
            raise
    _keep_id(task, placed)
    return read_placed(api, placed)


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
            ended_serial_number=task.decision.ended_serial_number,
        ),
        document=task.context.document,
    )
    order = task.context.reader.order(order_id).order
    if order is not None:
        check_document(order, request)
        if order.status == READY_AT_CA:
            # Only an issued order is reissued, and RetrievePem moves it on (manual, revision V1.03).
            task.context.reader.pems(order_id)
    root_order_id = task.decision.root_order_id or order_id
    words = Message(
        "The reissue may have been requested. A repeat is the same reissue, and wotrus_max_reissues at {number} lets "
        "it through.",
        number=task.context.permission.limits.reissues,
    )
    next_step = Message(
        "Run again. If it stays so, look for the reissue in WoTrus's console. Set order_id in the entry to its id, and "
        "root_order_id to {root_order_id}. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe.",
        root_order_id=root_order_id,
    )
    try:
        with REISSUE_COUNT.reserve(request.idempotence_id, task.context.permission.limits):
            with explained(words, next_step):
                placed = task.context.reader.api.reissue(request, about=_about(task))
            _keep_id(task, placed)
            placed = read_placed(task.context.reader.api, placed)
    except RejectedByApi as exc:
        if order is not None and order.is_dead and not is_live_usable(task.facts):
            raise OrderDead(
                "Order {order_id} is {status}, and its reissue was refused: {error}.",
                order_id=order_id,
                status=status_words(order.status),
                error=exc,
                next_step=reissued_or_replaced(root_order_id, root_order_id),
            ) from exc
        if task.decision.ended_serial_number is not None and not exc.answer_lost:
            raise _no_later_end(task, exc) from exc
        raise
    _take_answer(task, placed, is_created=placed.created is not False)


def _no_later_end(task: CertificateTask, refusal: RejectedByApi) -> NoLaterEnd:
    """Return the error for the refused reissue of a certificate that ends before its paid term.

    Another run repeats it with the same value, and renews once the term is due.
    """
    facts, root_order_id = task.facts, task.decision.root_order_id or task.decision.order_id
    root = facts.known_order(root_order_id)
    dates = paid_term(facts, root) if root is not None else None
    return NoLaterEnd(
        Message("{error}. {days:.0f} days of the paid term are left.", error=refusal, days=days_left(dates, facts.now))
        if dates is not None
        else refusal.message,
        next_step=ask_for_the_rest(root_order_id),
    )


def _about(task: CertificateTask) -> dict[str, t.Any]:
    """Return what the journal says of a request, besides the request itself and its sender."""
    permission, decision = task.context.permission, task.decision
    return {
        "certificate": task.facts.wanted.name,
        "root_order_id": decision.follows or decision.root_order_id,
        "plan": permission.plan_digest,
        "limits": dataclasses.asdict(permission.limits),
    }


def _keep_id(task: CertificateTask, placed: Placed) -> None:
    """Show the order's id, and keep it for the host's record."""
    decision = task.decision
    is_reissue = decision.action is Action.REISSUE
    shown = Message(
        "wotrus: {host}: {name}: order {former} is reissued as order {order_id}"
        if is_reissue
        else "wotrus: {host}: {name}: order {order_id}",
        host=task.facts.wanted.host,
        name=task.facts.wanted.name,
        former=decision.order_id,
        order_id=placed.order_id,
    )
    task.context.run.progress(shown, news=True)
    fields = {
        "operation": decision.action.value,
        "order_id": placed.order_id,
        "root_order_id": decision.root_order_id if is_reissue else None,
        "idempotence_id": order_value(task.facts, decision),
        "companion_order_id": placed.companion_order_id or (decision.companion_order_id if is_reissue else None),
        "months": decision.months,
    }
    task.unrecorded = given(fields)


def _take_answer(task: CertificateTask, placed: Placed, *, is_created: bool) -> None:
    """Take the CA's answer about a new order, and decide again.

    :raises OrderMismatch: it is the order that the entry names, and follows what the entry calls its root
    """
    decision, facts, reader = task.decision, task.facts, task.context.reader
    is_reissue, wanted = decision.action is Action.REISSUE, task.facts.wanted
    if is_same_id(decision.follows, wanted.root_order_id) and is_same_id(placed.order_id, wanted.order_id):
        raise OrderMismatch(
            Message(
                "The entry calls {root_order_id} the root of order {order_id}, which does not fit.",
                root_order_id=wanted.root_order_id,
                order_id=placed.order_id,
            ),
            order_id=placed.order_id,
            next_step=pair_step(placed.order_id),
        )
    task.steps.append(REISSUED if is_reissue else ORDERED if is_created else ADOPTED)
    answer = OrderAnswer(placed.order, placed.error)
    for order_id in {decision.order_id, placed.order_id} - {None}:
        reader.forget(str(order_id))
    reader.add(placed.order_id, answer)
    if is_created and not is_reissue:
        task.unrecorded["root_order_id"] = placed.order_id
    if task.is_on_ukey and not is_reissue:
        # Whether the password of an adopted UKey order is ours is only known if this host recorded that request.
        prepared = facts.pending.idempotence_id if facts.pending else None
        task.unrecorded["ukey_password_known"] = is_created or prepared == order_value(facts, decision)
    statement = {**request_record(task), **task.unrecorded}
    pending = PendingOrder(**{name: value for name, value in statement.items() if name in PENDING_KEYS})
    record = dataclasses.replace(facts.host.record, pending=pending)
    own = frozenset({id_key(placed.order_id)})
    # What the CA said of other orders before may be out of date.
    task.facts = dataclasses.replace(
        facts.with_host(record=record, has_record=True),
        orders={id_key(placed.order_id): answer},
        certificates={},
        placed=facts.placed | own,
        created=facts.created | (own if is_created and not is_reissue else frozenset()),
        wanted=dataclasses.replace(wanted, reissue_requested=False, keys_since=None),
    )
    task.prepared_request = None
    task.decide()
