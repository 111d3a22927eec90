# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``make test`` lists as not tested, and what it installs.

The machines have the programs that a test gives them.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.guides import ROOT

NEEDS = ROOT / "tests" / "tools" / "needs.sh"
# Benchmarks are no stage of make test.
FILES = [path for path in (ROOT / "tests").rglob("*.py") if "benchmarks" not in path.parts]


class Machine:
    """A machine with a shell, and with programs of the test."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "calls"
        self._programs = folder / "bin"
        self._programs.mkdir()
        for name in ("sh", "dirname", "sed"):
            (self._programs / name).symlink_to(shutil.which(name) or "")
        self.add("id", "echo 1000")

    def add(self, name: str, script: str = "exit 0") -> None:
        """Add a program that is recorded when it runs."""
        program = self._programs / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self._log}"\n{script}\n')
        program.chmod(0o755)

    def needs(self, *arguments: str, **environment: str) -> list[str]:
        """Run the tool, and return its lines."""
        done = subprocess.run(
            ["sh", NEEDS, *arguments],
            env={"PATH": os.fspath(self._programs), **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout.splitlines()

    def calls(self, name: str) -> list[str]:
        """Return the calls of a program."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [line for line in lines if line.split()[0] == name]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def skip_reasons(source: str) -> Iterator[str]:
    """Yield the reasons of the skips in a file."""
    for node in ast.walk(ast.parse(source)):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in ("pytest.skip", "pytest.mark.skipif", "pytest.importorskip"):
            reasons = [one.value for one in node.keywords if one.arg == "reason"] or node.args
            for one in (part for reason in reasons for part in ast.walk(reason)):
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield one.value


def test_every_skip_is_in_the_list_of_what_was_not_tested(machine: Machine) -> None:
    listed = [*machine.needs("list"), *machine.needs("list", sys.executable, "/usr/bin/python3.9")]

    reasons = {reason for path in FILES for reason in skip_reasons(path.read_text(encoding="utf-8"))}

    assert {"jq is not installed", "python-pkcs11 is not installed"} <= reasons
    assert [reason for reason in reasons if not any(f": {reason}" in line for line in listed)] == []


@pytest.mark.parametrize(("ci", "user"), [("", "0"), ("false", "0"), ("1", "0"), ("true", "1000")])
def test_nothing_is_installed_outside_continuous_integration(machine: Machine, ci: str, user: str) -> None:
    for name in ("apt-get", "sudo"):
        machine.add(name)
    machine.add("id", f"echo {user}")

    assert machine.needs("install", **({"CI": ci} if ci else {})) == []
    assert machine.calls("apt-get") == machine.calls("sudo") == []
