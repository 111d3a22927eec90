# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the product's watcher observes in the answers of a world, compared with the readings of its CA."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Answer, Request
from ansible_collections.wotrus.pki.plugins.module_utils._readings import catalogue
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import SANDBOX, Document
from ansible_collections.wotrus.pki.plugins.module_utils._readings.watch import UNREADABLE, Watcher

from . import process
from .readings import READINGS, Readings

if TYPE_CHECKING:
    from .ca import Ca

_OF_NEW_ORDERS = ("arrival", "create_answer", "fresh_order", "payment", "review")

_SHORTEST = 3
"""Characters of a word that could be personal, such as no code of a country."""


class TaskWatcher(Watcher):
    """The watcher of a task, which began at a time of the CA."""

    def __init__(self, observed: Observed, began: float) -> None:
        super().__init__(clock=observed.clock)
        self.began = began


class Observed:
    """What the watchers of all tasks observed.

    :ivar words: each reading with its word
    :ivar document: what the file of readings would have
    :ivar untrue: the words that are none of the CA's readings
    :ivar is_create_repeated: the network has sent a request twice, so that the first answer may be that of a repeat
    :ivar is_compared: whether words are compared; not where a test changes answers by itself
    """

    def __init__(self, ca: Ca) -> None:
        self.words: set[tuple[str, str]] = set()
        self.document = Document()
        self.untrue: list[str] = []
        self.is_compared = True
        self.is_create_repeated = False
        self.clock_error: Callable[[], float] = lambda: 0.0
        self._ca = ca
        self._readings: Readings | None = None
        self._shown_late: set[str] = set()
        self._had: dict[str, set[str]] = {name: set() for name in READINGS}

    def clock(self) -> dt.datetime:
        """Return the controller's time."""
        return dt.datetime.fromtimestamp(self._ca.clock.now() + self.clock_error(), tz=dt.UTC)

    def watcher(self) -> TaskWatcher:
        """Return the watcher of a task."""
        return TaskWatcher(self, self._ca.clock.now())

    def take(self, watcher: TaskWatcher, request: Request, answer: Answer, request_id: str) -> None:
        """Let a watcher take an answer, and compare what it observes."""
        if self._readings is not self._ca.readings:
            self._readings = self._ca.readings
            for name, words in self._had.items():
                words.add(self._readings[name])
        shown = self._ca.order(request.path.rpartition("/")[2])
        if shown is not None and shown.id in self._ca.fetched_at:
            self._shown_late.add(shown.id)
        before = set(watcher.seen)
        watcher(request, answer, request_id)
        if any(name == UNREADABLE for _endpoint, _kind, name in watcher.odd):
            self.untrue.append(f"{request}: the watcher fails")
        for reading, word, _product in set(watcher.seen) - before:
            self.words.add((reading, word))
            is_excused = self._was_there(reading, request, watcher) or self._lags(reading, request)
            if self.is_compared and not self._is_true(reading, word) and not is_excused:
                is_now = self._ca.readings[reading]
                self.untrue.append(f"{request.method} {request.path}: {reading} is {is_now}, and not {word}")

    def _is_true(self, reading: str, word: str) -> bool:
        """Return whether the CA has a reading, or may look so.

        A usual word that contradicts no other says only that nothing else was seen.
        """
        if reading not in READINGS or word in self._had[reading]:
            return True
        if reading == "create_answer" and self.is_create_repeated:
            return True
        if reading in ("names", "subjects") and self._ca.writes_subjects_otherwise:
            return True
        known = catalogue.READINGS[reading]
        is_weak = word in known.compatible or bool(self._had[reading] & known.compatible)
        return word == known.words[0] and is_weak

    def _was_there(self, reading: str, request: Request, watcher: TaskWatcher) -> bool:
        """Return whether an order that seems to be new is of an earlier task, or of another run that goes on.

        In a world, no time passes between a run that is killed and the next one.
        """
        order = self._ca.order(request.path.rpartition("/")[2])
        if reading not in _OF_NEW_ORDERS or order is None:
            return False
        senders = {one.run for one in self._ca.requests if one.order_id == order.id and one.is_new}
        return order.created < watcher.began or senders != {process.current().name}

    def _lags(self, reading: str, request: Request) -> bool:
        """Return whether Query still showed an order as it was before its certificate was fetched for the first time.

        The certificate then seems to be issued by RetrievePem, although the order was issued by itself.
        """
        order = self._ca.order(dict(request.query).get("orderID", ""))
        is_late = self._ca.readings["query_lag"] != "0"
        return reading == "issuing" and is_late and order is not None and order.id in self._shown_late

    def end(self, watcher: TaskWatcher) -> None:
        """Add what a task saw to the file."""
        self.document.merge(watcher, api=SANDBOX, account=1, day=self.clock().date())

    def personal(self) -> list[str]:
        """Return the names, ids and addresses of the world that stand in the file."""
        text, words = self.document.write().decode(), {"token", "tk_", "-----BEGIN"}
        for order in self._ca.known():
            words |= {order.id, order.order_number, order.request.common_name, order.request.idempotence}
            words |= {str(value) for value in order.request.organization.values()}
            words |= {one.serial for one in self._ca.store.certificates(order.id, former=True)}
        return sorted(word for word in words if len(word) > _SHORTEST and word in text)
