# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example repository as a pipeline has it."""

from __future__ import annotations

import atexit
import dataclasses
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import yaml

from tests.helpers.ansible_tasks import host_folders
from tests.helpers.sandbox import Sandbox
from tests.helpers.warm_python import warm_python
from tests.integration.harness import BIN, ROOT, Folder, clean_environment

EXAMPLE = ROOT / "docs" / "examples" / "infrastructure-as-code"
INSTALL = "ansible-galaxy collection install -r requirements.yml"
HOSTS = ("signer1.example.com", "signer2.example.com")
# What needs the network, and what would change this machine. A stub logs its arguments, reads its
# input, and prints what its file has.
_STUBS = ("curl", "gh", "pip", "ssh-add", "ssh-agent", "systemctl")
_STUB = """#!/bin/sh
printf '%s\\n' "$0" "$@" >>"{log}"
for argument in "$@"; do
    case "$argument" in
    body@*) cat "${{argument#body@}}" >>"{log}" ;;
    *.md) cat "$argument" >>"{log}" ;;
    esac
done
cat >/dev/null
[ ! -f "$0.out" ] || cat "$0.out"
"""


@dataclasses.dataclass(frozen=True)
class Done:
    """Commands that ended."""

    code: int
    output: str


@functools.cache
def _tarball() -> Path:
    """Return the tarball of what Ansible loads, built once: each job of a pipeline installs it."""
    folder = Path(tempfile.mkdtemp(prefix="wotrus-"))
    atexit.register(shutil.rmtree, folder)
    for part in ("LICENSES", "meta", "playbooks", "plugins", "roles"):
        shutil.copytree(ROOT / part, folder / "pki" / part)
    for part in ("COPYING", "README.md", "galaxy.yml"):
        shutil.copy(ROOT / part, folder / "pki")
    build = [BIN / "ansible-galaxy", "collection", "build", folder / "pki", "--output-path", folder]
    subprocess.run(list(map(str, build)), check=True, env=clean_environment(folder), capture_output=True)
    (tarball,) = folder.glob("*.tar.gz")
    return tarball


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
        self._write_collection()
        self._write_hosts()
        self._stubs = folder / "stubs"
        self._stubs.mkdir()
        self.replace(*_STUBS)
        self.has_reviewers = True
        home = folder / "home"
        home.mkdir()
        plain = {name: value for name, value in clean_environment(home).items() if not name.startswith("ANSIBLE_")}
        self.environment = {
            **plain,
            **host_folders(home),
            "PATH": os.pathsep.join([str(self._stubs), plain["PATH"]]),
            "WOTRUS_API_URL": sandbox.url,
            "WOTRUS_CA_PATH": sandbox.tls_ca,
        }

    def replace(self, *programs: str) -> None:
        """Replace programs by stubs."""
        for name in programs:
            (self._stubs / name).write_text(_STUB.format(log=self.log))
            (self._stubs / name).chmod(0o755)

    @property
    def has_reviewers(self) -> bool:
        """Whether GitHub's environment has reviewers, as its API says."""
        return (self._stubs / "gh.out").read_text() == "required_reviewers\n"

    @has_reviewers.setter
    def has_reviewers(self, value: bool) -> None:
        (self._stubs / "gh.out").write_text("required_reviewers\n" if value else "")

    def _write_collection(self) -> None:
        """Take the collection of this clone in place of the released one."""
        wanted = f"---\ncollections:\n  - name: {_tarball()}\n    type: file\n"
        (self.folder / "requirements.yml").write_text(wanted)

    def _write_hosts(self) -> None:
        own = {
            "ansible_connection": "local",
            "ansible_python_interpreter": warm_python(BIN / "python"),
            "ansible_become": False,
        }
        hosts = {name: {**own, "wotrus_base_dir": str(self._hosts / name)} for name in HOSTS}
        (self.folder / "inventory" / "hosts.yml").write_text(
            yaml.safe_dump({"wotrus": {"hosts": hosts}}, explicit_start=True)
        )

    def run(self, script: str, *shell: str, folder: Path, **variables: str) -> Done:
        """Run a script with a shell, in a folder with a checkout."""
        done = subprocess.run(
            [*shell, "-c", script],
            cwd=folder,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=900,
        )
        return Done(done.returncode, done.stdout)

    def type(self, *commands: str, **variables: str) -> Done:
        """Run commands as a person does."""
        return self.run("\n".join(commands), "bash", "-e", folder=self.folder, VAULT_PASSWORD="example", **variables)

    def succeed(self, *commands: str, **variables: str) -> str:
        """Run commands as a person does, and return what they printed."""
        done = self.type(*commands, **variables)
        assert done.code == 0, done.output
        return done.output

    def change(self, name: str, *changes: tuple[str, str]) -> None:
        """Replace texts in a file, as a commit does."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def certificate(self, host: str) -> Folder:
        """Return the directory of a host's certificate."""
        return Folder(self._hosts / host / "contracts")
