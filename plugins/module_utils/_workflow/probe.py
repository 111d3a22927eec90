# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What old orders show, as a table."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import table

_ORDERS = ("order_id", "status", "created_at", "months", "not_before", "not_after")
_SEEN = ("question", "found", "means")
_OPEN = ("question", "how", "means")
_ODD = ("endpoint", "kind", "part", "count")


def probe_lines(result: Json, language: str = "en") -> list[str]:
    """Return the readings that orders show, those that they do not show, and what the manual does not have.

    :param result: of ``wotrus_probe_info``
    """
    seen = [row for row in result.get("readings") or () if row["word"] is not None]
    others = [row for row in result.get("readings") or () if row["word"] is None]
    odd = [{**row, "part": row["name"]} for row in result.get("odd") or ()]
    parts: list[tuple[t.Sequence[Json], Message, tuple[str, ...]]] = [
        (result.get("orders") or (), Message("WoTrus shows these orders and certificates:"), _ORDERS),
        (seen, Message("These orders show {number} readings of WoTrus's manual.", number=len(seen)), _SEEN),
        (others, Message("They do not show these:"), _OPEN),
        (odd, Message("The manual does not have these:"), _ODD),
    ]
    lines: list[str] = []
    for rows, title, columns in parts:
        if rows:
            lines += ["", text(title, language), "", *table(rows, columns, language)]
    last = Message("Nothing was ordered or changed.")
    return [*lines[1:], "", text(last, language)]
