# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A day of a fleet in which nothing is right: each view of it names what is wrong."""

from __future__ import annotations

import csv
import io
import json

from . import tables
from .harness import Run, Site, entry

HANDLER = "restart signer"


def summary(run: Run) -> str:
    """Return the summary as a person sees it, below all that Ansible shows."""
    shown = run.stdout
    return shown[shown.rindex("\ncertificates         ") :]


def test_summary_status_report_and_metrics_name_everything_that_is_wrong(site: Site) -> None:
    # The settings that the guides show: Ansible hides warnings of tasks that change nothing.
    site.environment.update(ANSIBLE_DISPLAY_OK_HOSTS="false", ANSIBLE_DISPLAY_SKIPPED_HOSTS="false")
    journal = site.folder / "journal.jsonl"
    site.variables.update(wotrus_max_charged_orders=9, wotrus_journal=str(journal))
    typo = site.host("typo", wotrus_certificates=[entry(reload={"handler": HANDLER})])
    silent = site.host("silent", wotrus_certificates=[entry(reload=None)])
    renamed = site.host("renamed", wotrus_certificates=[entry(order_name=f"{site.prefix}-former")])
    dropped = site.host("dropped", wotrus_certificates=[entry(), entry("invoices")])
    gone = site.host("gone")
    site.run(playbook="wotrus.pki.issue")
    renamed = site.host("renamed", wotrus_certificates=[entry(order_name=f"{site.prefix}-new")])
    # Such as by the list of a second group.
    site.host("dropped", wotrus_certificates=[entry()])
    former_order = gone.folder().live_order_id
    site.remove(gone)
    away = site.unreachable_host()
    wrong = {
        typo.name: "handler",
        silent.name: "No service was notified",
        renamed.name: "If the disk is lost",
        dropped.name: "No entry of this host has this name",
        away.name: "",
    }

    run = site.run(playbook="wotrus.pki.renew")

    assert run.code != 0
    found = tables.artifact(run, "wotrus_summary")
    # That the handler is missing is a warning before anything is sent too.
    assert (found["failing"], found["warnings"], found["without_result"]) == (1, 4, [away.name])
    status = site.run(playbook="wotrus.pki.status")
    for shown in (summary(run), summary(status)):
        for host, words in wrong.items():
            assert any(host in line and words in line for line in shown.splitlines()), shown

    files = {"json": "wotrus-report.json", "prometheus": "wotrus-report.prom", "orders": "orders.csv"}
    report = site.run(playbook="wotrus.pki.report", variables={"wotrus_report": files})

    assert report.code == 0, report.output
    assert not (site.folder / "wotrus-report.html").exists()
    made = json.loads((site.folder / "wotrus-report.json").read_text())
    rows = {row["host"]: row for row in made["certificates"]}
    metrics = (site.folder / "wotrus-report.prom").read_text()
    key = {name: f'host="{name}",name="contracts"' for name in wrong}
    assert (rows[typo.name]["error_code"], rows[typo.name]["command"]) == ("reload_pending", None)
    assert f"wotrus_certificate_reload_pending{{{key[typo.name]}}} 1" in metrics
    assert rows[silent.name]["error_code"] == "no_service_notified"
    assert f'wotrus_certificate_alarm{{{key[silent.name]},alarm="warning"}} 1' in metrics
    assert "If the disk is lost" in rows[renamed.name]["notices"][0]["msg"]
    assert f"wotrus_certificate_notices{{{key[renamed.name]}}} 1" in metrics
    unlisted = {one["host"]: [folder["name"] for folder in one["unlisted"]] for one in made["hosts"] if one["unlisted"]}
    assert unlisted == {dropped.name: ["invoices"]}
    assert f'wotrus_host_unlisted{{host="{dropped.name}"}} 1' in metrics
    assert rows[away.name]["state"] == "not_read"
    assert f'wotrus_host_read{{host="{away.name}"}} 0' in metrics
    assert (made["summary"]["failing"], made["summary"]["warnings"], made["summary"]["hosts_not_read"]) == (1, 3, 1)
    orders = csv.DictReader(io.StringIO((site.folder / "orders.csv").read_text(encoding="utf-8-sig")))
    assert former_order.lower() in [row["order_id"].lower() for row in orders]
