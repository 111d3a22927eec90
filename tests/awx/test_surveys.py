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

from ansible_collections.wotrus.pki.plugins.plugin_utils._variables import ANSWERS
from tests.integration.harness import ROOT

from .jobs import read
from .validation import ANSWER_TYPES, Refused, validate_credential_type, validate_schedule, validate_survey

TEMPLATES = read("templates.yml")
QUESTIONS = TEMPLATES["wotrus_awx_questions"]
TEXTS = ("question_name", "question_description")
CHINESE = read("survey_zh.yml")["wotrus_awx_questions_zh"]
JOBS = {job["name"]: job for job in TEMPLATES["wotrus_awx_job_templates"]}
WORKFLOWS = TEMPLATES["wotrus_awx_workflows"]
WORKFLOW = {workflow["name"]: workflow for workflow in WORKFLOWS}
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


def test_each_question_has_both_texts_in_chinese() -> None:
    assert {key: tuple(texts) for key, texts in CHINESE.items()} == dict.fromkeys(QUESTIONS, TEXTS)
    assert [
        text for texts in CHINESE.values() for text in texts.values() if not re.search("[\u4e00-\u9fff]", text)
    ] == []
    # Questions that are the same in one language are the same in the other.
    english = {key: tuple(question[part] for part in TEXTS) for key, question in QUESTIONS.items()}
    assert len(set(english.values())) == len({tuple(texts.values()) for texts in CHINESE.values()})


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
    fixed = {(name, variable) for name, job in JOBS.items() for variable in job.get("extra_vars", {})}

    assert fixed == {
        ("waiting for you", "wotrus_fail_when_waiting"),
        ("plan", "wotrus_max_charged_orders"),
        ("plan", "wotrus_prices"),
        ("plan", "wotrus_currency"),
    }
    assert {"wotrus_max_charged_orders", "wotrus_prices", "wotrus_currency"} <= set(options("issue.yml"))
    assert "wotrus_fail_when_waiting" in own_variables("status.yml")


def test_no_question_with_a_default_is_required() -> None:
    """For a required question, AWX uses the default only in its form."""
    assert [key for key, question in QUESTIONS.items() if question["required"] and question["default"] != ""] == []


def test_scheduled_workflow_has_a_default_for_each_question() -> None:
    (scheduled,) = [workflow for workflow in WORKFLOWS if workflow.get("scheduled")]

    assert [question for question in spec(scheduled["survey"]) if question["default"] == ""] == []
    validate_schedule({"rrule": read("defaults.yml")["wotrus_awx_schedule"]})


def test_optional_text_may_be_empty() -> None:
    """AWX sends empty text for it.

    tests/awx/test_survey_answers.py and test_each_core.py show that the playbooks accept it.
    """
    optional = {key: question for key, question in QUESTIONS.items() if not question["required"]}

    assert {key for key, question in optional.items() if question["default"] == ""} == {
        "optional_evidence",
        "optional_reason",
        "replace_orders",
    }
    assert {question["min"] for question in optional.values() if question["type"] in ("text", "textarea")} == {0}


def test_empty_answer_to_each_question_has_a_default() -> None:
    """An order's id has none: without it, the playbook fails."""
    assert {question["variable"] for question in QUESTIONS.values()} - set(ANSWERS) == {"wotrus_order_ids"}


def jobs_of(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the jobs of a workflow, and of those in it."""
    inner = [WORKFLOW[node["workflow"]] for node in workflow["nodes"] if "workflow" in node]
    own = [JOBS[node["job"]] for node in workflow["nodes"] if "job" in node]
    return own + [job for one in inner for job in jobs_of(one)]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow["name"])
def test_nodes_of_a_workflow_are_linked_and_use_its_answers(workflow: dict[str, Any]) -> None:
    nodes = {node["identifier"]: node for node in workflow["nodes"]}
    reached = [
        name for node in nodes.values() for link in ("success", "failure", "always") for name in node.get(link, ())
    ]
    jobs = jobs_of(workflow)

    assert sorted(reached) == sorted(list(nodes)[1:])
    for question in spec(workflow["survey"]):
        assert any(question["variable"] in options(job["playbook"]) for job in jobs), question


def test_money_is_spent_only_after_a_person_approved_the_plan() -> None:
    outer = WORKFLOW["plan, approve, issue"]
    nodes = {node["identifier"]: node for node in outer["nodes"]}
    inner = {node["identifier"]: node for node in WORKFLOW[nodes["approve"]["workflow"]]["nodes"]}

    assert {JOBS[node["job"]]["playbook"] for node in nodes.values() if "job" in node} == {
        "issue.yml",
        "check_plan.yml",
        "status.yml",
    }
    assert (JOBS["plan"]["job_type"], JOBS["plan"]["slices"], nodes["plan"]["success"]) == ("check", 1, ["check"])
    assert next(iter(inner)) == "approve"
    assert inner["approve"]["approval"]
    assert inner["approve"]["success"] == ["issue"]
    assert "always" not in inner["approve"]
    assert JOBS[inner["issue"]["job"]]["playbook"] == "issue_planned.yml"


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
