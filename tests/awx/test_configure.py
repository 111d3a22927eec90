# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration playbook with AWX's modules and a fake API, twice."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.harness import BIN, ROOT, clean_environment
from tests.tools import awx_modules

from .fake_awx import ENCRYPTED, FakeAwx, fake_awx
from .jobs import AWX, read

MODULES = ROOT / ".build" / "awx"
TOKEN = "tk_that_is_secret"
SITE = {
    "wotrus_awx_organization": "Signing",
    "wotrus_awx_prefix": "Certificates",
    "wotrus_awx_execution_environment_image": "registry.example.com/wotrus-ee:1.0.0",
    "wotrus_awx_inventory_file": "inventory/hosts.yml",
    "wotrus_awx_ca_certificate": "-----BEGIN CERTIFICATE-----\n",
    "wotrus_awx_further_credentials": ["Machines"],
    "wotrus_awx_slices": 4,
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


@pytest.fixture(scope="session", autouse=True)
def modules() -> Path:
    """AWX's modules, fetched once."""
    return awx_modules.fetch(MODULES)


@pytest.fixture
def server() -> Iterator[FakeAwx]:
    with fake_awx() as one:
        yield one


def configure(server: FakeAwx, folder: Path, *options: str, **variables: Any) -> subprocess.CompletedProcess[str]:
    """Run the playbook."""
    environment = {
        **clean_environment(folder),
        "ANSIBLE_COLLECTIONS_PATH": str(MODULES),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "CONTROLLER_HOST": server.url,
        "CONTROLLER_USERNAME": "admin",
        "CONTROLLER_PASSWORD": "admin-password",
        "WOTRUS_API_TOKEN": TOKEN,
        "ANSIBLE_PIPELINING": "true",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    command = [BIN / "ansible-playbook", AWX / "configure.yml", "--extra-vars", json.dumps(variables), *options]
    return subprocess.run(
        [str(part) for part in command],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_configuration_of_a_fresh_awx_is_complete(server: FakeAwx, tmp_path: Path) -> None:
    first = configure(server, tmp_path)

    assert first.returncode == 0, first.stdout + first.stderr
    jobs = [job["name"] for job in read("templates.yml")["wotrus_awx_job_templates"]]
    assert server.names("job_templates") == [f"WoTrus | {name}" for name in jobs]
    assert server.secrets == [TOKEN]
    assert server.named("credentials", "WoTrus")["inputs"]["api_token"] == ENCRYPTED
    assert TOKEN not in first.stdout + first.stderr
    nodes = server.nodes("WoTrus | plan, approve, issue")
    assert {name: node["success_nodes"] + node["always_nodes"] for name, node in nodes.items()} == {
        "plan": ["approve"],
        "approve": ["issue"],
        "issue": ["waiting"],
        "waiting": [],
    }
    approval = server.named("workflow_approval_templates", "Approve the plan")
    assert nodes["approve"]["unified_job_template"] == approval["id"]
    (schedule,) = server.resources["schedules"]
    assert schedule["unified_job_template"] == server.named("workflow_job_templates", "WoTrus | renew and notify")["id"]


def test_configuration_uses_the_settings_of_a_site_and_a_second_run_changes_nothing(
    server: FakeAwx, tmp_path: Path
) -> None:
    organization = server.add("organizations", {"name": "Signing"})
    server.add("credentials", {"name": "Machines"})

    first = configure(server, tmp_path, **SITE)

    assert first.returncode == 0, first.stdout + first.stderr
    assert server.names("organizations") == ["Signing"]
    issue = server.named("job_templates", "Certificates | issue")
    plan = server.named("job_templates", "Certificates | plan")
    assert (issue["job_slice_count"], issue["allow_simultaneous"]) == (4, True)
    assert (plan["job_slice_count"], plan["allow_simultaneous"], plan["job_type"]) == (1, False, "check")
    assert issue["execution_environment"] == server.named("execution_environments", "WoTrus")["id"]
    assert len(server.links[f"{issue['url']}credentials/"]) == 2
    defaults = {one["variable"]: one["default"] for one in server.surveys[issue["id"]]["spec"]}
    assert defaults["wotrus_max_charged_orders"] == 50
    notification = server.named("notification_templates", "WoTrus")["id"]
    notified = {path for path, links in server.links.items() if notification in links}
    unwatched = [
        server.named("job_templates", f"Certificates | {name}")
        for name in ("waiting for you", "renew", "issue planned", "deploy on push")
    ]
    workflow = server.named("workflow_job_templates", "Certificates | plan, approve, issue")
    assert {
        *(f"{template['url']}notification_templates_error/" for template in unwatched),
        f"{workflow['url']}notification_templates_approvals/",
    } <= notified
    assert {resource["organization"] for resource in server.resources["projects"]} == {organization["id"]}
    assert "chat-password" not in first.stdout + first.stderr

    server.writes.clear()

    second = configure(server, tmp_path, **SITE)

    assert second.returncode == 0, second.stdout + second.stderr
    assert "changed=0 " in second.stdout
    # The project is updated each time, which is no change if there is nothing new.
    assert server.writes == [f"POST /projects/{server.named('projects', 'wotrus.pki')['id']}/update/"]


def test_token_is_written_again_only_with_update_secrets(server: FakeAwx, tmp_path: Path) -> None:
    only = ("--tags", "credential")
    assert configure(server, tmp_path, *only).returncode == 0

    again = configure(server, tmp_path, *only, wotrus_awx_token="tk_new")
    written = configure(server, tmp_path, *only, wotrus_awx_token="tk_new", wotrus_awx_update_secrets=True)

    assert (again.returncode, written.returncode) == (0, 0)
    assert server.secrets == [TOKEN, "tk_new"]
