# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The long form is as long as it is said to be."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
LONG = re.compile(r'^@fuzzed\("[^"]+", short=[\d_]+, long=([\d_]+)\)$', re.MULTILINE)


def test_the_long_form_has_a_hundred_thousand_cases() -> None:
    cases = [int(number) for file in HERE.glob("test_*.py") for number in LONG.findall(file.read_text("utf-8"))]

    assert sum(cases) >= 100_000
