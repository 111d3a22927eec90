# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policies: small pure functions; the first decision counts.

A host's record is a claim. Before an order id in it is used, the order is compared with Query's answer. Orders are paid
only for a due renewal by the CA's dates, for a name's first order, or by a person's ``wotrus_replace_orders``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadAnswer, NotFound, RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import (
    READY_AT_CA,
    REJECTED,
    Order,
    Stage,
    is_same_name,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import MONTHS, renewal_months
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE, LiveCertificate, PendingOrder
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import (
    differences,
    explain,
    link_of,
    reason_of,
    status_words,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import (
    Claim,
    later_order_named,
    live_claim,
    names_other_order,
    names_remedy,
    pending_claim,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import PLACING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import (
    EXTERNAL,
    HOST,
    PKCS11,
    UKEY,
    Certificate,
    Facts,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import (
    dates_of,
    fits_key,
    has_key,
    has_live_key,
    is_changed,
    is_live_unrecorded,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    dates_of_term,
    days_left,
    is_old_enough,
    is_over,
    may_be_due,
    term,
    term_dates,
    window,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.rules import is_due, is_named, root_of
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import KEY_URI
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text

_RUN_AGAIN = Message("Run again later.")
_ASK_WOTRUS = Message("Ask WoTrus about the order, with the request ids of this result.")


class _Decided(Exception):
    """A helper came to a decision."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.reason)
        self.decision = decision


@dataclasses.dataclass(frozen=True)
class Case:
    """A live certificate whose order was checked."""

    facts: Facts
    order: Order
    claim: Claim


def decide(facts: Facts) -> Decision:
    """Return what is to be done for a certificate.

    :raises FactNeeded: something has to be asked of the CA first; decide again with the answer
    """
    try:
        decisions = (policy(facts) for policy in POLICIES)
        found = next(decision for decision in decisions if decision is not None)
    except _Decided as exc:
        found = exc.decision
    if found.reason == "order_dead" and is_live_unrecorded(facts):
        return _order_of_live(facts, found)
    return found


def _order_of_live(facts: Facts, decision: Decision) -> Decision:
    """Decide on a valid certificate that is live, and whose order the record does not know.

    What is live is looked at first: it costs nothing.
    """
    order_id = facts.wanted.order_id
    if order_id is not None and not is_same_id(order_id, decision.order_id):
        try:
            named = order_named(facts)
        except _Decided as exc:
            named = exc.decision
        if named is not None:
            return named
    return dataclasses.replace(
        decision,
        next_step=Message(
            "The certificate {serial_number} is live and valid, and of another order. Look for that order in WoTrus's "
            "console. Set order_id in the entry to it, and root_order_id to the order of its purchase.",
            serial_number=facts.host.live.release if facts.host.live else "",
        ),
    )


def host_unreadable(facts: Facts) -> Decision | None:
    """Block if the host's state cannot be read.

    Nothing is ordered on an unknown state.
    """
    if facts.host.fault is None:
        return None
    code, msg = facts.host.fault
    return _blocked(code, msg, next_step(code), is_failure=True)


def pending_order(facts: Facts) -> Decision | None:
    """Decide on an order whose certificate is not deployed yet."""
    pending = facts.pending
    if pending is None or pending.order_id is None:
        return None
    return _undeployed_order(facts, pending_claim(facts, pending, pending.order_id), pending)


def reissue_unsent(facts: Facts) -> Decision | None:
    """Repeat a prepared reissue whose new order is not known.

    It has the same idempotence value.
    """
    pending = facts.pending
    if pending is None or pending.order_id or pending.operation != REISSUE or not pending.superseded_order_id:
        return None
    claim = pending_claim(facts, pending, pending.superseded_order_id)
    order = _checked_order(facts, claim)
    due = _due_renewal_of_live(facts, claim)
    if due is not None:
        return due
    named = later_order_named(facts, order.id, claim.root_order_id)
    if named is not None:
        return _undeployed_order(facts, dataclasses.replace(claim, order_id=named), pending)
    why = Message(
        "An earlier run prepared a reissue of order {order_id}, and its answer is not recorded.", order_id=order.id
    )
    return _reissue(facts, claim, "interrupted", why, months=pending.months, refused_order_id=pending.refused_order_id)


def order_unsent(facts: Facts) -> Decision | None:
    """Decide on the followed order if the follower is not known.

    A renewal or replacement was prepared, and may have been sent.
    """
    pending = facts.pending
    if pending is None or pending.order_id or pending.operation == REISSUE or not pending.superseded_order_id:
        return None
    if facts.live is not None and facts.live.order_id is not None:
        return None
    followed = pending.superseded_order_id
    decision = _undeployed_order(facts, Claim(followed, pending.follows), None)
    return _or_named(facts, decision, followed, pending.follows)


def live_order(facts: Facts) -> Decision | None:
    """A certificate is live, or was, and its order is on record."""
    newest = facts.host.rolled_back or facts.live
    if newest is None or newest.order_id is None:
        return None
    decision = _live_order(facts, newest)
    return _or_named(facts, decision, newest.order_id, newest.root_order_id)


def _or_named(facts: Facts, decision: Decision | None, *own_ids: str | None) -> Decision | None:
    """Return a decision on the entry's order, in place of another.

    WoTrus refused to repeat its answer about the order that follows, and a person found its id.

    WoTrus refused to answer the follower again, and a person found its id.
    """
    if decision is None or decision.action not in PLACING:
        return decision
    named = later_order_named(facts, *own_ids)
    return (_undeployed_order(facts, Claim(named, facts.wanted.root_order_id), None) if named else None) or decision


def order_named(facts: Facts) -> Decision | None:
    """The entry names the order with which the chain begins."""
    order_id = facts.wanted.order_id
    return _undeployed_order(facts, Claim(order_id, facts.wanted.root_order_id), None) if order_id else None


def name_changed(facts: Facts) -> Decision | None:
    """Block a first order that was prepared under another name.

    It may have been placed, so the new name could place a second one.
    """
    pending, name = facts.pending, facts.host.record.order_name
    if pending is None or pending.order_id or name is None or name == facts.wanted.order_name:
        return None
    if facts.host.record.name not in (None, facts.wanted.name):
        return _blocked(
            "order_name_changed",
            Message(
                "The record is of the certificate {name!r}, and has an order that may exist.",
                name=facts.host.record.name,
            ),
            Message(
                "If you renamed the certificate, set order_name to {former!r}. Otherwise it is a copy. Move pending/ "
                "and record.json away, and keep the key.",
                former=name,
            ),
        )
    return _blocked(
        "order_name_changed",
        Message(
            "An earlier run prepared an order under the name {former!r}, and that order may exist. The name is now "
            "{name!r}.",
            former=name,
            name=facts.wanted.order_name,
        ),
        Message(
            "Set order_name to {former!r}. If WoTrus has no such order, move pending/ and record.json away.",
            former=name,
        ),
    )


def first_order(facts: Facts) -> Decision | None:
    """Order, if no order is known.

    Only Create shows whether there is one, so it counts as charged.
    """
    is_unsent = facts.pending is not None
    return Decision(
        Action.ORDER,
        "interrupted" if is_unsent else "not_ordered",
        Message(
            (
                "An earlier run prepared an order, and its answer is not recorded. The order is sent again with the "
                "same idempotence value."
            )
            if is_unsent
            else "No order is recorded. A new order will be placed, or an existing one adopted."
        ),
        months=facts.wanted.months,
        may_be_charged=True,
    )


Policy = t.Callable[[Facts], t.Optional[Decision]]

POLICIES: tuple[Policy, ...] = (
    host_unreadable,
    pending_order,
    reissue_unsent,
    order_unsent,
    live_order,
    order_named,
    name_changed,
    first_order,
)


# ---- an order that is not deployed yet


def _undeployed_order(facts: Facts, claim: Claim, pending: PendingOrder | None) -> Decision | None:
    """Decide on an order that is pending, adopted or in the entry."""
    answer = facts.answer(claim.order_id)
    if answer.order is None:
        # Neither a pending reissue nor one that WoTrus does not know hides that the renewal is due.
        is_unknown = claim.operation == REISSUE and isinstance(answer.error, NotFound)
        due = _due_renewal_of_live(facts, claim) if is_unknown and not facts.is_placed(claim.order_id) else None
        return due or _unreadable(facts, claim)
    order = _checked_order(facts, claim)
    if order.is_dead:
        return _dead_undeployed_order(facts, order, claim, pending)
    if order.is_issued:
        return _issued_undeployed_order(facts, order, claim)
    if claim.operation == REISSUE:
        due = _due_renewal_of_live(facts, claim) or _key_of_reissue_lost(facts, order, claim, pending)
        if due is not None:
            return due
    if order.stage is Stage.UNKNOWN and is_over(facts, order):
        return _due_renewal(facts, None, order, claim) or _waiting(order, claim)
    if facts.live is not None and facts.live.order_id is not None:
        # What is live may be revoked while its successor is reviewed.
        facts.answer(facts.live.order_id)
    return _waiting(order, claim)


def _key_of_reissue_lost(facts: Facts, order: Order, claim: Claim, pending: PendingOrder | None) -> Decision | None:
    """Drop a reissue whose key is gone from the host, and ask for another."""
    recorded = pending.public_key_sha256 if pending else None
    found = facts.host.pending.public_key_sha256 if facts.host.pending else None
    is_here = has_key(facts) and recorded in (None, found)
    if facts.wanted.storage != HOST or is_here or not claim.superseded_order_id:
        return None
    decision = _reissue_refused(facts, order, claim, pending)
    if decision is None or decision.action is not Action.NOTHING:
        return decision
    why = Message("The key of the reissue {order_id} is not on the host.", order_id=order.id)
    former = dataclasses.replace(claim, order_id=claim.superseded_order_id, operation=Action.ORDER.value)
    return _reissue(facts, former, "key_lost", why, refused_order_id=order.id)


def _unreadable(facts: Facts, claim: Claim) -> Decision | None:
    error = facts.answer(claim.order_id).error
    if facts.is_placed(claim.order_id):
        return Decision(
            Action.RESUME,
            "pending_review",
            Message("Order {order_id} is placed, and WoTrus does not show it yet.", order_id=claim.order_id),
            order_id=claim.order_id,
            root_order_id=claim.root_order_id,
            companion_order_id=claim.companion_order_id,
            superseded_order_id=claim.superseded_order_id,
            next_step=_RUN_AGAIN,
        )
    if isinstance(error, NotFound):
        if names_other_order(facts, claim):
            return None
        msg = Message("WoTrus does not know order {order_id}.", order_id=claim.order_id)
        return _blocked("order_unknown", msg, next_step("not_found"), claim)
    code = error.error_code if error else BadAnswer.error_code
    msg = error.message if error else Message("WoTrus's answer is not what the manual describes.")
    return _blocked(code, msg, next_step(code), claim, is_failure=True)


def _dead_undeployed_order(facts: Facts, order: Order, claim: Claim, pending: PendingOrder | None) -> Decision | None:
    if claim.operation == REISSUE and not claim.is_own_id_reissue and claim.superseded_order_id:
        return _reissue_refused(facts, order, claim, pending)
    return _dead_order(facts, order, claim)


def _reissue_refused(facts: Facts, order: Order, claim: Claim, pending: PendingOrder | None) -> Decision | None:
    """Decide after a reissue that was refused, closed or dropped: its original order counts."""
    former = str(claim.superseded_order_id)
    live = facts.live
    if live is not None and is_same_id(live.order_id, former):
        return _live_order(facts, live, refused_order_id=order.id)
    original = dataclasses.replace(claim, order_id=former, operation=Action.ORDER.value, superseded_order_id=None)
    found = _checked_order(facts, original)
    if found.is_dead:
        return _dead_order(facts, found, original)
    due = _due_renewal(facts, None, found, original)
    if due is not None:
        return due
    if found.stage is Stage.REVOKING:
        return _blocked("revoking", explain(found), _RUN_AGAIN, original)
    why = Message(
        "The reissue {reissue_id} was {status}, and the certificate of order {order_id} is for a lost key.",
        reissue_id=order.id,
        status=status_words(order.status),
        order_id=former,
    )
    months = pending.months if pending else None
    return _reissue(facts, original, "key_lost", why, months=months, refused_order_id=order.id)


def _issued_undeployed_order(facts: Facts, order: Order, claim: Claim) -> Decision:
    if facts.is_created(order.id):
        return _resume(order, claim, reason_of(order), explain(order))
    certificate = facts.known_certificate(order.id)
    if certificate is None and (facts.may_fetch or not has_key(facts) or may_be_due(facts, order)):
        answer = facts.certificate(order.id)
        if answer.error is not None and not is_over(facts, order):
            code = answer.error.error_code
            return _blocked(code, str(answer.error), next_step(code), claim, is_failure=True)
        certificate = answer.certificate
        facts = facts.with_certificate(order.id, answer)
    claim = dataclasses.replace(claim, root_order_id=root_of(facts, claim, order))
    if certificate is None:
        if is_over(facts, order):
            return _due_renewal(facts, None, order, claim) or _resume(order, claim, reason_of(order), explain(order))
        return _resume(order, claim, reason_of(order), explain(order))
    if fits_key(facts, certificate):
        if certificate.not_after > facts.now:
            if not facts.host.has_record and has_live_key(facts, certificate):
                return _resume(
                    order,
                    claim,
                    "record_lost",
                    Message("The certificate of order {order_id} is live already. It is recorded.", order_id=order.id),
                )
            return _resume(order, claim, reason_of(order), explain(order))
        return _due_renewal(facts, None, order, claim) or _resume(order, claim, reason_of(order), explain(order))
    return _other_key(facts, order, claim, certificate)


def _other_key(facts: Facts, order: Order, claim: Claim, certificate: Certificate) -> Decision:
    """The order's certificate is for another key than the pending one."""
    if claim.operation == REISSUE:
        due = _due_renewal_of_live(facts, claim)
        if due is not None:
            return due
        if claim.is_own_id_reissue:
            return dataclasses.replace(
                _waiting(order, claim),
                reason="pending_ca",
                msg=Message(
                    "Order {order_id} is reissued under its own id, and WoTrus still sends the old certificate.",
                    order_id=order.id,
                ),
            )
        return _blocked(
            "key_mismatch",
            Message(
                "Order {order_id} was placed for the key of this host, and its certificate is for another key "
                "(SHA-256 {key}). It is not deployed.",
                order_id=order.id,
                key=certificate.public_key_sha256,
            ),
            _ASK_WOTRUS,
            claim,
            is_failure=True,
        )
    if has_live_key(facts, certificate) and certificate.not_after > facts.now:
        return _resume(
            order,
            claim,
            "record_lost",
            Message("The certificate of order {order_id} is live already. It is recorded.", order_id=order.id),
        )
    due = _due_renewal(facts, None, order, claim)
    if due is not None:
        return due
    if order.stage is Stage.REVOKING:
        return _blocked("revoking", explain(order), _RUN_AGAIN, claim)
    why = Message(
        "Order {order_id} ({common_name}, placed on {day}) was adopted. Its certificate is for a key that is not on "
        "this host.",
        order_id=order.id,
        common_name=order.common_name,
        day=_day(order.created_at),
    )
    return _reissue(facts, claim, "key_lost", why, months=order.months, warnings=(why,))


def _waiting(order: Order, claim: Claim) -> Decision:
    steps = {
        Stage.WAITING_ON_YOU: Message("Open the pending link{link}, then run again.", link=link_of(order)),
        Stage.UNKNOWN: _ASK_WOTRUS,
    }
    return Decision(
        Action.RESUME,
        reason_of(order),
        explain(order),
        order_id=order.id,
        root_order_id=claim.root_order_id,
        companion_order_id=claim.companion_order_id,
        superseded_order_id=claim.superseded_order_id,
        is_ready=order.status == READY_AT_CA,
        pending_link=order.pending_link,
        next_step=steps.get(order.stage, _RUN_AGAIN),
    )


# ---- the live certificate


def _live_order(facts: Facts, newest: LiveCertificate, *, refused_order_id: str | None = None) -> Decision | None:
    """Decide on the order of the newest certificate of the host."""
    order_id = str(newest.order_id)
    claim = live_claim(facts, newest)
    if facts.answer(order_id).order is None:
        return _unreadable(facts, claim)
    order = _checked_order(facts, claim)
    due = _due_renewal(facts, dates_of(facts, newest), order, claim, is_reissue_refused=refused_order_id is not None)
    if due is not None:
        return due
    if order.is_dead:
        return _dead_order(facts, order, claim)
    if newest is facts.host.rolled_back:
        return _resume(
            order,
            claim,
            "rolled_back",
            Message("The certificate of order {order_id} was rolled back. It is deployed again.", order_id=order.id),
        )
    for policy in LIVE_POLICIES:
        decision = policy(Case(facts, order, claim))
        if decision is not None:
            if decision.action is Action.REISSUE:
                return dataclasses.replace(decision, months=newest.months, refused_order_id=refused_order_id)
            return decision
    left = days_left(facts.host.live.certificate, facts.now) if facts.host.live and facts.host.live.certificate else 0
    return Decision(
        Action.NOTHING,
        "valid",
        Message("The certificate is valid for {days:.0f} more days.", days=left),
        order_id=order.id,
        root_order_id=claim.root_order_id,
        companion_order_id=claim.companion_order_id,
    )


def _revoking(case: Case) -> Decision | None:
    """Somebody requested the revocation, and people review it."""
    if case.order.stage is not Stage.REVOKING:
        return None
    return Decision(
        Action.NOTHING,
        "revoking",
        explain(case.order),
        order_id=case.order.id,
        next_step=Message("WoTrus decides on it."),
    )


def _key_lost(case: Case) -> Decision | None:
    """The certificate or its key is gone from the host."""
    live = case.facts.host.live
    if case.facts.wanted.storage == UKEY:
        if live is None and case.order.is_issued:
            return _resume(
                case.order,
                case.claim,
                "files_lost",
                Message("The certificate's files are gone. They are deployed again."),
            )
        return None
    if live is not None and live.key_matches is not False:
        return None
    if case.facts.wanted.storage in (PKCS11, EXTERNAL) and case.order.is_issued and has_key(case.facts):
        certificate = case.facts.certificate(case.order.id).certificate
        if certificate is not None and fits_key(case.facts, certificate):
            return _resume(
                case.order,
                case.claim,
                "files_lost",
                Message("The certificate's files are gone. They are deployed again."),
            )
    return _reissue(
        case.facts, case.claim, "key_lost", Message("The private key of the certificate is not on the host.")
    )


def _reissue_requested(case: Case) -> Decision | None:
    """A person wants a new key now."""
    if not case.facts.wanted.reissue_requested:
        return None
    return _reissue(case.facts, case.claim, "requested", Message("A reissue was requested."))


def _key_too_old(case: Case) -> Decision | None:
    """The key was made before wotrus_keys_since."""
    since, live = case.facts.wanted.keys_since, case.facts.live
    made = read_time(live.key_made_at) if live else None
    if since is None or case.facts.wanted.storage not in (HOST, PKCS11):
        return None
    if made is None or made >= since:
        return None
    return _reissue(
        case.facts,
        case.claim,
        "key_too_old",
        Message("The key was made on {day}, before wotrus_keys_since.", day=_day(made)),
    )


def _key_changed(case: Case) -> Decision | None:
    """The entry wants another kind of key, or another key was provided."""
    provided, live = case.facts.wanted.public_key_sha256, case.facts.host.live
    used = live.certificate.public_key_sha256 if live and live.certificate else None
    other = provided is not None and used is not None and provided != used
    if not (other or is_changed(case.facts, "key")):
        return None
    return _reissue_if_wanted(
        case.facts, case.claim, "key_changed", Message("The entry asks for another key than the live certificate has.")
    )


def _definition_changed(case: Case) -> Decision | None:
    """The entry wants another name in the certificate."""
    if not is_changed(case.facts, "subject"):
        return None
    return _reissue_if_wanted(
        case.facts,
        case.claim,
        "definition_changed",
        Message("The entry asks for another subject than the live certificate has."),
    )


def _files_damaged(case: Case) -> Decision | None:
    """Deploy the certificate again, if files beside the key are damaged.

    The key stays as it is.
    """
    live = case.facts.host.live
    damaged = (*(live.damaged if live else ()), *_missing_uri(case.facts))
    if live is None or not damaged or not case.order.is_issued:
        return None
    msg = Message("Live files are missing or changed: {files}. They are deployed again.", files=", ".join(damaged))
    return _resume(case.order, case.claim, "files_damaged", msg)


def _missing_uri(facts: Facts) -> tuple[str, ...]:
    """Return the missing URI of a UKey that the entry names."""
    is_named = facts.wanted.storage == UKEY and facts.wanted.has_token
    return (KEY_URI,) if is_named and facts.live is not None and KEY_URI not in facts.live.files else ()


def _certificate_changed(case: Case) -> Decision | None:
    """Deploy a newer certificate of the order, if WoTrus has one.

    It was fetched because the live certificate seemed to be due.
    """
    live = case.facts.host.live
    used = live.certificate if live else None
    newer = case.facts.known_certificate(case.order.id)
    if used is None or newer is None or newer.not_after <= used.not_after:
        return None
    if (
        None in (used.fingerprint_sha256, newer.fingerprint_sha256)
        or used.fingerprint_sha256 == newer.fingerprint_sha256
    ):
        return None
    day = _day(newer.not_after)
    if has_live_key(case.facts, newer):
        msg = Message(
            "WoTrus has a newer certificate of order {order_id}, which expires on {day}. It is deployed.",
            order_id=case.order.id,
            day=day,
        )
        return _resume(case.order, case.claim, "certificate_changed", msg)
    return _blocked(
        "key_mismatch",
        Message(
            "WoTrus has a newer certificate of order {order_id}, which expires on {day}. It is for another key "
            "(SHA-256 {key}), and is not deployed.",
            order_id=case.order.id,
            day=day,
            key=newer.public_key_sha256,
        ),
        Message("Run wotrus.pki.reissue for it."),
        case.claim,
        is_failure=True,
    )


LivePolicy = t.Callable[[Case], t.Optional[Decision]]

LIVE_POLICIES: tuple[LivePolicy, ...] = (
    _revoking,
    _key_lost,
    _reissue_requested,
    _key_too_old,
    _key_changed,
    _definition_changed,
    _files_damaged,
    _certificate_changed,
)


# ---- what an order may be used for


def _checked_order(facts: Facts, claim: Claim) -> Order:
    """Return a claim's order after a comparison with the entry.

    :raises _Decided: it cannot be read, or is for something else
    """
    answer = facts.answer(claim.order_id)
    if answer.order is None:
        decision = _unreadable(facts, claim)
        unknown = Message("WoTrus does not know order {order_id}.", order_id=claim.order_id)
        raise _Decided(decision or _blocked("order_unknown", unknown, next_step("not_found"), claim))
    wrong = _differences(facts, claim, answer.order)
    if wrong:
        raise _Decided(_mismatch(facts, claim, answer.order, wrong))
    named = facts.wanted.root_order_id or facts.wanted.order_id
    if is_same_id(facts.wanted.order_id, claim.order_id) and claim.root_order_id not in (None, named):
        _check_root_of_entry(facts, answer.order, claim, named)
    return answer.order


def _check_root_of_entry(facts: Facts, order: Order, claim: Claim, named: str | None) -> None:
    """Check that the record knows no other root of the order that the entry names.

    A later rebuilt host would follow the wrong one.

    :raises _Decided: it does
    """
    if is_same_id(named, claim.root_order_id):
        return
    _check_root(facts, order, claim)
    raise _Decided(
        _blocked(
            "root_unknown",
            Message(
                "The entry says that order {order_id} was bought as {named}, and the record of the host as {root}.",
                order_id=order.id,
                named=named,
                root=claim.root_order_id,
            ),
            Message(
                "If the record is right, write these lines into the entry: order_id: {order_id}, root_order_id: "
                "{root_order_id}. Otherwise do not trust the record on this host. Move it away, then run again.",
                order_id=order.id,
                root_order_id=claim.root_order_id,
            ),
            claim,
        )
    )


def _mismatch(facts: Facts, claim: Claim, order: Order, wrong: t.Sequence[Message]) -> Decision:
    """Block an order that is for something else, unless the entry names it to be replaced."""
    why = Message("Order {order_id} is not for this certificate: {differences}.", order_id=order.id, differences=wrong)
    advice = next_step("order_mismatch")
    if is_same_id(facts.wanted.order_id, order.id):
        advice = Message("Correct order_id in the entry, or remove it. If you changed the entry, change it back.")
    return _named_follower(facts, order, claim, "order_mismatch", why) or _blocked("order_mismatch", why, advice, claim)


def _names_root(facts: Facts, claim: Claim) -> bool:
    """Return whether the entry names the order of the purchase.

    What WoTrus corrected in its names is accepted then.
    """
    return is_same_id(facts.wanted.root_order_id, claim.root_order_id)


def _differences(facts: Facts, claim: Claim, order: Order) -> list[Message]:
    """Return how an order differs from the entry.

    The certificate's subject counts if Query does not have the values.
    """
    wanted = facts.wanted
    if _names_root(facts, claim):
        return differences(order, product=wanted.product, common_name=None)
    wrong = differences(order, product=wanted.product, common_name=wanted.common_name)
    if wrong or (order.product_id and order.common_name) or _is_unidentified(order):
        return wrong
    certificate = facts.certificate(order.id).certificate
    if certificate is None or certificate.common_name is None:
        return [Message("WoTrus says neither in Query nor by a certificate whom it is for")]
    if not is_same_name(certificate.common_name, wanted.common_name):
        return [
            Message(
                "its certificate is for {found!r}, not {wanted!r}",
                found=certificate.common_name,
                wanted=wanted.common_name,
            )
        ]
    return []


def _is_unidentified(order: Order) -> bool:
    """Return whether an order's product or name is not known yet.

    Query does not have it, and there is no certificate. Such an order may only be waited for.
    """
    return not (order.product_id and order.common_name) and not (order.is_issued or order.is_dead)


def _dead_order(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """The order is closed, rejected or revoked."""
    if _is_chain_over(facts, order, claim):
        return _due_renewal(facts, None, order, claim)
    named = (
        None if facts.is_created(order.id) else _named_follower(facts, order, claim, reason_of(order), explain(order))
    )
    if named is not None:
        return named
    if names_remedy(facts, claim):
        return None
    return _blocked("order_dead", explain(order), _replace_step(facts, order, claim), claim)


def _is_chain_over(facts: Facts, order: Order, claim: Claim) -> bool:
    """Return whether the order's term is over, or that of its root, with which a reissue ends."""
    if is_over(facts, order):
        return True
    if claim.root_order_id is None or is_same_id(claim.root_order_id, order.id) or order.status == REJECTED:
        return False
    root = facts.answer(claim.root_order_id).order
    return root is not None and is_over(facts, root)


def _replace_step(facts: Facts, order: Order, claim: Claim) -> Message:
    """Return what a person can do about an order that has ended, the root of which may be another one."""
    root_order_id = claim.root_order_id or order.id
    named = root_order_id if facts.answer(root_order_id).order else order.id
    if facts.host.record.live is None and order.status != REJECTED:
        return Message(
            "If the order was reissued, set order_id in the entry to the id of the reissue, which the report and "
            "WoTrus's console show, and root_order_id to {root_order_id}. Otherwise add {order_id} to replace_orders "
            "of the entry. The order that follows it may be charged, unless it exists already.",
            root_order_id=root_order_id,
            order_id=named,
        )
    return Message(
        "Add {order_id} to replace_orders of the entry. The order that follows it may be charged, unless it exists "
        "already.",
        order_id=named,
    )


def _named_follower(facts: Facts, order: Order, claim: Claim, reason: str, why: Message) -> Decision | None:
    """Return the order that follows one that a person named; ``None`` without one.

    Its value is derived from the named order. An order of which an older root is known is not followed itself.
    """
    root_id = claim.root_order_id
    if root_id is None or is_same_id(root_id, order.id):
        return _following(facts, order, reason, why, order.id) if is_named(facts, order, order.id) else None
    root = facts.answer(root_id).order
    if is_named(facts, root, root_id):
        _check_root(facts, order, claim)
        return _following(facts, order, reason, why, root_id)
    if not is_named(facts, order, order.id):
        return None
    if root is None:
        return _following(facts, order, reason, why, order.id)
    _check_root(facts, order, claim)
    return _blocked(
        reason,
        Message(
            "{why} It is a reissue of order {root_order_id}, so nothing follows it.",
            why=why,
            root_order_id=root_id,
        ),
        Message("Add {order_id} to replace_orders of the entry instead.", order_id=root_id),
        claim,
    )


def _following(facts: Facts, order: Order, reason: str, why: Message, follows: str) -> Decision:
    return Decision(
        Action.ORDER,
        reason,
        Message("{why} Another order follows it.", why=why),
        follows=follows,
        months=facts.wanted.months,
        may_be_charged=True,
        superseded_order_id=order.id,
    )


def _check_root(facts: Facts, order: Order, claim: Claim) -> Order | None:
    """Return the order of the purchase; ``None`` if it is not known, or WoTrus does not answer for it.

    It is the host's claim. One that is for something else, or younger, would buy another order with each claim.

    :raises _Decided: it is no root of the order
    """
    if claim.root_order_id is None or is_same_id(claim.root_order_id, order.id):
        return order if claim.root_order_id else None
    root = facts.answer(claim.root_order_id).order
    if root is None:
        return None
    wrong = differences(
        root,
        product=order.product_id,
        common_name=None if _names_root(facts, claim) else order.common_name,
        organization=None if _names_root(facts, claim) else order.organization.name,
    )
    if not wrong and (root.created_at is None or order.created_at is None or root.created_at <= order.created_at):
        return root
    raise _Decided(
        _blocked(
            "order_mismatch",
            Message(
                "The record calls {root_order_id} the root of order {order_id}, which does not fit.",
                root_order_id=claim.root_order_id,
                order_id=order.id,
            ),
            Message("Do not trust the record on this host. Move it away, then run again."),
            claim,
        )
    )


def _check_organization(facts: Facts, claim: Claim) -> None:
    """Check whom an order is for before it is reissued or followed: its organization too.

    The certificate's subject counts if Query does not have it.

    :raises _Decided: it is for another organization
    """
    order, wanted = facts.answer(claim.order_id).order, facts.wanted.organization
    if order is None or wanted is None or _names_root(facts, claim):
        return
    found = order.organization.name
    if found is None and order.is_issued:
        certificate = facts.certificate(order.id).certificate
        found = certificate.organization if certificate else None
    if found is not None and not is_same_name(found, wanted):
        wrong = Message("organization is {found!r}, not {wanted!r}", found=found, wanted=wanted)
        raise _Decided(_mismatch(facts, claim, order, [wrong]))


# ---- renewal


def _due_renewal_of_live(facts: Facts, claim: Claim) -> Decision | None:
    """Return the live certificate's renewal if due during a pending reissue."""
    live = facts.live
    if live is None or live.order_id is None:
        return None
    is_reissue = claim.operation == REISSUE
    if is_reissue and not is_same_id(claim.root_order_id, live.root_order_id or live.order_id):
        # The reissue is of an order that follows the live one already.
        return None
    dates = dates_of(facts, live)
    # Its order is only asked for if it is due by some term, which the order says.
    if dates is None or facts.now < window(dates, facts.wanted, max(MONTHS)).opens:
        return None
    own = live_claim(facts, live)
    due = _due_renewal(facts, dates, _checked_order(facts, own), own)
    return due if due is not None and due.action is Action.RENEW else None


def _due_renewal(
    facts: Facts, dates: Certificate | None, order: Order, claim: Claim, *, is_reissue_refused: bool = False
) -> Decision | None:
    """Return what is done if the certificate that RetrievePem gives for an order is due: usually its renewal.

    :param dates: the host's dates; RetrievePem is only called if these are due. ``None`` calls it at once.
    :param is_reissue_refused: a reissue was refused just now, and is not asked for again
    """
    months = term(order, facts.wanted)
    if dates is not None and facts.now < window(dates, facts.wanted, months).opens:
        return None
    if order.is_dead and not _is_chain_over(facts, order, claim):
        return None
    certificate = None
    if not order.is_dead:
        answer = facts.certificate(order.id)
        # A pending reissue under the order's own id leaves no certificate to read; an answer that failed says nothing.
        is_refused = isinstance(answer.error, RejectedByApi)
        certificate = answer.certificate or (dates_of_term(order, months) if is_refused else None)
        if certificate is None and not _is_chain_over(facts, order, claim):
            code = answer.error.error_code if answer.error else BadAnswer.error_code
            msg = Message(
                "The certificate of order {order_id} cannot be read: {error}.", order_id=order.id, error=answer.error
            )
            return _blocked(code, msg, next_step(code), claim, is_failure=True)
    if certificate is not None and facts.now < window(certificate, facts.wanted, months).opens:
        return None
    is_valid = certificate is not None and certificate.not_after > facts.now
    if is_valid and facts.wanted.reissue_requested and not facts.wanted.may_renew:
        return None
    if facts.ca_time is None:
        return _blocked(
            "ca_time_unknown",
            Message(
                "The certificate of order {order_id} seems due, and WoTrus sends no time. Nothing is renewed by this "
                "machine's clock alone.",
                order_id=order.id,
            ),
            _RUN_AGAIN,
            claim,
        )
    facts = facts if certificate is None else facts.with_certificate(order.id, facts.certificate(order.id))
    claim = dataclasses.replace(claim, root_order_id=root_of(facts, claim, order))
    undue = _why_not_followed(facts, order, claim, certificate, is_refused=is_reissue_refused)
    if undue is None:
        _check_organization(facts, claim)
        return _renewal(facts, order, claim, certificate)
    if undue.action is not Action.BLOCKED:
        return undue
    return _named_follower(facts, order, claim, undue.reason, explain(order)) or undue


def _why_not_followed(
    facts: Facts, order: Order, claim: Claim, certificate: Certificate | None, *, is_refused: bool
) -> Decision | None:
    """Return what is done with a due certificate whose root is not followed by itself; ``None`` if it is."""
    root = _check_root(facts, order, claim)
    if root is None:
        return _root_unknown(order, claim)
    if is_due(facts, root, certificate):
        return None
    dates = term_dates(facts, root)
    if dates is not None and is_old_enough(facts, dates, term(root, facts.wanted)) and certificate is not None:
        why = Message(
            "The certificate of order {order_id} expires on {day}, and the order's term on {end}.",
            order_id=order.id,
            day=_day(certificate.not_after),
            end=_day(dates.not_after),
        )
        if not is_refused and not _was_reissued_in_vain(facts, claim, certificate):
            return _reissue(facts, claim, "ends_early", why)
    else:
        why = Message(
            "The certificate of order {order_id} is due. The order was placed on {day}, which is less than a third of "
            "its term ago.",
            order_id=order.id,
            day=_day(root.created_at),
        )
    return _blocked(
        "renewed_recently",
        why,
        Message(
            "Check the certificate's dates. To renew all the same, add {root_order_id} to replace_orders of the entry.",
            root_order_id=root.id,
        ),
        claim,
    )


def _was_reissued_in_vain(facts: Facts, claim: Claim, certificate: Certificate) -> bool:
    """Return whether a reissue of the same purchase brought no later end."""
    ends = [
        read_time(one.live.not_after)
        for one in facts.host.record.superseded
        if one.operation == REISSUE and is_same_id(one.live.root_order_id, claim.root_order_id)
    ]
    return any(end is None or end + dt.timedelta(days=1) > certificate.not_after for end in ends)


def _root_unknown(order: Order, claim: Claim) -> Decision:
    """Block a due certificate whose purchase is not known."""
    if claim.root_order_id is None:
        why = Message(
            "The certificate of order {order_id} is due, and the order of its purchase is not known.", order_id=order.id
        )
    else:
        why = Message(
            "The certificate of order {order_id} is due, and WoTrus does not answer for the order of its purchase, "
            "{root_order_id}.",
            order_id=order.id,
            root_order_id=claim.root_order_id,
        )
    return _blocked(
        "root_unknown",
        why,
        Message(
            "Look in WoTrus's console for an order that follows it. If there is one, set order_id and root_order_id in "
            "the entry to it. If there is none, and order {order_id} is no reissue, set order_id and root_order_id to "
            "{order_id}. Otherwise add {order_id} to replace_orders of the entry. The order that follows it may be "
            "charged a second time.",
            order_id=order.id,
        ),
        claim,
    )


def _renewal(facts: Facts, order: Order, claim: Claim, certificate: Certificate | None) -> Decision:
    left = days_left(certificate, facts.now) if certificate else 0.0
    months = renewal_months(facts.wanted.months, days_left=left)
    if certificate is None:
        msg = Message(
            "Order {order_id} has ended. It is renewed for {months} months.", order_id=order.id, months=months
        )
    else:
        msg = Message(
            "The certificate of order {order_id} expires on {day}. It is renewed for {months} months."
            if left > 0
            else "The certificate of order {order_id} expired on {day}. It is renewed for {months} months.",
            order_id=order.id,
            day=_day(certificate.not_after),
            months=months,
        )
    return Decision(
        Action.RENEW,
        "expiring" if left > 0 else "expired",
        msg,
        order_id=order.id,
        follows=claim.root_order_id,
        months=months,
        may_be_charged=True,
        superseded_order_id=order.id,
    )


# ---- decisions


def _resume(order: Order, claim: Claim, reason: str, msg: Message) -> Decision:
    return Decision(
        Action.RESUME,
        reason,
        msg,
        order_id=order.id,
        root_order_id=claim.root_order_id,
        companion_order_id=claim.companion_order_id,
        superseded_order_id=claim.superseded_order_id,
        is_ready=True,
        next_step=Message("The role verifies and deploys its certificate."),
    )


def _reissue(
    facts: Facts,
    claim: Claim,
    reason: str,
    why: Message,
    *,
    months: int | None = None,
    refused_order_id: str | None = None,
    warnings: tuple[Message, ...] = (),
) -> Decision:
    """Return a reissue, which needs a CSR.

    It is blocked for a UKey whose token the entry does not name.
    """
    _check_organization(facts, claim)
    order = facts.answer(claim.order_id).order
    if order is not None and _is_unidentified(order):
        return _blocked(
            "order_mismatch",
            Message(
                "WoTrus does not say yet whom order {order_id} is for. It is not reissued before that is known.",
                order_id=order.id,
            ),
            _RUN_AGAIN,
            claim,
        )
    if facts.wanted.storage == UKEY and not facts.wanted.has_token:
        return _blocked(
            reason,
            Message("{why} A reissue needs a CSR of the UKey, and key.pkcs11 does not name its token.", why=why),
            Message("Insert the UKey and set key.pkcs11, or have WoTrus reissue it."),
            claim,
        )
    return Decision(
        Action.REISSUE,
        reason,
        Message("{why} Order {order_id} is reissued.", why=why, order_id=claim.order_id),
        order_id=claim.order_id,
        root_order_id=claim.root_order_id,
        companion_order_id=claim.companion_order_id,
        months=months,
        superseded_order_id=claim.order_id,
        refused_order_id=refused_order_id,
        warnings=warnings,
    )


def _reissue_if_wanted(facts: Facts, claim: Claim, reason: str, why: Message) -> Decision:
    if facts.wanted.may_reissue:
        return _reissue(facts, claim, reason, why)
    return _blocked(
        reason,
        Message("{why} Nothing is done, since on_change is fail.", why=why),
        Message("Set on_change to reissue, or change the entry back."),
        claim,
    )


def _blocked(
    reason: str, msg: Text, advice: Message, claim: Claim | None = None, *, is_failure: bool = False
) -> Decision:
    return Decision(
        Action.BLOCKED,
        reason,
        msg,
        order_id=claim.order_id if claim else None,
        root_order_id=claim.root_order_id if claim else None,
        next_step=advice,
        is_failure=is_failure,
    )


def _day(value: dt.datetime | None) -> Text:
    return f"{value:%Y-%m-%d}" if value else Message("an unknown day")
