# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a fleet: the few values that the next job of a workflow needs, and the few lines that people read."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.status import Stage
from ansible_collections.wotrus.pki.plugins.module_utils._planning.bounds import NOT_ASKED
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action

Json = t.Mapping[str, t.Any]
Rows = t.Sequence[Json]

_PLANNED = ("name", "action", "reason", "charged", "order_name", "generation", "order_id")
_WAITING = ("name", "order_id", "pending_link")
_MOST_LINES = 20


def outcome(plans: Rows, endings: Rows = (), hosts: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """Return what became of a fleet: the filter ``outcome``.

    :param plans: the plans of all hosts, each with its ``host``
    :param endings: how those that were carried out ended, as the filter ``endings`` returns them
    :param hosts: the hosts that were not reached, and so have no plan
    :returns: ``plan`` and ``waiting`` by host, ``summary``, and the ``lines`` that say the same
    """
    ended = {(row["host"], row["name"]): row for row in endings}
    rows = [{**plan, **ended.get((plan["host"], plan["name"]), {})} for plan in plans]
    to_do = [row for row in rows if row["action"] != Action.NOTHING.value]
    left = [row for row in rows if row.get("reason") == NOT_ASKED]
    waiting = [row for row in rows if row.get("stage") == Stage.WAITING_ON_YOU.value]
    summary = {
        "hosts": len({row["host"] for row in rows}),
        "certificates": len(rows),
        "actions": _count(row["action"] for row in rows),
        "charged": len({_order(row) for row in rows if row["charged"]}),
        "live": sum(1 for row in endings if row.get("live")),
        "waiting_on_you": len(waiting),
        "blocked": sum(1 for row in rows if row["action"] == Action.BLOCKED.value),
        "left": len(left),
        "not_reached": sorted(hosts),
    }
    return {
        "plan": _by_host(to_do, _PLANNED),
        "waiting": _by_host(waiting, _WAITING),
        "summary": summary,
        "lines": _lines(summary, waiting, left),
    }


def _order(row: Json) -> tuple[t.Any, t.Any]:
    """Tell an order from others: hosts that share a key share its order."""
    return row.get("order_name"), row.get("generation")


def _count(words: t.Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found


def _by_host(rows: Rows, fields: t.Sequence[str]) -> dict[str, list[dict[str, t.Any]]]:
    found: dict[str, list[dict[str, t.Any]]] = {}
    for row in rows:
        found.setdefault(row["host"], []).append({field: row.get(field) for field in fields})
    return found


def _lines(summary: Json, waiting: Rows, left: Rows) -> list[str]:
    actions = ", ".join(f"{word} {number}" for word, number in summary["actions"].items())
    return [
        f"certificates    {summary['certificates']} on {summary['hosts']} hosts",
        f"actions         {actions or '-'}",
        f"charged orders  {summary['charged']}",
        f"went live       {summary['live']}",
        f"waits for you   {summary['waiting_on_you']}",
        *_some([f"  {row['host']}  {row['name']}  {row.get('pending_link') or '-'}" for row in waiting]),
        f"left undone     {summary['left']}",
        *_some([f"  {row['host']}  {row['name']}  {row.get('next_action') or '-'}" for row in left]),
        f"not reached     {len(summary['not_reached'])}",
        *_some([f"  {host}" for host in summary["not_reached"]]),
    ]


def _some(lines: list[str]) -> list[str]:
    """Keep a list readable: its first lines, and how many there are besides."""
    more = len(lines) - _MOST_LINES
    return lines if more <= 0 else [*lines[:_MOST_LINES], f"  and {more} more"]
