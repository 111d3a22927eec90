# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a run as JSON and as Markdown.

A later run applies the JSON. People who approve the plan read the Markdown.
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.approval import (
    blocked_lines,
    change_lines,
    charged_plans,
    cost_lines,
    cost_of,
    limit_line,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.limit import Forecast
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import plan_by_host
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import (
    MOST_LINES,
    PLAN_COLUMNS,
    cell,
    first_lines,
    head,
)

# With the heads. GitHub takes comments of up to 65,536 characters.
_MOST_ROWS = 152
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!$])")


def plans_as_files(
    plans: Rows, found: Forecast, *, not_planned: t.Sequence[str] = (), prices: Prices | None = None
) -> dict[str, str]:
    """Return the plan as JSON and as Markdown.

    ``wotrus.pki.issue_planned`` takes the JSON. The Markdown is for a comment on a merge
    request.

    :param plans: the plans of all hosts
    :param found: what the limits allow of the plans
    :param not_planned: the hosts that could not be planned for
    """
    charged, cost = len(charged_plans(plans)), cost_of(plans, prices)
    limit = found.limits.charged_orders if plans else None
    info = {
        "planned_at": max((row["planned_at"] for row in plans), default=None),
        "has_changes": any(row["would_change"] for row in plans),
        "charged_orders": charged,
        "order_limit": limit,
        "limit_exceeded": limit is not None and charged > limit,
        "cost": cost.as_result() if cost else None,
        "not_planned": sorted(not_planned),
    }
    plan = {"wotrus_plan": plan_by_host(plans), "wotrus_plan_summary": info}
    return {
        "json": json.dumps(plan, indent=2, ensure_ascii=False) + "\n",
        "markdown": _markdown(plans, info, found, cost_lines(plans, prices)),
    }


def _markdown(plans: Rows, info: Json, found: Forecast, cost: t.Sequence[str]) -> str:
    rows = [row for row in plans if row["action"] != "nothing"]
    lines = [text(Message("### Plan for WoTrus certificates")), ""]
    if not info["has_changes"]:
        lines += [text(Message("Nothing to do. Certificates: {certificates}.", certificates=len(plans))), ""]
    if rows:
        heads = [[head(column) for column in PLAN_COLUMNS], ["---"] * len(PLAN_COLUMNS)]
        cells = [[_plain(cell(row, column)) for column in PLAN_COLUMNS] for row in rows]
        lines += first_lines([f"| {' | '.join(line)} |" for line in [*heads, *cells]], most=_MOST_ROWS)
        lines += ["", _plain(limit_line(found))]
    lines += [line for part in blocked_lines(found) for line in ("", f"**{_plain(part)}**")]
    lines += [line for part in first_lines(change_lines(plans)) for line in ("", f"**{_plain(part)}**")]
    lines += [line for part in cost for line in ("", _plain(part))]
    if info["not_planned"]:
        missing = Message("not planned for: {hosts}", hosts=info["not_planned"][:MOST_LINES])
        lines += ["", f"**{_plain(text(missing))}**"]
    return "\n".join(lines).rstrip("\n") + "\n"


def _plain(value: str) -> str:
    """Return text that Markdown shows as it is.

    A mention would notify a user of that name.
    """
    return _MARKUP.sub(r"\\\1", " ".join(value.split())).replace("@", "&#64;")
