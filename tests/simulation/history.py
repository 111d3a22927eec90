# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A history: a list of sentences, which print and play a world."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from . import persons, promises, switches
from .events import EVENTS, Event
from .promises import Broken
from .world import World

NO_TRACEBACK = "no_traceback"
END = "At the end, the faults end, the CA approves everything, and the persons follow each printed step."


class History:
    """Plays events in a world, and keeps their sentences.

    :param with_switches: leave out what is known to break
    :param only: the one promise to check
    :ivar sentences: what happened so far
    """

    def __init__(self, world: World, *, with_switches: bool = True, only: str | None = None) -> None:
        self.world = world
        self.sentences: list[str] = []
        self._with_switches = with_switches
        self._only = only

    def happen(self, event: Event, **parts: Any) -> None:
        """Let an event happen, and check every promise.

        :raises Broken: a promise does not hold
        """
        sentence = event.text(**parts)
        self.sentences.append(sentence)
        self.world.log.append(sentence)
        self.world.begin_event()
        try:
            event.happen(self.world, **parts)
            promises.check(self.world, self._suspended())
        except Broken:
            raise
        except Exception as exc:
            raise Broken(NO_TRACEBACK, f"{type(exc).__name__}: {exc}") from exc

    def end(self) -> None:
        """Check that all becomes well."""
        self.sentences.append(END)
        self.world.log.append(END)
        if persons.PROGRESS in self._suspended():
            return
        try:
            persons.follow_to_the_end(self.world, lambda: promises.check(self.world, self._suspended()))
        except Broken:
            raise
        except Exception as exc:
            raise Broken(NO_TRACEBACK, f"{type(exc).__name__}: {exc}") from exc

    def _suspended(self) -> frozenset[str]:
        if self._only is not None:
            return frozenset({*(promise.__name__ for promise in promises.PROMISES), persons.PROGRESS} - {self._only})
        return switches.suspended(self.world) if self._with_switches else frozenset()

    def play(self, sentences: Iterable[str]) -> None:
        """Play sentences of another history."""
        for sentence in sentences:
            if sentence == END:
                self.end()
                continue
            event, parts = find(sentence)
            self.happen(event, **parts)

    def __str__(self) -> str:
        return printed(self.sentences)


def printed(sentences: Iterable[str]) -> str:
    """Return a history as numbered sentences."""
    return "".join(f"{number:3}. {sentence}\n" for number, sentence in enumerate(sentences, start=1))


def parsed(text: str) -> list[str]:
    """Return the sentences of a printed history.

    Lines that begin with ``#`` are comments.
    """
    lines = [line.strip() for line in text.splitlines()]
    return [re.sub(r"^\d+\. ", "", line) for line in lines if line and not line.startswith("#")]


def find(sentence: str) -> tuple[Event, dict[str, Any]]:
    """Return the event of a sentence, and its parts.

    :raises ValueError: there is none
    """
    for event in EVENTS.values():
        parts = event.read(sentence)
        if parts is not None:
            return event, parts
    raise ValueError(f"no event has the sentence: {sentence}")


def play(text: str, *, only: str | None = None) -> World:
    """Play a printed history, and return its world with the log.

    :param only: the one promise to check; without it, all but those that are known to break
    :raises Broken: a promise does not hold
    """
    with World() as world:
        History(world, only=only).play(parsed(text))
    return world
