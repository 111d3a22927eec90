# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From pushes to live certificates with real ansible-rulebook.

ansible-rulebook, its playbooks, the sandbox and the hosts share this machine.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import requests

from tests.benchmarks.conftest import Bench
from tests.benchmarks.fleet import Fleet
from tests.benchmarks.measuring import ROOT
from tests.benchmarks.report import Listing
from tests.helpers.pushes import PUSH_TOKEN, free_port, push

MOST_SECONDS_OF_ONE = 15
MOST_SECONDS_OF_ALL = 60
MOST_RUNS = 2
_LONGEST = 600.0


def _wait_until(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + _LONGEST
    while not is_true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


@dataclasses.dataclass(frozen=True)
class Rulebook:
    """The shipped rulebook, as it listens for pushes.

    :ivar log: the output of ansible-rulebook and its playbooks
    """

    port: int
    log: Path

    @property
    def runs(self) -> int:
        """The number of playbooks that were started."""
        return self._count("PLAY [Find the hosts of the orders]")

    def push(self, order_id: str) -> None:
        """Push as the proxy does."""
        headers = {"Authorization": f"Bearer {PUSH_TOKEN}"}
        url = f"http://127.0.0.1:{self.port}/wotrus"
        with requests.Session() as session:
            session.trust_env = False
            session.post(url, json=push(order_id), headers=headers, timeout=_LONGEST).raise_for_status()

    @property
    def ended(self) -> int:
        """The number of playbooks that have ended."""
        return self._count("PLAY RECAP")

    def _count(self, text: str) -> int:
        return self.log.read_text(errors="replace").count(text)


@contextlib.contextmanager
def _rulebook(fleet: Fleet, bin_folder: Path) -> Iterator[Rulebook]:
    """Run ansible-rulebook for the hosts of a fleet."""
    ansible = dataclasses.replace(fleet.bench.ansible, bin=bin_folder)
    rulebook = Rulebook(free_port(), ansible.folder / f"rulebook-{fleet.name}.log")
    variables = ansible.write("rulebook.json", {"wotrus_push_port": rulebook.port})
    command: list[str | Path] = [bin_folder / "ansible-rulebook", "--rulebook", "wotrus.pki.deploy_on_event"]
    command += ["--inventory", ansible.write_inventory(fleet.hosts, **fleet.variables)]
    command += ["--vars", variables, "--env-vars", "WOTRUS_PUSH_TOKEN"]
    environment = {**ansible.environment(), "WOTRUS_PUSH_TOKEN": PUSH_TOKEN}
    environment["ANSIBLE_FORKS"] = str(fleet.bench.sizes.forks)
    with rulebook.log.open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_until(lambda: _is_listening(rulebook.port))
        yield rulebook
        _wait_until(lambda: rulebook.ended >= rulebook.runs)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def test_from_approvals_and_their_pushes_to_live_certificates(bench: Bench, listings: list[Listing]) -> None:
    columns = ("Hosts", "Orders approved at once", "Runs of the playbook", "Seconds until all are live")
    title = "With the 5 s in which the rulebook collects orders"
    listing = Listing("pushes", title, columns)
    listings.append(listing)
    if _has_no_java():
        listing.rows.append(("NOT measured: ansible-rulebook needs Java 17 or newer", "", "", ""))
        return
    for hosts, orders in bench.sizes.pushes:
        runs, seconds = _push(Fleet(bench, f"pushes-{hosts}", hosts), orders)
        listing.rows.append((f"{hosts:,}", orders, runs, round(seconds, 1)))
        if hosts == 1:
            listing.goal("Seconds from an approval to a live certificate", seconds, MOST_SECONDS_OF_ONE)
        if orders > 1:
            listing.goal(f"Seconds from {orders} approvals to {orders} live certificates", seconds, MOST_SECONDS_OF_ALL)
            listing.goal(f"Runs of the playbook for {orders} pushes", runs, MOST_RUNS)


def _push(fleet: Fleet, orders: int) -> tuple[int, float]:
    """Return the runs and the seconds from the first approval until all orders are live."""
    dataclasses.replace(fleet, hosts=orders).order()
    with _rulebook(fleet, Path(os.environ["WOTRUS_BENCH_EDA_BIN"])) as rulebook:
        started = time.monotonic()
        for order_id in fleet.pending:
            fleet.bench.sandbox.order(order_id, "approve")
            rulebook.push(order_id)
        _wait_until(lambda: fleet.live == orders)
        seconds = time.monotonic() - started
    return rulebook.runs, seconds


def _has_no_java() -> bool:
    needs = ROOT / "tests" / "tools" / "needs.sh"
    return subprocess.run(["sh", needs, "java"], capture_output=True, check=False).returncode != 0
