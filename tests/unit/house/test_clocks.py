# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No test asserts a duration, or fails after a short time.

On a busy machine such a test would fail. Where a duration matters, a test moves the clock of the code under test.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CLOCKS = ("monotonic", "perf_counter", "process_time", "time", "time_ns", "now", "utcnow", "today")
MODULES = ("time", "dt", "datetime", "date")
# A test that waits for an event is given up after so many seconds.
SHORTEST_LIMIT = 60
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


def is_duration(node: ast.AST) -> bool:
    """Return whether a part of an expression is named as a duration."""
    name = getattr(node, "attr", None) or getattr(node, "id", None) or getattr(node, "value", None)
    return isinstance(name, str) and (name == "total_seconds" or "_seconds" in name)


def compares_duration(node: ast.AST) -> bool:
    """Return whether an expression says that a duration is shorter or longer.

    It may be equal to another one, which only a clock that the test moves can achieve.
    """
    return any(
        isinstance(one, ast.Compare)
        and any(isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for operator in one.ops)
        and any(is_duration(part) for part in ast.walk(one))
        for one in ast.walk(node)
    )


def has_short_limit(node: ast.AST) -> bool:
    """Return whether a call of asyncio fails after a short time.

    A limit of another module is that of the code under test.
    """
    if not (isinstance(node, ast.Call) and ast.unparse(node.func) in ("asyncio.timeout", "asyncio.wait_for")):
        return False
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    numbers = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, int | float)]
    parts = [part for one in given for part in ast.walk(one)]
    is_foreign = any(isinstance(part, ast.Attribute) and "LONGEST" in part.attr for part in parts)
    return is_foreign or any(number < SHORTEST_LIMIT for number in numbers)


def asserted_clocks(source: str) -> Iterator[int]:
    """Yield the lines with asserted clocks or durations, or short limits.

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
            if has_short_limit(one):
                yield one.lineno
            if isinstance(one, ast.Assert) and (
                reads_clock(one.test)
                or compares_duration(one.test)
                or any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(one))
            ):
                yield one.lineno


def test_no_assertion_reads_a_clock() -> None:
    found = [(path, line) for path in FILES for line in asserted_clocks(path.read_text(encoding="utf-8"))]

    assert found == []
