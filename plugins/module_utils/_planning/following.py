# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What follows an order: its renewal, its reissue, or another order in its place."""

from __future__ import annotations

import dataclasses
import datetime as dt

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import REJECTED, Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import MONTHS, renewal_months
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE, UKEY
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain, reason_of
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import Claim, live_claim, names_other_order
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import (
    RUN_AGAIN,
    blocked,
    day,
    failed,
    reissued_or_replaced,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import dates_of
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.identity import (
    check_organization,
    check_root,
    checked_order,
    fetched_certificate,
    is_unidentified,
    named_follower,
    queried_order,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    dates_while_pending,
    days_left,
    is_in_renewal_window,
    is_old_enough,
    is_over,
    term,
    term_dates,
    window,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.rules import is_due, is_purchase, root_of
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def names_remedy(facts: Facts, claim: Claim) -> bool:
    """Return whether the entry names an order instead of a dead one.

    An earlier order of the chain does not count, since it would lead to the dead one again, and neither does the SM2
    order beside it.
    """
    pending, live = facts.pending, facts.live
    own = (claim.companion_order_id, *((pending.follows, pending.superseded_order_id) if pending else ()))
    if not names_other_order(facts, claim) or any(is_same_id(facts.wanted.order_id, name) for name in own):
        return False
    if live is None or live.order_id is None:
        named, dead = _placed_at(facts, claim)
        return named is None or dead is None or named >= dead
    return names_later_order(facts, claim)


def names_later_order(facts: Facts, claim: Claim) -> bool:
    """Return whether the entry names another order that is newer."""
    if not names_other_order(facts, claim):
        return False
    named, own = _placed_at(facts, claim)
    return named is not None and own is not None and named > own


def _placed_at(facts: Facts, claim: Claim) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return when the order that the entry names was placed, and when that of a claim."""
    named, own = queried_order(facts, str(facts.wanted.order_id)), facts.answer(claim.order_id).order
    return named.created_at if named else None, own.created_at if own else None


def dead_order(
    facts: Facts, order: Order, claim: Claim, *, companion: Order | None = None, may_be_due: bool = True
) -> Decision | None:
    """The order is closed, rejected or revoked; or the SM2 order beside it is.

    :param may_be_due: the host has no certificate of it that would not be due yet
    """
    why = explain(companion or order)
    due = due_renewal(facts, order, claim) if may_be_due and _is_chain_over(facts, order, claim) else None
    if due is not None:
        return due
    named = None if facts.is_created(order.id) else named_follower(facts, order, claim, reason_of(order), why)
    if named is not None:
        return named
    if names_remedy(facts, claim):
        return None
    # A person is asked to name the root, so it is not only the host's word.
    check_root(facts, order, claim)
    return blocked("order_dead", why, _replace_step(facts, order, claim), claim)


def _is_chain_over(facts: Facts, order: Order, claim: Claim) -> bool:
    """Return whether the order's term is over, or that of its root, with which a reissue ends."""
    if is_over(facts, order):
        return True
    if claim.root_order_id is None or is_same_id(claim.root_order_id, order.id) or order.status == REJECTED:
        return False
    root = queried_order(facts, claim.root_order_id)
    return root is not None and is_over(facts, root)


def _replace_step(facts: Facts, order: Order, claim: Claim) -> Message:
    """Return what a person can do about an order that has ended, the root of which may be another one."""
    root_order_id = claim.root_order_id or order.id
    named = root_order_id if queried_order(facts, root_order_id) else order.id
    # Its reissue is in the entry already, and the SM2 order beside it has ended.
    is_named = not order.is_dead and is_same_id(facts.wanted.order_id, order.id)
    if facts.host.record.live is None and order.status != REJECTED and not is_named:
        return reissued_or_replaced(root_order_id, named)
    return Message(
        "Add {order_id} to replace_orders of the entry. The order that follows it may be charged, unless it exists "
        "already.",
        order_id=named,
    )


def due_renewal_of_live(facts: Facts, claim: Claim) -> Decision | None:
    """Return the live certificate's renewal if it is due while a reissue is pending.

    :param claim: the reissue
    """
    live = facts.live
    if live is None or live.order_id is None:
        return None
    if not is_same_id(claim.root_order_id, live.root_order_id or live.order_id):
        # The reissue is of an order that follows the live one already.
        return None
    dates = dates_of(facts, live)
    # Its order is only asked for if it is due by some term, which the order says.
    if dates is None or facts.now < window(dates, facts.wanted, max(MONTHS)).opens:
        return None
    own = live_claim(facts, live)
    order = checked_order(facts, own)
    due = due_renewal(facts, order, own) if is_in_renewal_window(facts, dates.usable, order) else None
    return due if due is not None and due.action is Action.RENEW else None


def due_renewal(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """Return what is done if the certificate that RetrievePem gives for an order is due: usually its renewal."""
    if order.is_dead and not _is_chain_over(facts, order, claim):
        return None
    certificate = None
    if not order.is_dead:
        answer = fetched_certificate(facts, order.id, claim)
        # A pending reissue under the order's own id leaves no certificate to read; an answer that failed says nothing.
        is_refused = isinstance(answer.error, RejectedByApi)
        certificate = answer.certificate or (dates_while_pending(facts, order) if is_refused else None)
        if certificate is None and not _is_chain_over(facts, order, claim):
            msg = Message(
                "The certificate of order {order_id} cannot be read: {error}.", order_id=order.id, error=answer.error
            )
            return failed(answer.error, claim, msg)
    if certificate is not None and not is_in_renewal_window(facts, certificate, order):
        return None
    is_valid = certificate is not None and certificate.not_after > facts.now
    if is_valid and facts.wanted.reissue_requested and not facts.wanted.may_renew:
        return None
    if facts.ca_time is None:
        why = Message(
            "The certificate of order {order_id} seems due, and WoTrus sends no time. Nothing is renewed by this "
            "machine's clock alone.",
            order_id=order.id,
        )
        unknown = blocked("ca_time_unknown", why, RUN_AGAIN, claim)
        return named_follower(facts, order, claim, unknown.reason, explain(order)) or unknown
    claim = dataclasses.replace(claim, root_order_id=root_of(facts, claim, order))
    undue = _why_not_followed(facts, order, claim, certificate)
    if undue is None:
        check_organization(facts, claim)
        return _renewal(facts, order, claim, certificate)
    if undue.action is not Action.BLOCKED:
        return undue
    return named_follower(facts, order, claim, undue.reason, explain(order)) or undue


def _why_not_followed(facts: Facts, order: Order, claim: Claim, certificate: Certificate | None) -> Decision | None:
    """Return what is done with a due certificate whose root is not followed by itself; ``None`` if it is."""
    root = check_root(facts, order, claim)
    if root is not None and root.is_issued and not is_same_id(root.id, order.id):
        # A record may call a reissue the order of the purchase.
        bought = fetched_certificate(facts, root.id, claim).certificate
        root = root if is_purchase(facts, root, bought) else None
    if root is None:
        return _root_unknown(order, claim)
    if is_due(facts, root, certificate):
        return None
    dates = term_dates(facts, root) or certificate
    if dates is not None and is_old_enough(facts, dates, term(root, facts.wanted)) and certificate is not None:
        why = Message(
            "The certificate of order {order_id} expires on {day}, and the order's term on {end}.",
            order_id=order.id,
            day=day(certificate.not_after),
            end=day(dates.not_after),
        )
        may_reissue = not claim.is_reissue_tried and certificate.not_after > facts.now
        if may_reissue and not brought_no_later_end(facts, claim, certificate.not_after):
            return reissue(facts, claim, "ends_early", why)
    else:
        why = Message(
            "The certificate of order {order_id} is due. The order was placed on {day}, which is less than a third of "
            "its term ago.",
            order_id=order.id,
            day=day(root.created_at),
        )
    advice = Message(
        "Check the certificate's dates. To renew all the same, add {root_order_id} to replace_orders of the entry.",
        root_order_id=root.id,
    )
    return blocked("renewed_recently", why, advice, claim)


def brought_no_later_end(facts: Facts, claim: Claim, now_ends: dt.datetime, *, of_path: bool = False) -> bool:
    """Return whether a reissue of the same purchase brought no later end.

    :param of_path: the ends of the paths to the root are compared, and not those of the certificates
    """
    ends = [
        (read_time(former.path_not_after) if of_path else None) or read_time(former.not_after)
        for former in facts.host.record.superseded
        if former.operation == REISSUE and is_same_id(former.root_order_id, claim.root_order_id)
    ]
    return any(end is None or end + dt.timedelta(days=1) > now_ends for end in ends)


def _root_unknown(order: Order, claim: Claim) -> Decision:
    """Block a due certificate whose purchase is not known."""
    why = Message(
        "The certificate of order {order_id} is due, and WoTrus does not answer for the order of its purchase, "
        "{root_order_id}."
        if claim.root_order_id
        else "The certificate of order {order_id} is due, and the order of its purchase is not known.",
        order_id=order.id,
        root_order_id=claim.root_order_id,
    )
    advice = Message(
        "Look in WoTrus's console for an order that follows it. If there is one, set order_id and root_order_id in the "
        "entry to it. If there is none, and order {order_id} is no reissue, set order_id and root_order_id to "
        "{order_id}. Otherwise add {order_id} to replace_orders of the entry. The order that follows it may be "
        "charged a second time.",
        order_id=order.id,
    )
    return blocked("root_unknown", why, advice, claim)


def _renewal(facts: Facts, order: Order, claim: Claim, certificate: Certificate | None) -> Decision:
    left = days_left(certificate, facts.now) if certificate else 0.0
    months = renewal_months(facts.wanted.months, days_left=left)
    msg = Message(
        "Order {order_id} has ended. It is renewed for {months} months."
        if certificate is None
        else "The certificate of order {order_id} expires on {day}. It is renewed for {months} months."
        if left > 0
        else "The certificate of order {order_id} expired on {day}. It is renewed for {months} months.",
        order_id=order.id,
        day=day(certificate.not_after if certificate else None),
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


def reissue(
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
    check_organization(facts, claim)
    order = facts.answer(claim.order_id).order
    if order is not None and is_unidentified(order):
        why = Message(
            "WoTrus does not say yet whom order {order_id} is for. It is not reissued before that is known.",
            order_id=order.id,
        )
        return blocked("order_mismatch", why, RUN_AGAIN, claim)
    certificate = facts.known_certificate(claim.order_id)
    if order is not None and certificate is not None and certificate.key_type == "SM2":
        return sm2_order(facts, order, claim)
    if facts.wanted.storage == UKEY and not facts.wanted.has_token:
        why = Message("{why} A reissue needs a CSR of the UKey, and key.pkcs11 does not name its token.", why=why)
        return blocked(reason, why, Message("Insert the UKey and set key.pkcs11, or have WoTrus reissue it."), claim)
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


def sm2_order(facts: Facts, order: Order, claim: Claim) -> Decision:
    """Block the SM2 order of a pair: no host has such a key, and its reissue needs two CSRs."""
    why = Message("Order {order_id} is the SM2 order of a pair.", order_id=order.id)
    advice = Message(
        "Set order_id and root_order_id in the entry to the RSA or ECC order of the pair, which WoTrus's console shows."
    )
    if facts.host.has_record and not is_same_id(facts.wanted.order_id, order.id):
        advice = Message("Do not trust the record on this host. Move it away, then run again.")
    return blocked("order_mismatch", why, advice, claim)
