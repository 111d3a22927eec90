# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store for the event loop.

Its calls run in one thread, and one process has the file.
"""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import contextlib
import fcntl
import functools
import logging
import os
import stat
import time
import typing as t
from pathlib import Path

from ansible_collections.wotrus.pki.plugins.module_utils._texts import message as texts

from .store import (
    AddResult,
    Batch,
    DeliveryRules,
    Message,
    ReadState,
    RunReport,
    Store,
    StoreError,
    Work,
)

logger = logging.getLogger("wotrus.pki.push")

_Value = t.TypeVar("_Value")

_LONGEST_VALID_CHECK = 1.0
_PAUSE_AFTER_STORE_ERROR = 5.0

Step = t.Callable[[], t.Awaitable[None]]

_open: dict[Path, WorkQueue] = {}

_OFFSET = time.time() - time.monotonic()


def clock() -> float:
    """Return the time of day by a clock that nobody can set.

    Returns
    -------
    float
        The time of day by a clock that nobody can set.

    """
    return time.monotonic() + _OFFSET


class WorkQueue:
    """A store that several sources share.

    Messages that arrive together are written together, with one sync to the disk.

    :ivar busy: the orders that are being read
    :ivar counts: the events since the start, by their kind
    :ivar changed: is set once there may be new work; read it before :meth:`take`
    :ivar orders_changed: is set once there may be orders to emit; read it before
        :meth:`next_batch`
    :ivar delivering: its holder emits the orders of all sources that share the file
    :ivar reports: the folder in which the runs of playbooks write their reports
    :ivar api_answered: when WoTrus answered last
    """

    def __init__(self, path: Path) -> None:
        """Open the store, and lock it against other processes.

        Parameters
        ----------
        path : Path
            The path.

        Raises
        ------
        StoreError
            The file or its folder cannot be used.

        """
        self.path = path
        self.busy: set[str] = set()
        self.counts: collections.Counter[str] = collections.Counter()
        self.changed = asyncio.Event()
        self.orders_changed = asyncio.Event()
        self.delivering = asyncio.Lock()
        self.reports = path.with_name(f"{path.name}.reports")
        self.api_answered: float | None = None
        self._users = 0
        self._checked = (0.0, True)
        self._lock = _lock(path)
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="wotrus-store")
        self._incoming: list[tuple[Message, asyncio.Future[AddResult]]] = []
        self._writing: asyncio.Task[None] | None = None
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self._unlock)
            try:
                self.reports.mkdir(mode=0o700, exist_ok=True)
                _require_own(self.reports)
                self._store = Store(path)
                self._store.recover(now=clock())
            except OSError as exc:
                raise StoreError(
                    texts.Message("event.path", path=self.reports, error=exc),
                ) from exc
            on_failure.pop_all()

    @property
    def stored(self) -> int:
        """The number of pushes that are not done.

        Returns
        -------
        int
            The number of pushes that are not done.

        """
        return self._store.stored

    async def add(self, message: Message, *, most: int) -> AddResult:
        """Store a push on the disk, unless the store is full.

        :exc:`StoreError` says that it could not be written.

        Parameters
        ----------
        message : Message
            The push.
        most : int
            The most that are kept.

        Returns
        -------
        AddResult
            What happened to the push.

        """
        if len(self._incoming) >= most:
            return AddResult.FULL
        future: asyncio.Future[AddResult] = asyncio.get_running_loop().create_future()
        self._incoming.append((message, future))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(most))
        return await future

    async def _write(self, most: int) -> None:
        while self._incoming:
            batch, self._incoming = self._incoming, []
            messages = [message for message, _future in batch]
            try:
                results = await self._run(self._store.add, messages, now=clock(), most=most)
            except StoreError as exc:
                for _message, future in batch:
                    if not future.done():
                        future.set_exception(exc)
                continue
            for (_message, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
            self._wake(orders=False)

    async def set_polled_orders(self, order_ids: t.Iterable[str], *, most: int) -> int:
        """Poll these orders and no others; see :meth:`Store.set_polled_orders`.

        Parameters
        ----------
        order_ids : t.Iterable[str]
            The orders' ids.
        most : int
            The most that are kept.

        Returns
        -------
        int
            How many orders are not final.

        """
        count = await self._run(
            self._store.set_polled_orders,
            list(order_ids),
            now=clock(),
            most=most,
        )
        self._wake(orders=False)
        return count

    async def open_order_ids(self) -> list[str]:
        """Return the ids of the reported orders that are not final.

        Returns
        -------
        list[str]
            The ids of the reported orders that are not final.

        """
        return await self._run(self._store.open_order_ids)

    async def take(self, source: str) -> tuple[Work | None, float | None]:
        """Return work that is due, or else the seconds until then.

        The order of the work is busy from then on.

        Parameters
        ----------
        source : str
            The source.

        Returns
        -------
        tuple[Work | None, float | None]
            Work that is due, or else the seconds until then.

        """
        now = clock()
        work, due = await self._run(self._store.due, source, now=now, busy=frozenset(self.busy))
        # Another source may have taken the order while the file was read.
        if work is not None and work.key in self.busy:
            return None, 0.0
        if work is not None:
            self.busy.add(work.key)
        return work, None if due is None else max(0.0, due - now)

    def _wake(self, *, orders: bool) -> None:
        # Wake all tasks that wait for work. A stored push is no order to emit yet.
        self.changed, old = asyncio.Event(), self.changed
        old.set()
        if orders:
            self.orders_changed, old = asyncio.Event(), self.orders_changed
            old.set()

    def release(self, work: Work) -> None:
        """Let other tasks take this order again.

        Parameters
        ----------
        work : Work
            The work.

        """
        self.busy.discard(work.key)
        self._wake(orders=True)

    async def complete(self, work: Work, *, read: ReadState | None = None) -> bool:
        """Remove work that is done; see :meth:`Store.complete`.

        Parameters
        ----------
        work : Work
            The work.
        read : ReadState | None
            The state as it was read.

        Returns
        -------
        bool
            Whether the state is another one than before.

        """
        return await self._run(self._store.complete, work, read=read, now=clock())

    async def postpone(
        self,
        work: Work,
        *,
        seconds: float,
        tries: int,
        read: ReadState | None = None,
    ) -> bool:
        """Do the work again after some seconds; see :meth:`Store.postpone`.

        Parameters
        ----------
        work : Work
            The work.
        seconds : float
            The seconds.
        tries : int
            The tries so far.
        read : ReadState | None
            The state as it was read.

        Returns
        -------
        bool
            Whether the state is another one than before.

        """
        now = clock()
        return await self._run(
            self._store.postpone,
            work,
            due=now + seconds,
            tries=tries,
            read=read,
            now=now,
        )

    async def make_due(self, source: str) -> None:
        """Let postponed work be due now; see :meth:`Store.make_due`.

        Parameters
        ----------
        source : str
            The source.

        """
        await self._run(self._store.make_due, source, now=clock())
        self._wake(orders=False)

    async def next_batch(self, rules: DeliveryRules) -> tuple[Batch | None, float | None]:
        """Return orders to emit together, or else the seconds to wait.

        Parameters
        ----------
        rules : DeliveryRules
            When orders are emitted.

        Returns
        -------
        tuple[Batch | None, float | None]
            Orders to emit together, or else the seconds to wait.

        """
        now = clock()
        batch, due = await self._run(self._store.next_batch, rules, now=now)
        return batch, None if due is None else max(0.0, due - now)

    async def mark(self, batch: Batch, name: str, delivery: str, *, seconds: float) -> None:
        """Save the delivery of a batch; see :meth:`Store.mark`.

        Parameters
        ----------
        batch : Batch
            The batch.
        name : str
            The name.
        delivery : str
            The delivery of the order.
        seconds : float
            The seconds.

        """
        await self._run(self._store.mark, batch, name, delivery, due=clock() + seconds)

    async def save_report(self, report: RunReport, *, again_after: float) -> None:
        """Save the report of a run; see :meth:`Store.save_report`.

        Parameters
        ----------
        report : RunReport
            The report.
        again_after : float
            The seconds until orders without a report are emitted again.

        """
        await self._run(self._store.save_report, report, again_after=again_after, now=clock())
        self._wake(orders=True)

    async def deliver_again(self, order_id: str) -> None:
        """Read an order, and emit its state in any case.

        Parameters
        ----------
        order_id : str
            The order's id.

        """
        await self._run(self._store.deliver_again, order_id, now=clock())
        self._wake(orders=True)

    async def clean(self) -> None:
        """Remove old rows; see :meth:`Store.clean`."""
        await self._run(self._store.clean, now=clock())

    async def summary(self) -> dict[str, t.Any]:
        """Return the deliveries; ``oldest`` is an age in seconds.

        Returns
        -------
        dict[str, t.Any]
            The deliveries; ``oldest`` is an age in seconds.

        """
        found = await self._run(self._store.summary)
        return {
            **found,
            "oldest": None if found["oldest"] is None else max(0.0, clock() - found["oldest"]),
        }

    async def can_store(self) -> bool:
        """Return whether a push can be stored.

        The answer is at most a second old, as it costs a write.

        Returns
        -------
        bool
            Whether a push can be stored.

        """
        now = clock()
        if now - self._checked[0] > _LONGEST_VALID_CHECK:
            try:
                await self._run(self._store.check, now=now)
            except StoreError as exc:
                logger.warning("%s", exc)
                self._checked = (now, False)
            else:
                self._checked = (now, True)
        return self._checked[1]

    async def _run(
        self,
        function: t.Callable[..., _Value],
        *values: object,
        **named: object,
    ) -> _Value:
        call = functools.partial(function, *values, **named)
        # A cancellation must not separate a call that has begun from the code that depends on it.
        future = asyncio.get_running_loop().run_in_executor(self._thread, call)
        return await asyncio.shield(future)

    async def _close(self) -> None:
        if self._writing is not None:
            await self._writing
        await self._run(self._store.close)
        self._unlock()

    def _unlock(self) -> None:
        self._thread.shutdown(wait=True)
        os.close(self._lock)

    async def __aenter__(self) -> t.Self:
        """Begin to use the store.

        Returns
        -------
        t.Self
            The work queue.

        """
        self._users += 1
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the store after its last user.

        Parameters
        ----------
        *exc_info : object
            The error that ended the block.

        """
        self._users -= 1
        if self._users == 0:
            del _open[self.path]
            await self._close()


def open_work_queue(path: str) -> WorkQueue:
    """Return the work queue of a file, for ``async with``.

    :exc:`StoreError` says that the file cannot be used, or that another process has it.

    Sources of one process share it.

    Parameters
    ----------
    path : str
        The path.

    Returns
    -------
    WorkQueue
        The work queue of a file, for ``async with``.

    """
    real = Path(path).expanduser().resolve()
    if real not in _open:
        _open[real] = WorkQueue(real)
    return _open[real]


def _require_own(folder: Path) -> None:
    # Another user could report that orders are handled which no run has seen.
    status = folder.lstat()
    is_own = stat.S_ISDIR(status.st_mode) and status.st_uid in (0, os.geteuid())
    # With an access control list, the permissions of the group are its mask.
    if not is_own or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise StoreError(texts.Message("event.folder", folder=folder))


def _lock(path: Path) -> int:
    # Lock the store against other processes, which would report each event again.
    name = path.with_name(f"{path.name}.lock")
    try:
        name.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise StoreError(texts.Message("event.path", path=path, error=exc)) from exc
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise StoreError(texts.Message("event.store_in_use", path=path)) from None
    return handle


async def repeat(step: Step, *, pause: float) -> t.NoReturn:
    """Do a step again and again, also after errors.

    Parameters
    ----------
    step : Step
        The step.
    pause : float
        The seconds between two steps.

    """
    while True:
        done = await try_step(step)
        await asyncio.sleep(pause if done else _PAUSE_AFTER_STORE_ERROR)


async def try_step(step: Step) -> bool:
    """Do a step, and return whether the files could be used.

    Parameters
    ----------
    step : Step
        The step.

    Returns
    -------
    bool
        Whether the files could be used.

    """
    try:
        await step()
    except (StoreError, OSError) as exc:
        logger.warning("Trying again: %s", exc)
        return False
    return True
