# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of cancellations and revocations, in the words of all other results."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import OrderDead, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import status_words
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import FAILED, UNCHANGED, result_fields
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step as advice
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text, shown
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import message_in

REVOKED = "revoked"
REVOKING = "revoking"
CANCELLED = "cancelled"
_CLOSED = "closed"


def order_result(item: Json, *, host: str) -> dict[str, t.Any]:
    """Return the result of one order to cancel or revoke.

    :param item: what ``wotrus_order`` or ``wotrus_revoke`` returned in a loop over orders, with the order of the loop
    """
    order = item["__wotrus_order"]
    result, msg, next_step = _standing(item, is_companion=bool(order.get("companion")))
    return result_fields(
        result,
        host=host,
        name=order["name"],
        order_id=order["order_id"],
        waiting_for="ca" if result == REVOKING else None,
        error_code=item.get("error_code") if result == FAILED else None,
        **shown(msg=msg, next_step=next_step),
    )


def _standing(item: Json, *, is_companion: bool) -> tuple[str, Text, Message | None]:
    """Return the result, its message and the next step."""
    found = item.get("order")
    order_id = item["__wotrus_order"]["order_id"]
    if not isinstance(found, Mapping):
        code = str(item.get("error_code") or WotrusError.error_code)
        msg = message_in(item, "msg") or Message("Order {order_id}: there is no answer.", order_id=order_id)
        if is_companion and code == OrderDead.error_code:
            return UNCHANGED, msg, None
        return FAILED, msg, advice(code)
    status = found["status"]
    if "revoked" in item:
        if item["revoked"]:
            return REVOKED, Message("Order {order_id} is revoked.", order_id=order_id), None
        msg = message_in(item, "msg") or Message(
            "WoTrus reviews the revocation of order {order_id}.", order_id=order_id
        )
        return REVOKING, msg, Message("Run again later.")
    if status == _CLOSED or item.get("changed"):
        return CANCELLED, message_in(item, "msg") or Message("Order {order_id} is cancelled.", order_id=order_id), None
    return (
        UNCHANGED,
        Message(
            "Order {order_id} is {status}, so there is nothing to cancel.",
            order_id=order_id,
            status=status_words(status),
        ),
        None,
    )
