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

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE, UKEY, PendingOrder
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import (
    Claim,
    is_order_recorded,
    live_claim,
    names_other_order,
    pending_claim,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import PLACING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import (
    Decided,
    blocked,
    order_of_live,
    resume,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.deploy_windows import hold_until_window
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.following import (
    dead_order,
    due_renewal,
    due_renewal_of_live,
    names_later_order,
    reissue,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import (
    certificate_with_key,
    fits_key,
    is_live_revoked,
    is_live_unrecorded,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.identity import checked_order, queried_order
from ansible_collections.wotrus.pki.plugins.module_utils._planning.live_policies import deployed_order
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import is_over
from ansible_collections.wotrus.pki.plugins.module_utils._planning.rules import is_named
from ansible_collections.wotrus.pki.plugins.module_utils._planning.undeployed import undeployed_order
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def decide(facts: Facts) -> Decision:
    """Return what is to be done for a certificate.

    :raises OrderNeeded: something has to be asked of the CA first; decide again with the answer
    """
    found = _decided(_first, facts) or first_order(facts)
    if found.reason == "order_dead" and is_live_unrecorded(facts) and not is_live_revoked(facts):
        return _order_of_live(facts, found)
    if found.reason == "root_unknown":
        found = _decided(_later_order, facts, Claim(str(found.order_id), found.root_order_id)) or found
    return hold_until_window(facts, found)


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
    if not is_same_id(facts.wanted.order_id, decision.order_id):
        named = _decided(order_named, facts)
        if named is not None and (named.action not in PLACING or _is_permitted(facts, named)):
            decision = named
    if decision.reason != "order_dead":
        return decision
    # A person may have looked for it already, or it is the order of the live certificate, which the CA ended.
    is_named = is_same_id(facts.wanted.order_id, decision.order_id) and facts.wanted.root_order_id is not None
    serial_number = facts.host.live.release if facts.host.live else ""
    if not is_named:
        return dataclasses.replace(decision, next_step=order_of_live(serial_number))
    advice = Message(
        "The certificate {serial_number} is live and valid. If it is of order {order_id}, restore record.json from a "
        "backup. Otherwise name its own order. To replace it before it ends, add {order_id} to replace_orders of the "
        "entry. The order that follows it may be charged, unless it exists already.",
        serial_number=serial_number,
        order_id=decision.order_id,
    )
    return dataclasses.replace(decision, next_step=advice)


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


def order_in_entry(facts: Facts) -> Decision | None:
    """Block if the entry names an order of somebody else beside one of the record.

    It is checked when it is first read, and not when the record's order has ended.
    """
    wanted = facts.wanted
    if wanted.order_id is None or not (facts.pending or facts.live) or is_order_recorded(facts):
        return None
    if facts.answer(wanted.order_id).order is None:
        return None
    try:
        checked_order(facts, Claim(wanted.order_id, wanted.root_order_id))
    except Decided as exc:
        return exc.decision if exc.decision.action is Action.BLOCKED else None
    return None


def pending_request(facts: Facts) -> Decision | None:
    """Decide on an order whose certificate is not deployed yet, or on a request that may have been sent."""
    pending = facts.pending
    if pending is None:
        return None
    if pending.order_id is not None:
        return undeployed_order(facts, pending_claim(facts, pending, pending.order_id))
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
    is_live = key is not None and key == pending.public_key_sha256 and facts.host.is_live_recorded
    if facts.live is not None and is_live:
        # It was prepared for files that were lost, and the key that a token or a command holds was found.
        decision = deployed_order(facts, facts.live)
        if decision is not None and decision.action is Action.NOTHING:
            return decision
    if queried_order(facts, claim.order_id) is None and names_other_order(facts, claim):
        # A person found the reissue, and WoTrus no longer shows its order.
        return undeployed_order(facts, named)
    order = checked_order(facts, claim)
    due = due_renewal_of_live(facts, claim)
    if due is None and (order.is_issued or is_over(facts, order)):
        due = due_renewal(facts, order, claim)
    if due is not None and (due.action in PLACING or is_over(facts, order)):
        # Within the term, a prepared reissue is repeated until it is answered.
        return due
    if names_later_order(facts, claim):
        return undeployed_order(facts, named)
    dead = dead_order(facts, order, claim) if order.is_dead else None
    if dead is not None and dead.action is not Action.BLOCKED:
        return dead
    issued = facts.certificate(order.id).certificate if order.is_issued else None
    used = facts.host.live_certificate.fingerprint_sha256 if facts.host.live_certificate else None
    if issued is not None and fits_key(facts, issued) and issued.fingerprint_sha256 != used:
        # It was done, under the id of its order.
        return resume(order, claim)
    if pending.refused_key_sha256 is not None:
        # WoTrus answered it, so what is live counts again.
        live = facts.live if facts.live and is_same_id(facts.live.order_id, order.id) else None
        return deployed_order(facts, live) if live else undeployed_order(facts, claim.original)
    why = Message(
        "An earlier run prepared a reissue of order {order_id}, and its answer is not recorded.", order_id=order.id
    )
    refused_id = pending.refused_order_id
    return dataclasses.replace(
        reissue(facts, claim, "interrupted", why, months=pending.months, refused_order_id=refused_id),
        ended_serial_number=pending.ended_serial_number,
        ended_not_after=pending.ended_not_after,
    )


def _order_unsent(facts: Facts, pending: PendingOrder, followed: str) -> Decision | None:
    """Decide on the followed order if the follower is not known.

    A renewal or replacement was prepared, and may have been sent.
    """
    if facts.live is not None and facts.live.order_id is not None:
        return None
    claim = Claim(followed, pending.follows)
    return _or_later(facts, _decided(undeployed_order, facts, claim), claim)


def live_order(facts: Facts) -> Decision | None:
    """A certificate is live, or was, and its order is on record."""
    newest = facts.host.rolled_back or facts.live
    if newest is None or newest.order_id is None:
        return None
    claim, decision = live_claim(facts, newest), _decided(deployed_order, facts, newest)
    return _reissue_in_entry(facts, decision, claim) or _or_later(facts, decision, claim)


def _reissue_in_entry(facts: Facts, decision: Decision | None, claim: Claim) -> Decision | None:
    """Return the decision on a later reissue of the purchase that the entry names, such as one by WoTrus for a UKey.

    The files show which key is live, except for a UKey. So without one, a good certificate stays.
    """
    needs_nothing = decision is not None and decision.action not in (Action.BLOCKED, Action.REISSUE)
    if needs_nothing and facts.wanted.storage != UKEY:
        return None
    is_same_root = is_same_id(facts.wanted.root_order_id, claim.root_order_id)
    return _later_order(facts, claim) if is_same_root and not is_order_recorded(facts) else None


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
    return undeployed_order(facts, Claim(order_id, facts.wanted.root_order_id)) if order_id else None


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
        "record.json away, and keep the key. "
        "The order of its name may be charged, unless it exists already."
        if other
        else "Set order_name to {former!r}. If WoTrus has no such order, or another entry has this order_name, move "
        "pending/ and record.json away. "
        "The order of its name may be charged, unless it exists already.",
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


POLICIES: tuple[t.Callable[[Facts], Decision | None], ...] = (
    host_unreadable,
    order_in_entry,
    pending_request,
    live_order,
    order_named,
    name_changed,
)
