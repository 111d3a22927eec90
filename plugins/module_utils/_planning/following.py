# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What follows an order: its renewal, its reissue, or another order in its place."""

from __future__ import annotations

import datetime as dt

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import CLOSED, REJECTED, Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import MONTHS, renewal_months
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import UKEY
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp, read_time
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain, reason_of, status_words
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import revokes_old
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import Claim, live_claim, names_other_order
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import (
    DISTRUST,
    RUN_AGAIN,
    ask_for_the_rest,
    blocked,
    day,
    failed,
    reissued_or_replaced,
    resume,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import dates_of, is_live_usable
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.identity import (
    check_organization,
    check_root,
    checked_order,
    fetched_certificate,
    is_archived,
    is_unidentified,
    is_younger,
    named_follower,
    queried_order,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    A_DAY,
    ONE_END,
    dates_while_pending,
    days_left,
    is_in_renewal_window,
    is_over,
    length_of,
    paid_months,
    paid_term,
    renewal_window,
    window,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.rules import is_due, is_purchase
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
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
    root = queried_order(facts, root_order_id)
    named = root_order_id if root else order.id
    is_of_record = not is_same_id(root_order_id, facts.wanted.root_order_id)
    if is_of_record and root is not None and is_younger(root, order):
        return DISTRUST
    # Its reissue is in the entry already, and the SM2 order beside it has ended.
    is_named = not order.is_dead and is_same_id(facts.wanted.order_id, order.id)
    step = _step_of_closed(facts, order, root_order_id, named)
    if step is not None:
        return step
    if order.status != REJECTED and not is_named:
        return reissued_or_replaced(root_order_id, named)
    return Message(
        "Add {order_id} to replace_orders of the entry. The order that follows it may be charged, unless it exists "
        "already.",
        order_id=named,
    )


def _step_of_closed(facts: Facts, order: Order, root_order_id: str, named: str) -> Message | None:
    """Return what a person can do about a live certificate whose order WoTrus closed."""
    live = facts.host.live
    if order.status != CLOSED or facts.live is None or not is_same_id(facts.live.order_id, order.id):
        return None
    if live is not None and (live.key_matches is False or live.damaged):
        return Message(
            "Restore the lost files from a backup. If the order was reissued, or WoTrus reissues it for you, set "
            "order_id in the entry to the id of the reissue, and root_order_id to {root_order_id}. Otherwise add "
            "{order_id} to replace_orders of the entry. The order that follows it may be charged, unless it exists "
            "already.",
            root_order_id=root_order_id,
            order_id=named,
        )
    if not is_live_usable(facts):
        return None
    return Message(
        "WoTrus does not send its certificate any more. It is renewed once its term is over. To renew it before that, "
        "add {order_id} to replace_orders of the entry. The order that follows it may be charged, unless it exists "
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


def goes_first(due: Decision | None) -> bool:
    """Return whether a decision about a certificate that ends comes before every other reason to act."""
    return due is not None and due.action is not Action.NOTHING and due.reason != "no_later_end"


def due_renewal(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """Return what is done if the certificate that RetrievePem gives for an order is due.

    It is usually its renewal, or while the paid term runs, its reissue.
    """
    if order.is_dead and not _is_chain_over(facts, order, claim):
        return None
    certificate = None
    if not order.is_dead:
        answer = fetched_certificate(facts, order.id, claim)
        # A pending reissue under the order's own id leaves no certificate to read; an answer that failed says nothing.
        is_refused = isinstance(answer.error, RejectedByApi)
        certificate = answer.certificate or (dates_while_pending(facts, order) if is_refused else None)
        if certificate is None and not _is_chain_over(facts, order, claim):
            if is_refused and is_archived(facts, order):
                return None
            used, has_no_age = facts.host.live_certificate, order.created_at is None or not facts.has_agreed_time
            has_ended = used is not None and used.not_after <= facts.now and order.is_issued
            if is_refused and has_ended and has_no_age and facts.ca_time is not None:
                # WoTrus may give no certificate that has expired. Any other is not due without its dates.
                return _due(facts, order, claim, None)
            msg = Message(
                "The certificate of order {order_id} cannot be read: {error}.", order_id=order.id, error=answer.error
            )
            return failed(answer.error, claim, msg)
    if certificate is not None and not (
        is_in_renewal_window(facts, certificate, order) or is_end_unmoved(facts, claim, certificate.not_after)
    ):
        return None
    is_valid = certificate is not None and certificate.not_after > facts.now
    if is_valid and facts.wanted.reissue_requested and not facts.wanted.may_renew:
        return None
    return _due(facts, order, claim, certificate)


def _due(facts: Facts, order: Order, claim: Claim, certificate: Certificate | None) -> Decision | None:
    """Return what is done with a certificate that is due: its paid term tells, and a clock that WoTrus's agrees with.

    :param certificate: ``None`` if the order has ended without one
    """
    if not facts.has_agreed_time:
        unknown = _time_unknown(facts, order, claim)
        return named_follower(facts, order, claim, unknown.reason, unknown.msg) or unknown
    root = check_root(facts, order, claim)
    undue: Decision | None
    if root is not None and is_due(facts, root, order, certificate):
        if _may_be_followed(facts, root, order, certificate, claim):
            check_organization(facts, claim)
            return _renewal(facts, order, claim, certificate)
        undue = _root_unknown(order, claim)
    else:
        undue = _end_within_term(facts, root, order, certificate, claim)
    if undue is None or undue.action is not Action.BLOCKED:
        return undue
    return named_follower(facts, order, claim, undue.reason, undue.msg) or undue


def _time_unknown(facts: Facts, order: Order, claim: Claim) -> Decision:
    """Block what seems due by a time with which our own clock does not agree."""
    if facts.ca_time is None:
        why = Message(
            "The certificate of order {order_id} seems due, and WoTrus sends no time. Nothing is renewed by this "
            "machine's clock alone.",
            order_id=order.id,
        )
        return blocked("ca_time_unknown", why, RUN_AGAIN, claim)
    why = Message(
        "The certificate of order {order_id} seems due. WoTrus's time is {ca_time}, and that of this machine {own}. "
        "Nothing is reissued or renewed while they are more than two days apart.",
        order_id=order.id,
        ca_time=format_timestamp(facts.ca_time),
        own=format_timestamp(facts.clock),
    )
    return blocked("ca_time_unknown", why, next_step("ca_time_unknown"), claim)


def _may_be_followed(facts: Facts, root: Order, order: Order, certificate: Certificate | None, claim: Claim) -> bool:
    """Return whether a due root is a purchase, as far as certificates show it: a record may call a reissue one."""
    if is_purchase(facts, root, certificate):
        return True
    if is_same_id(root.id, order.id):
        return False
    bought = fetched_certificate(facts, root.id, claim).certificate if root.is_issued else None
    return is_purchase(facts, root, bought)


def _end_within_term(
    facts: Facts, root: Order | None, order: Order, certificate: Certificate | None, claim: Claim
) -> Decision | None:
    """Return what is done with a certificate that ends or has ended while its paid term runs: usually its reissue.

    If the term is not known, a certificate that is shorter than that of the entry is reissued before a person is asked.
    """
    dates = paid_term(facts, root) if root is not None else None
    unknown = _root_unknown(order, claim) if root is None else _term_unknown(root, order, claim)
    if certificate is None or not order.is_issued:
        return unknown if dates is None else None
    if dates is None:
        length = length_of(paid_months(facts.wanted.months)) - ONE_END
        is_short = certificate.not_after - certificate.not_before < length
        if not is_short or claim.is_reissue_tried or is_end_unmoved(facts, claim, certificate.not_after):
            return unknown
        why = Message(
            "The certificate of order {order_id} expires on {day}, which is earlier than a term of {months} months.",
            order_id=order.id,
            day=day(certificate.not_after),
            months=facts.wanted.months,
        )
        return reissue(facts, claim, "ends_early", why, ended=certificate)
    why = Message(
        "The certificate of order {order_id} expires on {day}, and the paid term on {end}.",
        order_id=order.id,
        day=day(certificate.not_after),
        end=day(dates.not_after),
    )
    if claim.is_reissue_tried or is_end_unmoved(facts, claim, certificate.not_after):
        return _no_later_end(facts, claim, why, dates)
    opens = renewal_window(facts, certificate, order).opens
    last_half = certificate.not_after - (certificate.not_after - opens) / 2
    if revokes_old(order) and facts.now < last_half:
        later = Message("{why} The reissue revokes it, and is requested from {day} on.", why=why, day=day(last_half))
        return Decision(Action.NOTHING, "valid", later, order_id=order.id, root_order_id=claim.root_order_id)
    return reissue(facts, claim, "ends_early", why, ended=certificate)


def _no_later_end(facts: Facts, claim: Claim, why: Message, dates: Certificate) -> Decision:
    """Leave to a person what no reissue moves on.

    :param dates: of the paid term
    """
    msg = Message(
        "{why} A reissue brings no later end. {days:.0f} days of the paid term are left.",
        why=why,
        days=days_left(dates, facts.now),
    )
    return blocked("no_later_end", msg, ask_for_the_rest(claim.root_order_id), claim)


def is_end_unmoved(facts: Facts, claim: Claim, ends: dt.datetime) -> bool:
    """Return whether a reissue for the end of a certificate brought no later end.

    A reissue for another reason, such as a lost key, shows nothing.

    :param ends: when the certificate, or its path to the root, ends now
    """
    parts = [part for part in (facts.pending, facts.live) if part is not None]
    former = [read_time(part.ended_not_after) for part in parts if is_same_id(part.order_id, claim.order_id)]
    return any(end is not None and ends - end <= A_DAY for end in former)


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
        "charged a second time. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe.",
        order_id=order.id,
    )
    return blocked("root_unknown", why, advice, claim)


def _term_unknown(root: Order, order: Order, claim: Claim) -> Decision:
    """Block a due certificate if WoTrus does not say when its order was placed: its age is not known."""
    why = Message(
        "The certificate of order {order_id} is due, and WoTrus does not say when order {root_order_id} was placed.",
        order_id=order.id,
        root_order_id=root.id,
    )
    advice = Message(
        "Look in WoTrus's console until when order {root_order_id} is paid, and for an order that follows it. If there "
        "is one, set order_id and root_order_id in the entry to it. If there is none, add {root_order_id} to "
        "replace_orders of the entry. The order that follows it may be charged. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe.",
        root_order_id=root.id,
    )
    return blocked("ca_time_unknown", why, advice, claim)


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
    ended: Certificate | None = None,
    warnings: tuple[Message, ...] = (),
) -> Decision:
    """Return a reissue, which needs a CSR.

    It is blocked for a UKey whose token the entry does not name, and after a refusal, until a person requests it.

    :param ended: the certificate that ends, if it is reissued for that
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
    named = _follower_of_refused(facts, order, claim, why) if order is not None else None
    if named is not None:
        return named
    if facts.wanted.storage == UKEY and not facts.wanted.has_token:
        return _reissue_of_ukey(facts, claim, reason, why)
    if claim.refused is not None and not facts.wanted.reissue_requested:
        why = Message(
            "{why} The reissue {reissue_id} was {status}.",
            why=why,
            reissue_id=claim.refused.id,
            status=status_words(claim.refused.status),
        )
        advice = Message("Ask WoTrus why. To request a reissue again, run wotrus.pki.reissue for it.")
        return blocked(reason, why, advice, claim)
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
        ended_serial_number=ended.serial_number if ended else None,
        ended_not_after=format_timestamp(ended.not_after) if ended else None,
        warnings=warnings,
    )


def _reissue_of_ukey(facts: Facts, claim: Claim, reason: str, why: Message) -> Decision:
    """Deploy the certificate that WoTrus reissued under the order's id, or block until a person had it reissued."""
    order, used = facts.answer(claim.order_id).order, facts.host.live_certificate
    newer = fetched_certificate(facts, claim.order_id, claim).certificate if order and order.is_issued else None
    if order and used and newer and newer.not_before > used.not_before:
        msg = Message("WoTrus has reissued order {order_id}. Its new certificate is deployed.", order_id=order.id)
        return resume(order, claim, "certificate_changed", msg)
    why = Message("{why} A reissue needs a CSR of the UKey, and key.pkcs11 does not name its token.", why=why)
    advice = Message(
        "Insert the UKey and set key.pkcs11. Or have WoTrus reissue order {order_id}, then run again. If the reissue "
        "has another id, set order_id in the entry to it, and root_order_id to {root_order_id}.",
        order_id=claim.order_id,
        root_order_id=claim.root_order_id or claim.order_id,
    )
    return blocked(reason, why, advice, claim)


def _follower_of_refused(facts: Facts, order: Order, claim: Claim, why: Message) -> Decision | None:
    """Return the order that a person named, since WoTrus refused to reissue what it follows."""
    pending = facts.pending
    is_refused = pending is not None and pending.refused_key_sha256 is not None and pending.order_id is None
    if not is_refused or not is_same_id(pending.superseded_order_id if pending else None, claim.order_id):
        return None
    why = Message("{why} WoTrus refused to reissue order {order_id}.", why=why, order_id=order.id)
    return named_follower(facts, order, claim, "reissue_refused", why)


def sm2_order(facts: Facts, order: Order, claim: Claim) -> Decision:
    """Block the SM2 order of a pair: no host has such a key, and its reissue needs two CSRs."""
    why = Message("Order {order_id} is the SM2 order of a pair.", order_id=order.id)
    advice = Message(
        "Set order_id and root_order_id in the entry to the RSA or ECC order of the pair, which WoTrus's console "
        "shows. If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    )
    if facts.host.has_record and not is_same_id(facts.wanted.order_id, order.id):
        advice = DISTRUST
    return blocked("order_mismatch", why, advice, claim)
