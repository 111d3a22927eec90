# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's road: what one task's results are for the next one, and how it ended."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._planning.road_results import (
    DEPLOYED,
    FETCHED,
    FETCHED_AGAIN,
    PLACED,
    PLANNED,
    REISSUED,
    SETTLED,
    Json,
    Numbered,
    by_number,
    by_path,
    registered,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.walk import Rows, Walk

_PARTS = (
    "to_prepare",
    "requests",
    "passwords",
    "order_ids",
    "companions",
    "to_reissue",
    "to_fetch",
    "waiting",
    "waits",
    "to_fetch_again",
    "to_note",
    "to_present",
    "to_present_later",
    "foreign",
    "reload_owed",
    "to_roll_back",
    "reload_commands",
    "reload_handlers",
    "unsettled",
)


def road(
    planned: Json,
    entries: Rows,
    *,
    prepared: Json | None = None,
    placed: Json | None = None,
    reissued: Json | None = None,
    fetched: Json | None = None,
    fetched_again: Json | None = None,
    waited: Json | None = None,
    deployed: Json | None = None,
    settled: Json | None = None,
    options: Json | None = None,
) -> dict[str, t.Any]:
    """Return every part of the road as far as it was walked: the filter ``road``.

    :param planned: the result of ``wotrus_plan``
    :param prepared: a result of ``wotrus_deployment``, as ``deployed`` is; the others are those of their loops
    :param settled: what went live after a wait: ``plan_id``, and ``deployments`` as in ``deployed``
    """
    plan_id = planned.get("plan_id")
    walk = Walk(
        plans=planned["plans"],
        plan_id=plan_id,
        entries=entries,
        deployments=planned["deployments"],
        ahead=by_path({"deployments": planned.get("prepared")}),
        prepared=by_path(prepared),
        placed=by_number(placed, plan_id),
        reissued=by_number(reissued, plan_id),
        fetched={**by_number(fetched, plan_id), **by_number(fetched_again, plan_id)},
        waited=waited or {},
        deployed={**by_path(deployed), **_later(settled, plan_id)},
        options=options or {},
        heard=planned.get("heard", True),
    )
    return {part: getattr(walk, part)() for part in _PARTS}


def _later(settled: Json | None, plan_id: str | None) -> dict[str, Json]:
    """Return the rows of what went live after a wait; a plan that waits for nothing does not register its own."""
    return by_path(settled) if (settled or {}).get("plan_id") == plan_id else {}


def endings(hosts: t.Sequence[str], hostvars: t.Mapping[str, Json]) -> list[dict[str, t.Any]]:
    """Return how what was under way stands on each host, by what the role registered: the filter ``endings``.

    :returns: rows for the table, each with its ``host``; a host without a plan has none
    """
    return [{"host": host, **row} for host in hosts for row in _endings_of(hostvars[host])]


def _endings_of(variables: Json) -> list[dict[str, t.Any]]:
    planned = registered(variables, PLANNED)
    plan_id = planned.get("plan_id")

    def results(name: str) -> Numbered:
        return by_number(registered(variables, name), plan_id)

    walk = Walk(
        plans=planned.get("plans") or (),
        plan_id=plan_id,
        placed=results(PLACED),
        reissued=results(REISSUED),
        fetched={**results(FETCHED), **results(FETCHED_AGAIN)},
        deployed={**by_path(registered(variables, DEPLOYED)), **_later(registered(variables, SETTLED), plan_id)},
    )
    return walk.endings()
