# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An order under review is a result, and the next run continues."""

from __future__ import annotations

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed, posts
from .conftest import Charged
from .harness import ROLE, Host, Site, entry

_HOUR = 3600


def test_pending_order_is_resumed_until_it_is_deployed(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    sandbox.settings(manual_review=True)

    first = site.issue()

    assert first.recap[host.name]["changed"] > 0
    order_id = host.folder().pending_order_id
    row = [host.name, "contracts", "waiting", order_id.strip(), "yes", "ca"]
    assert first.table()[-1].split()[:6] == row
    assert "is under review at WoTrus" in first.result()["msg"]
    assert first.result()["steps"] == ["prepared", "ordered"]
    assert first.result()["waiting_since"]
    assert host.folder().release is None
    key = (host.folder().pending / "privkey.pem").read_bytes()
    before = host.folder().contents()
    sandbox.clear_calls()

    again = site.issue()

    assert again.changed == 0
    assert posts(sandbox) == []
    (plan,) = again.plans(host.name)
    assert (plan["action"], plan["reason"], plan["may_be_charged"]) == ("resume", "pending_review", False)
    assert again.table()[-1].split()[2:6] == ["waiting", order_id.strip(), "no", "ca"]
    # Where nothing can be done, one look at the host is enough.
    assert len(again.on_target()) == 1
    assert host.folder().contents() == before
    sandbox.order(host.folder().pending_order_id, "approve")

    last = site.issue()

    assert_deployed(host.folder(), sandbox)
    assert (host.folder().live / "privkey.pem").read_bytes() == key
    assert charged() == 1
    assert posts(sandbox) == []
    assert [one.states for one in last.on_target()] == [["look"], ["present"]]


def test_wait_ends_when_the_review_does(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    hosts = site.hosts(2)
    site.variables.update(wotrus_wait_timeout=90, wotrus_max_charged_orders=2)
    sandbox.settings(review_delay=_HOUR)
    # Each host asks for its order once it is placed; the next questions are those of the wait.
    sandbox.fault("query", "hold", times=2, skip=2)

    started = site.start()
    assert sandbox.wait_for_hold(2) == 2
    noted = [host.folder().pending_order_id.lower() for host in hosts]
    assert noted == [order["id"].strip().lower() for order in _orders(sandbox, hosts)]
    sandbox.clock(advance=_HOUR)
    sandbox.release()
    run = started.finish()

    assert run.code == 0, run.output
    for host in hosts:
        assert_deployed(host.folder(), sandbox, at_time=False)
    assert len(run.named("Wait for the pending orders of all hosts")) == 1
    assert charged() == 2


def _orders(sandbox: Sandbox, hosts: list[Host]) -> list[dict[str, str]]:
    """Return the orders of hosts by their recorded idempotence values."""
    by_value = {order["idempotence"]: order for order in sandbox.state()["orders"]}
    return [by_value[host.folder().record["pending"]["idempotence_id"]] for host in hosts]


def test_wait_that_ends_before_the_review_is_no_failure(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    sandbox.settings(manual_review=True)

    run = site.issue(variables={"wotrus_wait_timeout": 1})

    assert len(run.named("Wait for the pending orders of all hosts")) == 1
    assert host.folder().pending_order_id
    assert host.folder().release is None


def test_the_longest_wait_is_that_of_all_batches_together(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    hosts = site.hosts(3)
    sandbox.settings(manual_review=True)

    run = site.run(play={"serial": 1}, variables={"wotrus_wait_timeout": 2, "wotrus_max_charged_orders": 3})

    assert run.code == 0, run.output
    # The first batch used it up; the others note their orders all the same.
    (waited,) = run.named("Wait for the pending orders of all hosts")
    assert not waited.result["all_done"]
    assert all(host.folder().pending_order_id for host in hosts)
    assert charged() == 3


def test_role_uses_only_answers_about_its_own_certificates(site: Site, sandbox: Sandbox) -> None:
    host = site.host(wotrus_certificates=[entry("issued")])
    sandbox.settings(manual_review=True)
    site.issue(variables={"wotrus_wait_timeout": 0})
    sandbox.order(host.folder("issued").pending_order_id, "approve")
    sandbox.settings(manual_review=False, review_delay=_HOUR)
    # The first question is asked once the order is placed; the second is that of the wait.
    sandbox.fault("query", "hold", skip=1)
    twice = [
        {"ansible.builtin.include_role": {"name": ROLE}, "vars": {"wotrus_certificates": [entry(name)]}}
        for name in ("waited-for", "issued")
    ]

    started = site.start(tasks=twice, variables={"wotrus_wait_timeout": 60})
    assert sandbox.wait_for_hold() == 1
    sandbox.clock(advance=_HOUR)
    sandbox.release()
    run = started.finish()

    assert run.code == 0, run.output
    # The first is fetched after a wait; the second, at the same place of its list, at once.
    assert len(run.named("Deploy the certificates that were issued meanwhile")) == 1
    for name in ("waited-for", "issued"):
        assert_deployed(host.folder(name), sandbox, at_time=False)


def test_pending_host_does_not_stop_other_hosts(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    slow, quick = site.host("slow"), site.host("quick")
    sandbox.settings(manual_review=True)
    site.issue("--limit", slow.name)
    sandbox.settings(manual_review=False)

    run = site.issue()

    assert_deployed(quick.folder(), sandbox)
    assert slow.folder().release is None
    assert [(line.split()[0], line.split()[2]) for line in run.table()[2:]] == [
        (slow.name, "waiting"),
        (quick.name, "deployed"),
    ]
    assert charged() == 2


@pytest.mark.manual("3.pending-link", "3.no-dcv-needed", "3.is-pay-0")
@pytest.mark.parametrize(
    ("action", "reason"), [("dcv", "pending_validation"), ("unpaid", "pending_payment")], ids=["domain", "payment"]
)
def test_order_that_waits_for_the_customer_shows_the_link(
    site: Site, sandbox: Sandbox, charged: Charged, action: str, reason: str
) -> None:
    host = site.host()
    sandbox.settings(manual_review=True)
    site.issue()
    order_id = host.folder().pending_order_id
    sandbox.order(order_id, action)

    run = site.issue()

    assert [plan["reason"] for plan in run.plans(host.name)] == [reason]
    assert (run.result()["result"], run.result()["waiting_for"]) == ("waiting", "you")
    assert run.result()["pending_link"].startswith(sandbox.url)
    sandbox.order(order_id, "paid")
    sandbox.order(order_id, "approve")

    site.issue()

    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


def test_record_names_the_order_and_holds_no_secrets(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    organization = {"name": "示例科技有限公司", "id_card_number": "110101199003070011", "user_mobile": "13800000000"}
    site.variables["wotrus_certificates"] = [entry(organization=organization)]

    site.issue()

    record = host.folder().record
    text = host.folder().record_file.read_text()
    assert record["order_name"] == f"contracts@{host.name}"
    known = {order["id"].strip().lower() for order in sandbox.state()["orders"]}
    assert record["live"]["order_id"].lower() in known
    for secret in ("110101199003070011", "13800000000", sandbox.token, "PRIVATE KEY"):
        assert secret not in text
