# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebooks with real ansible-rulebook, from push to deployed certificate."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.helpers.pushes import PATH_TOKEN, SECRET, encoded, hostile, push, signature
from tests.helpers.sandbox import Sandbox
from tests.integration.harness import COLLECTION, Site, entry

from .fake_controller import FakeController
from .rulebook import Rulebooks, has_certificate, place_orders, start, wait_for_delivery, wait_until

ROOT = Path(__file__).resolve().parents[2]
EVENTS = ROOT / "extensions" / "eda"


def test_a_push_deploys_the_certificate_on_its_host_alone_and_a_revocation_is_an_alert(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    by_order = place_orders(site, "one", "other")
    (order_id, host), (other_id, other) = by_order.items()
    run = start(rulebooks, sandbox)
    sandbox.clear_calls()

    sandbox.order(order_id, "approve")
    wait_for_delivery(run, 1)

    run.wait_for_recaps(1)
    assert has_certificate(host)
    assert not has_certificate(other)
    assert run.deployed_hosts() == [host.name]
    # Nobody asked before the push, and nobody asked for the other order.
    asked = {str(call["order_id"]).strip().lower() for call in sandbox.calls() if call["order_id"]}
    assert asked == {order_id}

    # The first run has seen where the other order is.
    sandbox.order(other_id, "approve")
    wait_for_delivery(run, 2)
    run.wait_for_recaps(2)
    assert run.read_hosts() == [sorted([host.name, other.name]), [other.name]]
    charged = sandbox.state()["charged_orders"]

    sandbox.order(order_id, "revoke")
    alert = f"WoTrus pushed that the certificates of these orders are revoked: {order_id}."
    wait_until("the alert", lambda: alert in run.output, run=run)
    wait_for_delivery(run, 2)

    run.wait_for_recaps(3)
    # Until wotrus_replace_orders names the order, a person has to decide, and nothing was charged.
    assert "to wotrus_replace_orders" in run.output
    assert sandbox.state()["charged_orders"] == charged
    assert "Traceback" not in run.output


def test_orders_of_one_second_are_at_most_two_runs(sandbox: Sandbox, site: Site, rulebooks: Rulebooks) -> None:
    by_order = place_orders(site, *(f"host{number}" for number in range(5)))
    # The approvals are one after the other, and a busy machine may need more than a second for one.
    run = start(rulebooks, sandbox, wotrus_push_collect=10)

    for order_id in by_order:
        sandbox.order(order_id, "approve")
    wait_for_delivery(run, 5)
    run.wait_for_hosts(*(host.name for host in by_order.values()))

    assert all(map(has_certificate, by_order.values()))
    assert run.started <= 2


def test_a_playbook_that_fails_twice_is_run_until_it_works(sandbox: Sandbox, site: Site, rulebooks: Rulebooks) -> None:
    tries = site.folder / "tries"
    command = f"echo x >> {tries}; test $(wc -l < {tries}) -gt 2"
    site.variables["wotrus_certificates"] = [entry(reload={"command": f"sh -c '{command}'"})]
    (order_id, host), *_none = place_orders(site, "one").items()
    # It must be more than a run takes on a busy machine.
    run = start(rulebooks, sandbox, wotrus_push_again_after=240)

    sandbox.order(order_id, "approve")
    wait_for_delivery(run, 1)

    assert has_certificate(host)
    assert len(tries.read_text().splitlines()) == 3
    assert len(list(host.folder().releases.iterdir())) == 1


def test_an_order_that_no_run_can_deploy_is_an_alert(sandbox: Sandbox, site: Site, rulebooks: Rulebooks) -> None:
    tries = site.folder / "tries"
    site.variables["wotrus_certificates"] = [entry(reload={"command": f"sh -c 'echo x >> {tries}; false'"})]
    (order_id, _host), *_none = place_orders(site, "one").items()
    run = start(rulebooks, sandbox, wotrus_push_again_after=240, wotrus_push_max_emissions=2)

    sandbox.order(order_id, "approve")
    alert = f"No run handled these orders, and no further run is started: {order_id}."
    wait_until("the alert", lambda: alert in run.output, run=run)

    assert len(tries.read_text().splitlines()) == 2
    # The alert may be shown before the source has noted that the rules took it.
    wait_until("the order is failed", lambda: run.health()["orders"]["failed"] == 1, run=run)


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_an_order_whose_run_ends_with_ansible_rulebook_is_deployed_after_the_next_start(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks, end: str
) -> None:
    flag = site.folder / "go"
    site.variables["wotrus_certificates"] = [
        entry(reload={"command": f"sh -c 'echo begun >> {flag}.begun; while ! test -e {flag}; do sleep 0.1; done'"})
    ]
    (order_id, host), *_none = place_orders(site, "one").items()
    run = start(rulebooks, sandbox)
    sandbox.order(order_id, "approve")
    wait_until("the playbook runs", lambda: flag.with_name("go.begun").exists(), run=run)

    getattr(run, end)()
    flag.touch()
    again = start(rulebooks, sandbox)
    wait_for_delivery(again, 1)

    assert has_certificate(host)
    assert len(list(host.folder().releases.iterdir())) == 1
    assert sandbox.state()["charged_orders"] >= 1


def test_a_push_stored_before_a_kill_is_handled_once_after_it(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    by_order = place_orders(site, "pushed", "polled")
    (order_id, host), (polled_id, polled) = by_order.items()
    listed = site.folder / "orders.txt"
    run = start(rulebooks, sandbox, wotrus_order_ids_file=str(listed))

    # The source has stored the push and answered it, and its question to WoTrus hangs.
    sandbox.fault("query", "hold", times=-1)
    sandbox.order(order_id, "approve")
    wait_until("the push is answered", lambda: bool(sandbox.pushes()) and sandbox.pushes()[-1]["done"], run=run)
    sandbox.wait_for_hold()
    run.kill()
    assert run.plays == []
    sandbox.clear_faults()

    # An order of which no push came is polled.
    sandbox.settings(push_url="")
    sandbox.order(polled_id, "approve")
    listed.write_text(f"{polled_id}\n")
    again = rulebooks.start("wotrus.pki.deploy_on_event", variables={"wotrus_order_ids_file": str(listed)})
    wait_for_delivery(again, 2)
    assert has_certificate(host)
    assert has_certificate(polled)
    again.wait_for_hosts(host.name, polled.name)
    runs = again.started

    for one in hostile(order_id):
        assert again.answer_to(one) == one.answer, one.what
    wait_until("all of it was looked at", lambda: again.health()["counts"].get("unknown", 0) == 1, run=again)
    wait_until("replays were looked at", lambda: again.health()["counts"].get("repeated", 0) >= 1, run=again)
    # The rules take events in order: once they have this one, they have all earlier events.
    body = encoded({"dataAction": "unit", "unitId": "last"})
    headers = {"X-WoTrus-Signature": signature(body)}
    assert again.request("POST", f"/push/{PATH_TOKEN}", data=body, headers=headers).status_code == 200
    wait_until("the last one is with the rules", lambda: again.health()["counts"].get("passed_on", 0) == 1, run=again)
    assert again.health()["counts"]["emitted_issued"] == 2
    assert again.started == runs
    assert "Traceback" not in again.output
    assert not any(secret in again.output + run.output for secret in (PATH_TOKEN, SECRET, sandbox.token))


def test_a_push_launches_a_job_template(rulebooks: Rulebooks) -> None:
    with FakeController("WoTrus | deploy on push") as controller:
        options = ("--controller-url", controller.url, "--controller-token", "controller-token")
        with pytest.raises(AssertionError, match="WOTRUS_PUSH_SECRET"):
            rulebooks.start("wotrus.pki.launch_on_push", *options, inventory=False)
        options += ("--env-vars", "WOTRUS_PUSH_SECRET")
        run = rulebooks.start("wotrus.pki.launch_on_push", *options, inventory=False)
        order_id = "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"
        for payload in (push(f"{order_id} "), push(order_id.lower()), push("A-2", issued=False, revoked=True)):
            body = encoded(payload)
            assert run.request("POST", "/wotrus", data=body).status_code in (400, 401, 403)
            headers = {"X-WoTrus-Signature": signature(body)}
            assert run.request("POST", "/wotrus", data=body, headers=headers).status_code == 200
        wait_until("two jobs are launched", lambda: len(controller.launched) == 2, run=run)

    launched = sorted(controller.launched, key=lambda job: str(job["extra_vars"]["wotrus_push_event"]))
    assert [job["extra_vars"] for job in launched] == [
        {"wotrus_order_id": order_id.lower(), "wotrus_push_event": "issued"},
        {"wotrus_order_id": "a-2", "wotrus_push_event": "revoked"},
    ]


def test_plugins_are_found_by_their_folders_without_a_path_of_collections(rulebooks: Rulebooks, tmp_path: Path) -> None:
    source = {"port": "{{ wotrus_push_port }}", "store": "{{ wotrus_push_store }}"}
    rules = [{"name": "Show", "condition": "event.wotrus is defined", "action": {"print_event": None}}]
    book = {
        "name": "By folder",
        "hosts": "all",
        "sources": [{"push": source, "filters": [{"push": {}}]}],
        "rules": rules,
    }
    file = tmp_path / "by_folder.yml"
    file.write_text(yaml.safe_dump([book]))
    # Their own folder shows where the collection is.
    plugins = COLLECTION / "extensions" / "eda" / "plugins"
    folders = (
        "--source-dir",
        plugins / "event_source",
        "--filter-dir",
        plugins / "event_filter",
    )
    nowhere = {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "nowhere")}
    run = rulebooks.start(file, *folders, inventory=False, environment=nowhere)

    body = encoded(push("A-1"))
    answer = run.request("POST", f"/push/{PATH_TOKEN}", data=body, headers={"X-WoTrus-Signature": signature(body)})

    assert answer.status_code == 200
    wait_until("WoTrus was asked", lambda: run.health()["counts"].get("unknown", 0) == 1, run=run)


@pytest.mark.parametrize(
    "rulebook",
    sorted({*(EVENTS / "rulebooks").glob("*.yml"), *(ROOT / "rulebooks").glob("*.yml")}),
    ids=lambda path: path.stem,
)
def test_each_rulebook_is_run_by_a_test(rulebook: Path) -> None:
    tests = Path(__file__).read_text(encoding="utf-8")

    assert f'rulebooks.start("wotrus.pki.{rulebook.stem}"' in tests
