# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX 24.6.1 takes and what it refuses, of the things that the configuration makes."""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]

ANSWERS = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": float,
}
_TEXTS = ("type", "question_name", "variable")
_FIELD_KEYS = {"id", "label", "type", "help_text", "secret", "default", "multiline", "format", "choices"}
_DTSTART = re.compile(r"DTSTART(;TZID=[^:]+)?:\d{8}T\d{6}(?P<utc>Z?) ")


class Refused(Exception):
    """AWX answers 400."""


def refuse(wrong: object, why: str) -> None:
    """Refuse what is wrong."""
    if wrong:
        raise Refused(why)


def _is_exactly(value: object, kind: type) -> bool:
    """Tell whether a value is of a type; true and false are no numbers to AWX, though they are to Python."""
    return isinstance(value, kind) and not (kind in (int, float) and isinstance(value, bool))


def check(kind: str, body: Json) -> None:
    """Check what is sent to a place of the API.

    :raises Refused: AWX would not take it
    """
    checks = {
        "survey_spec": check_survey,
        "credential_types": check_credential_type,
        "schedules": check_schedule,
        "inventories": lambda one: refuse(one["kind"] is None, "kind: This field may not be null."),
        "execution_environments": lambda one: refuse(not one["image"], "image: This field may not be blank."),
        "job_templates": check_job_template,
    }
    if kind in checks:
        checks[kind](body)


def check_survey(survey: Json) -> None:
    """Check a survey."""
    for field, kind in (("name", str), ("description", str), ("spec", list)):
        refuse(
            not isinstance(survey.get(field), kind), f"Field '{field}' is missing from the survey, or of a wrong type"
        )
    refuse(not survey["spec"], "'spec' doesn't contain any items.")
    variables = [question.get("variable") for question in survey["spec"]]
    refuse(len(set(variables)) != len(variables), f"a variable is there twice: {variables}")
    for question in survey["spec"]:
        _check_question(question)


def _check_question(question: Json) -> None:
    where = f"survey question {question.get('variable')}"
    for field in _TEXTS:
        refuse(not isinstance(question.get(field), str) or not question[field], f"{where}: {field} is text")
    refuse(not isinstance(question.get("required"), bool), f"{where}: required is true or false")
    refuse(question["type"] not in ANSWERS, f"{where}: there is no type {question['type']}")
    default = question.get("default", "")
    wanted = ANSWERS[question["type"]]
    refuse(
        default != "" and not _is_exactly(default, wanted), f"{where}: the default {default!r} is no {wanted.__name__}"
    )
    for limit in ("min", "max"):
        refuse(not _is_exactly(question.get(limit, 0), int), f"{where}: {limit} is a number")
    if question["type"] in ("multiplechoice", "multiselect"):
        choices = question.get("choices")
        refuse(not choices, f"{where} must specify choices")
        offered = choices.splitlines() if isinstance(choices, str) else choices
        refuse(set(str(default).splitlines()) - set(offered), f"{where}: the default is none of the choices")


def check_credential_type(kind: Json) -> None:
    """Check a credential type."""
    refuse(kind["kind"] not in ("cloud", "net"), "kind must be cloud or net")
    fields = kind["inputs"]["fields"]
    ids = [field["id"] for field in fields]
    refuse(len(set(ids)) != len(ids), "field IDs must be unique")
    refuse("tower" in ids, "tower is a reserved field name")
    for field in fields:
        refuse(not field.get("label"), f"{field['id']} has no label")
        refuse(set(field) - _FIELD_KEYS, f"{field['id']} has a key that AWX does not know")
        refuse(field.get("type") not in ("string", "boolean"), f"{field['id']} is of a type that AWX does not know")
    refuse(set(kind["inputs"].get("required", ())) - set(ids), "a field that is required is not there")
    for name in kind["injectors"].get("env", {}):
        refuse(name.startswith("ANSIBLE_"), f"Environment variable {name} may affect Ansible configuration")
    for name in kind["injectors"].get("file", {}):
        refuse(not re.fullmatch(r"template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?", name), f"{name} is no name of a file")


def check_schedule(schedule: Json) -> None:
    """Check a schedule's rule."""
    rule = schedule["rrule"]
    start = _DTSTART.match(rule)
    refuse(start is None, "Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ")
    refuse(start and not start["utc"] and "TZID" not in rule, "DTSTART cannot be a naive datetime")
    refuse("RRULE:" not in rule, "One or more rule required in rrule.")
    refuse("INTERVAL" not in rule, "INTERVAL required in rrule")


def check_job_template(template: Json) -> None:
    """Check a job template."""
    for field in ("name", "playbook", "project", "inventory"):
        refuse(not template.get(field), f"{field}: This field is required.")
    for field in ("forks", "timeout", "job_slice_count"):
        refuse(not _is_exactly(template[field], int), f"{field} is a number")
