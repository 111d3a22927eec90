# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A date of one host or order at an end of the calendar costs nothing but its own cell."""

from __future__ import annotations

import csv
import io
import json
import pathlib
import re
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices
from ansible_collections.wotrus.pki.plugins.module_utils._orders.journaled_orders import read_journal, times_sent
from ansible_collections.wotrus.pki.plugins.module_utils._report.report_data import report_data
from ansible_collections.wotrus.pki.plugins.plugin_utils._report_file import report_text
from tests.unit.report.test_orders import FIRST, NEXT, NOW, OTHER, answer, ordered

EDGES = [
    f"{day}{zone}" for day in ("0001-01-01T00:00:00", "9999-12-31T23:59:59") for zone in ("", "Z", "+14:00", "-12:00")
]
DATES = [*EDGES, "infinity", float("inf"), "9" * 40, "not a date"]
PRICES = Prices({"pdf_signing": {12: "1000"}})


def host(name: str, date: t.Any, order_id: str, *, live: t.Any = "2027-01-01T00:00:00Z") -> dict[str, t.Any]:
    """Return a host each date of which is this one.

    :param live: the dates of its live certificate
    """
    former = {"release": "1", "order_id": OTHER, "operation": "reissue", "fingerprint_sha256": "cc" * 32}
    record = {
        "version": 1,
        "live": {"release": "2", "order_id": order_id, "root_order_id": order_id, "ended_not_after": str(date)},
        "superseded": [{**former, "not_before": str(date), "not_after": str(date)}],
    }
    first = live if str(live).startswith("0001") else "2026-01-01T00:00:00Z"
    of_live = {"release": "2", "not_before": first, "not_after": live, "path_not_after": live}
    return {
        "host": name,
        "deployments": [
            {"path": "/etc/ssl/wotrus/contracts", "live": of_live, "record": record, "encryption_keys": ["1"]}
        ],
        "plans": [{"name": "contracts", "action": "resume", "stage": "waiting_on_ca", "renew_at": date, "reason": "x"}],
        "results": [{"result": "waiting", "waiting_since": date, "msg": "", "alarm": None}],
        "orders": [answer(order_id, date)],
    }


def texts(*hosts: dict[str, t.Any]) -> dict[str, str]:
    report = report_data(hosts, now=NOW, prices=PRICES)
    assert sum(group["orders"] for group in report["costs_by_month"]) >= 1
    return {form: report_text(report, form) for form in ("html", "json", "prometheus", "orders")}


@pytest.mark.parametrize("date", DATES, ids=str)
def test_a_date_ends_the_report_of_no_other_host(date: object) -> None:
    good = host("signer1", "2026-12-24T00:00:00Z", FIRST)

    alone, together = texts(good), texts(good, host("signer2", date, NEXT))

    lines = [line for line in alone["prometheus"].splitlines() if 'host="signer1"' in line]
    assert lines == [line for line in together["prometheus"].splitlines() if 'host="signer1"' in line]
    orders = list(csv.DictReader(io.StringIO(together["orders"].removeprefix("\ufeff"))))
    assert FIRST in [order["order_id"] for order in orders if order["month"] == "2026-12"]
    assert NEXT in [order["order_id"] for order in orders]
    rows = {row["host"]: row for row in json.loads(together["json"])["certificates"]}
    assert rows["signer1"] == json.loads(alone["json"])["certificates"][0]
    assert "signer2" in together["html"]


@pytest.mark.parametrize("date", DATES, ids=str)
def test_an_unreadable_date_of_what_is_live_is_an_error_of_its_host_alone(date: object) -> None:
    good = host("signer1", "2026-12-24T00:00:00Z", FIRST)

    found = texts(good, host("signer2", "2026-12-24T00:00:00Z", NEXT, live=date))

    rows = {row["host"]: row for row in json.loads(found["json"])["certificates"]}
    assert rows["signer1"]["not_after"] == "2027-01-01T00:00:00Z"
    assert bool(rows["signer2"]["not_after"]) is (rows["signer2"]["error_code"] is None)
    metric = 'wotrus_certificate_not_after_timestamp_seconds{host="signer1",name="contracts"} 1798761600'
    assert metric in found["prometheus"]


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_date_that_is_one_is_shown(date: str) -> None:
    found = texts(host("signer1", "2026-12-24T00:00:00Z", FIRST), host("signer2", date, NEXT, live=date))

    row = next(one for one in json.loads(found["json"])["certificates"] if one["host"] == "signer2")
    assert (row["expires"], row["not_after"], row["waiting_since"], row["renew_at"]) == (date,) * 4
    metric = 'wotrus_certificate_expires_timestamp_seconds{host="signer2",name="contracts"} (\\S+)'
    seconds = re.findall(metric, found["prometheus"])
    assert seconds == {"0": ["-62135596800"], "9": ["253402300799"]}[date[0]]
    order = next(
        one for one in csv.DictReader(io.StringIO(found["orders"].removeprefix("\ufeff"))) if one["order_id"] == NEXT
    )
    assert (order["ordered_at"], order["month"]) == (date, {"0": "0001-01", "9": ""}[date[0]])


@pytest.mark.parametrize("date", DATES, ids=str)
def test_a_date_of_the_journal_costs_no_other_line(tmp_path: pathlib.Path, date: object) -> None:
    journal = tmp_path / "orders.jsonl"
    journal.write_text(ordered(FIRST, time=date) + ordered(NEXT))
    orders = [answer(FIRST, str(date)), answer(NEXT, "2026-11-10T00:00:00Z")]

    found = read_journal(str(journal))
    report = report_data([{"host": "signer1", "deployments": [], "orders": orders}], now=NOW, journal=found)

    assert [one["order_id"] for one in report["orders"] if one["month"] == "2026-11"] == [NEXT]
    assert len(report["orders"]) == 2
    assert report_text(report, "orders").count("\n") == 3
    assert times_sent(str(journal), "unknown") == []
