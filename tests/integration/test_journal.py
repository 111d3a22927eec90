# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of the role, its playbooks and its modules."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.operations import csr
from tests.helpers.sandbox import Sandbox

from .harness import Site, entry
from .test_preflight import failing
from .test_runbooks import with_jq

AWX = {"awx_job_id": 17, "awx_workflow_job_id": 16, "awx_user_name": "li"}
DIGEST = "jq -cjS .wotrus_plan plan.json | sha256sum"
Line = dict[str, Any]


@pytest.fixture
def journal(site: Site) -> Path:
    path = site.folder / "purchases.jsonl"
    site.variables["wotrus_journal"] = str(path)
    return path


def lines(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def calls(path: Path) -> list[tuple[str, str, str, str]]:
    """Return event, call, host and certificate of each line."""
    return [(line["event"], line["call"], line["host"], line["certificate"]) for line in lines(path)]


def test_job_of_awx_is_in_the_lines(site: Site, sandbox: Sandbox, journal: Path) -> None:
    hosts = site.hosts(2)
    site.variables["wotrus_max_charged_orders"] = 2

    site.issue("--check")
    assert not journal.exists()
    site.issue(variables={**AWX, "wotrus_approver": "wang"})

    found = lines(journal)
    assert sorted(calls(journal)) == sorted(
        (event, "create", host.name, "contracts") for host in hosts for event in ("send", "end")
    )
    senders = {(line["user"], line["job"], line["workflow_job"], line["approver"]) for line in found}
    assert senders == {("li", "17", "16", "wang")}
    assert {line["plan"] for line in found} == {None}
    assert {tuple(line["limits"].items()) for line in found} == {(("charged_orders", 2), ("reissues", 10))}
    placed = {line["new_order_id"] for line in found if line["event"] == "end"}
    assert placed == {host.folder().record["live"]["order_id"] for host in hosts}
    assert sandbox.token not in journal.read_text(encoding="utf-8")


@with_jq
def test_lines_of_an_approved_plan_have_its_digest(site: Site, journal: Path) -> None:
    site.host()
    site.variables["wotrus_certificates"] = [entry(common_name="示例科技有限公司")]
    plan = site.folder / "plan.json"
    site.run("--check", playbook="wotrus.pki.issue", variables={"wotrus_plan_file": str(plan)})

    applied = site.run("--extra-vars", f"@{plan}", playbook="wotrus.pki.issue_planned")

    assert applied.code == 0, applied.output
    shown = subprocess.run(["sh", "-c", DIGEST], cwd=site.folder, capture_output=True, text=True, check=True).stdout
    assert {line["plan"] for line in lines(journal)} == {shown.split()[0]}


def test_playbooks_that_end_orders_write_lines(site: Site, sandbox: Sandbox, journal: Path) -> None:
    host = site.host(awx_job_id=99, awx_user_name="forged")
    site.issue()
    sandbox.settings(manual_review=True)
    site.variables["wotrus_certificates"] = [entry(), entry("invoices")]
    site.issue()
    journal.unlink()

    revoked = site.run(playbook="wotrus.pki.revoke", variables={"wotrus_revoke": ["contracts"], **site.revocation()})
    cancelled = site.run(
        playbook="wotrus.pki.cancel", variables={"wotrus_cancel": ["invoices"], "wotrus_cancel_reason": "by mistake"}
    )

    assert (revoked.code, cancelled.code) == (0, 0), revoked.output + cancelled.output
    assert calls(journal) == [
        ("send", "revoke", host.name, "contracts"),
        ("end", "revoke", host.name, "contracts"),
        ("send", "cancel", host.name, "invoices"),
        ("end", "cancel", host.name, "invoices"),
    ]
    # Only AWX's extra variables count.
    assert {line["job"] for line in lines(journal)} == {None}
    assert "forged" not in journal.read_text(encoding="utf-8")


@pytest.mark.parametrize("way", ["option", "environment"])
def test_module_that_is_used_alone_writes_lines(site: Site, way: str) -> None:
    host, path = site.host(), site.folder / "alone.jsonl"
    order = {"name": host.name, "product": "pdf_signing", "common_name": "Example Ltd.", "months": 12}
    options = {**order, "organization": {"name": "Example Ltd."}, "csr": csr()}
    if way == "environment":
        site.environment["WOTRUS_JOURNAL"] = str(path)
    else:
        options["journal"] = str(path)

    run = site.run(tasks=[{"wotrus.pki.wotrus_order": options}])

    assert run.code == 0, run.output
    assert [line["outcome"] for line in lines(path) if line["event"] == "end"] == ["accepted"]
    assert {line["certificate"] for line in lines(path)} == {None}


def test_preflight_finds_a_journal_that_cannot_be_written(site: Site, journal: Path) -> None:
    site.host()
    site.variables["wotrus_journal"] = str(site.folder / "missing" / "journal.jsonl")

    run = site.run(playbook="wotrus.pki.preflight")

    assert run.code == 2
    assert list(failing(run)) == ["journal"]
    assert not journal.parent.joinpath("missing").exists()


def test_journal_with_a_relative_path_is_a_mistake(site: Site, sandbox: Sandbox) -> None:
    site.host()
    site.variables["wotrus_journal"] = "journal.jsonl"

    run = site.run()

    assert run.code == 2
    assert "wotrus_journal: journal must be syslog or an absolute path" in run.failures[0]
    assert sandbox.calls() == []
