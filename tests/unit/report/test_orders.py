# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The orders of a report, and their costs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import pathlib
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.filter.report import report
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices
from ansible_collections.wotrus.pki.plugins.module_utils._orders.journaled_orders import journaled_orders, read_journal
from ansible_collections.wotrus.pki.plugins.module_utils._report.orders import COLUMNS, recorded_orders
from ansible_collections.wotrus.pki.plugins.module_utils._report.report_data import report_data
from ansible_collections.wotrus.pki.plugins.plugin_utils._report_file import report_text

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.timezone.utc)
PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
FIRST, NEXT, REISSUED, OTHER = (f"{number}9CB4BF6-3E53-4B49-9AB9-92D578144260" for number in range(4))


def deployment(live: str, root: str | None = None, *, former: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """Return the row of a certificate whose record names orders."""
    superseded = [{"release": "1", "order_id": one, "root_order_id": one, "operation": "renew"} for one in former]
    record = {"version": 1, "live": {"release": "2", "order_id": live, "root_order_id": root or live}}
    return {"path": "/etc/ssl/wotrus/contracts", "record": {**record, "superseded": superseded}}


def answer(order_id: str, created_at: str, **changes: t.Any) -> dict[str, t.Any]:
    """Return an order as ``wotrus_order_info`` does."""
    order = {
        "id": order_id,
        "created_at": created_at,
        "product_id": PDF,
        "product_name": "PDF 签名和加密证书",
        "organization": {"name": "示例科技有限公司"},
        "months": 12,
        "order_number": "261124153109286",
        "status": "issued",
        "payment": "paid",
    }
    return {**order, **changes}


def host(name: str, *deployments: dict[str, t.Any], orders: t.Sequence[dict[str, t.Any]]) -> dict[str, t.Any]:
    """Return a host whose orders were read."""
    return {"host": name, "deployments": list(deployments), "plans": [], "results": [], "orders": list(orders)}


def test_orders_of_a_record_are_its_roots_once() -> None:
    rows = [deployment(REISSUED, NEXT, former=[FIRST, NEXT.lower()]), "no row", {"path": "/", "record": None}]

    assert [one.upper() for one in recorded_orders(rows)] == [NEXT, FIRST]


def test_costs_are_by_organization_product_and_month_of_china() -> None:
    answers = [
        # It is December in China already.
        answer(FIRST, "2025-11-30T16:30:00Z"),
        answer(NEXT, "2026-11-10T00:00:00Z", months=13, product_id=f"{{{PDF.lower()}}} "),
        answer(OTHER, "2026-11-20T00:00:00Z", months=24),
    ]
    hosts = [
        host("signer1", deployment(NEXT, former=[FIRST]), orders=answers[:2]),
        # It shares the key, and so the order.
        host("signer2", deployment(NEXT), orders=answers[1:2]),
        host("signer3", deployment(OTHER), orders=answers[2:]),
    ]

    report = report_data(hosts, now=NOW, prices=Prices({"pdf_signing": {12: 1000}}))

    product = {"organization": "示例科技有限公司", "product": "PDF 签名和加密证书", "currency": "CNY"}
    assert report["costs_by_month"] == [
        {"month": "2025-12", **product, "orders": 1, "unpriced": 0, "amount": "1000.00"},
        {"month": "2026-11", **product, "orders": 2, "unpriced": 1, "amount": "1000.00"},
    ]
    assert [(one["order_id"], one["price"], one["certificates"]) for one in report["orders"]] == [
        (FIRST, "1000.00", ["contracts@signer1"]),
        (NEXT, "1000.00", ["contracts@signer1", "contracts@signer2"]),
        (OTHER, None, ["contracts@signer3"]),
    ]


def test_unpaid_and_unread_orders_are_listed_but_not_counted() -> None:
    unread = {"id": NEXT, "status": None, "stage": None, "error_code": "not_found"}
    orders = [answer(FIRST, "2026-11-10T00:00:00Z", payment="unpaid"), unread]

    report = report_data([host("signer1", deployment(NEXT, former=[FIRST]), orders=orders)], now=NOW)

    assert {one["order_id"]: one["payment"] for one in report["orders"]} == {NEXT: None, FIRST: "unpaid"}
    assert report["costs_by_month"] == []


def test_report_without_orders_that_were_read_has_none() -> None:
    report = report_data([{"host": "signer1", "deployments": [deployment(FIRST)]}], now=NOW)

    assert not {"orders", "costs_by_month"} & set(report)
    assert report_text(report, "orders").count("\n") == 1


def test_csv_has_a_line_for_each_order_and_no_formula() -> None:
    orders = [answer(FIRST, "2026-11-10T00:00:00Z", organization={"name": '=HYPERLINK("http://example.com")'})]
    report = report_data([host("signer1", deployment(FIRST), orders=orders)], now=NOW)

    text = report_text(report, "orders")

    assert text.startswith("\ufeffmonth,organization,")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert row["organization"] == '\'=HYPERLINK("http://example.com")'
    assert (row["month"], row["order_number"], row["certificates"]) == (
        "2026-11",
        "261124153109286",
        "contracts@signer1",
    )
    assert (row["price"], row["currency"]) == ("", "")


WIDE = ("\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe66")
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    *(f"{sign}1" for sign in WIDE),
    "\u200b=1+1",
    "\u00ad\u2060\uff1d1",
    " =1+1",
)
TEXTS = ("示例科技有限公司", "A=B", "3-1", "\u200bExample")


@pytest.mark.parametrize("name", [*FORMULAS, *TEXTS])
def test_no_cell_of_a_spreadsheet_is_a_formula(name: str) -> None:
    orders = [answer(FIRST, "2026-11-10T00:00:00Z", organization={"name": name})]
    report = report_data([host("signer1", deployment(FIRST), orders=orders)], now=NOW)

    (row,) = csv.DictReader(io.StringIO(report_text(report, "orders").removeprefix("\ufeff")))

    assert row["organization"] == (f"'{name.strip()}" if name in FORMULAS else name)


@pytest.mark.parametrize("start", ["\t", "\r", "\n"])
def test_cell_that_begins_with_a_control_character_is_text(start: str) -> None:
    row = {**dict.fromkeys(COLUMNS), "organization": f"{start}=1+1"}

    assert f"'{start}=1+1" in report_text({"orders": [row]}, "orders")


def ordered(order_id: str, **changes: t.Any) -> str:
    """Return a line of the journal about an order."""
    line = {"event": "end", "call": "create", "host": "sign-1", "certificate": "contracts", "new_order_id": order_id}
    return json.dumps({**line, "user": "li", "job": "17", "approver": "wang", **changes}) + "\n"


def test_journal_has_orders_that_no_host_records_any_more(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text(
        ordered(FIRST)
        + '{"event": "send", "call": "create", "new_ord\n'
        # A repeat, which adopted the order.
        + ordered(FIRST.lower(), user="zhou")
        + ordered(OTHER, host="removed", approver=None)
        + ordered(NEXT, call="reissue")
        + ordered(None, outcome="refused")
    )
    answers = [answer(FIRST, "2026-11-24T08:00:00Z"), answer(OTHER, "2026-11-25T08:00:00Z")]

    made = report_data([host("sign-1", deployment(FIRST), orders=answers)], now=NOW, journal=read_journal(str(file)))

    rows = list(csv.DictReader(io.StringIO(report_text(made, "orders").lstrip("\ufeff"))))
    shown = [(one["order_id"], one["certificates"], one["user"], one["job"], one["approver"]) for one in rows]
    assert shown == [
        (FIRST, "contracts@sign-1", "li", "17", "wang"),
        (OTHER, "contracts@removed", "li", "17", ""),
    ]
    assert rows[1]["order_number"] == "261124153109286"


@pytest.mark.parametrize("of_controller", [True, False])
def test_journal_of_the_hosts_counts_as_that_of_the_controller(tmp_path: pathlib.Path, *, of_controller: bool) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text(ordered(OTHER))
    hostile = tmp_path / "of-a-hostile-host.jsonl"
    hostile.write_text(ordered(NEXT))
    read = {"__wotrus_host_plan": {"plans": []}, "__wotrus_orders": {"orders": []}}
    facts = {"wotrus_journal": str(hostile)}
    hostvars = {
        "sign-1": {**read, **({} if of_controller else {"wotrus_journal": str(file)})},
        "sign-2": {**read, **facts, "ansible_facts": facts},
    }

    made = report([*hostvars], hostvars, journal=str(file) if of_controller else "")

    assert [row["order_id"] for row in made["orders"]] == [OTHER]


def test_first_host_asks_about_the_orders_of_hosts_that_are_not_there(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text(ordered(FIRST) + ordered(NEXT, host="sign-2") + ordered(OTHER, host="removed"))
    hosts = ["sign-1", "sign-2"]

    assert [journaled_orders(str(file), one, hosts) for one in hosts] == [[FIRST, OTHER], [NEXT]]


@pytest.mark.parametrize("place", ["", None, "syslog", "/no/such/journal.jsonl"])
def test_without_a_file_there_are_no_journaled_orders(place: str | None) -> None:
    assert journaled_orders(place, "sign-1", ["sign-1"]) == []
