# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What artifacts and notifications say of a job that failed as a whole."""

from __future__ import annotations

from tests.helpers.sandbox import Sandbox
from tests.integration.conftest import Charged
from tests.integration.harness import entry

from .fake_notifications import delivered, job_texts
from .jobs import Awx, Job, read

URL = "https://awx.example.com/#/jobs/playbook/121"


def notification(job: Job) -> str:
    """Return what AWX sends for a failed job, as a message of one line."""
    own = {"notification_type": "slack", "messages": read("messages.yml")["wotrus_awx_messages"]["text"]}
    # awx/main/models/jobs.py, Job.artifacts: the set_stats of the job
    fields = {"id": 121, "name": "WoTrus | renew", "status": "failed", "artifacts": job.artifacts}
    message: str = delivered(own, job_texts(own, fields, URL))["message"]
    return message


def test_role_that_fails_before_the_plan_is_an_artifact_and_a_notification(awx: Awx) -> None:
    first, second = awx.add_hosts(2)
    awx.variables["wotrus_certificates"] = [entry(product="nonsense")]

    job = awx.run("playbooks/renew.yml")

    assert job.code != 0
    (failing,) = job.artifacts["wotrus_failing"][first.name]
    assert (failing["name"], failing["result"]) == (None, "failed")
    assert failing["msg"] in job.failures
    assert job.artifacts["wotrus_summary"]["without_result"] == []
    for host in (first, second):
        assert f"{host.name}: Certificate 'contracts': product 'nonsense' is unknown." in notification(job)


def test_refused_token_is_an_artifact_and_a_notification(awx: Awx, sandbox: Sandbox, charged: Charged) -> None:
    (host,) = awx.add_hosts(1)
    sandbox.settings(manual_review=True)
    awx.given()
    pushed = {"wotrus_order_ids": host.folder().pending_order_id}
    awx.token = "tk_of_nobody"
    words = "HTTP 401: the API refuses the token"

    plan = awx.run("playbooks/issue.yml", check=True)
    jobs = [
        awx.run("playbooks/renew.yml"),
        awx.run("playbooks/status.yml", {"wotrus_fail_when_waiting": True}),
        awx.run("playbooks/deploy_on_push.yml", pushed),
    ]

    for job in (plan, *jobs):
        assert words in str(job.artifacts["wotrus_failing"][host.name]), job.stdout
        assert job.artifacts["wotrus_summary"]["failing"] == 1
        assert words in notification(job)
    assert [job.code != 0 for job in jobs] == [True] * 3
    assert charged() == 1
