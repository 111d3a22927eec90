# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan is carried out later, with every ansible-core.

tests/awx has the whole workflow.
"""

from __future__ import annotations

from typing import Any

from tests.helpers.sandbox import Sandbox

from . import tables
from .conftest import Charged
from .harness import COLLECTION, Site, entry

PLAYBOOK = COLLECTION / "playbooks" / "issue_planned.yml"


def plan(site: Site) -> dict[str, Any]:
    """Return the plan of now."""
    run = site.run("--check", playbook="wotrus.pki.issue")
    assert run.code == 0, run.output
    return tables.artifact(run, "wotrus_plan")


def test_nothing_goes_beyond_the_plan(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    removed = site.host("removed", wotrus_extra_certificates=[entry("letters")])
    more = site.host("more")
    unpaid = site.host("unpaid", wotrus_extra_certificates=[entry("invoices")])
    planned = plan(site)
    for row in planned[unpaid.name]:
        row["may_be_charged"] = False
    planned[removed.name].append({**planned[removed.name][0], "name": "memos"})
    sandbox.clear_calls()
    beyond = {"wotrus_certificates": [entry("contracts"), entry("invoices")]}

    run = site.run(playbook=PLAYBOOK, variables={"wotrus_plan": planned, **beyond})

    assert run.code != 0
    failed = {task.host: str(task.result["msg"]) for task in run.tasks if task.status == "failed"}
    assert "The plan has memos" in failed[removed.name]
    assert "would exceed the plan" in failed[more.name]
    assert "The approved plan is stale, so nothing was sent. Make a new plan." in failed[unpaid.name]
    assert charged() == 0


def test_without_a_plan_nothing_is_applied(site: Site, sandbox: Sandbox) -> None:
    site.host()

    run = site.run(playbook=PLAYBOOK)

    assert run.code != 0
    assert run.failures[0].startswith("There is no plan. Run wotrus.pki.issue in check mode")
    damaged = site.run(playbook=PLAYBOOK, variables={"wotrus_plan": {"signer": 7}})
    assert damaged.failures[0].startswith("The plan is damaged: wotrus_plan.signer must be a list. Nothing was sent.")
    assert sandbox.calls() == []
