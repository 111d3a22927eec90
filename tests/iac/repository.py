# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example repository as a pipeline has it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.helpers.ansible_tasks import host_folders
from tests.helpers.sandbox import Sandbox
from tests.integration.harness import BIN, ROOT, Folder, clean_environment

EXAMPLE = ROOT / "docs" / "examples" / "infrastructure-as-code"
HOSTS = ("signer1.example.com", "signer2.example.com")
# What needs the network: packages, and the hosts' SSH agent.
_LEFT_OUT = ("pip install", "ssh-agent", 'echo "$SSH_PRIVATE_KEY"')
_STUB = """#!/bin/sh
printf '%s\\n' "$0" "$@" >>"{log}"
for argument in "$@"; do
    case "$argument" in
    body@*) cat "${{argument#body@}}" >>"{log}" ;;
    *.md) cat "$argument" >>"{log}" ;;
    esac
done
"""


def gitlab_jobs() -> dict[str, Any]:
    """Return the jobs and settings of the GitLab pipeline."""
    return dict(yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text(encoding="utf-8")))


def github_jobs() -> dict[str, Any]:
    """Return the jobs of the GitHub workflow."""
    text = (EXAMPLE / ".github" / "workflows" / "certificates.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text)["jobs"])


def gitlab() -> dict[str, list[str]]:
    """Return the commands of each job of the GitLab pipeline.

    Those before each job are ``prepare``.
    """
    jobs = gitlab_jobs()
    found = {name: job["script"] for name, job in jobs.items() if isinstance(job, dict) and "script" in job}
    return {**found, "prepare": jobs["default"]["before_script"]}


def github() -> dict[str, list[str]]:
    """Return the commands of each named step of the GitHub workflow.

    The step before the others is ``prepare``.
    """
    steps = [step for job in github_jobs().values() for step in job["steps"] if "run" in step]
    named = {step["name"]: step["run"].splitlines() for step in steps if "name" in step}
    (prepare,) = {step["run"] for step in steps if "pip install" in step["run"]}
    return {**named, "prepare": prepare.splitlines()}


@dataclasses.dataclass(frozen=True)
class Job:
    """A job that ended."""

    code: int
    output: str


class Repository:
    """A checkout of the example.

    Its hosts are folders of this machine, and its WoTrus is the sandbox.
    """

    def __init__(self, folder: Path, *, sandbox: Sandbox) -> None:
        self.folder = folder / "repository"
        self.log = folder / "stubs.log"
        self.log.touch()
        self._hosts = folder / "hosts"
        shutil.copytree(EXAMPLE, self.folder)
        self._write_collection(folder / "built")
        self._write_hosts()
        self._stubs = folder / "stubs"
        self._stubs.mkdir()
        for name in ("curl", "gh", "systemctl"):
            (self._stubs / name).write_text(_STUB.format(log=self.log))
            (self._stubs / name).chmod(0o755)
        home = folder / "home"
        home.mkdir()
        plain = {name: value for name, value in clean_environment(home).items() if not name.startswith("ANSIBLE_")}
        self.environment = {
            **plain,
            **host_folders(home),
            "PATH": os.pathsep.join([str(self._stubs), plain["PATH"]]),
            "VAULT_PASSWORD": "example",
            "WOTRUS_API_URL": sandbox.url,
            "WOTRUS_CA_PATH": sandbox.tls_ca,
        }

    def _write_collection(self, folder: Path) -> None:
        """Take the collection of this clone in place of the released one."""
        build = [BIN / "ansible-galaxy", "collection", "build", ROOT, "--output-path", folder]
        environment = clean_environment(self.log.parent)
        subprocess.run(list(map(str, build)), check=True, env=environment, capture_output=True)
        (tarball,) = folder.glob("*.tar.gz")
        wanted = f"---\ncollections:\n  - name: {tarball}\n    type: file\n"
        (self.folder / "requirements.yml").write_text(wanted)

    def _write_hosts(self) -> None:
        own = {
            "ansible_connection": "local",
            "ansible_python_interpreter": str(BIN / "python"),
            "ansible_become": False,
        }
        hosts = {name: {**own, "wotrus_base_dir": str(self._hosts / name)} for name in HOSTS}
        (self.folder / "inventory" / "hosts.yml").write_text(
            yaml.safe_dump({"wotrus": {"hosts": hosts}}, explicit_start=True)
        )

    def run(self, commands: list[str], **variables: str) -> Job:
        """Run commands as a pipeline does.

        The first that fails ends the job.
        """
        script = "\n".join(one for one in commands if not one.startswith(_LEFT_OUT))
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.folder,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=900,
        )
        return Job(done.returncode, done.stdout)

    def succeed(self, commands: list[str], **variables: str) -> str:
        """Run commands, see them succeed, and return what they printed."""
        job = self.run(commands, **variables)
        assert job.code == 0, job.output
        return job.output

    def change(self, name: str, *changes: tuple[str, str]) -> None:
        """Replace texts in a file, as a commit does."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    @property
    def plan(self) -> dict[str, Any]:
        """The file of the newest plan."""
        return dict(json.loads((self.folder / "plan.json").read_text(encoding="utf-8")))

    def certificate(self, host: str) -> Folder:
        """Return the directory of a host's certificate."""
        return Folder(self._hosts / host / "contracts")
