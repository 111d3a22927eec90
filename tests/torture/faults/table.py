# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the fault test results, made of what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.torture.faults.catalogue import ENDPOINTS, FAULTS
from tests.torture.faults.fault_runner import ALWAYS, ONCE, Cell, Observation
from tests.torture.guide import Block

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "docsite" / "rst" / "evidence_faults.rst"
_BLOCK = Block(GUIDE, "faults")
_TITLES = {ONCE: "One try meets the fault", ALWAYS: "Every try meets the fault"}


def render(matrix: Sequence[Observation]) -> str:
    """Return both tables."""
    seen = {(one.cell.endpoint.name, one.cell.fault.label, one.cell.times): one for one in matrix}
    lines: list[str] = []
    for times, title in _TITLES.items():
        lines += ["", f".. list-table:: {title}", "   :header-rows: 1", "", "   * - Fault"]
        lines += [f"     - {endpoint.name}" for endpoint in ENDPOINTS]
        for fault in FAULTS:
            lines.append(f"   * - {fault.label}")
            lines += [f"     - {seen[endpoint.name, fault.label, times].words}" for endpoint in ENDPOINTS]
    return "\n".join(lines).strip("\n")


def write(matrix: Sequence[Observation]) -> None:
    """Write the tables into the page."""
    _BLOCK.write(render(matrix))


def written() -> str:
    """Return the tables of the page."""
    return _BLOCK.read()


def code(cell: Cell) -> str:
    """Return the outcome of a cell in the page."""
    tables = written().split(".. list-table:: ")
    (rows,) = [text for text in tables if text.startswith(_TITLES[cell.times])]
    (row,) = [text for text in rows.split("   * - ") if text.startswith(f"{cell.fault.label}\n")]
    words = row.split("     - ")[1 + ENDPOINTS.index(cell.endpoint)]
    return words.split(",")[0].strip("`")
