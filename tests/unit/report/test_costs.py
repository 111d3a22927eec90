# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The costs of a report."""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices
from ansible_collections.wotrus.pki.plugins.module_utils._report.report_data import report_data

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.timezone.utc)
PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"


def host(name: str, **changes: t.Any) -> dict[str, t.Any]:
    """Return a host with the plan of one certificate."""
    plan = {
        "name": "contracts",
        "product": PDF,
        "action": "nothing",
        "reason": "valid",
        "may_be_charged": False,
        "months": None,
        "term": 12,
        "order_name": f"contracts@{name}",
        "renew_at": "2027-02-01T00:00:00Z",
        "planned_at": "2026-11-24T00:00:00Z",
    }
    return {"host": name, "deployments": [], "plans": [{**plan, **changes}], "results": []}


def test_costs_are_those_of_now_and_of_a_year() -> None:
    hosts = [
        host("valid"),
        host("late", renew_at="2028-02-01T00:00:00Z"),
        host("due", action="renew", may_be_charged=True, months=13, renew_at="2026-11-01T00:00:00Z"),
        host("first", action="order", may_be_charged=True, months=24, term=24, renew_at=None),
        host("one", order_name="shared"),
        host("two", order_name="shared"),
    ]

    prices = Prices({"pdf_signing": {12: 1000}}, "CNY")
    summary = report_data(hosts, now=NOW, prices=prices)["summary"]

    assert summary["costs"]["due"] == {"amount": "1000.00", "currency": "CNY", "orders": 2, "unpriced": 1}
    assert summary["costs"]["next_year"] == {"amount": "3000.00", "currency": "CNY", "orders": 4, "unpriced": 1}


def test_without_prices_a_report_has_no_costs() -> None:
    assert "costs" not in report_data([host("valid")], now=NOW)["summary"]
