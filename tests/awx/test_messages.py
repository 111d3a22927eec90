# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of notifications, rendered by AWX's rules."""

from __future__ import annotations

from typing import Any

import pytest

from .fake_notifications import approval_texts, delivered, job_texts
from .jobs import read

URL = "https://awx.example.com/#/jobs/playbook/121"
TYPES = ("email", "slack", "webhook")
ROWS = 25


def notification(kind: str, language: str = "en") -> dict[str, Any]:
    if language == "zh" and kind != "webhook":
        return {"notification_type": kind, "messages": read("bot_messages.yml")["wotrus_awx_messages_zh"]}
    messages = read("messages.yml")["wotrus_awx_messages"]
    return {"notification_type": kind, "messages": messages["webhook" if kind == "webhook" else "text"]}


def test_subject_of_an_email_about_many_failures_is_one_line() -> None:
    row = {"name": "contracts", "msg": "The command failed:\nline 1\r\nline 2", "next_step": None}
    failing = {f"sign-{number}": [row] for number in range(ROWS)}
    job = {"id": 121, "name": "WoTrus | renew", "status": "failed", "artifacts": {"wotrus_failing": failing}}
    own = notification("email")

    sent = delivered(own, job_texts(own, job, URL))

    assert "sign-0: contracts: The command failed: line 1 line 2 " in sent["message"]
    assert sent["message"].count("contracts") == 20
    assert sent["message"].endswith(f"and {ROWS - 20} more {URL}")
    assert sent["body"].count("contracts") == ROWS


LOST = {"artifacts": {"wotrus_summary": {"without_result": ["sign-3"]}}}
# Without a host that answers, no task records artifacts.
ALL_LOST = {"artifacts": {}, "hosts": {"sign-1": {"dark": 0, "ok": 2}, "sign-3": {"failed": True, "dark": 1, "ok": 0}}}
NOT_STARTED = {"artifacts": {}, "job_explanation": 'Previous Task Failed: {"job_type": "inventory_update"}'}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("job", "words"), [(LOST, "sign-3"), (ALL_LOST, "sign-3"), (NOT_STARTED, "inventory_update")])
def test_host_without_a_result_and_the_reason_of_a_job_that_did_not_run_arrive(
    kind: str, language: str, job: dict[str, Any], words: str
) -> None:
    own = notification(kind, language)
    artifacts = {**job["artifacts"], "wotrus_notification": f"**失败** {words}"} if job is LOST else {}

    sent = delivered(
        own, job_texts(own, {"id": 1, "name": "WoTrus | plan", "status": "failed", **job, "artifacts": artifacts}, URL)
    )

    for text in sent.values() if kind != "webhook" else [str(sent)]:
        assert words in text
        assert "sign-1" not in text


@pytest.mark.parametrize("kind", TYPES)
def test_plan_to_approve_arrives_as_it_is_written(kind: str) -> None:
    plan = "may be charged: 1, cost: 980.00 ¥ at most; 签名-1 contracts: order (may be charged); \N{OLD KEY} \\u4f60"
    own = notification(kind)
    approval = {"id": 7, "name": "Approve the plan", "status": "pending"}

    sent = delivered(
        own, approval_texts(own, approval, {"extra_vars": {"wotrus_approval": plan, "wotrus_plan": {}}}, URL)
    )

    if kind == "webhook":
        assert sent == {"approval": "Approve the plan", "url": URL, "plan": plan}
    else:
        assert sent == {"message": f"Approve the plan? {plan} {URL}", "body": f"Approve the plan?\n{plan}\n{URL}"}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("plan", [None, "\ud83d", 'a\\ "\x00\n'])
def test_no_plan_makes_the_texts_fail(kind: str, plan: str | None) -> None:
    """An exception would end the workflow (awx/main/models/workflow.py:939)."""
    own = notification(kind)
    variables = {} if plan is None else {"wotrus_approval": plan}

    sent = delivered(
        own, approval_texts(own, {"id": 7, "name": "a", "status": "pending"}, {"extra_vars": variables}, URL)
    )

    assert sent


@pytest.mark.parametrize(
    ("event", "words"),
    [("approved", "已批准：批准计划"), ("denied", "已拒绝：批准计划"), ("timed_out", "无人及时审批：批准计划")],
)
def test_end_of_an_approval_is_in_the_language_of_the_rest(event: str, words: str) -> None:
    approval = {"id": 7, "name": "批准计划", "status": "successful"}

    sent, called = (
        delivered(own, approval_texts(own, approval, {"extra_vars": {}}, URL, event=event))
        for own in (notification("email", "zh"), notification("webhook"))
    )

    assert sent == {"message": f"{words} {URL}", "body": f"{words}\n{URL}"}
    assert called == {"approval": "批准计划", "status": event, "url": URL}
