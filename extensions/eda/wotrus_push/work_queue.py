# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store for the event loop.

Its calls run in one thread, and one process has the file.
"""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import fcntl
import functools
import os
import time
import typing as t
from pathlib import Path

from .store import PUSH, AddResult, Message, ReportedState, Store, StoreError, Work

_Value = t.TypeVar("_Value")

_open: dict[Path, WorkQueue] = {}


class WorkQueue:
    """A store that several sources share.

    Messages that arrive together are written together, with one sync to the disk.

    :ivar busy: the orders that are being read
    :ivar counts: the events since the start, by their kind
    :ivar changed: is set once there may be new work; read it before :meth:`take`
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.busy: set[str] = set()
        self.counts: collections.Counter[str] = collections.Counter()
        self.changed = asyncio.Event()
        self._users = 0
        self._lock = _lock(path)
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="wotrus-store")
        self._incoming: list[tuple[Message, asyncio.Future[AddResult]]] = []
        self._writing: asyncio.Task[None] | None = None
        try:
            self._store = Store(path)
        except BaseException:
            self._unlock()
            raise

    @property
    def stored(self) -> int:
        """The number of pushes that are not done."""
        return self._store.stored

    async def add(self, message: Message, *, most: int) -> AddResult:
        """Store a push on the disk, unless the store is full.

        :raises StoreError: it could not be written
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
                results = await self._run(self._store.add, messages, now=time.time(), most=most)
            except StoreError as exc:
                for _message, future in batch:
                    if not future.done():
                        future.set_exception(exc)
                continue
            for (_message, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
            self._wake()

    async def set_polled_orders(self, order_ids: t.Iterable[str], *, most: int) -> int:
        """Poll these orders and no others; see :meth:`Store.set_polled_orders`."""
        count = await self._run(self._store.set_polled_orders, list(order_ids), now=time.time(), most=most)
        self._wake()
        return count

    async def open_order_ids(self) -> list[str]:
        """Return the ids of the reported orders that are not final."""
        return await self._run(self._store.open_order_ids)

    async def take(self, source: str) -> tuple[Work | None, float | None]:
        """Return work that is due, else the seconds until some is.

        The order of the returned work is busy from then on.
        """
        now = time.time()
        work, due = await self._run(self._store.due, source, now=now, busy=frozenset(self.busy))
        # Another source may have taken the order while the file was read.
        if work is not None and work.key in self.busy:
            return None, 0.0
        if work is not None:
            self.busy.add(work.key)
        return work, None if due is None else max(0.0, due - now)

    def _wake(self) -> None:
        """Wake all tasks that wait for work."""
        self.changed, old = asyncio.Event(), self.changed
        old.set()

    def release(self, work: Work) -> None:
        """Let other tasks take this order again."""
        self.busy.discard(work.key)
        self._wake()

    async def reported_state(self, work: Work) -> str | None:
        """Return the state of the order that was reported last."""
        return await self._run(self._store.reported_state, work.key)

    async def complete(self, work: Work, *, reported: ReportedState | None = None) -> None:
        """Remove work that is done; see :meth:`Store.complete`."""
        await self._run(self._store.complete, work, reported=reported, now=time.time())

    async def postpone(self, work: Work, *, seconds: float, tries: int, reported: ReportedState | None = None) -> None:
        """Do the work again after some seconds; see :meth:`Store.postpone`."""
        now = time.time()
        await self._run(self._store.postpone, work, due=now + seconds, tries=tries, reported=reported, now=now)

    async def make_due(self, source: str = PUSH) -> None:
        """Let postponed work be due now; see :meth:`Store.make_due`."""
        await self._run(self._store.make_due, source, now=time.time())
        self._wake()

    async def _run(self, function: t.Callable[..., _Value], *values: object, **named: object) -> _Value:
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

    async def __aenter__(self) -> WorkQueue:
        self._users += 1
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._users -= 1
        if self._users == 0:
            del _open[self.path]
            await self._close()


def open_work_queue(path: str) -> WorkQueue:
    """Return the work queue of a file, for ``async with``.

    Sources of one process share it.

    :raises StoreError: the file cannot be used, or another process has it
    """
    real = Path(path).expanduser().resolve()
    if real not in _open:
        _open[real] = WorkQueue(real)
    return _open[real]


def _lock(path: Path) -> int:
    """Lock the store against other processes, which would report each event again."""
    name = path.with_name(f"{path.name}.lock")
    try:
        name.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise StoreError(f"cannot use the store {path}: {exc}") from exc
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise StoreError(f"another process has the store {path}: give this source another one") from None
    return handle
