# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts in one run, and the order limit."""

from __future__ import annotations

from tests.helpers.sandbox import Sandbox

from . import tables
from .conftest import Charged
from .harness import ROOT, Site


def test_batches_count_what_earlier_batches_placed(site: Site, charged: Charged) -> None:
    hosts = site.hosts(2)

    small = site.run(play={"serial": 1})

    assert small.code != 0
    assert charged() == 1
    assert any("set wotrus_max_charged_orders to 2" in message for message in small.failures)
    assert [host.folder().release is None for host in hosts] == [False, True]


def test_order_limit_holds_for_the_strategy_free(site: Site, charged: Charged) -> None:
    site.hosts(2)

    run = site.run(play={"strategy": "free"})

    assert run.code != 0
    assert "wotrus_max_charged_orders" in "".join(run.failures)
    assert charged() <= 1


def test_free_strategy_shows_a_plan_too(site: Site, sandbox: Sandbox) -> None:
    hosts = site.hosts(2)

    run = site.issue("--check", play={"strategy": "free"})

    assert {line.split()[0] for line in run.table()[2:]} <= {host.name for host in hosts}
    assert sandbox.calls() == []


def test_host_that_becomes_unreachable_keeps_its_order_in_the_results(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    host = site.host(ansible_connection="leaving")
    site.environment["ANSIBLE_CONNECTION_PLUGINS"] = str(ROOT / "tests" / "helpers" / "connection_plugins")
    # The host has this file once it is prepared, and the order is sent next.
    site.environment["LEAVING_AT"] = str(host.folder().path / "record.json")

    run = site.run()

    order = sandbox.state()["orders"][-1]
    row = run.result()
    assert run.code != 0
    assert (row["result"], row["error_code"], row["charged"]) == ("failed", "host_unreadable", "yes")
    assert (row["order_id"].lower(), "The host has left" in row["msg"]) == (order["id"].lower(), True)
    assert charged() == 1


def test_host_that_is_lost_after_its_plan_has_no_result(site: Site, charged: Charged) -> None:
    site.host()
    lost = site.host("lost", ansible_connection="leaving")
    site.environment["ANSIBLE_CONNECTION_PLUGINS"] = str(ROOT / "tests" / "helpers" / "connection_plugins")
    gone = site.folder / "gone"
    site.environment["LEAVING_AT"] = str(gone)
    with site.held_before(
        "Apply the plan", playbook="wotrus.pki.issue", variables={"wotrus_max_charged_orders": 2}
    ) as started:
        gone.touch()

    run = started.finish()

    found = tables.artifact(run, "wotrus_summary")
    assert run.recap[lost.name]["unreachable"] == 1
    assert (found["without_result"], found["results"]) == ([lost.name], {"deployed": 1})
    assert charged() == 1
