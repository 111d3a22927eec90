# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store as the event loop sees it: one for each file, in a thread of its own, and in one process alone."""

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

from .store import PUSHED, Message, Store, StoreBroken, Taken, Told, Work

_Value = t.TypeVar("_Value")

_open: dict[Path, Spool] = {}


class Spool:
    """A store that sources share. ``busy``: the orders that are being looked at; ``counts``: what happened so far.

    What comes in together is written together, so that one wait for the disk serves many pushes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.busy: set[str] = set()
        self.counts: collections.Counter[str] = collections.Counter()
        self.news = asyncio.Event()
        self._users = 0
        self._lock = _lock(path)
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="wotrus-store")
        self._incoming: list[tuple[Message, asyncio.Future[Taken]]] = []
        self._writing: asyncio.Task[None] | None = None
        try:
            self._store = Store(path)
        except BaseException:
            self._release()
            raise

    @property
    def stored(self) -> int:
        """The pushes that are not done."""
        return self._store.stored

    async def add(self, message: Message, *, most: int) -> Taken:
        """Store a push; where this returns, it is on the disk, or there is no room for it.

        :raises StoreBroken: it could not be written
        """
        if len(self._incoming) >= most:
            return Taken.FULL
        future: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._incoming.append((message, future))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(most))
        return await future

    async def _write(self, most: int) -> None:
        while self._incoming:
            batch, self._incoming = self._incoming, []
            messages = [message for message, _future in batch]
            try:
                taken = await self._run(self._store.add, messages, now=time.time(), most=most)
            except StoreBroken as exc:
                for _message, future in batch:
                    if not future.done():
                        future.set_exception(exc)
                continue
            for (_message, future), one in zip(batch, taken, strict=True):
                if not future.done():
                    future.set_result(one)
            self._tell()

    async def watch(self, order_ids: t.Iterable[str], *, most: int) -> int:
        """Poll these orders and no others; see :meth:`Store.watch`."""
        count = await self._run(self._store.watch, list(order_ids), now=time.time(), most=most)
        self._tell()
        return count

    async def unended(self) -> list[str]:
        """Return the ids of the orders that were told of, and may still be issued."""
        return await self._run(self._store.unended)

    async def take(self, road: str) -> tuple[Work | None, float | None]:
        """Return what is to be done now, which is then busy, or else the seconds until there is something to do."""
        now = time.time()
        work, due = await self._run(self._store.due, road, now=now, busy=frozenset(self.busy))
        # Another source may have taken the order while the file was read.
        if work is not None and work.key in self.busy:
            return None, 0.0
        if work is not None:
            self.busy.add(work.key)
        return work, None if due is None else max(0.0, due - now)

    def _tell(self) -> None:
        """Wake everybody who waits for something to do. Each looks at ``news`` before it looks at the file."""
        self.news, old = asyncio.Event(), self.news
        old.set()

    def leave(self, work: Work) -> None:
        """Let others look at this order again."""
        self.busy.discard(work.key)
        self._tell()

    async def told(self, work: Work) -> str | None:
        """Return the state of the order that was told last."""
        return await self._run(self._store.told, work.key)

    async def finish(self, work: Work, *, told: Told | None = None) -> None:
        """Forget what is done; see :meth:`Store.finish`."""
        await self._run(self._store.finish, work, told=told, now=time.time())

    async def put_off(self, work: Work, *, seconds: float, tries: int, told: Told | None = None) -> None:
        """Do it again after some seconds; see :meth:`Store.put_off`."""
        now = time.time()
        await self._run(self._store.put_off, work, due=now + seconds, tries=tries, told=told, now=now)

    async def hurry(self, road: str = PUSHED) -> None:
        """Wait no longer with what was put off."""
        await self._run(self._store.hurry, road, now=time.time())
        self._tell()

    async def _run(self, function: t.Callable[..., _Value], *values: object, **named: object) -> _Value:
        call = functools.partial(function, *values, **named)
        # A call that has begun is always waited for: half of what follows from it must not be lost to a cancellation.
        future = asyncio.get_running_loop().run_in_executor(self._thread, call)
        return await asyncio.shield(future)

    async def _close(self) -> None:
        if self._writing is not None:
            await self._writing
        await self._run(self._store.close)
        self._release()

    def _release(self) -> None:
        self._thread.shutdown(wait=True)
        os.close(self._lock)

    async def __aenter__(self) -> Spool:
        self._users += 1
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._users -= 1
        if self._users == 0:
            del _open[self.path]
            await self._close()


def spool_at(path: str) -> Spool:
    """Return the spool of a file, the one that is open where another source of this process has it: ``async with``.

    :raises StoreBroken: it cannot be used, or another process has it
    """
    real = Path(path).expanduser().resolve()
    if real not in _open:
        _open[real] = Spool(real)
    return _open[real]


def _lock(path: Path) -> int:
    """Keep other processes from the store, which would tell everything a second time."""
    name = path.with_name(f"{path.name}.lock")
    try:
        name.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise StoreBroken(f"cannot use the store {path}: {exc}") from exc
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise StoreBroken(f"another process has the store {path}: give this source another one") from None
    return handle
