# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs real ``ansible-rulebook`` as its users do."""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import json
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import requests

from tests.helpers import processes
from tests.helpers.pushes import PUSH_TOKEN, free_port
from tests.integration.harness import BIN, Host, Site, clean_environment, search_path

LONGEST = 900.0
_MARK = "WOTRUS_TEST_RULEBOOK"


def wait_until(condition: str, is_true: Callable[[], bool], *, run: Rulebook | None = None) -> None:
    """Wait until a condition is true, for a limited time.

    :raises AssertionError: with the condition's name and the run's output
    """
    end = time.monotonic() + LONGEST
    while not is_true():
        if time.monotonic() > end or (run is not None and run.process.poll() is not None):
            output = run.output if run else ""
            raise AssertionError(f"not reached: {condition}\n{output[-6000:]}")
        time.sleep(0.02)


class Rulebook:
    """One run of ansible-rulebook."""

    def __init__(
        self, command: list[str | Path], *, folder: Path, log: Path, port: int, settings: dict[str, str]
    ) -> None:
        self.port = port
        self._log = log
        with log.open("wb") as file:
            # Another process writes the log, since a full disk is one for ansible-rulebook alone.
            self._writer = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=file)
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**settings, _MARK: str(log)},
            stdin=subprocess.DEVNULL,
            stdout=self._writer.stdin,
            stderr=subprocess.STDOUT,
        )
        if self._writer.stdin:
            self._writer.stdin.close()

    @property
    def output(self) -> str:
        """The output so far, with that of its playbooks."""
        return self._log.read_text(errors="replace")

    @property
    def started(self) -> int:
        """The number of playbooks that were started so far."""
        return self.output.count("PLAY [Find the hosts of the orders]")

    @property
    def changes(self) -> list[int]:
        """The number of changes of each playbook that ended."""
        # The output of a failed one is repeated, with its recap.
        recaps = self.output.split("PLAY RECAP")[1:]
        return [sum(map(int, re.findall(r"changed=(\d+)", recap))) for recap in recaps]

    def is_listening(self) -> bool:
        """Return whether its port is open."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def wait_for_ends(self, count: int) -> None:
        """Wait for the ends of so many playbooks."""
        wait_until(f"{count} ends", lambda: len(self.changes) >= count, run=self)

    def push(self, payload: object, *, token: str = PUSH_TOKEN, path: str = "/wotrus") -> int:
        """Push as the proxy does, and return the status of the answer."""
        with requests.Session() as session:
            session.trust_env = False
            url = f"http://127.0.0.1:{self.port}{path}"
            headers = {"Authorization": f"Bearer {token}"}
            return session.post(url, json=payload, headers=headers, timeout=LONGEST).status_code

    def push_all(self, payloads: Iterable[object], *, path: str = "/wotrus") -> None:
        """Push all of them at the same time."""
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            assert set(pool.map(functools.partial(self.push, path=path), payloads)) == {200}

    def kill(self) -> None:
        """Kill it and all that it started, as a power failure would."""
        processes.kill_all(f"{_MARK}={self._log}")
        self.process.wait(LONGEST)
        self._writer.wait(LONGEST)


class Rulebooks:
    """Starts ansible-rulebook for a site, and stops it after the test."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._runs: list[Rulebook] = []

    def start(self, rulebook: str | Path, *options: str | Path, **details: Any) -> Rulebook:
        """Start a rulebook and wait until it listens.

        The options and details are those of :meth:`run`.
        """
        run = self.run(rulebook, *options, **details)
        wait_until("ansible-rulebook listens", run.is_listening, run=run)
        return run

    def run(
        self,
        rulebook: str | Path,
        *options: str | Path,
        inventory: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> Rulebook:
        """Start a rulebook with the token, on a port of its own."""
        folder = self.site.folder
        port = free_port()
        variables = folder / f"variables-{port}.json"
        variables.write_text(json.dumps({"wotrus_push_port": port}))
        command: list[str | Path] = [BIN / "ansible-rulebook", "--rulebook", rulebook, "--vars", variables, *options]
        if inventory:
            command += ["--inventory", self.write_inventory(folder / f"inventory-{port}")]
        environment = {"WOTRUS_PUSH_TOKEN": PUSH_TOKEN} if environment is None else environment
        if "WOTRUS_PUSH_TOKEN" in environment:
            command += ["--env-vars", "WOTRUS_PUSH_TOKEN"]
        return self.run_command(command, port=port, environment=environment)

    def run_command(
        self, command: list[str | Path], *, port: int, environment: Mapping[str, str] | None = None
    ) -> Rulebook:
        """Start a command whose rulebook listens on a port."""
        folder = self.site.folder
        log = folder / f"rulebook-{len(self._runs) + 1}.log"
        home = folder / "home"
        home.mkdir(exist_ok=True)
        settings = {**clean_environment(home), **self.site.environment, **(environment or {})}
        settings["PATH"] = search_path(own_process=True)
        self._runs.append(Rulebook(command, folder=folder, log=log, port=port, settings=settings))
        return self._runs[-1]

    def write_inventory(self, folder: Path) -> Path:
        """Write the inventory as a folder with group_vars, as the guide says."""
        (group,) = self.site.inventory().items()
        (folder / "group_vars").mkdir(parents=True)
        (folder / "hosts.json").write_text(json.dumps({group[0]: {"hosts": group[1]["hosts"]}}))
        (folder / "group_vars" / f"{group[0]}.json").write_text(json.dumps(group[1]["vars"]))
        return folder

    def close(self) -> None:
        """Stop all runs."""
        for run in self._runs:
            run.kill()


def place_orders(site: Site, *names: str) -> dict[str, Host]:
    """Place orders that wait for a review; return hosts by order."""
    hosts = [site.host(name) for name in names]
    site.given()
    return {host.folder().pending_order_id.lower(): host for host in hosts}


def has_certificate(host: Host) -> bool:
    """Return whether the host has a certificate."""
    return host.folder().release is not None
