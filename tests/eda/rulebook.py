# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs real ``ansible-rulebook`` as its users do."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from tests.helpers.pushes import PATH_TOKEN, SECRET, Hostile, free_port
from tests.helpers.sandbox import Sandbox
from tests.integration.harness import BIN, Host, Site, clean_environment

LONGEST = 900.0
_RECAP = re.compile(r"^(\S+)\s+: ok=", re.MULTILINE)


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

    def __init__(self, process: subprocess.Popen[bytes], *, log: Path, port: int) -> None:
        self.process = process
        self.port = port
        self._log = log

    @property
    def output(self) -> str:
        """The output so far, with that of its playbooks."""
        return self._log.read_text(errors="replace")

    @property
    def plays(self) -> list[list[str]]:
        """The hosts of each playbook's recap so far."""
        recaps = self.output.split("PLAY RECAP")[1:]
        return [_RECAP.findall(recap) for recap in recaps]

    @property
    def started(self) -> int:
        """The number of playbooks that were started so far."""
        # The output of a failed one is repeated, with its recap.
        return self.output.count("PLAY [Start on localhost]")

    def wait_for_recaps(self, count: int) -> None:
        """Wait until the log has so many recaps.

        An order is delivered before the end of its run is in the log.
        """
        wait_until(f"{count} recaps", lambda: len(self.plays) >= count, run=self)

    def wait_for_hosts(self, *names: str) -> None:
        """Wait for the ends of the runs that continued on these hosts."""
        wait_until(f"runs on {names}", lambda: sorted(self.deployed_hosts()) == sorted(names), run=self)
        wait_until("their recaps", lambda: len(self.plays) >= self.started, run=self)

    def deployed_hosts(self) -> list[str]:
        """The hosts on which the runs of the playbook continued."""
        blocks = re.findall(r"TASK \[Select the certificates of the orders\].*\n((?:\w+: \[.*\n)+)", self.output)
        return [host for block in blocks for host in re.findall(r"^\w+: \[([^\]]+)\]", block, re.MULTILINE)]

    def read_hosts(self) -> list[list[str]]:
        """The hosts whose records each run of the playbook read."""
        blocks = re.findall(r"TASK \[Read the records of the host\].*\n((?:\w+: \[.*\n)+)", self.output)
        return [sorted(re.findall(r"^\w+: \[([^\]]+)\]", block, re.MULTILINE)) for block in blocks]

    def request(self, method: str, path: str, **details: Any) -> requests.Response:
        """Send a request to its port."""
        # Each request has its own connection, since the source closes a connection after invalid HTTP.
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, f"http://127.0.0.1:{self.port}{path}", timeout=LONGEST, **details)

    def answer_to(self, one: Hostile) -> int:
        """Send a hostile push, and return the status of the answer."""
        headers = {
            "Host": "127.0.0.1",
            "Content-Length": str(len(one.body)),
            "Connection": "close",
            **one.all_headers(),
        }
        lines = [f"{one.method} {one.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        with socket.create_connection(("127.0.0.1", self.port), timeout=LONGEST) as connection:
            # A client that still writes after the server closed the connection cannot read the answer.
            connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + one.body)
            with connection.makefile("rb") as answer:
                return int(answer.readline().split()[1])

    def health(self) -> dict[str, Any]:
        """Return the answer of ``/healthz``."""
        return dict(self.request("GET", "/healthz").json())

    def kill(self) -> None:
        """Kill it and its children, as a power failure would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LONGEST)

    def terminate(self) -> None:
        """End it as systemd does: SIGTERM, and later SIGKILL for all."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.kill()


class Rulebooks:
    """Starts ansible-rulebook for a site, and stops it after the test."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.store = site.folder / "store" / "pushes.sqlite3"
        self._runs: list[Rulebook] = []

    def start(
        self,
        rulebook: str | Path,
        *options: str | Path,
        variables: dict[str, Any] | None = None,
        inventory: bool = True,
        environment: dict[str, str] | None = None,
    ) -> Rulebook:
        """Start a rulebook and wait until it listens."""
        folder = self.site.folder
        number = len(self._runs) + 1
        port = free_port()
        given = folder / f"variables-{number}.json"
        own_variables = {"wotrus_push_port": port, "wotrus_push_store": str(self.store), "wotrus_push_collect": 1}
        given.write_text(json.dumps({**own_variables, **(variables or {})}))
        command: list[str | Path] = [BIN / "ansible-rulebook", "--rulebook", rulebook, "--vars", given, *options]
        if inventory:
            command += ["--inventory", self.write_inventory(folder / f"inventory-{number}")]
        secrets = {"WOTRUS_PUSH_PATH_TOKEN": PATH_TOKEN, "WOTRUS_PUSH_SECRET": SECRET}
        return self.start_command(command, port=port, environment={**secrets, **(environment or {})})

    def start_command(
        self, command: list[str | Path], *, port: int, environment: dict[str, str] | None = None
    ) -> Rulebook:
        """Start a command, and wait until it listens on a port."""
        folder = self.site.folder
        log = folder / f"rulebook-{len(self._runs) + 1}.log"
        home = folder / "home"
        home.mkdir(exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**clean_environment(home), **self.site.environment, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        run = Rulebook(process, log=log, port=port)
        self._runs.append(run)
        wait_until("ansible-rulebook listens", lambda: _is_listening(port), run=run)
        return run

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
            if run.process.poll() is None:
                run.kill()


def _is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def place_orders(site: Site, *names: str) -> dict[str, Host]:
    """Place orders that wait for a review; return hosts by order."""
    hosts = [site.host(name) for name in names]
    site.variables["wotrus_max_charged_orders"] = len(hosts)
    site.issue()
    return {host.folder().pending_order_id.lower(): host for host in hosts}


def has_certificate(host: Host) -> bool:
    """Return whether the host has a certificate."""
    return host.folder().release is not None


def start(rulebooks: Rulebooks, sandbox: Sandbox, **variables: Any) -> Rulebook:
    """Start the rulebook, and let the sandbox push to it."""
    run = rulebooks.start("wotrus.pki.deploy_on_event", variables=variables)
    sandbox.settings(push_url=f"http://127.0.0.1:{run.port}/push/{PATH_TOKEN}", push_secret=SECRET)
    return run


def wait_for_delivery(run: Rulebook, count: int) -> None:
    """Wait until so many orders are delivered, and none waits."""

    def delivered() -> bool:
        orders = run.health()["orders"]
        return bool(orders["done"] == count and not orders["open"] and not orders["sent"])

    wait_until(f"{count} orders are delivered", delivered, run=run)
