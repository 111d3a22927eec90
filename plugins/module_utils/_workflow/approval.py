# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person approves: work, charged orders and their cost."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.plan_file import charged_plans, cost_lines
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import first_lines, word


def approval_lines(plans: Rows, prices: Prices | None = None, language: str = "en") -> list[str]:
    """Return the lines about a plan that needs an approval.

    There are none if the plan changes nothing. Charged orders come first.

    :param plans: the plans of all hosts, each with its ``host``
    """
    work = sorted((row for row in plans if row["would_change"]), key=lambda row: not row["may_be_charged"])
    if not work:
        return []
    number = len(charged_plans(work))
    total = Message(
        "orders that may be charged: {number}, certificates: {certificates}", number=number, certificates=len(work)
    )
    shown = [f"{row['host']} {row['name']}: {_action(row, language)}" for row in work]
    return [text(total, language), *cost_lines(work, prices, language), *first_lines(shown, language)]


def _action(row: Json, language: str) -> str:
    action = word("action", row["action"], language)
    return text(
        Message("{action} (may be charged)" if row["may_be_charged"] else "{action} (places no order)", action=action),
        language,
    )
