# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ``reason`` is a word for people: nothing that decides or sends compares it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PARTS = Path(__file__).resolve().parents[3] / "plugins" / "module_utils"
REASON = re.compile(r"\.reason$|\['reason'\]|\.get\('reason'")
DECIDING = ("_orders", "_planning", "_revocation", "_workflow")


def compared_reasons(source: str) -> Iterator[int]:
    """Yield the lines that compare a reason."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = map(ast.unparse, (node.left, *node.comparators))
            yield from (node.lineno for side in sides if REASON.search(side))


def test_a_comparison_is_found() -> None:
    assert [
        *compared_reasons(
            "a == 1\nif one.reason == 'valid' or row['reason'] in WORDS or row.get('reason') != 'a': pass"
        )
    ] == [2, 2, 2]


def test_no_reason_decides() -> None:
    files = [path for part in DECIDING for path in (PARTS / part).glob("*.py")]

    assert files
    assert {path.name: [*compared_reasons(path.read_text(encoding="utf-8"))] for path in files} == {
        path.name: [] for path in files
    }
