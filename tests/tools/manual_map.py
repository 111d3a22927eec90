# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the tests of each statement of WoTrus's manual.

It fails if a statement has no test. The statements are in tests/manual/statements.yml, and the marker
``@pytest.mark.manual("5.cancel-result")`` names a test's statement. The markers are read from the source, so that this
needs neither a sandbox nor the libraries of the tests.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
STATEMENTS = ROOT / "tests" / "manual" / "statements.yml"
FOLDERS = tuple(ROOT / "tests" / name for name in ("unit", "simulation", "integration", "eda"))
# What the sandbox does is the server's side: it holds nothing of what the collection does.
NOT_OURS = ROOT / "tests" / "unit" / "sandbox"
MARKER = "pytest.mark.manual"
_NOT_RUN = ("pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail")
_KEYS = {"id", "statement", "open", "either_way", "planned", "plan"}


class WrongData(Exception):
    """The statements or a marker have a wrong form."""


@dataclass(frozen=True)
class Statement:
    """One statement.

    ``either_way``: what we do, where the manual leaves it open; ``plan``: what will stand on it, where nothing does.
    """

    id: str
    section: str
    text: str
    either_way: str | None = None
    plan: str | None = None

    @property
    def needs_a_test(self) -> bool:
        """Neither open nor planned."""
        return self.either_way is None and self.plan is None


@dataclass(frozen=True)
class Claim:
    """A marker: the test that has it, and the statement it names."""

    test: str
    statement: str


def load(path: Path = STATEMENTS) -> dict[str, Statement]:
    """Return the statements by id, in the file's order.

    :raises WrongData: a statement is incomplete or there twice
    """
    statements: dict[str, Statement] = {}
    for section in yaml.safe_load(path.read_text(encoding="utf-8")):
        for entry in section["statements"]:
            statement = _statement(entry, section=section["section"])
            if statement.id in statements:
                raise WrongData(f"{statement.id} is there twice")
            statements[statement.id] = statement
    return statements


def _statement(entry: dict[str, Any], *, section: str) -> Statement:
    name = entry["id"]
    if set(entry) - _KEYS or not str(entry.get("statement", "")).strip():
        raise WrongData(f"{name} has no statement, or a key that is none of {', '.join(sorted(_KEYS))}")
    for flag, words in (("open", "either_way"), ("planned", "plan")):
        if entry.get(flag, False) is not bool(str(entry.get(words) or "").strip()):
            raise WrongData(f"{name}: {flag}: true and {words} come together")
    return Statement(
        id=name, section=section, text=entry["statement"], either_way=entry.get("either_way"), plan=entry.get("plan")
    )


def claims(folders: tuple[Path, ...] = FOLDERS) -> list[Claim]:
    """Return the markers of the tests in the folders.

    :raises WrongData: a marker names nothing, or has no test
    """
    found: list[Claim] = []
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            found += _claims_of(path)
    return found


def _claims_of(path: Path) -> Iterator[Claim]:
    place = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    stray = set(_marks(tree))
    for name, test in _tests(tree, path=path):
        for mark in test:
            stray.discard(mark)
            yield from (Claim(f"{place}::{name}", statement) for statement in _named(mark, place=place))
    if stray:
        lines = ", ".join(str(line) for line in sorted(mark.lineno for mark in stray))
        raise WrongData(f"{place}: a marker stands on no test of ours that is run: line {lines}")


def _marks(*nodes: ast.AST) -> list[ast.Call]:
    """Return the markers in or below some nodes."""
    below = [inner for node in nodes for inner in ast.walk(node)]
    return [node for node in below if isinstance(node, ast.Call) and ast.unparse(node.func) == MARKER]


def _tests(tree: ast.Module, *, path: Path) -> Iterator[tuple[str, list[ast.Call]]]:
    """Yield each test's name and markers, as pytest has them.

    The markers are its own, its parameters' and its class's.
    """
    if not path.name.startswith("test_") or path.is_relative_to(NOT_OURS):
        return
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            marks = _marks(*node.decorator_list)
            yield from ((f"{node.name}::{name}", [*marks, *own]) for name, own in _functions(node.body))
    yield from _functions(tree.body)


def _functions(body: list[ast.stmt]) -> Iterator[tuple[str, list[ast.Call]]]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
            decorators = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
            if not any(mark in decorators for mark in _NOT_RUN):
                yield node.name, _marks(*node.decorator_list)


def _named(mark: ast.Call, *, place: str) -> list[str]:
    names = [arg.value for arg in mark.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if not names or len(names) < len(mark.args) or mark.keywords:
        raise WrongData(f"{place}:{mark.lineno}: the marker takes ids of statements, written out")
    return names


def faults(statements: dict[str, Statement], held: list[Claim]) -> list[str]:
    """Return the errors of markers and statements.

    A marker must name a statement that is not only planned, and a statement must have a test.
    """
    wrong: list[str] = []
    for claim in held:
        statement = statements.get(claim.statement)
        if statement is None:
            wrong.append(f"{claim.test} names {claim.statement}, which is no statement")
        elif statement.plan:
            wrong.append(f"{claim.test} names {claim.statement}, which is planned: take the plan away, or the marker")
    tested = {claim.statement for claim in held}
    wrong += [
        f"{statement.id} has no test: {statement.text}"
        for statement in statements.values()
        if statement.needs_a_test and statement.id not in tested
    ]
    return wrong


def table(statements: dict[str, Statement], held: list[Claim]) -> Iterator[str]:
    """Yield the table's lines: sections, statements and their tests."""
    section = ""
    for statement in statements.values():
        if statement.section != section:
            section = statement.section
            yield from ("", section)
        marks = "".join(
            f" [{word}]" for word, value in (("open", statement.either_way), ("planned", statement.plan)) if value
        )
        yield f"  {statement.id}{marks}: {statement.text}"
        if statement.either_way:
            yield f"      either way: {statement.either_way}"
        if statement.plan:
            yield f"      plan: {statement.plan}"
        yield from (f"      {test}" for test in dict.fromkeys(c.test for c in held if c.statement == statement.id))


def summary(statements: dict[str, Statement], held: list[Claim]) -> str:
    """Return the counts in one line."""
    tested = {claim.statement for claim in held}
    stated = statements.values()
    required = [one for one in stated if one.needs_a_test]
    is_open = [one for one in stated if one.either_way]
    planned = [one for one in stated if one.plan]
    return (
        f"{len(statements)} statements: {len(required)} that need a test, {sum(one.id in tested for one in required)} "
        f"have one; {len(is_open)} open, {sum(one.id in tested for one in is_open)} of them tested; "
        f"{len(planned)} planned."
    )


def main() -> int:
    """Print the table; the number of faults decides the exit code."""
    try:
        statements, held = load(), claims()
    except WrongData as wrong:
        print(f"manual-map: {wrong}", file=sys.stderr)
        return 1
    print("\n".join(table(statements, held)))
    print(f"\n{summary(statements, held)}")
    wrong_ones = faults(statements, held)
    for line in wrong_ones:
        print(f"manual-map: {line}", file=sys.stderr)
    return 1 if wrong_ones else 0


if __name__ == "__main__":
    sys.exit(main())
