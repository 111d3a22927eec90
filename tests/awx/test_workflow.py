# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Artifacts of jobs: the plan, pending orders, and no secret."""

from __future__ import annotations

import json

from tests.helpers.sandbox import Sandbox
from tests.integration.harness import entry

from .jobs import Awx

ISSUE, STATUS = "playbooks/issue.yml", "playbooks/status.yml"
ID_CARD = "110101199003074514"
UKEY_PASSWORD = "Sw0rdfish-2026"
LONGEST_LINE = 160


def test_order_that_waits_for_a_person_is_an_artifact_and_fails_the_job_that_notifies(
    awx: Awx, sandbox: Sandbox
) -> None:
    (waiting,) = awx.add_hosts(1)
    sandbox.settings(unpaid=True)

    job = awx.run(ISSUE)

    assert job.code == 0, job.stdout
    (row,) = job.artifacts["wotrus_waiting"][waiting.name]
    assert row["pending_link"].startswith("https://")
    assert row["waiting_since"].endswith("Z")
    assert row["pending_link"] in job.stdout
    notifying = awx.run(STATUS, {"wotrus_fail_when_waiting": True})

    assert notifying.code != 0
    assert notifying.failures == [f"contracts waits for you: {row['pending_link']}"]
    assert set(notifying.counts["failures"]) == {waiting.name}
    assert notifying.artifacts["wotrus_waiting"] == job.artifacts["wotrus_waiting"]


def test_files_of_a_job_are_readable_and_have_no_secret(awx: Awx, sandbox: Sandbox) -> None:
    awx.add_hosts(1)
    organization = {"name": "示例科技有限公司", "country_code": "CN", "id_card_number": ID_CARD}
    ukey = {"password": UKEY_PASSWORD, "ship_address": "1 Example Street"}
    certificate = entry("token", organization=organization, key={"storage": "ukey"}, ukey=ukey)
    awx.variables["wotrus_certificates"] = [certificate, entry("contracts")]
    answers = {"wotrus_max_charged_orders": 2}

    jobs = [awx.run(ISSUE, answers, check=True), awx.run(ISSUE, answers), awx.run(STATUS)]

    for job in jobs:
        assert job.code == 0, job.stdout
        for secret in (ID_CARD, UKEY_PASSWORD, sandbox.token):
            assert secret not in job.stored
            assert secret not in json.dumps(job.artifacts)
        assert [line for line in job.stdout.splitlines() if len(line) > LONGEST_LINE] == []
        assert job.stdout.index("TASK [Show the summary]") > job.stdout.rindex("wotrus.pki.certificate")
