# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets runs that are processes take turns at their calls. Between these, all of them go on."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable, Sequence
from typing import Any

from tests.simulation import process


class CallTurns:
    """Turns of calls, in a given order.

    :param pattern: how many calls each makes in turn; afterwards they change at each call
    """

    def __init__(self, pattern: Sequence[int], count: int) -> None:
        self._left = list(pattern)
        self._waiting = list(range(count))
        self._calls = self._left.pop(0)
        self._changed = threading.Condition()
        self._processes: list[process.Process] = []

    def pass_on(self) -> None:
        """Go on: a step is a part of a call."""

    def take(self, own: process.Process) -> None:
        """Wait until a run may make a call, and count it."""
        number = self._processes.index(own)
        with self._changed:
            self._changed.wait_for(lambda: self._waiting[0] == number)
            self._calls -= 1
            if self._calls <= 0:
                self._waiting.append(self._waiting.pop(0))
                self._next()

    def _next(self) -> None:
        self._calls = self._left.pop(0) if self._left else 1
        self._changed.notify_all()

    def run(self, jobs: Sequence[tuple[process.Process, Callable[[], Any]]]) -> list[concurrent.futures.Future[Any]]:
        """Run jobs at the same time, and return what each returned or raised."""
        self._processes = [own for own, _job in jobs]
        with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
            return [pool.submit(self._work, number, *job) for number, job in enumerate(jobs)]

    def _work(self, number: int, own: process.Process, job: Callable[[], Any]) -> Any:
        own.turns = self
        try:
            with process.running(own):
                return job()
        finally:
            own.turns = None
            with self._changed:
                is_first = self._waiting[0] == number
                self._waiting.remove(number)
                if is_first:
                    self._next()
