# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The long form is as long as it is said to be."""

from __future__ import annotations

import re
from pathlib import Path

from tests.torture.figures import WHOLE

HERE = Path(__file__).parent
TARGET = re.compile(r'^@fuzzed\("([^"]+)", short=[\d_]+, long=([\d_]+)\)$', re.MULTILINE)


def targets() -> dict[str, int]:
    """Return how many cases each target has in the long form."""
    found = [pair for file in HERE.glob("test_*.py") for pair in TARGET.findall(file.read_text("utf-8"))]
    return {name: int(number) for name, number in found}


def test_the_long_form_has_a_hundred_thousand_cases() -> None:
    assert sum(targets().values()) >= WHOLE
