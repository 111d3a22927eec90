# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report playbook: the rows of hosts, and changes."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest

from tests.helpers.sandbox import DAY, Sandbox

from .harness import COLLECTION, Host, Run, Site, entry

PLAYBOOK = COLLECTION / "playbooks" / "report.yml"


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


def written(run: Run) -> int:
    """Return how many files say something new."""
    return sum(task.changed for task in run.named("Write the file of the report"))


@pytest.fixture
def fleet(site: Site) -> Fleet:
    site.variables["wotrus_max_charged_orders"] = 9
    return Fleet(site)


def test_hosts_in_every_state_are_in_one_report(fleet: Fleet, sandbox: Sandbox) -> None:
    site = fleet.site
    # No managed host decides where the report is written.
    elsewhere = site.folder / "elsewhere.html"
    sound = site.host("sound", wotrus_report={"html": str(elsewhere)})
    site.given()
    sandbox.settings(manual_review=True)
    waiting = site.host("waiting")
    site.given()
    away = site.unreachable_host()
    confused = site.host("confused", wotrus_certificates="no list at all")
    bare = site.host("bare", wotrus_certificates=[entry("contracts"), entry("invoices")])

    checked = fleet.report("--check", "--diff")
    assert written(checked) == 3
    assert not fleet.page.exists()

    run = fleet.report()

    assert written(run) == 3
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
    assert "hosts not read       2" in run.output
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
    assert not elsewhere.exists()
    assert "WoTrus certificates</h1>" in page
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
    former, days_left = fleet.read(), fleet.row(sound)["days_left"]
    sandbox.clock(advance=3 * DAY)

    again = fleet.report("--diff")

    # Only new facts are a change.
    assert again.changed == 0
    assert '"days_left"' not in again.stdout
    assert fleet.read()["as_of"] > former["as_of"]
    assert fleet.row(sound)["days_left"] == pytest.approx(days_left - 3, abs=0.2)


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
