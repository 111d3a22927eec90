# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Surveys and workflows have the variables of playbooks and role.

They are in AWX's format.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.integration.harness import ROOT

from .jobs import read

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


def test_each_question_has_both_texts_in_chinese() -> None:
    assert {key: tuple(texts) for key, texts in CHINESE.items()} == dict.fromkeys(QUESTIONS, TEXTS)
    assert [
        text for texts in CHINESE.values() for text in texts.values() if not re.search("[\u4e00-\u9fff]", text)
    ] == []


def test_survey_of_a_job_has_only_variables_of_its_playbook_and_the_role() -> None:
    asked = [(options(job["playbook"]), question) for job in JOBS.values() for question in spec(job.get("survey", []))]

    for taken, question in asked:
        option = taken[question["variable"]]
        assert question["type"] in QUESTION_TYPES[option["type"]], question
        if option["type"] == "bool":
            assert question["choices"].split() == ["false", "true"]
        if "choices" in option and "choices" in question:
            assert set(question["choices"].split()) <= set(option["choices"]), question


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
