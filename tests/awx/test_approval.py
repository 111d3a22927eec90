# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The approval workflow, with real jobs and the stand-in for AWX."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox
from tests.integration.checks import assert_deployed
from tests.integration.conftest import Charged
from tests.integration.harness import entry

from .fake_awx import FakeAwx
from .fake_jobs import Ran
from .jobs import Awx

APPROVERS = ["WoTrus approvers"]
PLANNERS = ["WoTrus planners"]


@pytest.fixture
def controller(configured: FakeAwx, awx: Awx) -> FakeAwx:
    """A configured AWX whose jobs really run, but for the last one of a workflow, which test_guide shows."""
    configured.jobs.run_job = lambda template, variables: (
        Ran() if template["name"] == "WoTrus | waiting for you" else awx.run_template(template, variables)
    )
    configured.jobs.sent.clear()
    for kind in ("jobs", "workflow_jobs", "workflow_approvals"):
        configured.resources[kind].clear()
    return configured


def has_nothing_planned(host: str) -> str:
    return f"{host}: The approved plan has nothing for this host, since Ansible did not reach it."


def launch(controller: FakeAwx) -> dict[str, Any]:
    """Launch the workflow as a planner, and return its job."""
    workflow = controller.named("workflow_job_templates", "WoTrus | plan, approve, issue")
    status, answer = controller.ask("POST", f"workflow_job_templates/{workflow['id']}/launch/", teams=PLANNERS)
    assert status == 201, answer
    return controller.find("workflow_jobs", answer["id"])


def names_of_jobs(controller: FakeAwx) -> list[str]:
    return [job["name"].removeprefix("WoTrus | ") for job in controller.resources["jobs"]]


def test_approver_sees_the_plan_approves_it_and_an_empty_plan_asks_nobody(
    controller: FakeAwx, awx: Awx, sandbox: Sandbox, charged: Charged
) -> None:
    first, second = awx.add_hosts(2)
    planned = {f"{host.name} contracts: order (may be charged)" for host in (first, second)}

    workflow = launch(controller)

    assert (workflow["status"], charged()) == ("running", 0)
    assert names_of_jobs(controller) == ["plan", "nothing to approve"]
    # What a member of the approvers alone can read: the notification, the workflow to approve, and the job of the plan.
    (sent,) = controller.jobs.sent
    assert sent["event"] == "workflow_approval"
    for text in sent["text"].values():
        assert "orders that may be charged: 2, certificates: 2; estimated cost: 1,960.00 CNY at most, orders: 2" in text
        assert all(line in text for line in planned)
    (approval,) = controller.resources["workflow_approvals"]
    assert f"/#/jobs/workflow/{approval['workflow_job']}" in sent["text"]["message"]
    status, nested = controller.ask("GET", f"workflow_jobs/{approval['workflow_job']}/", teams=APPROVERS)
    assert status == 200
    assert set(nested["extra_vars"]["wotrus_plan"]) == {first.name, second.name}
    assert all(line in nested["extra_vars"]["wotrus_approval"] for line in planned)
    plan = controller.resources["jobs"][0]
    status, output = controller.ask("GET", f"jobs/{plan['id']}/stdout/", teams=APPROVERS)
    assert status == 200
    assert "estimated cost: 1,960.00 CNY at most, orders: 2" in str(output)
    assert "planned              order 2" in str(output)
    assert "unchanged" not in str(output)
    # A certificate that is added meanwhile is not in the plan.
    awx.variables["wotrus_certificates"] = [entry("contracts"), entry("invoices")]

    refused, _answer = controller.ask("POST", f"workflow_approvals/{approval['id']}/approve/", teams=PLANNERS)
    approved, _answer = controller.ask("POST", f"workflow_approvals/{approval['id']}/approve/", teams=APPROVERS)

    assert (refused, approved, charged()) == (403, 204, 2)
    for host in (first, second):
        assert_deployed(host.folder("contracts"), sandbox)
        assert not host.folder("invoices").path.exists()
    assert names_of_jobs(controller) == ["plan", "nothing to approve", "issue planned", "waiting for you"]
    assert workflow["status"] == "successful"

    awx.variables["wotrus_certificates"] = [entry("contracts")]
    controller.resources["jobs"].clear()
    controller.jobs.sent.clear()

    empty = launch(controller)

    assert empty["status"] == "successful"
    assert names_of_jobs(controller) == ["plan", "nothing to approve", "waiting for you"]
    assert len(controller.resources["workflow_approvals"]) == 1
    assert (controller.jobs.sent, charged()) == ([], 2)


def test_host_that_is_down_stops_no_approval_of_the_others_and_the_workflow_is_red(
    controller: FakeAwx, awx: Awx, sandbox: Sandbox, charged: Charged
) -> None:
    present, away = awx.add_hosts(2)
    awx.unreachable = [away]

    workflow = launch(controller)

    assert names_of_jobs(controller) == ["plan", "plan for others"]
    failed, asked = (sent["text"]["message"] for sent in controller.jobs.sent)
    assert f"plan: failed. {away.name}: no result" in failed
    assert f"not planned for, since Ansible did not reach them: {away.name}; " in asked
    assert f"{present.name} contracts: order (may be charged)" in asked
    # It is back, but nobody approved anything for it.
    awx.unreachable = []
    (approval,) = controller.resources["workflow_approvals"]
    approved, _answer = controller.ask("POST", f"workflow_approvals/{approval['id']}/approve/", teams=APPROVERS)

    assert (approved, charged(), workflow["status"]) == (204, 1, "failed")
    assert names_of_jobs(controller)[2:] == ["issue planned"]
    assert has_nothing_planned(away.name) in controller.jobs.sent[-1]["text"]["message"]
    assert_deployed(present.folder(), sandbox)
    assert not away.folder().path.exists()


@pytest.mark.parametrize("change", ["nobody answers", "nothing to do", "another failure"])
def test_failed_plan_asks_nobody_if_more_failed_or_nothing_is_to_do(
    controller: FakeAwx, awx: Awx, charged: Charged, change: str
) -> None:
    present, wrong, away = awx.add_hosts(3)
    if change == "nothing to do":
        awx.given()
    awx.unreachable = [present, wrong, away] if change == "nobody answers" else [away]
    if change == "another failure":
        awx.variables["wotrus_keep"] = "{{ 'many' if inventory_hostname == '" + wrong.name + "' else 3 }}"
    before = charged()

    workflow = launch(controller)

    assert names_of_jobs(controller) == ["plan", "plan for others"]
    assert (workflow["status"], charged()) == ("failed", before)
    assert controller.resources["workflow_approvals"] == []
    (sent,) = controller.jobs.sent
    assert away.name in sent["text"]["message"]
    planned = controller.resources["jobs"][0]["artifacts"].get("wotrus_approval", "")
    assert (f"{present.name} contracts: order" in planned) is (change == "another failure")
