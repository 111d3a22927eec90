# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person approves: work, charged orders and their cost."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import word

_MOST_LINES = 20


def approval_lines(plans: Rows, prices: Prices | None = None, language: str = "en") -> list[str]:
    """Return the lines about a plan that needs an approval.

    There are none if the plan changes nothing. Charged orders come first.

    :param plans: the plans of all hosts, each with its ``host``
    """
    work = sorted((row for row in plans if row["would_change"]), key=lambda row: not row["may_be_charged"])
    if not work:
        return []
    charged = {str(row["idempotence_id"]): row for row in work if row["may_be_charged"]}
    total = text(
        Message("charged orders: {number}, certificates: {certificates}", number=len(charged), certificates=len(work)),
        language,
    )
    shown = [f"{row['host']} {row['name']}: {_action(row, language)}" for row in work[:_MOST_LINES]]
    more = (
        [text(Message("  and {number} more", number=len(work) - _MOST_LINES), language)]
        if len(work) > _MOST_LINES
        else []
    )
    return [total + _cost(list(charged.values()), prices, language), *shown, *more]


def _action(row: Json, language: str) -> str:
    action = word("action", row["action"], language)
    return text(
        Message("{action} (charged)" if row["may_be_charged"] else "{action} (places no order)", action=action),
        language,
    )


def _cost(charged: Rows, prices: Prices | None, language: str) -> str:
    """Return the cost of orders; empty text without a price list."""
    if prices is None or not charged:
        return ""
    cost = prices.cost_of((row["product"], row["months"]) for row in charged)
    unpriced = (
        text(Message(", orders without a price: {number}", number=cost.unpriced), language) if cost.unpriced else ""
    )
    return text(Message(", cost: {cost} at most", cost=cost), language) + unpriced
