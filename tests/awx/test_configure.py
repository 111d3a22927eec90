# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration playbook, with AWX's modules and a stand-in for AWX."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .configure import TOKEN, changes_of, configure
from .fake_awx import ENCRYPTED, FakeAwx
from .jobs import read

PROJECT_UPDATE = "POST /projects/{}/update/"
SITE: dict[str, Any] = {
    "wotrus_awx_organization": "Signing",
    "wotrus_awx_prefix": "Certificates",
    "wotrus_awx_registry_credential": "Registry",
    "wotrus_awx_inventory_file": "inventory/hosts.yml",
    "wotrus_awx_ca_certificate": "-----BEGIN CERTIFICATE-----\n",
    "wotrus_awx_further_credentials": ["Machines"],
    "wotrus_awx_instance_groups": ["signing"],
    "wotrus_awx_labels": ["pki"],
    "wotrus_awx_become": False,
    "wotrus_awx_slices": 4,
    "wotrus_awx_job_timeout": 3600,
    "wotrus_awx_max_charged_orders": 50,
    "wotrus_awx_notification_type": "webhook",
    "wotrus_awx_notification_configuration": {
        "url": "https://chat.example.com/hook",
        "http_method": "POST",
        "headers": {},
        "username": "",
        "password": "chat-password",
        "disable_ssl_verification": False,
    },
}


def state(server: FakeAwx) -> dict[str, list[str]]:
    """Return the names of all resources by kind."""
    return {kind: sorted(str(one.get("name")) for one in found) for kind, found in server.resources.items()}


def test_configuration_of_a_new_awx_is_complete(server: FakeAwx, tmp_path: Path) -> None:
    first = configure(server, tmp_path)

    assert first.returncode == 0, first.stdout + first.stderr
    jobs = [job["name"] for job in read("templates.yml")["wotrus_awx_job_templates"]]
    assert server.names("job_templates") == [f"WoTrus | {name}" for name in jobs]
    assert server.secrets == [TOKEN]
    assert server.named("credentials", "WoTrus")["inputs"]["api_token"] == ENCRYPTED
    assert TOKEN not in first.stdout + first.stderr
    project = server.named("projects", "wotrus.pki")
    assert project["scm_update_on_launch"] is True
    issue = server.named("job_templates", "WoTrus | issue")
    assert issue["become_enabled"] is True
    assert issue["execution_environment"] == server.named("execution_environments", "WoTrus (Default)")["id"]


def test_nodes_of_the_workflows_are_linked(configured: FakeAwx) -> None:
    outer = configured.nodes("WoTrus | plan, approve, issue")
    inner = configured.nodes("WoTrus | approve and issue")

    links = {
        name: {
            branch: node[f"{branch}_nodes"] for branch in ("success", "failure", "always") if node[f"{branch}_nodes"]
        }
        for name, node in {**outer, **{f"inner {name}": node for name, node in inner.items()}}.items()
    }
    assert links == {
        "plan": {"success": ["check"]},
        "check": {"success": ["waiting"], "failure": ["approve"]},
        "approve": {},
        "waiting": {},
        "inner approve": {"success": ["issue"]},
        "inner issue": {"success": ["waiting"]},
        "inner waiting": {},
    }
    nested = configured.named("workflow_job_templates", "WoTrus | approve and issue")
    assert outer["approve"]["unified_job_template"] == nested["id"]
    approval = configured.named("workflow_approval_templates", "Approve the plan")
    assert inner["approve"]["unified_job_template"] == approval["id"]


def test_schedule_has_the_answers_of_the_survey(configured: FakeAwx) -> None:
    (schedule,) = configured.resources["schedules"]

    workflow = configured.named("workflow_job_templates", "WoTrus | renew and notify")
    assert schedule["unified_job_template"] == workflow["id"]
    assert schedule["extra_data"] == {
        "wotrus_hosts": "wotrus",
        "wotrus_max_charged_orders": 1,
        "wotrus_wait_timeout": 300,
    }


def test_configuration_uses_the_settings_of_a_site_and_a_second_run_changes_nothing(
    server: FakeAwx, tmp_path: Path
) -> None:
    organization = server.add("organizations", {"name": "Signing"})
    machines = server.add_credential("Machines", "ssh", organization["id"])
    registry = server.add_credential("Registry", "registry", organization["id"])
    signing = server.add("instance_groups", {"name": "signing"})

    first = configure(server, tmp_path, **SITE)

    assert first.returncode == 0, first.stdout + first.stderr
    assert server.names("organizations") == ["Default", "Signing"]
    issue = server.named("job_templates", "Certificates | issue")
    plan = server.named("job_templates", "Certificates | plan")
    assert (issue["job_slice_count"], issue["allow_simultaneous"], issue["become_enabled"]) == (4, True, False)
    assert (plan["job_slice_count"], plan["allow_simultaneous"], plan["job_type"]) == (1, False, "check")
    own = server.named("credentials", "WoTrus")
    assert set(server.linked(issue, "credentials")) == {own["id"], machines["id"]}
    assert server.linked(issue, "instance_groups") == [signing["id"]]
    assert server.linked(issue, "labels") == [server.named("labels", "pki")["id"]]
    assert server.named("execution_environments", "WoTrus (Signing)")["credential"] == registry["id"]
    questions = {one["variable"]: one for one in server.surveys[issue["id"]]["spec"]}
    assert questions["wotrus_max_charged_orders"]["default"] == 50
    # No wait is longer than the job.
    assert questions["wotrus_wait_timeout"]["max"] == 3300
    notification = server.named("notification_templates", "WoTrus")["id"]
    notified = {path for path, links in server.links.items() if notification in links}
    failing = ("plan", "waiting for you", "renew", "issue planned", "deploy on push")
    templates = [server.named("job_templates", f"Certificates | {name}") for name in failing]
    workflow = server.named("workflow_job_templates", "Certificates | approve and issue")
    assert {
        *(f"{template['url']}notification_templates_error/" for template in templates),
        f"{workflow['url']}notification_templates_approvals/",
    } == notified
    assert {resource["organization"] for resource in server.resources["projects"]} == {organization["id"]}
    assert "chat-password" not in first.stdout + first.stderr
    server.writes.clear()

    second = configure(server, tmp_path, **SITE)

    assert second.returncode == 0, second.stdout + second.stderr
    assert "changed=0 " in second.stdout, changes_of(second)
    # The project is updated each time, which is no change if there is nothing new.
    assert server.writes == [PROJECT_UPDATE.format(server.named("projects", "wotrus.pki")["id"])]

    moved = {**SITE["wotrus_awx_notification_configuration"], "url": "https://chat.example.com/new"}
    third = configure(server, tmp_path, **{**SITE, "wotrus_awx_notification_configuration": moved})

    assert third.returncode == 0, third.stdout + third.stderr
    shown = server.named("notification_templates", "WoTrus")["notification_configuration"]
    assert shown["url"] == "https://chat.example.com/new"
    assert "changed=1 " in third.stdout, changes_of(third)


def test_all_that_is_missing_is_in_one_message_and_nothing_is_created(server: FakeAwx, tmp_path: Path) -> None:
    before = state(server)
    server.add_credential("Registry", "ssh")
    server.add_credential("Keys", "ssh")
    server.add_credential("Keys", "ssh", server.add("organizations", {"name": "Other"})["id"])
    before = state(server)

    done = configure(
        server,
        tmp_path,
        wotrus_awx_project_url="",
        wotrus_awx_token="",
        wotrus_awx_execution_environment_image="",
        wotrus_awx_execution_environment="Ours",
        # A shared credential is found, and that of another organization is not looked at.
        wotrus_awx_further_credentials=["Machines", "Keys"],
        wotrus_awx_registry_credential="Registry",
        wotrus_awx_galaxy_credentials=["Hub"],
        wotrus_awx_instance_groups=[77],
        wotrus_awx_job_timeout=600,
        wotrus_awx_wait_timeout=600,
        wotrus_awx_notification_type="slack",
    )

    assert done.returncode != 0
    message = done.stdout[done.stdout.index("AWX is unchanged.") :]
    for part in (
        "wotrus_awx_project_url",
        "WOTRUS_API_TOKEN",
        'wotrus_awx_execution_environment names "Ours"',
        'wotrus_awx_further_credentials names "Machines"',
        # It exists, but it is no credential for a registry.
        'wotrus_awx_registry_credential names "Registry"',
        'wotrus_awx_galaxy_credentials names "Hub"',
        'wotrus_awx_instance_groups names "77"',
        "wotrus_awx_wait_timeout must be 300 or less",
        "wotrus_awx_notification_configuration",
    ):
        assert json.dumps(part)[1:-1] in message, message
    assert "Keys" not in message
    assert (server.writes, state(server)) == ([], before)


def test_project_without_the_playbooks_is_named(server: FakeAwx, tmp_path: Path) -> None:
    server.repository["playbooks"] = ["playbooks/issue.yml"]

    done = configure(server, tmp_path)

    assert done.returncode != 0
    assert "Add these playbooks to the project wotrus.pki" in done.stdout
    assert "playbooks/check_plan.yml" in done.stdout
    assert server.names("job_templates") == []


def test_second_organization_and_its_removal_leave_the_first_alone(server: FakeAwx, tmp_path: Path) -> None:
    assert configure(server, tmp_path).returncode == 0
    before = state(server)

    second = configure(server, tmp_path, wotrus_awx_organization="Signing")

    assert second.returncode == 0, second.stdout + second.stderr
    for kind in ("job_templates", "workflow_job_templates", "projects", "inventories", "teams"):
        names = server.names(kind)
        assert sorted(names) == sorted(2 * set_of(names)), kind
    project = server.named("projects", "wotrus.pki", "Signing")["id"]
    own = server.named("organizations", "Signing")["id"]
    jobs = [job for job in server.resources["job_templates"] if job["organization"] == own]
    assert {job["project"] for job in jobs} == {project}
    # The organization that the playbook created installs collections too.
    assert server.named("projects", "wotrus.pki", "Signing")["collections"] == ["wotrus.pki"]

    again = configure(server, tmp_path)

    assert again.returncode == 0, again.stdout + again.stderr
    assert "changed=0 " in again.stdout, changes_of(again)

    removed = configure(server, tmp_path, wotrus_awx_organization="Signing", wotrus_awx_state="absent")

    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert state(server) == before


def set_of(names: list[str]) -> list[str]:
    """Return each name once."""
    return sorted(set(names))


def test_removal_leaves_nothing_that_was_created_and_all_else(server: FakeAwx, tmp_path: Path) -> None:
    server.add_credential("Machines", "ssh")
    before, links = state(server), {path: list(found) for path, found in server.links.items()}
    settings = {**SITE, "wotrus_awx_organization": "Default", "wotrus_awx_registry_credential": ""}
    settings.update(wotrus_awx_instance_groups=[], wotrus_awx_labels=[])
    assert configure(server, tmp_path, **settings).returncode == 0

    removed = configure(server, tmp_path, **settings, wotrus_awx_state="absent")

    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert state(server) == before
    assert {path: found for path, found in server.links.items() if found} == links

    again = configure(server, tmp_path, **settings, wotrus_awx_state="absent")

    assert again.returncode == 0, again.stdout + again.stderr
    assert "changed=0 " in again.stdout, changes_of(again)


def test_hosts_that_a_person_entered_are_not_removed(server: FakeAwx, tmp_path: Path) -> None:
    assert configure(server, tmp_path, wotrus_awx_organization="Signing").returncode == 0
    inventory = server.named("inventories", "WoTrus")
    server.add("hosts", {"name": "sign-1", "inventory": inventory["id"]})

    removed = configure(server, tmp_path, wotrus_awx_organization="Signing", wotrus_awx_state="absent")

    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert (server.names("inventories"), server.names("hosts")) == (["WoTrus"], ["sign-1"])
    assert server.names("organizations") == ["Default", "Signing"]
    assert server.names("job_templates") == []


def test_changed_prefix_renames_the_templates(server: FakeAwx, tmp_path: Path) -> None:
    assert configure(server, tmp_path).returncode == 0
    before = {kind: [one["id"] for one in found] for kind, found in server.resources.items()}
    unused = {**server.named("job_templates", "WoTrus | issue"), "name": "WoTrus | of an earlier version"}
    server.add("job_templates", unused)

    done = configure(server, tmp_path, wotrus_awx_prefix="Signing")

    assert done.returncode == 0, done.stdout + done.stderr
    names = server.names("job_templates") + server.names("workflow_job_templates")
    assert [name for name in names if not name.startswith("Signing | ")] == []
    assert {kind: [one["id"] for one in found] for kind, found in server.resources.items()} == before


def test_token_is_written_again_only_with_update_secrets(server: FakeAwx, tmp_path: Path) -> None:
    only = ("--tags", "credential")
    assert configure(server, tmp_path, *only).returncode == 0

    again = configure(server, tmp_path, *only, wotrus_awx_token="tk_new")
    written = configure(server, tmp_path, *only, wotrus_awx_token="tk_new", wotrus_awx_update_secrets=True)

    assert (again.returncode, written.returncode) == (0, 0)
    assert server.secrets == [TOKEN, "tk_new"]


@pytest.mark.parametrize(("galaxy", "installed"), [(["Ansible Galaxy"], ["wotrus.pki"]), ([], [])])
def test_collections_of_the_project_are_installed_only_with_a_galaxy_credential(
    server: FakeAwx, tmp_path: Path, galaxy: list[str], installed: list[str]
) -> None:
    settings = {"wotrus_awx_organization": "Signing", "wotrus_awx_galaxy_credentials": galaxy}

    done = configure(server, tmp_path, **settings)

    assert done.returncode == 0, done.stdout + done.stderr
    assert server.named("projects", "wotrus.pki")["collections"] == installed
