# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of what tests find. ``make docs EVIDENCE=yes`` puts them into the built site."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str | float]]) -> str:
    """Return a table in reStructuredText."""
    cells = [
        f"   {'  -' if number else '* -'} {cell if isinstance(cell, str) else f'{cell:,}'}".rstrip()
        for row in (columns, *rows)
        for number, cell in enumerate(row)
    ]
    return "\n".join([f".. list-table:: {title}", "   :header-rows: 1", "", *cells, ""])


def keep(name: str, title: str, columns: Sequence[str], rows: Sequence[Sequence[str | float]]) -> None:
    """Write a table into the folder WOTRUS_EVIDENCE, if it is set."""
    if folder := os.environ.get("WOTRUS_EVIDENCE"):
        (Path(folder) / f"{name}.rst").write_text(table(title, columns, rows), encoding="utf-8")
