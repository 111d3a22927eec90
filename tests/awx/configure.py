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

from tests.integration.harness import BIN, ROOT, clean_environment

from .fake_awx import FakeAwx
from .jobs import AWX, read

MODULES = ROOT / ".build" / "awx"
TOKEN = "tk_that_is_secret"
# What a person must set.
NEEDED: dict[str, Any] = {
    "wotrus_awx_project_url": "https://git.example.com/pki/signing.git",
    "wotrus_awx_execution_environment_image": "registry.example.com/wotrus-ee:1.0.0",
}


def project_of_a_user() -> dict[str, Any]:
    """Return the guide's project, with a playbook for each job template."""
    playbooks = {f"playbooks/{job['playbook']}" for job in read("templates.yml")["wotrus_awx_job_templates"]}
    return {"playbooks": sorted(playbooks), "collections": ["wotrus.pki"], "revision": "0123456789"}


def configure(server: FakeAwx, folder: Path, *options: str, **variables: Any) -> subprocess.CompletedProcess[str]:
    """Run the playbook."""
    environment = {
        **clean_environment(folder),
        "ANSIBLE_COLLECTIONS_PATH": str(MODULES),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "CONTROLLER_HOST": server.url,
        "CONTROLLER_OAUTH_TOKEN": "a-token-of-the-administrator",
        "WOTRUS_API_TOKEN": TOKEN,
        "ANSIBLE_PIPELINING": "true",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    given = json.dumps({**NEEDED, **variables})
    command = [BIN / "ansible-playbook", AWX / "configure.yml", "--extra-vars", given, *options]
    return subprocess.run(
        [str(part) for part in command],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=2400,
    )


def changes_of(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the lines of the output with tasks and changes."""
    return re.findall(r"^(?:TASK|changed).*$", done.stdout, re.MULTILINE)
