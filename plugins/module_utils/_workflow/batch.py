# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions over the hosts of a batch, a function for each phase.

They take what the role's tasks returned for each host, and need no Ansible. ``wotrus_batch`` reads that from the play.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.run_stop import STOP
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import (
    Limits,
    Operation,
    OperationResult,
    Permission,
    Run,
    refuse_host,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_info import order_info
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import (
    FAILED,
    NOT_CHARGED,
    UNCHANGED,
    WAITING,
    is_failing,
    result_fields,
)
from ansible_collections.wotrus.pki.plugins.module_utils._safe_text import safe_line
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.approval import (
    approval_lines,
    blocked_lines,
    cost_lines,
    limit_line,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.approved_plan import Plan, plan_digest, stale_plans
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.limit import Forecast, claimants, forecast
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.notification import noteworthy, notification
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.plan_file import plans_as_files
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.send import REISSUED
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import (
    Summary,
    failures,
    notice_lines,
    revocation_lines,
    summary,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import PLAN_COLUMNS, shared_words, table

PHASES = (
    "check",
    "wait",
    "results",
    "failures",
    "summary",
    "plan_file",
    "approved_plan",
    "cancel",
    "revoke",
    "superseded",
    "revocations",
    "prediction",
    "rehearsal",
    "webhooks",
)
KINDS = (
    *("certificates", "plans", "changes", "orders", "checks", "waiting", "summary", "rehearsal", "readings"),
    *("bundle", "letter"),
)

ARGUMENTS: dict[str, t.Any] = {
    "phase": {"type": "str", "required": True, "choices": list(PHASES)},
    "of": {"type": "str", "choices": list(KINDS), "default": KINDS[0]},
    "lines": {"type": "raw"},
}

UNREACHABLE = "unreachable"
"""Why a plan has nothing for a host, where no task failed."""

NO_PLAN = Message("This run has no plan for the host, since --start-at-task left it out. Run again without it.")
_FINISHED = ("issued", "revoking", "dead")
_MOST_NAMES = 20
# For the notifications of AWX, which add a title and the link of the job: WeCom takes 4,096 bytes.
_LARGEST_NOTIFICATION = 2_500
_REQUEST = ("action", "idempotence_id", "order_id")


@dataclasses.dataclass(frozen=True)
class HostTasks:
    """What the role's tasks returned for a host.

    :ivar plans: the plans; ``None`` if there is none, since the host was not reached
    :ivar limits: its limits, as its own task read them
    :ivar deployments: its directories as the plan read them, by path
    :ivar applied: the results of the newest ``wotrus_apply``
    :ivar results: the newest results: those, or those of the plan
    :ivar waiting: the ids of the orders to wait for
    :ivar wait: the result of the wait of its batch
    :ivar certificates: the names of its certificates; ``None`` if they are not known
    :ivar diff: the requests that the plan would send, with ``--diff``
    :ivar reissue: the names in its own ``wotrus_reissue``
    :ivar error: the result of the task that failed for the whole host; ``None`` if there is none
    :ivar notices: the warnings of all tasks, each with the ``name`` of its certificate, or ``None``
    :ivar is_unreachable: whether Ansible lost it, or never reached it
    """

    host: str
    plans: Rows | None = None
    limits: Limits | None = None
    deployments: t.Mapping[str, Json] = dataclasses.field(default_factory=dict)
    applied: Rows = ()
    results: Rows = ()
    diff: t.Any = None
    waiting: t.Sequence[str] = ()
    wait: Json = dataclasses.field(default_factory=dict)
    certificates: t.Sequence[str] | None = None
    reissue: t.Sequence[str] = ()
    error: Json | None = None
    notices: Rows = ()
    is_unreachable: bool = False

    @classmethod
    def read(
        cls,
        host: str,
        plan: Json | None,
        applied: Rows = (),
        wait: Json | None = None,
        *,
        certificates: t.Sequence[str] | None = None,
        reissue: t.Sequence[str] = (),
        others: Rows = (),
    ) -> HostTasks:
        """Return what the results of a host's tasks say.

        A play may use the role several times. An earlier use leaves results of other certificates, which do not count.

        :param plan: of ``wotrus_plan_info``, also if it failed; ``None`` if it did not run yet
        :param applied: of each ``wotrus_apply``, the oldest first
        :param certificates: their names in the inventory, which count until the host is planned for
        :param others: of tasks that may fail for the whole host, such as the check of its variables
        """
        found = plan or {}
        plans: Rows | None = found.get("plans")
        own = [row["path"] for row in plans or ()]
        done = _newest_applied(applied, own)
        # A host that was lost before anything was applied is no longer known to be as its plan says.
        is_lost = any(result.get("failed") or result.get("unreachable") for result in applied)
        newest = done or ({} if is_lost else found)
        return cls(
            host=host,
            plans=plans,
            limits=Limits(found["max_charged_orders"], found["max_reissues"]) if "max_reissues" in found else None,
            deployments={path: row for path, row in zip(own, found.get("deployments") or ()) if row},
            applied=done.get("results", ()),
            results=newest.get("results") or (),
            diff=found.get("diff"),
            waiting=newest.get("waiting") or (),
            wait=wait or {},
            certificates=certificates if plan is None else None if plans is None else [row["name"] for row in plans],
            reissue=reissue,
            error=next((result for result in (*reversed(applied), found, *others) if _is_whole_failure(result)), None),
            notices=_notices(host, (*others, found, *applied)),
            is_unreachable=any(result.get("unreachable") for result in (found, *applied, *others)),
        )


def _newest_applied(applied: Rows, paths: t.Sequence[str]) -> Json:
    """Return the newest result of ``wotrus_apply`` for the planned directories; empty without one."""
    done = [result for result in applied if "results" in result]
    return next((result for result in reversed(done) if [row["path"] for row in result["results"]] == paths), {})


def _notices(host: str, results: Rows) -> Rows:
    return [{"host": host, **notice} for result in results for notice in result.get("notices") or ()]


def _is_whole_failure(result: Json) -> bool:
    """Return whether a task failed for a host that answered, and has no result for single certificates."""
    return bool(result.get("failed")) and "results" not in result and not result.get("unreachable")


Hosts = t.Sequence[HostTasks]


# ---- before anything is sent


@dataclasses.dataclass(frozen=True)
class Check(Forecast):
    """What the hosts of a batch may do: the forecast, and what else was compared.

    :ivar hosts: the hosts of the batch
    :ivar approved: what may be sent, as it was approved, by host and name, each with its ``action``,
        ``idempotence_id`` and ``order_id``; empty without an approved plan
    :ivar claims: the hosts that claim an order, by its key
    :ivar plan_digest: of the approved plan; ``None`` without one
    :ivar error: why nothing may be done at all
    """

    hosts: t.Sequence[str] = ()
    approved: t.Mapping[str, t.Mapping[str, Json]] = dataclasses.field(default_factory=dict)
    claims: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    plan_digest: str | None = None
    error: Message | None = None

    def as_result(self) -> dict[str, t.Any]:
        """Return it as a task registers it."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "error"}

    @classmethod
    def read(cls, result: Json) -> Check:
        """Return what a task registered."""
        fields: dict[str, t.Any] = {field.name: result.get(field.name) for field in dataclasses.fields(cls)}
        return cls(**{**fields, "limits": Limits(**result["limits"])})

    def permission(self, host: str) -> Permission:
        """Return what may be sent for a host."""
        return Permission(
            limits=self.limits,
            blocked=self.blocked.get(host) or {},
            approved=self.approved.get(host) or {},
            plan_digest=self.plan_digest,
            foreign=tuple(order_id for order_id, hosts in self.claims.items() if {host} != set(hosts)),
        )


def check(
    batch: Hosts,
    others: Hosts = (),
    *,
    reissue: t.Sequence[str] = (),
    approved: Plan | None = None,
    max_age_days: float | None = None,
) -> Check:
    """Compare a batch with the order limit and the approved plan.

    :param others: the other hosts of the play: what earlier batches were charged for counts
    :param reissue: names of certificates to reissue
    :param approved: the approved plan by host; ``None`` if the run has none
    :param max_age_days: the age from which it is too old; ``None`` for none
    """
    plans = _plans(batch)
    found = forecast(
        plans,
        [tasks.limits for tasks in batch if tasks.limits is not None],
        others=_plans(others),
        placed=_charged_values(others),
        reissued=sum(REISSUED in row["steps"] for tasks in others for row in tasks.results),
        stopped=STOP.why,
    )
    stale = [] if approved is None else stale_plans(plans, approved, max_age_days=max_age_days)
    error = _unknown_certificates([*batch, *others], reissue)
    if error is None and stale:
        error = Message(
            "The approved plan is stale, so nothing was sent. Make a new plan. {words}", words=stale[:_MOST_NAMES]
        )
    # The plan of now was compared, so it is what was approved, whatever else the approved one says.
    requests = {
        tasks.host: {row["name"]: {name: row.get(name) for name in _REQUEST} for row in tasks.plans or ()}
        for tasks in (batch if approved is not None else ())
    }
    claims = claimants([*plans, *_plans(others)])
    hosts = [tasks.host for tasks in batch]
    return Check(
        **vars(found), hosts=hosts, approved=requests, claims=claims, plan_digest=plan_digest(approved), error=error
    )


def _plans(hosts: Hosts) -> list[Json]:
    return [row for tasks in hosts for row in tasks.plans or ()]


def _charged_values(hosts: Hosts) -> set[str]:
    """Return the idempotence values of the plans whose orders were charged."""
    charged = {(row["host"], row["name"]) for tasks in hosts for row in tasks.results if row["charged"] != NOT_CHARGED}
    return {str(row["idempotence_id"]) for row in _plans(hosts) if (row["host"], row["name"]) in charged}


def _unknown_certificates(hosts: Hosts, reissue: t.Sequence[str]) -> Message | None:
    """Return an error about names to reissue that no host has.

    While the certificates of a host are not known, every name may be one of them.
    """
    known = {name for tasks in hosts for name in tasks.certificates or ()}
    names = dict.fromkeys([*reissue, *(name for tasks in hosts for name in tasks.reissue)])
    unknown = [name for name in names if name not in known]
    if not unknown or any(tasks.certificates is None for tasks in hosts):
        return None
    return Message(
        "wotrus_reissue names {names}, and no host of this play has a certificate of that name. Nothing was sent. "
        "There are {known}.",
        names=unknown,
        known=sorted(known)[:_MOST_NAMES],
    )


def would_change(tasks: HostTasks, found: Check) -> bool:
    """Return whether a run would change a host, within what the batch allows.

    A notification that is pending from an earlier run is no order, and no limit holds it back.
    """
    blocked = found.blocked.get(tasks.host) or {}
    return any(
        row["would_change"] and (row["name"] not in blocked or row["reload_pending"]) for row in tasks.plans or ()
    )


def plan_lines(batch: Hosts, others: Hosts = (), prices: Prices | None = None, language: str = "en") -> list[str]:
    """Return the plans of a batch and the order limit's verdict.

    The plans are a table.

    :param prices: with them, a line has the cost
    """
    rows, found = _plans(batch), check(batch, others)
    lines = table(rows, PLAN_COLUMNS, language) if rows else [text(Message("No host has a certificate."), language)]
    lines += ["", limit_line(found, language), *cost_lines(rows, prices, language)]
    return [*lines, *blocked_lines(found, language)]


def plan_files(hosts: Hosts, prices: Prices | None = None) -> dict[str, str]:
    """Return the plans of a play as files, by form."""
    not_planned = [tasks.host for tasks in hosts if tasks.limits is None]
    return plans_as_files(_plans(hosts), check(hosts), not_planned=not_planned, prices=prices)


# ---- while orders are pending


def pending_orders(batch: Hosts) -> list[str]:
    """Return the ids of the pending orders of a batch.

    Orders that only a person can continue are not waited for: the person sees the link once the run has ended.
    """
    for_you = {
        id_key(row["order_id"])
        for tasks in batch
        for row in tasks.results
        if row["result"] == WAITING and row["waiting_for"] == "you" and row["order_id"]
    }
    waiting = {id_key(order_id): order_id for tasks in batch for order_id in tasks.waiting}
    return [order_id for key, order_id in waiting.items() if key not in for_you]


def seconds_left(others: Hosts, timeout: int) -> int:
    """Return the seconds that a batch may wait.

    :param others: the other hosts of the play: the time that earlier batches waited is gone
    :param timeout: seconds to wait in the whole play
    """
    # A batch waits once, and each of its hosts has the same result.
    waited = {tuple(tasks.wait.get("request_ids") or ()): tasks.wait.get("waited") or 0 for tasks in others}
    return max(0, int(timeout - sum(waited.values())))


def wait(api: Api, batch: Hosts, order_ids: t.Sequence[str], seconds: int, run: Run) -> OperationResult:
    """Wait for the pending orders of a batch, in one process.

    :param order_ids, seconds: of :func:`pending_orders` and :func:`seconds_left`
    :returns: what ``wotrus_order_info`` returns, and ``idle``, the hosts for which it brought nothing new
    """
    params = {"order_ids": order_ids, "wait": True, "wait_timeout": seconds, "wait_for": "issued"}
    result = order_info(api, params, run).result
    finished = {id_key(row["id"]) for row in result["orders"] if row["stage"] in _FINISHED}
    idle = [tasks.host for tasks in batch if finished.isdisjoint(map(id_key, tasks.waiting))]
    return OperationResult({**result, "idle": idle})


# ---- at the end


def results(
    hosts: Hosts,
    expected: Hosts | None = None,
    *,
    prices: Prices | None = None,
    language: str = "en",
    check_mode: bool = False,
    revocations: t.Mapping[str, Rows] | None = None,
    revocation_results: Rows = (),
    notices: Rows = (),
    later: t.Collection[str] = (),
) -> Summary:
    """Return the results of hosts, for people and for the next job.

    :param expected: the hosts that the run was for, if these are others
    :param prices: for the lines about a plan that needs an approval
    :param check_mode: the plan and its approval are wanted too
    :param revocations: what ``wotrus_revoke`` returned for superseded certificates, by host
    :param revocation_results: the results of these; those that failed are failing
    :param notices: warnings about no host
    :param later: the hosts of later batches
    """
    rows = [row for tasks in hosts for row in tasks.results]
    every = hosts if expected is None else expected
    failed = [row for row in revocation_results if is_failing(row)]
    lost = _lost_hosts(every, rows)
    errors = [{**host_row(tasks), "name": None} for tasks in lost if tasks.error is not None]
    unseen = [tasks for tasks in lost if tasks.error is None]
    unreachable = [tasks.host for tasks in unseen if tasks.is_unreachable]
    found = summary(
        _plans(hosts),
        rows,
        without_result=[tasks.host for tasks in unseen],
        later=later,
        errors=[*errors, *failed],
        notices=[*(notice for tasks in every for notice in tasks.notices), *notices],
        check_mode=check_mode,
        language=language,
    )
    approval = approval_lines(_plans(hosts), prices, language, unreachable=unreachable) if check_mode else []
    notified = noteworthy([*rows, *failed, *map(host_row, lost)])
    artifacts = {
        **found.artifacts,
        "wotrus_notification": notification(notified, language).within(_LARGEST_NOTIFICATION) if notified else "",
    }
    if check_mode:
        artifacts["wotrus_approval"] = _approval(hosts, prices, language, unreachable)
        artifacts["wotrus_not_planned"] = {
            tasks.host: UNREACHABLE if tasks.host in unreachable else FAILED for tasks in lost
        }
    return Summary(artifacts, [*found.lines, *revocation_lines(revocations or {}, language), *approval])


def _lost_hosts(hosts: Hosts, rows: Rows) -> Hosts:
    """Return the hosts for which a task failed, or that have certificates and no result."""
    seen = {row["host"] for row in rows}
    return [tasks for tasks in hosts if tasks.error is not None or (tasks.host not in seen and tasks.plans != [])]


def _approval(hosts: Hosts, prices: Prices | None, language: str, unreachable: t.Sequence[str]) -> str:
    """Return what a person approves in AWX, in one line."""
    lines = approval_lines(_plans(hosts), prices, language, found=check(hosts), unreachable=unreachable)
    # For a notification, AWX's JSON is cut at the next quotation mark (extensions/awx/vars/messages.yml).
    return "; ".join(line.rstrip(".。") for line in lines).replace('"', "'")


def warning_lines(hosts: Hosts, language: str = "en") -> list[str]:
    """Return the warnings of tasks; those of results are in their table."""
    return notice_lines([notice for tasks in hosts for notice in tasks.notices], language)


def shown_results(hosts: Hosts) -> Rows:
    """Return the results with a change, problem or alarm."""
    return [row for tasks in hosts for row in tasks.results if row["result"] != UNCHANGED or row["alarm"]]


def rows_of(tasks: HostTasks) -> Rows:
    """Return the results of a host, with why a task failed for the whole of it, or why there are none."""
    is_lost = tasks.error is not None or not (tasks.results or tasks.plans == [])
    return [*tasks.results, *([host_row(tasks)] if is_lost else [])]


def host_row(tasks: HostTasks) -> dict[str, t.Any]:
    """Return the row of a host without results: why a task failed for it, if that is known.

    Ansible's own words may have line feeds and colours.
    """
    unknown = Message(
        "Ansible did not reach this host. The output of the run says why."
        if tasks.is_unreachable
        else "The run has no result for this host. Its output says why."
    )
    error = tasks.error or shown(msg=unknown)
    words = {field: safe_line(str(error.get(field) or "")) or None for field in ("msg", "next_step")}
    return result_fields(FAILED, host=tasks.host, name="", order_id=None, **words, texts=error.get("texts") or {})


def host_failures(tasks: HostTasks, language: str = "en", *, every: t.Callable[[], Hosts] = tuple) -> list[str]:
    """Return why a host fails.

    A run that began in the middle of the role has no plan, and must not be green.

    :param every: returns the hosts of the play. A table had their results, and what several of them share is in it
    """
    if tasks.plans is None:
        return [text(NO_PLAN, language)]
    return failures(tasks.results, language=language, shown=lambda: shared_words(shown_results(every()), language))


OPERATION = Operation("wotrus_batch", ARGUMENTS, refuse_host)
