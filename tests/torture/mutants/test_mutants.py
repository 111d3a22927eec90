# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each mutant of the catalogue is killed by its test. The short form plays two that lived once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.torture.form import by_form
from tests.torture.mutants.catalogue import MUTANTS, ROOT, Mutant

LIVED_ONCE = (
    "a maybe gives its unit of the limit back",
    "the entry's order is followed though what is live is valid",
)
PLAYED = by_form(short=[mutant for mutant in MUTANTS if mutant.name in LIVED_ONCE], long=MUTANTS)
PLUGIN = "tests.torture.mutants.plugin"
# What pytest returns if tests ran, and some failed.
FAILED = 1


@pytest.mark.parametrize("mutant", PLAYED, ids=lambda mutant: mutant.name)
def test_mutant_is_killed(mutant: Mutant) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "--tb=line",
        "-p",
        "tests.torture.mutants.plugin",
        mutant.killer,
    ]
    environment = {**os.environ, "WOTRUS_MUTANT": mutant.name}
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)

    assert done.returncode == FAILED, done.stdout
    assert "FAILED" in done.stdout
    assert "ERROR" not in done.stdout
