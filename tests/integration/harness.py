# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs real playbooks of the collection, and returns their results.

The collection and ansible-core are those of WOTRUS_TEST_COLLECTIONS and WOTRUS_TEST_ANSIBLE_BIN, as ``make
integration`` sets them. Without these, they are the working tree and the Python that runs the tests.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.helpers import given, processes
from tests.helpers.ansible_tasks import host_folders
from tests.helpers.sandbox import Sandbox
from tests.helpers.warm_python import warm_python

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = Path(os.environ.get("WOTRUS_TEST_COLLECTIONS") or ROOT / ".build" / "collections")
COLLECTION = COLLECTIONS / "ansible_collections" / "wotrus" / "pki"
BIN = Path(os.environ.get("WOTRUS_TEST_ANSIBLE_BIN") or Path(sys.executable).parent)
PLANNING = "wotrus.pki.wotrus_plan_info"
DECIDING = (PLANNING, "wotrus.pki.wotrus_apply")
ROLE = "wotrus.pki.certificate"
_LONGEST_RUN = float(os.environ.get("WOTRUS_TEST_LONGEST_RUN") or 600)
_LONGEST_TASK = 600.0
JOURNAL = "WOTRUS_TEST_JOURNAL"
CALLBACKS = Path(__file__).parent / "callback_plugins"

Entry = dict[str, Any]
COMMON_NAME = "示例科技有限公司"


def entry(name: str = "contracts", **changes: Any) -> Entry:
    """Return an entry of ``wotrus_certificates`` that no service reads, with a fast key.

    An option that is ``None`` is left out.
    """
    plain = {
        "name": name,
        "product": "pdf_signing",
        "common_name": COMMON_NAME,
        "organization": {"name": COMMON_NAME, "country_code": "CN"},
        "key": {"type": "ECC", "curve": "P-256"},
        "reload": "none",
        **changes,
    }
    return {option: value for option, value in plain.items() if value is not None}


def entry_for(common_name: str, **changes: Any) -> Entry:
    """Return an entry for another organization.

    Its name is the common name too.
    """
    return entry(common_name=common_name, organization={"name": common_name, "country_code": "CN"}, **changes)


@dataclasses.dataclass(frozen=True)
class TaskRun:
    """A task's run on a host.

    ``status``: ok, failed, ignored, skipped or unreachable.
    """

    name: str
    action: str
    host: str
    status: str
    result: dict[str, Any]

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))


@dataclasses.dataclass(frozen=True)
class Execution:
    """A module that a task ran on a target.

    Some tasks run none, others run several.

    :ivar task: name of the task
    :ivar action: what the task is
    :ivar module: name of the module, without the collection
    :ivar states: the state of each certificate that the module is for; ``look`` where it only looks
    """

    task: str
    action: str
    host: str
    module: str
    states: list[str]


@dataclasses.dataclass(frozen=True)
class Run:
    """A run that has ended, with its output.

    ``output`` is standard output and then standard error, as a person sees them.
    """

    code: int
    stdout: str
    stderr: str
    tasks: list[TaskRun]
    executions: list[Execution]
    recap: dict[str, dict[str, int]]

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def changed(self) -> int:
        """The number of tasks that changed something, on all hosts."""
        return sum(host["changed"] for host in self.recap.values())

    @property
    def failures(self) -> list[str]:
        """The messages of failed tasks, or of their loops' items."""
        found = []
        for task in self.tasks:
            if task.status in ("failed", "unreachable"):
                # An item that failed need not say so in every version; its code does.
                items = [
                    item for item in task.result.get("results", ()) if item.get("failed") or item.get("error_code")
                ]
                found += [str(one.get("msg")) for one in items or [task.result]]
        return found

    def named(self, part: str, host: str | None = None) -> list[TaskRun]:
        """Return the tasks with a part in their name, without skipped ones."""
        return [
            task for task in self.tasks if part in task.name and host in (None, task.host) and task.status != "skipped"
        ]

    def on_target(self, host: str | None = None) -> list[Execution]:
        """Return the executions on targets."""
        return [one for one in self.executions if host in (None, one.host)]

    def plans(self, host: str) -> list[dict[str, Any]]:
        """Return the first plans for a host's certificates."""
        planned = [task for task in self.tasks if task.action == PLANNING and task.host == host]
        plans: list[dict[str, Any]] = planned[0].result["plans"]
        return plans

    def results(self, host: str | None = None) -> list[dict[str, Any]]:
        """Return the last result of each certificate, from plan or apply."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for task in self.tasks:
            if task.action in DECIDING and host in (None, task.host):
                found.update({(task.host, row["name"]): row for row in task.result.get("results", ())})
        return list(found.values())

    def result(self, name: str = "contracts", host: str | None = None) -> dict[str, Any]:
        """Return the last result of one certificate."""
        (row,) = [row for row in self.results(host) if row["name"] == name]
        return row

    def table(self) -> list[str]:
        """Return the lines of the last plan or results table."""
        shown = [*self.named("Show the plan"), *self.named("Show the results")]
        lines: list[str] = shown[-1].result["msg"]
        return lines[: lines.index("")] if "" in lines else lines

    def verdict(self) -> list[str]:
        """Return the lines about the order limit below the plan.

        They are shown in check mode.
        """
        lines: list[str] = self.named("Show the plan")[-1].result["msg"]
        return lines[lines.index("") + 1 :] if "" in lines else []


class Started:
    """A run that goes on in the background."""

    def __init__(self, process: subprocess.Popen[str], *, journal: Path) -> None:
        self._process = process
        self._journal = journal
        # A setting that everything has which it started, on this machine.
        self._mark = f"{JOURNAL}={journal}"

    def finish(self) -> Run:
        """Wait for its end."""
        try:
            stdout, stderr = self._process.communicate(timeout=_LONGEST_RUN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        lines = self._journal.read_text().splitlines() if self._journal.exists() else []
        events = [json.loads(line) for line in lines]
        kinds: dict[str, list[dict[str, Any]]] = {"task": [], "execution": [], "recap": []}
        for event in events:
            kinds[event.pop("event")].append(event)
        tasks = [TaskRun(**event) for event in kinds["task"]]
        executions = [Execution(**event) for event in kinds["execution"]]
        recap = kinds["recap"][-1]["hosts"] if kinds["recap"] else {}
        return Run(self._process.returncode, stdout, stderr, tasks, executions, recap)

    def wait(self) -> None:
        """Wait until its main process ended, without taking what it printed."""
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)

    def ends_within(self, seconds: float) -> bool:
        """Wait so long at most, and return whether its main process ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode is not None

    def kill(self) -> str:
        """Kill the run and all its processes, and return its output.

        They are killed at the same time, as at a power failure.
        """
        processes.kill_all(self._mark)
        return "".join(self._process.communicate(timeout=_LONGEST_RUN))

    def kill_alone(self) -> None:
        """Kill its main process alone: what that started goes on."""
        self._process.kill()
        self._process.wait()

    def outlive(self) -> str:
        """Wait until all that it started ended too; return what it printed."""
        self.wait_for_rest()
        return "".join(self._process.communicate(timeout=_LONGEST_RUN))

    def wait_for_rest(self) -> None:
        """Wait for processes that the run left, as ``async`` does.

        Its wrapper may clean up after the run has ended.
        """
        processes.wait_for_all(self._mark)

    def leave(self) -> None:
        """Kill a run that a failed test left."""
        if self._process.poll() is None:
            self.kill()


def descendants(pid: int) -> list[int]:
    """Return the processes below one, in any session.

    ansible-core gives its workers sessions of their own.
    """
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            parents[int(status.parent.name)] = int(fields[1])
    found: list[int] = []
    level = [pid]
    while level:
        level = [child for child, parent in parents.items() if parent in level]
        found += level
    return found


class Folder:
    """The directory of a certificate on a host."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.live = path / "live"
        self.pending = path / "pending"
        self.releases = path / "releases"
        self.record_file = path / "record.json"

    @property
    def record(self) -> dict[str, Any]:
        return dict(json.loads(self.record_file.read_text()))

    @property
    def live_order_id(self) -> str:
        """The live certificate's order id, as the record spells it."""
        order_id: str = self.record["live"]["order_id"]
        return order_id

    @property
    def pending_order_id(self) -> str:
        """The id of the pending order, as the record spells it."""
        order_id: str = self.record["pending"]["order_id"]
        return order_id

    @property
    def release(self) -> str | None:
        """The name of the live release."""
        return os.readlink(self.live).removeprefix("releases/") if self.live.is_symlink() else None

    def contents(self) -> dict[str, bytes]:
        """Return every file by its path, to compare before and after."""
        return {
            str(file.relative_to(self.path)): file.read_bytes()
            for file in sorted(self.path.rglob("*"))
            if file.is_file() and file.name != ".lock"
        }


@dataclasses.dataclass(frozen=True)
class Host:
    """A host of the inventory. ``base_dir``: its ``wotrus_base_dir``."""

    name: str
    base_dir: Path

    def folder(self, name: str = "contracts") -> Folder:
        return Folder(self.base_dir / name)

    def wipe(self) -> None:
        """Lose the disk."""
        shutil.rmtree(self.base_dir)


class Site:
    """A controller with an inventory, whose hosts are folders of this machine."""

    def __init__(self, folder: Path, *, sandbox: Sandbox, prefix: str) -> None:
        self.folder = folder
        self.sandbox = sandbox
        # A test that waits says so.
        self.variables: dict[str, Any] = {"wotrus_certificates": [entry()], "wotrus_wait_timeout": 0}
        self.environment: dict[str, str] = {
            "WOTRUS_API_URL": sandbox.url,
            "WOTRUS_API_TOKEN": sandbox.token,
            "WOTRUS_CA_PATH": sandbox.tls_ca,
        }
        self.group = "wotrus"
        self.other_groups: dict[str, Any] = {}
        self.prefix = prefix
        self._hosts: dict[str, dict[str, Any]] = {}
        self._runs = 0
        self._started: list[Started] = []

    def host(self, name: str = "host", **variables: Any) -> Host:
        """Add a host with its own name and orders.

        Other tests on the same sandbox have other names.
        """
        full = f"{self.prefix}-{name}"
        base_dir = Path(variables.get("wotrus_base_dir") or self.folder / "hosts" / full)
        self._hosts[full] = {"wotrus_base_dir": str(base_dir), **variables}
        return Host(full, base_dir)

    def unreachable_host(self, name: str = "away") -> Host:
        """Add a host that SSH cannot reach.

        SSH itself need not be installed.
        """
        program = self._program("ssh", error="ssh: connect to host: Connection refused", code=255)
        return self.host(name, ansible_connection="ssh", ansible_ssh_executable=program)

    def host_that_refuses_become(self) -> Host:
        """Add a host on which sudo asks for a password."""
        # To become another unprivileged user, Ansible would need setfacl first.
        user = "nobody" if os.geteuid() == 0 else "root"
        program = self._program("sudo", error="sudo: a password is required", code=1)
        return self.host(ansible_become=True, ansible_become_user=user, ansible_become_exe=program)

    def _program(self, name: str, *, error: str, code: int) -> str:
        """Write a program that fails, and return its path."""
        file = self.folder / name
        file.write_text(f"#!/bin/sh\necho '{error}' >&2\nexit {code}\n")
        file.chmod(0o755)
        return str(file)

    def remove(self, host: Host) -> None:
        """Remove a host from the inventory; its files stay."""
        del self._hosts[host.name]

    def hosts(self, count: int) -> list[Host]:
        """Add so many hosts."""
        return [self.host(f"host{number}") for number in range(count)]

    def run(self, *options: str, **details: Any) -> Run:
        """Run the role on all hosts until it ends.

        The options and details are those of :meth:`start`.
        """
        return self.start(*options, own_process=False, **details).finish()

    def revocation(self, reason: str = "the key was disclosed") -> dict[str, str]:
        """Return the variables for a revocation: its evidence, and its reason."""
        evidence = self.folder / "revocation.pdf"
        evidence.write_bytes(b"%PDF-1.4\n%%EOF\n")
        return {"wotrus_revocation_document": str(evidence), "wotrus_revocation_reason": reason}

    def revoking_superseded(self) -> dict[str, Any]:
        """Return the variables by which superseded certificates are revoked."""
        return {"wotrus_revoke_superseded": True, **self.revocation("the certificate was replaced")}

    def given(self, *hosts: Host, **variables: Any) -> None:
        """Issue the certificates of hosts without a run, as the scene of a test.

        :param hosts: all hosts, if none is named
        :param variables: they win over those of the hosts
        """
        names = [host.name for host in hosts] or self._hosts
        given.issue(self.sandbox, {name: {**self.variables, **self._hosts[name], **variables} for name in names})

    def issue(self, *options: str, **details: Any) -> Run:
        """Run the role, and see it succeed."""
        run = self.run(*options, **details)
        assert run.code == 0, run.output
        return run

    def start(
        self,
        *options: str,
        variables: Mapping[str, Any] | None = None,
        play: Mapping[str, Any] | None = None,
        tasks: list[dict[str, Any]] | None = None,
        playbook: str | Path | None = None,
        own_process: bool = True,
    ) -> Started:
        """Start a run.

        :param options: of ``ansible-playbook``
        :param variables: extra variables
        :param play: further keywords of the play that has the role
        :param tasks: a play with these tasks in place of the role
        :param playbook: another playbook than a play of the test's own
        :param own_process: whether a test can kill it, and look at its processes
        """
        self._runs += 1
        inventory = self.write_inventory()
        own: dict[str, Any] = {"hosts": "wotrus", "gather_facts": False, **(play or {})}
        own.update({"tasks": tasks} if tasks is not None else {"roles": [{"role": ROLE}]})
        playbook = playbook or self._write("playbook.json", [{"name": "Certificates", **own}])
        journal = self.folder / f"journal-{self._runs}.jsonl"
        command = ["ansible-playbook", "--inventory", inventory, *options, playbook]
        if variables:
            command += ["--extra-vars", json.dumps(dict(variables))]
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=self.folder,
            env=self._environment(journal, own_process=own_process),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started.append(Started(process, journal=journal))
        return self._started[-1]

    @contextlib.contextmanager
    def held_before(self, task: str, **details: Any) -> Iterator[Started]:
        """Start a run that is held before a task, for a block.

        :param task: a part of its name; or ``on target: STATE``, to hold the run before the module that brings
            certificates to this state, in any task
        """
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(_LONGEST_TASK)
            self.environment["WOTRUS_TEST_HOLD"] = f"{server.getsockname()[1]}:{task}"
            started = self.start(**details)
            del self.environment["WOTRUS_TEST_HOLD"]
            held, _address = server.accept()
            # It goes on when this is closed.
            with held:
                yield started

    def close(self) -> None:
        """End what still runs."""
        for started in self._started:
            started.leave()

    def write_inventory(self) -> Path:
        """Write the inventory of the hosts so far."""
        return self._write("inventory.json", self.inventory())

    def inventory(self) -> dict[str, Any]:
        """Return the inventory: one group with its variables."""
        own = {"ansible_connection": "local", "ansible_python_interpreter": warm_python(BIN / "python")}
        return {
            self.group: {"hosts": self._hosts, "vars": {**own, **self.variables}},
            **self.other_groups,
        }

    def _environment(self, journal: Path, *, own_process: bool) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {
            **clean_environment(home),
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "journal",
            JOURNAL: str(journal),
            "PATH": search_path(own_process=own_process),
            **self.environment,
        }

    def _write(self, name: str, content: object) -> Path:
        """Write a JSON file of this run, which is YAML too."""
        path = self.folder / f"{self._runs}-{name}"
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1))
        return path


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment without settings of Ansible and the collection."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ANSIBLE_", "WOTRUS_")) and not name.lower().endswith("_proxy")
    }
    return {
        **kept,
        **host_folders(home),
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_NOCOLOR": "1",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PATH": search_path(),
    }


def search_path(ansible: Path = BIN, *, own_process: bool = False) -> str:
    """Return a ``PATH`` that begins with the programs of an ansible-core.

    :param ansible: the folder with ansible-playbook
    :param own_process: whether ansible-playbook is no fork, so that a test can kill it
    """
    warm = Path(warm_python(ansible / "python")).parent
    first = [warm / "own_process"] if own_process else []
    return os.pathsep.join([*map(str, [*first, warm, ansible]), os.environ["PATH"]])


@contextlib.contextmanager
def public_folder() -> Iterator[Path]:
    """Have a folder that other accounts can read, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="wotrus-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
