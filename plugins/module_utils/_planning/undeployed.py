# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An order whose certificate is not deployed: it is pending, adopted, or named by the entry."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import NotFound, RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import READY_AT_CA, Order, Stage, is_same_name
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import EXTERNAL, HOST
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import (
    explain,
    link_of,
    reason_of,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.chains import newer_chain_of_live
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import Claim
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import (
    RUN_AGAIN,
    blocked,
    day,
    failed,
    order_of_live,
    resume,
    until_paid,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.following import (
    dead_order,
    due_renewal,
    due_renewal_of_live,
    goes_first,
    names_later_order,
    reissue,
    sm2_order,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import (
    certificate_with_key,
    fits_key,
    has_key,
    has_live_key,
    is_elsewhere,
    is_live_revoked,
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
    dead_companion,
    deployed_order,
    reissue_if_wanted,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import is_over, may_be_due, paid_term
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def undeployed_order(facts: Facts, claim: Claim) -> Decision | None:
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
    dates = paid_term(facts, order)
    has_ended = dates is not None and dates.not_after <= facts.now
    due = due_renewal(facts, order, claim) if has_ended else None
    return due or named_follower(facts, order, claim, reason_of(order), explain(order))


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
        return deployed_order(facts, live, dropped=order)
    found = checked_order(facts, original)
    if found.is_dead:
        return dead_order(facts, found, original)
    original = dataclasses.replace(original, refused=order if order.is_dead else None)
    why = Message("The certificate of order {order_id} is for a lost key.", order_id=original.order_id)
    months = facts.pending.months if facts.pending else None
    return _key_lost(facts, found, original, why, months=months, refused_order_id=order.id)


def _key_lost(facts: Facts, order: Order, claim: Claim, why: Message, **details: t.Any) -> Decision:
    """Reissue an order whose key is lost, unless its renewal is due or its revocation is under review."""
    due = due_renewal(facts, order, claim)
    if due is not None and goes_first(due):
        return due
    if order.stage is Stage.REVOKING:
        return blocked("revoking", explain(order), RUN_AGAIN, claim)
    return reissue(facts, claim, "key_lost", why, **details)


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
    is_needed = is_needed or is_live_unrecorded(facts)
    if certificate is None and (is_needed or is_other):
        answer = fetched_certificate(facts, order.id, claim)
        if answer.error is not None and not is_over(facts, order):
            is_unpaid = order.is_unpaid and isinstance(answer.error, RejectedByApi)
            return until_paid(resume(order, claim), order) if is_unpaid else failed(answer.error, claim)
        certificate = answer.certificate
    ready = resume(order, claim)
    if certificate is None:
        return (due_renewal(facts, order, claim) if is_over(facts, order) else None) or ready
    # A key that stays, such as a provided one, does not tell the new certificate from the old one.
    former = facts.live.fingerprint_sha256 if facts.live and claim.is_own_id_reissue else None
    is_old = former is not None and former == certificate.fingerprint_sha256
    if _is_newer_live(facts, certificate):
        # A repeat of the reissue may show the order of what is live.
        return due_renewal(facts, order, claim) or _name_order_of_live(facts, order, claim)
    if is_old or not fits_key(facts, certificate):
        return _other_key(facts, order, claim, certificate)
    if certificate.not_after <= facts.now:
        return due_renewal(facts, order, claim) or ready
    is_lost = not facts.host.has_record and has_live_key(facts, certificate)
    return _record_lost(order, claim) if is_lost else ready


def _is_newer_live(facts: Facts, certificate: Certificate) -> bool:
    """Return whether a certificate that the record does not have is live, and ends later than one of the same key."""
    if is_live_revoked(facts):
        return False
    used = certificate_with_key(facts)
    is_same_key = fits_key(facts, certificate) or has_live_key(facts, certificate)
    return used is not None and is_same_key and is_live_unrecorded(facts) and certificate.not_after < used.not_after


def _name_order_of_live(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """Block an adopted order that was reissued since, unless the entry names the reissue.

    Its certificate is older than what is live.
    """
    if names_later_order(facts, claim):
        return None
    why = Message(
        "The certificate of order {order_id} ends earlier than what is live, which the record does not name.",
        order_id=order.id,
    )
    serial_number = facts.host.live.release if facts.host.live else ""
    return blocked("live_unrecorded", why, order_of_live(serial_number), claim)


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
    why = Message(
        "Order {order_id} ({common_name}, placed on {day}) was adopted. Its certificate is for a key that is not on "
        "this host.",
        order_id=order.id,
        common_name=order.common_name,
        day=day(order.created_at),
    )
    return _key_lost(facts, order, claim, why, months=order.months, warnings=(why,))


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
        "Move it away, then run again. "
        "The order of its name may be charged, unless it exists already."
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
    asked = Message(
        "Ask WoTrus about the reissue. If it was refused, run wotrus.pki.reissue for it. If it is refused again, move "
        "pending/ away on the host before that, and keep its key."
    )
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
