# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured: kept per case, shown as a table with ratios, written as JSON."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import Cost

_MILLISECONDS = 1000


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
    def memory(self) -> float:
        """MiB of the largest process of any round."""
        return max(cost.memory for cost in self.costs)

    def _per_host(self, seconds: Iterable[float]) -> float:
        return statistics.median(seconds) * _MILLISECONDS / self.hosts

    def as_json(self) -> dict[str, Any]:
        """Return what the JSON file says of it."""
        return {
            "label": self.label,
            "hosts": self.hosts,
            "cpu_ms_per_host": round(self.cpu, 1),
            "wall_ms_per_host": round(self.wall, 1),
            "largest_process_mib": round(self.memory, 1),
            "api_calls_per_host": self.api_calls / self.hosts,
            "rounds": [dataclasses.asdict(cost) for cost in self.costs],
        }


@dataclasses.dataclass
class Table:
    """The cases of one benchmark, and the ratios that it is about.

    :ivar unit: the case that counts as 1 in the column of ratios
    """

    name: str
    unit: str
    forks: int
    cases: dict[str, Case] = dataclasses.field(default_factory=dict)
    ratios: dict[str, float] = dataclasses.field(default_factory=dict)

    def ratio(self, case: str, *, to: str) -> float:
        """Return the CPU of one case in that of another, and keep it."""
        self.ratios[f"{case} / {to}"] = found = self.cases[case].cpu / self.cases[to].cpu
        return found

    def lines(self) -> list[str]:
        """Return the table as lines of text."""
        unit = self.cases[self.unit].cpu
        hosts = next(iter(self.cases.values())).hosts
        width = max(len(case.label) for case in self.cases.values())
        rows = [
            f"{case.label:{width}}  {case.cpu:9.1f}  {case.wall:10.1f}  {case.cpu / unit:6.2f}"
            f"  {case.api_calls / case.hosts:9.1f}  {case.memory:11.0f}"
            for case in self.cases.values()
        ]
        columns = f"{'':{width}}  {'CPU ms':>9}  {'clock ms':>10}  {'CPU':>6}  {'API calls':>9}  {'largest MiB':>11}"
        title = f"{self.name}: {hosts} hosts, {self.forks} forks, each per host; CPU 1 = {self.cases[self.unit].label}"
        return ["", title, columns, *rows, *(f"CPU {pair}: {value:.2f}" for pair, value in self.ratios.items())]

    def as_json(self) -> dict[str, Any]:
        """Return what the JSON file says of it."""
        return {
            "forks": self.forks,
            "cases": {name: case.as_json() for name, case in self.cases.items()},
            "cpu_ratios": {pair: round(value, 3) for pair, value in self.ratios.items()},
        }


def write(path: Path, tables: Iterable[Table], *, versions: Mapping[str, str]) -> None:
    """Write the tables as JSON, with what they were measured on."""
    machine = {"cpus": os.cpu_count(), "machine": platform.machine(), "system": platform.system(), **versions}
    content = {"machine": machine, "benchmarks": {table.name: table.as_json() for table in tables}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
