# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts in one run, and the order limit."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.sandbox import Sandbox
from tests.helpers.scripted_server import Script

from . import tables
from .checks import posts
from .conftest import Charged
from .harness import ROOT, Site, entry
from .test_reload import reload_command
from .test_webhooks import bot, sent, webhook

__all__ = ["bot"]
ISSUE = "wotrus.pki.issue"


def test_batches_are_limited_and_notified_one_by_one_and_a_failed_canary_stops_the_rest(
    site: Site, sandbox: Sandbox, charged: Charged, bot: Script, tmp_path: Path
) -> None:
    first, second = site.host("first"), site.host("second", own=[entry("invoices")])
    command = reload_command(first.folder(), tmp_path)
    site.variables.update(
        wotrus_certificates="{{ own | default(contracts) }}",
        contracts=[entry(reload={"command": command})],
        wotrus_webhooks=[webhook(bot)],
    )

    small = site.run(playbook=ISSUE, variables={"wotrus_serial": 1})

    assert small.code != 0
    assert charged() == 1
    assert any("set wotrus_max_charged_orders to 2" in message for message in small.failures)
    assert (first.folder().release is None, second.folder("invoices").release is None) == (False, True)
    assert [[host.name in text for host in (first, second)] for text in sent(bot)] == [[True, False], [False, True]]
    sandbox.clear_calls()

    # The name is that of another batch than the first.
    named = site.run(playbook=ISSUE, variables={"wotrus_serial": 1, "wotrus_reissue": "invoices"})

    assert named.code == 0, named.output
    assert posts(sandbox) == ["create"]
    releases = first.folder().release, second.folder("invoices").release
    assert None not in releases
    (tmp_path / "broken").touch()

    canary = site.run(
        playbook="wotrus.pki.reissue",
        variables={"wotrus_reissue": ["contracts", "invoices"], "wotrus_serial": [1, "100%"]},
    )

    assert canary.code != 0
    assert (first.folder().release, second.folder("invoices").release) == releases
    assert canary.on_target(second.name) == []
    assert "in later batches" not in canary.output
    assert "without a result     1" in canary.output


def test_order_limit_holds_for_the_strategy_free(site: Site, charged: Charged) -> None:
    site.hosts(2)

    run = site.run(play={"strategy": "free"})

    assert run.code != 0
    assert "wotrus_max_charged_orders" in "".join(run.failures)
    assert charged() <= 1


def test_hosts_that_are_lost_in_the_middle_keep_their_orders_in_the_results(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    leaving, lost = (site.host(name, ansible_connection="leaving") for name in ("leaving", "lost"))
    site.host("well")
    site.environment["ANSIBLE_CONNECTION_PLUGINS"] = str(ROOT / "tests" / "helpers" / "connection_plugins")
    # The first host has this file once it is prepared, and its order is sent next. The other one is lost before it.
    site.environment["LEAVING_AT"] = str(leaving.folder().path / "record.json")

    run = site.run("--forks", "1", playbook=ISSUE, variables={"wotrus_max_charged_orders": 3})

    order = sandbox.state()["orders"][-2]
    row = run.result(host=leaving.name)
    assert run.code != 0
    assert (row["result"], row["error_code"], row["charged"]) == ("failed", "host_unreadable", "yes")
    assert (row["order_id"].lower(), "The host has left" in row["msg"]) == (order["id"].lower(), True)
    found = tables.artifact(run, "wotrus_summary")
    assert run.recap[lost.name]["unreachable"] == 1
    assert (found["without_result"], found["results"]) == ([lost.name], {"deployed": 1, "failed": 1})
    assert charged() == 2
