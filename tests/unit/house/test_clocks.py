# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No test asserts a duration or the time of day.

On a busy machine such a test would fail.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CLOCKS = ("monotonic", "perf_counter", "process_time", "time", "time_ns", "now", "utcnow", "today")
MODULES = ("time", "dt", "datetime", "date")
# Benchmarks measure times. They are not part of the tests.
FILES = sorted(path for path in (ROOT / "tests").rglob("*.py") if "benchmarks" not in path.parts)


def reads_clock(node: ast.AST) -> bool:
    """Return whether an expression reads a clock, such as ``time.monotonic()``."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in CLOCKS:
            owner = one.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            # A clock of the code under test, which a test moves, is another thing: wait.time.monotonic().
            if name in MODULES and not (isinstance(owner, ast.Attribute) and name == "time"):
                return True
    return False


def asserted_clocks(source: str) -> Iterator[int]:
    """Yield the lines of assertions on a clock.

    Also those on a name to which the same function assigned a clock.
    """
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        names = {
            target.id
            for one in ast.walk(function)
            if isinstance(one, ast.Assign) and reads_clock(one.value)
            for target in one.targets
            if isinstance(target, ast.Name)
        }
        for one in ast.walk(function):
            if isinstance(one, ast.Assert) and (
                reads_clock(one.test) or any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(one))
            ):
                yield one.lineno


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_assertion_reads_a_clock(path: Path) -> None:
    assert list(asserted_clocks(path.read_text(encoding="utf-8"))) == []


def test_the_check_finds_durations() -> None:
    source = "def f():\n began = time.monotonic()\n assert time.monotonic() - began < 1\n x = began\n assert began\n"
    assert list(asserted_clocks(source)) == [3, 5]
    assert list(asserted_clocks("def f():\n assert wait.time.monotonic() - 1 < 60\n")) == []
