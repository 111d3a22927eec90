# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source is killed between each two of its steps."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.helpers.pushes import HEADER, PATH_TOKEN, SECRET, encoded, free_port, push, signature
from tests.helpers.sandbox import ROOT, Sandbox
from tests.unit.sandbox import orders

from .running import arguments, run, wait_until

PROGRAM = Path(__file__).with_name("killed_source.py")
# From the start to the end of an order's delivery there are fewer.
MOST_STEPS = 18
_NEVER = 0


class Killed:
    """One run of the source."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, session: aiohttp.ClientSession) -> None:
        self.process = process
        self._url = f"http://127.0.0.1:{port}"
        self._session = session

    @property
    def is_over(self) -> bool:
        """Whether it was killed."""
        return self.process.returncode is not None

    async def push(self, order_id: str) -> bool:
        """Push, and return whether it was answered."""
        body = encoded(push(order_id))
        with contextlib.suppress(aiohttp.ClientError):
            url = f"{self._url}/push/{PATH_TOKEN}"
            async with self._session.post(url, data=body, headers={HEADER: signature(body)}) as response:
                return response.status == 200
        return False

    async def delivered(self) -> bool:
        """Return whether one order is delivered and nothing waits."""
        with contextlib.suppress(aiohttp.ClientError):
            async with self._session.get(f"{self._url}/healthz") as response:
                state = await response.json()
                return bool(state["orders"]["done"] == 1 and not state["stored"])
        return False


@contextlib.asynccontextmanager
async def started(folder: Path, sandbox: Sandbox, step: int) -> AsyncIterator[Killed]:
    """Run the source until the end of the block or the step."""
    port = free_port()
    given = arguments(folder, sandbox, port=port, path_token=PATH_TOKEN, hmac_secret=SECRET)
    paths = os.pathsep.join(map(str, (ROOT, ROOT / ".build" / "collections")))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        PROGRAM,
        str(step),
        folder / "events",
        json.dumps(given),
        env={**os.environ, "PYTHONPATH": paths},
    )
    async with aiohttp.ClientSession() as session:
        try:
            yield Killed(process, port, session)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


@pytest.mark.parametrize("step", range(1, MOST_STEPS + 1))
def test_a_kill_at_each_step_delays_the_event_and_loses_nothing(sandbox: Sandbox, tmp_path: Path, step: int) -> None:
    async def scenario() -> None:
        order_id = (await asyncio.to_thread(orders.create, sandbox, orders.body())).strip().lower()
        answered = False
        async with started(tmp_path, sandbox, step) as source:
            while not source.is_over and not answered:
                answered = await source.push(order_id)
                await asyncio.sleep(0.01)

            async def is_at_an_end() -> bool:
                return source.is_over or await source.delivered()

            await wait_until(is_at_an_end)
        async with started(tmp_path, sandbox, _NEVER) as source:
            # WoTrus repeats a push that was not answered, and no other.
            while not answered:
                answered = await source.push(order_id)
                await asyncio.sleep(0.01)
            await wait_until(source.delivered)

    run(scenario)

    events = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    assert {event["event"] for event in events} == {"issued"}
    # The run after a kill finds nothing to do if the one before was successful.
    assert len(events) in (1, 2)
