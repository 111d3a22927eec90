# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts for bots, rendered by AWX's rules and read as the bots read them."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import result_fields
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import shown
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.host_tasks import HostTasks
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.play_results import play_results
from tests.helpers import bots
from tests.unit.workflow.test_notification import HOSTILE

from .bot_messages import WORDS, document
from .fake_notifications import approval_texts, delivered, job_texts
from .jobs import AWX, read
from .validation import validate_messages

URL = "https://awx.example.com/#/jobs/playbook/121"
LANGUAGES = tuple(WORDS)
FILE = AWX / "vars" / "bot_messages.yml"
JOB = {"id": 121, "name": "WoTrus | renew", "status": "failed"}


def notification(kind: str, language: str) -> dict[str, Any]:
    messages = read("bot_messages.yml")["wotrus_awx_bot_messages"][language][kind]
    return {"notification_type": "webhook", "messages": messages}


def sent_by_job(kind: str, language: str, job: dict[str, Any]) -> Any:
    own = notification(kind, language)
    return delivered(own, job_texts(own, job, URL))


def artifact(*words: str, language: str = "en") -> str:
    """Return what a job leaves for its notification about certificates that failed."""
    rows = [
        result_fields("failed", host=f"h{n}", name="c", path="", order_id=None, **shown(msg=one, next_step=None))
        for n, one in enumerate(words)
    ]
    hosts = [HostTasks(row["host"], plans=[], results=[row]) for row in rows]
    found: str = play_results(hosts, language=language).artifacts["wotrus_notification"]
    return found


def test_texts_are_those_of_the_formatter() -> None:
    if os.environ.get("WOTRUS_WRITE_GUIDES"):
        FILE.write_text(document(), encoding="utf-8")

    assert FILE.read_text(encoding="utf-8") == document()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", bots.KINDS)
def test_awx_accepts_the_texts(kind: str, language: str) -> None:
    validate_messages(notification(kind, language)["messages"])
    validate_messages(read("bot_messages.yml")["wotrus_awx_messages_zh"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", bots.KINDS)
@pytest.mark.parametrize("size", [0, 1, 200])
def test_failed_job_is_a_message_that_the_bot_accepts(kind: str, language: str, size: int) -> None:
    artifacts = {"wotrus_notification": artifact(*("太长" * 400 + str(n) for n in range(size)), language=language)}

    sent = sent_by_job(kind, language, {**JOB, **({"artifacts": artifacts} if size else {"artifacts": {}})})

    text = bots.text_of(kind, sent)
    assert f"[{WORDS[language]['open_job']}]({URL})" in text
    assert ("h0 c" in text) is bool(size)
    assert "WoTrus | renew: " in json.dumps(sent)
    renamed = sent_by_job(kind, language, {**JOB, "name": "PKI | renew", "artifacts": {}})
    assert "WoTrus: PKI | renew: " in json.dumps(renamed)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", bots.KINDS)
def test_bot_gets_the_hosts_of_a_job_without_artifacts_and_why_it_did_not_run(kind: str, language: str) -> None:
    hosts = {"sign-1": {"dark": 0}, "sign-3": {"dark": 1}}
    lost = {**JOB, "artifacts": {}, "hosts": hosts}
    not_started = {**JOB, "artifacts": {}, "job_explanation": "Previous Task Failed: <@all>"}

    texts = [bots.text_of(kind, sent_by_job(kind, language, job)) for job in (lost, not_started)]

    assert "sign-3" in texts[0]
    assert "sign-1" not in texts[0]
    assert "Previous Task Failed" in texts[1]
    assert [markup for text in texts for markup in bots.markup_in(text.replace(f"]({URL})", ""))] == []


@pytest.mark.parametrize("event", ["running", "approved", "denied", "timed_out"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", bots.KINDS)
@pytest.mark.parametrize("plan", [None, "may be charged: 1; 签名-1 contracts: order; \\u4f60", "太长" * 3000, "\ud83d"])
def test_approval_is_a_message_that_the_bot_accepts(kind: str, language: str, event: str, plan: str | None) -> None:
    own = notification(kind, language)
    variables = {} if plan is None else {"wotrus_approval": plan}
    approval = {"id": 7, "name": "Approve the plan", "status": "pending"}

    sent = delivered(own, approval_texts(own, approval, {"extra_vars": variables}, URL, event=event))

    text = bots.text_of(kind, sent)
    assert f"[{WORDS[language]['open_workflow']}]({URL})" in text
    assert f"WoTrus: {WORDS[language][event]}Approve the plan" in json.dumps(sent, ensure_ascii=False)
    assert ("签名-1 contracts" in text) is (event == "running" and "签名-1" in (plan or ""))


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("kind", bots.KINDS)
def test_text_of_others_is_text_for_the_bot(kind: str, hostile: str) -> None:
    own = notification(kind, "en")
    job = {**JOB, "name": hostile, "artifacts": {"wotrus_notification": artifact(hostile)}}
    approval = {"id": 7, "name": hostile, "status": "pending"}
    workflow_job = {"extra_vars": {"wotrus_approval": hostile}}

    texts = [
        bots.text_of(kind, sent_by_job(kind, "en", job)),
        bots.text_of(kind, delivered(own, approval_texts(own, approval, workflow_job, URL))),
    ]

    for text in texts:
        ours = text.replace(f"]({URL})", "").replace("**failed**", "")
        assert bots.markup_in(ours) == []


def test_plain_texts_in_chinese_have_the_results_and_the_link() -> None:
    own = {"notification_type": "email", "messages": read("bot_messages.yml")["wotrus_awx_messages_zh"]}
    artifacts = {"wotrus_notification": artifact("网络\n不通", "磁盘已满", language="zh")}

    sent = delivered(own, job_texts(own, {**JOB, "artifacts": artifacts}, URL))

    assert sent["message"] == f"WoTrus | renew：失败。失败 h0 c: 网络 不通 失败 h1 c: 磁盘已满 {URL}"
    assert sent["body"] == f"WoTrus | renew：失败\n{URL}\n失败 h0 c: 网络 不通\n\n失败 h1 c: 磁盘已满"
    approval = {"id": 7, "name": "批准计划", "status": "pending"}
    sent = delivered(own, approval_texts(own, approval, {"extra_vars": {"wotrus_approval": "订单 1"}}, URL))
    assert sent == {"message": f"请审批：批准计划 订单 1 {URL}", "body": f"请审批：批准计划\n订单 1\n{URL}"}
