# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an inventory entry to a deployed certificate, then no change."""

from __future__ import annotations

import datetime as dt

from tests.helpers.sandbox import Sandbox
from tests.helpers.scripted_server import Script

from .checks import assert_deployed, certificate
from .conftest import Charged
from .harness import Site, entry, entry_for
from .test_webhooks import bot, sent, webhook

__all__ = ["bot"]


def test_first_run_deploys_and_the_second_has_nothing_to_do(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host(ansible_pipelining=False)
    site.variables["wotrus_certificates"] = [entry("contracts"), entry_for("示例科技" * 16, name="invoices", months=24)]
    site.variables["wotrus_max_charged_orders"] = 2

    # No handler listens, so nothing runs on the host once it was deployed.
    other = {"name": "Restart something else", "ansible.builtin.debug": {"msg": "done"}}

    first = site.issue("-vvvv", play={"handlers": [other]})

    for name in ("contracts", "invoices"):
        assert_deployed(host.folder(name), sandbox)
    assert [(plan["action"], plan["reason"]) for plan in first.plans(host.name)] == [("order", "not_ordered")] * 2
    order_id, expires = host.folder().live_order_id, first.result()["expires"]
    assert first.table()[-2].split() == [host.name, "contracts", "deployed", order_id, "yes", "-", expires, "-"]
    assert first.result()["steps"] == ["prepared", "ordered", "deployed"]
    assert "[WARNING]" not in first.output
    # cryptography counts the bytes of a name, and Ansible shows what a worker writes to standard error.
    assert "UserWarning" not in first.output
    # A look to plan, the key, and the certificate.
    assert [one.states for one in first.on_target()] == [["look"] * 2, ["prepared"] * 2, ["present"] * 2]
    # No module is copied to the host.
    assert " EXEC " in first.output
    assert " PUT " not in first.output
    long = certificate(host.folder("invoices"))
    assert long.not_after - long.not_before > dt.timedelta(days=700)
    assert charged() == 2
    before = host.folder().contents()
    sandbox.clear_calls()

    second = site.issue()

    assert second.changed == 0
    assert [call["endpoint"] for call in sandbox.calls()] == ["query"] * 2
    assert [(one.action, one.states) for one in second.on_target()] == [("wotrus.pki.wotrus_plan_info", ["look"] * 2)]
    assert host.folder().contents() == before
    assert charged() == 2


def test_check_mode_shows_the_plan_and_does_nothing(site: Site, sandbox: Sandbox, bot: Script) -> None:
    hosts = site.hosts(2)
    site.variables.update(
        wotrus_certificates=[entry(reload={"handler": "Restart the singer"})], wotrus_webhooks=[webhook(bot)]
    )

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

    handlers = [{"name": "Restart the signer", "ansible.builtin.debug": {"msg": "done"}}]
    allowed = site.issue("--check", "--diff", play={"handlers": handlers}, variables={"wotrus_max_charged_orders": 2})

    assert all(f'+    "order_name": "contracts@{host.name}"' in allowed.output for host in hosts)
    assert {name: counts["changed"] for name, counts in allowed.recap.items()} == {host.name: 1 for host in hosts}
    # A handler that the play lacks is shown before anything is sent.
    shown = " ".join(allowed.output.split())
    assert "[WARNING]: Certificate 'contracts': reload.handler 'Restart the singer'" in shown
    assert (sandbox.calls(), sent(bot)) == ([], [])
    assert not any(host.base_dir.exists() for host in hosts)
