# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of AWX 24.6.1 for resources and answers.

The paths in comments are those of https://github.com/ansible/awx at the tag 24.6.1, with the line and the function.
"""

from __future__ import annotations

import re
from typing import Any

import jinja2
from jinja2 import sandbox

Json = dict[str, Any]

ANSWER_TYPES = {
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
    """AWX would answer 400."""


def refuse_if(is_wrong: object, reason: str) -> None:
    """Raise :class:`Refused` if something is wrong."""
    if is_wrong:
        raise Refused(reason)


def _is_exactly(value: object, kind: type) -> bool:
    """Return whether a value is of a type.

    For AWX, unlike Python, true and false are not numbers.
    """
    return isinstance(value, kind) and not (kind in (int, float) and isinstance(value, bool))


def validate(kind: str, body: Json) -> None:
    """Check the body of a request to the API.

    :raises Refused: AWX would refuse it
    """
    # awx/main/models/inventory.py:151, Inventory.kind; models/execution_environments.py:35, ExecutionEnvironment.image
    checks = {
        "survey_spec": validate_survey,
        "credential_types": validate_credential_type,
        "schedules": validate_schedule,
        "inventories": lambda body: refuse_if(body["kind"] is None, "kind: This field may not be null."),
        "execution_environments": lambda body: refuse_if(not body["image"], "image: This field may not be blank."),
        "job_templates": validate_job_template,
        "notification_templates": lambda body: validate_messages(body.get("messages")),
    }
    if kind in checks:
        checks[kind](body)


def validate_survey(survey: Json) -> None:
    """Check a survey (awx/api/views/__init__.py:2537, JobTemplateSurveySpec)."""
    for field, kind in (("name", str), ("description", str), ("spec", list)):
        refuse_if(
            not isinstance(survey.get(field), kind), f"Field '{field}' is missing from the survey, or of a wrong type"
        )
    refuse_if(not survey["spec"], "'spec' doesn't contain any items.")
    variables = [question.get("variable") for question in survey["spec"]]
    refuse_if(len(set(variables)) != len(variables), f"a variable is there twice: {variables}")
    for question in survey["spec"]:
        _check_question(question)


def _check_question(question: Json) -> None:
    where = f"survey question {question.get('variable')}"
    for field in _TEXTS:
        refuse_if(not isinstance(question.get(field), str) or not question[field], f"{where}: {field} is text")
    refuse_if(not isinstance(question.get("required"), bool), f"{where}: required is true or false")
    refuse_if(question["type"] not in ANSWER_TYPES, f"{where}: there is no type {question['type']}")
    default = question.get("default", "")
    wanted = ANSWER_TYPES[question["type"]]
    refuse_if(
        default != "" and not _is_exactly(default, wanted), f"{where}: the default {default!r} is no {wanted.__name__}"
    )
    for limit in ("min", "max"):
        refuse_if(not _is_exactly(question.get(limit, 0), int), f"{where}: {limit} is a number")
    if question["type"] in ("multiplechoice", "multiselect"):
        choices = question.get("choices")
        refuse_if(not choices, f"{where} must specify choices")
        offered = choices.splitlines() if isinstance(choices, str) else choices
        refuse_if(set(str(default).splitlines()) - set(offered), f"{where}: the default is none of the choices")


def validate_credential_type(kind: Json) -> None:
    """Check a credential type.

    awx/api/serializers.py:2975, CredentialTypeSerializer.validate; awx/main/fields.py:749,
    CredentialTypeInputField.validate, and :805, CredentialTypeInjectorField
    """
    refuse_if(kind["kind"] not in ("cloud", "net"), "kind must be cloud or net")
    fields = kind["inputs"]["fields"]
    ids = [field["id"] for field in fields]
    refuse_if(len(set(ids)) != len(ids), "field IDs must be unique")
    refuse_if("tower" in ids, "tower is a reserved field name")
    for field in fields:
        refuse_if(not field.get("label"), f"{field['id']} has no label")
        refuse_if(set(field) - _FIELD_KEYS, f"{field['id']} has a key that AWX does not know")
        refuse_if(field.get("type") not in ("string", "boolean"), f"{field['id']} is of a type that AWX does not know")
    refuse_if(set(kind["inputs"].get("required", ())) - set(ids), "a field that is required is not there")
    for name in kind["injectors"].get("env", {}):
        refuse_if(name.startswith("ANSIBLE_"), f"Environment variable {name} may affect Ansible configuration")
    for name in kind["injectors"].get("file", {}):
        refuse_if(not re.fullmatch(r"template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?", name), f"{name} is no name of a file")


def validate_schedule(schedule: Json) -> None:
    """Check a schedule's rule (awx/api/serializers.py:5441, SchedulePreviewSerializer.validate_rrule)."""
    rule = schedule["rrule"]
    start = _DTSTART.match(rule)
    refuse_if(start is None, "Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ")
    refuse_if(start and not start["utc"] and "TZID" not in rule, "DTSTART cannot be a naive datetime")
    refuse_if("RRULE:" not in rule, "One or more rule required in rrule.")
    refuse_if("INTERVAL" not in rule, "INTERVAL required in rrule")


def validate_job_template(template: Json) -> None:
    """Check a job template.

    awx/api/serializers.py:3287, JobOptionsSerializer.validate; awx/main/models/jobs.py:107, JobOptions.forks
    """
    for field in ("name", "playbook", "project", "inventory"):
        refuse_if(not template.get(field), f"{field}: This field is required.")
    for field in ("forks", "timeout", "job_slice_count"):
        refuse_if(not _is_exactly(template[field], int), f"{field} is a number")


def answer_errors(question: Json, answers: Json) -> list[str]:
    """Return what is wrong with the answer to a question.

    awx/main/models/mixins.py:205, SurveyJobTemplateMixin._survey_element_validation: if a required answer is missing,
    the default does not count.
    """
    variable, kind = question["variable"], question["type"]
    if variable not in answers:
        return [f"'{variable}' value missing"] if question["required"] else []
    value = answers[variable]
    if kind in ("text", "textarea", "password"):
        return _text_errors(question, value)
    if kind in ("integer", "float"):
        return _number_errors(question, value)
    choices = question["choices"]
    offered = choices.splitlines() if isinstance(choices, str) else choices
    return [] if value in offered else [f"Value {value} for '{variable}' expected to be one of {offered}."]


def _text_errors(question: Json, value: object) -> list[str]:
    variable = question["variable"]
    if not isinstance(value, str):
        return [f"Value {value} for '{variable}' expected to be a string."]
    if len(value) < int(question.get("min") or 0):
        return [f"'{variable}' value {value} is too small (length is {len(value)} must be at least {question['min']})."]
    if question.get("max") and len(value) > int(question["max"]):
        return [f"'{variable}' value {value} is too large (must be no more than {question['max']})."]
    return []


def _number_errors(question: Json, value: Any) -> list[str]:
    variable = question["variable"]
    if not _is_exactly(value, int):
        return [f"Value {value} for '{variable}' expected to be an integer."]
    if question.get("min") is not None and value < int(question["min"]):
        return [f"'{variable}' value {value} is too small (must be at least {question['min']})."]
    if question.get("max") and value > int(question["max"]):
        return [f"'{variable}' value {value} is too large (must be no more than {question['max']})."]
    return []


# The parts of awx/main/models/notifications.py:322, JobNotificationMixin.context_stub, that the messages use.
_STUB = {
    "job": {"name": "Stub JobTemplate", "status": "running", "artifacts": {}, "job_explanation": "Sample"},
    "url": "https://towerhost/#/jobs/playbook/1010",
    "approval_status": "approved",
    "approval_node_name": "Approve Me",
    "workflow_url": "https://towerhost/#/jobs/workflow/1010",
    "job_metadata": "{'url': 'https://towerhost/$/jobs/playbook/13'}",
}
_EVENTS = ("started", "success", "error", "workflow_approval")
_APPROVAL_EVENTS = ("running", "approved", "timed_out", "denied")


class _Refusing(jinja2.StrictUndefined):
    """An error for a missing field without a default filter."""


def validate_messages(messages: Json | None) -> None:
    """Check the messages of a notification.

    awx/api/serializers.py:5184, NotificationTemplateSerializer.validate_messages
    """
    for event, texts in (messages or {}).items():
        refuse_if(event not in _EVENTS, f"Event '{event}' invalid")
        if event == "workflow_approval":
            for subevent, own in (texts or {}).items():
                refuse_if(subevent not in _APPROVAL_EVENTS, f"Workflow Approval event '{subevent}' invalid")
                _check_texts(own or {}, event)
        else:
            _check_texts(texts or {}, event)


def _check_texts(texts: Json, event: str) -> None:
    for kind, text in texts.items():
        refuse_if(kind not in ("message", "body"), f"Message type '{kind}' invalid, must be either 'message' or 'body'")
        if text is None:
            continue
        refuse_if(
            kind == "message" and "\n" in text, f"Messages cannot contain newlines (found newline in {event} event)"
        )
        environment = sandbox.ImmutableSandboxedEnvironment(undefined=_Refusing)
        try:
            environment.from_string(text).render(_STUB)
        except jinja2.TemplateSyntaxError as exc:
            raise Refused(f"Unable to render message '{text}': {exc.message}") from exc
        except jinja2.UndefinedError as exc:
            raise Refused(f"Field '{exc.message}' unavailable") from exc
