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
        "may_be_charged": True,
        "order_name": order_name,
        "idempotence_id": value,
    }


def test_plan_with_a_removed_certificate_is_refused(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    rows = [order(host, "contracts"), order(host, "letters")]

    run = site.run(playbook=PLAYBOOK, variables={"wotrus_plan": {host.name: rows}})

    assert run.code != 0
    assert "The plan has letters" in run.failures[0]
    assert sandbox.calls() == []
    assert charged() == 0


def test_extra_variables_do_not_go_beyond_the_plan(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    beyond = {"wotrus_certificates": [entry("contracts"), entry("invoices")]}

    run = site.run(playbook=PLAYBOOK, variables={"wotrus_plan": {host.name: [order(host, "contracts")]}, **beyond})

    assert run.code != 0
    assert "would exceed the plan" in run.failures[0]
    assert sandbox.calls() == []
