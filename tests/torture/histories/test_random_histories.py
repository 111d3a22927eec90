# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random histories of the simulated world, in which each run of the role is an ``ansible-playbook``.

They have new seeds, and are played for ``WOTRUS_SIMULATION_SECONDS``. With libfaketime, their clocks jump.
"""

from __future__ import annotations

import os
import random
import time
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.events import EVENTS, Event
from tests.simulation.machine import SimulatedRole
from tests.simulation.promises import Broken

from .world import PlaybookWorld, can_happen

GIVEN = os.environ.get("WOTRUS_SIMULATION_SECONDS")
SECONDS = float(GIVEN or 300)
STEPS = 10
# Of each seed while there is time. The first one is always short.
AT_ONCE = 6
QUIET = 2
"""After so many events without a run, the role runs: few events are runs, and they are what this is about."""


@pytest.mark.parametrize("part", range((os.cpu_count() or 1) if GIVEN else 1))
def test_every_promise_holds(part: int) -> None:
    del part
    end = time.monotonic() + SECONDS
    broken: list[str] = []
    while time.monotonic() < end:
        broken += play(seed=random.SystemRandom().randrange(2**32), histories=AT_ONCE)
    assert not broken, "\n\n".join(broken)


def play(*, seed: int, histories: int) -> list[str]:
    """Play so many random histories of one seed, and return those that break a promise, as a person reads them."""
    broken = []

    class Played(SimulatedRole):
        """A machine that ends a history that breaks a promise, and goes on with the next."""

        new_world = PlaybookWorld
        has_ended = False
        quiet = 0

        def happen(self, event: Event, **parts: Any) -> None:
            if self.has_ended or not can_happen(event, parts):
                return
            self._or_note(lambda: self.history.happen(event, **parts))
            self.quiet = 0 if self.world.new_runs else self.quiet + (event.group != "begin")
            if self.quiet == QUIET:
                self.happen(EVENTS["the_role_runs"])

        def teardown(self) -> None:
            if self.world.runs and not self.has_ended:
                self._or_note(self.history.end)
            self.world.__exit__()

        def _or_note(self, work: Any) -> None:
            try:
                work()
            except Broken as exc:
                self.has_ended = True
                log = "\n".join(self.world.log)
                broken.append(f"{exc}\nseed {seed}; python -m tests.torture.histories plays it:\n{self.history}\n{log}")

    chosen = settings(
        max_examples=histories,
        stateful_step_count=STEPS,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(hypothesis.seed(seed)(Played), settings=chosen)
    return broken
