# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the sources in the test's event loop, with a queue.

The queue holds one event, as in ansible-rulebook.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp

from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push import sources, work_queue
from tests.helpers.pushes import HEADER, PATH_TOKEN, SECRET, encoded, free_port, signature
from tests.helpers.sandbox import Sandbox

LONGEST = 300.0
"""Seconds until a test that hangs is given up, also on a loaded machine."""
Event = dict[str, Any]


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario to its end, in bounded time."""

    async def bounded() -> None:
        async with asyncio.timeout(2 * LONGEST):
            await scenario()

    asyncio.run(bounded())


class Clock:
    """The clock of the sources; it stands still until it is moved.

    :ivar moment: its time in seconds
    """

    def __init__(self) -> None:
        self.moment = 0.0

    def monotonic(self) -> float:
        """Return the time of the clock that nobody can set."""
        return self.moment

    def time(self) -> float:
        """Return the time of day, which a source must not use."""
        return time.time()

    def advance(self, seconds: float) -> None:
        """Move the clock, and wake the tasks that wait for a time."""
        self.moment += seconds
        for one in work_queue._open.values():
            one._wake(orders=True)


class Source:
    """The source ``push`` with requests of WoTrus and a queue."""

    def __init__(self, arguments: dict[str, Any], session: aiohttp.ClientSession) -> None:
        self.queue: asyncio.Queue[Event] = asyncio.Queue(1)
        self.task = asyncio.create_task(sources.push(self.queue, arguments))
        self._session = session
        scheme = "https" if arguments.get("certfile") else "http"
        self.url = f"{scheme}://127.0.0.1:{arguments['port']}"

    async def next(self, *, report: str | None = "done") -> Event:
        """Take the next event, and report as its run would."""
        return await take(self.queue, report=report)

    async def send(
        self,
        body: bytes,
        *,
        method: str = "POST",
        path: str = f"/push/{PATH_TOKEN}",
        headers: dict[str, str] | None = None,
        tls: ssl.SSLContext | bool = True,
    ) -> int:
        """Send a body, and return the status of the answer."""
        given = {HEADER: signature(body)} if headers is None else headers
        async with self._session.request(method, self.url + path, data=body, headers=given, ssl=tls) as response:
            return response.status

    async def push(self, payload: object) -> None:
        """Push as WoTrus does."""
        assert await self.send(encoded(payload)) == 200

    async def health(self) -> tuple[int, dict[str, Any]]:
        """Return the status and the content of ``/healthz``."""
        async with self._session.get(f"{self.url}/healthz") as response:
            return response.status, await response.json()

    async def metrics(self) -> str:
        """Return the answer of ``/metrics``."""
        async with self._session.get(f"{self.url}/metrics") as response:
            assert response.status == 200
            return await response.text()

    async def counts(self, **wanted: int) -> dict[str, int]:
        """Wait for minimal counts, and return all counts."""

        async def reached() -> bool:
            counts = (await self.health())[1]["counts"]
            return all(counts.get(name, 0) >= number for name, number in wanted.items())

        await wait_until(reached)
        return dict((await self.health())[1]["counts"])

    async def emptied(self) -> None:
        """Wait until no push is stored and each order is delivered."""

        async def empty() -> bool:
            state = (await self.health())[1]
            return not (state["stored"] or state["orders"]["open"] or state["orders"]["sent"])

        await wait_until(empty)


async def take(queue: asyncio.Queue[Event], *, report: str | None = "done") -> Event:
    """Take the next event, and report its orders as ``done`` or ``failed``."""
    async with asyncio.timeout(LONGEST):
        event = await queue.get()
    if report and "wotrus" in event:
        write_report(event, **{report: event["wotrus"]["order_ids"]})
    return event


def write_report(event: Event, **content: Any) -> None:
    """Write the report of a run, as the playbook does."""
    file = Path(event["wotrus"]["report"])
    part = file.with_name(f".{file.name}")
    part.write_text(json.dumps({"done": [], "failed": [], "hosts": {}, **content}))
    part.rename(file)


async def wait_until(is_true: Callable[[], bool | Coroutine[Any, Any, bool]]) -> None:
    """Wait until a condition is true, in bounded time."""
    async with asyncio.timeout(LONGEST):
        while True:
            found = is_true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


def arguments(folder: Path, sandbox: Sandbox | None = None, **more: Any) -> dict[str, Any]:
    """Return the arguments of a source that reads orders from the sandbox."""
    api = {"api_token": "tk_none", "api_url": "http://127.0.0.1:1", "retries": 0, "timeout": 5}
    if sandbox is not None:
        api.update(api_token=sandbox.token, api_url=sandbox.url, ca_path=sandbox.tls_ca, timeout=10)
    return {"store": str(folder / "store" / "pushes.sqlite3"), "collect": 0, **api, **more}


@contextlib.asynccontextmanager
async def started(folder: Path, sandbox: Sandbox | None = None, **more: Any) -> AsyncIterator[Source]:
    """Run the source ``push`` for a block, and then cancel it.

    ansible-rulebook cancels it too.
    """
    own = {"port": free_port(), "path_token": PATH_TOKEN, "hmac_secret": SECRET, **more}
    given = arguments(folder, sandbox, **own)
    async with aiohttp.ClientSession() as session:
        source = Source(given, session)
        try:
            await wait_for_listener(source)
            yield source
        finally:
            source.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await source.task


async def wait_for_listener(source: Source) -> None:
    """Wait until a source listens, or raise its error."""
    async with asyncio.timeout(LONGEST):
        while True:
            if source.task.done():
                await source.task
            with contextlib.suppress(OSError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", int(source.url.rpartition(":")[2]))
                writer.close()
                return
            await asyncio.sleep(0.01)
            await asyncio.sleep(0.01)
