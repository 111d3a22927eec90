# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the tables and the summary that a run shows.

Columns and lines are found by their names.
"""

from __future__ import annotations

import collections
import json
import re
from typing import Any

from .harness import Host, Run

Row = dict[str, str]

RESULTS = ("host", "certificate", "result", "order", "charged", "waiting for", "expires", "next step")
NO, BY_YOU, BY_CA = "no", "you", "ca"
# Lines of the summary.
CHARGED, WAITING_FOR_YOU, WAITING_FOR_CA = "charged orders", "waiting for you", "waiting for the CA"


def result(run: Run, host: Host, name: str = "contracts") -> Row:
    """Return the one row of a certificate's result."""
    (row,) = [one for one in _results(run) if (one["host"], one["certificate"]) == (host.name, name)]
    return row


def text(row: Row) -> str:
    """Return all that a row says, and the lines below the table that name it."""
    return "  ".join(row.values())


def summary(run: Run) -> dict[str, int]:
    """Return the numbers of the summary by the words before them.

    A number that is not shown is 0.
    """
    for lines in reversed(_messages(run)):
        found = {match[1].strip(): int(match[2]) for line in lines if (match := re.match(r"(\w[\w ]*?)  +(\d+)", line))}
        if "certificates" in found:
            return collections.Counter(found)
    raise AssertionError("no summary was shown")


def diff(run: Run) -> str:
    """Return all differences that a run showed."""
    return json.dumps([task.result["diff"] for task in run.tasks if task.result.get("diff")], ensure_ascii=False)


def artifact(run: Run, name: str) -> Any:
    """Return a run's artifact for the next job of a workflow."""
    found = [task.result["ansible_stats"]["data"] for task in run.tasks if "ansible_stats" in task.result]
    return found[-1][name]


def _results(run: Run) -> list[Row]:
    """Return the rows of the results that a run showed."""
    tables = [table for lines in _messages(run) if (table := _table(lines)) is not None]
    fitting = [rows for heads, rows in tables if tuple(heads) == RESULTS]
    assert fitting, f"no table has the columns {RESULTS}, but these: {[heads for heads, _rows in tables]}"
    return fitting[-1]


def _messages(run: Run) -> list[list[str]]:
    """Return the messages of several lines, in their order."""
    shown = [task.result.get("msg") for task in run.tasks if task.status != "skipped"]
    return [[str(line) for line in lines] for lines in shown if isinstance(lines, list)]


def _table(lines: list[str]) -> tuple[list[str], list[Row]] | None:
    """Split a table by the dashes below its heads.

    An empty line ends the table. Each row has the lines below it that name its host and certificate, as ``below``.
    """
    end = lines.index("") if "" in lines else len(lines)
    lines, after = lines[:end], lines[end:]
    if len(lines) < 2 or not re.fullmatch(r"-+(  -+)*", lines[1]):
        return None
    places = [match.span() for match in re.finditer("-+", lines[1])]
    ends: list[int | None] = [end for _start, end in places[:-1]]
    cells = [
        [line[start:end].strip() for (start, _end), end in zip(places, [*ends, None], strict=True)] for line in lines
    ]
    rows = [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]
    for row in rows:
        row["below"] = " ".join(line for line in after if f"{row.get('host')} {row.get('certificate')}" in line)
    return cells[0], rows
