# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A letter to WoTrus about the orders that wait for it."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import CHINA, parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text


def letter(report: Json, language: str) -> str:
    """Return the letter, with the order that waits longest first.

    :param language: ``en`` for English, else Chinese
    """
    rows = sorted(
        (one for one in report["certificates"] if one["waiting_for"] == "ca" and one["order_id"]),
        key=lambda one: -(one["waiting_days"] or 0),
    )
    # Hosts that share a key share the order.
    orders = {id_key(one["order_id"]): one for one in rows}
    hosts = {one["host"] for one in rows}
    requests = [found for one in report["hosts"] if one["host"] in hosts for found in one["request_ids"]]
    is_unknown = report["summary"]["hosts_not_read"] or any(
        one["order_id"] and not one["stage"] for one in report["certificates"]
    )
    parts = [Message("letter.unknown" if is_unknown else "letter.none")]
    if orders:
        parts = [
            Message("letter.subject", number=len(orders)),
            Message("letter.greeting"),
            *(_order(number, one) for number, one in enumerate(orders.values(), 1)),
            Message("letter.requests", request_ids="\n  ".join(requests)),
            Message("letter.end"),
        ]
    return "\n\n".join(text(part, "en" if language == "en" else "zh") for part in parts) + "\n"


def _order(number: int, one: Json) -> Message:
    since = parse_timestamp(one["waiting_since"]).astimezone(CHINA) if one["waiting_since"] else None
    minute = since.strftime("%Y-%m-%d %H:%M") if since else "-"
    return Message(
        "letter.order",
        number=number,
        order_number=one["order_number"] or "-",
        order_id=one["order_id"],
        common_name=one["common_name"] or "-",
        since=minute,
        days=int(one["waiting_days"] or 0),
        status=one["status"] or "-",
    )
