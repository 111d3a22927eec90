# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebooks with real ansible-rulebook, from push to deployed certificate."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_rulebook.validators import Validate

from tests.helpers.examples import Kind, examples
from tests.helpers.guides import GUIDES
from tests.helpers.pushes import PATH_TOKEN, SECRET, encoded, hostile, push, signature
from tests.helpers.sandbox import Sandbox
from tests.integration.harness import Host, Site

from .fake_controller import FakeController
from .rulebook import Rulebook, Rulebooks, wait_until

ROOT = Path(__file__).resolve().parents[2]
EVENTS = ROOT / "extensions" / "eda"


def place_orders(site: Site, *names: str) -> dict[str, Host]:
    """Place orders that wait for a review; return hosts by order."""
    hosts = [site.host(name) for name in names]
    site.variables["wotrus_max_charged_orders"] = len(hosts)
    site.issue()
    return {host.folder().pending_order_id.lower(): host for host in hosts}


def push_to(sandbox: Sandbox, run: Rulebook, path: str) -> None:
    """Let the sandbox push to a rulebook."""
    sandbox.settings(push_url=f"http://127.0.0.1:{run.port}{path}", push_secret=SECRET)


def has_certificate(host: Host) -> bool:
    """Return whether the host has a certificate."""
    return host.folder().release is not None


def test_a_push_deploys_the_certificate_on_its_host_alone_and_a_revocation_is_an_alert(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    by_order = place_orders(site, "one", "other")
    (order_id, host), (_other_id, other) = by_order.items()
    run = rulebooks.start("wotrus.pki.deploy_on_push")
    push_to(sandbox, run, "/wotrus")
    sandbox.clear_calls()

    sandbox.order(order_id, "approve")
    wait_until("the certificate is live", lambda: has_certificate(host), run=run)
    wait_until("the playbook has ended", lambda: len(run.plays) == 1, run=run)

    assert not has_certificate(other)
    assert run.deployed_hosts() == [host.name]
    # Nobody asked before the push, and nobody asked for the other order.
    asked = {str(call["order_id"]).strip().lower() for call in sandbox.calls() if call["order_id"]}
    assert asked == {order_id}
    charged = sandbox.state()["charged_orders"]

    sandbox.order(order_id, "revoke")
    alert = f"WoTrus pushed that the certificate of order {order_id} is revoked."
    wait_until("the alert", lambda: alert in run.output, run=run)
    wait_until("the second playbook has ended", lambda: len(run.plays) == 2, run=run)

    assert run.deployed_hosts() == [host.name] * 2
    # Until wotrus_replace_orders names the order, a person has to decide, and nothing was charged.
    assert "to wotrus_replace_orders" in run.output
    assert sandbox.state()["charged_orders"] == charged


def test_a_push_stored_before_a_kill_is_reported_once_after_it(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    by_order = place_orders(site, "pushed", "polled")
    (order_id, host), (polled_id, polled) = by_order.items()
    listed = site.folder / "orders.txt"
    variables = {"wotrus_order_ids_file": str(listed)}
    run = rulebooks.start("wotrus.pki.deploy_on_event", variables=variables)
    push_to(sandbox, run, f"/push/{PATH_TOKEN}")

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
    again = rulebooks.start("wotrus.pki.deploy_on_event", variables=variables)
    wait_until("both certificates are live", lambda: has_certificate(host) and has_certificate(polled), run=again)
    wait_until("both playbooks have ended", lambda: len(again.plays) == 2, run=again)

    for one in hostile(order_id):
        assert again.answer_to(one) == one.answer, one.what
    wait_until("all of it was looked at", lambda: again.health()["counts"].get("unknown", 0) == 1, run=again)
    wait_until("replays were looked at", lambda: again.health()["counts"].get("repeated", 0) >= 1, run=again)
    # The rules take events in order: once they have this one, they have all earlier events.
    body = encoded({"dataAction": "unit", "unitId": "last"})
    headers = {"X-WoTrus-Signature": signature(body)}
    assert again.request("POST", f"/push/{PATH_TOKEN}", data=body, headers=headers).status_code == 200
    wait_until("the last one is with the rules", lambda: again.health()["counts"].get("passed_on", 0) == 1, run=again)
    assert again.health()["counts"]["reported_issued"] == 2
    assert len(again.plays) == 2
    assert "Traceback" not in again.output
    assert not any(secret in again.output + run.output for secret in (PATH_TOKEN, SECRET, sandbox.token))


def test_a_push_launches_a_job_template(rulebooks: Rulebooks) -> None:
    with FakeController("WoTrus | deploy on push") as controller:
        options = ("--controller-url", controller.url, "--controller-token", "controller-token")
        run = rulebooks.start("wotrus.pki.launch_on_push", *options, inventory=False)
        order_id = "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"
        for payload in (push(f"{order_id} "), push(order_id.lower()), push("A-2", issued=False, revoked=True)):
            assert run.request("POST", "/wotrus", json=payload).status_code == 200
        wait_until("two jobs are launched", lambda: len(controller.launched) == 2, run=run)

    launched = sorted(controller.launched, key=lambda job: str(job["extra_vars"]["wotrus_push_event"]))
    assert [job["extra_vars"] for job in launched] == [
        {"wotrus_order_id": order_id.lower(), "wotrus_push_event": "issued"},
        {"wotrus_order_id": "a-2", "wotrus_push_event": "revoked"},
    ]


def test_plugins_are_found_by_their_folders_where_no_collection_is_installed(
    rulebooks: Rulebooks, tmp_path: Path
) -> None:
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
    folders = (
        "--source-dir",
        EVENTS / "plugins" / "event_source",
        "--filter-dir",
        EVENTS / "plugins" / "event_filter",
    )
    nowhere = {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "nowhere")}
    run = rulebooks.start(file, *folders, inventory=False, environment=nowhere)

    body = encoded(push("A-1"))
    answer = run.request("POST", f"/push/{PATH_TOKEN}", data=body, headers={"X-WoTrus-Signature": signature(body)})

    assert answer.status_code == 200
    wait_until("WoTrus was asked", lambda: run.health()["counts"].get("unknown", 0) == 1, run=run)


def test_the_rulebook_of_the_guide_is_valid() -> None:
    shown = [one for one in examples(GUIDES / "guide_pushes.rst") if one.language == "yaml" and one.kind is Kind.OTHER]

    assert len(shown) == 1
    Validate.rulebook(shown[0].data)


@pytest.mark.parametrize("rulebook", sorted((EVENTS / "rulebooks").glob("*.yml")), ids=lambda path: path.stem)
def test_each_rulebook_is_run_by_a_test(rulebook: Path) -> None:
    tests = Path(__file__).read_text(encoding="utf-8")

    assert f'rulebooks.start("wotrus.pki.{rulebook.stem}"' in tests
