# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration playbook removes what it created."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .configure import ABSENT, SITE, configure
from .fake_awx import FakeAwx
from .fake_jobs import Ran


def test_removal_of_what_jobs_use_is_tried_again(
    server: FakeAwx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = {"description": "Of an earlier run [wotrus.pki: wotrus.pki]"}
    own = {"organization": server.add("organizations", {"name": "Signing", **mark})["id"], **mark}
    project = server.add("projects", {"name": "wotrus.pki", **own})
    server.update_project(project)
    inventory = server.add("inventories", {"name": "WoTrus", "kind": "", **own})
    used = {"project": project["id"], "inventory": inventory["id"]}
    body = {"name": "WoTrus | issue", "playbook": "playbooks/issue.yml", "forks": 0, "timeout": 0, "job_slice_count": 1}
    template = server.add("job_templates", {**body, **used, **own})
    # AWX still reads the output of these jobs, and sends a notification.
    for field, number in {**used, "job_template": template["id"], "organization": own["organization"]}.items():
        job = server.add_job("jobs", name=field, **{field: number})
        job.update(status="successful", event_processing_finished=False)
    configuration = {"token": "xoxb", "channels": ["pki"]}
    notification = {"name": "WoTrus", "notification_type": "slack", "notification_configuration": configuration, **own}
    server.add("notification_templates", notification)["is_sending"] = True
    # The schedule launches this workflow after the check of active jobs.
    workflow = server.add("workflow_job_templates", {"name": "WoTrus | renew and notify", **own})
    answer = server.answer

    def launch(method: str, path: str, *rest: Any, **details: Any) -> tuple[int, Any]:
        if (method, path, server.resources["workflow_jobs"]) == ("DELETE", workflow["url"], []):
            server.add_job("workflow_jobs", name="scheduled", workflow_job_template=workflow["id"], status="running")
        return answer(method, path, *rest, **details)

    monkeypatch.setattr(server, "answer", launch)

    removed = configure(server, tmp_path, wotrus_awx_organization="Signing", **ABSENT)

    assert removed.returncode == 0, removed.stdout + removed.stderr
    kinds = ("workflow_job_templates", "job_templates", "inventories", "projects", "notification_templates")
    assert [server.names(kind) for kind in kinds] == [[], [], [], [], []]
    assert server.names("organizations") == ["Default"]
    assert server.writes.count(f"DELETE {workflow['url'].removeprefix('/api/v2')}") == 2


def test_nothing_is_removed_while_a_plan_waits_for_its_approval(copied: FakeAwx, tmp_path: Path) -> None:
    copied.jobs.run_job = lambda template, _variables: Ran("failed" if "approve" in template["name"] else "successful")
    workflow = copied.named("workflow_job_templates", "WoTrus | plan, approve, issue")
    assert copied.ask("POST", f"workflow_job_templates/{workflow['id']}/launch/")[0] == 201
    assert copied.ask("DELETE", f"workflow_job_templates/{workflow['id']}/")[0] == 409
    copied.writes.clear()

    done = configure(copied, tmp_path, **SITE, **ABSENT)

    assert done.returncode != 0
    assert "AWX is unchanged. Wait for these jobs, cancel them, or decide about their approvals:" in done.stdout
    assert "WoTrus | approve and issue" in done.stdout
    assert copied.writes == []
