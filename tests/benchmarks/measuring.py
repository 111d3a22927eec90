# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a playbook on hosts of this machine, and returns its costs."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PLAYBOOKS = HERE / "playbooks"
_CALLBACKS = PLAYBOOKS / "callback_plugins"
_TAIL = 4000


@dataclasses.dataclass(frozen=True)
class Cost:
    """The costs of one run.

    :ivar cpu: seconds of user and system time of ``ansible-playbook`` and all that it started
    :ivar wall: seconds on the clock
    :ivar parent: MiB of ``ansible-playbook`` itself, at its largest
    :ivar worker: MiB of the largest process below it, what it shares with the parent included
    """

    cpu: float
    wall: float
    parent: float
    worker: float


@dataclasses.dataclass(frozen=True)
class Usage:
    """The time until now, and what took the CPUs.

    :ivar clock: seconds
    :ivar busy: seconds of all CPUs, by all processes of the machine
    :ivar own: those of this process and its children that have ended
    """

    clock: float
    busy: float
    own: float

    @classmethod
    def now(cls) -> Usage:
        """Read the counters."""
        # The first line is of all CPUs. The last three are two kinds of interrupts, and what other machines took.
        user, nice, system, _idle, _waiting, *others = map(int, Path("/proc/stat").read_text().split()[1:9])
        times = os.times()
        busy = (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK")
        return cls(times.elapsed, busy, sum(times[:4]))

    def since(self, before: Usage) -> dict[str, int]:
        """Return the minutes, and the percentage of the CPUs' time that other processes took."""
        clock = self.clock - before.clock
        others = (self.busy - before.busy) - (self.own - before.own)
        return {"minutes": round(clock / 60), "others": round(100 * others / clock / (os.cpu_count() or 1))}


class PlaybookFailed(Exception):
    """A measured playbook failed.

    The message has the end of its output.
    """


@dataclasses.dataclass(frozen=True)
class Ansible:
    """An Ansible with the collection, and a folder for files of runs.

    :ivar bin: the folder of ``ansible-playbook``
    :ivar collections: the folder above ``ansible_collections``
    :ivar settings: of the environment, such as the token, which README has there too
    """

    bin: Path
    collections: Path
    folder: Path
    settings: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def of_environment(cls, folder: Path) -> Ansible:
        """Return the installation of the Makefile, else this Python's and repository's."""
        return cls(
            bin=Path(os.environ.get("WOTRUS_TEST_ANSIBLE_BIN", Path(sys.executable).parent)),
            collections=Path(os.environ.get("WOTRUS_TEST_COLLECTIONS", ROOT / ".build" / "collections")),
            folder=folder,
        )

    def versions(self) -> dict[str, str]:
        """Return the versions of ansible-core and of its Python."""
        script = (
            "import json, platform, ansible.release as r;"
            "print(json.dumps({'ansible_core': r.__version__, 'python': platform.python_version()}))"
        )
        output = subprocess.run([self.bin / "python", "-c", script], check=True, capture_output=True, text=True).stdout
        return dict(json.loads(output))

    def measure(self, playbook: str, *, hosts: int, forks: int, variables: Mapping[str, Any]) -> Cost:
        """Run a playbook of the folder or the collection on hosts, and return its costs.

        Only the process and its children count, and nothing of the sandbox.

        :raises PlaybookFailed: its exit code is not 0
        """
        named = playbook if playbook.startswith("wotrus.pki.") else PLAYBOOKS / f"{playbook}.yml"
        watched: list[str | Path] = [sys.executable, "-S", HERE / "watched.py", self.bin / "ansible-playbook", named]
        watched += ["--inventory", self.write_inventory(hosts), "--forks", str(forks)]
        watched += ["--extra-vars", f"@{self.write('variables.json', variables)}"]
        memory = self.folder / "memory.json"
        errors = self._run(playbook, watched, BENCH_MEMORY=str(memory), ANSIBLE_CALLBACK_PLUGINS=str(_CALLBACKS))
        sizes = json.loads(memory.read_text(encoding="utf-8"))
        return Cost(**json.loads(errors), parent=sizes["parent"], worker=sizes["worker"])

    def _run(self, playbook: str, command: Sequence[str | Path], **settings: str) -> str:
        """Run a command, and return what it wrote to standard error."""
        output = self.folder / f"{playbook}.log"
        with output.open("wb") as file:
            done = subprocess.run(
                command,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.PIPE,
                env={**self.environment(), **settings},
            )
        errors = done.stderr.decode(errors="replace")
        if done.returncode != 0:
            raise PlaybookFailed(f"{playbook}: exit code {done.returncode}\n{errors}{output.read_text()[-_TAIL:]}")
        return errors

    def write_inventory(self, hosts: int, **variables: object) -> Path:
        """Write an inventory of hosts of this machine, with variables for all of them."""
        # Without an interpreter named, each host would pay for looking for one.
        local = {"ansible_connection": "local", "ansible_python_interpreter": str(self.bin / "python")}
        names: dict[str, Any] = {f"host{number:04}": {} for number in range(1, hosts + 1)}
        return self.write("inventory.json", {"wotrus": {"hosts": names, "vars": {**local, **variables}}})

    def environment(self) -> dict[str, str]:
        """Return the variables of the environment of a run."""
        return {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            # A host that waits for its turn costs the parent, which asks again and again whether it is done.
            "WOTRUS_RATE_LIMIT": "0",
            **self.settings,
        }

    def write(self, name: str, content: Mapping[str, Any]) -> Path:
        """Write a file of JSON to the folder."""
        path = self.folder / name
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return path
