# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration playbook, with AWX's modules and a stand-in for AWX."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from .configure import ABSENT, FEW, SITE, TOKEN, check_workflows, configure, state
from .conftest import Configuration
from .fake_awx import ENCRYPTED, FakeAwx
from .jobs import read


def test_configuration_of_a_site_is_complete(configured: FakeAwx, configuration: Configuration) -> None:
    jobs = [job["name"] for job in read("templates.yml")["wotrus_awx_job_templates"]]
    assert configured.names("job_templates") == [f"WoTrus | {name}" for name in jobs]
    assert configured.secrets == [TOKEN]
    own = configured.named("credentials", "WoTrus")
    assert own["inputs"]["api_token"] == ENCRYPTED
    assert TOKEN not in configuration.output
    assert "xoxb-secret" not in configuration.output
    issue = configured.named("job_templates", "WoTrus | issue")
    plan = configured.named("job_templates", "WoTrus | plan")
    assert (issue["job_slice_count"], issue["allow_simultaneous"], issue["become_enabled"]) == (4, True, False)
    assert (plan["job_slice_count"], plan["allow_simultaneous"], plan["job_type"]) == (1, False, "check")
    jobs_by_playbook = json.loads(issue["extra_vars"])["wotrus_job_names"]
    assert jobs_by_playbook["issue_planned"] == "WoTrus | issue planned"
    playbooks = {job["playbook"].removesuffix(".yml") for job in read("templates.yml")["wotrus_awx_job_templates"]}
    assert playbooks - set(jobs_by_playbook) == {"check_plan"}
    # The plan shows the limits that "issue" has by default.
    limits = json.loads(plan["extra_vars"])
    assert (limits["wotrus_max_charged_orders"], limits["wotrus_max_reissues"]) == (50, 20)
    further = [configured.named("credentials", name)["id"] for name in SITE["wotrus_awx_further_credentials"]]
    assert set(configured.linked(issue, "credentials")) == {own["id"], *further}
    assert configured.linked(issue, "instance_groups") == [configured.named("instance_groups", "signing")["id"]]
    assert configured.linked(issue, "labels") == [configured.named("labels", "pki")["id"]]
    registry = configured.named("credentials", "Registry")
    assert configured.named("execution_environments", "WoTrus (Default)")["credential"] == registry["id"]
    questions = {one["variable"]: one for one in configured.surveys[issue["id"]]["spec"]}
    assert questions["wotrus_max_charged_orders"]["default"] == 50
    assert questions["wotrus_max_charged_orders"]["question_name"] == "Most charged orders"
    assert questions["wotrus_max_reissues"]["default"] == 20
    report = configured.named("job_templates", "WoTrus | report")["id"]
    become = {one["variable"]: one for one in configured.surveys[report]["spec"]}["wotrus_report_become"]
    assert become["default"] == "false"
    # No wait is longer than the job.
    assert questions["wotrus_wait_timeout"]["max"] == 3300


def test_notification_is_sent_for_failed_jobs_and_plans_to_approve(configured: FakeAwx) -> None:
    notification = configured.named("notification_templates", "WoTrus")["id"]
    kind = "notification_templates"

    notified = {path for path, found in configured.links.items() if kind in path and notification in found}

    failing = ("plan", "waiting for you", "renew", "issue planned", "deploy on push")
    templates = [configured.named("job_templates", f"WoTrus | {name}") for name in failing]
    workflow = configured.named("workflow_job_templates", "WoTrus | approve and issue")
    assert notified == {
        *(f"{template['url']}{kind}_error/" for template in templates),
        f"{workflow['url']}{kind}_approvals/",
    }


def test_nodes_of_the_workflows_are_linked(configured: FakeAwx) -> None:
    check_workflows(configured, "WoTrus")


def test_schedule_has_the_answers_of_the_survey(configured: FakeAwx) -> None:
    (schedule,) = configured.resources["schedules"]

    workflow = configured.named("workflow_job_templates", "WoTrus | renew and notify")
    assert schedule["unified_job_template"] == workflow["id"]
    assert schedule["extra_data"] == {
        "wotrus_hosts": "wotrus",
        "wotrus_max_charged_orders": 50,
        "wotrus_wait_timeout": 300,
    }


def test_all_that_is_missing_is_in_one_message_and_nothing_is_created(server: FakeAwx, tmp_path: Path) -> None:
    before = state(server)
    server.add_credential("Registry", "ssh")
    for name, namespace in (("Keys", "ssh"), ("Second keys", "ssh"), ("Token", "scm")):
        server.add_credential(name, namespace)
    other = server.add("organizations", {"name": "Other"})["id"]
    server.add_credential("Keys", "ssh", other)
    # A credential of another organization has a type with other fields, which AWX does not let anybody change.
    fields = {"inputs": {"fields": [{"id": "token", "label": "Token", "type": "string"}]}, "injectors": {}}
    used = server.add("credential_types", {"name": "WoTrus", "kind": "cloud", **fields})["id"]
    server.add("credentials", {"name": "WoTrus", "organization": other, "credential_type": used})
    before = state(server)

    done = configure(
        server,
        tmp_path,
        wotrus_awx_project_url="",
        wotrus_awx_token="",
        wotrus_awx_execution_environment_image="",
        wotrus_awx_execution_environment="Ours",
        # A shared credential is found, and that of another organization is not looked at.
        wotrus_awx_further_credentials=["Machines", "Keys", "Second keys", "Token"],
        wotrus_awx_registry_credential="Registry",
        wotrus_awx_galaxy_credentials=["Hub"],
        wotrus_awx_instance_groups=[77],
        wotrus_awx_approvers="WoTrus planners",
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
        # They exist, but they are not of the types that AWX accepts there.
        'wotrus_awx_further_credentials names "Token"',
        'wotrus_awx_registry_credential names "Registry"',
        'wotrus_awx_galaxy_credentials names "Hub"',
        'wotrus_awx_instance_groups names "77"',
        "wotrus_awx_wait_timeout must be 300 or less",
        "wotrus_awx_notification_configuration",
        "Set wotrus_awx_credential_type to another name",
        "Each team needs another name.",
        "wotrus_awx_further_credentials has two credentials of one type",
    ):
        assert json.dumps(part)[1:-1] in message, message
    assert '"Keys' not in message
    assert (server.writes, state(server)) == ([], before)


def test_objects_that_awx_does_not_let_anybody_use_are_named_and_nothing_is_created(
    server: FakeAwx, tmp_path: Path
) -> None:
    server.add("execution_environments", {"name": "Shared", "image": "registry.example.com/ee:1"})
    playbook = {"project": server.add("projects", {"name": "wotrus.pki", "organization": 1})["id"], "playbook": ""}
    server._add("job_templates", {"name": "WoTrus | issue", "organization": 1, **playbook})
    before = state(server)
    inventory = server.add("inventories", {"name": "WoTrus", "organization": 1, "kind": ""})
    assert server.ask("DELETE", f"inventories/{inventory['id']}/")[0] == 202

    done = configure(server, tmp_path, wotrus_awx_execution_environment="Shared")

    assert done.returncode != 0
    assert "The execution environment Shared is not of this organization." in done.stdout
    assert "for the project wotrus.pki: wotrus.pki, WoTrus | issue. Remove them, or set other names." in done.stdout
    assert "AWX still removes the inventory WoTrus in the background." in done.stdout
    assert (server.writes, state(server)) == (["DELETE /inventories/1/"], before)


def test_project_without_the_playbooks_is_named(server: FakeAwx, tmp_path: Path) -> None:
    server.repository["playbooks"] = ["playbooks/issue.yml"]

    done = configure(server, tmp_path, wotrus_awx_organization="Signing", wotrus_awx_galaxy_credentials=[])

    assert done.returncode != 0
    assert "Add these playbooks to the project wotrus.pki" in done.stdout
    assert "playbooks/check_plan.yml" in done.stdout
    assert server.names("job_templates") == []
    # Without a Galaxy credential, AWX installs no collection.
    assert server.named("projects", "wotrus.pki")["collections"] == []


def links(server: FakeAwx) -> dict[str, list[int]]:
    """Return what is associated with what."""
    return {path: list(found) for path, found in server.links.items() if found}


def test_second_organization_with_the_defaults_and_its_removal_leave_the_first_alone(
    copied: FakeAwx, tmp_path: Path
) -> None:
    before, objects, links_before = state(copied), copy.deepcopy(copied.resources), links(copied)

    own_file = {"wotrus_awx_inventory_file": SITE["wotrus_awx_inventory_file"]}
    second = configure(copied, tmp_path, wotrus_awx_organization="Signing", **own_file, **FEW)

    assert second.returncode == 0, second.stdout + second.stderr
    for kind in ("projects", "inventories", "teams", "workflow_job_templates"):
        names = copied.names(kind)
        assert sorted(names) == sorted(2 * list(set(names))), kind
    # The organization that the playbook created installs collections too.
    project = copied.named("projects", "wotrus.pki", "Signing")
    assert (project["collections"], project["scm_update_on_launch"]) == (["wotrus.pki"], True)
    own = copied.named("organizations", "Signing")["id"]
    jobs = [job for job in copied.resources["job_templates"] if job["organization"] == own]
    assert len(jobs) == len(FEW["wotrus_awx_job_templates"])
    assert {job["project"] for job in jobs} == {project["id"]}
    assert {job["become_enabled"] for job in jobs} == {True}
    environment = copied.named("execution_environments", "WoTrus (Signing)")["id"]
    assert {job["execution_environment"] for job in jobs} == {environment}
    # Nothing of the first organization was written.
    assert {kind: [one for one in copied.resources[kind] if one in found] for kind, found in objects.items()} == objects
    # AWX read the first host from the inventory file, and a person entered the other.
    inventory = copied.named("inventories", "WoTrus", "Signing")["id"]
    (source,) = [one["id"] for one in copied.resources["inventory_sources"] if one["inventory"] == inventory]
    copied.add("hosts", {"name": "sign-1", "inventory": inventory, "inventory_sources": [source]})
    copied.add("hosts", {"name": "sign-2", "inventory": inventory})

    removed = configure(copied, tmp_path, wotrus_awx_organization="Signing", **ABSENT)

    assert removed.returncode == 0, removed.stdout + removed.stderr
    kept = {"organizations": ["Signing"], "inventories": ["WoTrus"], "hosts": ["sign-1", "sign-2"]}
    assert state(copied) == {**before, **{kind: sorted(before[kind] + names) for kind, names in kept.items()}}
    assert links(copied) == {**links_before, f"/api/v2/organizations/{own}/galaxy_credentials/": [1]}


def test_token_is_not_written_again_by_itself(server: FakeAwx, tmp_path: Path) -> None:
    only = ("--tags", "credential")
    assert configure(server, tmp_path, *only).returncode == 0

    again = configure(server, tmp_path, *only, wotrus_awx_token="tk_new")

    assert again.returncode == 0
    assert server.secrets == [TOKEN]
