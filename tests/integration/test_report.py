# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report playbook: the rows of hosts, and changes."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.sandbox import DAY, Sandbox

from .harness import COLLECTION, Host, Run, Site, entry

PLAYBOOK = COLLECTION / "playbooks" / "report.yml"
HOSTILE = "<script>alert(1)</script>{{ 6 * 7 }}\" onload='x'"


class Fleet:
    """A site with a report on it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.page = site.folder / "wotrus-report.html"
        self.data = site.folder / "wotrus-report.json"
        self.metrics = site.folder / "wotrus-report.prom"

    def report(self, *options: str, **variables: Any) -> Run:
        """Run the playbook."""
        run = self.site.run(*options, playbook=PLAYBOOK, variables=variables)
        assert run.code == 0, run.output
        return run

    def read(self) -> dict[str, Any]:
        """Return the JSON of the report."""
        return dict(json.loads(self.data.read_text()))

    def row(self, host: Host, name: str = "contracts") -> dict[str, Any]:
        """Return the row of a certificate."""
        (row,) = [one for one in self.read()["certificates"] if (one["host"], one["name"]) == (host.name, name)]
        return dict(row)


@pytest.fixture
def fleet(site: Site) -> Fleet:
    site.variables["wotrus_max_charged_orders"] = 9
    return Fleet(site)


def test_hosts_in_every_state_are_in_one_report(fleet: Fleet, sandbox: Sandbox) -> None:
    site = fleet.site
    sound = site.host("sound")
    site.issue()
    sandbox.settings(review_delay=3600)
    waiting = site.host("waiting")
    site.issue()
    sandbox.settings(review_delay=0)
    away = site.unreachable_host()
    confused = site.host("confused", wotrus_certificates="no list at all")
    bare = site.host("bare", wotrus_certificates=[entry("contracts"), entry("invoices")])

    run = fleet.report()

    assert {host: counts["failures"] for host, counts in run.recap.items()} == dict.fromkeys(run.recap, 0)
    report = fleet.read()
    assert report["version"] == 1
    assert {one["host"]: one["error_code"] for one in report["hosts"]} == {
        sound.name: None,
        waiting.name: None,
        away.name: "unreachable",
        confused.name: "not_read",
        bare.name: None,
    }
    assert (fleet.row(sound)["state"], fleet.row(sound)["result"]) == ("valid", "unchanged")
    assert (fleet.row(waiting)["state"], fleet.row(waiting)["waiting_for"]) == ("waiting_for_ca", "ca")
    assert (fleet.row(away)["state"], fleet.row(away)["result"]) == ("not_read", None)
    assert (fleet.row(bare, "invoices")["state"], fleet.row(bare, "invoices")["may_be_charged"]) == (
        "not_ordered",
        True,
    )
    order_id = sound.folder().live_order_id
    assert (fleet.row(sound)["order_id"], fleet.row(sound)["root_order_id"]) == (order_id, order_id)
    page = fleet.page.read_text()
    for host in (sound, waiting, away, confused, bare):
        assert host.name in page
        assert (
            f'wotrus_host_read{{host="{host.name}"}} {int(host in (sound, waiting, bare))}' in fleet.metrics.read_text()
        )
    assert [stat.S_IMODE(file.stat().st_mode) for file in (fleet.page, fleet.data, fleet.metrics)] == [
        0o640,
        0o640,
        0o644,
    ]


def test_report_is_written_if_no_host_can_be_reached(fleet: Fleet) -> None:
    away = fleet.site.unreachable_host()

    fleet.report("--limit", f"{away.name},localhost")

    assert fleet.row(away)["state"] == "not_read"


def test_limit_without_localhost_fails_before_anything_is_read(fleet: Fleet, sandbox: Sandbox) -> None:
    host = fleet.site.host()
    sandbox.clear_calls()

    run = fleet.site.run("--limit", host.name, playbook=PLAYBOOK)

    assert run.code != 0
    assert f"Use --limit '{host.name},localhost'." in run.output
    assert sandbox.calls() == []
    assert not fleet.data.exists()


def test_no_managed_host_decides_where_the_report_is_written(fleet: Fleet) -> None:
    elsewhere = fleet.site.folder / "elsewhere.html"
    fleet.site.host("hostile", wotrus_report_html=str(elsewhere), wotrus_report_title="{{ lookup('env', 'HOME') }}")

    fleet.report()

    assert fleet.page.exists()
    assert not elsewhere.exists()
    assert "WoTrus certificates</h1>" in fleet.page.read_text()


def written(run: Run) -> int:
    """Return how many files say something new."""
    return sum(task.changed for task in run.named("Write the file of the report"))


def test_only_new_facts_are_a_change(fleet: Fleet, sandbox: Sandbox) -> None:
    host = fleet.site.host()
    fleet.site.issue()

    checked = fleet.report("--check", "--diff")
    assert written(checked) == 3
    assert not fleet.page.exists()
    assert written(fleet.report()) == 3
    former = fleet.read()
    sandbox.clock(advance=3 * DAY)

    again = fleet.report("--diff")

    assert again.changed == 0
    assert '"days_left"' not in again.stdout
    now = fleet.read()
    assert now["as_of"] > former["as_of"]
    assert fleet.row(host)["days_left"] == pytest.approx(former["certificates"][0]["days_left"] - 3, abs=0.2)
    sandbox.clock(advance=350 * DAY)

    later = fleet.report("--diff")

    assert written(later) == 3
    assert '"state": "due"' in later.stdout
    assert "<html" not in later.stdout
    assert written(fleet.report(wotrus_report_title="Our certificates", wotrus_report_language="zh")) == 1
    assert "<h1" in fleet.page.read_text()
    assert "Our certificates</h1>" in fleet.page.read_text()


def test_superseded_certificates_are_listed_until_they_are_revoked(fleet: Fleet) -> None:
    host = fleet.site.host()
    fleet.site.issue()
    former = host.folder().live_order_id
    fleet.site.issue(variables={"wotrus_reissue": ["contracts"]})

    fleet.report()

    (old,) = fleet.row(host)["superseded"]
    assert (old["order_id"], old["operation"], old["to_revoke"]) == (former, "reissue", True)
    assert f'wotrus_certificate_superseded{{host="{host.name}",name="contracts"}} 1' in fleet.metrics.read_text()


def test_text_of_the_api_is_shown_and_never_evaluated(fleet: Fleet, sandbox: Sandbox) -> None:
    host = fleet.site.host()
    sandbox.settings(unpaid=True)
    fleet.site.issue()
    order_id = host.folder().pending_order_id
    sandbox.show(order_id, status=HOSTILE, pendingLink="javascript:alert(1)")

    fleet.report()

    row = fleet.row(host)
    assert row["status"] == HOSTILE
    assert row["pending_link"] is None
    page = fleet.page.read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 6 * 7 }}" in page
    assert 'href="javascript' not in page


def test_text_of_a_host_is_shown_and_never_evaluated(fleet: Fleet) -> None:
    host = fleet.site.host()
    fleet.site.issue()
    record = host.folder().path / "record.json"
    said = json.loads(record.read_text())
    said["live"]["definition"]["key"]["type"] = HOSTILE
    said["superseded"] = [{**said["live"], "operation": HOSTILE}]
    record.write_text(json.dumps(said))

    fleet.report(wotrus_report_command="ansible-playbook -i production")

    page = fleet.page.read_text()
    shown = "&lt;script&gt;alert(1)&lt;/script&gt;{{ 6 * 7 }}&#34; onload="
    assert fleet.row(host)["key"].startswith(HOSTILE)
    assert page.count(shown) == 1
    assert "<script>alert" not in page
    assert fleet.row(host)["command"].startswith("ansible-playbook -i production wotrus.pki.reissue --limit")


def test_report_files_can_be_disabled_and_moved(fleet: Fleet) -> None:
    fleet.site.host()
    textfile = fleet.site.folder / "metrics.prom"

    fleet.report(
        wotrus_report_html=str(fleet.site.folder / "page.html"),
        wotrus_report_json="",
        wotrus_report_prometheus=str(textfile),
        wotrus_report_mode="0600",
    )

    assert textfile.exists()
    assert not fleet.data.exists()
    assert stat.S_IMODE((fleet.site.folder / "page.html").stat().st_mode) == 0o600


def test_secrets_of_the_inventory_stay_out_of_the_report(fleet: Fleet) -> None:
    secret = "110101199003070134"
    organization = {"name": "示例科技有限公司", "country_code": "CN", "id_card_number": secret}
    fleet.site.variables["wotrus_certificates"] = [entry(organization=organization)]
    fleet.site.host()
    fleet.site.unreachable_host()

    fleet.report()

    for file in (fleet.page, fleet.data, fleet.metrics):
        text = Path(file).read_text()
        assert secret not in text
        assert fleet.site.sandbox.token not in text
