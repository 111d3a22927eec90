# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays many random histories, and prints figures.

The command is ``python -m tests.simulation.figures HISTORIES``.

It uses all cores. It does not stop at a broken promise, and shrinks nothing. ``machine.py`` is for that.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import functools
import multiprocessing
import operator
import random
import sys
import time
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .events import EVENTS, Event
from .history import find
from .machine import SimulatedRole
from .promises import Broken
from .readings import READINGS
from .world import World

STEPS = 25
_BATCH = 250
"""Histories of one seed: a machine of Hypothesis holds at most some thousands."""
_RAREST = 10


@dataclasses.dataclass
class Figures:
    """What was seen.

    :ivar broken: the shortest history that breaks a promise, by promise
    """

    histories: int = 0
    runs: int = 0
    checks: int = 0
    events: int = 0
    faults: int = 0
    charged: int = 0
    seconds: float = 0.0
    states: set[tuple[Any, ...]] = dataclasses.field(default_factory=set)
    by_event: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    by_result: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    by_reading: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    broken: dict[str, list[tuple[int, str, str]]] = dataclasses.field(default_factory=dict)

    def take(self, world: World, sentences: list[str]) -> None:
        """Count a history that ended."""
        self.histories += 1
        self.runs += len(world.runs)
        self.checks += world.checks
        self.faults += sum(len(seen.process.met) for seen in world.runs)
        self.charged += len(world.ca.paid())
        self.events += len(sentences)
        found = [find(one) for one in sentences if not one.startswith("At the end")]
        self.by_event.update(event.name for event, _parts in found)
        self.by_reading.update(
            f"{parts['reading']} as {parts['word']}" for _event, parts in found if "reading" in parts
        )
        self.by_result.update(
            f"{row['result']} {row['error_code'] or ''}".strip() for s in world.runs for row in s.result.rows
        )

    def take_state(self, world: World) -> None:
        """Count the abstract states of the certificates.

        Each is what is live, pending and at the CA.
        """
        for certificate in world.inventory.certificates():
            record = world.record(certificate)
            pending, live = record.get("pending") or {}, record.get("live") or {}
            orders = [world.ca.order(str(one.get("order_id"))) for one in (pending, live)]
            self.states.add(
                (
                    pending.get("operation"),
                    *(order.status.value if order else None for order in orders),
                    world.live(certificate) is not None,
                    bool(live),
                    len(record.get("superseded") or ()),
                    (world.inventory.entry(certificate).get("key") or {}).get("storage"),
                )
            )

    def __add__(self, other: Figures) -> Figures:
        """Return the figures of both."""
        broken = {name: self.broken.get(name, []) + other.broken.get(name, []) for name in self.broken | other.broken}
        names = [field.name for field in dataclasses.fields(self) if field.name not in ("states", "broken")]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return Figures(**sums, states=self.states | other.states, broken=broken)

    def note(self, exc: Broken, sentences: list[str]) -> None:
        """Keep a history that broke a promise."""
        self.broken.setdefault(exc.promise, []).append((len(sentences), exc.why, "\n".join(sentences)))


def survey(histories: int, seed: int, *, only_runbook: bool) -> Figures:
    """Play random histories, and return what was seen.

    :param only_runbook: at the end, persons follow the runbook before any printed step
    """
    figures = Figures()

    class Surveyed(SimulatedRole):
        """A machine that counts, and does not fail."""

        has_ended = False

        def happen(self, event: Event, **parts: Any) -> None:
            if self.has_ended:
                return
            try:
                self.history.happen(event, **parts)
                figures.take_state(self.world)
            except Broken as exc:
                self._end(exc)

        def teardown(self) -> None:
            try:
                if only_runbook:
                    self.world.patience = 0
                if self.world.runs and not self.has_ended:
                    self.history.end()
            except Broken as exc:
                self._end(exc)
            finally:
                figures.take(self.world, self.history.sentences)
                self.world.__exit__()

        def _end(self, exc: Broken) -> None:
            self.has_ended = True
            figures.note(exc, self.history.sentences)

    began = time.process_time()
    chosen = settings(
        max_examples=histories,
        stateful_step_count=STEPS,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(hypothesis.seed(seed)(Surveyed), settings=chosen)
    figures.seconds = time.process_time() - began
    return figures


def main() -> int:
    """Print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("histories", type=int)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments.add_argument("--shortest", type=int, default=1, help="histories to print for each broken promise")
    arguments.add_argument("--runbook", action="store_true", help="at the end, follow the runbook before any step")
    given = arguments.parse_args()
    batches = [min(_BATCH, given.histories - done) for done in range(0, given.histories, _BATCH)]
    with multiprocessing.Pool(maxtasksperchild=1) as pool:
        seeds = [(number, given.seed + place) for place, number in enumerate(batches)]
        all_figures = pool.starmap(functools.partial(survey, only_runbook=given.runbook), seeds, chunksize=1)
        pool.close()
        pool.join()
    figures = functools.reduce(operator.add, all_figures)
    names = ("histories", "runs", "checks", "events", "faults", "charged")
    out = [
        f"seeds {given.seed} to {given.seed + len(batches) - 1}",
        *(f"{name} {getattr(figures, name)}" for name in names),
    ]
    out.append(f"abstract states {len(figures.states)}")
    out.append(f"runs a second of CPU {(figures.runs + figures.checks) / max(figures.seconds, 0.001):.0f}")
    rarest = sorted((figures.by_event[name], name) for name in EVENTS)[:_RAREST]
    out.append("rarest events: " + ", ".join(f"{name} {number}" for number, name in rarest))
    words = sorted(
        (figures.by_reading[f"{name} as {word}"], name, word) for name in READINGS for word in READINGS[name][1:]
    )
    never = sum(not number for number, _name, _word in words)
    out.append(
        f"unusual words of readings {len(words)}, never played {never}; the rarest: "
        + ", ".join(f"{name} as {word} {number}" for number, name, word in words[:_RAREST])
    )
    out += [f"  {number:6} {result}" for result, number in figures.by_result.most_common()]
    for promise, found in sorted(figures.broken.items()):
        out.append(f"\n{promise}: {len(found)}")
        out += [f"  {why}\n{history}\n" for _length, why, history in sorted(found)[: given.shortest]]
    sys.stdout.write("\n".join(out) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
