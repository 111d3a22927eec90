# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the role and the playbooks of a world with ``ansible-playbook``, in place of ``tests/simulation/role.py``."""

from __future__ import annotations

import copy
import functools
import itertools
import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.wotrus.pki.plugins.module_utils._workflow.host_tasks import HostTasks
from tests.helpers import processes
from tests.helpers.warm_python import warm_python
from tests.integration.harness import BIN, CALLBACKS, JOURNAL, ROLE, Run, Started, clean_environment
from tests.simulation import process
from tests.simulation.hosts import Host
from tests.simulation.inventory import Entry, Inventory
from tests.simulation.role import Options, Result
from tests.simulation.world import World

from .api_server import ApiServer, TaskServer, serving
from .clocks import SETTINGS, MachineClock

_PLAYBOOKS: Mapping[Sequence[str] | None, str] = {
    ("renew", "reissue", "resume"): "wotrus.pki.renew",
    ("reissue", "resume"): "wotrus.pki.reissue",
}
"""The playbooks for the actions of a run; another is that which issues."""

_PLANNED, _APPLIED = "Plan what to do", ("Apply the plan", "Deploy the certificates that were issued meanwhile")
_OF_WORLD = ("handlers", "has_document")
_STEPS_OF_SIMULATION = 3
"""A run in memory has a step for each change of a disk too, so it has more of them."""


_NEVER = ("Traceback (most recent call last)", "is no variable of the collection")
"""What no run may show."""


class Crashed(Exception):
    """A run showed a traceback, or ended without a reason."""


class Playbooks:
    """The controller of a world."""

    def __init__(self, clock: MachineClock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    # ---- what the world calls

    def run_role(self, world: World, options: Options) -> Result:
        """Run the role on the hosts of a run.

        :raises Killed: the run was killed
        """
        inventory = (options.inventory or world.inventory).sliced(options.slice)
        result = Result(options, inventory)
        hosts = [host for host in options.hosts if host in inventory.hosts]
        if not hosts:
            return result
        playbook = _PLAYBOOKS.get(options.actions, "wotrus.pki.issue")
        if options.approved is not None:
            playbook = "wotrus.pki.issue_planned"
        elif inventory.variables["handlers"] and options.actions is None:
            playbook = str(_write(self._folder(world) / "playbook.json", json.dumps(_play_with_handlers(inventory))))
        given = ["--limit", ",".join(hosts), *(["--check"] if options.check else [])]
        variables = _extra_variables(options)
        run = self._run(world, inventory, [playbook, *given], variables, token=options.token)
        return _filled(result, run, hosts)

    def end_orders(self, world: World, options: Options, names: Sequence[str], *, revokes: bool) -> Result:
        """Revoke or cancel the orders of named certificates."""
        result = Result(options, world.inventory)
        word = "revoke" if revokes else "cancel"
        reasons = _of_revocations(world) if revokes else {"wotrus_cancel_reason": "no longer used"}
        variables = {f"wotrus_{word}": list(names), **reasons}
        given = [f"wotrus.pki.{word}", "--limit", ",".join(options.hosts)]
        run = self._run(world, world.inventory, given, variables, token=options.token)
        return _filled(result, run, options.hosts)

    # ---- a run

    def _folder(self, world: World) -> Path:
        folder = world.folder / "controller"
        folder.mkdir(exist_ok=True)
        return folder

    def _run(
        self, world: World, inventory: Inventory, words: Sequence[str], variables: Mapping[str, Any], *, token: str
    ) -> Run:
        # Two runs may begin at once.
        number = next(self._numbers)
        own, folder = process.current(), self._folder(world)
        own.kill_at = -(-own.kill_at // _STEPS_OF_SIMULATION)
        journal = folder / f"{number}-tasks.jsonl"
        is_killable = bool(own.kill_at)
        kill = functools.partial(processes.kill_all, f"{JOURNAL}={journal}")
        api, tasks = ApiServer(world.ca, own, self._lock, kill), TaskServer(own, kill)
        environment = {
            **self._environment(world, is_killable=is_killable),
            JOURNAL: str(journal),
            "WOTRUS_API_URL": api.url,
            "WOTRUS_API_TOKEN": token,
            "WOTRUS_JOURNAL": str(world.place_of_journal),
            **({"WOTRUS_TEST_HOLD": tasks.setting} if is_killable else {}),
        }
        hosts = self._inventory(world, inventory, is_killable=is_killable)
        file = _write(folder / f"{number}-inventory.json", json.dumps(hosts))
        command = ["ansible-playbook", "--inventory", str(file)]
        with serving(api), serving(tasks):
            started = subprocess.Popen(
                [*command, *words, "--extra-vars", json.dumps(variables)],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            run = Started(started, journal=journal).finish()
        (folder / f"{number}-output.txt").write_text(run.output)
        if own.is_dead:
            raise process.Killed
        return run

    def _environment(self, world: World, *, is_killable: bool) -> dict[str, str]:
        home = self._folder(world) / "home"
        home.mkdir(exist_ok=True)
        warm = Path(warm_python(BIN / "python", SETTINGS)).parent
        first = [warm / "own_process"] if is_killable else []
        return {
            **clean_environment(home),
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "journal",
            "PATH": os.pathsep.join([*map(str, [*first, warm, BIN]), os.environ["PATH"]]),
            **self._clock.environment(world.clock_error),
        }

    def _inventory(self, world: World, inventory: Inventory, *, is_killable: bool) -> dict[str, Any]:
        variables = {
            f"wotrus_{name}": value
            for name, value in inventory.variables.items()
            if value is not None and name not in _OF_WORLD
        }
        if inventory.variables.get("has_document") or inventory.variables["revoke_superseded"]:
            variables.update(_of_revocations(world))
        hosts = {
            name: self._host(world.hosts[name], entries, is_killable=is_killable)
            for name, entries in inventory.hosts.items()
        }
        return {"wotrus": {"hosts": hosts, "vars": {"ansible_connection": "local", **variables}}}

    def _host(self, host: Host, entries: Sequence[Entry], *, is_killable: bool) -> dict[str, Any]:
        # The kill of a run does not reach the fork of a warm Python.
        python = str(BIN / "python") if is_killable else warm_python(BIN / "python", SETTINGS)
        settings = self._clock.environment(host.clock_error)
        lies = [sys.executable, str(Path(__file__).with_name("lying_python.py")), *sorted(host.lies)]
        words = [*(f"{name}={value}" for name, value in settings.items()), *(lies if host.lies else [])]
        script = f'#!/bin/sh\nexec env {shlex.join([*words, python])} "$@"\n'
        interpreter = _write(host.folder.with_name(f"python_of_{host.name}"), script, 0o755)
        return {
            "wotrus_base_dir": str(host.base_dir),
            "wotrus_certificates": [_with_command(entry, host) for entry in entries],
            "is_handler_broken": host.is_handler_broken,
            "ansible_python_interpreter": str(interpreter),
        }


def _of_revocations(world: World) -> dict[str, str]:
    document = world.folder / "evidence.pdf"
    document.write_bytes(b"%PDF-1.4\n%%EOF\n")
    return {"wotrus_revocation_document": str(document), "wotrus_revocation_reason": "no longer used"}


def _with_command(entry: Entry, host: Host) -> Entry:
    """Return an entry whose service is a file: its reload fails while the service is broken."""
    if entry.get("reload") != {"command": "reload"}:
        return entry
    script = f"#!/bin/sh\nexit {int(host.is_reload_broken)}\n"
    service = _write(host.folder.with_name(f"service_of_{host.name}"), script, 0o755)
    return {**copy.deepcopy(entry), "reload": {"command": str(service)}}


def _write(path: Path, text: str, mode: int = 0o644) -> Path:
    """Write a file at once: another run may read it."""
    written = path.with_name(f"{path.name}.{threading.get_ident()}")
    written.write_text(text)
    written.chmod(mode)
    return written.replace(path)


def _extra_variables(options: Options) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if options.approved is not None:
        given["wotrus_plan"] = options.approved
    if options.serial:
        given["wotrus_serial"] = options.serial
    if options.reissue:
        given["wotrus_reissue"] = list(options.reissue)
    if options.actions is not None and options.actions not in _PLAYBOOKS:
        given["wotrus_actions"] = list(options.actions)
    if options.most_orders is not None:
        given["wotrus_max_charged_orders"] = options.most_orders
    if not options.wait:
        given["wotrus_wait_timeout"] = 0
    return given


def _play_with_handlers(inventory: Inventory) -> list[dict[str, Any]]:
    """Return a play as a person has it, whose handlers fail on some hosts."""
    handlers = [
        {"name": name, "ansible.builtin.assert": {"that": "not is_handler_broken", "quiet": True}}
        for name in inventory.variables["handlers"]
    ]
    summary = {"name": "Show the summary", "wotrus.pki.wotrus_batch": {"phase": "results", "of": "summary"}}
    tasks = [
        {
            "block": [{"ansible.builtin.import_role": {"name": ROLE}}],
            "always": [{**summary, "run_once": True}],
        }
    ]
    own = {"hosts": "wotrus", "gather_facts": False, "serial": "{{ wotrus_serial | default([]) }}"}
    return [{"name": "Certificates", **own, "tasks": tasks, "handlers": handlers}]


# ---- what a run shows


def _filled(result: Result, run: Run, hosts: Sequence[str]) -> Result:
    """Fill in what the tasks of a run returned.

    :raises Crashed: it showed a traceback, failed without a failed host, or knew a variable of this file not
    """
    if any(words in run.output for words in _NEVER):
        raise Crashed(run.output)
    for host in hosts:
        tasks = [task for task in run.tasks if task.host == host]
        plan = next((task.result for task in tasks if task.name.endswith(_PLANNED)), None)
        applied = [task.result for task in tasks if task.name.endswith(_APPLIED)]
        read = HostTasks.read(host, plan, applied)
        result.rows += read.results
        result.plans += read.plans or ()
    for task in run.tasks:
        result.warnings += map(str, task.result.get("warnings") or ())
        if task.status == "failed":
            result.failed.setdefault(task.host, str(task.result.get("msg")))
    counts = run.recap
    result.unreachable = [host for host, count in counts.items() if count["unreachable"]]
    result.changed = {host: count["changed"] > 0 for host, count in counts.items()}
    result.summary = [line for task in run.named("Show the summary") for line in task.result.get("msg", ())]
    if run.code and result.is_green:
        raise Crashed(run.output)
    return result
