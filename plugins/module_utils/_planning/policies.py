# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policies: small pure functions; the first decision counts.

A host's record is a claim. Before an order id in it is used, the order is compared with Query's answer. Orders are paid
only for a due renewal by the CA's dates, for a name's first order, or by a person's ``wotrus_replace_orders``.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import NotFound
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import READY_AT_CA, Order, Stage, is_same_name
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    EXTERNAL,
    HOST,
    REISSUE,
    LiveCertificate,
    PendingOrder,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import (
    explain,
    link_of,
    reason_of,
    status_words,
    with_hints,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.chains import newer_chain_of_live
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import (
    Case,
    Claim,
    live_claim,
    names_other_order,
    pending_claim,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import PLACING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import (
    RUN_AGAIN,
    Decided,
    blocked,
    day,
    failed,
    resume,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.deploy_windows import in_window
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.following import (
    dead_order,
    due_renewal,
    due_renewal_of_live,
    names_later_order,
    reissue,
    sm2_order,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import (
    certificate_with_key,
    dates_of,
    fits_key,
    has_key,
    has_live_key,
    is_elsewhere,
    is_live_unrecorded,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.identity import (
    check_organization,
    checked_order,
    fetched_certificate,
    named_follower,
    queried_order,
    unreadable,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.live_policies import (
    LIVE_POLICIES,
    dead_companion,
    is_other_key_provided,
    reissue_if_wanted,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    days_left,
    is_in_window,
    is_over,
    may_be_due,
    term_dates,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.rules import is_named, root_of
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def decide(facts: Facts) -> Decision:
    """Return what is to be done for a certificate.

    :raises OrderNeeded: something has to be asked of the CA first; decide again with the answer
    """
    found = _decided(_first, facts) or first_order(facts)
    if found.reason == "order_dead" and is_live_unrecorded(facts):
        return _order_of_live(facts, found)
    if found.reason == "root_unknown":
        found = _decided(_later_order, facts, Claim(str(found.order_id), found.root_order_id)) or found
    return in_window(facts, found)


def _decided(decide: t.Callable[..., Decision | None], *arguments: t.Any) -> Decision | None:
    try:
        return decide(*arguments)
    except Decided as exc:
        return exc.decision


def _first(facts: Facts) -> Decision | None:
    return next((decision for policy in POLICIES if (decision := policy(facts)) is not None), None)


def _later_order(facts: Facts, claim: Claim) -> Decision | None:
    """Return the decision on the entry's order if it is newer than another one."""
    return order_named(facts) if names_later_order(facts, claim) else None


def _order_of_live(facts: Facts, decision: Decision) -> Decision:
    """Decide on a valid certificate that is live, and whose order the record does not know.

    What is live is looked at first: it costs nothing.
    """
    is_same = is_same_id(facts.wanted.order_id, decision.order_id)
    if is_same and facts.wanted.root_order_id is not None:
        # A person has looked for it already, or it is the order of the live certificate, which the CA ended.
        return decision
    named = None if is_same else _decided(order_named, facts)
    if named is not None and (named.action not in PLACING or _is_permitted(facts, named)):
        return named
    return dataclasses.replace(
        decision,
        next_step=Message(
            "The certificate {serial_number} is live and valid, and of another order. Look for that order in WoTrus's "
            "console. Set order_id in the entry to it, and root_order_id to the order of its purchase.",
            serial_number=facts.host.live.release if facts.host.live else "",
        ),
    )


def _is_permitted(facts: Facts, decision: Decision) -> bool:
    """Return whether a person permits the order that a decision places, and nothing was placed in this run yet."""
    follows = decision.follows
    return follows is not None and not facts.placed and is_named(facts, facts.known_order(follows), follows)


def host_unreadable(facts: Facts) -> Decision | None:
    """Block if the host's state cannot be read.

    Nothing is ordered on an unknown state.
    """
    if facts.host.fault is None:
        return None
    code, msg = facts.host.fault
    return blocked(code, msg, next_step(code), is_failure=True)


def pending_request(facts: Facts) -> Decision | None:
    """Decide on an order whose certificate is not deployed yet, or on a request that may have been sent."""
    pending = facts.pending
    if pending is None:
        return None
    if pending.order_id is not None:
        return _undeployed_order(facts, pending_claim(facts, pending, pending.order_id))
    if pending.superseded_order_id is None:
        return None
    unsent = _reissue_unsent if pending.operation == REISSUE else _order_unsent
    return unsent(facts, pending, pending.superseded_order_id)


def _reissue_unsent(facts: Facts, pending: PendingOrder, reissued: str) -> Decision | None:
    """Repeat a prepared reissue whose new order is not known.

    It has the same idempotence value.
    """
    claim = pending_claim(facts, pending, reissued)
    named = dataclasses.replace(claim, order_id=str(facts.wanted.order_id))
    with_key = certificate_with_key(facts)
    key = with_key.public_key_sha256 if with_key else None
    if facts.live is not None and key is not None and key == pending.public_key_sha256:
        # It was prepared for files that were lost, and the key that a token or a command holds was found.
        decision = _live_order(facts, facts.live)
        if decision is not None and decision.action is Action.NOTHING:
            return decision
    if queried_order(facts, claim.order_id) is None and names_other_order(facts, claim):
        # A person found the reissue, and WoTrus no longer shows its order.
        return _undeployed_order(facts, named)
    order = checked_order(facts, claim)
    due = due_renewal_of_live(facts, claim)
    if due is None and (order.is_issued or is_over(facts, order)):
        # An expired certificate is not reissued, whatever WoTrus calls its order.
        due = due_renewal(facts, order, dataclasses.replace(claim, is_reissue_tried=True))
    if due is not None:
        return due
    if names_later_order(facts, claim):
        return _undeployed_order(facts, named)
    dead = dead_order(facts, order, claim) if order.is_dead else None
    if dead is not None and dead.action is not Action.BLOCKED:
        return dead
    issued = facts.certificate(order.id).certificate if order.is_issued else None
    used = facts.host.live_certificate.fingerprint_sha256 if facts.host.live_certificate else None
    if issued is not None and fits_key(facts, issued) and issued.fingerprint_sha256 != used:
        # It was done, under the id of its order.
        return resume(order, claim)
    why = Message(
        "An earlier run prepared a reissue of order {order_id}, and its answer is not recorded.", order_id=order.id
    )
    return reissue(facts, claim, "interrupted", why, months=pending.months, refused_order_id=pending.refused_order_id)


def _order_unsent(facts: Facts, pending: PendingOrder, followed: str) -> Decision | None:
    """Decide on the followed order if the follower is not known.

    A renewal or replacement was prepared, and may have been sent.
    """
    if facts.live is not None and facts.live.order_id is not None:
        return None
    claim = Claim(followed, pending.follows)
    return _or_later(facts, _decided(_undeployed_order, facts, claim), claim)


def live_order(facts: Facts) -> Decision | None:
    """A certificate is live, or was, and its order is on record."""
    newest = facts.host.rolled_back or facts.live
    if newest is None or newest.order_id is None:
        return None
    return _or_later(facts, _decided(_live_order, facts, newest), live_claim(facts, newest))


def _or_later(facts: Facts, decision: Decision | None, claim: Claim) -> Decision | None:
    """Return the decision on the entry's order if it is newer, in place of one that places an order.

    WoTrus refused to repeat its answer about the order that follows, and a person found its id.
    """
    if decision is None or decision.action not in PLACING:
        return decision
    return _later_order(facts, claim) or decision


def order_named(facts: Facts) -> Decision | None:
    """The entry names the order with which the chain begins."""
    order_id = facts.wanted.order_id
    return _undeployed_order(facts, Claim(order_id, facts.wanted.root_order_id)) if order_id else None


def name_changed(facts: Facts) -> Decision | None:
    """Block a first order that was prepared under another name.

    It may have been placed, so the new name could place a second one.
    """
    pending, name = facts.pending, facts.host.record.order_name
    if pending is None or pending.order_id or name is None or name == facts.wanted.order_name:
        return None
    other = facts.host.record.name if facts.host.record.name != facts.wanted.name else None
    why = Message(
        "The record is of the certificate {name!r}, and has an order that may exist."
        if other
        else "An earlier run prepared an order under the name {former!r}, and that order may exist. The name is now "
        "{name!r}.",
        former=name,
        name=other or facts.wanted.order_name,
    )
    advice = Message(
        "If you renamed the certificate, set order_name to {former!r}. Otherwise it is a copy. Move pending/ and "
        "record.json away, and keep the key."
        if other
        else "Set order_name to {former!r}. If WoTrus has no such order, move pending/ and record.json away.",
        former=name,
    )
    return blocked("order_name_changed", why, advice)


def first_order(facts: Facts) -> Decision:
    """Order, if no order is known.

    Only Create shows whether there is one, so it counts as charged.
    """
    is_unsent = facts.pending is not None
    why = Message(
        "An earlier run prepared an order, and its answer is not recorded. The order is sent again with the same "
        "idempotence value."
        if is_unsent
        else "No order is recorded. A new order will be placed, or an existing one adopted."
    )
    reason = "interrupted" if is_unsent else "not_ordered"
    return Decision(Action.ORDER, reason, why, months=facts.wanted.months, may_be_charged=True)


Policy = t.Callable[[Facts], t.Optional[Decision]]

POLICIES: tuple[Policy, ...] = (
    host_unreadable,
    pending_request,
    live_order,
    order_named,
    name_changed,
)


# ---- an order that is not deployed yet


def _undeployed_order(facts: Facts, claim: Claim) -> Decision | None:
    """Decide on an order that is pending, adopted or in the entry."""
    answer = facts.answer(claim.order_id)
    if answer.order is None:
        # Neither a pending reissue nor one that WoTrus does not know hides that the renewal is due.
        is_unknown = claim.is_reissue and isinstance(answer.error, NotFound)
        due = due_renewal_of_live(facts, claim) if is_unknown and not facts.is_placed(claim.order_id) else None
        return due or unreadable(facts, claim)
    order = checked_order(facts, claim)
    if order.is_dead:
        is_reissue = claim.is_reissue and claim.superseded_order_id and not claim.is_own_id_reissue
        return _reissue_refused(facts, order, claim) if is_reissue else dead_order(facts, order, claim)
    if order.is_issued:
        return _issued_undeployed_order(facts, order, claim)
    if claim.is_reissue:
        due = due_renewal_of_live(facts, claim) or _key_of_reissue_lost(facts, order, claim)
        if due is not None:
            return due
    ended = _unexplained(facts, order, claim) if order.stage is Stage.UNKNOWN else None
    if ended is not None:
        return ended
    former = facts.live.order_id if facts.live is not None else claim.superseded_order_id
    if former is not None and facts.host.live is not None:
        # What is live may be revoked while its successor is reviewed.
        queried_order(facts, former)
    chain = newer_chain_of_live(facts) if order.is_waiting else None
    if chain is not None:
        return chain
    if order.status == READY_AT_CA and not has_key(facts):
        # It will be reissued, since its key is lost.
        check_organization(facts, claim)
    return _waiting(order, claim)


def _unexplained(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """Return the order that follows one whose status the manual does not explain, if it has ended or is named."""
    due = due_renewal(facts, order, claim) if _has_ended(facts, order) else None
    return due or named_follower(facts, order, claim, reason_of(order), explain(order))


def _has_ended(facts: Facts, order: Order) -> bool:
    """Return whether an order has ended by its age, or if Query does not say that, by its certificate."""
    dates = term_dates(facts, order)
    return dates is not None and dates.not_after <= facts.now


def _key_of_reissue_lost(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """Drop a reissue whose key is gone from the host, and ask for another."""
    recorded = facts.pending.public_key_sha256 if facts.pending else None
    found = facts.host.pending.public_key_sha256 if facts.host.pending else None
    is_here = has_key(facts) and recorded in (None, found)
    if facts.wanted.storage != HOST or is_here or not claim.superseded_order_id:
        return None
    decision = _reissue_refused(facts, order, claim)
    if decision is None or decision.action is not Action.NOTHING:
        return decision
    why = Message("The key of the reissue {order_id} is not on the host.", order_id=order.id)
    return reissue(facts, claim.original, "key_lost", why, refused_order_id=order.id)


def _reissue_refused(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """Decide after a reissue that was refused, closed or dropped: its original order counts."""
    original, live = claim.original, facts.live
    if live is not None and is_same_id(live.order_id, original.order_id):
        return _live_order(facts, live, refused_order_id=order.id)
    found = checked_order(facts, original)
    if found.is_dead:
        return dead_order(facts, found, original)
    due = due_renewal(facts, found, original)
    if due is not None:
        return due
    if found.stage is Stage.REVOKING:
        return blocked("revoking", explain(found), RUN_AGAIN, original)
    why = Message(
        "The reissue {reissue_id} was {status}, and the certificate of order {order_id} is for a lost key.",
        reissue_id=order.id,
        status=status_words(order.status),
        order_id=original.order_id,
    )
    months = facts.pending.months if facts.pending else None
    return reissue(facts, original, "key_lost", why, months=months, refused_order_id=order.id)


def _issued_undeployed_order(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    companion = dead_companion(facts, claim)
    if companion is not None:
        return dead_order(facts, order, claim, companion=companion)
    if facts.is_created(order.id):
        return resume(order, claim)
    certificate = facts.known_certificate(order.id)
    organization = order.organization.name
    is_other = organization is not None and not is_same_name(organization, facts.wanted.organization or "")
    is_needed = facts.may_fetch or not has_key(facts) or may_be_due(facts, order) or claim.is_own_id_reissue
    if certificate is None and (is_needed or is_other):
        answer = fetched_certificate(facts, order.id, claim)
        if answer.error is not None and not is_over(facts, order):
            return failed(answer.error, claim)
        certificate = answer.certificate
    claim = dataclasses.replace(claim, root_order_id=root_of(facts, claim, order))
    ready = resume(order, claim)
    if certificate is None:
        return (due_renewal(facts, order, claim) if is_over(facts, order) else None) or ready
    # A key that stays, such as a provided one, does not tell the new certificate from the old one.
    former = facts.live.fingerprint_sha256 if facts.live and claim.is_own_id_reissue else None
    is_old = former is not None and former == certificate.fingerprint_sha256
    if is_old or not fits_key(facts, certificate):
        return _other_key(facts, order, claim, certificate)
    if certificate.not_after <= facts.now:
        return due_renewal(facts, order, claim) or ready
    is_lost = not facts.host.has_record and has_live_key(facts, certificate)
    return _record_lost(order, claim) if is_lost else ready


def _record_lost(order: Order, claim: Claim) -> Decision:
    live = Message("The certificate of order {order_id} is live already. It is recorded.", order_id=order.id)
    return resume(order, claim, "record_lost", live)


def _other_key(facts: Facts, order: Order, claim: Claim, certificate: Certificate) -> Decision | None:
    """The order's certificate is for another key than the pending one."""
    if certificate.key_type == "SM2":
        if facts.wanted.order_id is not None and not is_same_id(facts.wanted.order_id, order.id):
            return None
        return sm2_order(facts, order, claim)
    if is_elsewhere(facts):
        msg = Message(
            "Order {order_id} was placed for a key in another storage than the entry names.", order_id=order.id
        )
        return reissue_if_wanted(facts, claim, "key_changed", msg)
    if claim.is_reissue:
        return _other_key_of_reissue(facts, order, claim, certificate)
    if has_live_key(facts, certificate) and certificate.not_after > facts.now:
        return _record_lost(order, claim)
    due = due_renewal(facts, order, claim)
    if due is not None:
        return due
    if order.stage is Stage.REVOKING:
        return blocked("revoking", explain(order), RUN_AGAIN, claim)
    why = Message(
        "Order {order_id} ({common_name}, placed on {day}) was adopted. Its certificate is for a key that is not on "
        "this host.",
        order_id=order.id,
        common_name=order.common_name,
        day=day(order.created_at),
    )
    return reissue(facts, claim, "key_lost", why, months=order.months, warnings=(why,))


def _other_key_of_reissue(facts: Facts, order: Order, claim: Claim, certificate: Certificate) -> Decision:
    due = due_renewal_of_live(facts, claim)
    if due is not None:
        return due
    if claim.is_own_id_reissue:
        return _reissue_under_own_id(facts, order, claim)
    if facts.pending is not None and facts.pending.public_key_sha256 == certificate.public_key_sha256:
        lost = Message("The key of the reissue {order_id} is not on the host.", order_id=order.id)
        return reissue(facts, claim, "key_lost", lost)
    if facts.wanted.storage == EXTERNAL and not has_key(facts) and has_live_key(facts, certificate):
        # Its command keeps the key, and another run has removed what was pending.
        return resume(order, claim)
    why = Message(
        "Order {order_id} was placed for the key of this host, and its certificate is for another key (SHA-256 {key}). "
        "It is not deployed.",
        order_id=order.id,
        key=certificate.public_key_sha256,
    )
    advice = Message(
        "Ask WoTrus about the order. If it is no reissue for this host's key, do not trust the record on this host. "
        "Move it away, then run again."
    )
    return blocked("key_mismatch", why, advice, claim, is_failure=True)


def _reissue_under_own_id(facts: Facts, order: Order, claim: Claim) -> Decision:
    """Wait for the new certificate; after some days only a person knows whether WoTrus refused the reissue."""
    since = read_time(facts.pending.requested_at) if facts.pending else None
    is_late = since is not None and (facts.now - since).total_seconds() / 86400 > facts.wanted.alarm_waiting_days
    if is_late and facts.wanted.reissue_requested:
        why = Message("A reissue was requested.")
        return reissue(facts, claim, "requested", why, months=order.months, refused_order_id=order.id)
    decision = dataclasses.replace(
        _waiting(order, claim),
        reason="pending_ca",
        msg=Message(
            "Order {order_id} is reissued under its own id, and WoTrus still sends the old certificate.",
            order_id=order.id,
        ),
    )
    if not is_late:
        return decision
    asked = Message("Ask WoTrus about the reissue. If it was refused, run wotrus.pki.reissue for it.")
    return dataclasses.replace(decision, next_step=asked)


def _waiting(order: Order, claim: Claim) -> Decision:
    steps = {
        Stage.WAITING_ON_YOU: Message("Open the pending link{link}, then run again.", link=link_of(order)),
        Stage.UNKNOWN: Message(
            "Ask WoTrus about order {order_id}, with the request ids of this result. If it has ended, add it to "
            "replace_orders of the entry. The order that follows it may be charged, unless it exists already.",
            order_id=order.id,
        ),
    }
    return dataclasses.replace(
        resume(order, claim),
        is_ready=order.status == READY_AT_CA,
        pending_link=order.pending_link,
        next_step=steps.get(order.stage, RUN_AGAIN),
    )


# ---- the live certificate


def _live_order(facts: Facts, newest: LiveCertificate, *, refused_order_id: str | None = None) -> Decision | None:
    """Decide on the order of the newest certificate of the host."""
    order_id = str(newest.order_id)
    claim = dataclasses.replace(live_claim(facts, newest), is_reissue_tried=refused_order_id is not None)
    if facts.answer(order_id).order is None:
        return unreadable(facts, claim)
    order = checked_order(facts, claim)
    dates = dates_of(facts, newest)
    due = due_renewal(facts, order, claim) if dates is None or is_in_window(facts, dates.usable, order) else None
    if due is not None:
        return due
    if order.is_dead:
        is_due = dates is None or is_in_window(facts, dates, order)
        dead = dead_order(facts, order, claim, may_be_due=is_due)
        if dead is None or dead.reason != "order_dead" or not is_other_key_provided(facts):
            return dead
        # Another host that shares the key may have had it reissued for the new one: the same request finds that.
        return reissue(facts, claim, "key_changed", explain(order))
    if newest is facts.host.rolled_back:
        why = Message("The certificate of order {order_id} was rolled back. It is deployed again.", order_id=order.id)
        return resume(order, claim, "rolled_back", why)
    for policy in LIVE_POLICIES:
        decision = policy(Case(facts, order, claim))
        if decision is not None:
            if decision.action is Action.REISSUE:
                return dataclasses.replace(decision, months=newest.months, refused_order_id=refused_order_id)
            return decision
    used = facts.host.live_certificate
    left = days_left(used.usable, facts.now) if used else 0
    return Decision(
        Action.NOTHING,
        "valid",
        with_hints(Message("The certificate is valid for {days:.0f} more days.", days=left), order),
        order_id=order.id,
        root_order_id=claim.root_order_id,
        companion_order_id=claim.companion_order_id,
    )
