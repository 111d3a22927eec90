# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions about an order: whose it is, what follows it, and one that has ended."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import OtherOrder
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import CLOSED, REJECTED, Order
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import (
    UNSAID,
    explain,
    reason_of,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import has_other_order
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision, Handling
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import (
    DISTRUST,
    RUN_AGAIN,
    blocked,
    day,
    failed,
    pair_step,
    reissued_or_replaced,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import is_live_usable
from ansible_collections.wotrus.pki.plugins.module_utils._planning.named import is_named, root_before_record
from ansible_collections.wotrus.pki.plugins.module_utils._planning.shown import (
    differences_of_root,
    is_younger,
    order_differences,
    organization_differences,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import (
    Said,
    Situation,
    order_of,
    order_to_replace,
    queried,
    sure,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

# What WoTrus shows


def not_shown_yet(case: Situation) -> Decision:
    claim = case.claim
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


def said_unknown(case: Situation) -> Said:
    error = case.facts.answer(case.claim.order_id).error
    why = error.message if isinstance(error, OtherOrder) else None
    return Said("order_unknown", why or Message("WoTrus does not know order {order_id}.", order_id=case.claim.order_id))


def order_unknown(case: Situation) -> Decision:
    said, claim = said_unknown(case), case.claim
    advice = Message(
        "Check that wotrus_api_token is of the account that placed the order. If it was reissued, set order_id in "
        "the entry to the id of the reissue, and root_order_id to {root_order_id}. If it is of another account or "
        "certificate, remove it from the entry, and move the record on the host away. The next run then adopts "
        "the order of its name, or places it. Only if WoTrus had the order and no longer has it, add "
        "{root_order_id} to replace_orders of the entry. The order that follows it may be charged a second time.",
        root_order_id=claim.root_order_id or claim.order_id,
    )
    return blocked(said.reason, said.why, advice, claim)


def order_gone(case: Situation) -> Decision:
    unknown = Message("WoTrus does not know order {order_id}.", order_id=case.claim.order_id)
    return blocked("order_unknown", unknown, next_step("not_found"), case.claim)


def answer_failed(case: Situation) -> Decision:
    return failed(case.facts.answer(case.claim.order_id).error, case.claim)


# Whose it is


def said_mismatch(case: Situation) -> Said:
    return Said("order_mismatch", _mismatch(case)[0], handling=Handling.FOREIGN)


def _mismatch(case: Situation) -> tuple[Message, Message]:
    order = case.said_order
    wrong = order_differences(case) or organization_differences(case)
    why = Message("Order {order_id} is not for this certificate: {differences}.", order_id=order.id, differences=wrong)
    return why, _mismatch_step(case, wrong)


def _mismatch_step(case: Situation, wrong: t.Sequence[Message]) -> Message:
    """Return what a person can do about an order that is for something else: what costs nothing comes first."""
    facts, order = case.facts, case.said_order
    root_order_id = root_before_record(case) or order.id
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
    is_accepted = is_same_id(root_order_id, order.id) and not differences_of_root(facts, order)
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


def order_mismatch(case: Situation) -> Decision:
    why, advice = _mismatch(case)
    return blocked("order_mismatch", why, advice, case.claim, handling=Handling.FOREIGN)


def misfit(case: Situation) -> Decision:
    facts, claim, order = case.facts, case.claim, case.said_order
    of_entry = is_same_id(claim.root_order_id, facts.wanted.root_order_id)
    why = Message(
        "The entry calls {root_order_id} the root of order {order_id}, which does not fit."
        if of_entry
        else "The record calls {root_order_id} the root of order {order_id}, which does not fit.",
        root_order_id=claim.root_order_id,
        order_id=order.id,
    )
    advice = pair_step(order.id) if of_entry else DISTRUST
    return blocked("order_mismatch", why, advice, claim, handling=Handling.FOREIGN)


def two_roots(case: Situation) -> Decision:
    wanted, claim = case.facts.wanted, case.claim
    values = {"order_id": case.said_order.id, "root_order_id": claim.root_order_id}
    why = Message(
        "The entry says that order {order_id} was bought as {named}, and the record of the host as {root_order_id}.",
        named=wanted.root_order_id or wanted.order_id,
        **values,
    )
    advice = Message(
        "If the record is right, write these lines into the entry: order_id: {order_id}, root_order_id: "
        "{root_order_id}. Otherwise do not trust the record on this host. Move it away, then run again. "
        "The order of its name may be charged, unless it exists already.",
        **values,
    )
    return blocked("root_unknown", why, advice, claim)


def bought_later(case: Situation) -> Decision:
    order, claim = case.said_order, case.claim
    why = Message(
        "The entry calls {root_order_id} the root of order {order_id}, which was placed on {day} for a term of its "
        "own.",
        root_order_id=claim.root_order_id,
        order_id=order.id,
        day=day(order.created_at),
    )
    return blocked("order_mismatch", why, pair_step(order.id), claim, handling=Handling.FOREIGN)


# An order that follows, since a person named one


def follows(case: Situation) -> Decision:
    """Place the order that follows the one which a person named: its value is derived from that order alone."""
    root_id = root_before_record(case) if case.value("named") == "root" else case.said_order.id
    return _following(case, case.said, case.said_order.id, str(root_id))


def follows_unknown(case: Situation) -> Decision:
    claim = case.claim
    return _following(case, said_unknown(case), claim.order_id, claim.root_order_id or claim.order_id)


def _following(case: Situation, said: Said, order_id: str, root_id: str) -> Decision:
    return Decision(
        Action.ORDER,
        said.reason,
        Message("{why} Another order follows it.", why=said.why),
        follows=root_id,
        months=case.facts.wanted.months,
        may_be_charged=True,
        superseded_order_id=order_id,
        handling=said.handling,
    )


def named_reissue(case: Situation) -> Decision:
    said, order, root_id = case.said, case.said_order, root_before_record(case)
    why = Message(
        "{why} It is a reissue of order {root_order_id}, so nothing follows it.", why=said.why, root_order_id=root_id
    )
    advice = Message(
        "If order {order_id} is another certificate's, remove it from the entry, and move the record on the host "
        "away. Otherwise add {root_order_id} to replace_orders of the entry instead. The order that follows it may be "
        "charged, unless it exists already.",
        order_id=order.id,
        root_order_id=root_id,
    )
    return blocked(said.reason, why, advice, case.claim, handling=said.handling)


# An order that has ended


def said_dead(case: Situation) -> Said:
    order = order_of(case)
    return Said(reason_of(order), explain(case.ended_companion or order))


def _replace_step(case: Situation) -> Message:
    """Return what a person can do about an order that has ended, the root of which may be another one."""
    facts, order = case.facts, order_of(case)
    root_order_id = case.claim.root_order_id or order.id
    root = queried(facts, root_order_id)
    named = order_to_replace(facts, order.id, root_order_id)
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


def order_dead(case: Situation) -> Decision:
    order = order_of(case)
    return blocked("order_dead", explain(case.ended_companion or order), _replace_step(case), case.claim)


# The host and the name


def host_fault(case: Situation) -> Decision:
    code, msg = sure(case.facts.host.fault)
    return blocked(code, msg, next_step(code), is_failure=True)


def name_changed(case: Situation) -> Decision:
    """Block a first order that was prepared under another name.

    It may have been placed, so the new name could place a second one.
    """
    facts, name = case.facts, case.facts.host.record.order_name
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


def first_order(case: Situation) -> Decision:
    is_unsent = case.facts.pending is not None
    why = Message(
        "An earlier run prepared an order, and its answer is not recorded. The order is sent again with the same "
        "idempotence value."
        if is_unsent
        else "No order is recorded. A new order will be placed, or an existing one adopted."
    )
    reason = "interrupted" if is_unsent else "not_ordered"
    return Decision(Action.ORDER, reason, why, months=case.facts.wanted.months, may_be_charged=True)
