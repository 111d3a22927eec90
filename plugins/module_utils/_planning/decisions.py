# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts that decisions are made of."""

from __future__ import annotations

import dataclasses
import datetime as dt

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadAnswer, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import (
    explain,
    explain_unpaid,
    link_of,
    reason_of,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import Claim
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision, Handling
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text

RUN_AGAIN = Message("Run again later.")
ASK_FOR_CHAIN = Message("Ask WoTrus for a newer chain, then run again.")
DISTRUST = Message(
    "Do not trust the record on this host. Move it away, then run again. "
    "The order of its name may be charged, unless it exists already."
)


def resume(order: Order, claim: Claim, reason: str | None = None, msg: Message | None = None) -> Decision:
    """Return that an order's certificate is fetched and deployed.

    :param reason, msg: in place of the state of the order
    """
    return Decision(
        Action.RESUME,
        reason or reason_of(order),
        msg or explain(order),
        order_id=order.id,
        root_order_id=claim.root_order_id,
        companion_order_id=claim.companion_order_id,
        superseded_order_id=claim.superseded_order_id,
        is_ready=True,
        next_step=Message("The role verifies and deploys its certificate."),
    )


def blocked(
    reason: str,
    msg: Text,
    advice: Message,
    claim: Claim | None = None,
    *,
    is_failure: bool = False,
    handling: Handling | None = None,
) -> Decision:
    """Return that nothing is done, and what a person can do.

    :param is_failure: an error blocks it, and no rule
    """
    return Decision(
        Action.BLOCKED,
        reason,
        msg,
        order_id=claim.order_id if claim else None,
        root_order_id=claim.root_order_id if claim else None,
        next_step=advice,
        is_failure=is_failure,
        handling=handling,
    )


def failed(error: WotrusError | None, claim: Claim | None = None, msg: Text | None = None) -> Decision:
    """Return that nothing is done, since a call or a value failed.

    :param msg: in place of the error's own
    """
    error = error or BadAnswer("WoTrus's answer is not what the manual describes.")
    advice = error.next_step or next_step(error.error_code)
    return blocked(error.error_code, msg or error.message, advice, claim, is_failure=True)


def until_paid(decision: Decision, order: Order) -> Decision:
    """Return that an issued order waits for its payment, before which WoTrus gives no certificate."""
    return dataclasses.replace(
        decision,
        is_ready=False,
        reason="pending_payment",
        handling=Handling.UNPAID,
        msg=explain_unpaid(order),
        next_step=Message("Pay order {order_id}{link}, then run again.", order_id=order.id, link=link_of(order)),
        pending_link=order.pending_link,
    )


def reissued_or_replaced(root_order_id: str, order_id: str) -> Message:
    """Return what a person can do about an order that has ended, unless it was reissued.

    :param order_id: the order to replace
    """
    return Message(
        "If the order was reissued, or WoTrus reissues it for you, set order_id in the entry to the id of the reissue, "
        "which the report and WoTrus's console show, and root_order_id to {root_order_id}. Otherwise add {order_id} to "
        "replace_orders of the entry. The order that follows it may be charged, unless it exists already. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe.",
        root_order_id=root_order_id,
        order_id=order_id,
    )


def ask_for_the_rest(root_order_id: str | None) -> Message:
    """Return what a person can do about a certificate that ends before its paid term, and that no reissue moves on."""
    return Message(
        "Ask WoTrus for a certificate until the end of the paid term, then run again. To buy another now, add "
        "{root_order_id} to replace_orders of the entry. The order that follows it may be charged.",
        root_order_id=root_order_id,
    )


def order_of_live(serial_number: str) -> Message:
    """Return what a person can do about a valid certificate that is live and that the record does not name."""
    return Message(
        "The certificate {serial_number} is live and valid, and of another order. Look for that order in WoTrus's "
        "console. Set order_id in the entry to it, and root_order_id to the order of its purchase. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe.",
        serial_number=serial_number,
    )


def pair_step(order_id: str) -> Message:
    """Return what a person can do about a root in the entry that does not fit."""
    return Message(
        "If order {order_id} was bought itself, write these lines into the entry: order_id: {order_id}, root_order_id: "
        "{order_id}. If it is a reissue, set root_order_id to the order of its purchase, which WoTrus's console shows. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe.",
        order_id=order_id,
    )


def wall_time(value: dt.datetime) -> str:
    """Return a time of a zone for a message."""
    return f"{value:%Y-%m-%d %H:%M} {value.tzinfo}"


def day(value: dt.datetime | None) -> Text:
    """Return a day for a message."""
    return f"{value:%Y-%m-%d}" if value else Message("an unknown day")
