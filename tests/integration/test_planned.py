# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan is carried out later, with every ansible-core.

tests/awx has the whole workflow.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    "beyond",
    [{"wotrus_certificates": [entry("contracts"), entry("invoices")]}, {"wotrus_max_charged_orders": 2}],
    ids=["certificates", "orders"],
)
def test_extra_variables_do_not_go_beyond_the_plan(site: Site, sandbox: Sandbox, beyond: dict[str, Any]) -> None:
    host = site.host()

    run = site.run(playbook=PLAYBOOK, variables={"wotrus_plan": {host.name: [order(host, "contracts")]}, **beyond})

    assert run.code != 0
    assert "would exceed the plan" in run.failures[0]
    assert sandbox.calls() == []


def test_status_fails_for_blocked_certificates_too(site: Site, sandbox: Sandbox) -> None:
    _waiting, blocked = site.hosts(2)
    sandbox.settings(unpaid=True)
    site.issue(variables={"wotrus_max_charged_orders": 2, "wotrus_wait_timeout": 0})
    sandbox.order(blocked.folder().pending_order_id, "reject")

    run = site.run(playbook="wotrus.pki.status", variables={"wotrus_fail_when_waiting": True})

    assert run.code != 0
    assert len(run.failures) == 2
    assert any("contracts waits for you: " in message for message in run.failures)
    assert any("is rejected" in message for message in run.failures)


def test_host_has_the_certificates_of_its_group_and_its_own(site: Site, charged: Charged) -> None:
    host = site.host(wotrus_extra_certificates=[entry("invoices")])
    other = site.host("other")
    plan_file = site.folder / "plan.json"
    site.issue("--check", playbook="wotrus.pki.issue", variables={"wotrus_plan_file": str(plan_file)})

    site.issue("--extra-vars", f"@{plan_file}", playbook="wotrus.pki.issue_planned")

    assert charged() == 3
    assert [folder.live.exists() for folder in (host.folder(), host.folder("invoices"), other.folder())] == [True] * 3
    assert not other.folder("invoices").path.exists()
    again = site.issue(playbook="wotrus.pki.issue", variables={"wotrus_reissue": "invoices"})
    assert {row["name"]: row["result"] for row in again.results(host.name)} == {
        "contracts": "unchanged",
        "invoices": "deployed",
    }
