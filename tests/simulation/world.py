# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A world: one clock, one CA, hosts, an inventory, and what happened so far."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import itertools
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from . import edges, process, role
from .ca import Ca
from .clock import Clock
from .hosts import Host
from .inventory import Certificate, Inventory, new_entry

_MEMORY = pathlib.Path("/dev/shm")  # nosec: a folder of this user alone is made in it
_count = itertools.count()


@dataclasses.dataclass
class RunSeen:
    """A run, and what the world saw of it.

    :ivar first_request: the number of requests to the CA before it
    :ivar before: the digests of all files of each host before it, and ``after``
    :ivar foretold: what check mode foretold, if it was asked
    """

    name: str
    options: role.Options
    result: role.Result
    process: process.Process
    first_request: int
    last_request: int
    began: float
    ended: float
    inventory: Inventory
    foretold: role.Result | None = None
    is_alone: bool = True


class World:
    """Everything.

    :ivar marks: what happened that a switch asks for
    :ivar runs: every run so far
    :ivar approved: the plan that a person approved, and the inventory of that time
    :ivar event: the number of the event that happens now
    """

    def __init__(self) -> None:
        parent = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wotrus-simulation-", dir=parent))
        self.clock = Clock()
        self.clock.pausing = lambda: None if not process.step(process.Step.PAUSE, "") else None
        self.clock_error = 0.0
        self.log: list[str] = []
        self.ca = Ca(self.clock, self.folder, self.log.append)
        self.hosts: dict[str, Host] = {}
        self.inventory = Inventory()
        self.order_counts = edges.OrderCounts()
        self.runs: list[RunSeen] = []
        self.new_runs: list[RunSeen] = []
        self.marks: set[str] = set()
        self.approved: tuple[dict[str, Any], Inventory] | None = None
        self.order_names: set[str] = set()
        self.named: set[str] = set()
        self.lost_keys: set[str] = set()
        self.faults = 0
        self._backups = 0
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> World:
        self._stack.enter_context(edges.replaced(self))
        process.DISK.below = str(self.folder)
        return self

    def __exit__(self, *details: object) -> None:
        process.DISK.below = None
        self._stack.close()
        self.ca.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- hosts and certificates

    def add_certificate(self, certificate: Certificate, kind: str) -> None:
        """Write an entry into the inventory, and set up its host."""
        if certificate.host not in self.hosts:
            self.hosts[certificate.host] = Host(certificate.host, self.folder / certificate.host, self.clock.pass_by)
        self.inventory.hosts.setdefault(certificate.host, []).append(new_entry(certificate, kind))

    def host(self, certificate: Certificate) -> Host:
        """Return the host of a certificate."""
        return self.hosts[certificate.host]

    def record(self, certificate: Certificate) -> dict[str, Any]:
        """Return the record of a certificate; empty without one."""
        return self.host(certificate).record(certificate.name) or {}

    # ---- runs

    def run(
        self,
        options: role.Options,
        *,
        fault: process.Process | None = None,
        work: Callable[[], role.Result] | None = None,
        foretell: bool = False,
    ) -> RunSeen:
        """Run the role, and keep what happened."""
        foretold = self._foretell(options) if foretell else None
        own = fault or process.Process()
        own.name = f"run {next(_count) if False else len(self.runs) + 1}"
        self._note_names()
        began, first = self.clock.now(), len(self.ca.requests)
        job = work or (lambda: role.run_role(self, options))
        with process.running(own):
            result = self._finished(own, options, job)
        self.faults += len(own.met)
        seen = RunSeen(
            own.name,
            options,
            result,
            own,
            first,
            len(self.ca.requests),
            began,
            self.clock.now(),
            self.inventory.copied(),
            foretold,
        )
        self._keep(seen)
        return seen

    def _finished(self, own: process.Process, options: role.Options, job: Callable[[], role.Result]) -> role.Result:
        try:
            return job()
        except process.Killed:
            return role.Result(options, self.inventory, is_killed=True)

    def _foretell(self, options: role.Options) -> role.Result:
        checking = dataclasses.replace(options, check=True)
        with process.running(process.Process("check mode")):
            return role.run_role(self, checking)

    def run_together(self, options: Sequence[role.Options], pattern: Sequence[int]) -> list[RunSeen]:
        """Let runs interleave at each step."""
        self._note_names()
        turns = process.Turns(pattern, len(options))
        began, first = self.clock.now(), len(self.ca.requests)
        jobs: list[tuple[process.Process, Callable[[], role.Result]]] = []
        for number, one in enumerate(options):
            own = process.Process(f"run {len(self.runs) + number + 1}")
            jobs.append((own, lambda one=one: role.run_role(self, one)))
        done = turns.run(jobs)
        seen = []
        for (own, _job), one, result in zip(jobs, options, done, strict=True):
            if isinstance(result, BaseException):
                raise result
            mine = RunSeen(
                own.name,
                one,
                result,
                own,
                first,
                len(self.ca.requests),
                began,
                self.clock.now(),
                self.inventory.copied(),
                is_alone=False,
            )
            self._keep(mine)
            seen.append(mine)
        return seen

    def _note_names(self) -> None:
        for certificate in self.inventory.certificates():
            self.order_names.add(order_name(self.inventory.entry(certificate), certificate))
        self.named |= {str(one) for one in self.inventory.variables["replace_orders"]}

    def _keep(self, seen: RunSeen) -> None:
        self.runs.append(seen)
        self.new_runs.append(seen)
        result = seen.result
        words = "killed" if result.is_killed else "green" if result.is_green else "red"
        self.log.append(f"  {seen.name}: {words}{'; ' + '; '.join(seen.process.met) if seen.process.met else ''}")
        for row in result.rows:
            said = f"{row['result']} {row['error_code'] or ''}".strip()
            steps = ", ".join(row["steps"]) or "nothing done"
            order = self.ca.name(row["order_id"])
            self.log.append(f"  {seen.name}: {row['name']}@{row['host']}: {said} ({steps}; {order})")

    # ---- disks

    def back_up(self, host: Host) -> str:
        """Copy the disk of a host, and return the copy's name."""
        self._backups += 1
        name = f"backup {self._backups}"
        host.copy_to(self.folder / name)
        return name

    def backups(self) -> Iterator[str]:
        """Yield the names of the copies."""
        for number in range(1, self._backups + 1):
            yield f"backup {number}"

    def all_hosts(self) -> list[str]:
        """Return the names of the hosts in the inventory."""
        return list(self.inventory.hosts)

    def snapshot(self) -> Any:
        """Return a copy of the inventory."""
        return copy.deepcopy(self.inventory)


def order_name(entry: dict[str, Any], certificate: Certificate) -> str:
    """Return the order name of an entry, as the design says it."""
    given = str(entry.get("order_name") or "").strip()
    is_shared = (entry.get("key") or {}).get("storage") == "provided"
    return given or (certificate.name if is_shared else str(certificate))
