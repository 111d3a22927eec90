# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random histories, in which every promise holds.

By default their number and their seeds are fixed. With ``WOTRUS_SIMULATION_SECONDS`` new ones are played for so long.
"""

from __future__ import annotations

import os
import random
import time

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .machine import SimulatedRole

SECONDS = float(os.environ.get("WOTRUS_SIMULATION_SECONDS") or 0)
PARTS = 8
HISTORIES = 25
# Of each seed while there is time.
AT_ONCE = 12
STEPS = 25


@pytest.mark.parametrize("part", range(os.cpu_count() or 1) if SECONDS else range(PARTS))
def test_every_promise_holds(part: int) -> None:
    if not SECONDS:
        play(seed=part)
        return
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        play(seed=random.SystemRandom().randrange(2**32), histories=AT_ONCE)


def play(*, seed: int, histories: int = HISTORIES) -> None:
    """Play so many random histories of one seed."""

    @hypothesis.seed(seed)
    class Seeded(SimulatedRole):
        pass

    chosen = settings(
        max_examples=histories,
        stateful_step_count=STEPS,
        phases=(Phase.generate, Phase.shrink),
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Seeded, settings=chosen)
