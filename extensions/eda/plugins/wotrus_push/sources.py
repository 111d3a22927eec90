# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two event sources. Each runs until it is cancelled."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import logging
import random
import typing as t
from pathlib import Path

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_order_id

from .deliveries import Deliverer
from .dispatcher import Dispatcher, FeedbackQueue, Queue, SourceKind, pause
from .listener import Listener
from .options import Arguments, PollOptions, PushOptions, poll_options, push_options
from .order_reader import OrderReader, PolledOrder
from .store import POLL, PUSH, Work
from .work_queue import WorkQueue, clock, open_work_queue, repeat

logger = logging.getLogger("wotrus.pki.push")

_RANDOM = random.SystemRandom()
_UNKNOWN_ORDER_PAUSE = 3600.0


async def push(queue: Queue, arguments: Arguments) -> None:
    """Run the source ``push``: store pushes, read their orders, emit events.

    Parameters
    ----------
    queue : Queue
        The queue of ansible-rulebook for events.
    arguments : Arguments
        The options as the rulebook has them.

    """
    options = push_options(arguments)
    async with open_work_queue(options.store) as work_queue, Listener(work_queue, options):
        await _handle(queue, arguments, _PushSource(options), work_queue)


async def poll(queue: Queue, arguments: Arguments) -> None:
    """Run the source ``poll``: read listed orders until they are final.

    Parameters
    ----------
    queue : Queue
        The queue of ansible-rulebook for events.
    arguments : Arguments
        The options as the rulebook has them.

    """
    options = poll_options(arguments)
    async with open_work_queue(options.store) as work_queue:
        refresh = functools.partial(_refresh_orders, work_queue, options)
        refreshing = functools.partial(repeat, refresh, pause=options.refresh)
        await _handle(queue, arguments, _PollSource(options), work_queue, refreshing)


async def _handle(
    queue: Queue,
    arguments: Arguments,
    kind: _PushSource | _PollSource,
    work_queue: WorkQueue,
    *further: t.Callable[[], t.Coroutine[None, None, t.NoReturn]],
) -> None:
    # Read the orders of the work queue, and emit events, until the task is cancelled.
    options = kind.options
    queue = FeedbackQueue.around(queue, arguments)
    with OrderReader(options.settings, parallel=options.parallel) as read_order:
        dispatcher = Dispatcher(
            work_queue,
            queue,
            read_order,
            kind=kind,
            parallel=options.parallel,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(dispatcher.run())
            group.create_task(Deliverer(work_queue, queue, options.rules).run())
            for run in further:
                group.create_task(run())


@dataclasses.dataclass(frozen=True)
class _PushSource(SourceKind):
    options: PushOptions
    name: str = PUSH

    def next_read(self, work: Work, found: PolledOrder) -> float | None:
        """Return the seconds until the order is read again.

        A push may come before Query shows its event.

        Parameters
        ----------
        work : Work
            The work.
        found : PolledOrder
            The order as WoTrus has it.

        Returns
        -------
        float | None
            The seconds until the order is read again.

        """
        unconfirmed = (work.issued and not found.final) or (
            work.revoked and not found.order.is_revoked
        )
        waits = (
            unconfirmed
            and not found.order.is_dead
            and clock() - work.arrived < self.options.confirm_timeout
        )
        return pause(work.tries) if waits else None

    def tries_after(self, work: Work) -> int:
        return work.tries + 1

    def next_read_of_unknown(self, _work: Work) -> float | None:
        return None


@dataclasses.dataclass(frozen=True)
class _PollSource(SourceKind):
    options: PollOptions
    name: str = POLL

    def next_read(self, _work: Work, found: PolledOrder) -> float | None:
        if found.final:
            return None
        seconds = self.options.intervals.get(
            found.order.stage.value,
            max(self.options.intervals.values()),
        )
        return seconds * _RANDOM.uniform(0.9, 1.0)

    def tries_after(self, _work: Work) -> int:
        return 0

    def next_read_of_unknown(self, _work: Work) -> float | None:
        return _UNKNOWN_ORDER_PAUSE


async def _refresh_orders(work_queue: WorkQueue, options: PollOptions) -> None:
    # Update the orders to poll.
    listed = [*options.order_ids, *await asyncio.to_thread(_read_ids, options.order_ids_file)]
    pushed = await work_queue.open_order_ids() if options.pushed else []
    count = await work_queue.set_polled_orders([*listed, *pushed], most=options.max_orders)
    if count > options.max_orders:
        logger.error(
            "Only %d of %d orders are polled: see max_orders",
            options.max_orders,
            count,
        )


def _read_ids(name: str | None) -> list[str]:
    # Return the order ids of a file, one per line.
    # The file may have comments. The list is empty if the file cannot be read.
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
        logger.warning(
            "order_ids_file %s: no order id in line %s",
            name,
            ", ".join(map(str, wrong[:5])),
        )
    return [text for text in texts if is_order_id(text)]
