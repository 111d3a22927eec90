# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is stored to events: each order is read back, and each of its states is told once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import NotFound, RejectedByApi, WotrusError

from .normal import Event, wotrus
from .readback import Look, Seen
from .spool import Spool
from .store import StoreBroken, Told, Work

logger = logging.getLogger("wotrus.pki.push")

_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 300.0
_LONGEST_REFUSAL = 86400.0
_PAUSE_WHEN_BROKEN = 5.0


class Queue(t.Protocol):
    """What ansible-rulebook gives a source. It holds one event: ``put`` waits until the rules took the one before."""

    async def put(self, event: Event, /) -> None:
        """Hand over an event."""


class Road(t.Protocol):
    """What is particular to pushes, or to polling."""

    @property
    def name(self) -> str:
        """The name under which its work is stored."""

    def event(self, work: Work, seen: Seen) -> Event:
        """Return ``payload`` and ``meta`` of the event."""

    def again(self, work: Work, seen: Seen) -> float | None:
        """Return the seconds after which to look again; none where it is done."""

    def looks(self, work: Work) -> int:
        """Return the tries that count once it was looked at in vain."""

    def unknown(self, work: Work) -> float | None:
        """The same for an order that WoTrus does not know."""


class Teller:
    """Does what is stored, several orders at once, for ever."""

    def __init__(self, spool: Spool, queue: Queue, look: Look, *, road: Road, parallel: int) -> None:
        self._spool = spool
        self._queue = queue
        self._look = look
        self._road = road
        self._parallel = parallel
        self._down = False

    async def run(self) -> None:
        """Tell what was stored and not told before a crash, and then whatever comes, until the task is cancelled."""
        await self._spool.hurry(self._road.name)
        async with asyncio.TaskGroup() as group:
            for _number in range(self._parallel):
                group.create_task(self._serve())

    async def _serve(self) -> None:
        while True:
            try:
                await self._next()
            except StoreBroken as exc:
                logger.error("%s; trying again", exc)
                await asyncio.sleep(_PAUSE_WHEN_BROKEN)

    async def _next(self) -> None:
        news = self._spool.news
        work, seconds = await self._spool.take(self._road.name)
        if work is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await news.wait()
            return
        try:
            await self._do(work)
        finally:
            self._spool.leave(work)

    async def _do(self, work: Work) -> None:
        if work.order_id is None:
            await self._queue.put(work.content)
            await self._spool.finish(work)
            self._spool.counts["passed_on"] += 1
            return
        try:
            seen = await self._look(work.order_id)
        except NotFound:
            await self._unknown(work)
        except WotrusError as exc:
            await self._failed(work, exc)
        else:
            await self._tell(work, work.order_id, seen)

    async def _tell(self, work: Work, order_id: str, seen: Seen) -> None:
        if self._down:
            self._down = False
            logger.warning("WoTrus answers again")
            await self._spool.hurry(self._road.name)
        if await self._spool.told(work) == seen.state:
            self._spool.counts["repeated"] += 1
        else:
            order = seen.order
            part = wotrus(
                seen.event, order_id, status=order.status, stage=order.stage.value, request_ids=seen.request_ids
            )
            await self._queue.put({**self._road.event(work, seen), "wotrus": part})
            self._spool.counts[f"told_{seen.event}"] += 1
        told = Told(seen.state, final=seen.final)
        seconds = self._road.again(work, seen)
        if seconds is None:
            await self._spool.finish(work, told=told)
        else:
            await self._spool.put_off(work, seconds=seconds, tries=self._road.looks(work), told=told)

    async def _unknown(self, work: Work) -> None:
        self._spool.counts["unknown"] += 1
        logger.warning("WoTrus does not know order %s", work.order_id)
        seconds = self._road.unknown(work)
        if seconds is None:
            await self._spool.finish(work)
        else:
            await self._spool.put_off(work, seconds=seconds, tries=work.tries)

    async def _failed(self, work: Work, exc: WotrusError) -> None:
        """Ask again later. What WoTrus refuses is given up after a day, an outage never."""
        refused = isinstance(exc, RejectedByApi)
        self._spool.counts["failed_queries"] += 1
        if refused and time.time() - work.arrived > _LONGEST_REFUSAL:
            logger.error("Order %s is given up: %s", work.order_id, exc)
            self._spool.counts["given_up"] += 1
            await self._spool.finish(work)
            return
        seconds = pause(work.tries)
        # One line tells of an outage, however many orders wait for its end.
        if refused or not self._down:
            logger.warning("Order %s cannot be asked for, and is again in %.0f s: %s", work.order_id, seconds, exc)
        self._down = self._down or not refused
        await self._spool.put_off(work, seconds=seconds, tries=work.tries + 1)


def pause(tries: int) -> float:
    """Return the seconds before the next try: exponential, with jitter."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(tries, 16)) * random.uniform(0.8, 1.0)
