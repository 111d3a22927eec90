# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebooks with real ansible-rulebook, from push to deployed certificate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.pushes import PATH_TOKEN, PUSH_TOKEN, push
from tests.helpers.sandbox import Sandbox
from tests.integration.harness import BIN, Site, entry

from .fake_controller import FakeController
from .rulebook import LONGEST, Rulebooks, has_certificate, place_orders, wait_until

ROOT = Path(__file__).resolve().parents[2]
RULEBOOKS = ("wotrus.pki.deploy_on_event", "wotrus.pki.launch_on_push")


def with_longer_window(file: str, folder: Path) -> Path:
    """Return a rulebook whose window is long enough for many pushes on a busy machine."""
    text = (ROOT / file).read_text(encoding="utf-8")
    assert "once_after: 5 seconds" in text
    longer = folder / "longer.yml"
    longer.write_text(text.replace("once_after: 5 seconds", "once_after: 30 seconds"))
    return longer


@pytest.mark.manual("8.purpose", "8.three-times")
def test_pushes_of_one_window_are_one_run(sandbox: Sandbox, site: Site, rulebooks: Rulebooks) -> None:
    by_order = place_orders(site, "host0", "host1")
    other = site.host("other")
    run = rulebooks.start("wotrus.pki.deploy_on_event")
    charged = sandbox.state()["charged_orders"]
    for order_id in by_order:
        sandbox.order(order_id, "approve")

    # The last one is pushed twice, in two spellings.
    run.push_all(push(one) for one in (*by_order, f" {order_id.upper()} "))
    run.wait_for_ends(1)

    assert all(map(has_certificate, by_order.values()))
    assert not has_certificate(other)
    # A replay in another window is one run more, which changes nothing.
    run.push_all(push(order_id) for order_id in by_order)
    run.wait_for_ends(2)
    assert run.changes[1:] == [0]
    assert run.started == 2
    assert sandbox.state()["charged_orders"] == charged
    assert "Traceback" not in run.output


def test_one_run_follows_the_other_and_a_failed_one_ends_nothing(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    flag, begun = site.folder / "go", site.folder / "begun"
    command = f"sh -c 'touch {begun}; while ! test -e {flag}; do sleep 0.1; done; false'"
    (first, _failing), (second, other) = place_orders(site, "failing", "other").items()
    # Only this host has the service that fails.
    site.host("failing", wotrus_certificates=[entry(reload={"command": command})])
    run = rulebooks.start("wotrus.pki.deploy_on_event", "-vv")

    sandbox.order(first, "approve")
    assert run.push(push(first)) == 200
    wait_until("the first run holds", begun.exists, run=run)
    sandbox.order(second, "approve")
    assert run.push(push(second)) == 200
    wait_until("the second window is over", lambda: run.output.count("callback calling Deploy") == 2, run=run)
    assert run.started == 1
    flag.touch()

    wait_until("the other certificate is live", lambda: has_certificate(other), run=run)


def test_a_push_whose_run_is_killed_is_live_after_the_next_resume(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    flag, begun = site.folder / "go", site.folder / "begun"
    command = f"sh -c 'touch {begun}; while ! test -e {flag}; do sleep 0.1; done'"
    site.variables["wotrus_certificates"] = [entry(reload={"command": command})]
    site.variables["ansible_python_interpreter"] = str(BIN / "python")
    (order_id, host), *_none = place_orders(site, "one").items()
    run = rulebooks.start("wotrus.pki.deploy_on_event")
    charged = sandbox.state()["charged_orders"]
    sandbox.order(order_id, "approve")

    assert run.push(push(order_id)) == 200
    wait_until("the run holds", begun.exists, run=run)
    run.kill()
    flag.touch()
    resumed = site.run(playbook="wotrus.pki.resume")

    assert resumed.code == 0, resumed.output
    assert has_certificate(host)
    assert len(list(host.folder().releases.iterdir())) == 1
    assert sandbox.state()["charged_orders"] == charged


def test_pushes_of_one_window_to_the_path_with_the_token_are_one_launch_with_a_list(
    rulebooks: Rulebooks, tmp_path: Path
) -> None:
    ids = [f"30b3f256-9d2d-43c5-abcb-{number:012}" for number in range(40)]
    path = f"/push/{PATH_TOKEN}"
    with FakeController("WoTrus | deploy on push") as controller:
        options = ("--controller-url", controller.url, "--controller-token", "controller-token")
        secrets = {"WOTRUS_PUSH_TOKEN": PUSH_TOKEN, "WOTRUS_PUSH_PATH_TOKEN": PATH_TOKEN}
        rulebook = with_longer_window("extensions/eda/rulebooks/launch_on_push.yml", tmp_path)
        run = rulebooks.start(rulebook, *options, inventory=False, environment=secrets)
        assert run.push(push("of-nobody"), token="of-nobody", path=path) == 401
        assert run.push(push("other-path")) == 200
        run.push_all((push(one, revoked=one == ids[0]) for one in (*ids, ids[-1].upper())), path=path)
        wait_until("a job is launched", lambda: len(controller.launched) == 1, run=run)
        assert run.push(push("another"), path=path) == 200
        wait_until("the next job is launched", lambda: len(controller.launched) == 2, run=run)

    given = [job["extra_vars"]["wotrus_order_ids"] for job in controller.launched]
    assert sorted(given[0].split(",")) == ids
    assert given[1] == "another"
    assert PATH_TOKEN not in run.output


@pytest.mark.parametrize(
    ("rulebook", "environment"),
    [
        ("wotrus.pki.deploy_on_event", {}),
        ("wotrus.pki.launch_on_push", {"WOTRUS_PUSH_TOKEN": ""}),
        ("wotrus.pki.launch_on_push", {"WOTRUS_PUSH_TOKEN": PUSH_TOKEN, "WOTRUS_PUSH_PATH_TOKEN": "short"}),
    ],
    ids=["unset", "empty", "short path token"],
)
def test_a_rulebook_does_not_start_without_its_secret(
    rulebooks: Rulebooks, rulebook: str, environment: dict[str, str]
) -> None:
    with FakeController("WoTrus | deploy on push") as controller:
        options = ("--controller-url", controller.url, "--controller-token", "controller-token")
        run = rulebooks.run(rulebook, *options, environment=environment)

        assert run.process.wait(LONGEST) != 0
    assert any(name in run.output for name in ("WOTRUS_PUSH_TOKEN", "WOTRUS_PUSH_PATH_TOKEN"))
    assert PUSH_TOKEN not in run.output


def test_each_rulebook_is_run_by_a_test() -> None:
    files = [*(ROOT / "rulebooks").glob("*.yml"), *(ROOT / "extensions" / "eda" / "rulebooks").glob("*.yml")]

    assert sorted(f"wotrus.pki.{file.stem}" for file in files) == sorted(RULEBOOKS)
