# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quickstart as make runs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from .harness import ROOT, clean_environment

# Ansible loads nothing else of a collection, so an execution environment may lack the rest.
PROGRAM = """#!{python}
import sys
from importlib.metadata import entry_points
(program,) = entry_points(group="console_scripts", name="{name}")
sys.exit(program.load()())
"""


class Clone:
    """A clone of the repository with an environment.

    The environment has the packages of the tests.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clone"
        self.home = folder / "home"
        self.home.mkdir()
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, names.split("\0")):
            target = self.folder / name
            if (ROOT / name).is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, target)
        self._make_environment(self.folder / ".venv")

    def _make_environment(self, venv: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        (site,) = venv.glob("lib/python*/site-packages")
        (site / "packages.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
        for name in ("ansible-galaxy", "ansible-playbook"):
            program = venv / "bin" / name
            program.write_text(PROGRAM.format(python=venv / "bin" / "python", name=name))
            program.chmod(0o755)
        (venv / ".installed").touch()

    def run(self, commands: str, *, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Type commands into a shell of a user whose locale is ``C``."""
        own = {"PATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
        inherited = {
            name: value
            for name, value in clean_environment(self.home).items()
            if name not in own and not name.startswith("ANSIBLE_")
        }
        return subprocess.run(
            ["bash", "-e", "-c", commands],
            cwd=folder or self.folder,
            env={**inherited, "PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    one = Clone(tmp_path)
    yield one
    one.run("make quickstart-stop")


def test_quickstart_of_a_clone_leads_to_the_next_commands_and_is_cleared(clone: Clone, tmp_path: Path) -> None:
    other = clone.home / ".ansible" / "collections" / "ansible_collections" / "wotrus" / "pki"
    shutil.copytree(ROOT / "meta", other / "meta")
    shutil.copy(ROOT / "galaxy.yml", other)
    # Behind a proxy that does not know the loopback addresses. Nothing listens on this port.
    proxies = [f"{name}=http://127.0.0.1:1" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")]
    done = clone.run(f"env {' '.join(proxies)} make PYTHON={sys.executable} quickstart")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "cert.pem: OK" in done.stdout
    lines = re.findall(r"^  (\S.*)$", done.stdout.partition("type these lines")[2], re.MULTILINE)
    # The other copy would win.
    assert [line.partition("=")[0] for line in lines[1:]] == ["export LC_ALL", "export ANSIBLE_COLLECTIONS_PATH"]
    assert f"another copy of the collection: {other}. Or remove that copy." in done.stdout
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    further = clone.run(
        "\n".join([*lines, "ansible-playbook -i localhost, wotrus.pki.status --syntax-check"]), folder=elsewhere
    )
    assert further.returncode == 0, further.stdout + further.stderr
    assert [path.name for path in clone.home.iterdir() if path.name != ".ansible"] == []

    assert clone.run("make clean").stdout == "stopped\n"
    assert clone.run("make quickstart-stop").stdout == "not running\n"
    assert not (clone.folder / ".quickstart").exists()


def test_port_in_use_ends_the_quickstart_with_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = ["ansible-playbook", "-i", "localhost,", "wotrus.pki.quickstart"]
        variables = {"wotrus_quickstart_dir": str(tmp_path / "quickstart"), "wotrus_sandbox_port": port}
        done = subprocess.run(
            [*command, "-e", json.dumps(variables)],
            env=clean_environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )

    said = f"Port {port} of 127.0.0.1 is in use. Set wotrus_sandbox_port to another port."
    (failure,) = [line for line in done.stdout.splitlines() if line.startswith("fatal:")]
    assert json.loads(failure.partition("=> ")[2]) == {"changed": False, "msg": said}


def test_machine_without_the_needs_is_refused_with_the_packages_to_install(tmp_path: Path) -> None:
    for name in ["sh", "cat", "dirname", "git", "make"]:
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    done = subprocess.run(
        ["sh", ROOT / "tests" / "tools" / "needs.sh", "base", ""],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("Missing on this machine: openssl, Python")
    for system in ("Debian, Ubuntu   sudo apt install", "RHEL, Fedora     sudo dnf install", "macOS            brew"):
        assert system in done.stderr
