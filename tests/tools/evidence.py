# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make pages of the built site of what tests found: ``python -m tests.tools.evidence TABLES GUIDES``.

TABLES is the folder into which the tests wrote. The page "How this is tested" in the folder GUIDES gets links to the
new pages. ``make bench`` measures the figures of one of them; without it, that page is left out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.benchmarks.report import RESULTS
from tests.helpers.evidence import table
from tests.simulation.readings import CATALOGUE, NOT_READ
from tests.tools import manual_map

_LISTED = "guide_tested"
_FAULTS = """\
A cell shows the outcome (*ok* or the ``error_code``) and the number of tries, with ``retries: 2``. For calls that
change something it also shows how often the server did so. After each cell the same task runs again without the fault.
It then succeeds, and nothing is done twice, apart from e-mails.
"""
_READINGS = """\
Each row is the life of one certificate at a sandbox with these answers. The first run places an order, and a reissue is
on the same order. Then:

* *Lost disk*, *Lost again*: the host starts without its record and key. *Lost after it* is the same after the renewal.
* *Next renewal, rejected*: WoTrus rejects the next renewal. *Replaced*: ``wotrus_replace_orders`` names it, and the
  order that follows is deployed.
* *Orders*: the number of charged orders. Four are needed.

*free* means that no order was placed. An error code means that the run failed and nothing was charged. *free by*
``order_id`` means that the next run succeeded after ``order_id`` and ``root_order_id`` were set.
"""
_PERFORMANCE = """\
*CPU* is the user and system time of ``ansible-playbook`` and all its processes, divided by the number of hosts, and
*clock* the elapsed time. *Parent* is the largest memory of ``ansible-playbook`` itself, and *worker* that of its
largest child. The hosts and the sandbox are on the same machine; the sandbox's own time is not counted.
"""


def catalogue() -> str:
    """Return the table of how the simulated CA reads the manual."""
    rows = []
    for statement in manual_map.load().values():
        found = [f"``{name}``: {says}" for name, (says, ids) in CATALOGUE.items() if statement.id in ids]
        if statement.id in NOT_READ:
            found.append(f"No reading. {NOT_READ[statement.id]}")
        if found:
            rows.append([f"``{statement.id}``: {statement.text}", " ".join(found)])
    return table("How the simulated CA reads the manual", ["The manual", "Readings"], rows)


def performance() -> Iterator[str]:
    """Yield the machine, the goals and the tables of the last ``make bench``."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    machine, listings = results["machine"], results["benchmarks"].values()
    yield (
        f"One run of {machine['minutes']} minutes on {machine['cpus']} CPUs ({machine['machine']}, {machine['system']})"
        f", with ansible-core {machine['ansible_core']} on Python {machine['python']}. Meanwhile, other processes used "
        f"{machine['others']} % of the CPUs.\n"
    )
    goals = [goal for one in listings for goal in one["goals"]]
    rows = [
        [goal["text"], f"{goal['value']:.2f}", f"{'at least' if goal['at_least'] else 'at most'} {goal['bound']:g}"]
        for goal in goals
    ]
    yield table("Goals", ["Figure", "Measured", "Goal"], rows)
    for one in listings:
        yield table(one["title"], one["columns"], one["rows"])


def write(guides: Path, name: str, title: str, parts: Iterable[str]) -> None:
    """Write a page, and list it."""
    head = f".. _ansible_collections.wotrus.pki.docsite.{name}:\n\n{title}\n{'=' * len(title)}\n"
    (guides / f"{name}.rst").write_text("\n".join([head, *parts]), encoding="utf-8")
    with (guides / f"{_LISTED}.rst").open("a", encoding="utf-8") as file:
        file.write(f"   {name}\n")


def main(tables: Path, guides: Path) -> None:
    """Write all pages."""
    with (guides / f"{_LISTED}.rst").open("a", encoding="utf-8") as file:
        file.write("\nAll tables of this version\n--------------------------\n\n.. toctree::\n   :maxdepth: 1\n\n")
    faults, readings = (
        [file.read_text(encoding="utf-8") for file in sorted(tables.glob(f"{name}_*.rst"))]
        for name in ("faults", "readings")
    )
    write(guides, "evidence_faults", "Each fault in each call", [_FAULTS, *faults])
    write(guides, "evidence_readings", "What each reading of the manual costs", [_READINGS, *readings, catalogue()])
    if RESULTS.exists():
        write(guides, "evidence_performance", "Benchmark results", [_PERFORMANCE, *performance()])


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
