# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No function of plugins/ has more branches than a reader keeps in mind.

Such a function does several things. Give one of them a name of the domain and a function of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MOST_BRANCHES = 20
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
BRANCHES = ast.If | ast.IfExp | ast.For | ast.AsyncFor | ast.While | ast.ExceptHandler


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a function, with its lambdas and without functions and classes inside it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, FUNCTIONS | ast.ClassDef):
            yield node
            yield from own_nodes(node)


def branches(function: ast.AST) -> int:
    """Return how many branches a function has."""
    number = 0
    for node in own_nodes(function):
        if isinstance(node, BRANCHES):
            number += 1
        elif isinstance(node, ast.comprehension):
            number += 1 + len(node.ifs)
        elif isinstance(node, ast.BoolOp):
            number += len(node.values) - 1
    return number


def functions(source: str) -> dict[str, int]:
    """Return the branches of each function of a source, by its line and name."""
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, FUNCTIONS))
    return {f"{node.lineno} {node.name}": branches(node) for node in found}


def test_no_function_has_too_many_branches() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{name}": number
        for path in (ROOT / "plugins").rglob("*.py")
        for name, number in functions(path.read_text(encoding="utf-8")).items()
    }

    assert found
    assert {name: number for name, number in found.items() if number > MOST_BRANCHES} == {}


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("return a", 0),
        ("return a if b else c", 1),
        ("return a and b or c or d", 3),
        ("return [a for b in c for d in b if d if a]", 4),
        ("return lambda: a or b", 1),
        ("for a in b:\n  while a:\n   pass", 2),
        ("try:\n  pass\n except A:\n  pass\n except B:\n  pass\n finally:\n  pass", 2),
        ("if a:\n  pass\n elif b:\n  pass\n else:\n  pass", 2),
        ("def inner():\n  return a or b\n return inner", 0),
    ],
)
def test_what_a_branch_is(body: str, number: int) -> None:
    assert functions(f"def function():\n {body}\n")["1 function"] == number
