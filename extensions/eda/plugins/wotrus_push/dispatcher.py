# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the orders of pushes and polls, and save their states."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    NotFound,
    RejectedByApi,
    WotrusError,
)

from .store import ReadState, Work
from .work_queue import WorkQueue, clock, repeat

if t.TYPE_CHECKING:
    from .order_reader import PolledOrder, ReadOrder
    from .push_format import Event

logger = logging.getLogger("wotrus.pki.push")

_RANDOM = random.SystemRandom()
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 300.0
_LONGEST_REJECTION = 86400.0
_LONGEST_CONFIRMATION = 60.0


class Queue(t.Protocol):
    """The queue of ansible-rulebook.

    It holds one event: ``put`` waits until the rules took the event before.
    """

    async def put(self, event: Event, /) -> None:
        """Put an event into the queue.

        Parameters
        ----------
        event : Event
            The event.

        """


class FeedbackQueue:
    """The queue of a source with ``feedback: true``.

    ansible-rulebook confirms each event, one after the other.

    The confirmation says that the rule engine has the event, and not that its action succeeded.
    So it only ends :meth:`put`, and a missing one, as for an event that a filter dropped, does not
    hold up later events.
    """

    @classmethod
    def around(cls, queue: Queue, arguments: t.Mapping[str, t.Any]) -> Queue:
        """Return the queue for the arguments of a source.

        Parameters
        ----------
        queue : Queue
            The queue of ansible-rulebook for events.
        arguments : t.Mapping[str, t.Any]
            The options as the rulebook has them.

        Returns
        -------
        Queue
            The queue for the arguments of a source.

        """
        confirmed = arguments.get("eda_feedback_queue")
        return queue if confirmed is None else cls(queue, confirmed)

    def __init__(self, queue: Queue, confirmed: asyncio.Queue[Event]) -> None:
        """Connect the queue of events with that of their confirmations.

        Parameters
        ----------
        queue : Queue
            The queue of ansible-rulebook for events.
        confirmed : asyncio.Queue[Event]
            The queue of ansible-rulebook for confirmed events.

        """
        self._queue = queue
        self._confirmed = confirmed
        self._lock = asyncio.Lock()

    async def put(self, event: Event, /) -> None:
        """Put an event into the queue, and wait for its confirmation.

        Parameters
        ----------
        event : Event
            The event.

        """
        async with self._lock:
            await self._queue.put(event)
            try:
                async with asyncio.timeout(_LONGEST_CONFIRMATION):
                    await self._confirmed.get()
            except TimeoutError:
                logger.warning("ansible-rulebook did not confirm an event")


class SourceKind(t.Protocol):
    """The differences between the sources ``push`` and ``poll``."""

    @property
    def name(self) -> str:
        """The name under which its work is stored."""

    def next_read(self, work: Work, found: PolledOrder) -> float | None:
        """Return the seconds until the order is read again.

        ``None`` if the work is done.

        Parameters
        ----------
        work : Work
            The work.
        found : PolledOrder
            The order as WoTrus has it.

        """

    def tries_after(self, work: Work) -> int:
        """Return the number of tries to store after a read.

        Parameters
        ----------
        work : Work
            The work.

        """

    def next_read_of_unknown(self, work: Work) -> float | None:
        """Return the seconds until an order unknown to WoTrus is read again.

        Parameters
        ----------
        work : Work
            The work.

        """


class Dispatcher:
    """Reads the orders of the stored work, several at once.

    Pushes about other things go into the queue as they are.
    """

    def __init__(
        self,
        work_queue: WorkQueue,
        queue: Queue,
        read_order: ReadOrder,
        *,
        kind: SourceKind,
        parallel: int,
    ) -> None:
        """Prepare to read orders.

        Parameters
        ----------
        work_queue : WorkQueue
            The stored work.
        queue : Queue
            The queue of ansible-rulebook for events.
        read_order : ReadOrder
            Reads an order from WoTrus.
        kind : SourceKind
            What differs between the sources.
        parallel : int
            The most orders that are read at the same time.

        """
        self._work_queue = work_queue
        self._queue = queue
        self._read_order = read_order
        self._kind = kind
        self._parallel = parallel
        self._is_down = False

    async def run(self) -> None:
        """Do stored work and new work until the task is cancelled."""
        async with asyncio.TaskGroup() as group:
            for _number in range(self._parallel):
                group.create_task(repeat(self._next, pause=0))

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
            self._work_queue.api_answered = clock()
            await self._unknown(work)
        except WotrusError as exc:
            await self._failed(work, exc)
        else:
            self._work_queue.api_answered = clock()
            await self._save(work, found)

    async def _save(self, work: Work, found: PolledOrder) -> None:
        if self._is_down:
            self._is_down = False
            logger.warning("WoTrus answers again")
            await self._work_queue.make_due(self._kind.name)
        order = found.order
        details = {
            "status": order.status,
            "stage": order.stage.value,
            "request_ids": list(found.request_ids),
        }
        read = ReadState(found.state, found.event, final=found.final, details=details)
        seconds = self._kind.next_read(work, found)
        if seconds is None:
            is_new = await self._work_queue.complete(work, read=read)
        else:
            tries = self._kind.tries_after(work)
            is_new = await self._work_queue.postpone(work, seconds=seconds, tries=tries, read=read)
        self._work_queue.counts[f"read_{found.event}" if is_new else "repeated"] += 1

    async def _unknown(self, work: Work) -> None:
        self._work_queue.counts["unknown"] += 1
        logger.warning("WoTrus does not know order %s", work.order_id)
        seconds = self._kind.next_read_of_unknown(work)
        if seconds is None:
            await self._work_queue.complete(work)
        else:
            await self._work_queue.postpone(work, seconds=seconds, tries=work.tries)

    async def _failed(self, work: Work, exc: WotrusError) -> None:
        # Postpone an order that could not be read.
        # An order that WoTrus rejects is given up after a day. An outage has no such limit.
        rejected = isinstance(exc, RejectedByApi)
        if rejected:
            self._work_queue.api_answered = clock()
        self._work_queue.counts["failed_queries"] += 1
        if rejected and clock() - work.arrived > _LONGEST_REJECTION:
            logger.error("Order %s is given up: %s", work.order_id, exc)
            self._work_queue.counts["given_up"] += 1
            await self._work_queue.complete(work)
            return
        seconds = pause(work.tries)
        # An outage is logged once, however many orders wait for its end.
        if rejected or not self._is_down:
            logger.warning(
                "Order %s cannot be read; trying again in %.0f s: %s",
                work.order_id,
                seconds,
                exc,
            )
        self._is_down = self._is_down or not rejected
        await self._work_queue.postpone(work, seconds=seconds, tries=work.tries + 1)


def pause(tries: int) -> float:
    """Return the seconds before the next try: exponential, with jitter.

    Parameters
    ----------
    tries : int
        The tries so far.

    Returns
    -------
    float
        The seconds before the next try: exponential, with jitter.

    """
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(tries, 16)) * _RANDOM.uniform(0.8, 1.0)
