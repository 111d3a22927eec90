# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measured results: kept per case, shown as tables, written as JSON."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import ROOT, Cost

RESULTS = ROOT / ".build" / "bench" / "results.json"
_MILLISECONDS = 1000
Cell = str | float


@dataclasses.dataclass(frozen=True)
class Case:
    """A case and what it took.

    :ivar label: what was done
    :ivar hosts: on how many hosts, once each
    :ivar costs: one for each round
    :ivar api_calls: calls that the API got in a round
    """

    label: str
    hosts: int
    costs: tuple[Cost, ...]
    api_calls: int = 0

    @property
    def cpu(self) -> float:
        """Milliseconds of CPU per host: the median of the rounds."""
        return self._per_host([cost.cpu for cost in self.costs])

    @property
    def wall(self) -> float:
        """Milliseconds on the clock per host: the median of the rounds."""
        return self._per_host([cost.wall for cost in self.costs])

    @property
    def parent(self) -> float:
        """MiB of ``ansible-playbook`` itself, at its largest."""
        return max(cost.parent for cost in self.costs)

    @property
    def worker(self) -> float:
        """MiB of the largest process below it."""
        return max(cost.worker for cost in self.costs)

    def _per_host(self, seconds: Iterable[float]) -> float:
        return statistics.median(seconds) * _MILLISECONDS / self.hosts


@dataclasses.dataclass(frozen=True)
class Goal:
    """A bound for a figure: at least or at most."""

    text: str
    value: float
    bound: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is kept."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def line(self) -> str:
        """Return it in words."""
        word = "at least" if self.at_least else "at most"
        return f"{'met   ' if self.met else 'MISSED'}  {self.text}: {self.value:.2f} ({word} {self.bound:g})"

    def as_json(self) -> dict[str, Any]:
        """Return what the JSON file says of it."""
        return {**dataclasses.asdict(self), "value": round(self.value, 3), "met": self.met}


@dataclasses.dataclass
class Listing:
    """A table of its own columns.

    :ivar title: what its figures are
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: list[Sequence[Cell]] = dataclasses.field(default_factory=list)
    goals: list[Goal] = dataclasses.field(default_factory=list)

    def goal(self, text: str, value: float, bound: float, *, at_least: bool = False) -> None:
        """Keep a figure with its bound."""
        self.goals.append(Goal(text, value, bound, at_least))

    def lines(self) -> list[str]:
        """Return the table as lines of text."""
        shown = [self.columns, *([_shown(cell) for cell in row] for row in self.rows)]
        widths = [max(len(row[column]) for row in shown) for column in range(len(self.columns))]
        rows = ["  ".join(_aligned(cells, widths)) for cells in shown]
        return ["", f"{self.name}: {self.title}", *rows, *(goal.line() for goal in self.goals)]

    def as_json(self) -> dict[str, Any]:
        """Return what the JSON file says of it."""
        return {
            "title": self.title,
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
            "goals": [goal.as_json() for goal in self.goals],
        }


class Costs(Listing):
    """The cases of one benchmark at several sizes, with their ratios.

    :ivar unit: the case that counts as 1 in the column of ratios
    """

    def __init__(self, name: str, *, title: str, unit: str, unit_label: str) -> None:
        columns = (
            "Hosts",
            "What",
            "CPU ms",
            "clock ms",
            f"CPU, {unit_label} = 1",
            "API calls",
            "parent MiB",
            "worker MiB",
        )
        super().__init__(name, title, columns)
        self.unit = unit
        self.cases: dict[int, dict[str, Case]] = {}

    def add(self, name: str, case: Case) -> None:
        """Add a measured case; a known case gets further rounds."""
        cases = self.cases.setdefault(case.hosts, {})
        before = cases[name].costs if name in cases else ()
        cases[name] = dataclasses.replace(case, costs=(*before, *case.costs))

    def ratio(self, name: str, *, to: str, hosts: int) -> float:
        """Return the CPU of one case in that of another."""
        return self.cases[hosts][name].cpu / self.cases[hosts][to].cpu

    def growth(self, name: str, *, start: int, end: int) -> float:
        """Return the CPU per host at one size in that at another."""
        return self.cases[end][name].cpu / self.cases[start][name].cpu

    def finish(self) -> None:
        """Make the rows, when all cases are there."""
        self.rows = [
            (
                f"{hosts:,}",
                case.label,
                round(case.cpu, 1),
                round(case.wall, 1),
                round(case.cpu / cases[self.unit].cpu, 2) if self.unit in cases else "",
                round(case.api_calls / hosts, 2),
                round(case.parent),
                round(case.worker),
            )
            for hosts, cases in sorted(self.cases.items())
            for case in cases.values()
        ]


def _shown(cell: Cell) -> str:
    return cell if isinstance(cell, str) else f"{cell:,}"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Put words to the left and numbers to the right."""
    return [
        cell.rjust(width) if cell.replace(",", "").replace(".", "").isdigit() else cell.ljust(width)
        for cell, width in zip(cells, widths, strict=True)
    ]


def write(path: Path, listings: Iterable[Listing], *, run: Mapping[str, object]) -> None:
    """Write the tables as JSON, with what they were measured on."""
    machine = {"cpus": os.cpu_count(), "machine": platform.machine(), "system": platform.system(), **run}
    content = {"machine": machine, "benchmarks": {listing.name: listing.as_json() for listing in listings}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
