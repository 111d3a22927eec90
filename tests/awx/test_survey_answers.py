# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of surveys: text for lists, numbers and booleans, or empty text."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.sandbox import Sandbox
from tests.integration.checks import posts
from tests.integration.conftest import Charged

from .jobs import Awx, read

QUESTIONS = read("templates.yml")["wotrus_awx_questions"].values()


def test_answers_as_text_name_the_orders_to_replace(awx: Awx, sandbox: Sandbox, charged: Charged) -> None:
    (host,) = awx.add_hosts(1)
    sandbox.settings(manual_review=True)
    awx.given()
    dead = host.folder().pending_order_id
    sandbox.order(dead, "reject")

    job = awx.run("playbooks/issue.yml", {"wotrus_replace_orders": f"30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D,\n {dead}\n"})

    assert job.code == 0, job.stdout
    assert charged() == 2
    assert host.folder().pending_order_id != dead


def test_empty_answers_are_not_given(awx: Awx, sandbox: Sandbox, tmp_path: Path) -> None:
    empty = " \n"
    (host,) = awx.add_hosts(1)
    evidence = tmp_path / "evidence.pdf"
    evidence.write_bytes(b"%PDF-1.7\n%%EOF\n")
    answers = {question["variable"]: empty for question in QUESTIONS if not question["required"]}
    issued = awx.run("playbooks/issue.yml", answers)
    assert issued.code == 0, issued.stdout
    order_id = host.folder().live_order_id

    for playbook, required in (
        ("renew", {}),
        ("deploy_on_push", {"wotrus_order_ids": order_id}),
        ("reissue", {"wotrus_reissue": "contracts"}),
        ("report", {"wotrus_report_host": empty, "wotrus_report_dir": str(host.base_dir)}),
        (
            "revoke",
            {
                "wotrus_revoke": "contracts",
                "wotrus_revocation_document": str(evidence),
                "wotrus_revocation_reason": "the key was disclosed",
            },
        ),
    ):
        job = awx.run(f"playbooks/{playbook}.yml", {**answers, **required})
        assert job.code == 0, job.stdout

    assert posts(sandbox) == ["create", "reissue", "revoke"]
    assert (host.base_dir / "wotrus-report.html").is_file()
