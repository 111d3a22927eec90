# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of notifications, rendered as AWX does.

The paths in comments are those of https://github.com/ansible/awx at the tag 24.6.1, with the line and the function.
"""

from __future__ import annotations

import json
from typing import Any

import jinja2
from jinja2 import sandbox

from .validation import refuse_if

Resource = dict[str, Any]
# awx/main/notifications/slack_backend.py:19 and webhook_backend.py:18, init_parameters: types, and defaults
_PARAMETERS: dict[str, dict[str, tuple[Any, ...]]] = {
    "slack": {"token": (str,), "channels": (list,)},
    "webhook": {
        "url": (str,),
        "http_method": (str, "POST"),
        "disable_ssl_verification": (bool, False),
        "username": (str, ""),
        "password": (str, ""),
        "headers": (dict,),
    },
}
# awx/main/models/notifications.py:250, JobNotificationMixin.STATUS_TO_TEMPLATE_TYPE
EVENTS = {"successful": "success", "failed": "error"}


def completed_configuration(kind: str, given: Resource) -> Resource:
    """Return the configuration of a notification with AWX's defaults.

    awx/api/serializers.py:5303, NotificationTemplateSerializer.validate

    :param kind: the type of the notification
    :raises Refused: a field is missing, or of a wrong type
    """
    fields = _PARAMETERS.get(kind, {})
    completed = {**{name: rest[0] for name, (_type, *rest) in fields.items() if rest}, **given}
    missing = [name for name in fields if name not in completed]
    refuse_if(missing, f"Missing required fields for Notification Configuration: {missing}.")
    wrong = [
        name
        for name, (own, *_rest) in fields.items()
        if not isinstance(completed[name], own) or isinstance(completed[name], bool) != (own is bool)
    ]
    refuse_if(wrong, f"Configuration field incorrect type: {wrong}.")
    return completed


def job_texts(notification: Resource, job: Resource, url: str) -> Resource:
    """Return the texts about a job (awx/main/models/notifications.py:464, build_notification_message)."""
    environment = sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.ChainableUndefined)
    texts = (notification["messages"] or {}).get(EVENTS[job["status"]]) or {}
    # notifications.py:252, JOB_FIELDS_ALLOWED_LIST: artifacts are among the fields of a job.
    fields = ("id", "name", "status", "artifacts", "job_explanation")
    allowed = {field: job[field] for field in fields if field in job}
    # awx/main/models/jobs.py:740, Job.notification_data
    metadata = {"name": job["name"], "extra_vars": json.dumps({}), "hosts": job.get("hosts", {})}
    shown = json.dumps(metadata, ensure_ascii=False, indent=4)
    context = {"job": allowed, "url": url, "job_metadata": shown}
    return {kind: environment.from_string(text).render(**context) for kind, text in texts.items() if text}


def approval_texts(
    notification: Resource, approval: Resource, workflow_job: Resource, url: str, *, event: str = "running"
) -> Resource:
    """Return the texts about an approval: one that is waited for, or that ended.

    awx/main/models/workflow.py:954, WorkflowApproval.build_approval_notification_message, and :988, context: there are
    no artifacts, but job_metadata has the variables of the workflow job (:1008, notification_data), as text in JSON.
    """
    environment = sandbox.ImmutableSandboxedEnvironment()
    texts = ((notification["messages"] or {}).get("workflow_approval") or {}).get(event) or {}
    metadata = {
        "id": approval["id"],
        "name": approval["name"],
        "status": approval["status"],
        "extra_vars": json.dumps(workflow_job["extra_vars"]),
    }
    context = {
        "approval_status": event,
        "approval_node_name": approval["name"],
        "workflow_url": url,
        "job_metadata": json.dumps(metadata, indent=4),
    }
    return {kind: environment.from_string(text).render(**context) for kind, text in texts.items() if text}


def merged_messages(former: Resource | None, messages: Resource | None) -> Resource | None:
    """Return the messages that AWX keeps after a change.

    awx/main/models/notifications.py:101, NotificationTemplate.save: it keeps texts that are not given.
    """
    if not former or messages is None:
        return messages
    kept: Resource = {}
    for event in ("started", "success", "error", "workflow_approval"):
        old, new = former.get(event), messages.get(event)
        if event == "workflow_approval" and old and new:
            kept[event] = {one: _merged_texts(old.get(one), new.get(one)) for one in {**old, **new}}
        else:
            kept[event] = _merged_texts(old, new)
    return kept


def _merged_texts(old: Resource | None, new: Resource | None) -> Resource | None:
    if not old or not new:
        return new or old
    return {**{kind: text for kind, text in old.items() if text}, **new}


def delivered(notification: Resource, texts: Resource) -> Any:
    """Return what is delivered.

    A webhook gets the body if it is a JSON object, and else an empty object. An e-mail with a line feed in its subject
    is not sent.

    awx/main/notifications/webhook_backend.py:40, WebhookBackend.format_body; awx/main/models/notifications.py:186,
    NotificationTemplate.send: the message is the subject, for which Django raises BadHeaderError.
    """
    if notification["notification_type"] == "email" and set(texts["message"]) & set("\r\n"):
        return {}
    if notification["notification_type"] != "webhook":
        return texts
    try:
        return json.loads(texts.get("body", ""))
    except json.JSONDecodeError:
        return {}
