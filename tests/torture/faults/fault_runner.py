# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every operation through every fault, and keeps what came of it."""

from __future__ import annotations

import base64
import itertools
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from ansible_collections.wotrus.pki.plugins.module_utils._orders import notify, revoke
from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import OPERATION as CERTIFICATE
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION as ORDER
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_info import OPERATION as INFO
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import OPERATION as REISSUE
from tests.helpers.operations import Runner, csr
from tests.helpers.sandbox import Sandbox
from tests.torture.faults.catalogue import FAULTS, OK, Endpoint, Fault
from tests.torture.faults.redirection import MetFault, Redirector

RETRIES = 2
ONCE, ALWAYS = 1, -1
EVIDENCE = {"content": base64.b64encode(b"%PDF-1.4 evidence").decode(), "file_type": ".pdf"}
_HANG, _PATIENCE, _POLL = 120.0, 10.0, 0.02
# What is raised besides a failure of the collection's own is a traceback to its user.
ANY_OTHER: tuple[type[BaseException], ...] = (Exception, SystemExit)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Cell:
    """One fault at one endpoint, for one try or for every one."""

    endpoint: Endpoint
    fault: Fault
    times: int

    def __str__(self) -> str:
        return f"{self.endpoint.name}, {self.fault.label}, {'once' if self.times == ONCE else 'always'}"


@dataclass(frozen=True)
class Observation:
    """The result of a cell.

    outcome: ``ok`` or the failure's ``error_code``; a traceback where something else was raised. tries: of the
    endpoint. effects: how often the server did what the endpoint is for. after, effects_after: the same when the fault
    was over and the same task ran again.
    """

    cell: Cell
    outcome: str
    message: str
    tries: int
    effects: int
    after: str
    effects_after: int

    @property
    def words(self) -> str:
        """The cell of the table."""
        code = self.outcome if self.outcome == OK else f"``{self.outcome}``"
        counted = self.cell.endpoint.counted
        tail = f", {self.effects} {counted}{'' if self.effects == 1 else 's'}" if counted else ""
        return f"{code}, {self.tries} {'try' if self.tries == 1 else 'tries'}{tail}"


@dataclass(frozen=True)
class Task:
    """An operation with its options, and what it is done to."""

    operation: Operation
    options: dict[str, Any]
    order_id: str = ""


class FaultRunner:
    """One sandbox with manual review, and the operations on it."""

    def __init__(self, sandbox: Sandbox, redirector: Redirector, client: Executor) -> None:
        """Start with a sandbox that issues nothing by itself.

        :param client: one thread for all operations; a broken connection leaves errors in its OpenSSL queue, which
            must not break a test's own connection
        """
        self.sandbox = sandbox
        self._client = client
        self.runner = Runner(sandbox.url, sandbox.token, sandbox.tls_ca)
        self._redirector = redirector
        self._shared = ""
        sandbox.settings(manual_review=True)

    def run_all(self, endpoints: Sequence[Endpoint]) -> list[Observation]:
        """Run every cell of some endpoints."""
        return [
            self.observe(Cell(endpoint, fault, times))
            for endpoint in endpoints
            for times in (ONCE, ALWAYS)
            for fault in FAULTS
        ]

    def observe(self, cell: Cell) -> Observation:
        """Run a task with the fault, and again without it."""
        task = self.task(cell.endpoint)
        self.sandbox.clear_calls()
        effects = self._effects(cell.endpoint, task)
        if cell.fault.sandbox:
            self.sandbox.fault(cell.endpoint.name, times=cell.times, **cell.fault.sandbox)
        met = self._begin(cell.endpoint, cell.fault, times=cell.times)
        outcome, message = self._run(task)
        self.sandbox.clear_faults()
        self._wait_for_calls(cell.endpoint, met.tries[cell.endpoint.name] - met.redirected)
        during = effects()
        self._begin()
        after, _message = self._run(task)
        return Observation(cell, outcome, message, met.tries[cell.endpoint.name], during, after, effects())

    def _begin(self, *details: Any, **names: Any) -> MetFault:
        return self._redirector.begin(self.sandbox.url, *details, **names)

    def _operate(self, operation: Operation, **options: Any) -> dict[str, Any]:
        return self._client.submit(self.runner, operation, retries=RETRIES, **options).result(_HANG)

    def _run(self, task: Task) -> tuple[str, str]:
        try:
            result = self._operate(task.operation, **task.options)
        except ANY_OTHER:
            return "traceback", traceback.format_exc()
        rows = result.get("orders", [result])
        return str(rows[0].get("error_code") or OK), str(rows[0].get("msg", ""))

    def task(self, endpoint: Endpoint) -> Task:
        """Return a task that calls an endpoint, with an order for it."""
        self._begin()
        match endpoint.name:
            case "create":
                return Task(ORDER, self._wanted())
            case "query":
                return Task(INFO, {"order_ids": [self._issued_once()]})
            case "retrieve":
                return Task(CERTIFICATE, {"order_id": self._issued_once(), "csr": csr()})
            case "cancel":
                order_id = self._place()
                return Task(ORDER, {"state": "cancelled", "order_id": order_id, "reason": "not wanted"}, order_id)
            case "revoke":
                order_id = self._issued()
                options = {"order_id": order_id, "reason": "key lost", "document": EVIDENCE}
                return Task(revoke.OPERATION, options, order_id)
            case "reissue":
                order_id = self._issued()
                options = {"order_id": order_id, "reason": "new key", "csr": csr("P-256/2")}
                return Task(REISSUE, options, order_id)
            case _:
                order_id = self._issued_once()
                return Task(notify.OPERATION, {"order_id": order_id, "collect_url": "https://example.com"}, order_id)

    def _effects(self, endpoint: Endpoint, task: Task) -> Callable[[], int]:
        """Return what tells how often the server did it since now."""
        if endpoint.counted is None:
            return lambda: 0
        if endpoint.name == "create":
            before = int(self.sandbox.state()["charged_orders"])
            return lambda: int(self.sandbox.state()["charged_orders"]) - before
        if endpoint.name == "reissue":
            return lambda: int(self.sandbox.admin("GET", f"/orders/{task.order_id}")["reissues"])
        return lambda: sum(bool(call["success"]) for call in self.sandbox.calls(endpoint.name))

    def _wait_for_calls(self, endpoint: Endpoint, count: int) -> None:
        """Wait until the server is done with calls that were left."""
        end = time.monotonic() + _PATIENCE
        while len(self.sandbox.calls(endpoint.name)) < count and time.monotonic() < end:
            time.sleep(_POLL)

    def _wanted(self) -> dict[str, Any]:
        return {
            "name": f"contracts@host{next(_numbers)}",
            "product": "pdf_signing",
            "common_name": "沃通电子认证",
            "months": 12,
            "csr": csr(),
            "organization": {"name": "沃通电子认证服务有限公司", "email": "applicant@example.com"},
        }

    def _place(self) -> str:
        return str(self._operate(ORDER, **self._wanted())["order_id"])

    def _issued(self) -> str:
        order_id = self._place()
        self.sandbox.order(order_id, "issue")
        return order_id

    def _issued_once(self) -> str:
        """Return an order that no cell changes."""
        self._shared = self._shared or self._issued()
        return self._shared
