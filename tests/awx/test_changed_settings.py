# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A configured AWX, changed by people and then by other settings."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .configure import SITE, check_workflows, configure, shown
from .conftest import Configuration
from .fake_awx import ENCRYPTED, FakeAwx, fake_awx
from .jobs import read

CHANGED_NOTIFICATION = {"url": "https://chat.example.com/hook", "password": "chat-password"}
CHANGED: dict[str, Any] = {
    **SITE,
    "wotrus_awx_prefix": "Certificates",
    "wotrus_language": "zh",
    "wotrus_awx_notification_type": "webhook",
    "wotrus_awx_notification_format": "dingtalk",
    "wotrus_awx_notification_configuration": CHANGED_NOTIFICATION,
    "wotrus_awx_operators": "Signing operators",
    "wotrus_awx_auditors": "",
}


OWN = {
    "project": ("projects", "wotrus.pki"),
    "inventory": ("inventories", "WoTrus"),
    "credential": ("credentials", "WoTrus"),
}


class Changed:
    """A site with changed settings and roles."""

    def __init__(self, server: FakeAwx, folder: Path) -> None:
        self.server = server
        # An earlier version of the collection created the credential type.
        credential_type = server.named("credential_types", "WoTrus")
        credential_type["inputs"]["fields"][0]["help_text"] = "Of an earlier version."
        credential_type["injectors"] = {}
        self.before = {kind: [one["id"] for one in found] for kind, found in server.resources.items()}
        issue = server.named("job_templates", "WoTrus | issue")
        renewals = server.named("workflow_job_templates", "WoTrus | renew and notify")
        for kind, template in (("job", issue), ("workflow_job", renewals)):
            unused = server.add(f"{kind}_templates", {**template, "name": "WoTrus | of an earlier version"})
            server.add_job(f"{kind}s", name="active", status="running", **{f"{kind}_template": unused["id"]})
        self._change_workflows(renewals["id"], issue["id"])
        self.planners = server.named("teams", "WoTrus planners")["id"]
        self.former = [server.named("teams", f"WoTrus {name}")["id"] for name in ("operators", "auditors")]
        self.spending = self._give("job_templates", issue["id"], "execute")
        # One of these inventories has the number of a job template. The planners have more roles than fit on a page.
        while server.resources["inventories"][-1]["id"] < max(issue["id"], 30):
            body = {"organization": 1, "kind": "", "description": ""}
            other = server.add("inventories", {"name": f"other {len(server.resources['inventories'])}", **body})
            self._give("inventories", other["id"], "use")
        self.other = self._give("inventories", issue["id"], "use")
        # With roles of the organization, or with these objects, a team could create a template of its own.
        self._give("organizations", server.named("teams", "WoTrus planners")["organization"], "job_template_admin")
        for kind, name in OWN.values():
            self._give(kind, server.named(kind, name)["id"], "use")
        self.done = configure(server, folder, **CHANGED)

    def _change_workflows(self, renewals: int, issue: int) -> None:
        """Change the workflows as a person can.

        :param renewals: the number of the workflow of the renewals
        :param issue: the number of a job template that spends money
        """
        server = self.server
        # This node has no node before it, so it runs at once.
        node = {"identifier": "own", "workflow_job_template": renewals, "unified_job_template": issue}
        server.add("workflow_job_template_nodes", node)
        nodes = {name: one["id"] for name, one in server.nodes("WoTrus | plan, approve, issue").items()}
        for first, branch, second, more in (
            ("check", "success", "waiting", {"disassociate": True}),
            ("check", "failure", "waiting", {}),
            ("plan", "success", "check", {"disassociate": True}),
            ("check", "always", "plan", {}),
        ):
            path = f"workflow_job_template_nodes/{nodes[first]}/{branch}_nodes/"
            assert server.ask("POST", path, {"id": nodes[second], **more})[0] == 204
        approve = server.nodes("WoTrus | approve and issue")["approve"]["id"]
        path = f"workflow_job_template_nodes/{approve}/"
        assert server.ask("PATCH", path, {"unified_job_template": issue})[0] == 200
        assert server.names("workflow_approval_templates") == []

    def _give(self, kind: str, number: int, name: str) -> set[int]:
        """Give the planners a role, and return its teams."""
        role = self.server.roles.of(kind, number)[f"{name}_role"]["id"]
        self.server.roles.teams(role).add(self.planners)
        return self.server.roles.teams(role)


@pytest.fixture(scope="module")
def changed(configuration: Configuration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changed]:
    with fake_awx() as server:
        server.load(configuration.state)
        yield Changed(server, tmp_path_factory.mktemp("changed"))


def is_configured(done: subprocess.CompletedProcess[str]) -> bool:
    """Check that only the last task failed, for the roles with which a team could go round the approval."""
    assert "failed=1 " in done.stdout, done.stdout + done.stderr
    assert "可以绕过审批" in done.stdout, done.stdout + done.stderr
    return True


def test_changed_prefix_renames_the_templates_and_leaves_nothing_behind(changed: Changed) -> None:
    assert is_configured(changed.done)

    server = changed.server
    names = server.names("job_templates") + server.names("workflow_job_templates")
    assert [name for name in names if not name.startswith("Certificates | ")] == []
    own = [*read("templates.yml")["wotrus_awx_job_templates"], *read("templates.yml")["wotrus_awx_workflows"]]
    assert sorted(names) == sorted(f"Certificates | {shown(one['name'], 'zh')}" for one in own)
    after = {kind: [one["id"] for one in found] for kind, found in server.resources.items()}
    nodes = ("workflow_job_template_nodes", "workflow_approval_templates")
    added = {kind: after[kind] for kind in ("inventories", "teams", "jobs", "workflow_jobs", "project_updates", *nodes)}
    assert {**changed.before, **added} == after


def test_fields_of_a_credential_type_in_use_stay_after_an_upgrade(changed: Changed) -> None:
    assert is_configured(changed.done)

    credential_type = changed.server.named("credential_types", "WoTrus")
    assert credential_type["inputs"]["fields"][0]["help_text"] == "Of an earlier version."
    assert credential_type["injectors"] == read("credential_type.yml")["wotrus_awx_credential_type_injectors"]


def test_workflows_that_a_person_changed_are_as_before(changed: Changed) -> None:
    """An added node, moved links and a replaced approval are undone."""
    assert is_configured(changed.done)

    check_workflows(changed.server, "Certificates", language="zh")
    assert changed.server.names("workflow_approval_templates") == ["批准计划"]
    assert "Certificates | 签发" in changed.server.names("job_templates")


def test_changed_language_counts_for_surveys_and_descriptions(changed: Changed) -> None:
    assert is_configured(changed.done)

    issue = changed.server.named("job_templates", "Certificates | 签发")
    assert issue["description"].startswith("签发证书，")
    questions = {one["variable"]: one for one in changed.server.surveys[issue["id"]]["spec"]}
    assert questions["wotrus_max_charged_orders"]["question_name"] == "订单上限"
    (schedule,) = changed.server.resources["schedules"]
    assert schedule["description"].startswith("续期到期的证书")
    assert changed.server.named("projects", "wotrus.pki")["description"].startswith("沃通证书的 playbook")


def test_role_that_a_person_added_to_a_team_is_removed_if_it_is_for_a_template(changed: Changed) -> None:
    assert is_configured(changed.done)

    assert changed.planners not in changed.spending
    assert changed.planners in changed.other


def test_team_of_former_settings_has_no_role_any_more(changed: Changed) -> None:
    assert is_configured(changed.done)

    assert [changed.server.roles.of_team(team) for team in changed.former] == [[], []]
    operators = changed.server.named("teams", "Signing operators")["id"]
    issue = changed.server.named("job_templates", "Certificates | 签发")["id"]
    assert changed.server.roles.has([operators], "job_templates", issue, "execute")


def test_role_that_lets_a_team_go_round_the_approval_fails(changed: Changed) -> None:
    assert changed.done.returncode != 0
    for kind, role in (("organization", "Job Template Admin"), *((kind, "Use") for kind in OWN)):
        words = rf"团队 WoTrus planners 可以绕过审批，因为它有 {kind} \w+ \d+ 的角色 {role}。"
        assert re.search(words, changed.done.stdout)


def test_changed_notification_is_written(changed: Changed) -> None:
    assert is_configured(changed.done)

    notification = changed.server.named("notification_templates", "WoTrus")
    assert notification["notification_configuration"] == {
        "url": "https://chat.example.com/hook",
        "password": ENCRYPTED,
        "username": "",
        "http_method": "POST",
        "headers": {"Content-Type": "application/json"},
        "disable_ssl_verification": False,
    }
    # Nothing of the former type is left.
    assert notification["messages"] == read("bot_messages.yml")["wotrus_awx_bot_messages"]["zh"]["dingtalk"]
    assert "chat-password" not in changed.done.stdout
