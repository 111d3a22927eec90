# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of a push finds the order's hosts and queries WoTrus.

It finds the hosts by their records.
"""

from __future__ import annotations

from tests.helpers import bots
from tests.helpers.sandbox import Sandbox

from . import tables
from .checks import posts
from .conftest import Charged
from .harness import Host, Run, Site, entry

PLAYBOOK = "wotrus.pki.deploy_on_push"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def push(site: Site, order_ids: object = None, **variables: object) -> Run:
    """Run the playbook as a rulebook does."""
    given = {"wotrus_order_ids": order_ids} if order_ids is not None else {}
    return site.run(playbook=PLAYBOOK, variables={**given, **variables})


def order_of(host: Host, name: str = "contracts") -> str:
    """Return the id of the order that a host waits for."""
    return host.folder(name).pending_order_id


def test_invalid_id_is_refused_before_anything_is_read(site: Site) -> None:
    site.host()

    run = push(site, [UNKNOWN, "../Cancel"])

    assert run.code != 0
    assert "wotrus_order_ids must have the ids of orders" in run.output
    assert not run.on_target()


def test_only_the_certificates_of_the_orders_are_deployed_and_a_failure_holds_up_no_other_host(
    sandbox: Sandbox, site: Site, charged: Charged
) -> None:
    sandbox.settings(manual_review=True)
    site.variables["wotrus_max_charged_orders"] = 6
    host = site.host(wotrus_certificates=[entry("contracts"), entry("invoices")])
    refused, waiting, other, gone = (site.host(name) for name in ("refused", "waiting", "other", "gone"))
    site.given()
    for issued in (order_of(host), order_of(host, "invoices"), order_of(other), order_of(gone)):
        sandbox.order(issued, "issue")
    sandbox.order(order_of(refused), "close")
    before, lost = other.folder().contents(), order_of(gone)
    gone.wipe()
    sandbox.clear_calls()

    orders = f" {order_of(refused)}, {order_of(host).swapcase()} , {order_of(waiting)}, {UNKNOWN}"
    run = push(site, orders, wotrus_replace_orders=[order_of(refused)])

    assert run.code != 0
    assert {task.host for task in run.tasks if task.status == "failed"} == {refused.name}
    assert [bool(one.folder().release) for one in (host, refused, waiting)] == [True, False, False]
    assert host.folder("invoices").release is None
    # The push is not for it, but an entry names it.
    assert "No entry of this host has this name" not in run.output
    assert f"names order {UNKNOWN}. There is nothing to do." in run.output
    # A dead order is not replaced, whatever an extra variable says.
    assert (charged(), posts(sandbox)) == (6, [])
    # The other host is looked at once, and nothing else happens there.
    assert len(run.on_target(other.name)) == 1
    assert other.folder().contents() == before

    unrecorded = push(site, lost)

    assert unrecorded.code != 0
    assert any("which WoTrus has issued" in message for message in unrecorded.failures)
    # Query does not know the order yet.
    sandbox.settings(query_delay=3600)

    early = push(site, order_of(waiting))

    assert (early.code, waiting.folder().release) == (0, None), early.output


def test_a_group_without_certificates_fails(site: Site) -> None:
    site.host()
    site.variables.pop("wotrus_certificates")
    run = push(site, UNKNOWN)

    assert run.code != 0
    assert "No host of this play has wotrus_certificates" in run.output


def test_what_failed_is_named_though_another_order_was_deployed(sandbox: Sandbox, site: Site) -> None:
    sandbox.settings(manual_review=True)
    site.variables["wotrus_max_charged_orders"] = 4
    host, damaged, idle, gone = (site.host(name) for name in ("host", "damaged", "idle", "gone"))
    site.given()
    orders = [order_of(one) for one in (host, gone)]
    for issued in orders:
        sandbox.order(issued, "issue")
    (damaged.folder().path / "record.json").write_text("{")
    gone.wipe()
    away = site.unreachable_host()
    with bots.start("wecom") as team:
        url = f"{team.url}/cgi-bin/webhook/send?key=a1b2c3d4"

        run = push(site, orders, wotrus_webhooks=[{"kind": "wecom", "url": url}])

        sent = "\n".join(bots.text_of("wecom", request.json) for request in team.requests)

    assert run.code != 0
    assert host.folder().release
    assert tables.artifact(run, "wotrus_summary")["without_result"] == [away.name]
    failing = tables.artifact(run, "wotrus_failing")
    assert "record" in failing[damaged.name][0]["msg"]
    assert any("which WoTrus has issued" in row["msg"] for rows in failing.values() for row in rows)
    assert tables.artifact(run, "wotrus_summary")["deployed"] == 1
    for text in (sent, tables.artifact(run, "wotrus_notification")):
        assert f"{away.name}: Ansible did not reach this host." in text
        assert damaged.name in text
        assert idle.name not in text


def test_push_that_no_host_has_is_named_too(site: Site) -> None:
    host = site.host()
    site.given()
    lost = host.folder().live_order_id
    host.wipe()

    run = push(site, lost)

    assert run.code != 0
    ((row,),) = tables.artifact(run, "wotrus_failing").values()
    assert "which WoTrus has issued" in row["msg"]
    assert tables.artifact(run, "wotrus_summary")["without_result"] == []
