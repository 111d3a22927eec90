# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role's tasks returned for a host, and what that says of the host."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Limits
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import FAILED, UNCHANGED, result_fields
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line

NO_PLAN = Message("This run has no plan for the host, since --start-at-task left it out. Run again without it.")


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


def plans_of(hosts: Hosts) -> list[Json]:
    """Return the plans of hosts."""
    return [row for tasks in hosts for row in tasks.plans or ()]


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
