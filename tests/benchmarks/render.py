# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the results of a whole run into the documentation: ``python -m tests.benchmarks.render``.

A table stands between the comments ``.. bench: NAME`` and ``.. bench: end`` of a page.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.benchmarks.measuring import ROOT
from tests.benchmarks.report import RESULTS

_GUIDES = ROOT / "docs" / "docsite" / "rst"
_SECTION = re.compile(r"^\.\. bench: (?P<name>(?!end$)\w+)\n.*?^\.\. bench: end\n", re.MULTILINE | re.DOTALL)

Results = Mapping[str, Any]


def _section(name: str, results: Results) -> str:
    body = _MADE[name](results) if name in _MADE else _table(**results["benchmarks"][name])
    return f".. bench: {name}\n\n{body}\n\n.. bench: end\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str | float]], title: str, **_rest: object) -> str:
    lines = [f".. list-table:: {title}", "   :header-rows: 1"]
    for row in (columns, *rows):
        lines.append("")
        lines += [f"   {'* -' if number == 0 else '  -'} {_cell(cell)}".rstrip() for number, cell in enumerate(row)]
    return "\n".join(lines)


def _cell(cell: str | float) -> str:
    return cell if isinstance(cell, str) else f"{cell:,}"


def _goals(results: Results) -> str:
    goals = [goal for benchmark in results["benchmarks"].values() for goal in benchmark["goals"]]
    rows = [
        (
            goal["text"],
            f"{goal['value']:.2f}",
            f"{'at least' if goal['at_least'] else 'at most'} {goal['bound']:g}",
            "yes" if goal["met"] else "no",
        )
        for goal in goals
    ]
    return _table(("Figure", "Measured", "Goal", "Kept"), rows, "The goals of one run")


def _machine(results: Results) -> str:
    machine = results["machine"]
    return (
        f"The tables on this page are from one run of {machine['minutes']} minutes on {machine['cpus']} CPUs "
        f"({machine['machine']}, {machine['system']}), with ansible-core {machine['ansible_core']} on Python "
        f"{machine['python']}. Meanwhile, other processes of the machine used {machine['others']} % of its CPUs."
    )


def _schedule(results: Results) -> str:
    listing = results["benchmarks"]["schedule"]
    title = f"{listing['title']}, while other processes used {results['machine']['others']} % of the CPUs"
    return _table(listing["columns"], listing["rows"], title)


def _schedule_zh(results: Results) -> str:
    columns = (
        "主机数，每台一张证书",
        "全部待签发，秒",
        "上次运行后全部已签发，秒",
        "没有待签发的订单，秒",
        "运行间隔，分钟",
    )
    rows = [
        (hosts.replace(" (extrapolated)", "（推算）"), *figures)
        for hosts, *figures in results["benchmarks"]["schedule"]["rows"]
    ]
    others = results["machine"]["others"]
    return _table(columns, rows, f"wotrus.pki.resume 一次运行的秒数，10 个 forks，期间其他进程占用了 {others}% 的 CPU")


_MADE: dict[str, Callable[[Results], str]] = {
    "goals": _goals,
    "machine": _machine,
    "schedule": _schedule,
    "schedule_zh": _schedule_zh,
}


def main() -> int:
    """Rewrite the pages that have such tables. The exit code is 1 if a goal is missed."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    for guide in sorted(_GUIDES.glob("*.rst")):
        before = guide.read_text(encoding="utf-8")
        after = _SECTION.sub(lambda found: _section(found["name"], results), before)
        if after != before:
            guide.write_text(after, encoding="utf-8")
            print(f"{guide.relative_to(ROOT)} is new")
    return int(not all(goal["met"] for benchmark in results["benchmarks"].values() for goal in benchmark["goals"]))


if __name__ == "__main__":
    sys.exit(main())
