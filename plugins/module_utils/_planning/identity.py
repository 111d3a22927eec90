# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom an order is for, and whether a host or an entry may name it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    NotFound,
    OtherOrder,
    RejectedByApi,
    TimedOut,
    Unavailable,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import CLOSED, ISSUED, Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import TWO_CLOCKS, read_time
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import (
    UNSAID,
    differences,
    differences_with_certificate,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import (
    Claim,
    has_other_order,
    is_pair_recorded,
    names_other_order,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import (
    DISTRUST,
    RUN_AGAIN,
    Decided,
    blocked,
    day,
    failed,
    pair_step,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import CertificateAnswer, Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import is_live_usable, other_names
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    ONE_END,
    is_in_renewal_window,
    length_of,
    term,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.rules import is_named, is_purchase
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
        raise Decided(failed(answer.error, Claim(order_id, None)))
    return answer.order


def fetched_certificate(facts: Facts, order_id: str, claim: Claim) -> CertificateAnswer:
    """Return what RetrievePem said of an order.

    :raises Decided: the call failed, which says nothing about the certificate
    """
    answer = facts.certificate(order_id)
    error = answer.error
    if isinstance(error, (TimedOut, Unavailable)) or (isinstance(error, RejectedByApi) and error.is_temporary):
        raise Decided(failed(error, claim))
    return answer


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
            "Check that wotrus_api_token is of the account that placed the order. If it was reissued, set order_id in "
            "the entry to the id of the reissue, and root_order_id to {root_order_id}. If it is of another account or "
            "certificate, remove it from the entry, and move the record on the host away. The next run then adopts "
            "the order of its name, or places it. Only if WoTrus had the order and no longer has it, add "
            "{root_order_id} to replace_orders of the entry. The order that follows it may be charged a second time.",
            root_order_id=root_id,
        )
        return blocked("order_unknown", why, advice, claim)
    return failed(error, claim)


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
    if is_same_id(facts.wanted.order_id, claim.order_id) and claim.root_order_id is not None:
        _check_root_of_entry(facts, answer.order, claim)
    return _archived_as_issued(facts, answer.order, claim)


def is_archived(facts: Facts, order: Order) -> bool:
    """Return whether WoTrus calls an order closed that is taken as issued."""
    found = facts.known_order(order.id)
    return order.is_issued and found is not None and found.status == CLOSED


def _archived_as_issued(facts: Facts, order: Order, claim: Claim) -> Order:
    """Return an order that WoTrus closed, and whose certificate there still is, as issued: it is only archived.

    A good certificate that is live and not due asks nothing of WoTrus.
    """
    if order.status != CLOSED:
        return order
    used, is_pending = facts.host.live_certificate, facts.pending and is_same_id(facts.pending.order_id, order.id)
    is_own = facts.live is not None and is_same_id(facts.live.order_id, order.id) and not is_pending
    is_good = is_own and facts.host.is_live_recorded and is_live_usable(facts)
    is_due = used is None or is_in_renewal_window(facts, used, order)
    if (is_good and not is_due) or fetched_certificate(facts, order.id, claim).certificate is not None:
        return dataclasses.replace(order, status=ISSUED)
    return order


def _check_root_of_entry(facts: Facts, order: Order, claim: Claim) -> None:
    """Check the root of the order that the entry names when it is first read, and that the record knows no other one.

    A later rebuilt host would follow the wrong one.

    :raises Decided: it does not fit, or the record knows another one
    """
    named = facts.wanted.root_order_id or facts.wanted.order_id
    if is_same_id(named, claim.root_order_id):
        if not is_pair_recorded(facts):
            _check_new_pair(facts, order, claim)
        return
    check_root(facts, order, claim)
    values = {"order_id": order.id, "root_order_id": claim.root_order_id}
    why = Message(
        "The entry says that order {order_id} was bought as {named}, and the record of the host as {root_order_id}.",
        named=named,
        **values,
    )
    advice = Message(
        "If the record is right, write these lines into the entry: order_id: {order_id}, root_order_id: "
        "{root_order_id}. Otherwise do not trust the record on this host. Move it away, then run again. "
        "The order of its name may be charged, unless it exists already.",
        **values,
    )
    raise Decided(blocked("root_unknown", why, advice, claim))


def _check_new_pair(facts: Facts, order: Order, claim: Claim) -> None:
    """Check that an order was bought as the entry says, which the record does not say yet.

    :raises Decided: it was not
    """
    root = check_root(facts, order, claim)
    if root is None or root is order or not _is_bought_later(facts, order, root):
        return
    why = Message(
        "The entry calls {root_order_id} the root of order {order_id}, which was placed on {day} for a term of its "
        "own.",
        root_order_id=claim.root_order_id,
        order_id=order.id,
        day=day(order.created_at),
    )
    raise Decided(blocked("order_mismatch", why, pair_step(order.id), claim))


def _mismatch(facts: Facts, claim: Claim, order: Order, wrong: t.Sequence[Message]) -> Decision:
    """Block an order that is for something else, unless the entry names it to be replaced."""
    why = Message("Order {order_id} is not for this certificate: {differences}.", order_id=order.id, differences=wrong)
    advice = _mismatch_step(facts, claim, order, wrong)
    return named_follower(facts, order, claim, "order_mismatch", why) or blocked("order_mismatch", why, advice, claim)


def _mismatch_step(facts: Facts, claim: Claim, order: Order, wrong: t.Sequence[Message]) -> Message:
    """Return what a person can do about an order that is for something else: what costs nothing comes first."""
    root_order_id = _root_before_record(facts, order, claim) or order.id
    if is_same_id(facts.wanted.order_id, order.id) and has_other_order(facts):
        # The record has an order of its own.
        return Message(
            "Correct order_id and root_order_id in the entry, or remove them. "
            "The order of its name may be charged, unless it exists already."
        )
    if all(difference == UNSAID for difference in wrong):
        return Message(
            "If order {order_id} is this certificate's, set order_id in the entry to it, and root_order_id to "
            "{root_order_id}. Otherwise remove it from the entry, and move the record on the host away. "
            "The order of its name may be charged, unless it exists already.",
            order_id=order.id,
            root_order_id=root_order_id,
        )
    # A root in the entry accepts one name that is another one.
    names = {"common_name": order.common_name, "organization": order.organization.name}
    is_one_other = len(other_names(facts.wanted, names)) == 1 and is_same_id(order.product_id, facts.wanted.product)
    is_accepted = is_one_other and is_same_id(root_order_id, order.id)
    return Message(
        "If WoTrus corrected the name, use its spelling in the entry, or set order_id and root_order_id to "
        "{order_id}. If you changed the entry, change it back. If order {begun} is another certificate's, remove it "
        "from the entry, and move the record on the host away. To buy another order, add {root_order_id} to "
        "replace_orders of the entry. The order that follows it may be charged, unless it exists already."
        if is_accepted
        else "If WoTrus corrected this, use its spelling in the entry. If you changed the entry, change it back. If "
        "order {begun} is another certificate's, remove it from the entry, and move the record on the host away. To "
        "buy another order, add {root_order_id} to replace_orders of the entry. The order that follows it may be "
        "charged, unless it exists already.",
        order_id=order.id,
        root_order_id=root_order_id,
        begun=_order_to_remove(facts, order),
    )


def _order_to_remove(facts: Facts, order: Order) -> str:
    """Return the id in the entry that led to an order: of that which it follows, else its own."""
    pending, wanted = facts.pending, facts.wanted
    followed = pending.follows if pending and is_same_id(pending.order_id, order.id) else None
    if followed is None:
        return order.id
    is_named_there = any(is_same_id(followed, order_id) for order_id in (wanted.order_id, wanted.root_order_id))
    return followed if is_named_there or is_named(facts, None, followed) else order.id


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
    error = facts.answer(named).error
    if isinstance(error, OtherOrder) and is_same_id(error.found, claim.order_id):
        # WoTrus shows it in the place of the root, which it no longer shows.
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
    wanted = {"product": facts.wanted.product, "common_name": facts.wanted.common_name}
    if is_unidentified(order):
        wrong = differences(order, **wanted)
    else:
        wrong = differences_with_certificate(
            order, lambda name: getattr(facts.certificate(order.id).certificate, name, None), **wanted
        )
    if wrong and _names_root(facts, claim):
        return differences(order, product=facts.wanted.product, common_name=None) or _names_of_others(facts, order)
    return wrong


def _names_of_others(facts: Facts, order: Order) -> list[Message]:
    """Return how an order's names differ from the entry's, if both do: it is somebody else's.

    Names that Query does not have are those of the certificate.
    """
    found = {"common_name": order.common_name, "organization": order.organization.name}
    if order.is_issued and not all(found.values()):
        certificate = facts.certificate(order.id).certificate
        found = {name: value or getattr(certificate, name, None) for name, value in found.items()}
    wrong = other_names(facts.wanted, found)
    return wrong if len(wrong) == len(found) else []


def is_unidentified(order: Order) -> bool:
    """Return whether an order's product or name is not known yet.

    Query does not have it, and there is no certificate. Such an order may only be waited for.
    """
    return not (order.product_id and order.common_name) and not (order.is_issued or order.is_dead)


def _root_before_record(facts: Facts, order: Order, claim: Claim) -> str | None:
    """Return the root of an order. The entry's word about the order that it names comes before the record's."""
    is_named = is_same_id(facts.wanted.order_id, order.id)
    return (facts.wanted.root_order_id if is_named else None) or claim.root_order_id


def named_follower(facts: Facts, order: Order, claim: Claim, reason: str, why: Text) -> Decision | None:
    """Return the order that follows one that a person named; ``None`` without one.

    Its value is derived from the named order. An order of which an older root is known is not followed itself.
    """
    root_id = _root_before_record(facts, order, claim)
    if root_id is None or is_same_id(root_id, order.id):
        return _following(facts, order.id, reason, why, order.id) if is_named(facts, order, order.id) else None
    root = queried_order(facts, root_id)
    if is_named(facts, root, root_id):
        check_root(facts, order, claim)
        return _following(facts, order.id, reason, why, root_id)
    if not is_named(facts, order, order.id):
        return None
    if root is None:
        return _following(facts, order.id, reason, why, order.id)
    check_root(facts, order, claim)
    why = Message(
        "{why} It is a reissue of order {root_order_id}, so nothing follows it.", why=why, root_order_id=root_id
    )
    advice = Message(
        "If order {order_id} is another certificate's, remove it from the entry, and move the record on the host "
        "away. Otherwise add {root_order_id} to replace_orders of the entry instead. The order that follows it may be "
        "charged, unless it exists already.",
        order_id=order.id,
        root_order_id=root_id,
    )
    return blocked(reason, why, advice, claim)


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


def check_root(facts: Facts, order: Order, claim: Claim) -> Order | None:
    """Return the order of the purchase; ``None`` if it is not known, or WoTrus does not answer for it.

    It is the host's claim. One that is for something else, or younger, would buy another order with each claim.

    :raises Decided: it is no root of the order
    """
    if claim.root_order_id is None or is_same_id(claim.root_order_id, order.id):
        return order if claim.root_order_id else None
    root = queried_order(facts, claim.root_order_id)
    if root is None:
        return None
    of_entry = is_same_id(claim.root_order_id, facts.wanted.root_order_id)
    if _is_root(facts, root, order, most_others=1 if of_entry else 0):
        return root
    why = Message(
        "The entry calls {root_order_id} the root of order {order_id}, which does not fit."
        if of_entry
        else "The record calls {root_order_id} the root of order {order_id}, which does not fit.",
        root_order_id=claim.root_order_id,
        order_id=order.id,
    )
    raise Decided(blocked("order_mismatch", why, pair_step(order.id) if of_entry else DISTRUST, claim))


def is_younger(order: Order, other: Order, *, by: dt.timedelta = dt.timedelta()) -> bool:
    """Return whether an order was placed after another one, by more than a time."""
    placed, former = order.created_at, other.created_at
    return placed is not None and former is not None and placed > former + by


def _is_root(facts: Facts, root: Order, order: Order, *, most_others: int) -> bool:
    """Return whether an order may be the purchase of another: it is for the same, and not younger.

    WoTrus may have corrected the name of a reissue alone.

    :param most_others: how many of its names may be others
    """
    if is_younger(root, order, by=TWO_CLOCKS):
        return False
    wanted = facts.wanted
    names = [(order.common_name, order.organization.name), (wanted.common_name, wanted.organization)]
    wrong = min(
        len(differences(root, product=None, common_name=common_name, organization=organization))
        for common_name, organization in names
    )
    return wrong <= most_others and not differences(root, product=order.product_id, common_name=None)


def _is_bought_later(facts: Facts, order: Order, root: Order) -> bool:
    """Return whether an order was bought when the term of another one was over or nearly so, and is no reissue of it.

    A renewal has a whole term of its own. If that is nearly over too, only the request for its renewal tells.
    """
    if root.created_at is None or order.created_at is None:
        return False
    age, length = order.created_at - root.created_at, length_of(term(facts, root))
    if age > length + ONE_END:
        return True
    if age < length * 2 / 3 or not order.is_issued:
        return False
    certificate = facts.certificate(order.id).certificate
    is_young = certificate is not None and not is_in_renewal_window(facts, certificate, order)
    return is_young and is_purchase(facts, order, certificate)


def check_organization(facts: Facts, claim: Claim) -> None:
    """Check whom an order is for before it is reissued or followed: its organization too.

    The certificate's subject counts if Query does not have it.

    :raises Decided: it is for another organization
    """
    order, wanted = facts.answer(claim.order_id).order, facts.wanted.organization
    if order is None or wanted is None or _names_root(facts, claim):
        return
    if order.organization.name is None and order.is_waiting:
        return
    is_unknown = order.organization.name is None and order.is_issued
    certificate = fetched_certificate(facts, order.id, claim).certificate if is_unknown else None
    wrong = differences_with_certificate(order, lambda name: getattr(certificate, name, None), organization=wanted)
    if wrong:
        raise Decided(_mismatch(facts, claim, order, wrong))
