# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans as files, stale plans, exit codes for pipelines, and prices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed
from .conftest import Charged
from .harness import Run, Site, entry

ISSUE, PLANNED = "wotrus.pki.issue", "wotrus.pki.issue_planned"


@pytest.fixture(autouse=True)
def exit_codes(site: Site) -> None:
    """Enable the callback, after the one of the tests."""
    site.environment["ANSIBLE_CALLBACKS_ENABLED"] = "journal,wotrus.pki.exit_code"


def plan(site: Site, *options: str, **variables: Any) -> tuple[Run, dict[str, Any]]:
    """Write a plan; return the run and the plan's file."""
    path = site.folder / "plan.json"
    run = site.run(*options, playbook=ISSUE, variables={"wotrus_plan_file": str(path), **variables})
    return run, json.loads(path.read_text())


def apply(site: Site, **variables: Any) -> Run:
    """Apply the plan's file."""
    return site.run(playbook=PLANNED, variables={"wotrus_plan_file": str(site.folder / "plan.json"), **variables})


def test_plan_is_written_applied_and_then_there_is_nothing_to_do(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    hosts = [site.host("own", wotrus_extra_certificates=[entry("invoices")]), site.host("other")]
    changes = {"wotrus_fail_on_changes": True}

    planned, content = plan(site, "--tags", "wotrus_plan", **changes)

    assert planned.code == 3, planned.output
    assert set(content["wotrus_plan"]) == {host.name for host in hosts}
    assert content["wotrus_plan_summary"]["charged_orders"] == 3
    assert content["wotrus_plan_summary"]["limit_exceeded"] is True
    text = (site.folder / "plan.md").read_text()
    assert all(f"| {host.name} | contracts | order |" in text for host in hosts)
    assert (site.folder / "plan.json").stat().st_mode & 0o777 == 0o600
    assert charged() == 0
    assert not hosts[0].folder().path.exists()

    before = (site.folder / "plan.json").read_bytes()
    assert (
        site.run("--check", playbook=PLANNED, variables={"wotrus_plan_file": str(site.folder / "plan.json")}).code == 0
    )
    assert (site.folder / "plan.json").read_bytes() == before

    applied = apply(site)

    assert applied.code == 0, applied.output
    assert charged() == 3
    for folder in (hosts[0].folder(), hosts[0].folder("invoices"), hosts[1].folder()):
        assert_deployed(folder, sandbox)
    assert not hosts[1].folder("invoices").path.exists()

    again, content = plan(site, "--check", **changes)

    assert again.code == 0, again.output
    assert again.changed == 0
    assert content["wotrus_plan"] == {}
    assert "Nothing to do. Certificates: 3." in (site.folder / "plan.md").read_text()


def test_path_of_the_plan_file_is_not_taken_from_a_managed_host(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.json"
    site.host(wotrus_plan_file=str(path))

    run = site.run("--check", playbook=ISSUE)

    assert "wotrus_plan_file is not set for localhost" in run.failures[0]
    assert not path.exists()


def test_file_of_a_plan_is_no_way_to_set_a_variable_or_run_a_template(
    site: Site, sandbox: Sandbox, tmp_path: Path
) -> None:
    host, ran = site.host(), tmp_path / "ran"
    path = site.folder / "plan.json"
    _planned, content = plan(site, "--check")
    sandbox.clear_calls()

    content["wotrus_plan"][host.name][0]["reason"] = f"{{{{ lookup('pipe', 'touch {ran}') }}}}"
    path.write_text(json.dumps({**content, "wotrus_api_url": "https://evil.example"}), encoding="utf-8")
    refused = apply(site)
    assert "has wotrus_api_url, which no plan has" in refused.failures[0]
    assert sandbox.calls() == []

    path.write_text(json.dumps(content), encoding="utf-8")
    applied = apply(site)
    assert applied.code == 0, applied.output
    assert not ran.exists()


def test_content_of_the_file_of_root_certificates_is_approved_too(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    site.host()
    roots = site.folder / "roots.pem"
    roots.write_bytes(Path(sandbox.root_ca).read_bytes())
    named = {"wotrus_root_ca_path": str(roots)}
    plan(site, "--check", **named)

    roots.write_bytes(roots.read_bytes() * 2)
    run = apply(site, **named)

    assert "contracts: wotrus_root_ca_path" in run.failures[0]
    assert charged() == 0
