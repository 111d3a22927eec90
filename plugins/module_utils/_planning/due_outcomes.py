# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions about a certificate that is due, and about a reissue."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import renewal_months
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import (
    status_words,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision, Handling
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import (
    DISTRUST,
    RUN_AGAIN,
    ask_for_the_rest,
    blocked,
    day,
    failed,
    resume,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.due import dates_of_order, last_half
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import days_left, paid_term
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import (
    Said,
    Situation,
    order_of,
    root_of,
    sure,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.table import find
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

# A certificate that is due


def unread(case: Situation) -> Decision:
    order = order_of(case)
    error = case.facts.certificate(order.id).error
    msg = Message("The certificate of order {order_id} cannot be read: {error}.", order_id=order.id, error=error)
    return failed(error, case.claim, msg)


def clock_absent(case: Situation) -> Decision:
    why = Message(
        "The certificate of order {order_id} seems due, and WoTrus sends no time. Nothing is renewed by this "
        "machine's clock alone.",
        order_id=case.said_order.id,
    )
    return blocked("ca_time_unknown", why, RUN_AGAIN, case.claim)


def clocks_apart(case: Situation) -> Decision:
    why = Message(
        "The certificate of order {order_id} seems due. WoTrus's time is {ca_time}, and that of this machine {own}. "
        "Nothing is reissued or renewed while they are more than two days apart.",
        order_id=case.said_order.id,
        ca_time=format_timestamp(sure(case.facts.ca_time)),
        own=format_timestamp(case.facts.clock),
    )
    return blocked("ca_time_unknown", why, next_step("ca_time_unknown"), case.claim)


def root_unknown(case: Situation) -> Decision:
    """Block a due certificate whose purchase is not known."""
    order, claim = order_of(case), case.claim
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


def term_unknown(case: Situation) -> Decision:
    """Block a due certificate if WoTrus does not say when its order was placed: its age is not known."""
    order, root_order_id = order_of(case), case.claim.root_order_id
    why = Message(
        "The certificate of order {order_id} is due, and WoTrus does not say when order {root_order_id} was placed.",
        order_id=order.id,
        root_order_id=root_order_id,
    )
    advice = Message(
        "Look in WoTrus's console until when order {root_order_id} is paid, and for an order that follows it. If there "
        "is one, set order_id and root_order_id in the entry to it. If there is none, add {root_order_id} to "
        "replace_orders of the entry. The order that follows it may be charged. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe.",
        root_order_id=root_order_id,
    )
    return blocked("ca_time_unknown", why, advice, case.claim)


def renewal(case: Situation) -> Decision:
    """Renew: the certificate and the paid term are due."""
    facts, order, certificate = case.facts, order_of(case), dates_of_order(case)
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
        follows=case.claim.root_order_id,
        months=months,
        may_be_charged=True,
        superseded_order_id=order.id,
    )


def _why_within_term(case: Situation) -> tuple[Message, t.Any]:
    found, dates = sure(dates_of_order(case)), sure(paid_term(case.facts, sure(root_of(case))))
    why = Message(
        "The certificate of order {order_id} expires on {day}, and the paid term on {end}.",
        order_id=order_of(case).id,
        day=day(found.not_after),
        end=day(dates.not_after),
    )
    return why, dates


def no_later_end(case: Situation) -> Decision:
    why, dates = _why_within_term(case)
    msg = Message(
        "{why} A reissue brings no later end. {days:.0f} days of the paid term are left.",
        why=why,
        days=days_left(dates, case.facts.now),
    )
    return blocked("no_later_end", msg, ask_for_the_rest(case.claim.root_order_id), case.claim)


def waits_for_half(case: Situation) -> Decision:
    why, _dates = _why_within_term(case)
    later = Message("{why} The reissue revokes it, and is requested from {day} on.", why=why, day=day(last_half(case)))
    return Decision(Action.NOTHING, "valid", later, order_id=order_of(case).id, root_order_id=case.claim.root_order_id)


def said_early(case: Situation) -> Said:
    found = sure(dates_of_order(case))
    if case.value("paid") == "known":
        why = _why_within_term(case)[0]
    else:
        why = Message(
            "The certificate of order {order_id} expires on {day}, which is earlier than a term of {months} months.",
            order_id=order_of(case).id,
            day=day(found.not_after),
            months=case.facts.wanted.months,
        )
    ended = (found.serial_number, format_timestamp(found.not_after))
    return Said("ends_early", why, ended=ended, handling=Handling.DUE)


def says_of_early_end(case: Situation) -> Said:
    """Say why the reissue for an early end is blocked."""
    decision = find("reissue", case.saying(said_early(case))).decision()
    return Said(decision.reason, decision.msg, handling=decision.handling)


# A reissue


def unidentified(case: Situation) -> Decision:
    why = Message(
        "WoTrus does not say yet whom order {order_id} is for. It is not reissued before that is known.",
        order_id=case.said_order.id,
    )
    return blocked("order_mismatch", why, RUN_AGAIN, case.claim, handling=Handling.FOREIGN)


def sm2_order(case: Situation) -> Decision:
    """Block the SM2 order of a pair: no host has such a key, and its reissue needs two CSRs."""
    order, facts = case.said_order, case.facts
    why = Message("Order {order_id} is the SM2 order of a pair.", order_id=order.id)
    advice = Message(
        "Set order_id and root_order_id in the entry to the RSA or ECC order of the pair, which WoTrus's console "
        "shows. If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
    )
    if facts.host.has_record and not is_same_id(facts.wanted.order_id, order.id):
        advice = DISTRUST
    return blocked("order_mismatch", why, advice, case.claim, handling=Handling.FOREIGN)


def said_refused(case: Situation) -> Said:
    why = Message("{why} WoTrus refused to reissue order {order_id}.", why=case.said.why, order_id=case.said_order.id)
    return Said("reissue_refused", why)


def ukey_reissued(case: Situation) -> Decision:
    order = case.said_order
    msg = Message("WoTrus has reissued order {order_id}. Its new certificate is deployed.", order_id=order.id)
    return resume(order, case.claim, "certificate_changed", msg)


def ukey_blocked(case: Situation) -> Decision:
    said, claim = case.said, case.claim
    why = Message("{why} A reissue needs a CSR of the UKey, and key.pkcs11 does not name its token.", why=said.why)
    advice = Message(
        "Insert the UKey and set key.pkcs11. Or have WoTrus reissue order {order_id}, then run again. If the reissue "
        "has another id, set order_id in the entry to it, and root_order_id to {root_order_id}.",
        order_id=claim.order_id,
        root_order_id=claim.root_order_id or claim.order_id,
    )
    return blocked(said.reason, why, advice, claim)


def refused_again(case: Situation) -> Decision:
    said, refused = case.said, sure(case.claim.refused)
    why = Message(
        "{why} The reissue {reissue_id} was {status}.",
        why=said.why,
        reissue_id=refused.id,
        status=status_words(refused.status),
    )
    advice = Message("Ask WoTrus why. To request a reissue again, run wotrus.pki.reissue for it.")
    return blocked(said.reason, why, advice, case.claim)


def reissue(case: Situation) -> Decision:
    said, claim = case.said, case.claim
    return Decision(
        Action.REISSUE,
        said.reason,
        Message("{why} Order {order_id} is reissued.", why=said.why, order_id=claim.order_id),
        order_id=claim.order_id,
        root_order_id=claim.root_order_id,
        companion_order_id=claim.companion_order_id,
        months=said.months,
        superseded_order_id=claim.order_id,
        refused_order_id=said.refused_order_id,
        ended_serial_number=said.ended[0],
        ended_not_after=said.ended[1],
        warnings=said.warnings,
        handling=said.handling,
    )
