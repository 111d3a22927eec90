# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches by the API, a schedule and a rulebook."""

from __future__ import annotations

import urllib.parse
from typing import Any

import jinja2
import pytest
import yaml

from tests.integration.harness import ROOT

from .fake_awx import FakeAwx
from .fake_jobs import Ran

ORDER = "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"
RULEBOOK = ROOT / "extensions" / "eda" / "rulebooks" / "launch_on_push.yml"


def launch(awx: FakeAwx, name: str, answers: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """Launch a job template by the API."""
    template = awx.named("job_templates", f"WoTrus | {name}")
    return awx.ask("POST", f"job_templates/{template['id']}/launch/", {"extra_vars": answers or {}})


@pytest.mark.parametrize("name", ["plan", "issue", "renew", "status", "waiting for you", "issue planned"])
def test_launch_by_the_api_needs_no_answers_and_has_the_defaults(configured: FakeAwx, name: str) -> None:
    status, answer = launch(configured, name)

    assert status == 201, answer
    variables = configured.find("jobs", answer["job"])["extra_vars"]
    assert variables.get("wotrus_hosts", "wotrus") == "wotrus"
    if name == "issue":
        assert variables["wotrus_max_charged_orders"] == 50


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("reissue", "wotrus_reissue"),
        ("revoke", "wotrus_revocation_document"),
        ("cancel", "wotrus_cancel"),
        ("deploy on push", "wotrus_order_ids"),
        ("report", "wotrus_report_host"),
    ],
)
def test_launch_without_a_required_answer_is_refused(configured: FakeAwx, name: str, missing: str) -> None:
    status, answer = launch(configured, name)

    assert status == 400
    assert f"'{missing}' value missing" in answer["detail"]


@pytest.mark.parametrize("count", [1, 40])
def test_rulebook_launches_the_template_as_the_team_for_rulebooks(configured: FakeAwx, count: int) -> None:
    """The requests are those of ansible-rulebook (job_template_runner.py, launch_job_template)."""
    (ruleset,) = yaml.safe_load(RULEBOOK.read_text(encoding="utf-8"))
    (rule,) = ruleset["rules"]
    action = rule["action"]["run_job_template"]
    matched = {f"m_{number}": {"wotrus": {"order_id": f"{ORDER[:-2]}{number:02}"}} for number in range(count)}
    # ansible_rulebook/rule_set_runner.py, _call_action: one match is event, and several are events.
    variables = {"event": matched["m_0"]} if count == 1 else {"events": matched}
    render = jinja2.Environment().from_string
    own = {"teams": ["WoTrus rulebooks"]}
    name, organization = (render(action[key]).render() for key in ("name", "organization"))
    given = {key: render(text).render(**variables) for key, text in action["job_args"]["extra_vars"].items()}
    _status, listed = configured.ask("GET", f"unified_job_templates/?name={urllib.parse.quote(name)}", **own)
    (template,) = [
        one
        for one in listed["results"]
        if one["type"] == "job_template" and one["summary_fields"]["organization"]["name"] == organization
    ]

    status, answer = configured.ask(
        "POST", template["related"]["launch"].removeprefix("/api/v2/"), {"extra_vars": given}, **own
    )

    assert status == 201, answer
    job = configured.find("jobs", answer["job"])
    assert job["extra_vars"]["wotrus_order_ids"] == ",".join(one["wotrus"]["order_id"] for one in matched.values())
    assert job["extra_vars"]["wotrus_hosts"] == "wotrus"


def failing(configured: FakeAwx, *names: str) -> None:
    """Let only the jobs of these templates fail."""
    failed = [f"WoTrus | {name}" for name in names]
    configured.jobs.run_job = lambda template, _variables: Ran("failed" if template["name"] in failed else "successful")


def start(configured: FakeAwx, workflow: str) -> dict[str, Any]:
    """Launch a workflow, and return its job."""
    template = configured.named("workflow_job_templates", f"WoTrus | {workflow}")
    status, answer = configured.ask("POST", f"workflow_job_templates/{template['id']}/launch/")
    assert status == 201, answer
    return configured.find("workflow_jobs", answer["id"])


def test_workflow_is_red_if_the_job_that_spends_money_failed(configured: FakeAwx) -> None:
    """A later node would make it green."""
    failing(configured, "nothing to approve", "issue planned", "renew")

    renewal, plan = start(configured, "renew and notify"), start(configured, "plan, approve, issue")
    assert plan["status"] == "running"
    approval = configured.resources["workflow_approvals"][-1]
    assert configured.ask("POST", f"workflow_approvals/{approval['id']}/approve/")[0] == 204

    assert (renewal["status"], plan["status"]) == ("failed", "failed")


def test_two_plans_wait_for_their_approvals_at_the_same_time(configured: FakeAwx) -> None:
    failing(configured, "nothing to approve")
    known = len(configured.resources["workflow_approvals"])

    plans = [start(configured, "plan, approve, issue") for _each in range(2)]

    assert [plan["status"] for plan in plans] == ["running", "running"]
    first, second = configured.resources["workflow_approvals"][known:]
    assert configured.ask("POST", f"workflow_approvals/{second['id']}/approve/")[0] == 204
    assert ([plan["status"] for plan in plans], first["status"]) == (["running", "successful"], "pending")


def test_workflow_refuses_a_variable_that_is_not_in_its_survey_and_a_job_template_ignores_it(
    configured: FakeAwx,
) -> None:
    workflow = configured.named("workflow_job_templates", "WoTrus | renew and notify")
    body = {"extra_vars": {"wotrus_alarm_days": 3}}

    refused, answer = configured.ask("POST", f"workflow_job_templates/{workflow['id']}/launch/", body)
    launched, job = launch(configured, "status", body["extra_vars"])

    assert (refused, launched) == (400, 201)
    assert "Variables wotrus_alarm_days are not allowed on launch." in answer["detail"]
    assert "wotrus_alarm_days" not in configured.find("jobs", job["job"])["extra_vars"]


def test_denied_plan_runs_no_further_job(configured: FakeAwx) -> None:
    failing(configured, "nothing to approve")
    known = len(configured.resources["jobs"])
    plan = start(configured, "plan, approve, issue")
    approval = configured.resources["workflow_approvals"][-1]

    assert configured.ask("POST", f"workflow_approvals/{approval['id']}/deny/")[0] == 204

    assert plan["status"] == "failed"
    names = [job["name"].removeprefix("WoTrus | ") for job in configured.resources["jobs"][known:]]
    assert names == ["plan", "nothing to approve"]
