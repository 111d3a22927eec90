# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of the checks before the first order, and why a host fails."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, grouped
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import text_in
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.limit import shared_name_messages, shared_names
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight import (
    CHECKS,
    FAILED,
    PASSED,
    WARNING,
    failed,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import first_names, sentences, table

_COLUMNS = ("check", "result", "hosts", "msg", "next_step")
_MOST_NAMES = 3
_WORST_FIRST = (FAILED, WARNING, PASSED)


def preflight_rows(results: Mapping[str, Json], language: str = "en") -> list[dict[str, t.Any]]:
    """Return the rows of the table, equal ones of hosts as one.

    :param results: of ``wotrus_preflight``, by host
    """

    def shown_row(row: Json) -> tuple[t.Any, ...]:
        return row["check"], row["result"], text_in(row, "msg", language), text_in(row, "next_step", language) or None

    hosts = grouped((shown_row(row), host) for host in results for row in _rows_of(host, results))
    fields = ("check", "result", "msg", "next_step")
    rows = [dict(zip(fields, key), hosts=_names(found, len(results), language)) for key, found in hosts.items()]
    return sorted(rows, key=lambda row: ([*CHECKS].index(row["check"]), _WORST_FIRST.index(row["result"])))


def preflight_lines(results: Mapping[str, Json], language: str = "en") -> list[str]:
    """Return the table, and a line that says whether something would fail."""
    rows = preflight_rows(results, language)
    failing = sum(row["result"] == FAILED for row in rows)
    # In capitals, a failure is seen at once; and the table does not repeat its message in the last column.
    loud = {FAILED: FAILED.upper()}
    lines = [
        {**row, "check": text(CHECKS[row["check"]], language), "result": loud.get(row["result"], row["result"])}
        for row in rows
    ]
    last = Message(
        "checks that failed: {number}. Nothing was ordered or changed."
        if failing
        else "Nothing would fail. Run wotrus.pki.issue with --check next, which shows the plan.",
        number=failing,
    )
    return [*table(lines, _COLUMNS, language), "", text(last, language)]


def preflight_failures(host: str, results: Mapping[str, Json], language: str = "en") -> list[str]:
    """Return the messages of a host's checks that failed."""
    failing = [row for row in _rows_of(host, results) if row["result"] == FAILED]
    return [sentences(row, ("msg", "next_step"), language) for row in failing]


def _rows_of(host: str, results: Mapping[str, Json]) -> list[Json]:
    """Return the rows of a host, one for a failed task, and one for each order name that another host has too."""
    own = results[host]
    rows = own["checks"] if "checks" in own else [failed("run", str(own.get("msg") or "")).as_row()]
    named = [{**row, "host": name} for name, result in results.items() for row in result.get("order_names") or ()]
    found = [sharing for sharing in shared_names(named) if {host} < {row["host"] for row in sharing}]
    return [*rows, *(failed("order_names", *shared_name_messages(sharing)).as_row() for sharing in found)]


def _names(hosts: t.Sequence[str], every: int, language: str) -> str:
    if len(hosts) == every and every > 1:
        return text(Message("all {number}", number=every), language)
    return first_names(hosts, language, most=_MOST_NAMES)
