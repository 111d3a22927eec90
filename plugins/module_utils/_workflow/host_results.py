# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results that the role's tasks registered for hosts.

These are the plans, and the newest result of each certificate.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import read_prices
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import UNCHANGED, WAITING
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import message_in
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.approval import approval_lines
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.order_results import order_result
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.plan_file import (
    cost_line,
    cost_of,
    plan_as_json,
    plan_as_markdown,
    stale_plans,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import summary
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import PLAN_COLUMNS, table

Hosts = t.Sequence[str]

_PLANNED = "__wotrus_host_plan"
_APPLIED = ("__wotrus_second_apply_result", "__wotrus_apply_result")
_ENDED = "__wotrus_order_results"
_WAITED = "__wotrus_wait_result"
_LIMIT = "__wotrus_order_limit"
_FINISHED = ("issued", "revoking", "dead")


def plans_of(variables: Json) -> list[Json]:
    """Return the plans of a host; empty if planning failed."""
    return list((variables.get(_PLANNED) or {}).get("plans") or ())


def limit_of(variables: Json) -> int | None:
    """Return the order limit of a host; ``None`` if planning failed.

    It is as the host's own task read it. Variables of a play or role are not visible in ``hostvars`` for others.
    """
    found = (variables.get(_PLANNED) or {}).get("max_charged_orders")
    return None if found is None else int(found)


def results(hosts: Hosts, hostvars: Json) -> list[Json]:
    """Return the newest results of hosts: the filter ``_results``.

    A result of the plan counts if nothing was to be applied.
    """
    found: list[Json] = []
    for host in hosts:
        variables = hostvars[host]
        rows: t.Sequence[Json] = _last(variables, "results") or ()
        found += rows
    return found


def results_to_show(hosts: Hosts, hostvars: Json) -> list[Json]:
    """Return results of hosts with a change, problem or alarm.

    This is the filter ``_results_to_show``.
    """
    rows = [results([host], hostvars) for host in hosts]
    return [row for own in rows if any(one["result"] != UNCHANGED or one["alarm"] for one in own) for row in own]


def order_results(hosts: Hosts, hostvars: Json) -> list[dict[str, t.Any]]:
    """Return the results of cancellations or revocations on hosts.

    This is the filter ``_order_results``.
    """
    return [
        order_result(item, host=host)
        for host in hosts
        for item in (hostvars[host].get(_ENDED) or {}).get("results") or ()
        if "__wotrus_order" in item
    ]


def charged_values(hosts: Hosts, hostvars: Json) -> set[str]:
    """Return the idempotence values of the plans whose orders were charged."""
    charged = {(row["host"], row["name"]) for row in results(hosts, hostvars) if row["charged"]}
    plans = [row for host in hosts for row in plans_of(hostvars[host])]
    return {str(row["idempotence_id"]) for row in plans if (row["host"], row["name"]) in charged}


def plan_lines(
    batch: Hosts, hostvars: Json, prices: Json | None = None, currency: str = "", language: str = "en"
) -> list[str]:
    """Return the plans of a batch and the order limit's verdict.

    This is the filter ``_plan_lines``. The plans are a table.

    :param prices: ``wotrus_prices``; with it, a line has the cost
    """
    rows = [row for host in batch for row in plans_of(hostvars[host])]
    verdict = next((found for host in batch if (found := hostvars[host].get(_LIMIT))), None)
    lines = table(rows, PLAN_COLUMNS, language) if rows else [text(Message("line.no_certificate"), language)]
    if verdict is None:
        return lines
    lines.append("")
    lines.append(text(Message("line.limit", charged=verdict["charged"], limit=verdict["limit"]), language))
    if verdict["exceeded"]:
        lines.append(text(Message("line.limit_exceeded", charged=verdict["charged"]), language))
    cost = cost_of(rows, read_prices(prices, currency))
    if cost is not None:
        lines.append(cost_line(cost, language))
    for host, names in verdict["blocked"].items():
        for name, why in names.items():
            messages = {field: message_in(why, field) or "" for field in ("msg", "next_step")}
            lines.append(text(Message("line.blocked", host=host, name=name, **messages), language))
    return lines


def plan_file(hosts: Hosts, hostvars: Json, form: str, *, prices: Json | None = None, currency: str = "") -> str:
    """Return the plans of a play as a file; the filter ``_plan_file``.

    :param form: ``json`` or ``markdown``
    """
    rows = [row for host in hosts for row in plans_of(hostvars[host])]
    limits = [found for host in hosts if (found := limit_of(hostvars[host])) is not None]
    write = plan_as_json if form == "json" else plan_as_markdown
    return write(
        rows,
        limit=min(limits, default=None),
        not_planned=[host for host in hosts if limit_of(hostvars[host]) is None],
        prices=read_prices(prices, currency),
    )


def stale_lines(batch: Hosts, hostvars: Json, approved: Json) -> list[str]:
    """Return what a batch would do beyond the approved plan.

    This is the filter ``_stale_plans``.
    """
    return stale_plans([row for host in batch for row in plans_of(hostvars[host])], approved)


def pending_orders(batch: Hosts, hostvars: Json, everywhere: Hosts, timeout: t.Any) -> dict[str, t.Any]:
    """Return the pending orders of a batch, and the remaining time.

    This is the filter ``_pending_orders``.

    Orders that only a person can continue are not waited for: the person sees the link once the run has ended.

    :param everywhere: all hosts of the play: the time that earlier batches waited is gone
    :param timeout: seconds to wait in the whole play
    :returns: ``order_ids``, and ``timeout`` in seconds
    """
    for_you = {
        id_key(row["order_id"])
        for row in results(batch, hostvars)
        if row["result"] == WAITING and row["waiting_for"] == "you" and row["order_id"]
    }
    waiting = {id_key(one): one for host in batch for one in _last(hostvars[host], "waiting") or ()}
    order_ids = [one for key, one in waiting.items() if key not in for_you]
    waits = [hostvars[host].get(_WAITED) or {} for host in everywhere if host not in batch]
    waited = {tuple(one.get("request_ids") or ()): one.get("waited") or 0 for one in waits}
    return {"order_ids": order_ids, "timeout": max(0, int(int(timeout) - sum(waited.values())))}


def has_finished_orders(waited: Json, order_ids: t.Sequence[str]) -> bool:
    """Return whether one of a host's orders is no longer pending.

    This is the filter ``_has_finished_orders``.

    :param waited: the result of ``wotrus_order_info``
    """
    own = {id_key(one) for one in order_ids}
    return any(id_key(row["id"]) in own and row.get("stage") in _FINISHED for row in waited.get("orders") or ())


def summary_of(
    hosts: Hosts,
    hostvars: Json,
    expected: Hosts,
    prices: Json | None = None,
    currency: str = "",
    language: str = "en",
) -> dict[str, t.Any]:
    """Return the summary of a fleet: the filter ``_summary``.

    :param expected: the hosts that the run was for
    :param prices, currency: ``wotrus_prices`` and ``wotrus_currency``, for ``approval``, the lines about a plan that
        needs an approval
    """
    plans = [row for host in hosts for row in plans_of(hostvars[host])]
    rows = results(hosts, hostvars)
    seen = {row["host"] for row in rows}
    unseen = [host for host in expected if host not in seen and not _is_empty(hostvars[host])]
    approval = approval_lines(plans, read_prices(prices, currency), language)
    return {**summary(plans, rows, unseen, language), "approval": approval}


def _is_empty(variables: Json) -> bool:
    """Return whether a host was planned for and has no certificate."""
    return (variables.get(_PLANNED) or {}).get("plans") == []


def _last(variables: Json, name: str) -> t.Any:
    found = [variables.get(registered) or {} for registered in (*_APPLIED, _PLANNED)]
    # A host that was lost before anything was applied is no longer known to be as its plan says.
    is_lost = any(found[1].get(ended) for ended in ("failed", "unreachable"))
    return next((one[name] for one in (found[:2] if is_lost else found) if name in one), None)
