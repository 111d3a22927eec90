# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the playbook that configures AWX against the stand-in."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.integration.harness import BIN, ROOT, clean_environment, search_path

from .fake_awx import FakeAwx
from .jobs import AWX, read

MODULES = ROOT / ".build" / "awx"
TOKEN = "tk_that_is_secret"
# What a person must set, and nothing else.
NEEDED: dict[str, Any] = {
    "wotrus_awx_project_url": "https://git.example.com/pki/signing.git",
    "wotrus_awx_execution_environment_image": "registry.example.com/wotrus-ee:1.0.0",
}


# A configuration that uses most settings.
SITE: dict[str, Any] = {
    "wotrus_awx_registry_credential": "Registry",
    "wotrus_awx_inventory_file": "inventory/hosts.yml",
    "wotrus_awx_ca_certificate": "-----BEGIN CERTIFICATE-----\n",
    "wotrus_awx_further_credentials": ["Machines", "First vault", "Second vault"],
    "wotrus_awx_instance_groups": ["signing"],
    "wotrus_awx_labels": ["pki"],
    "wotrus_awx_become": False,
    "wotrus_awx_slices": 4,
    "wotrus_awx_job_timeout": 3600,
    "wotrus_awx_max_charged_orders": 50,
    "wotrus_awx_max_reissues": 20,
    "wotrus_awx_prices": {"pdf_signing": {"12": 980}},
    "wotrus_awx_notification_type": "slack",
    "wotrus_awx_notification_configuration": {"token": "xoxb-secret", "channels": ["pki"], "hex_color": ""},
}
ABSENT = {"wotrus_awx_state": "absent"}
TEMPLATES = read("templates.yml")
IN_WORKFLOWS = {node.get("job") for workflow in TEMPLATES["wotrus_awx_workflows"] for node in workflow["nodes"]}
# The workflows with their jobs, and the teams that these are for. Each module takes long.
FEW: dict[str, Any] = {
    "wotrus_awx_job_templates": [job for job in TEMPLATES["wotrus_awx_job_templates"] if job["name"] in IN_WORKFLOWS],
    "wotrus_awx_roles": [role for role in TEMPLATES["wotrus_awx_roles"] if role["team"] == "approvers"],
}


def create_what_a_site_has(server: FakeAwx) -> None:
    """Create what :data:`SITE` names."""
    server.add_credential("Machines", "ssh")
    for name in ("First", "Second"):
        server.add_credential(f"{name} vault", "vault", vault_id=name.lower())
    server.add_credential("Registry", "registry")
    server.add("instance_groups", {"name": "signing"})


def project_of_a_user() -> dict[str, Any]:
    """Return the guide's project, with a playbook for each job template."""
    playbooks = {f"playbooks/{job['playbook']}" for job in read("templates.yml")["wotrus_awx_job_templates"]}
    return {"playbooks": sorted(playbooks), "collections": ["wotrus.pki"], "revision": "0123456789"}


def configure(
    server: FakeAwx,
    folder: Path,
    *options: str,
    ansible: Path = BIN,
    access: str = "a-token-of-the-administrator",
    **variables: Any,
) -> subprocess.CompletedProcess[str]:
    """Run the playbook.

    :param ansible: the folder with ansible-playbook
    :param access: the token for AWX
    """
    given = json.dumps({**NEEDED, **variables})
    command = ["ansible-playbook", AWX / "configure.yml", "--extra-vars", given, *options]
    return subprocess.run(
        [str(part) for part in command],
        env={**environment(server, folder, ansible), "CONTROLLER_OAUTH_TOKEN": access},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=2400,
    )


def environment(server: FakeAwx, folder: Path, ansible: Path = BIN) -> dict[str, str]:
    """Return the environment of the playbook."""
    return {
        **clean_environment(folder),
        "ANSIBLE_COLLECTIONS_PATH": str(MODULES),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "CONTROLLER_HOST": server.url,
        "CONTROLLER_OAUTH_TOKEN": "a-token-of-the-administrator",
        "WOTRUS_API_TOKEN": TOKEN,
        "ANSIBLE_PIPELINING": "true",
        "PATH": search_path(ansible),
        # Each of the thousands of calls reads the authorities, and the stand-in has no TLS.
        "SSL_CERT_FILE": os.devnull,
    }


def changes_of(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the lines of the output with tasks and changes."""
    return re.findall(r"^(?:TASK|changed).*$", done.stdout, re.MULTILINE)


def state(server: FakeAwx) -> dict[str, list[str]]:
    """Return the names of all resources by kind, without updates of projects and inventories."""
    return {
        kind: sorted(str(one.get("name")) for one in found)
        for kind, found in server.resources.items()
        if kind not in ("project_updates", "inventory_updates")
    }


def shown(name: str, language: str) -> str:
    """Return the name of a template in a language."""
    return str(read("texts_zh.yml")["wotrus_awx_texts_zh"][name]["name"]) if language == "zh" else name


LINKS = {
    "plan, approve, issue": {
        "plan": {"success": ["check"], "failure": ["others"]},
        "check": {"success": ["waiting"], "failure": ["approve"]},
        "others": {"success": ["approve"]},
        "approve": {},
        "waiting": {},
    },
    "approve and issue": {"approve": {"success": ["issue"]}, "issue": {"success": ["waiting"]}, "waiting": {}},
    "renew and notify": {"renew": {"success": ["waiting"]}, "waiting": {}},
}


def check_workflows(server: FakeAwx, prefix: str, *, language: str = "en") -> None:
    """Check the nodes of all workflows, their links and their approval."""
    nodes = {name: server.nodes(f"{prefix} | {shown(name, language)}") for name in LINKS}
    branches = ("success", "failure", "always")
    assert {
        name: {
            identifier: {branch: node[f"{branch}_nodes"] for branch in branches if node[f"{branch}_nodes"]}
            for identifier, node in own.items()
        }
        for name, own in nodes.items()
    } == LINKS
    nested = server.named("workflow_job_templates", f"{prefix} | {shown('approve and issue', language)}")
    assert nodes["plan, approve, issue"]["approve"]["unified_job_template"] == nested["id"]
    approval = server.named("workflow_approval_templates", shown("Approve the plan", language))
    assert nodes["approve and issue"]["approve"]["unified_job_template"] == approval["id"]
