# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of kills and leaks: what a long run counted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.torture.form import LONG
from tests.torture.guide import Block

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "evidence_torture.rst"
_REQUESTS = ("order", "reissue", "renewal", "reviewed renewal")
_WHOLE = 500
"""Kills of a whole long form: fewer are not written into the page."""
_OTHERS = ("secrets: ", "concurrency: ", "targets: ", "order ids after a kill: ")


def write(counts: Mapping[str, int]) -> None:
    """Write what the long form counted into the page.

    :param counts: of its last run, with those of earlier ones for what it did not run
    """
    kills = {name.removeprefix("kill: "): count for name, count in counts.items() if name.startswith("kill: ")}
    others = {name: count for name, count in counts.items() if name.startswith(_OTHERS)}
    if LONG and sum(kills.values()) >= _WHOLE:
        Block(GUIDE, "kills").write(_kills(kills))
    if LONG and all(any(name.startswith(kind) for name in others) for kind in _OTHERS[:2]):
        Block(GUIDE, "others").write(_others(others))


def _kills(counts: Mapping[str, int]) -> str:
    kinds = sorted({name.partition(": ")[2] for name in counts})
    rows = [[kind, *(counts.get(f"{request}: {kind}", 0) for request in _REQUESTS)] for kind in kinds]
    sums = [sum(row[column] for row in rows) for column in range(1, len(_REQUESTS) + 1)]
    table = [["Killed", *_REQUESTS], *rows, [f"{sum(sums)} in all", *sums]]
    return _table("Kills", table)


def _others(counts: Mapping[str, int]) -> str:
    return _table("The rest", [["Counted", "Number"], *([name, counts[name]] for name in sorted(counts))])


def _table(title: str, rows: list[list[object]]) -> str:
    lines = [f".. list-table:: {title}", "   :header-rows: 1", ""]
    for row in rows:
        lines += [f"   {'* -' if place == 0 else '  -'} {cell}" for place, cell in enumerate(row)]
    return "\n".join(lines)
