# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate is paid once, after any failure of a run."""

from __future__ import annotations

import pytest

from tests.helpers.sandbox import Sandbox

from . import tables
from .checks import assert_deployed, posts
from .conftest import Charged
from .harness import ROOT, Site, entry, held


def test_two_runs_at_the_same_time_place_one_order(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    runs = [site.start(), site.start()]

    ended = [run.finish() for run in runs]

    # Who comes second finds the directory locked or the work done; either way it may simply run again.
    assert 0 in [run.code for run in ended]
    site.issue()
    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


@pytest.mark.parametrize(
    "place", ["Apply the plan", "on target: prepared", "call: create", "call: retrieve", "on target: present"]
)
def test_run_keeps_the_state_that_another_run_deployed_meanwhile(
    site: Site, sandbox: Sandbox, charged: Charged, place: str
) -> None:
    host = site.host()
    sandbox.fault("create", "drop_before", times=-1)
    assert site.run().code != 0
    sandbox.clear_faults()
    with held(site, sandbox, place) as started:
        site.issue()
        made = host.folder().contents()

    held_run = started.finish()

    assert held_run.code == 0, held_run.output
    assert host.folder().contents() == made
    assert_deployed(host.folder(), sandbox)
    assert charged() == 1
    assert site.issue().changed == 0


@pytest.mark.parametrize("review", [False, True])
def test_run_for_an_empty_host_sees_what_another_run_did_there_since_the_plan(
    site: Site, sandbox: Sandbox, charged: Charged, *, review: bool
) -> None:
    host = site.host()
    sandbox.settings(manual_review=review)
    with site.held_before("Apply the plan") as started:
        site.issue()
        made = host.folder().contents()
        sandbox.clear_calls()

    held_run = started.finish()

    assert held_run.code == 0, held_run.output
    assert held_run.result()["result"] == ("waiting" if review else "unchanged")
    assert held_run.result()["steps"] == []
    assert [one.states for one in held_run.on_target()] == [["look"], ["prepared"], ["look"]]
    assert posts(sandbox) == []
    assert host.folder().contents() == made
    assert charged() == 1


def test_order_is_not_recorded_after_another_run_deployed_its_certificate(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    host = site.host()
    sandbox.settings(manual_review=True)
    with site.held_before("on target: recorded") as started:
        sandbox.order(sandbox.state()["orders"][-1]["id"], "approve")
        site.issue()

    held_run = started.finish()

    assert held_run.code == 0, held_run.output
    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


@pytest.mark.manual("1.1-same-orders", "2.idempotence")
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "cut", "html"])
def test_lost_answer_to_an_order_is_no_second_order(site: Site, sandbox: Sandbox, charged: Charged, fault: str) -> None:
    host = site.host()
    sandbox.fault("create", fault)

    run = site.issue()

    assert_deployed(host.folder(), sandbox)
    assert posts(sandbox) == ["create", "create"]
    assert len(run.named("Apply the plan")) == 1
    assert run.result()["charged"] is True
    assert charged() == 1


@pytest.mark.manual("2.idempotence-repeat")
def test_refused_repeat_is_an_error_with_the_message_of_the_server(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    site.host()
    sandbox.settings(repeat_answer="refuse")
    sandbox.fault("create", "drop_after")

    run = site.run()

    assert run.code != 0
    assert any("幂等值" in message for message in run.failures)
    assert charged() == 1


def test_run_that_was_killed_after_the_order_arrived_is_completed_by_the_next(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    host = site.host()
    sandbox.fault("create", "hold", when="after")
    run = site.start()
    sandbox.wait_for_hold()
    key = (host.folder().pending / "privkey.pem").read_bytes()

    run.kill()
    sandbox.release()
    sandbox.clear_faults()

    assert host.folder().pending_order_id is None
    plan = site.issue("--check").table()[-1]
    assert plan.split()[2:5] == ["order", "interrupted", "yes"]
    site.issue()
    assert_deployed(host.folder(), sandbox)
    assert (host.folder().live / "privkey.pem").read_bytes() == key
    assert charged() == 1


def test_rebuilt_host_is_never_charged_again(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    keys = [(host.folder().live / "privkey.pem").read_bytes()]
    for _time in range(2):
        host.wipe()

        run = site.issue()

        assert_deployed(host.folder(), sandbox)
        keys.append((host.folder().live / "privkey.pem").read_bytes())
        assert {"adopted", "reissued", "deployed"} <= set(run.result()["steps"])
        assert run.result()["charged"] is False
        # A person has to learn whose order it was.
        assert "was adopted. Its certificate is for a key that is not on this host" in run.output
    assert len(set(keys)) == 3
    assert charged() == 1
    assert site.issue().changed == 0


def test_rebuilt_host_shows_that_its_order_is_pending(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    sandbox.settings(manual_review=True)
    site.issue()
    order_id = host.folder().pending_order_id
    host.wipe()

    run = site.issue()

    assert (run.result()["result"], run.result()["waiting_for"], run.result()["charged"]) == ("waiting", "ca", False)
    assert "under review" in run.result()["msg"]
    assert host.folder().pending_order_id.lower() == order_id.lower()
    sandbox.settings(manual_review=False)
    sandbox.order(order_id, "approve")
    site.issue()
    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


def test_dead_order_is_replaced_only_if_a_person_requests_it(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    sandbox.settings(manual_review=True)
    site.issue()
    rejected = host.folder().pending_order_id
    sandbox.order(rejected, "reject")
    sandbox.settings(manual_review=False)
    sandbox.clear_calls()

    run = site.run()

    assert run.code != 0
    assert any("rejected" in message for message in run.failures)
    assert posts(sandbox) == []
    site.variables["wotrus_replace_orders"] = [rejected]
    site.issue()
    assert_deployed(host.folder(), sandbox)
    assert host.folder().record["live"]["root_order_id"].lower() != rejected.lower()
    assert charged() == 2
    # It may stay in the inventory.
    assert site.issue().changed == 0
    assert charged() == 2


@pytest.mark.manual("V1.01.renewal-months", "2.month-13", "2.renewal")
def test_renewal_keeps_the_days_and_the_old_pair(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    old = host.folder().contents()
    old_release = host.folder().release
    sandbox.clock(advance=300 * 86400)
    assert site.issue().changed == 0
    sandbox.clock(advance=50 * 86400)
    sandbox.settings(manual_review=True)

    pending = site.issue()

    (plan,) = pending.plans(host.name)
    assert (plan["action"], plan["reason"], plan["may_be_charged"]) == ("renew", "expiring", True)
    assert (pending.result()["result"], pending.result()["charged"]) == ("waiting", True)
    assert host.folder().release == old_release
    record = host.folder().record
    assert record["pending"]["months"] == 13
    assert record["pending"]["follows"].lower() == record["live"]["root_order_id"].lower()
    assert {name: data for name, data in host.folder().contents().items() if name in old and name != "record.json"} == {
        name: data for name, data in old.items() if name != "record.json"
    }
    sandbox.settings(manual_review=False)
    sandbox.order(record["pending"]["order_id"], "approve")
    site.issue()
    assert_deployed(host.folder(), sandbox, at_time=False)
    assert host.folder().release != old_release
    assert site.issue().changed == 0
    assert charged() == 2


def test_two_hosts_with_one_order_name_are_stopped_before_anything_is_sent(site: Site, sandbox: Sandbox) -> None:
    site.hosts(2)
    site.variables["wotrus_certificates"] = [entry(order_name="the-same")]
    site.variables["wotrus_max_charged_orders"] = 2

    run = site.run()

    assert run.code != 0
    assert any("the-same" in message for message in run.failures)
    assert posts(sandbox) == []


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
    assert (row["result"], row["error_code"], row["charged"]) == ("failed", "host_unreadable", True)
    assert (row["order_id"].lower(), "The host has left" in row["msg"]) == (order["id"].lower(), True)
    site.environment["LEAVING_AT"] = "/nonexistent"
    site.issue()
    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


def test_host_that_is_lost_after_its_plan_is_not_reached(site: Site, charged: Charged) -> None:
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
    assert (found["not_reached"], found["results"]) == ([lost.name], {"deployed": 1})
    assert charged() == 1


def test_order_is_recorded_if_its_deployment_fails(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    folder = site.host().folder()
    sandbox.settings(idempotence_lifetime=3600)
    site.variables["wotrus_validate"] = "false %s"

    failed = site.run()

    assert failed.code != 0
    assert failed.result()["error_code"] == "validation_failed"
    assert folder.pending_order_id == failed.result()["order_id"]
    # WoTrus forgets the value, so a repeat would be charged.
    sandbox.clock(advance=2 * 3600)
    sandbox.clear_calls()
    assert site.run().code != 0
    assert posts(sandbox) == []
    del site.variables["wotrus_validate"]

    site.issue()

    assert charged() == 1
    assert_deployed(folder, sandbox)
