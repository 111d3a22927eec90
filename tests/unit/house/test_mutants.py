# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each mutant changes one place of the code as it is, so that a change of the code moves it."""

from __future__ import annotations

import ast

from tests.torture.mutants.catalogue import MUTANTS


def test_each_mutant_changes_one_place() -> None:
    for mutant in MUTANTS:
        ast.parse(mutant.text())
    names = [mutant.name for mutant in MUTANTS]
    assert len(set(names)) == len(names) >= 60
