# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page on security promises what a test holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "docsite" / "rst" / "guide_security.rst").read_text(encoding="utf-8")
NAMED = re.findall(r"``(tests/[\w/]+\.py)::(\w+)``", GUIDE)


PARTIES = (
    "network",
    "WoTrus",
    "user of a host",
    "Root of a managed host",
    "Another managed host",
    "sender of pushes",
    "reader of output",
    "contributor",
)


def rows() -> list[list[str]]:
    """Return the cells of the threat model, row by row."""
    table = GUIDE.split("\nThreat model\n", 1)[1].split("\nNot protected\n", 1)[0]
    return [row.split("\n     - ") for row in table.split("\n   * - ")[2:]]


def test_every_row_says_what_a_party_can_and_cannot_do_and_names_a_test() -> None:
    assert [cells[0] for cells in rows() if len(cells) != 5 or not all(map(str.strip, cells))] == []
    assert [cells[0] for cells in rows() if "::test_" not in cells[4]] == []


@pytest.mark.parametrize("party", PARTIES)
def test_threat_model_has_every_party(party: str) -> None:
    assert [cells[0] for cells in rows() if party in cells[0]]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_named_test_exists(file: str, name: str) -> None:
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
