# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person approves: work, charged orders and their cost; and what a run without an approval would leave."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import OrderLimit, ReissueLimit
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows, grouped
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Cost, Prices
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_changes import change_words
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import message_in
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.limit import Forecast
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import (
    MOST_LINES,
    first_lines,
    first_names,
    word,
)


def charged_plans(plans: Rows) -> list[Json]:
    """Return one plan for each order that may be charged.

    Hosts that share a key share the order.
    """
    return list({row["idempotence_id"]: row for row in plans if row["may_be_charged"]}.values())


def cost_of(plans: Rows, prices: Prices | None) -> Cost | None:
    """Return what the plans cost at most; ``None`` without a price list."""
    if prices is None:
        return None
    return prices.cost_of((row["product"], row["months"]) for row in charged_plans(plans))


def cost_lines(plans: Rows, prices: Prices | None, language: str = "en") -> list[str]:
    """Return the line about the cost of the plans; none without a price list or a charged order.

    An order that exists already is adopted, and costs nothing.
    """
    cost = cost_of(plans, prices)
    if cost is None or not cost.orders:
        return []
    line = Message(
        "estimated cost: {cost} at most, orders: {orders}"
        if not cost.unpriced
        else "estimated cost: at least {cost}, and {unpriced} without a price"
        if cost.unpriced < cost.orders
        else "estimated cost: not known, since wotrus_prices has no price for these orders",
        cost=cost,
        orders=cost.orders,
        unpriced=cost.unpriced,
    )
    return [text(line, language)]


def limit_line(found: Forecast, language: str = "en") -> str:
    """Return the line about the orders that may be charged, and their limit."""
    line = Message(
        "orders that may be charged: {charged}; wotrus_max_charged_orders allows {limit}",
        charged=found.charged,
        limit=found.limits.charged_orders,
    )
    return text(line, language)


def blocked_lines(found: Forecast, language: str = "en") -> list[str]:
    """Return the lines about what a run without an approval would leave, and what an approval of the plan does.

    The screen, the file of the plan and its approval in AWX show the same.
    """
    blocked = [(f"{host}: {name}", why) for host, names in found.blocked.items() for name, why in names.items()]
    alike = grouped((str(why["msg"]), (name, why)) for name, why in blocked)
    return [
        text(_blocked_line(same[0][1], [name for name, _why in same[:MOST_LINES]], found), language)
        for same in alike.values()
    ]


def _blocked_line(why: Json, certificates: t.Sequence[str], found: Forecast) -> Message:
    """Return the line about certificates that a run would leave as they are.

    The limits are none of the plan itself: ``wotrus.pki.issue_planned`` sends all requests of the plan.
    """
    if why.get("limit") == OrderLimit.error_code:
        return Message(
            "A run with wotrus_max_charged_orders {limit} would not place these orders: {certificates}. To place them, "
            "set wotrus_max_charged_orders to {number} for this run, or approve this plan: wotrus.pki.issue_planned "
            "places all orders of the plan.",
            limit=found.limits.charged_orders,
            number=found.charged,
            certificates=certificates,
        )
    if why.get("limit") == ReissueLimit.error_code:
        return Message(
            "A run with wotrus_max_reissues {limit} would not ask for these reissues: {certificates}. To ask for them, "
            "set wotrus_max_reissues to {number} for this run, or approve this plan: wotrus.pki.issue_planned asks for "
            "all reissues of the plan.",
            limit=found.limits.reissues,
            number=found.reissues,
            certificates=certificates,
        )
    messages = {field: message_in(why, field) or "" for field in ("msg", "next_step")}
    return Message("blocked: {certificates}: {msg} {next_step}", certificates=certificates, **messages)


def approval_lines(
    plans: Rows,
    prices: Prices | None = None,
    language: str = "en",
    *,
    found: Forecast | None = None,
    unreachable: t.Sequence[str] = (),
) -> list[str]:
    """Return the lines about a plan that needs an approval.

    There are none if the plan changes nothing. Charged orders come first.

    :param plans: the plans of all hosts, each with its ``host``
    :param found: what the limits allow of the plans, for a person who sees nothing else of the plan
    :param unreachable: the hosts that the plan lacks, since Ansible did not reach them
    """
    work = sorted((row for row in plans if row["would_change"]), key=lambda row: not row["may_be_charged"])
    if not work:
        return []
    number = len(charged_plans(work))
    total = Message(
        "orders that may be charged: {number}, certificates: {certificates}", number=number, certificates=len(work)
    )
    lost = Message("not planned for, since Ansible did not reach them: {hosts}", hosts=[*unreachable[:MOST_LINES]])
    limits = [*([text(lost, language)] if unreachable else []), *(blocked_lines(found, language) if found else [])]
    shown = [f"{row['host']} {row['name']}: {_action(row, language)}" for row in work]
    changed = first_lines(change_lines(plans, language), language)
    return [
        text(total, language),
        *cost_lines(work, prices, language),
        *limits,
        *changed,
        *first_lines(shown, language),
    ]


def change_lines(plans: Rows, language: str = "en") -> list[str]:
    """Return a line for each new root, usage or subject that plans bring, with the certificates."""
    words = [(change_words(row.get("certificate_changes") or ()), f"{row['host']} {row['name']}") for row in plans]
    alike = grouped((text(line, language), certificate) for line, certificate in words if line is not None)
    return [f"{first_names(certificates, language)}: {line}" for line, certificates in alike.items()]


def _action(row: Json, language: str) -> str:
    action = word("action", row["action"], language)
    return text(
        Message("{action} (may be charged)" if row["may_be_charged"] else "{action} (places no order)", action=action),
        language,
    )
