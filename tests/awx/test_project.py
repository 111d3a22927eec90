# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide's project without the collection, or with its requirements."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

from tests.helpers.sandbox import Sandbox
from tests.integration.checks import assert_deployed
from tests.integration.harness import BIN, COLLECTION, ROOT, clean_environment

from .configure import project_of_a_user
from .guide import create_project
from .jobs import Awx


def test_collection_of_the_requirements_is_used_by_jobs(awx: Awx, sandbox: Sandbox, tmp_path: Path) -> None:
    (host,) = awx.add_hosts(1)
    project, installed = tmp_path / "project", tmp_path / "requirements_collections"
    create_project(project)
    (tarball,) = (ROOT / ".build" / "dist").glob("wotrus-pki-*.tar.gz")
    requirements = {"collections": [{"name": str(tarball), "type": "file"}]}
    (project / "collections" / "requirements.yml").write_text(yaml.safe_dump(requirements))
    # awx/playbooks/project_update.yml:235, "Fetch galaxy collections from collections/requirements.(yml/yaml)"
    command = [BIN / "ansible-galaxy", "collection", "install", "-r", project / "collections" / "requirements.yml"]
    environment = {**clean_environment(tmp_path / "home"), "ANSIBLE_COLLECTIONS_PATH": str(installed)}
    subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    awx.playbooks, awx.collections = project / "playbooks", installed

    job = awx.run("playbooks/issue.yml")

    assert job.code == 0, job.stdout
    assert_deployed(host.folder(), sandbox)


def test_without_the_collection_a_job_fails_and_names_it(awx: Awx, tmp_path: Path) -> None:
    awx.add_hosts(1)
    create_project(tmp_path / "project")
    awx.playbooks, awx.collections = tmp_path / "project" / "playbooks", tmp_path / "empty"

    job = awx.run("playbooks/issue.yml")

    assert job.code != 0
    assert "Could not find or access" in job.stdout
    assert "/wotrus.pki.issue'" in job.stdout


def test_old_ansible_core_fails_with_one_sentence(awx: Awx) -> None:
    """A variable replaces the version, since no old ansible-core is here."""
    awx.add_hosts(2)

    job = awx.run("playbooks/issue.yml", {"__wotrus_ansible_core": "2.15.12"})

    assert job.code != 0
    (message,) = set(job.failures)
    assert message.startswith("The collection wotrus.pki needs ansible-core 2.16 or later, but this is 2.15.12:")
    assert "TASK [wotrus.pki.certificate" not in job.stdout
    assert job.artifacts == {}


def test_each_playbook_of_a_job_checks_ansible_core_first() -> None:
    for playbook in (*project_of_a_user()["playbooks"], "playbooks/preflight.yml"):
        plays = yaml.safe_load((COLLECTION / playbook).read_text(encoding="utf-8"))
        # The report begins with a play for localhost that only sets a variable.
        first = next(play for play in plays if "pre_tasks" in play)
        assert first["pre_tasks"][0]["ansible.builtin.import_tasks"] == "tasks/check_ansible.yml", playbook
