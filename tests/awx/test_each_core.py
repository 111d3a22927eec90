# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What depends on ansible-core, with older ones: ``make awx-older``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox
from tests.integration.checks import assert_deployed
from tests.integration.conftest import Charged
from tests.integration.harness import ROOT

from .configure import ABSENT, FEW, SITE, changes_of, check_workflows, configure, create_what_a_site_has, state
from .fake_awx import NOBODY, FakeAwx
from .jobs import Awx, read

QUESTIONS = read("templates.yml")["wotrus_awx_questions"].values()
# Answers without text to all questions that need none.
EMPTY = {question["variable"]: "" for question in QUESTIONS if not question["required"]}
OLDER = {
    core: ROOT / ".build" / f"venv-{core}" / "bin" for core in os.environ.get("WOTRUS_TEST_OLDER_CORES", "").split()
}


pytestmark = pytest.mark.parametrize("ansible", OLDER.values(), ids=OLDER)


def test_jobs_without_answers_plan_ask_issue_and_then_ask_nobody(
    ansible: Path, awx: Awx, sandbox: Sandbox, charged: Charged
) -> None:
    awx.ansible = ansible
    (host,) = awx.add_hosts(1)

    plan = awx.run("playbooks/issue.yml", EMPTY, check=True)
    asking = awx.run("playbooks/check_plan.yml", {**EMPTY, **plan.artifacts})
    issued = awx.run("playbooks/issue_planned.yml", {**EMPTY, **plan.artifacts})
    again = awx.run("playbooks/issue.yml", EMPTY, check=True)
    asking_nobody = awx.run("playbooks/check_plan.yml", {**EMPTY, **again.artifacts})

    assert [job.code for job in (plan, issued, again, asking_nobody)] == [0] * 4, plan.stdout + asking_nobody.stdout
    assert [one.partition(";")[0] for one in asking.failures] == [
        "A person must approve the plan. orders that may be charged: 1, certificates: 1"
    ]
    assert again.artifacts["wotrus_approval"] == ""
    assert charged() == 1
    assert_deployed(host.folder(), sandbox)


# test_guide.py does so with the newest.
def test_awx_is_configured_again_changed_and_removed(ansible: Path, server: FakeAwx, tmp_path: Path) -> None:
    create_what_a_site_has(server)
    before = state(server)

    def run(**changes: Any) -> str:
        done = configure(server, tmp_path, ansible=ansible, **{**SITE, **FEW, **changes})
        assert done.returncode == 0, done.stdout + done.stderr
        return "\n".join([*changes_of(done), done.stdout])

    run()
    project = server.named("projects", "wotrus.pki")["id"]
    server.writes.clear()
    again = run()

    assert "changed=0 " in again, again
    assert server.writes == [f"POST /projects/{project}/update/"]
    server.repository["revision"] = "a-new-commit"

    changed = {"wotrus_awx_prefix": "Certificates", "wotrus_awx_project_branch": "stable"}
    run(**changed, wotrus_awx_inventory_execution_environment="AWX EE (latest)")

    check_workflows(server, "Certificates")
    assert {job["project"] for job in server.resources["job_templates"]} == {project}
    (source,) = server.resources["inventory_sources"]
    environment = server.named("execution_environments", "AWX EE (latest)")
    assert (source["source_project"], source["execution_environment"]) == (project, environment["id"])

    run(**ABSENT)

    # AWX itself removes labels that nothing has, and no request does.
    assert state(server) == {**before, "labels": ["pki"]}


def test_refused_access_is_one_line(ansible: Path, server: FakeAwx, tmp_path: Path) -> None:
    done = configure(server, tmp_path, ansible=ansible, access=NOBODY)

    assert done.returncode == 2
    assert '"msg": "Invalid authentication credentials for /api/v2/jobs/ (HTTP 401)."' in done.stdout
    assert "{{" not in done.stdout + done.stderr
