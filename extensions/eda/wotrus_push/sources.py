# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event sources: everything put together. Each runs until it is cancelled."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import random
import time
import typing as t
from pathlib import Path

from .listener import Listener
from .normal import Event, as_push, is_order_id
from .options import Arguments, PollOptions, PushOptions, poll_options, push_options
from .readback import Reader, Seen
from .spool import Spool, spool_at
from .store import PUSHED, WATCHED, StoreBroken, Work
from .teller import Queue, Teller, pause

logger = logging.getLogger("wotrus.pki.push")

_UNKNOWN_AGAIN = 3600.0


async def push(queue: Queue, arguments: Arguments) -> None:
    """Be the event source ``push``: listen, store, answer; read back, tell."""
    options = push_options(arguments)
    async with spool_at(options.store) as spool:
        with Reader(options.settings, parallel=options.parallel) as look:
            teller = Teller(spool, queue, look, road=_Pushed(options), parallel=options.parallel)
            async with Listener(spool, options):
                await teller.run()


async def poll(queue: Queue, arguments: Arguments) -> None:
    """Be the event source ``poll``: ask for each order that is listed until it ended, and tell what changed."""
    options = poll_options(arguments)
    async with spool_at(options.store) as spool:
        with Reader(options.settings, parallel=options.parallel) as look:
            teller = Teller(spool, queue, look, road=_Watched(options), parallel=options.parallel)
            async with asyncio.TaskGroup() as group:
                group.create_task(teller.run())
                group.create_task(_list(spool, options))


@dataclasses.dataclass(frozen=True)
class _Pushed:
    options: PushOptions
    name: str = PUSHED

    def event(self, work: Work, _seen: Seen) -> Event:
        return work.content

    def again(self, work: Work, seen: Seen) -> float | None:
        """A push may come before Query shows what it says: then ask again for a while."""
        claimed = (work.issued and not seen.final) or (work.revoked and not seen.order.is_revoked)
        waits = claimed and not seen.order.is_dead and time.time() - work.arrived < self.options.confirm_timeout
        return pause(work.tries) if waits else None

    def looks(self, work: Work) -> int:
        return work.tries + 1

    def unknown(self, _work: Work) -> float | None:
        return None


@dataclasses.dataclass(frozen=True)
class _Watched:
    options: PollOptions
    name: str = WATCHED

    def event(self, work: Work, seen: Seen) -> Event:
        order = seen.order
        payload = as_push(work.order_id or order.id, issued=order.is_issued, revoked=order.is_revoked)
        return {"payload": payload, "meta": {"endpoint": "poll", "headers": {}}}

    def again(self, _work: Work, seen: Seen) -> float | None:
        if seen.final:
            return None
        seconds = self.options.intervals.get(seen.order.stage.value, max(self.options.intervals.values()))
        return seconds * random.uniform(0.9, 1.0)

    def looks(self, _work: Work) -> int:
        return 0

    def unknown(self, _work: Work) -> float | None:
        return _UNKNOWN_AGAIN


async def _list(spool: Spool, options: PollOptions) -> t.NoReturn:
    """Say again and again which orders are to be polled."""
    while True:
        try:
            listed = [*options.order_ids, *await asyncio.to_thread(_read, options.order_ids_file)]
            pushed = await spool.unended() if options.pushed else []
            count = await spool.watch([*listed, *pushed], most=options.max_orders)
        except StoreBroken as exc:
            logger.error("%s; trying again", exc)
        else:
            if count > options.max_orders:
                logger.error("There are %d orders to poll, and only %d are: see max_orders", count, options.max_orders)
        await asyncio.sleep(options.refresh)


def _read(name: str | None) -> list[str]:
    """Read a file of ids, one a line, with comments; while it is missing or unreadable there are none in it."""
    if name is None:
        return []
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as exc:
        logger.warning("order_ids_file %s cannot be read: %s", name, exc)
        return []
    texts = [line.partition("#")[0].strip() for line in lines]
    wrong = [number for number, text in enumerate(texts, 1) if text and not is_order_id(text)]
    if wrong:
        logger.warning("order_ids_file %s: no id of an order in line %s", name, ", ".join(map(str, wrong[:5])))
    return [text for text in texts if is_order_id(text)]
