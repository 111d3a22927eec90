# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the role and the playbooks, in their order.

This file alone follows ``roles/certificate/tasks`` and ``playbooks``. It calls the functions behind the actions with
what the tasks registered, and does what Ansible would do with a result.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable, InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._module import argument_spec, execute, failure
from ansible_collections.wotrus.pki.plugins.module_utils._orders import order, revoke
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import HostAnswer, Operation, Run
from ansible_collections.wotrus.pki.plugins.module_utils._planning import plan
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import host_error
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import (
    apply,
    approved_plan,
    selection,
    summary,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.batch_check import BatchCheck, would_change
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.batch_wait import (
    pending_orders,
    seconds_left,
    wait_for_orders,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.host_tasks import HostTasks
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.order_results import order_result, superseded_results
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.play_results import play_results
from ansible_collections.wotrus.pki.plugins.plugin_utils._answer import require_rows_for
from ansible_collections.wotrus.pki.plugins.plugin_utils._batch import OPERATION as BATCH_OPERATION
from ansible_collections.wotrus.pki.plugins.plugin_utils._batch_lines import host_failures
from ansible_collections.wotrus.pki.plugins.plugin_utils._play import TOPIC
from ansible_collections.wotrus.pki.plugins.plugin_utils._registered import Play, earlier_tasks

from . import glue
from .ca import TOKEN
from .hosts import Host, Row, Unreachable
from .inventory import Inventory

if TYPE_CHECKING:
    from .world import World

URL = "https://wotrus.example"
_APPLIED = ("__wotrus_apply_result", "__wotrus_second_apply_result")
DOCUMENT = {"content": "JVBERi0xLjQK", "file_type": ".pdf"}


@dataclasses.dataclass(frozen=True)
class Options:
    """How a run is started.

    :ivar hosts: of the play; ``--limit`` leaves some out
    :ivar slice: the part of the inventory that AWX gives a job, such as ``(1, 2)``; ``None`` for the whole
    :ivar actions: what another playbook allows, such as ``renew``
    :ivar approved: the plan that a person approved, by host
    :ivar most_orders: ``wotrus_max_charged_orders`` for this run
    :ivar token: ``wotrus_api_token``
    :ivar inventory: an older one; ``None`` for that of now
    """

    hosts: Sequence[str]
    slice: tuple[int, int] | None = None
    check: bool = False
    serial: int = 0
    actions: Sequence[str] | None = None
    reissue: Sequence[str] = ()
    approved: Mapping[str, Any] | None = None
    most_orders: int | None = None
    wait: bool = True
    token: str = TOKEN
    inventory: Inventory | None = None


@dataclasses.dataclass
class Result:
    """What a run shows.

    :ivar rows: the results of the certificates
    :ivar plans: what was planned
    :ivar changed: a task changed something, or would
    :ivar failed: why hosts failed
    :ivar unreachable: the hosts that did not answer
    :ivar predicted: check mode predicts a change, by host
    :ivar lines: what is shown about superseded orders
    :ivar summary: its lines
    """

    options: Options
    inventory: Inventory
    rows: list[Row] = dataclasses.field(default_factory=list)
    plans: list[Row] = dataclasses.field(default_factory=list)
    changed: dict[str, bool] = dataclasses.field(default_factory=dict)
    failed: dict[str, str] = dataclasses.field(default_factory=dict)
    unreachable: list[str] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)
    lines: list[str] = dataclasses.field(default_factory=list)
    summary: Sequence[str] = ()
    limit: int = 0
    notified: list[str] = dataclasses.field(default_factory=list)
    is_killed: bool = False

    @property
    def is_green(self) -> bool:
        """Whether the run is green."""
        return not (self.failed or self.unreachable or self.is_killed)

    def row(self, host: str, name: str) -> Row | None:
        """Return the result of a certificate."""
        return next((row for row in self.rows if (row["host"], row["name"]) == (host, name)), None)


class HostFailed(Exception):
    """A task of a host failed."""


class _Play:
    """One play of the role."""

    def __init__(self, world: World, options: Options) -> None:
        self.world = world
        self.options = options
        self.inventory = (options.inventory or world.inventory).sliced(options.slice)
        # What a task has may be a part of what the inventory has.
        self.entries = {name: list(entries) for name, entries in self.inventory.hosts.items()}
        self.hostvars = glue.HostVars(
            {name: {"wotrus_certificates": list(entries)} for name, entries in self.inventory.hosts.items()}
        )
        self.result = Result(options, self.inventory)
        self._active: list[str] = []

    # ---- what Ansible does

    def batches(self) -> Iterator[list[str]]:
        """Yield the hosts of each batch."""
        hosts = [host for host in self.options.hosts if host in self.inventory.hosts]
        size = self.options.serial or len(hosts) or 1
        for begin in range(0, len(hosts), size):
            yield hosts[begin : begin + size]

    def active(self) -> list[str]:
        """Return ``ansible_play_batch``."""
        return [host for host in self._active if not self._has_failed(host)]

    def _has_failed(self, host: str) -> bool:
        return host in self.result.failed or host in self.result.unreachable

    def task(self, host: str, name: str, work: Callable[..., Row], *arguments: Any) -> Row:
        """Run a task of a host, and register its result."""
        try:
            result = work(*arguments)
        except Unreachable:
            result = {"unreachable": True, "changed": False}
            self.result.unreachable.append(host)
        # As a variable of the play has it.
        self.hostvars[host][name] = result = json.loads(json.dumps(result))
        if result.get("failed"):
            self.result.failed.setdefault(host, str(result.get("msg")))
        self.result.changed[host] = self.result.changed.get(host, False) or bool(result.get("changed"))
        return result

    def operate(
        self,
        host: str,
        operation: Operation,
        options: Mapping[str, Any],
        earlier: Mapping[str, Any] | None = None,
        *,
        check_mode: bool | None = None,
    ) -> Row:
        """Run an operation as its action does.

        :param check_mode: of its task; by default that of the run
        :param earlier: fields of ``Run`` that earlier tasks of the role made
        """
        executor = _Executor(self.world.hosts[host])
        validator = _VALIDATORS[operation.name]
        given = {
            "api_token": self.options.token,
            "api_url": URL,
            "rate_limit": 0,
            "journal": str(self.world.place_of_journal),
            **options,
        }
        checked = validator.validate(json.loads(json.dumps(given)))
        if checked.error_messages:
            return failure(InvalidInput(Message("{words}", words=checked.error_messages[0])))
        run = Run(
            check_mode=self.options.check if check_mode is None else check_mode,
            warn=lambda words, **_of: self.result.warnings.append(words),
            inspect_host=executor.inspect,
            deploy=executor.deploy,
            has_listener=lambda: TOPIC in self.inventory.variables["handlers"],
            has_handler=self.inventory.variables["handlers"].__contains__,
            sender={"host": host},
            variables=self.inventory.variables,
            approved_at=approved_plan.times((self.options.approved or {}).get(host, ())),
            listed=[entry["name"] for entry in self.inventory.hosts[host]],
            **(earlier or {}),
        )
        return execute(operation, checked.validated_parameters, run=run)

    def _on_host(self, host: str, module: str, options: Row) -> Row:
        return self.world.hosts[host].execute(module, options)

    # ---- the tasks of roles/certificate/tasks/main.yml

    def play(self) -> Result:
        """Run all batches."""
        for hosts in self.batches():
            self._active = hosts
            self._batch()
            if hosts and not self.active():
                break
        planned = self._tasks(self._planned())
        self.result.rows = [row for one in planned for row in one.results]
        self.result.plans = [row for one in planned for row in one.plans or ()]
        self.result.summary = play_results(planned, self._tasks(self._all()), check_mode=self.options.check).lines
        return self.result

    def _seen_by(self, host: str) -> dict[str, Any]:
        """Return the variables that a task of a host sees."""
        approved = {} if self.options.approved is None else {"__wotrus_approved_plan": self.options.approved}
        own = {"wotrus_certificates": self.entries.get(host, [])}
        play = {"wotrus_reissue": list(self.options.reissue), **own, **approved}
        return glue.seen_by(host, self.hostvars, hosts=self._all(), batch=self.active(), variables=play)

    def _view(self) -> Play:
        """Return the play as a task that runs once sees it."""
        hosts = self.active() or self._all()
        return Play(glue.Task(), self._seen_by(hosts[0] if hosts else ""), lambda value: value)

    def _tasks(self, hosts: Sequence[str]) -> list[HostTasks]:
        """Return what the tasks registered for hosts, as ``wotrus_batch`` reads it."""
        return self._view().tasks(hosts)

    def _tasks_of(self, host: str) -> HostTasks:
        return self._tasks([host])[0]

    def _others(self) -> list[HostTasks]:
        """Return the same of the hosts of other batches."""
        return self._tasks([host for host in self._all() if host not in self.active()])

    def _planned(self) -> list[str]:
        return [host for host in self.options.hosts if "__wotrus_host_plan" in self.hostvars.get(host, {})]

    def _options(self, task: tuple[str, str], host: str, **variables: Any) -> dict[str, Any]:
        """Return the options of a task of the role.

        :param variables: of this run
        """
        wanted = {f"wotrus_{name}": value for name, value in self.inventory.variables.items() if value is not None}
        if self.options.actions is not None:
            wanted["wotrus_actions"] = list(self.options.actions)
        if self.inventory.variables.get("has_document"):
            wanted["wotrus_revocation_document"] = str(self.world.evidence)
        own = {
            "wotrus_certificates": self.entries[host],
            "wotrus_base_dir": str(self.world.hosts[host].base_dir),
            "wotrus_reissue": list(self.options.reissue),
        }
        return glue.options(task, host, {**wanted, **own, **variables})

    def _batch(self) -> None:
        self._plan()
        check = self._check() if self.active() else None
        if check is not None and self.options.check:
            self._predict(check)
        if check is None or self.options.check:
            return
        busy = [host for host in self.active() if not self._is_well(host)]
        self._apply(busy)
        self._wait(busy)
        self._apply_again(busy)
        self._notify(busy)
        if self.inventory.variables["revoke_superseded"]:
            self._revoke_superseded(busy)
        for host in busy:
            reasons = [] if self._has_failed(host) else host_failures(self._tasks_of(host))
            if reasons:
                self.result.failed[host] = "; ".join(reasons)

    def _predict(self, check: BatchCheck) -> None:
        """Predict what the run would change: ``roles/certificate/tasks/show_plan.yml``."""
        for host in self.active():
            changed = would_change(self._tasks_of(host), check)
            self.task(host, "__wotrus_prediction", lambda changed=changed: {"changed": changed})
        if self.inventory.variables["revoke_superseded"]:
            self._revoke_superseded(self.active())

    def _plan(self) -> None:
        most = self.options.most_orders
        limits = {"wotrus_max_charged_orders": self.inventory.variables["max_charged_orders"] if most is None else most}
        if self.options.approved is not None:
            try:
                limits = self._only_planned(self.options.approved)
            except InvalidInput as exc:
                self._fail_all(str(exc))
        for host in list(self.active()):
            options = self._options(glue.PLAN, host, **limits)
            self.task(host, "__wotrus_host_plan", self.operate, host, plan.OPERATION, options)

    def _check(self) -> BatchCheck | None:
        """Return what the hosts of the batch may do; ``None`` if the play ends here."""
        found = self._view().check()
        self.result.limit = found.limits.charged_orders
        if found.error is not None:
            self._fail_all(str(found.error))
            return None
        registered = json.loads(json.dumps(found.as_result()))
        for host in self.active():
            self.hostvars[host]["__wotrus_check_result"] = registered
        return found

    def _only_planned(self, approved: Mapping[str, Any]) -> dict[str, int]:
        """Keep the approved certificates alone, and return the limits of the plan: ``playbooks/issue_planned.yml``."""
        found = approved_plan.in_play(approved_plan.read_plan(approved), self._all())
        for host in self._active:
            names = found["names"].get(host, ())
            self.entries[host] = [one for one in self.entries[host] if one["name"] in names]
        self._active = [host for host in self._active if self.entries[host]]
        reissues = max(found["reissues"], self.inventory.variables.get("max_reissues", 10))
        return {"wotrus_max_charged_orders": found["charged_orders"], "wotrus_max_reissues": reissues}

    def _all(self) -> list[str]:
        """Return ``ansible_play_hosts_all``."""
        return [host for host in self.options.hosts if host in self.inventory.hosts]

    def _fail_all(self, why: str) -> None:
        for host in self.active():
            self.result.failed[host] = why

    def _is_well(self, host: str) -> bool:
        found = self.hostvars[host]["__wotrus_host_plan"]
        is_well = bool(found.get("is_well")) and not found.get("notices")
        return is_well and not self.inventory.variables["revoke_superseded"]

    def _apply(self, hosts: Sequence[str]) -> None:
        for host in hosts:
            if self.hostvars[host]["__wotrus_host_plan"].get("has_work"):
                self._apply_on(host, _APPLIED[0], glue.APPLY)
            else:
                self.hostvars[host][_APPLIED[0]] = {"skipped": True}

    def _apply_on(self, host: str, name: str, task: tuple[str, str]) -> None:
        earlier = earlier_tasks(glue.Task(), self._seen_by(host), lambda value: value)
        self.task(host, name, self.operate, host, apply.OPERATION, self._options(task, host), earlier)

    def _wait(self, busy: Sequence[str]) -> None:
        hosts = [host for host in busy if not self._has_failed(host)]
        if not hosts:
            return
        tasks = self._tasks(self.active())
        timeout = self.inventory.variables["wait_timeout"] if self.options.wait else 0
        order_ids, seconds = pending_orders(tasks), seconds_left(self._others(), timeout)
        waited: Row = {"skipped": True, "idle": self.active()}
        if order_ids and seconds:
            work = dataclasses.replace(
                BATCH_OPERATION, run=lambda api, _params, run: wait_for_orders(api, tasks, order_ids, seconds, run)
            )
            waited = {"idle": self.active(), **self.operate(hosts[0], work, {"phase": "wait"})}
        for host in self.active():
            self.hostvars[host]["__wotrus_wait_result"] = waited

    def _apply_again(self, busy: Sequence[str]) -> None:
        for host in busy:
            if self._has_failed(host):
                continue
            if host in self.hostvars[host]["__wotrus_wait_result"]["idle"]:
                self.hostvars[host][_APPLIED[1]] = {"skipped": True}
            else:
                self._apply_on(host, _APPLIED[1], glue.APPLY_AGAIN)

    def _notify(self, busy: Sequence[str]) -> None:
        for host in busy:
            if self._has_failed(host):
                continue
            found = [self.hostvars[host].get(name) or {} for name in _APPLIED]
            pending = [one for result in found for one in result.get("to_notify") or ()]
            if pending and self.world.hosts[host].is_handler_broken:
                self.result.failed[host], self.result.changed[host] = "a handler failed", True
            elif pending:
                self.result.notified += [one["path"] for one in pending]
                self.task(host, "__wotrus_notified", self._on_host, host, "wotrus_deployment", {"deployments": pending})

    # ---- roles/certificate/tasks/revoke_superseded.yml

    def _revoke_superseded(self, busy: Sequence[str]) -> None:
        hosts = [host for host in busy if not self._has_failed(host)]
        for host in hosts:
            self.task(host, "__wotrus_current_state", self._read, host)
        found = selection.superseded_orders(self._view().inventory_orders())
        for host in hosts:
            claims = () if self._has_failed(host) else found["orders"].get(host, ())
            self._note_revocations(host, [self._revoke_one(host, claim) for claim in claims])

    def _read(self, host: str) -> Row:
        one = self.world.hosts[host]
        paths = [str(one.path(entry["name"])) for entry in self.entries[host]]
        return one.execute("wotrus_deployment_info", {"paths": paths})

    def _revoke_one(self, host: str, claim: Row) -> Row:
        names = ("order_id", "product", "common_name", "organization", "fingerprint_sha256")
        options = {name: claim[name] for name in names if claim[name]}
        options.update(reason="superseded", document=DOCUMENT)
        is_checked = bool(claim["advice"])
        done = self.operate(host, revoke.OPERATION, options, check_mode=is_checked or None)
        is_changed = bool(done.get("changed")) and not is_checked
        self.result.changed[host] = self.result.changed.get(host, False) or is_changed
        if done.get("failed") and done.get("error_code") not in selection.NOT_REVOKED:
            self.result.failed[host] = str(done.get("msg"))
        return {**done, "__wotrus_order": claim}

    def _note_revocations(self, host: str, rows: Sequence[Row]) -> None:
        if self._has_failed(host):
            return
        requested, checked = (
            [row for row in rows if bool(row["__wotrus_order"]["advice"]) is one] for one in (False, True)
        )
        found = superseded_results(requested, checked)
        self.result.lines += found.lines
        if found.records and self.options.check:
            self.result.changed[host] = True
        elif found.records:
            options = {"deployments": list(found.records)}
            self.task(host, "__wotrus_recorded", self._on_host, host, "wotrus_deployment", options)

    # ---- playbooks: revoke and cancel

    def end_orders(self, names: Sequence[str], *, revokes: bool) -> Result:
        """Revoke or cancel the orders of named certificates: ``wotrus.pki.revoke``, ``wotrus.pki.cancel``."""
        self._active = self._all()
        for host in list(self._active):
            one, entries = self.world.hosts[host], self.entries[host]
            others = [entry["name"] for entry in entries] if revokes else []
            paths = [str(one.path(name)) for name in dict.fromkeys([*names, *others])]
            state = self.task(
                host, "__wotrus_host_state", self._on_host, host, "wotrus_deployment_info", {"paths": paths}
            )
            if self._has_failed(host):
                continue
            if revokes:
                found = selection.orders_to_revoke(state["deployments"], entries, names)
            else:
                found = selection.orders_to_cancel(state["deployments"], entries)
            if found["faults"]:
                self.result.failed[host] = " ".join(found["faults"])
                continue
            rows = [
                order_result({**self._end_one(host, claim, revokes=revokes), "__wotrus_order": claim}, host=host)
                for claim in found["orders"]
            ]
            self.result.rows += rows
            reasons = summary.failures(rows)
            if reasons:
                self.result.failed[host] = "; ".join(reasons)
        return self.result

    def _end_one(self, host: str, claim: Row, *, revokes: bool) -> Row:
        own = {name: claim[name] for name in ("order_id", "common_name", "product") if claim[name]}
        own["reason"] = "no longer used"
        if revokes:
            own.update({"organization": claim["organization"]} if claim["organization"] else {})
            return self.operate(host, revoke.OPERATION, {**own, "document": DOCUMENT, "wait": False})
        return self.operate(host, order.OPERATION, {**own, "state": "cancelled"})


class _Executor:
    """Runs modules on the task's host, as the action plugin does."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._has_answered = False

    def inspect(self, paths: Sequence[str], first_keys: Mapping[str, str], **options: Any) -> HostAnswer:
        """Return the answer of ``wotrus_deployment_info``."""
        arguments = {"paths": list(paths), "first_keys": dict(first_keys), **options}
        result = self._execute("wotrus_deployment_info", arguments)
        return HostAnswer(_rows(result, paths), result.get("base_dir"))

    def deploy(self, deployments: Sequence[Mapping[str, Any]]) -> list[Row]:
        """Return the rows of ``wotrus_deployment``."""
        paths = [str(one["path"]) for one in deployments]
        arguments = {"deployments": [dict(one) for one in deployments]}
        return _rows(self._execute("wotrus_deployment", arguments), paths)

    def _execute(self, module: str, arguments: Row) -> Row:
        try:
            result = self._host.execute(module, arguments)
        except Unreachable as exc:
            if not self._has_answered:
                raise
            raise HostUnreadable(Message("{words}", words=str(exc))) from exc
        self._has_answered = True
        return result


def _rows(result: Row, paths: Sequence[str]) -> list[Row]:
    rows = result.get("deployments")
    if not isinstance(rows, list):
        raise host_error(result)
    require_rows_for(rows, paths)
    return rows


_VALIDATORS = {
    operation.name: ArgumentSpecValidator(argument_spec(operation), **operation.constraints)
    for operation in (apply.OPERATION, BATCH_OPERATION, order.OPERATION, plan.OPERATION, revoke.OPERATION)
}


def run_role(world: World, options: Options) -> Result:
    """Run the role: ``wotrus.pki.issue``, or another playbook by its actions."""
    return _Play(world, options).play()


def end_orders(world: World, options: Options, names: Sequence[str], *, revokes: bool) -> Result:
    """Run ``wotrus.pki.revoke`` or ``wotrus.pki.cancel``."""
    return _Play(world, options).end_orders(names, revokes=revokes)
