# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page has the results of the last long run.

The long form writes it when all its tests have ended.
"""

from __future__ import annotations

import re

from tests.torture.figures import BY_BRANCHES, FUZZ
from tests.torture.fuzz.cases import BRANCHES
from tests.torture.fuzz.test_figures import targets

ROW = re.compile(r"^   \* - (.+)\n     - ([\d,]+)$", re.MULTILINE)


def test_the_guide_has_each_target_with_all_cases_of_the_long_form() -> None:
    written = {name: int(number.replace(",", "")) for name, number in ROW.findall(FUZZ.read())}
    by_branches = {f"{name}{BY_BRANCHES}": number for name, number in BRANCHES.items()}

    assert written.pop("together") == sum(written.values())
    assert written == targets() | by_branches
