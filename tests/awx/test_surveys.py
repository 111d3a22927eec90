# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Surveys and workflows have the variables of playbooks and role.

They are in AWX's format.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.integration.harness import ROOT

from .jobs import read
from .validation import ANSWER_TYPES, Refused, validate_credential_type, validate_schedule, validate_survey

TEMPLATES = read("templates.yml")
QUESTIONS = TEMPLATES["wotrus_awx_questions"]
JOBS = {job["name"]: job for job in TEMPLATES["wotrus_awx_job_templates"]}
WORKFLOWS = TEMPLATES["wotrus_awx_workflows"]
ENTRY_POINTS = yaml.safe_load((ROOT / "roles/certificate/meta/argument_specs.yml").read_text())["argument_specs"]
ENTRY_POINT = {"revoke.yml": "revoke", "cancel.yml": "cancel", "status.yml": "status", "report.yml": "report"}
# The types of survey questions for each type of the role's options.
QUESTION_TYPES = {
    "str": {"text", "textarea", "multiplechoice"},
    "path": {"text"},
    "list": {"textarea", "text", "multiselect"},
    "int": {"integer"},
    "float": {"float", "integer"},
    "bool": {"multiplechoice"},
}


def own_variables(playbook: str) -> set[str]:
    """Return the variables that a playbook itself reads."""
    text = (ROOT / "playbooks" / playbook).read_text()
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return set(re.findall(r"(?<![\w.])wotrus_[a-z_]+\b(?!:)", code)) - {"wotrus_certificates"}


def options(playbook: str) -> dict[str, Any]:
    """Return the options of a playbook.

    These are those of the role's entry point, and the playbook's own variables.
    """
    taken: dict[str, Any] = dict(ENTRY_POINTS[ENTRY_POINT.get(playbook, "main")]["options"])
    known = set().union(*(entry["options"] for entry in ENTRY_POINTS.values()))
    taken.update({name: {"type": "str"} for name in own_variables(playbook) - known})
    return taken


def spec(names: list[str]) -> list[dict[str, Any]]:
    """Return the questions of a survey."""
    return [QUESTIONS[name] for name in names]


@pytest.mark.parametrize("survey", [one.get("survey") for one in (*JOBS.values(), *WORKFLOWS) if one.get("survey")])
def test_awx_accepts_each_survey(survey: list[str]) -> None:
    validate_survey({"name": "", "description": "", "spec": spec(survey)})


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if job.get("survey")])
def test_survey_of_a_job_has_only_variables_of_its_playbook_and_the_role(name: str) -> None:
    job = JOBS[name]
    taken = options(job["playbook"])

    for question in spec(job["survey"]):
        option = taken[question["variable"]]
        assert question["type"] in QUESTION_TYPES[option["type"]], question
        if option["type"] == "bool":
            assert question["choices"].split() == ["false", "true"]
        if "choices" in option and "choices" in question:
            assert set(question["choices"].split()) <= set(option["choices"]), question


@pytest.mark.parametrize("name", JOBS)
def test_survey_of_a_job_has_all_required_variables(name: str) -> None:
    job = JOBS[name]
    entry_point = ENTRY_POINTS[ENTRY_POINT.get(job["playbook"], "main")]["options"]
    needed = {option for option, value in entry_point.items() if value.get("required")} - {"wotrus_certificates"}
    asked = {question["variable"]: question for question in spec(job.get("survey", []))}

    assert needed <= set(asked)
    assert all(asked[variable]["required"] for variable in needed)
    assert (ROOT / "playbooks" / job["playbook"]).is_file()


def test_fixed_variables_of_jobs_are_read_by_their_playbooks() -> None:
    fixed = {(job["playbook"], variable) for job in JOBS.values() for variable in job.get("extra_vars", {})}

    assert fixed == {("status.yml", "wotrus_fail_when_waiting")}
    assert "wotrus_fail_when_waiting" in own_variables("status.yml")


def test_scheduled_workflow_has_a_default_for_each_required_question() -> None:
    (scheduled,) = [workflow for workflow in WORKFLOWS if workflow.get("scheduled")]

    assert [
        question for question in spec(scheduled["survey"]) if question["required"] and question["default"] == ""
    ] == []
    validate_schedule({"rrule": read("defaults.yml")["wotrus_awx_schedule"]})


def test_optional_answers_may_be_empty() -> None:
    """AWX sends empty text for them.

    tests/awx/test_survey_answers.py shows that the playbooks accept it.
    """
    optional = {key for key, question in QUESTIONS.items() if not question["required"]}

    assert optional == {"optional_evidence", "optional_reason", "replace_orders"}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow["name"])
def test_nodes_of_a_workflow_are_linked_and_use_its_answers(workflow: dict[str, Any]) -> None:
    nodes = {node["identifier"]: node for node in workflow["nodes"]}
    reached = [name for node in nodes.values() for name in (*node.get("success", ()), *node.get("always", ()))]
    jobs = [JOBS[node["job"]] for node in nodes.values() if "job" in node]

    assert sorted(reached) == sorted(list(nodes)[1:])
    for question in spec(workflow["survey"]):
        assert any(question["variable"] in options(job["playbook"]) for job in jobs), question


def test_money_is_spent_only_after_a_person_approved_the_plan() -> None:
    (workflow,) = [one for one in WORKFLOWS if one["name"] == "plan, approve, issue"]
    nodes = {node["identifier"]: node for node in workflow["nodes"]}

    assert (JOBS[nodes["plan"]["job"]]["job_type"], nodes["plan"]["success"]) == ("check", ["approve"])
    assert nodes["approve"]["approval"]
    assert nodes["approve"]["success"] == ["issue"]
    assert "always" not in nodes["approve"]
    assert JOBS[nodes["issue"]["job"]]["playbook"] == "issue_planned.yml"
    assert JOBS["plan"]["slices"] == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"default": "300"}, "is no int"),
        ({"type": "boolean"}, "no type boolean"),
        ({"required": "yes"}, "required is true or false"),
        ({"type": "multiplechoice", "choices": "1\n2", "default": "3"}, "none of the choices"),
    ],
)
def test_awx_refuses_a_question_of_another_form(changes: dict[str, Any], reason: str) -> None:
    question = {**QUESTIONS["wait_timeout"], **changes}

    with pytest.raises(Refused, match=reason):
        validate_survey({"name": "", "description": "", "spec": [question]})


def test_awx_accepts_the_credential_type() -> None:
    known = read("credential_type.yml")
    validate_credential_type(
        {
            "kind": "cloud",
            "inputs": known["wotrus_awx_credential_type_inputs"],
            "injectors": known["wotrus_awx_credential_type_injectors"],
        }
    )


def test_awx_has_each_type_of_question() -> None:
    assert {question["type"] for question in QUESTIONS.values()} <= set(ANSWER_TYPES)
