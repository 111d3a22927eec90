# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines about a plan that a person approves."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import read_prices
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.approval import approval_lines

PDF_SIGNING = "76ECE651-B59E-48F2-A47B-135614AADAD9"


def plan(host: str, action: str = "order", **changes: t.Any) -> dict[str, t.Any]:
    """Return a row of a plan; an order by default."""
    row = {"host": host, "name": "contracts", "action": action, "may_be_charged": action == "order"}
    own = {"would_change": True, "idempotence_id": host, "product": PDF_SIGNING, "months": 12}
    return {**row, **own, **changes}


def test_plan_that_changes_nothing_needs_no_approval() -> None:
    rows = [plan("one", "nothing", would_change=False), plan("two", "resume", would_change=False)]

    assert approval_lines(rows) == approval_lines([]) == []


def test_lines_name_each_host_and_certificate_and_what_is_charged() -> None:
    assert approval_lines([plan("one"), plan("two", "reissue"), plan("three", "nothing", would_change=False)]) == [
        "orders that may be charged: 1, certificates: 2",
        "one contracts: order (may be charged)",
        "two contracts: reissue (places no order)",
    ]


def test_hosts_that_share_an_order_are_charged_once() -> None:
    rows = [plan("one", idempotence_id="A"), plan("two", idempotence_id="A")]

    assert approval_lines(rows, read_prices({"pdf_signing": {12: 980}}))[:2] == [
        "orders that may be charged: 1, certificates: 2",
        "estimated cost: 980.00 CNY at most, orders: 1",
    ]


@pytest.mark.parametrize(
    ("prices", "cost"),
    [
        ({"pdf_signing": {12: 980, 24: "1700.5"}}, ["estimated cost: 2,680.50 CNY at most, orders: 2"]),
        (
            {"pdf_signing": {24: 1700}},
            ["estimated cost: at least 1,700.00 CNY, and 1 without a price"],
        ),
        ({"pdf_signing": {36: 1}}, ["estimated cost: not known, since wotrus_prices has no price for these orders"]),
        ({}, []),
    ],
)
def test_cost_is_the_sum_of_the_prices_by_product_and_months(prices: dict[str, t.Any], cost: list[str]) -> None:
    lines = approval_lines([plan("one"), plan("two", months=25)], read_prices(prices))

    assert lines[:-2] == ["orders that may be charged: 2, certificates: 2", *cost]


def test_lines_stay_few_however_large_the_plan() -> None:
    lines = approval_lines([plan(f"host{number}") for number in range(500)])

    assert lines[0] == "orders that may be charged: 500, certificates: 500"
    assert lines[-1].strip() == "and 480 more"
    assert len(lines) == 22


def test_charged_orders_come_first_so_that_no_free_work_hides_them() -> None:
    lines = approval_lines([*(plan(f"host{number}", "reissue") for number in range(30)), plan("charged")])

    assert lines[1] == "charged contracts: order (may be charged)"
    assert lines[2] == "host0 contracts: reissue (places no order)"
