# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides' texts, for tests that compare them with the code."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "docsite" / "rst"
ERROR_PAGES = ("guide_errors", "guide_errors_zh")
_WORD = re.compile(r"``([a-z0-9_]+)``")


def guide(name: str) -> str:
    """Return the text of a guide."""
    return (GUIDES / f"{name}.rst").read_text(encoding="utf-8")


def explained_codes(page: str) -> list[str]:
    """Return the error codes of an error page, which are headings."""
    return re.findall(r"^([a-z0-9_]+)\n~+$", guide(page), re.MULTILINE)


def explained_plans(page: str) -> list[tuple[str, str]]:
    """Return the actions and reasons of an error page's table."""
    rows = re.findall(r"^  \* - ([a-z, ]+)\n    - (.*)$", guide(page), re.MULTILINE)
    pairs = [itertools.product(actions.split(", "), _WORD.findall(reasons)) for actions, reasons in rows]
    # What could not be read is blocked with the error_code, which is a row of its own.
    return [pair for pair in itertools.chain.from_iterable(pairs) if pair != ("blocked", "error_code")]
