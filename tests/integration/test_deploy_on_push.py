# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of a push finds the order's hosts and queries WoTrus.

It finds the hosts by their records.
"""

from __future__ import annotations

import json

import pytest

from tests.helpers.sandbox import Sandbox

from .conftest import Charged
from .harness import Host, Run, Site, entry

PLAYBOOK = "wotrus.pki.deploy_on_push"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def push(site: Site, order_id: object = None, **variables: object) -> Run:
    """Run the playbook as a rulebook does."""
    given = {"wotrus_order_id": order_id} if order_id is not None else {}
    return site.run(playbook=PLAYBOOK, variables={**given, **variables})


def key(order_id: str) -> str:
    """Return the form of an order's id that events have."""
    return order_id.strip().strip("{}").lower()


def order_of(host: Host, name: str = "contracts") -> str:
    """Return the id of the order that a host waits for."""
    return host.folder(name).pending_order_id


def test_only_the_certificate_of_the_order_is_deployed_and_only_on_its_host(sandbox: Sandbox, site: Site) -> None:
    sandbox.settings(manual_review=True)
    site.variables["wotrus_certificates"] = [entry("contracts"), entry("invoices")]
    site.variables["wotrus_max_charged_orders"] = 4
    host, other = site.hosts(2)
    site.issue()
    order_id = order_of(host)
    for one in (host, other):
        for name in ("contracts", "invoices"):
            sandbox.order(order_of(one, name), "issue")
    before = other.folder().contents()

    run = push(site, f" {order_id.swapcase()} ")

    assert run.code == 0, run.output
    assert host.folder("contracts").release
    assert host.folder("invoices").release is None
    assert other.folder().contents() == before
    assert {task.host for task in run.on_target()} == {host.name, other.name}
    # The other host is looked at once, and nothing else happens there.
    assert len(run.on_target(other.name)) == 1
    again = push(site, order_id)
    assert (again.code, again.changed) == (0, 0)


@pytest.mark.parametrize("order_id", [None, "../Cancel", "a\nb"])
def test_invalid_id_is_refused_before_anything_is_read(site: Site, order_id: object) -> None:
    site.host()

    run = push(site, order_id)

    assert run.code != 0
    assert "wotrus_order_id must be the id of an order" in run.output
    assert not run.on_target()


def test_several_orders_are_one_run_and_its_report_names_each(sandbox: Sandbox, site: Site) -> None:
    sandbox.settings(manual_review=True)
    site.variables["wotrus_max_charged_orders"] = 4
    hosts = site.hosts(4)
    site.issue()
    done, still_pending, refused, other = [order_of(host) for host in hosts]
    sandbox.order(done, "issue")
    sandbox.order(refused, "close")
    report = site.folder / "report.json"
    ids = [done, still_pending, refused, UNKNOWN]

    run = push(site, wotrus_order_ids=ids, wotrus_push_report=str(report))

    # The failure of a host keeps neither the others nor the report.
    assert run.code != 0
    assert hosts[0].folder().release
    found = json.loads(report.read_text())
    assert found["done"] == [key(done), key(refused)]
    assert found["failed"] == [key(still_pending), UNKNOWN]
    assert found["missing"] == [UNKNOWN]
    # It names the host of each pending order, so that the next run reads that host alone.
    assert found["hosts"][key(other)] == [hosts[3].name]
    sandbox.order(other, "issue")
    again = push(
        site,
        wotrus_order_ids=[other],
        wotrus_order_hosts=found["hosts"][key(other)],
        wotrus_push_report=str(report),
    )
    assert again.code == 0, again.output
    assert {task.host for task in again.on_target()} == {hosts[3].name}
    assert json.loads(report.read_text())["done"] == [key(other)]


def test_ids_may_be_one_text_with_commas(sandbox: Sandbox, site: Site) -> None:
    sandbox.settings(manual_review=True)
    site.variables["wotrus_max_charged_orders"] = 2
    hosts = site.hosts(2)
    site.issue()
    ids = [order_of(host) for host in hosts]
    for order_id in ids:
        sandbox.order(order_id, "issue")

    run = push(site, wotrus_order_ids=", ".join(ids))

    assert run.code == 0, run.output
    assert all(host.folder().release for host in hosts)


def test_a_report_that_localhost_cannot_write_fails_before_anything_is_done(site: Site) -> None:
    host = site.host()

    run = site.run(
        "--limit",
        host.name,
        playbook=PLAYBOOK,
        variables={"wotrus_order_ids": [UNKNOWN], "wotrus_push_report": str(site.folder / "report.json")},
    )

    assert run.code != 0
    assert "hosts: all,localhost" in run.output
    assert not run.on_target()


def test_a_group_without_hosts_or_certificates_fails(site: Site) -> None:
    site.host()
    assert "No host of the inventory matches" in push(site, UNKNOWN, wotrus_hosts="nothing").output
    site.variables.pop("wotrus_certificates")
    run = push(site, UNKNOWN)

    assert run.code != 0
    assert "No host of this play has wotrus_certificates" in run.output


def test_an_issued_order_that_no_record_names_fails(site: Site) -> None:
    host = site.host()
    site.issue()
    order_id = host.folder().live_order_id
    host.wipe()

    run = push(site, order_id)

    assert run.code != 0
    assert any("which WoTrus has issued" in message for message in run.failures)


def test_an_order_that_no_record_names_and_that_cannot_be_read_fails(sandbox: Sandbox, site: Site) -> None:
    site.host()
    sandbox.fault("query", "null_data", times=-1)

    run = push(site, UNKNOWN)

    assert run.code != 0
    assert any("WoTrus did not say what they are" in message for message in run.failures)


def test_an_event_that_is_not_known_is_refused(site: Site) -> None:
    site.host()

    assert push(site, UNKNOWN, wotrus_push_event="deleted").code != 0


def test_an_order_of_no_host_changes_nothing(sandbox: Sandbox, site: Site) -> None:
    host = site.host()
    site.issue()
    before = host.folder().contents()
    sandbox.clear_calls()

    run = push(site, UNKNOWN)

    assert run.code == 0, run.output
    assert f"names order {UNKNOWN}. There is nothing to do." in run.output
    assert host.folder().contents() == before
    # Only whether it is issued is asked.
    assert [call["endpoint"] for call in sandbox.calls()] == ["query"]


def test_an_unreadable_record_fails_its_host_and_no_other(sandbox: Sandbox, site: Site) -> None:
    sandbox.settings(manual_review=True)
    site.variables["wotrus_max_charged_orders"] = 2
    host, broken = site.hosts(2)
    site.issue()
    order_id = order_of(host)
    sandbox.order(order_id, "issue")
    broken.folder().record_file.write_text("{")

    run = push(site, order_id)

    assert run.code != 0
    assert [task.host for task in run.tasks if task.status == "failed"] == [broken.name]
    assert host.folder().release


def test_a_revocation_stops_until_a_new_order_is_allowed_and_a_false_push_changes_nothing(
    sandbox: Sandbox, site: Site, charged: Charged
) -> None:
    host = site.host()
    site.issue()
    order_id = host.folder().live_order_id
    first = host.folder().release

    lie = push(site, order_id, wotrus_push_event="revoked", wotrus_replace_orders=[order_id])
    assert (lie.code, lie.changed, charged()) == (0, 0, 1)
    # Nor does it renew what is due: that is the schedule's.
    sandbox.clock(advance=345 * 86400)
    lie = push(site, order_id, wotrus_push_event="revoked", wotrus_replace_orders=[order_id])
    assert (lie.code, lie.changed, charged()) == (0, 0, 1)

    sandbox.order(order_id, "revoke")
    stop = push(site, order_id, wotrus_push_event="revoked")
    assert stop.code != 0
    assert any("is revoked" in message for message in stop.failures)
    assert charged() == 1

    renewed = push(site, order_id, wotrus_push_event="revoked", wotrus_replace_orders=[order_id])
    assert renewed.code == 0, renewed.output
    assert charged() == 2
    assert host.folder().release not in (None, first)
    # A replay of the push is about an order that is no longer in use.
    replay = push(site, order_id, wotrus_push_event="revoked", wotrus_replace_orders=[order_id])
    assert (replay.code, replay.changed, charged()) == (0, 0, 2)


def test_a_push_places_no_order(sandbox: Sandbox, site: Site, charged: Charged) -> None:
    sandbox.settings(manual_review=True)
    host = site.host()
    site.issue()
    order_id = order_of(host)
    sandbox.order(order_id, "close")

    push(site, order_id, wotrus_replace_orders=[order_id])

    assert charged() == 1
    assert host.folder().release is None
