# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role's tasks registered for the hosts of a play.

It is read as it was registered, and never as a template: it has text of hosts and of the API. Facts of a hostile host
that have names of the collection are left out.
"""

from __future__ import annotations

import functools
import os
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleError
from ansible.playbook.task import Task

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices, read_prices
from ansible_collections.wotrus.pki.plugins.module_utils._planning.split_names import split_names
from ansible_collections.wotrus.pki.plugins.module_utils._planning.variables import (
    CERTIFICATES,
    EXTRA,
    WEBHOOKS,
    certificates_of,
    webhook_mistakes,
)
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import plain
from ansible_collections.wotrus.pki.plugins.module_utils._role import SPECS
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import approved_plan, rehearsal
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.batch_check import (
    BatchCheck,
    check_batch,
    permission,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.host_tasks import NO_PLAN, HostTasks
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.order_results import (
    Superseded,
    has_failed,
    order_result,
    revocation_result,
    superseded_results,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.selection import HostOrders
from ansible_collections.wotrus.pki.plugins.plugin_utils._play import hostile_facts, may_have_handler
from ansible_collections.wotrus.pki.plugins.plugin_utils._variables import given, language_of

_ROLE = "wotrus.pki.certificate"
_PLAN = "__wotrus_host_plan"
_CHECK = "__wotrus_check_result"
_APPLIED = ("__wotrus_apply_result", "__wotrus_second_apply_result")
_WAIT = "__wotrus_wait_result"
_REQUESTED, _CHECKED = "__wotrus_revocations", "__wotrus_checked_revocations"
# The check of the variables, of an approved plan, and of the records that may name a pushed order; and the tasks around
# revocations of superseded orders, which are loops with results of their own.
_OTHERS = (
    *("__wotrus_checked_variables", "__wotrus_checked_plan", "__wotrus_checked_records", "__wotrus_records"),
    *("__wotrus_current_state", _REQUESTED, _CHECKED, "__wotrus_recorded_revocations"),
)
# What a task with ``run_once`` checked for the run. All hosts have it, and the summary's own host stands for them.
_OF_RUN = ("__wotrus_checked_push", "__wotrus_missing_orders")
_EXPECTED = "__wotrus_expected_hosts"
_NOTIFIED = ("__wotrus_notified", "__wotrus_notified_of_lost_hosts")
_APPROVED = "__wotrus_approved"
_MAX_AGE = "wotrus_max_plan_age_days"
_REHEARSED = ("__wotrus_rehearsal", "__wotrus_rehearsal_result")
_STRATEGIES = ("free", "host_pinned")
"""The strategies without batches. There a task with ``run_once`` runs on each host, and registers its result on all."""


class Play:
    """The hosts of a play, with what tasks registered for them.

    :ivar host: the task's own host
    :ivar hosts: all hosts of the play
    :ivar active: those of the batch that have not failed
    :ivar batch: the same, or the task's own host if there are no batches
    :ivar others: the other hosts of the play
    """

    def __init__(self, task: Task, variables: Json, render: t.Callable[[t.Any], t.Any]) -> None:
        self._task = task
        self._variables = variables
        self._hostvars = variables["hostvars"]
        self._render = render
        self._known: dict[str, Json] = {}
        strategy = str(task.get_play().strategy).rpartition(".")[2]
        self.host = str(variables["inventory_hostname"])
        self.hosts = [str(host) for host in variables["ansible_play_hosts_all"]]
        self.active = [str(host) for host in variables["ansible_play_batch"]]
        self.batch = [self.host] if strategy in _STRATEGIES else self.active
        own = set(self.batch)
        self.others = [host for host in self.hosts if host not in own]

    def value(self, name: str, default: t.Any = None) -> t.Any:
        """Return a variable of the task's own host."""
        if name not in self._variables or name in hostile_facts(self._variables):
            return default
        value = given(self._render(self._variables[name]), name)
        return default if value in (None, "") else plain(value)

    @property
    def language(self) -> str:
        """The language of the run.

        Tasks before the role have not checked it.
        """
        return language_of({"wotrus_language": self.value("wotrus_language")}, lambda value: value)

    @property
    def prices(self) -> Prices | None:
        """The price list; ``None`` if it has a mistake, for which the check of the variables has failed."""
        try:
            return read_prices(self.value("wotrus_prices"))
        except InvalidInput:
            return None

    def registered(self, host: str, *names: str) -> list[Json]:
        """Return what tasks registered for a host, in the order of names."""
        known = self._raw(host)
        return [known[name] for name in names if isinstance(known.get(name), Mapping)]

    def rows(self, host: str, name: str, of: str = "deployments") -> Rows | None:
        """Return the rows of a registered result; ``None`` if it has none."""
        found = next((result.get(of) for result in self.registered(host, name)), None)
        return found if isinstance(found, list) else None

    def _raw(self, host: str) -> Json:
        """Return a host's variables without those of play and roles."""
        if host not in self._known:
            known = self._hostvars.raw_get(host) if host in self._hostvars else {}
            forged = hostile_facts(known)
            self._known[host] = {name: known[name] for name in known if name not in forged} if forged else known
        return self._known[host]

    def _of_inventory(self, host: str, name: str) -> t.Any:
        """Return a variable of any host.

        ``None`` if there is none, or if its template needs variables that only tasks of the host see.
        """
        if name not in self._raw(host):
            return None
        try:
            return plain(self._hostvars[host].get(name))
        except AnsibleError:
            return None

    def tasks(self, hosts: t.Iterable[str], *, with_names: bool = False) -> list[HostTasks]:
        """Return what the role's tasks returned for hosts.

        :param with_names: the names of certificates in the inventory are wanted too
        """
        return [self._tasks_of(host, with_names=with_names) for host in hosts]

    def _tasks_of(self, host: str, *, with_names: bool) -> HostTasks:
        plan, wait = (next(iter(self.registered(host, name)), None) for name in (_PLAN, _WAIT))
        return HostTasks.read(
            host,
            plan,
            self.registered(host, *_APPLIED),
            wait,
            certificates=self._names(host) if with_names and plan is None else None,
            reissue=split_names(self._of_inventory(host, "wotrus_reissue")) if with_names else (),
            others=self.registered(host, _CHECK, *_OTHERS, *(_OF_RUN if host == self.host else ())),
        )

    def _certificates(self, host: str) -> t.Any:
        """Return the entries of a host in the inventory; ``None`` if there are none."""
        return certificates_of({name: self._of_inventory(host, name) for name in (CERTIFICATES, EXTRA)})

    def _names(self, host: str) -> list[str] | None:
        """Return the names of a host's certificates in the inventory.

        ``None`` if they are not known.
        """
        try:
            return [str(entry["name"]) for entry in self._certificates(host)]
        except (KeyError, TypeError):
            return None

    def listed(self) -> list[str]:
        """Return the names of all certificates that the inventory has for the task's own host.

        A task may be for a part of them alone.
        """
        return self._names(self.host) or []

    def check(self) -> BatchCheck:
        """Compare the batch with the order limit and the approved plan."""
        return check_batch(
            self.tasks(self.batch, with_names=True),
            self.tasks(self.others, with_names=True),
            reissue=split_names(self.value("wotrus_reissue")),
            approved=self.value("__wotrus_approved_plan"),
            max_age_days=float(self.value(_MAX_AGE, SPECS["main"]["options"][_MAX_AGE]["default"])),
        )

    def approved_plan(self) -> dict[str, t.Any]:
        """Return the plan that was approved, as :func:`approved_plan.in_play` does.

        It is the artifact of an earlier job, or in the file that ``wotrus_plan_file`` names. None of it is a template.

        :raises InvalidInput: there is none, or it is damaged
        """
        given_plan, not_planned = (
            None if hostile_facts(self._variables) else self._variables.get(name)
            for name in (approved_plan.PLAN, approved_plan.NOT_PLANNED)
        )
        plan = plain(given_plan) if isinstance(given_plan, Mapping) else self.value(approved_plan.PLAN)
        path = self._of_inventory("localhost", "wotrus_plan_file")
        if plan is None and path:
            plan = approved_plan.read_file(os.path.abspath(os.path.expanduser(str(path))))
        if plan is None:
            raise InvalidInput(
                "There is no plan. Run wotrus.pki.issue in check mode, and pass its artifact wotrus_plan or its "
                "wotrus_plan_file to this playbook. Each slice has only a part of the plan, so plan in one job."
            )
        return approved_plan.in_play(approved_plan.read_plan(plan), self.hosts, not_planned or ())

    def order_results(self, hosts: t.Iterable[str]) -> Rows:
        """Return the results of cancellations or revocations on hosts."""
        found = [(host, item) for host in hosts for item in self.rows(host, "__wotrus_order_results", "results") or ()]
        return [order_result(item, host=host) for host, item in found if "__wotrus_order" in item]

    def revocations(self, hosts: t.Iterable[str]) -> Rows:
        """Return the results of superseded orders whose revocation this run requested, or could not request."""
        found = [(host, item) for host in hosts for item in self._loop(host, _REQUESTED)]
        checked = [(host, item) for host in hosts for item in self._loop(host, _CHECKED)]
        wanted = [(host, item) for host, item in found if item.get("changed") and not has_failed(item)]
        failed = [(host, item) for host, item in (*found, *checked) if has_failed(item)]
        return [revocation_result(item, host=host) for host, item in (*wanted, *failed)]

    def superseded_results(self, host: str) -> Superseded:
        """Return what became of the superseded orders of a host."""
        return superseded_results(self._loop(host, _REQUESTED), self._loop(host, _CHECKED), self.language)

    def _loop(self, host: str, name: str) -> Rows:
        """Return the results of a loop over superseded orders.

        An earlier use of the role leaves results of other certificates, which do not count.
        """
        # A plan may have a path with a tilde, which is expanded in that of an order.
        names = {row["name"] for row in self.rows(host, _PLAN, "plans") or ()}
        found = [row for row in self.rows(host, name, "results") or () if "__wotrus_order" in row]
        return [row for row in found if row["__wotrus_order"]["name"] in names]

    @property
    def expected(self) -> list[str]:
        """The hosts that the run is for."""
        return list(self.value(_EXPECTED, self.hosts))

    @property
    def in_table(self) -> list[str]:
        """The hosts whose results a table has shown, where the task's own host has one with others."""
        return self.hosts if self.batch is self.active else self.batch

    @property
    def later(self) -> list[str]:
        """The hosts of later batches, which come next; none if the whole batch failed, since Ansible ends the play."""
        if not self.active:
            return []
        alive, order = set(self._variables["ansible_play_hosts"]), str(self._task.get_play().order)
        hosts = sorted(self.hosts) if order.endswith("sorted") else self.hosts
        hosts = hosts[::-1] if order.startswith("reverse") else hosts
        last = max(map(hosts.index, self.active))
        return [host for host in hosts[last + 1 :] if host in alive]

    @property
    def reported(self) -> set[str]:
        """The hosts whose results were sent to webhooks."""
        notified = [row for host in self.hosts for row in self.registered(host, *_NOTIFIED)]
        return {host for row in notified for host in row.get("reported", ())}

    def unreported(self) -> list[str]:
        """Return the hosts whose results are not sent to webhooks yet: those of the batch, and hosts lost before.

        In the role, the batch counts again, since an earlier use of the role had other results. Of the others, only
        hosts count that the run is for.
        """
        reported = self.reported
        alive = set(self._variables["ansible_play_hosts"])
        lost = [host for host in self.hosts if host not in alive] if self.batch is self.active else []
        own = [] if self._task._role is None else self.batch
        others = {*self.expected} - {*reported, *own}
        return [*own, *(host for host in dict.fromkeys([*self.batch, *lost]) if host in others)]

    def webhooks(self, host: str) -> list[Json]:
        """Return the webhooks of a host: those of its inventory, else those that the play or the role sets.

        There are none if they have a mistake, for which the check of the variables has failed.
        """
        if WEBHOOKS in self._raw(host):
            found = self._of_inventory(host, WEBHOOKS)
        else:
            found = None if WEBHOOKS in self._raw(self.host) else self.value(WEBHOOKS)
        return found if found and not list(webhook_mistakes(found)) else []

    def notices(self) -> list[Json]:
        """Return the warnings of tasks that ran once, which registered them for each host."""
        return [
            {"host": "", **notice}
            for host in self.hosts
            for result in self.registered(host, _WAIT, *_NOTIFIED)
            for notice in result.get("notices", ())
        ]

    def checks(self) -> dict[str, Json]:
        """Return the results of ``wotrus_preflight`` by host."""
        return {host: next(iter(self.registered(host, "__wotrus_preflight")), {}) for host in self.active}

    def probed(self) -> list[Json]:
        """Return the result of ``wotrus_probe_info`` on the task's own host, if there is one."""
        return self.registered(self.host, "__wotrus_probe")

    def rehearsal(self) -> dict[str, t.Any]:
        """Return what to try on the task's own host."""
        return rehearsal.rehearsal(
            certificates_of({name: self.value(name, []) for name in (CERTIFICATES, EXTRA)}) or (),
            base_dir=str(self.value("wotrus_base_dir")),
            validate=self.value("wotrus_validate"),
            verification=self.value("wotrus_verification"),
            has_handler=functools.partial(may_have_handler, self._task),
        )

    def rehearsed(self, host: str) -> list[dict[str, t.Any]]:
        """Return the results of the rehearsal on a host."""
        found = self.registered(host, *_REHEARSED)
        return rehearsal.rehearsal_rows(host, *found) if len(found) == len(_REHEARSED) else []

    def inventory_orders(self) -> list[HostOrders]:
        """Return what this run knows of each host's orders."""
        return [
            HostOrders(
                tasks.host,
                self.rows(tasks.host, "__wotrus_current_state"),
                tasks.plans or (),
                # A hostile host must not hide that it has certificates.
                len(self._certificates(tasks.host) or ()) or bool(hostile_facts(self._raw(tasks.host))),
            )
            for tasks in self.tasks(self._variables["groups"]["all"])
        ]


def approved_times(variables: Json) -> dict[str, str]:
    """Return when the approved plan of a task's host was made, by the certificates' names; empty without one.

    A play before may have applied a plan.
    """
    approved = variables.get(_APPROVED) if "__wotrus_approved_plan" in variables else None
    plan = approved.get("plan") if isinstance(approved, Mapping) else None
    return approved_plan.times(plain((plan or {}).get(variables["inventory_hostname"], ())))


def earlier_tasks(task: Task, variables: Json, render: t.Callable[[t.Any], t.Any]) -> dict[str, t.Any]:
    """Return the fields of ``Run`` that earlier tasks of the role made for ``wotrus_apply``; none outside the role.

    :raises InvalidInput: it has not planned for the host, since the run began in the middle
    """
    if task._role is None or task._role.get_name() != _ROLE:
        return {}
    play = Play(task, variables, render)
    (own,) = play.tasks([play.host])
    if own.plans is None:
        raise InvalidInput(NO_PLAN)
    # Without batches, another host may have registered its own check for this one.
    made = [result for result in play.registered(play.host, _CHECK) if play.host in result.get("hosts", ())]
    checked = made[0] if made else play.check().as_result()
    return {"permission": permission(checked, own.host), "deployments": own.deployments, "earlier_results": own.applied}
