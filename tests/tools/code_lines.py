# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the lines of code of each package of the collection.

Blank lines, comments, docstrings, the documentation of modules and imports are not counted.
"""

from __future__ import annotations

import ast
import collections
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("plugins", "extensions/eda/plugins", "tests")
_DOCUMENTATION = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(source: str) -> int:
    """Return the number of lines of code in a Python source."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {line for one in tokens if one.type not in _NO_CODE for line in range(one.start[0], one.end[0] + 1)}
    return len(lines - set(_other_lines(ast.parse(source))))


def _other_lines(tree: ast.Module) -> Iterator[int]:
    """Yield the lines of imports, docstrings and documentation."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)) or (
            isinstance(node, ast.Assign) and _DOCUMENTATION & {ast.unparse(target) for target in node.targets}
        ):
            yield from range(node.lineno, node.end_lineno + 1)
        elif isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node):
            yield from range(node.body[0].lineno, node.body[0].end_lineno + 1)


def main() -> None:
    """Print the lines of code by package, and of each folder."""
    for folder in FOLDERS:
        counts: collections.Counter[str] = collections.Counter()
        for path in (ROOT / folder).rglob("*.py"):
            counts[path.parent.relative_to(ROOT).as_posix()] += code_lines(path.read_text(encoding="utf-8"))
        print(*(f"{number:6} {package}" for package, number in sorted(counts.items()) if number), sep="\n")
        print(f"{counts.total():6} {folder} in all\n")


if __name__ == "__main__":
    main()
