# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn stored pushes and polled orders into events.

Each new state of an order is one event.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import NotFound, RejectedByApi, WotrusError

from .order_reader import PolledOrder, ReadOrder
from .push_format import Event, event_part
from .store import ReportedState, StoreError, Work
from .work_queue import WorkQueue

logger = logging.getLogger("wotrus.pki.push")

_RANDOM = random.SystemRandom()
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 300.0
_LONGEST_REJECTION = 86400.0
_PAUSE_AFTER_STORE_ERROR = 5.0


class Queue(t.Protocol):
    """The queue of ansible-rulebook.

    It holds one event: ``put`` waits until the rules took the event before.
    """

    async def put(self, event: Event, /) -> None:
        """Put an event into the queue."""


class SourceKind(t.Protocol):
    """The differences between the sources ``push`` and ``poll``."""

    @property
    def name(self) -> str:
        """The name under which its work is stored."""

    def event(self, work: Work, found: PolledOrder) -> Event:
        """Return ``payload`` and ``meta`` of the event."""

    def next_read(self, work: Work, found: PolledOrder) -> float | None:
        """Return the seconds until the order is read again.

        ``None`` if the work is done.
        """

    def tries_after(self, work: Work) -> int:
        """Return the number of tries to store after a read."""

    def next_read_of_unknown(self, work: Work) -> float | None:
        """Return the seconds until an order unknown to WoTrus is read again."""


class Dispatcher:
    """Reads the orders of the stored work and queues their events."""

    def __init__(
        self, work_queue: WorkQueue, queue: Queue, read_order: ReadOrder, *, kind: SourceKind, parallel: int
    ) -> None:
        self._work_queue = work_queue
        self._queue = queue
        self._read_order = read_order
        self._kind = kind
        self._parallel = parallel
        self._is_down = False

    async def run(self) -> None:
        """Do stored work and new work until the task is cancelled."""
        await self._work_queue.make_due(self._kind.name)
        async with asyncio.TaskGroup() as group:
            for _number in range(self._parallel):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            try:
                await self._next()
            except StoreError as exc:
                logger.error("%s; trying again", exc)
                await asyncio.sleep(_PAUSE_AFTER_STORE_ERROR)

    async def _next(self) -> None:
        changed = self._work_queue.changed
        work, seconds = await self._work_queue.take(self._kind.name)
        if work is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await changed.wait()
            return
        try:
            await self._do(work)
        finally:
            self._work_queue.release(work)

    async def _do(self, work: Work) -> None:
        if work.order_id is None:
            await self._queue.put(work.content)
            await self._work_queue.complete(work)
            self._work_queue.counts["passed_on"] += 1
            return
        try:
            found = await self._read_order(work.order_id)
        except NotFound:
            await self._unknown(work)
        except WotrusError as exc:
            await self._failed(work, exc)
        else:
            await self._report(work, work.order_id, found)

    async def _report(self, work: Work, order_id: str, found: PolledOrder) -> None:
        if self._is_down:
            self._is_down = False
            logger.warning("WoTrus answers again")
            await self._work_queue.make_due(self._kind.name)
        if await self._work_queue.reported_state(work) == found.state:
            self._work_queue.counts["repeated"] += 1
        else:
            order = found.order
            part = event_part(
                found.event, order_id, status=order.status, stage=order.stage.value, request_ids=found.request_ids
            )
            await self._queue.put({**self._kind.event(work, found), "wotrus": part})
            self._work_queue.counts[f"reported_{found.event}"] += 1
        reported = ReportedState(found.state, final=found.final)
        seconds = self._kind.next_read(work, found)
        if seconds is None:
            await self._work_queue.complete(work, reported=reported)
        else:
            tries = self._kind.tries_after(work)
            await self._work_queue.postpone(work, seconds=seconds, tries=tries, reported=reported)

    async def _unknown(self, work: Work) -> None:
        self._work_queue.counts["unknown"] += 1
        logger.warning("WoTrus does not know order %s", work.order_id)
        seconds = self._kind.next_read_of_unknown(work)
        if seconds is None:
            await self._work_queue.complete(work)
        else:
            await self._work_queue.postpone(work, seconds=seconds, tries=work.tries)

    async def _failed(self, work: Work, exc: WotrusError) -> None:
        """Postpone an order that could not be read.

        An order that WoTrus rejects is given up after a day. An outage has no such limit.
        """
        rejected = isinstance(exc, RejectedByApi)
        self._work_queue.counts["failed_queries"] += 1
        if rejected and time.time() - work.arrived > _LONGEST_REJECTION:
            logger.error("Order %s is given up: %s", work.order_id, exc)
            self._work_queue.counts["given_up"] += 1
            await self._work_queue.complete(work)
            return
        seconds = pause(work.tries)
        # An outage is logged once, however many orders wait for its end.
        if rejected or not self._is_down:
            logger.warning("Order %s cannot be read; trying again in %.0f s: %s", work.order_id, seconds, exc)
        self._is_down = self._is_down or not rejected
        await self._work_queue.postpone(work, seconds=seconds, tries=work.tries + 1)


def pause(tries: int) -> float:
    """Return the seconds before the next try: exponential, with jitter."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(tries, 16)) * _RANDOM.uniform(0.8, 1.0)
