# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan is carried out later, with every ansible-core.

tests/awx has the whole workflow.
"""

from __future__ import annotations

import uuid
from typing import Any

from tests.helpers.sandbox import Sandbox

from . import tables
from .conftest import Charged
from .harness import COLLECTION, Host, Site, entry

PLAYBOOK = COLLECTION / "playbooks" / "issue_planned.yml"


def order(host: Host, name: str) -> dict[str, Any]:
    """Return a row of a plan."""
    order_name = f"{name}@{host.name}"
    value = str(uuid.uuid5(uuid.NAMESPACE_URL, order_name))
    return {
        "name": name,
        "action": "order",
        "may_be_charged": False,
        "order_name": order_name,
        "idempotence_id": value,
    }


def test_nothing_goes_beyond_the_plan(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    removed, more, unpaid = (site.host(name) for name in ("removed", "more", "unpaid"))
    plan = {
        removed.name: [order(removed, "contracts"), order(removed, "letters")],
        more.name: [order(more, "contracts")],
        unpaid.name: [order(unpaid, "contracts"), order(unpaid, "invoices")],
    }
    beyond = {"wotrus_certificates": [entry("contracts"), entry("invoices")]}

    run = site.run(playbook=PLAYBOOK, variables={"wotrus_plan": plan, **beyond})

    assert run.code != 0
    failed = {task.host: str(task.result["msg"]) for task in run.tasks if task.status == "failed"}
    assert "The plan has letters" in failed[removed.name]
    assert "would exceed the plan" in failed[more.name]
    # A plan without charged orders allows none.
    rows = run.results(unpaid.name)
    assert [(row["result"], row["error_code"]) for row in rows] == [("blocked", "order_limit")] * 2
    assert tables.artifact(run, "wotrus_summary")["charged"] == charged() == 0
    assert sandbox.calls() == []


def test_without_a_plan_nothing_is_applied(site: Site, sandbox: Sandbox) -> None:
    site.host()

    run = site.run(playbook=PLAYBOOK)

    assert run.code != 0
    assert run.failures[0].startswith("There is no plan. Run wotrus.pki.issue in check mode")
    assert sandbox.calls() == []
