# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of the role, its playbooks and its modules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox
from tests.helpers.scripted_server import Script

from .checks import posts
from .harness import Site, entry
from .test_webhooks import bot, sent, webhook

__all__ = ["bot"]

AWX = {"awx_job_id": 17, "awx_workflow_job_id": 16, "awx_user_name": "li"}
Line = dict[str, Any]


@pytest.fixture
def journal(site: Site) -> Path:
    path = site.folder / "purchases.jsonl"
    site.variables["wotrus_journal"] = str(path)
    return path


def lines(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def calls(path: Path) -> list[tuple[str, str, str, str]]:
    """Return event, call, host and certificate of each line."""
    return [(line["event"], line["call"], line["host"], line["certificate"]) for line in lines(path)]


def test_job_of_awx_is_in_the_lines(site: Site, sandbox: Sandbox, journal: Path) -> None:
    hosts = site.hosts(2)
    site.variables["wotrus_max_charged_orders"] = 2

    site.issue(variables={**AWX, "wotrus_approver": "wang"})

    found = lines(journal)
    assert sorted(calls(journal)) == sorted(
        (event, "create", host.name, "contracts") for host in hosts for event in ("send", "end")
    )
    senders = {(line["user"], line["job"], line["workflow_job"], line["approver"]) for line in found}
    assert senders == {("li", "17", "16", "wang")}
    assert {line["plan"] for line in found} == {None}
    assert {tuple(line["limits"].items()) for line in found} == {(("charged_orders", 2), ("reissues", 10))}
    placed = {line["new_order_id"] for line in found if line["event"] == "end"}
    assert placed == {host.folder().record["live"]["order_id"] for host in hosts}
    assert sandbox.token not in journal.read_text(encoding="utf-8")


def test_playbooks_that_end_orders_take_answers_as_text_write_lines_and_notify(
    site: Site, sandbox: Sandbox, journal: Path, bot: Script
) -> None:
    host = site.host(awx_job_id=99, awx_user_name="forged")
    site.given()
    sandbox.settings(manual_review=True)
    site.variables["wotrus_certificates"] = [entry(), entry("invoices")]
    site.given()
    site.variables["wotrus_webhooks"] = [webhook(bot)]
    sandbox.clear_calls()

    # AWX gives the answers of its surveys as text.
    named = {"wotrus_revoke": " contracts ", "wotrus_wait_timeout": "0"}
    reason = site.revocation("the key was disclosed,\nperhaps")
    revoked = site.run(playbook="wotrus.pki.revoke", variables={**named, **reason})
    named = {"wotrus_cancel": "invoices\n", "wotrus_cancel_reason": "ordered\nby mistake"}
    cancelled = site.run(playbook="wotrus.pki.cancel", variables=named)

    assert (revoked.code, cancelled.code) == (0, 0), revoked.output + cancelled.output
    assert posts(sandbox) == ["revoke", "cancel"]
    assert calls(journal) == [
        ("send", "revoke", host.name, "contracts"),
        ("end", "revoke", host.name, "contracts"),
        ("send", "cancel", host.name, "invoices"),
        ("end", "cancel", host.name, "invoices"),
    ]
    # Only AWX's extra variables count.
    assert {line["job"] for line in lines(journal)} == {None}
    assert "forged" not in journal.read_text(encoding="utf-8")
    assert f"**cancelled** {host.name} invoices" in sent(bot)[-1]
