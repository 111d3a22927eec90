# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan as JSON and Markdown."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Limits
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.limit import Forecast, forecast
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.plan_file import plans_as_files

PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
PRICES = Prices({"pdf_signing": {12: 1200, 24: "2000.50"}})


def plan(host: str, action: str = "order", **changes: t.Any) -> dict[str, t.Any]:
    """Return a plan that may be charged."""
    row = {
        "host": host,
        "name": "contracts",
        "action": action,
        "reason": "not_ordered",
        "may_be_charged": True,
        "due": False,
        "follows": None,
        "months": 12,
        "product": PDF,
        "expires": None,
        "order_name": f"contracts@{host}",
        "idempotence_id": f"value of {host}",
        "order_id": None,
        "planned_at": "2026-11-24T15:31:09Z",
        "next_step": None,
        "storage": "host",
        "claims": [],
        "entry_order_ids": [],
        "replace_orders": [],
        "would_change": True,
        "fingerprint": {"api_token": "token", "request": f"digest of {host}"},
    }
    return {**row, **changes}


def within(rows: list[dict[str, t.Any]], limit: int = 1) -> Forecast:
    """Return what a limit allows of plans."""
    return forecast(rows, [Limits(limit)])


def nothing(host: str, **changes: t.Any) -> dict[str, t.Any]:
    """Return a plan without an action."""
    idle = {"months": None, "idempotence_id": None, "may_be_charged": False, "would_change": False, "fingerprint": None}
    return plan(host, "nothing", **{**idle, "reason": "valid", **changes})


def test_json_has_the_plan_that_can_be_applied_and_what_a_pipeline_decides_on() -> None:
    rows = [plan("one"), plan("two", months=25), nothing("three")]

    found = json.loads(plans_as_files(rows, within(rows), not_planned=["lost"], prices=PRICES)["json"])

    assert set(found["wotrus_plan"]) == {"one", "two"}
    (row,) = found["wotrus_plan"]["one"]
    assert (row["name"], row["action"], row["fingerprint"]) == (
        "contracts",
        "order",
        {"api_token": "token", "request": "digest of one"},
    )
    assert "product" not in row
    assert found["wotrus_plan_summary"] == {
        "planned_at": "2026-11-24T15:31:09Z",
        "has_changes": True,
        "charged_orders": 2,
        "order_limit": 1,
        "limit_exceeded": True,
        "cost": {"amount": "3200.50", "currency": "CNY", "orders": 2, "unpriced": 0},
        "not_planned": ["lost"],
    }


def test_plan_without_a_change_says_so_in_both_forms() -> None:
    rows = [nothing("one"), nothing("two")]

    found = json.loads(plans_as_files(rows, within(rows))["json"])
    assert (found["wotrus_plan"], found["wotrus_plan_summary"]["has_changes"]) == ({}, False)
    assert found["wotrus_plan_summary"]["cost"] is None
    assert plans_as_files(rows, within(rows))["markdown"] == (
        "### Plan for WoTrus certificates\n\nNothing to do. Certificates: 2.\n"
    )


def test_order_that_hosts_share_is_counted_once() -> None:
    shared = {"idempotence_id": "shared", "order_name": "shared", "storage": "provided"}
    rows = [plan("one", **shared), plan("two", **shared)]

    info = json.loads(plans_as_files(rows, within(rows), prices=PRICES)["json"])["wotrus_plan_summary"]

    assert (info["charged_orders"], info["limit_exceeded"], info["cost"]["amount"]) == (1, False, "1200.00")


def test_markdown_shows_the_plan_the_verdict_and_the_cost() -> None:
    rows = [plan("one"), plan("two", product="0" * 8 + "-0000-0000-0000-" + "0" * 12)]

    text = plans_as_files(rows, within(rows), not_planned=["lost"], prices=PRICES)["markdown"]

    assert "| host | certificate | action |" in text
    assert "| one | contracts | order | not\\_ordered | yes | 12 | - | - |" in text
    assert "orders that may be charged: 2" in text
    assert "would not place these orders: one: contracts, two: contracts. To place them, set" in text
    assert "or approve this plan: wotrus.pki.issue\\_planned places all orders of the plan.**" in text
    assert "at least 1,200.00 CNY, and 1 without a price" in text
    assert "**not planned for: lost**" in text


def test_markdown_of_a_large_fleet_fits_into_a_comment() -> None:
    rows = [plan(f"host{number}") for number in range(2000)]

    text = plans_as_files(rows, within(rows))["markdown"]

    assert len(text) < 65536
    assert "and 1850 more" in text


@pytest.mark.parametrize("evil", ["a|b", "<img src=x>", "[x](http://evil)", "`code`", "@admin", "two\nlines", "**x**"])
def test_text_of_a_host_is_no_markup(evil: str) -> None:
    rows = [plan("one", next_step=evil)]
    lines = plans_as_files(rows, within(rows))["markdown"].splitlines()

    (row,) = [line for line in lines if line.startswith("| one")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 9
    assert re.search(r"(?<!\\)[<`*\[@]", row) is None
