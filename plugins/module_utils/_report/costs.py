# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Costs of a fleet's orders: those that are due, and a year's."""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_timestamp

_YEAR = dt.timedelta(days=365)


def costs(hosts: Rows, prices: Prices, *, as_of: dt.datetime) -> dict[str, t.Any]:
    """Return the costs of a report.

    They are the most that can be charged. An order that exists already is adopted, and costs nothing.

    :param hosts: each with its ``plans``
    :returns: ``due``, the orders that a run would place now; ``next_year``, these and the renewals of 365 days
    """
    plans: list[Json] = [plan for host in hosts for plan in host.get("plans") or ()]
    # Hosts that share a key share the order, whose name is the same.
    due = {plan["order_name"]: plan for plan in plans if plan["may_be_charged"]}
    later = {plan["order_name"]: plan for plan in plans if _is_before(plan.get("renew_at"), as_of + _YEAR)}
    return {
        "due": prices.cost_of((plan["product"], plan["months"]) for plan in due.values()).as_result(),
        "next_year": prices.cost_of(
            (plan["product"], plan.get("term")) for plan in {**later, **due}.values()
        ).as_result(),
    }


def _is_before(text: object, end: dt.datetime) -> bool:
    try:
        return bool(text) and parse_timestamp(str(text)) < end
    except ValueError:
        return False
