# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hypothesis's machine over the events: it chooses, shrinks and replays histories."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from .events import EVENTS, Event
from .history import History
from .inventory import Certificate
from .promises import Broken
from .readings import READINGS
from .world import World

_HOSTS = ("alpha", "beta", "gamma")
_NAMES = ("contracts", "invoices")
_FIRST_KINDS = (*("host",) * 6, *("provided", "external", "pkcs11", "ukey") * 2, "taken over", "sm2")
_MOST_READINGS = 4

Words = Sequence[tuple[str, str]]

_READING = st.sampled_from(sorted({*READINGS} - {"review"})).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(READINGS[name][1:]))
)
"""A reading, and one of its unusual words. Each reading is as likely as another."""


class SimulatedRole(RuleBasedStateMachine):
    """Random histories. Each rule is an event of ``events.py``.

    :cvar new_world: makes the world of a history
    """

    new_world: Callable[[], World] = World

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).new_world()
        self.world.__enter__()
        self.history = History(self.world)

    def happen(self, event: Event, **parts: Any) -> None:
        """Let an event happen; a failure prints the history."""
        self._or_print(functools.partial(self.history.happen, event, **parts))

    def _or_print(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Broken as exc:
            exc.add_note(f"The history, which python -m tests.simulation plays:\n{self.history}")
            raise

    @initialize(
        certificates=st.lists(
            st.tuples(st.sampled_from(_NAMES), st.sampled_from(_HOSTS), st.sampled_from(_FIRST_KINDS)),
            min_size=1,
            max_size=3,
            unique_by=lambda one: one[:2],
        ),
        readings=st.lists(_READING, max_size=_MOST_READINGS, unique_by=lambda one: one[0]),
        review=st.sampled_from((*("at once",) * 4, *("by hand",) * 2, "an hour", "two days")),
        has_run=st.booleans(),
    )
    def begin(
        self, *, certificates: Sequence[tuple[str, str, str]], readings: Words, review: str, has_run: bool
    ) -> None:
        """Choose the readings, and the certificates that are wanted.

        Half of the histories begin with a run.
        """
        for reading, word in (*readings, ("review", review)):
            self.happen(EVENTS["the_ca_reads"], reading=reading, word=word)
        for name, host, kind in certificates:
            self.happen(EVENTS["a_certificate_is_wanted"], certificate=Certificate(name, host), kind=kind)
        if has_run:
            self.happen(EVENTS["the_role_runs"])

    def teardown(self) -> None:
        """End the history: all must become well."""
        try:
            if self.world.runs:
                self._or_print(self.history.end)
        finally:
            self.world.__exit__()


def _choice(choices: Callable[[World], Sequence[Any]]) -> st.SearchStrategy[Any]:
    return st.runner().flatmap(lambda machine: st.sampled_from(list(choices(machine.world))))


def _rule(event: Event) -> Any:
    def happens(self: SimulatedRole, **parts: Any) -> None:
        self.happen(event, **parts)

    def is_possible(self: SimulatedRole) -> bool:
        return bool(event.when(self.world)) and all(choices(self.world) for choices in event.choices.values())

    happens.__name__ = event.name
    made = rule(**{name: _choice(choices) for name, choices in event.choices.items()})(happens)
    return precondition(is_possible)(made)


for _event in EVENTS.values():
    if _event.group != "begin":
        for _number in range(_event.weight):
            setattr(SimulatedRole, f"{_event.name}_{_number}", _rule(_event))
