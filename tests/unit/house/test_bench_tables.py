# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation's tables come from the benchmarks, and only these do."""

from __future__ import annotations

import re

import pytest

from tests.benchmarks.render import GUIDES, TABLES, render

RESULTS = {
    "benchmarks": {"target": {"title": "per host", "columns": ["What", "ms"], "rows": [["ping", 1234.5]], "goals": []}}
}
GUIDE = """Before

.. bench: target

an old table

.. bench: end

After
"""


def test_a_table_takes_the_place_of_the_old_one() -> None:
    assert render(GUIDE, RESULTS) == (
        "Before\n\n.. bench: target\n\n"
        ".. list-table:: per host\n   :header-rows: 1\n\n   * - What\n     - ms\n\n   * - ping\n     - 1,234.5\n\n"
        ".. bench: end\n\nAfter\n"
    )


def test_tables_without_new_results_are_kept() -> None:
    guide = GUIDE.replace("target", "waiting")

    assert render(guide, RESULTS) == guide


def test_a_table_that_no_benchmark_makes_is_an_error() -> None:
    with pytest.raises(KeyError, match="no benchmark makes"):
        render(GUIDE.replace("target", "unheard_of"), RESULTS)


def test_the_guides_show_every_table_of_the_benchmarks() -> None:
    shown = {
        name
        for guide in GUIDES.glob("*.rst")
        for name in re.findall(r"^\.\. bench: (\w+)$", guide.read_text(), re.MULTILINE)
    }

    assert set(TABLES) <= shown
