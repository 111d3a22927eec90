# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rights of each team for each template."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .fake_awx import FakeAwx
from .fake_jobs import Ran

TEAMS = ("planners", "approvers", "operators", "auditors", "rulebooks")
LAUNCH, READ, NONE = "launch", "read", "none"
# What a member of each team may do, in the order of TEAMS. Who may launch may read too.
JOBS = {
    "plan": (LAUNCH, READ, LAUNCH, READ, NONE),
    "nothing to approve": (READ, READ, READ, READ, NONE),
    "plan for others": (READ, READ, READ, READ, NONE),
    "issue": (NONE, NONE, LAUNCH, READ, NONE),
    "issue planned": (READ, READ, READ, READ, NONE),
    "renew": (NONE, NONE, LAUNCH, READ, NONE),
    "resume": (NONE, NONE, LAUNCH, READ, NONE),
    "reissue": (NONE, NONE, LAUNCH, READ, NONE),
    "revoke": (NONE, NONE, LAUNCH, READ, NONE),
    "cancel": (NONE, NONE, LAUNCH, READ, NONE),
    "status": (LAUNCH, NONE, LAUNCH, READ, NONE),
    "deploy on push": (NONE, NONE, LAUNCH, READ, LAUNCH),
    "report": (NONE, NONE, LAUNCH, READ, NONE),
    "waiting for you": (READ, READ, LAUNCH, READ, NONE),
}
WORKFLOWS = {
    "plan, approve, issue": (LAUNCH, READ, LAUNCH, READ, NONE),
    "approve and issue": (READ, READ, READ, READ, NONE),
    "renew and notify": (NONE, NONE, LAUNCH, READ, NONE),
}
APPROVALS = (403, 204, 403, 403, 403)
# Answers without which AWX launches no job.
NEEDED = {
    "reissue": {"wotrus_reissue": "contracts"},
    "revoke": {
        "wotrus_revoke": "contracts",
        "wotrus_hosts": "sign-1",
        "wotrus_revocation_document": "evidence.pdf",
        "wotrus_revocation_reason": "lost",
    },
    "cancel": {"wotrus_cancel": "contracts", "wotrus_hosts": "sign-1", "wotrus_cancel_reason": "a mistake"},
    "deploy on push": {"wotrus_order_ids": "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"},
    "report": {"wotrus_report_host": "sign-1", "wotrus_report_dir": "/srv"},
}
PAIRS = [
    (kind, name, team, right)
    for kind, templates in (("job_templates", JOBS), ("workflow_job_templates", WORKFLOWS))
    for name, rights in templates.items()
    for team, right in zip(TEAMS, rights, strict=True)
]


@pytest.fixture
def awx(configured: FakeAwx) -> Iterator[FakeAwx]:
    """A configured AWX whose plans always need an approval."""
    configured.jobs.run_job = lambda template, _variables: Ran(
        "failed" if template["name"].endswith("nothing to approve") else "successful"
    )
    return configured


def test_each_template_is_in_the_table(awx: FakeAwx) -> None:
    assert awx.names("job_templates") == [f"WoTrus | {name}" for name in JOBS]
    assert sorted(awx.names("workflow_job_templates")) == sorted(f"WoTrus | {name}" for name in WORKFLOWS)
    assert awx.names("teams") == [f"WoTrus {name}" for name in TEAMS]


@pytest.mark.parametrize(("kind", "name", "team", "right"), PAIRS)
def test_team_may_do_with_a_template_what_it_should_and_no_more(
    awx: FakeAwx, kind: str, name: str, team: str, right: str
) -> None:
    url = f"{kind}/{awx.named(kind, f'WoTrus | {name}')['id']}"
    _status, job = awx.ask("POST", f"{url}/launch/", {"extra_vars": NEEDED.get(name, {})})
    job_url = f"{'jobs' if kind == 'job_templates' else 'workflow_jobs'}/{job['id']}/"
    own = {"teams": [f"WoTrus {team}"]}

    launched, _answer = awx.ask("POST", f"{url}/launch/", {"extra_vars": NEEDED.get(name, {})}, **own)
    template_read, _answer = awx.ask("GET", f"{url}/", **own)
    job_read, _answer = awx.ask("GET", job_url, **own)

    may_read = 403 if right == NONE else 200
    assert (launched, template_read, job_read) == (201 if right == LAUNCH else 403, may_read, may_read)
    if kind == "job_templates":
        relaunched, _answer = awx.ask("POST", f"{job_url}relaunch/", **own)
        assert relaunched == launched


@pytest.mark.parametrize(("team", "expected"), list(zip(TEAMS, APPROVALS, strict=True)))
def test_only_approvers_approve(awx: FakeAwx, team: str, expected: int) -> None:
    workflow = awx.named("workflow_job_templates", "WoTrus | plan, approve, issue")
    awx.ask("POST", f"workflow_job_templates/{workflow['id']}/launch/")
    approval = awx.resources["workflow_approvals"][-1]

    status, _answer = awx.ask("POST", f"workflow_approvals/{approval['id']}/approve/", teams=[f"WoTrus {team}"])

    assert (status, approval["status"]) == (expected, "successful" if expected == 204 else "pending")
