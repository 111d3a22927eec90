# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an inventory entry to a deployed certificate, then no change."""

from __future__ import annotations

import datetime as dt

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed, certificate
from .conftest import Charged
from .harness import Site, entry, entry_for


def test_first_run_deploys_and_the_second_has_nothing_to_do(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()

    first = site.issue()

    assert_deployed(host.folder(), sandbox)
    assert [(plan["action"], plan["reason"]) for plan in first.plans(host.name)] == [("order", "not_ordered")]
    order_id, expires = host.folder().live_order_id, first.result()["expires"]
    assert first.table()[-1].split() == [host.name, "contracts", "deployed", order_id, "yes", "-", expires, "-"]
    assert first.result()["steps"] == ["prepared", "ordered", "deployed"]
    assert "[WARNING]" not in first.output
    # A look to plan, the key, and the certificate.
    assert [one.states for one in first.on_target()] == [["look"], ["prepared"], ["present"]]
    assert charged() == 1
    before = host.folder().contents()
    sandbox.clear_calls()

    second = site.issue()

    assert second.changed == 0
    assert [call["endpoint"] for call in sandbox.calls()] == ["query"]
    assert [(one.action, one.states) for one in second.on_target()] == [("wotrus.pki.wotrus_plan", ["look"])]
    assert host.folder().contents() == before
    assert charged() == 1


def test_long_chinese_name_brings_no_warning(site: Site) -> None:
    site.host(wotrus_certificates=[entry_for("示例科技" * 16)])

    runs = [site.issue(), site.issue(playbook="wotrus.pki.status")]

    # cryptography counts bytes, and Ansible shows what a worker writes to standard error.
    for run in runs:
        assert "UserWarning" not in run.output
        assert "errantly" not in run.output
    assert [task.result["warnings"] for run in runs for task in run.tasks if task.result.get("warnings")] == []


def test_no_module_is_copied_to_the_host(site: Site, sandbox: Sandbox) -> None:
    host = site.host(ansible_pipelining=False)

    run = site.issue("-vvvv")

    assert_deployed(host.folder(), sandbox)
    assert " EXEC " in run.output
    assert " PUT " not in run.output


def test_check_mode_shows_the_plan_and_does_nothing(site: Site, sandbox: Sandbox) -> None:
    hosts = site.hosts(2)

    run = site.issue("--check", "--diff")

    header, _line, *rows = run.table()
    words = ["host", "certificate", "action", "reason", "may", "be", "charged", "months", "expires", "next", "step"]
    assert header.split() == words
    assert [row.split()[:7] for row in rows] == [
        [host.name, "contracts", "order", "not_ordered", "yes", "12", "-"] for host in hosts
    ]
    verdict, blocked = run.verdict()
    assert verdict == "orders that may be charged: 2; wotrus_max_charged_orders allows 1"
    named = ", ".join(f"{host.name}: contracts" for host in hosts)
    assert blocked.startswith(f"A run with wotrus_max_charged_orders 1 would not place these orders: {named}.")
    assert "set wotrus_max_charged_orders to 2 for this run" in blocked
    assert {one.states[0] for one in run.on_target()} == {"look"}
    assert {name: counts["changed"] for name, counts in run.recap.items()} == {host.name: 0 for host in hosts}

    allowed = site.issue("--check", "--diff", variables={"wotrus_max_charged_orders": 2})

    assert all(f'+    "order_name": "contracts@{host.name}"' in allowed.output for host in hosts)
    assert {name: counts["changed"] for name, counts in allowed.recap.items()} == {host.name: 1 for host in hosts}
    assert sandbox.calls() == []
    assert not any(host.base_dir.exists() for host in hosts)


def test_two_certificates_of_a_host_share_each_execution(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.variables["wotrus_certificates"] = [entry("contracts"), entry("invoices", months=24)]
    site.variables["wotrus_max_charged_orders"] = 2

    run = site.issue()

    for name in ("contracts", "invoices"):
        assert_deployed(host.folder(name), sandbox)
    assert [one.states for one in run.on_target()] == [["look"] * 2, ["prepared"] * 2, ["present"] * 2]
    long = certificate(host.folder("invoices"))
    assert long.not_valid_after_utc - long.not_valid_before_utc > dt.timedelta(days=700)
    assert charged() == 2


def test_root_has_to_be_the_one_that_the_user_trusts(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()

    run = site.run(variables={"wotrus_root_ca_path": sandbox.tls_ca})

    assert run.code != 0
    assert (run.result()["result"], run.result()["error_code"]) == ("failed", "untrusted_chain")
    assert host.folder().release is None

    site.issue(variables={"wotrus_root_ca_path": sandbox.root_ca})

    assert_deployed(host.folder(), sandbox)
    assert charged() == 1
