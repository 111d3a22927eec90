# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts in one run, and the order limit."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed, certificate
from .conftest import Charged
from .harness import Site, entry


def test_fleet_of_ten_in_batches_of_three_counts_what_earlier_batches_placed(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    hosts = site.hosts(10)
    batches = {"serial": 3}
    site.variables["wotrus_max_charged_orders"] = 5

    small = site.run(play=batches)

    assert small.code != 0
    assert charged() == 3
    assert any(
        "may place 6 charged orders" in message and "set wotrus_max_charged_orders to 6" in message
        for message in small.failures
    )
    assert [host.folder().release is None for host in hosts] == [False] * 3 + [True] * 7
    site.variables["wotrus_max_charged_orders"] = 7

    # The hosts of the first batch have theirs, so seven are left to buy.
    enough = site.issue(play=batches)

    assert charged() == 10
    for host in hosts:
        assert_deployed(host.folder(), sandbox)
    assert {name for name, counts in enough.recap.items() if counts["changed"]} == {host.name for host in hosts[3:]}
    sandbox.clear_calls()

    again = site.issue(play=batches)

    assert again.changed == 0
    assert [call["endpoint"] for call in sandbox.calls()] == ["query"] * 10
    assert len(again.on_target()) == 10


def test_order_limit_sends_nothing_and_names_the_number(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    hosts = site.hosts(2)
    site.variables["wotrus_certificates"] = [entry("contracts"), entry("invoices")]

    run = site.run()

    assert run.code != 0
    assert sandbox.calls() == []
    assert len(run.failures) == 2
    for message in run.failures:
        assert "may place 4 charged orders" in message
        assert "set wotrus_max_charged_orders to 4" in message
    assert [(row["result"], row["error_code"], row["charged"]) for row in run.results()] == [
        ("blocked", "order_limit", False)
    ] * 4
    assert not any(host.base_dir.exists() for host in hosts)
    assert charged() == 0


def test_free_work_is_done_above_the_order_limit(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    paid = site.host("paid")
    sandbox.settings(manual_review=True)
    site.issue()
    sandbox.order(paid.folder().pending_order_id, "approve")
    new = site.hosts(2)

    run = site.run()

    assert run.code != 0
    assert_deployed(paid.folder(), sandbox)
    assert [run.result(host=host.name)["error_code"] for host in new] == ["order_limit"] * 2
    assert charged() == 1


def test_key_of_a_refused_order_is_used_for_the_changed_entry(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    wanted = entry("contracts", months=24)
    host = site.host()
    site.variables["wotrus_certificates"] = [wanted]
    sandbox.fault("create", "status", status=403)
    assert site.run().code != 0
    key = (host.folder().pending / "privkey.pem").read_bytes()
    site.variables["wotrus_certificates"] = [{**wanted, "months": 12, "common_name": "示例科技集团"}]

    site.issue()

    assert charged() == 1
    assert_deployed(host.folder(), sandbox)
    found = certificate(host.folder())
    assert found.not_valid_after_utc - found.not_valid_before_utc < dt.timedelta(days=370)
    assert "示例科技集团" in found.subject.rfc4514_string()
    assert (host.folder().live / "privkey.pem").read_bytes() == key


@pytest.mark.parametrize("most", [1, 2], ids=["too few", "enough"])
def test_order_limit_holds_for_the_strategy_free(site: Site, sandbox: Sandbox, charged: Charged, most: int) -> None:
    hosts = site.hosts(2)
    site.variables["wotrus_max_charged_orders"] = most

    run = site.run(play={"strategy": "free"})

    if most == 2:
        assert run.code == 0, run.output
        for host in hosts:
            assert_deployed(host.folder(), sandbox)
        assert site.issue(play={"strategy": "free"}).changed == 0
    else:
        assert run.code != 0
        assert "wotrus_max_charged_orders" in "".join(run.failures)
    assert charged() <= most


def test_free_strategy_shows_a_plan_too(site: Site, sandbox: Sandbox) -> None:
    hosts = site.hosts(2)

    run = site.issue("--check", play={"strategy": "free"})

    assert {line.split()[0] for line in run.table()[2:]} <= {host.name for host in hosts}
    assert sandbox.calls() == []


def test_failed_host_does_not_stop_other_hosts(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    broken = site.host("broken", wotrus_base_dir="/proc/wotrus")
    sound = site.host("sound")
    site.variables["wotrus_max_charged_orders"] = 2

    run = site.run()

    assert run.code != 0
    assert run.recap[broken.name]["failures"] == 1
    assert run.recap[sound.name]["failures"] == 0
    assert_deployed(sound.folder(), sandbox)
    assert charged() == 1


def test_blocked_certificate_does_not_stop_others_of_its_host(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    site.variables["wotrus_certificates"] = [
        entry("contracts", product="individual_document_signing"),
        entry("invoices"),
    ]

    run = site.run()

    assert run.code != 0
    assert run.failures[0].startswith("contracts: Order ")
    assert "is not for this certificate" in run.failures[0]
    assert run.result("contracts")["error_code"] == "order_mismatch"
    assert_deployed(host.folder("invoices"), sandbox)
    assert_deployed(host.folder("contracts"), sandbox)
    assert charged() == 2
