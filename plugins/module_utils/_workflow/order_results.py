# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of cancellations and revocations, in the words of all other results."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import OrderDead, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Stage
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import status_words
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import FAILED, UNCHANGED, result_fields
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step as advice
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text, shown
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import message_in, text_in
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.selection import ENDED, NOT_REVOKED
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import table

_IS_OVER, _IS_REQUESTED = "revoked_order_ids", "revoking_order_ids"
"""What is recorded of superseded orders."""

REVOKED = "revoked"
REVOKING = "revoking"
CANCELLED = "cancelled"


def order_result(item: Json, *, host: str) -> dict[str, t.Any]:
    """Return the result of one order to cancel or revoke.

    :param item: what ``wotrus_order`` or ``wotrus_revoke`` returned in a loop over orders, with the order of the loop
    """
    order, found, given = item["__wotrus_order"], item.get("order"), message_in(item, "msg")
    order_id, code = order["order_id"], str(item.get("error_code") or WotrusError.error_code)
    msg: Text
    if not isinstance(found, Mapping):
        result = FAILED
        msg = given or Message("Order {order_id}: there is no answer.", order_id=order_id)
    elif item.get("revoked"):
        result, msg = REVOKED, Message("Order {order_id} is revoked.", order_id=order_id)
    elif "revoked" in item:
        result = REVOKING
        msg = given or Message("WoTrus reviews the revocation of order {order_id}.", order_id=order_id)
    elif found["status"] == "closed" or item.get("changed"):
        result, msg = CANCELLED, given or Message("Order {order_id} is cancelled.", order_id=order_id)
    else:
        result, status = UNCHANGED, status_words(found["status"])
        msg = Message("Order {order_id} is {status}, so there is nothing to cancel.", order_id=order_id, status=status)
    steps = {FAILED: advice(code), REVOKING: Message("Run again later.")}
    return result_fields(
        result,
        host=host,
        name=order["name"],
        order_id=order_id,
        waiting_for="ca" if result == REVOKING else None,
        error_code=code if result == FAILED else None,
        **shown(msg=msg, next_step=steps.get(result)),
    )


def revocation_result(item: Json, *, host: str) -> dict[str, t.Any]:
    """Return the result of the revocation of a superseded order, in the words of :func:`order_result`."""
    row = order_result(item, host=host)
    if not has_failed(item):
        return row
    failed = Message(
        "The superseded order {order_id} is not known to be revoked. {msg}",
        order_id=row["order_id"],
        msg=message_in(row, "msg"),
    )
    return {**row, **shown(msg=failed, next_step=message_in(row, "next_step"))}


def has_failed(item: Json) -> bool:
    """Return whether the revocation of a superseded order failed, by what ``wotrus_revoke`` returned in a loop."""
    return _code(item) not in (None, *NOT_REVOKED)


def _code(item: Json) -> str | None:
    """Return the error code of a result; Ansible's own errors have none."""
    return item.get("error_code") or (WotrusError.error_code if item.get("failed") else None)


@dataclasses.dataclass(frozen=True)
class Superseded:
    """What became of the superseded orders of a host.

    :ivar requested: results of ``wotrus_revoke`` for orders that are revoked or under review
    :ivar lines: for people: the reviews, and why other orders were not revoked
    :ivar records: what the records of the host say from now on, each with the ``path`` of its certificate
    """

    requested: Rows
    lines: t.Sequence[str]
    records: Rows


def superseded_results(requested: Rows, read: Rows, language: str = "en") -> Superseded:
    """Return what became of the superseded orders of a host.

    :param requested: what ``wotrus_revoke`` returned in a loop, with the order of the loop
    :param read: the same in check mode, for orders whose revocation only a person requests
    """
    statements: dict[str, dict[str, list[str]]] = {}
    done, lines = [], []
    for row in (*requested, *read):
        order, code = row["__wotrus_order"], _code(row)
        is_over = bool(row.get("revoked")) or code in ENDED
        if is_over or (code is None and not order["advice"]):
            # What WoTrus refuses later is not requested again by itself.
            ids = statements.setdefault(order["path"], {}).setdefault(_IS_OVER if is_over else _IS_REQUESTED, [])
            ids.append(order["order_id"])
        if code not in (None, OrderDead.error_code):
            lines.append(text_in(row, "msg", language))
        elif order["advice"] and _is_issued(row):
            lines.append(order["advice"])
        elif code is None:
            done.append(row)
    reviewed = [row for row in done if not row["revoked"]]
    columns = table(reviewed, ("order_id", "status"), language) if reviewed else []
    records = [{"path": path, "state": "recorded", "record": said} for path, said in statements.items()]
    return Superseded(done, [*columns, *lines], records)


def _is_issued(row: Json) -> bool:
    order = row.get("order")
    return isinstance(order, Mapping) and order["stage"] == Stage.ISSUED.value
