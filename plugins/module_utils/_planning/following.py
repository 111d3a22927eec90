# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an order may be used for: whom it is for, and what follows it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadAnswer,
    NotFound,
    OtherOrder,
    RejectedByApi,
    TimedOut,
    Unavailable,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import (
    REJECTED,
    Order,
    is_same_name,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import MONTHS, renewal_months
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import (
    differences,
    explain,
    reason_of,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import (
    Claim,
    live_claim,
    names_other_order,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import RUN_AGAIN, Decided, blocked, day
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import UKEY, CertificateAnswer, Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import dates_of
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    dates_of_term,
    days_left,
    is_old_enough,
    is_over,
    term,
    term_dates,
    window,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.rules import is_due, is_named, is_purchase, root_of
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text

_NOT_SHOWN_YET = dt.timedelta(hours=1)
"""A fresh order that Query does not know is no lost order. Somebody who replaced it would pay twice."""


def queried_order(facts: Facts, order_id: str) -> Order | None:
    """Return what Query says of an order; ``None`` if WoTrus does not know it.

    :raises Decided: Query failed, which says nothing about the order
    """
    answer = facts.answer(order_id)
    if answer.order is None and not isinstance(answer.error, NotFound):
        raise Decided(_failed(answer.error, Claim(order_id, None)))
    return answer.order


def check_transient(answer: CertificateAnswer, claim: Claim) -> None:
    """Check that RetrievePem was answered: a failed call says nothing about the certificate.

    :raises Decided: it was not
    """
    if isinstance(answer.error, (TimedOut, Unavailable)):
        raise Decided(_failed(answer.error, claim))


def _failed(error: WotrusError | None, claim: Claim) -> Decision:
    code = error.error_code if error else BadAnswer.error_code
    msg = error.message if error else Message("WoTrus's answer is not what the manual describes.")
    return blocked(code, msg, next_step(code), claim, is_failure=True)


def unreadable(facts: Facts, claim: Claim) -> Decision | None:
    """Decide on an order that WoTrus does not show, or not yet."""
    error = facts.answer(claim.order_id).error
    if facts.is_placed(claim.order_id) or (isinstance(error, NotFound) and _is_fresh(facts, claim)):
        return Decision(
            Action.RESUME,
            "pending_review",
            Message("Order {order_id} is placed, and WoTrus does not show it yet.", order_id=claim.order_id),
            order_id=claim.order_id,
            root_order_id=claim.root_order_id,
            companion_order_id=claim.companion_order_id,
            superseded_order_id=claim.superseded_order_id,
            next_step=RUN_AGAIN,
        )
    if isinstance(error, NotFound):
        if names_other_order(facts, claim):
            return None
        root_id = claim.root_order_id or claim.order_id
        why = error.message if isinstance(error, OtherOrder) else None
        why = why or Message("WoTrus does not know order {order_id}.", order_id=claim.order_id)
        if is_named(facts, None, root_id):
            return _following(facts, claim.order_id, "order_unknown", why, root_id)
        advice = Message(
            "Look for the order in WoTrus's console. If it is another certificate's, remove it from the entry, and "
            "move the record on the host away. If it was reissued, set order_id in the entry to the id of the "
            "reissue, and root_order_id to {root_order_id}. If it is not there, check that wotrus_api_token is of the "
            "account that placed it. If WoTrus no longer has it, add {root_order_id} to replace_orders of the entry. "
            "The order that follows it may be charged a second time.",
            root_order_id=root_id,
        )
        return blocked("order_unknown", why, advice, claim)
    return _failed(error, claim)


def _is_fresh(facts: Facts, claim: Claim) -> bool:
    """Return whether the order was requested so lately that WoTrus may not show it yet."""
    pending = facts.pending
    since = read_time(pending.requested_at) if pending and is_same_id(pending.order_id, claim.order_id) else None
    return since is not None and abs(facts.now - since) < _NOT_SHOWN_YET


def checked_order(facts: Facts, claim: Claim) -> Order:
    """Return a claim's order after a comparison with the entry.

    :raises Decided: it cannot be read, or is for something else
    """
    answer = facts.answer(claim.order_id)
    if answer.order is None:
        decision = unreadable(facts, claim)
        unknown = Message("WoTrus does not know order {order_id}.", order_id=claim.order_id)
        raise Decided(decision or blocked("order_unknown", unknown, next_step("not_found"), claim))
    wrong = _differences(facts, claim, answer.order)
    if wrong:
        raise Decided(_mismatch(facts, claim, answer.order, wrong))
    named = facts.wanted.root_order_id or facts.wanted.order_id
    if is_same_id(facts.wanted.order_id, claim.order_id) and claim.root_order_id not in (None, named):
        _check_root_of_entry(facts, answer.order, claim, named)
    return answer.order


def _check_root_of_entry(facts: Facts, order: Order, claim: Claim, named: str | None) -> None:
    """Check that the record knows no other root of the order that the entry names.

    A later rebuilt host would follow the wrong one.

    :raises Decided: it does
    """
    if is_same_id(named, claim.root_order_id):
        return
    _check_root(facts, order, claim)
    raise Decided(
        blocked(
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
        advice = Message(
            "Correct order_id in the entry, or remove it. If you changed the entry, change it back, or add the order "
            "to replace_orders of the entry to buy another. If WoTrus corrected the name, use its spelling, or set "
            "root_order_id too."
        )
    followed = facts.pending.follows if facts.pending and is_same_id(facts.pending.order_id, order.id) else None
    if followed is not None and is_named(facts, None, followed):
        advice = Message(
            "Order {order_id} follows {followed}. If that is another certificate's, remove it from the entry, and move "
            "the record on the host away. If you changed the entry, change it back, or add {order_id} to "
            "replace_orders of the entry to buy another.",
            order_id=order.id,
            followed=followed,
        )
    return _named_follower(facts, order, claim, "order_mismatch", why) or blocked("order_mismatch", why, advice, claim)


def _names_root(facts: Facts, claim: Claim) -> bool:
    """Return whether the entry names the order of the purchase.

    What WoTrus corrected in its names is accepted then.
    """
    named = facts.wanted.root_order_id
    is_own = is_same_id(claim.order_id, facts.wanted.order_id) or is_same_id(claim.root_order_id, named)
    if named is None or not is_own:
        return False
    if is_same_id(claim.order_id, named):
        return True
    # Any other order may be another certificate's, and must be for what the root is for.
    root, order = queried_order(facts, named), facts.answer(claim.order_id).order
    if root is None or order is None:
        return False
    return not differences(
        order, product=root.product_id, common_name=root.common_name, organization=root.organization.name
    )


def _differences(facts: Facts, claim: Claim, order: Order) -> list[Message]:
    """Return how an order differs from the entry."""
    wanted = facts.wanted
    wrong = differences(order, product=wanted.product, common_name=wanted.common_name)
    wrong = wrong or _differences_of_certificate(facts, order)
    return (
        differences(order, product=wanted.product, common_name=None) if wrong and _names_root(facts, claim) else wrong
    )


def _differences_of_certificate(facts: Facts, order: Order) -> list[Message]:
    """Return how a certificate's subject differs from the entry, if Query does not have the values."""
    if (order.product_id and order.common_name) or _is_unidentified(order):
        return []
    wanted, certificate = facts.wanted, facts.certificate(order.id).certificate
    if certificate is None or certificate.common_name is None:
        return [Message("WoTrus says neither in Query nor by a certificate whom it is for")]
    if is_same_name(certificate.common_name, wanted.common_name):
        return []
    return [
        Message(
            "its certificate is for {found!r}, not {wanted!r}", found=certificate.common_name, wanted=wanted.common_name
        )
    ]


def _is_unidentified(order: Order) -> bool:
    """Return whether an order's product or name is not known yet.

    Query does not have it, and there is no certificate. Such an order may only be waited for.
    """
    return not (order.product_id and order.common_name) and not (order.is_issued or order.is_dead)


def names_remedy(facts: Facts, claim: Claim) -> bool:
    """Return whether the entry names an order instead of a dead one.

    An earlier order of the chain does not count, since it would lead to the dead one again.
    """
    pending, live = facts.pending, facts.live
    before = (pending.follows, pending.superseded_order_id) if pending else ()
    if not names_other_order(facts, claim) or any(is_same_id(facts.wanted.order_id, one) for one in before):
        return False
    if live is None or live.order_id is None:
        named, own = queried_order(facts, str(facts.wanted.order_id)), facts.answer(claim.order_id).order
        if named is None or own is None or named.created_at is None or own.created_at is None:
            return True
        return named.created_at >= own.created_at
    return later_order_named(facts, claim.order_id, claim.root_order_id) is not None


def later_order_named(facts: Facts, *own_ids: str | None) -> str | None:
    """Return the id of the entry's order if it is newer.

    :param own_ids: the ids of the order to compare with; Query knows it by the first one
    """
    named = facts.wanted.order_id
    if named is None or any(is_same_id(named, own) for own in own_ids):
        return None
    found, own = queried_order(facts, named), facts.answer(str(own_ids[0])).order
    if found is None or own is None or found.created_at is None or own.created_at is None:
        return None
    return named if found.created_at > own.created_at else None


def dead_order(
    facts: Facts, order: Order, claim: Claim, *, companion: Order | None = None, may_be_due: bool = True
) -> Decision | None:
    """The order is closed, rejected or revoked; or the SM2 order beside it is.

    :param may_be_due: the host has no certificate of it that would not be due yet
    """
    why = explain(companion or order)
    if may_be_due and _is_chain_over(facts, order, claim):
        return due_renewal(facts, None, order, claim)
    named = None if facts.is_created(order.id) else _named_follower(facts, order, claim, reason_of(order), why)
    if named is not None:
        return named
    if names_remedy(facts, claim):
        return None
    # A person is asked to name the root, so it is not only the host's word.
    _check_root(facts, order, claim)
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

    Its value is derived from the named order. An order of which an older root is known is not followed itself. The
    entry's word about the root of the order that it names comes before the record's.
    """
    root_id = claim.root_order_id
    if is_same_id(facts.wanted.order_id, order.id) and facts.wanted.root_order_id is not None:
        root_id = facts.wanted.root_order_id
    if root_id is None or is_same_id(root_id, order.id):
        return _following(facts, order.id, reason, why, order.id) if is_named(facts, order, order.id) else None
    root = queried_order(facts, root_id)
    if is_named(facts, root, root_id):
        _check_root(facts, order, claim)
        return _following(facts, order.id, reason, why, root_id)
    if not is_named(facts, order, order.id):
        return None
    if root is None:
        return _following(facts, order.id, reason, why, order.id)
    _check_root(facts, order, claim)
    return blocked(
        reason,
        Message(
            "{why} It is a reissue of order {root_order_id}, so nothing follows it.",
            why=why,
            root_order_id=root_id,
        ),
        Message("Add {order_id} to replace_orders of the entry instead.", order_id=root_id),
        claim,
    )


def _following(facts: Facts, order_id: str, reason: str, why: Text, follows: str) -> Decision:
    return Decision(
        Action.ORDER,
        reason,
        Message("{why} Another order follows it.", why=why),
        follows=follows,
        months=facts.wanted.months,
        may_be_charged=True,
        superseded_order_id=order_id,
    )


def _check_root(facts: Facts, order: Order, claim: Claim) -> Order | None:
    """Return the order of the purchase; ``None`` if it is not known, or WoTrus does not answer for it.

    It is the host's claim. One that is for something else, or younger, would buy another order with each claim.

    :raises Decided: it is no root of the order
    """
    if claim.root_order_id is None or is_same_id(claim.root_order_id, order.id):
        return order if claim.root_order_id else None
    root = queried_order(facts, claim.root_order_id)
    if root is None:
        return None
    # WoTrus may have corrected the name of a reissue alone.
    of_entry = is_same_id(claim.root_order_id, facts.wanted.root_order_id)
    wrong = differences(
        root,
        product=order.product_id,
        common_name=None if of_entry else order.common_name,
        organization=None if of_entry else order.organization.name,
    )
    if not wrong and (root.created_at is None or order.created_at is None or root.created_at <= order.created_at):
        return root
    raise Decided(
        blocked(
            "order_mismatch",
            Message(
                "The entry calls {root_order_id} the root of order {order_id}, which does not fit."
                if of_entry
                else "The record calls {root_order_id} the root of order {order_id}, which does not fit.",
                root_order_id=claim.root_order_id,
                order_id=order.id,
            ),
            Message("Correct order_id and root_order_id in the entry, or remove them.")
            if of_entry
            else Message("Do not trust the record on this host. Move it away, then run again."),
            claim,
        )
    )


def check_organization(facts: Facts, claim: Claim) -> None:
    """Check whom an order is for before it is reissued or followed: its organization too.

    The certificate's subject counts if Query does not have it.

    :raises Decided: it is for another organization
    """
    order, wanted = facts.answer(claim.order_id).order, facts.wanted.organization
    if order is None or wanted is None or _names_root(facts, claim):
        return
    found = order.organization.name
    if found is None and order.is_issued:
        answer = facts.certificate(order.id)
        check_transient(answer, claim)
        found = answer.certificate.organization if answer.certificate else None
    if found is None and order.is_waiting:
        return
    if found is None:
        unknown = Message("WoTrus says neither in Query nor by a certificate for which organization it is")
        raise Decided(_mismatch(facts, claim, order, [unknown]))
    if not is_same_name(found, wanted):
        wrong = Message("organization is {found!r}, not {wanted!r}", found=found, wanted=wanted)
        raise Decided(_mismatch(facts, claim, order, [wrong]))


def due_renewal_of_live(facts: Facts, claim: Claim) -> Decision | None:
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
    due = due_renewal(facts, dates, checked_order(facts, own), own)
    return due if due is not None and due.action is Action.RENEW else None


def due_renewal(
    facts: Facts, dates: Certificate | None, order: Order, claim: Claim, *, is_reissue_refused: bool = False
) -> Decision | None:
    """Return what is done if the certificate that RetrievePem gives for an order is due: usually its renewal.

    :param dates: the host's dates; RetrievePem is only called if these are due. ``None`` calls it at once.
    :param is_reissue_refused: a reissue was refused just now, and is not asked for again
    """
    months = term(order, facts.wanted)
    if dates is not None and facts.now < window(dates.usable, facts.wanted, months).opens:
        return None
    if order.is_dead and not _is_chain_over(facts, order, claim):
        return None
    certificate = None
    if not order.is_dead:
        answer = facts.certificate(order.id)
        check_transient(answer, claim)
        # A pending reissue under the order's own id leaves no certificate to read; an answer that failed says nothing.
        is_refused = isinstance(answer.error, RejectedByApi)
        certificate = answer.certificate or (dates_of_term(order, months) if is_refused else None)
        if certificate is None and not _is_chain_over(facts, order, claim):
            code = answer.error.error_code if answer.error else BadAnswer.error_code
            msg = Message(
                "The certificate of order {order_id} cannot be read: {error}.", order_id=order.id, error=answer.error
            )
            return blocked(code, msg, next_step(code), claim, is_failure=True)
    if certificate is not None and facts.now < window(certificate, facts.wanted, months).opens:
        return None
    is_valid = certificate is not None and certificate.not_after > facts.now
    if is_valid and facts.wanted.reissue_requested and not facts.wanted.may_renew:
        return None
    if facts.ca_time is None:
        return _named_follower(facts, order, claim, "ca_time_unknown", explain(order)) or blocked(
            "ca_time_unknown",
            Message(
                "The certificate of order {order_id} seems due, and WoTrus sends no time. Nothing is renewed by this "
                "machine's clock alone.",
                order_id=order.id,
            ),
            RUN_AGAIN,
            claim,
        )
    facts = facts if certificate is None else facts.with_certificate(order.id, facts.certificate(order.id))
    claim = dataclasses.replace(claim, root_order_id=root_of(facts, claim, order))
    undue = _why_not_followed(facts, order, claim, certificate, is_refused=is_reissue_refused)
    if undue is None:
        check_organization(facts, claim)
        return _renewal(facts, order, claim, certificate)
    if undue.action is not Action.BLOCKED:
        return undue
    return _named_follower(facts, order, claim, undue.reason, explain(order)) or undue


def _why_not_followed(
    facts: Facts, order: Order, claim: Claim, certificate: Certificate | None, *, is_refused: bool
) -> Decision | None:
    """Return what is done with a due certificate whose root is not followed by itself; ``None`` if it is."""
    root = _check_root(facts, order, claim)
    if root is not None and root.is_issued and not is_same_id(root.id, order.id):
        # A record may call a reissue the order of the purchase.
        answer = facts.certificate(root.id)
        check_transient(answer, claim)
        root = root if is_purchase(facts, root, answer.certificate) else None
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
        is_expired = certificate.not_after <= facts.now
        if not is_refused and not is_expired and not _brought_no_later_end(facts, claim, certificate.not_after):
            return reissue(facts, claim, "ends_early", why)
    else:
        why = Message(
            "The certificate of order {order_id} is due. The order was placed on {day}, which is less than a third of "
            "its term ago.",
            order_id=order.id,
            day=day(root.created_at),
        )
    return blocked(
        "renewed_recently",
        why,
        Message(
            "Check the certificate's dates. To renew all the same, add {root_order_id} to replace_orders of the entry.",
            root_order_id=root.id,
        ),
        claim,
    )


def _brought_no_later_end(facts: Facts, claim: Claim, now_ends: dt.datetime, *, of_path: bool = False) -> bool:
    """Return whether a reissue of the same purchase brought no later end.

    :param of_path: the ends of the paths to the root are compared, and not those of the certificates
    """
    ends = [
        (read_time(one.path_not_after) if of_path else None) or read_time(one.not_after)
        for one in facts.host.record.superseded
        if one.operation == REISSUE and is_same_id(one.root_order_id, claim.root_order_id)
    ]
    return any(end is None or end + dt.timedelta(days=1) > now_ends for end in ends)


def chain_ends(facts: Facts, order: Order, claim: Claim, *, is_reissue_refused: bool) -> Decision | None:
    """Return what is done if a chain is due for which WoTrus has no newer one, and the certificate is not due.

    The order is reissued once, since that may come from another intermediate. No order is placed for it.
    """
    certificate = facts.known_certificate(order.id)
    if certificate is None or certificate.usable == certificate:
        return None
    usable = certificate.usable
    if facts.now < window(usable, facts.wanted, term(order, facts.wanted)).opens:
        return None
    why = Message(
        "The certificate of order {order_id} expires on {day}, but its chain on {end}, and WoTrus has no newer chain.",
        order_id=order.id,
        day=day(certificate.not_after),
        end=day(usable.not_after),
    )
    if not is_reissue_refused and not _brought_no_later_end(facts, claim, usable.not_after, of_path=True):
        return reissue(facts, claim, "chain_ends", why)
    return blocked("chain_ends", why, Message("Ask WoTrus for a newer chain, then run again."), claim)


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
    return blocked(
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
            day=day(certificate.not_after),
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
    if order is not None and _is_unidentified(order):
        return blocked(
            "order_mismatch",
            Message(
                "WoTrus does not say yet whom order {order_id} is for. It is not reissued before that is known.",
                order_id=order.id,
            ),
            RUN_AGAIN,
            claim,
        )
    if facts.wanted.storage == UKEY and not facts.wanted.has_token:
        return blocked(
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
