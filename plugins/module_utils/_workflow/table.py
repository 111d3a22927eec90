# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans as a table."""

from __future__ import annotations

import typing as t

Rows = t.Sequence[t.Mapping[str, t.Any]]

_COLUMNS = ("host", "name", "action", "reason", "charged", "next_action")
_HEADS = {
    "name": "certificate",
    "next_action": "next",
    "order_id": "order",
    "pending_link": "link",
    "days_left": "days left",
}


def table(rows: Rows, columns: t.Sequence[str] = _COLUMNS) -> list[str]:
    """Return plans as the lines of a table that a person can read.

    :param rows: plans or endings, each with its ``host``
    :param columns: the names of the values to show
    """
    lines = [
        [_HEADS.get(column, column) for column in columns],
        *([_cell(row.get(column)) for column in columns] for row in rows),
    ]
    widths = [max(len(line[number]) for line in lines) for number in range(len(columns))]
    lines.insert(1, ["-" * width for width in widths])
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value in (None, "") else str(value)
