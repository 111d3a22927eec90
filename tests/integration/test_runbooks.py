# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runbooks: every command, in the situation that the page is for.

Names of hosts, paths, times and ids of orders are those of the test. Everything else is as it is written.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_timestamp
from tests.helpers.examples import Example, Kind, examples
from tests.helpers.guides import GUIDES, PARSED
from tests.helpers.sandbox import DAY, Sandbox

from .checks import assert_deployed, certificate, live_order, one_spelling, posts, public_key, verify
from .conftest import Charged
from .harness import Host, Site, clean_environment, entry

with_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
pytestmark = with_jq

PAGES = sorted(path.stem for path in GUIDES.glob("runbook_*.rst") if not path.stem.endswith("_zh"))
SHOWN_ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
SECTIONS = ["Symptom", "What to do", "How to see that it is done", "What it costs"]


class Runbook:
    """A page, and a controller that runs its commands and plays."""

    def __init__(self, name: str, site: Site) -> None:
        self.site = site
        self.examples = examples(GUIDES / f"{name}.rst")
        self.left = [line for one in self.examples for line in one.commands if not any(part in line for part in PARSED)]
        self.plays = [
            one
            for one in self.examples
            if one.language == "yaml"
            and one.kind in (Kind.PLAYBOOK, Kind.TASKS)
            and not any(map(one.text.__contains__, PARSED))
        ]
        self.words: dict[str, str] = {" -b ": " ", "become: true": "become: false"}

    def shown(self, caption: str) -> Example:
        """Return the example with a caption."""
        (found,) = [one for one in self.examples if one.caption == caption]
        return found

    def write(self, caption: str, **changes: Any) -> None:
        """Write variables that the page shows, some with other values."""
        file = self.site.folder / self._own(caption)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump({**self.shown(caption).data, **changes}, allow_unicode=True))

    def write_inventory(self, name: str = "inventory", **variables: Any) -> None:
        """Write the inventory of the site as a folder."""
        content = self.site.inventory()
        content["wotrus"]["vars"].update(variables)
        (self.site.folder / name).mkdir(exist_ok=True)
        (self.site.folder / name / "hosts.json").write_text(json.dumps(content))

    def run(self, *parts: str, fails: bool = False) -> str:
        """Run the next command that has all parts, and return its output."""
        line = next(one for one in self.left if all(part in one for part in parts))
        self.left.remove(line)
        return self.again(line, fails=fails)

    def leave(self, part: str, *, to: str) -> None:
        """Leave a command to the test of another page, which has the same."""
        line = next(one for one in self.left if part in one)
        assert line in [one for example in examples(GUIDES / f"{to}.rst") for one in example.commands]
        self.left.remove(line)

    def again(self, line: str, *, fails: bool = False) -> str:
        """Run a command of the page once more."""
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", self._own(line)],
            cwd=self.site.folder,
            env={**clean_environment(self.site.folder / "home"), **self.site.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stdout

    def play(self, name: str, **variables: Any) -> str:
        """Run the playbook or the tasks that begin with a name."""
        example = next(one for one in self.plays if one.data[0]["name"] == name)
        self.plays.remove(example)
        content = yaml.safe_load(self._own(example.text))
        if example.kind is Kind.TASKS:
            content = [{"hosts": "wotrus", "gather_facts": False, "tasks": content}]
        (self.site.folder / "play.yml").write_text(yaml.safe_dump(content, allow_unicode=True))
        return self.again(f"ansible-playbook -i inventory play.yml -e {shlex.quote(json.dumps(variables))}")

    def command(self, *parts: str) -> str:
        """Return the last command of the page that has all parts."""
        return [line for one in self.examples for line in one.commands if all(part in line for part in parts)][-1]

    def _own(self, text: str) -> str:
        for word, own in self.words.items():
            text = text.replace(word, own)
        return text


@pytest.fixture
def runbook(request: pytest.FixtureRequest, site: Site) -> Iterator[Runbook]:
    """The page of a test, which runs all that is not :data:`PARSED`."""
    page = Runbook(request.param, site)
    (site.folder / "home").mkdir()
    yield page
    assert (page.left, page.plays) == ([], [])


def page(name: str) -> pytest.MarkDecorator:
    """Mark a test with the name of its page."""
    return pytest.mark.parametrize("runbook", [name], indirect=True)


def name_host(runbook: Runbook, host: Host) -> None:
    """Replace the page's host by one of the test."""
    runbook.words.update({"signer1": host.name, "/etc/ssl/wotrus": str(host.base_dir)})


def test_each_runbook_has_the_same_sections_in_the_same_order() -> None:
    for name in PAGES:
        lines = (GUIDES / f"{name}.rst").read_text(encoding="utf-8").splitlines()
        headings = [line for line, under in itertools.pairwise(lines) if under and set(under) == {"-"}]
        assert [one for one in headings if one in SECTIONS] == SECTIONS, name


@page("runbook_key_stolen")
def test_the_key_was_stolen(runbook: Runbook, sandbox: Sandbox, charged: Charged) -> None:
    host = runbook.site.host("signer1")
    runbook.site.given()
    former, stolen = live_order(host.folder()), public_key(host.folder().live / "privkey.pem")
    name_host(runbook, host)
    evidence = Path(runbook.site.revocation()["wotrus_revocation_document"])
    (runbook.site.folder / "evidence").mkdir()
    evidence.rename(runbook.site.folder / "evidence" / "revocation.pdf")
    runbook.write_inventory()
    made = dt.datetime.fromisoformat(host.folder().record["live"]["key_made_at"])
    # The key is older than the moment from which others are newer, however fast this machine is.
    sandbox.clock(advance=60)
    runbook.write(
        "inventory/host_vars/signer1.yml", wotrus_keys_since=f"{made + dt.timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    )

    assert "key_too_old" in runbook.run("wotrus.pki.renew", "--check")
    runbook.run("wotrus.pki.renew --limit signer1")

    assert public_key(host.folder().live / "privkey.pem") != stolen
    assert_deployed(host.folder(), sandbox)
    assert '"key_matches": true' in runbook.run("wotrus_deployment_info")
    runbook.run("wotrus.pki.report")
    (line,) = runbook.run("jq").splitlines()
    assert line.split("\t")[0] == host.name
    assert one_spelling(line.split("\t")[1]) == former
    sandbox.settings(manual_review=True)
    runbook.words[SHOWN_ID] = former
    runbook.run("wotrus_revoke=")
    assert sandbox.status(former) == "pendingRevoke"
    assert "revocations          1" in runbook.run("wotrus_revoke_superseded")
    sandbox.order(former, "revoke")

    newest = live_order(host.folder())
    runbook.run("wotrus.pki.revoke ")
    assert sandbox.status(newest) in ("pendingRevoke", "revoked")
    assert charged() == 1


@page("runbook_order_waits")
def test_an_order_waits_for_days(runbook: Runbook, sandbox: Sandbox, charged: Charged) -> None:
    sandbox.settings(manual_review=True)
    host = runbook.site.host("signer1")
    other = runbook.site.host("other", wotrus_certificates=[entry("contracts", months=24)])
    runbook.site.variables["wotrus_max_charged_orders"] = 2
    runbook.site.given()
    order_id, mistaken = host.folder().pending_order_id, other.folder().pending_order_id
    order = sandbox.call("GET", f"/v1/Order/{order_id.strip()}").json()["data"]
    sandbox.clock(advance=6 * DAY)
    name_host(runbook, other)
    runbook.write_inventory()

    output = runbook.run("wotrus.pki.status")
    # What the letter to WoTrus says about the order.
    (row,) = [line for line in output.splitlines() if order["orderNumber"] in line]
    assert one_spelling(order_id) in row.upper()
    assert f"{parse_timestamp(order['createTime']):%Y-%m-%dT%H:%M:%SZ}" in row
    assert "pending_review" in row
    runbook.run("wotrus.pki.cancel")
    assert sandbox.status(mistaken) == "closed"
    sandbox.order(order_id, "approve")
    # The order that was cancelled needs a person.
    runbook.run("wotrus.pki.resume", fails=True)
    assert_deployed(host.folder(), sandbox, at_time=False)
    assert charged() == 2

    runbook.words[SHOWN_ID] = one_spelling(mistaken)
    runbook.again(runbook.command("wotrus_replace_orders"))
    rejected = other.folder().pending_order_id
    sandbox.order(rejected, "reject")
    runbook.words[SHOWN_ID] = one_spelling(rejected)
    assert re.search(rf"{other.name} +contracts +order +rejected +yes", runbook.run("wotrus_replace_orders", "--check"))
    assert charged() == 3
    runbook.run("wotrus_replace_orders")
    assert charged() == 4


@page("runbook_host_rebuilt")
def test_a_host_was_rebuilt(runbook: Runbook, sandbox: Sandbox, charged: Charged) -> None:
    host = runbook.site.host("signer1")
    runbook.site.given()
    name_host(runbook, host)
    runbook.write_inventory()
    runbook.again("ansible-playbook -i inventory wotrus.pki.report")
    host.wipe()

    name, order_id = runbook.run("jq").split()
    assert name == "contracts"
    without_the_id = runbook.command("wotrus.pki.issue --limit signer1")
    runbook.left.remove(without_the_id)
    runbook.again(without_the_id)
    assert_deployed(host.folder(), sandbox)
    # With the id.
    host.wipe()
    # The entry moves from the list of the group.
    runbook.write_inventory(wotrus_certificates=[])
    runbook.write("inventory/host_vars/signer1.yml", wotrus_extra_certificates=[entry(order_id=order_id)])
    plan = runbook.run("wotrus_max_charged_orders=0", "--check")
    assert "key_lost" in plan
    assert "orders that may be charged: 0" in plan
    runbook.run("wotrus_max_charged_orders=0")
    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


@page("runbook_stays_red")
def test_a_certificate_stays_red(runbook: Runbook, sandbox: Sandbox, charged: Charged) -> None:
    host = runbook.site.host("signer1")
    runbook.site.given()
    name_host(runbook, host)
    caption, live = "inventory/host_vars/signer1.yml", host.folder().live_order_id
    runbook.write_inventory()
    runbook.again("ansible-playbook -i inventory wotrus.pki.report")
    (example,) = runbook.shown(caption).data["wotrus_extra_certificates"]
    record = host.folder().record
    record["live"].update(order_id=example["order_id"], root_order_id=example["order_id"])
    host.folder().record_file.write_text(json.dumps(record))
    issue = runbook.command("wotrus.pki.issue --limit signer1")
    assert "A certificate stays red" in runbook.again(issue, fails=True)

    (line,) = runbook.run("jq").splitlines()
    assert line.split("\t") == [host.name, "contracts", live, live]
    runbook.run("record.json")
    runbook.write_inventory(wotrus_certificates=[])
    runbook.write(caption, wotrus_extra_certificates=[entry(order_id=live, root_order_id=live)])
    runbook.run("wotrus.pki.issue", "--check")
    assert "results              deployed 1" in runbook.run("wotrus.pki.issue")
    assert live_order(host.folder()) == one_spelling(live)
    verify(host.folder(), sandbox, at_time=True)
    assert charged() == 1
    # Only where it still fails.
    runbook.run("pending.old")
    assert "results              unchanged 1" in runbook.again(issue)


@page("runbook_renewal_day")
def test_renewal_day_for_a_fleet(runbook: Runbook, sandbox: Sandbox, charged: Charged) -> None:
    hosts = runbook.site.hosts(2)
    runbook.site.given()
    before = {host.name: host.folder().release for host in hosts}
    sandbox.clock(advance=350 * DAY)
    sandbox.settings(manual_review=True)
    runbook.write_inventory()

    (line,) = [one.text.strip() for one in runbook.examples if one.language == "text" and not one.caption]
    assert line in runbook.run("--check")
    runbook.run("wotrus_max_charged_orders=2")
    assert charged() == 4
    assert {host.name: host.folder().release for host in hosts} == before
    runbook.leave("wotrus.pki.status", to="runbook_order_waits")
    for host in hosts:
        sandbox.order(host.folder().pending_order_id, "approve")
    runbook.run("wotrus_max_charged_orders=0")
    for host in hosts:
        assert_deployed(host.folder(), sandbox, at_time=False)
        assert host.folder().release != before[host.name]
    runbook.run("wotrus.pki.report")
    assert json.loads(runbook.run("jq")) == {"valid": 2}
    assert charged() == 4


@page("runbook_money")
def test_money_and_the_invoice(runbook: Runbook, sandbox: Sandbox) -> None:
    one, other = runbook.site.hosts(2)
    journal = runbook.site.folder / "journal.jsonl"
    runbook.words["/var/log/wotrus/journal.jsonl"] = str(journal)
    runbook.site.variables.update(wotrus_max_charged_orders=2, wotrus_journal=str(journal), wotrus_approver="王五")
    runbook.site.issue()
    # A reissue costs nothing.
    runbook.site.issue("--limit", one.name, variables={"wotrus_reissue": ["contracts"]})
    numbers = {
        sandbox.call("GET", f"/v1/Order/{host.folder().record['live']['root_order_id'].strip()}").json()["data"][
            "orderNumber"
        ]
        for host in (one, other)
    }
    # Only the journal knows the order of a host that was removed.
    runbook.site.remove(other)
    runbook.write_inventory()
    runbook.write("inventory/group_vars/all.yml", wotrus_journal=str(journal))

    output = runbook.run("orders.csv")

    with (runbook.site.folder / "orders.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    (table,) = [one.text.splitlines() for one in runbook.examples if one.language == "text"]
    for line in table:
        assert line.replace("2026-11", rows[0]["month"]) in output
    assert {row["order_number"] for row in rows} == {str(number) for number in numbers}
    assert [(row["price"], row["currency"], row["payment"]) for row in rows] == [("1200.00", "CNY", "paid")] * 2
    assert sorted(row["certificates"] for row in rows) == sorted(f"contracts@{host.name}" for host in (one, other))
    assert [row["approver"] for row in rows] == ["王五"] * 2

    open_requests = runbook.command("outcome == ")
    assert runbook.run("outcome == ") == ""
    ordered = [line.split("\t") for line in runbook.run("new_order_id").splitlines()]
    assert sorted(line[2:4] for line in ordered) == sorted([host.name, "contracts"] for host in (one, other))
    assert {line[6] for line in ordered} == {"王五"}
    # A run was killed in its line, and another one before its answer.
    *_others, end = journal.read_text(encoding="utf-8").splitlines()
    with journal.open("a", encoding="utf-8") as file:
        file.write(end[:50] + "\n" + end.replace('"event": "end"', '"event": "send"') + "\n")
    (line,) = runbook.again(open_requests).splitlines()
    assert line.split("\t")[1:4] == ["reissue", one.name, "contracts"]


@page("runbook_staging")
def test_staging_and_production_on_one_account(runbook: Runbook, sandbox: Sandbox, charged: Charged) -> None:
    site = runbook.site
    site.host("signer1", wotrus_base_dir=str(site.folder / "production-host"))
    runbook.write_inventory("production")
    # An order that is seconds old may be that of the run itself.
    sandbox.clock(offset=-60)
    site.given()
    sandbox.clock(offset=0)
    production = Host(f"{site.prefix}-signer1", site.folder / "production-host")
    staging = site.host("signer1", wotrus_base_dir=str(site.folder / "staging-host"))
    name_host(runbook, staging)
    runbook.write_inventory("staging")
    # It has run without a namespace, and so has adopted the order of production.
    runbook.again("ansible-playbook -i staging wotrus.pki.issue")
    assert charged() == 1
    assert posts(sandbox)[-1] == "reissue"
    kept = certificate(production.folder())
    runbook.run("state=absent")
    runbook.write("staging/group_vars/all.yml")

    assert f'"order_name": "staging/contracts@{staging.name}"' in runbook.run("--check --diff")
    runbook.run("-i staging wotrus.pki.issue --limit")
    assert charged() == 2
    runbook.run("-i staging wotrus.pki.issue --limit")
    assert charged() == 2
    assert_deployed(staging.folder(), sandbox)
    assert "nothing" in runbook.run("-i production", "--check")
    assert certificate(production.folder()) == kept
    runbook.run("wotrus.pki.report")
    name, order_id = runbook.run("jq").split()
    assert name == f"staging/contracts@{staging.name}"
    assert one_spelling(order_id) != live_order(production.folder())
