# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counted figures of all workers, written after the run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.torture.form import LONG
from tests.torture.guide import Block

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / ".build" / "torture" / ("long.json" if LONG else "short.json")
FUZZ = Block(ROOT / "docs" / "docsite" / "rst" / "evidence_faults.rst", "fuzz")
_FUZZ = "fuzz: "
BY_BRANCHES = ", by its branches"
WHOLE = 100_000
"""Cases of hostile data that the long form runs at least, besides those that are found by branches."""
COUNTS: Counter[str] = Counter()
"""By name, such as ``fuzz: envelope``. A test adds to it; a name that is not there counts as 0."""


def write() -> dict[str, int]:
    """Write the figures of this run, and return them.

    A figure of an earlier run is kept if this run did not count it. The long form writes the cases of hostile data into
    the page, if this one run had all of them.
    """
    FILE.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    figures: dict[str, int] = {**before, **COUNTS}
    FILE.write_text(json.dumps(dict(sorted(figures.items())), indent=2) + "\n", encoding="utf-8")
    cases = {name[len(_FUZZ) :]: count for name, count in COUNTS.items() if name.startswith(_FUZZ)}
    if LONG and sum(count for name, count in cases.items() if not name.endswith(BY_BRANCHES)) >= WHOLE:
        FUZZ.write(fuzz_table(cases))
    return figures


def fuzz_table(cases: Mapping[str, int]) -> str:
    """Return the page's table of passed cases by target."""
    rows = [*sorted(cases.items()), ("together", sum(cases.values()))]
    lines = [".. list-table::", "   :header-rows: 1", "", "   * - Target", "     - Cases"]
    for target, count in rows:
        lines += [f"   * - {target}", f"     - {count:,}"]
    return "\n".join(lines)
