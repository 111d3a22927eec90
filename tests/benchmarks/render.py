# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the benchmark results into the documentation: ``python -m tests.benchmarks.render [RESULTS]``.

A table stands between the comments ``.. bench: NAME`` and ``.. bench: end`` of a page. One whose figures were not
measured stays as it is.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "docsite" / "rst"
RESULTS = ROOT / ".build" / "bench" / "results.json"
_SECTION = re.compile(r"^\.\. bench: (?P<name>(?!end$)\w+)\n.*?^\.\. bench: end\n", re.MULTILINE | re.DOTALL)

Results = Mapping[str, Any]


def render(text: str, results: Results) -> str:
    """Return a page with the tables of these results.

    :raises KeyError: the page has a table that no benchmark makes
    """
    return _SECTION.sub(lambda found: _section(found, results), text)


def _section(found: re.Match[str], results: Results) -> str:
    name = found["name"]
    make = _MADE.get(name, lambda results: _table(results["benchmarks"][name]))
    if name not in (*_MADE, *TABLES):
        raise KeyError(f"no benchmark makes {name!r}")
    try:
        body = make(results)
    except KeyError as missing:
        print(f"{name}: kept, since {missing} was not measured", file=sys.stderr)
        return found[0]
    return f".. bench: {name}\n\n{body}\n\n.. bench: end\n"


def _table(benchmark: Mapping[str, Any]) -> str:
    return list_table(benchmark["columns"], benchmark["rows"], title=benchmark["title"])


def list_table(columns: Sequence[str], rows: Sequence[Sequence[str | float]], *, title: str) -> str:
    """Return a table in reStructuredText."""
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
    return list_table(("Figure", "Measured", "Goal", "Kept"), rows, title="The goals of one run")


def _machine(results: Results) -> str:
    machine = results["machine"]
    return (
        f"The tables on this page are from one run on {machine['cpus']} CPUs ({machine['machine']}, "
        f"{machine['system']}), with ansible-core {machine['ansible_core']} on Python {machine['python']}."
    )


_MADE: dict[str, Callable[[Results], str]] = {"goals": _goals, "machine": _machine}
TABLES = (
    "orders",
    "pushes_at_once",
    "pushes_by_fleet",
    "resume",
    "role",
    "role_several",
    "role_waiting",
    "waiting",
)
"""The names under which the benchmarks keep their tables."""


def main() -> int:
    """Rewrite the pages that have such tables, and print which changed."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS
    if not path.exists():
        print(f"{path} is not there: run make bench first", file=sys.stderr)
        return 1
    results = json.loads(path.read_text(encoding="utf-8"))
    for guide in sorted(GUIDES.glob("*.rst")):
        before = guide.read_text(encoding="utf-8")
        after = render(before, results)
        if after != before:
            guide.write_text(after, encoding="utf-8")
            print(f"{guide.relative_to(ROOT)} is new")
    return 0


if __name__ == "__main__":
    sys.exit(main())
