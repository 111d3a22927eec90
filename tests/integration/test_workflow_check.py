# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode shows changes, charges and the request; nothing is changed."""

from __future__ import annotations

import re

from tests.helpers.sandbox import DAY, Sandbox

from . import tables
from .checks import certificate, posts
from .harness import Site, entry

IDENTITY = "110101199003070011"
LIMIT_TASK = "Check the plans of all hosts"


def test_check_mode_predicts_what_changes(site: Site, sandbox: Sandbox) -> None:
    well, lost = site.host("well"), site.host("lost")
    site.variables["wotrus_max_charged_orders"] = 2
    site.issue()
    (lost.folder().live / "privkey.pem").unlink()
    ready = site.host("ready")
    sandbox.settings(manual_review=True)
    site.issue("--limit", ready.name)
    sandbox.order(ready.folder().pending_order_id, "approve")
    sandbox.settings(manual_review=False)
    new = site.host("new")
    sandbox.clear_calls()

    checked = site.issue("--check")

    assert posts(sandbox) == []
    predicted = {name for name, counts in checked.recap.items() if counts["changed"]}
    run = site.issue()
    assert {name for name, counts in run.recap.items() if counts["changed"]} == {lost.name, ready.name, new.name}
    assert predicted == {lost.name, ready.name, new.name}
    assert checked.recap[well.name]["changed"] == 0


def test_check_mode_predicts_that_the_order_limit_is_exceeded(site: Site, sandbox: Sandbox) -> None:
    site.hosts(3)

    run = site.run("--check")

    assert sandbox.calls("create") == []
    assert "Set wotrus_max_charged_orders to 3" in " ".join(run.output.split())
    assert [row["may be charged"] for row in tables.plan(run)] == [tables.YES] * 3


def test_check_mode_with_diff_shows_the_request(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    organization = {"name": "示例科技有限公司", "country_code": "CN", "id_card_number": IDENTITY}
    site.variables["wotrus_certificates"] = [entry(common_name="示例合同签章", organization=organization)]

    run = site.issue("--check", "--diff")

    assert sandbox.calls("create") == []
    for word in ("pdf_signing", "示例合同签章", "示例科技有限公司", f"contracts@{host.name}"):
        assert word in tables.diff(run)
    assert re.search(r"\b12\b", tables.diff(run))
    assert IDENTITY not in run.output + tables.diff(run)


def test_plan_shows_what_may_be_charged_for_which_term(site: Site, sandbox: Sandbox) -> None:
    due = site.host("due")
    site.issue()
    sandbox.clock(advance=345 * DAY)
    well = site.host("well")
    site.issue("--limit", well.name)
    new = site.host("new")

    run = site.issue("--check", variables={"wotrus_max_charged_orders": 2})

    ends = {host.name: f"{certificate(host.folder()).not_valid_after_utc:%Y-%m-%d}" for host in (due, well)}
    rows = {row["host"]: row for row in tables.plan(run)}
    shown = {
        name: (row["action"], row["may be charged"], row["months"], row["expires"][:10]) for name, row in rows.items()
    }
    assert shown == {
        due.name: ("renew", tables.YES, "13", ends[due.name]),
        well.name: ("nothing", tables.NO, tables.NONE, ends[well.name]),
        new.name: ("order", tables.YES, "12", tables.NONE),
    }


def test_plan_writes_nothing_on_the_host(site: Site) -> None:
    host = site.host()

    with site.held_before(LIMIT_TASK) as started:
        written = sorted(path.name for path in host.base_dir.rglob("*"))

    assert started.finish().code == 0
    assert written == []


def test_run_that_the_order_limit_stops_leaves_no_key_on_a_host(site: Site, sandbox: Sandbox) -> None:
    few = site.host("few")
    more = site.host("more", wotrus_certificates=[entry("contracts"), entry("invoices")])
    site.variables["wotrus_max_charged_orders"] = 2

    run = site.run()

    assert run.code == 2
    assert sandbox.calls("create") == []
    assert not few.base_dir.exists()
    assert not more.base_dir.exists()
    assert {(row["result"], row["charged"]) for row in tables.results(run)} == {("blocked", tables.NO)}
