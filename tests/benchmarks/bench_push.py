# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The capacity of the event source.

It is measured in pushes a second, in memory with 10,000 stored pushes, and in the delay from a push to its event. The
source, the sandbox and the sender share this machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import re
import resource
import socket
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.benchmarks.conftest import Bench
from tests.benchmarks.report import Listing
from tests.helpers.pushes import HEADER, PATH_TOKEN, SECRET, encoded, free_port, push, signature
from tests.helpers.sandbox import ROOT, Sandbox
from tests.unit.sandbox import orders

PROGRAM = Path(__file__).with_name("push_source.py")
CONNECTIONS = 32
ORDERS = 100
GENUINE = 500
_FLOOD = 30.0
"""Seconds that the flood lasts at least, if the full sizes are measured."""
_LONGEST = 30.0


class Source:
    """The source, in a process of its own."""

    def __init__(self, folder: Path, sandbox: Sandbox, *, most: int) -> None:
        self.port = free_port()
        own = {"port": self.port, "path_token": PATH_TOKEN, "hmac_secret": SECRET, "max_stored": most}
        # Each order is an event of its own, and no run reports.
        own |= {"collect": 0, "needs_report": False}
        api = {"api_token": sandbox.token, "api_url": sandbox.url, "ca_path": sandbox.tls_ca, "rate_limit": 0}
        arguments = json.dumps({**own, **api, "store": str(folder / "pushes.sqlite3")})
        paths = (ROOT, ROOT / ".build" / "collections")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, arguments], stdout=subprocess.PIPE, text=True, env=environment
        )
        self.url = f"http://127.0.0.1:{self.port}/push/{PATH_TOKEN}"
        wait_for_listener(self.port)

    @property
    def memory(self) -> float:
        """MiB that it has at the moment."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[0]) / 1024

    @property
    def cpu(self) -> float:
        """Seconds of CPU that it took so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def event(self) -> tuple[float, str]:
        """Wait for the next event; return its time and its order."""
        line = self.process.stdout.readline() if self.process.stdout else ""
        moment, order_id = line.split()
        return float(moment), order_id


def wait_for_listener(port: int) -> None:
    """Wait until a process listens on a port.

    :raises TimeoutError: it does not
    """
    end = time.monotonic() + _LONGEST
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.01)
    raise TimeoutError("the source does not listen")


@contextlib.contextmanager
def running(folder: Path, sandbox: Sandbox, *, most: int) -> Iterator[Source]:
    """Run the source until the end of the block."""
    source = Source(folder, sandbox, most=most)
    try:
        yield source
    finally:
        source.process.kill()
        source.process.communicate()


@pytest.fixture(scope="module")
def listing(listings: list[Listing]) -> Listing:
    """The table of pushes."""
    one = Listing(
        "pushes", "The event source, with the sandbox and who pushes on the same machine", ("What", "Measured")
    )
    listings.append(one)
    return one


async def _send(url: str, bodies: list[bytes], *, connections: int) -> list[int]:
    left = list(reversed(bodies))
    answers: list[int] = []

    async def customer(session: aiohttp.ClientSession) -> None:
        while left:
            body = left.pop()
            async with session.post(url, data=body, headers={HEADER: signature(body)}) as response:
                answers.append(response.status)

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(customer(session) for _number in range(connections)))
    return answers


def timed(url: str, bodies: list[bytes], *, connections: int) -> float:
    """Push all bodies, and return the accepted pushes a second."""
    started = time.perf_counter()
    answers = asyncio.run(_send(url, bodies, connections=connections))
    assert answers == [200] * len(bodies)
    return len(bodies) / (time.perf_counter() - started)


def test_pushes_a_second_and_memory(bench: Bench, listing: Listing, tmp_path: Path) -> None:
    number = bench.sizes.pushes[0]
    bodies = [encoded(push(str(uuid.uuid4()))) for _number in range(number)]
    few, most = bodies[: number // 20], bodies[number // 20 :]
    with running(tmp_path, bench.sandbox, most=number) as source:
        # No question is answered meanwhile, so that every push waits in the store.
        bench.sandbox.fault("query", "hold", times=-1)
        before = source.memory
        one = timed(source.url, few, connections=1)
        cpu = source.cpu
        many = timed(source.url, most, connections=CONNECTIONS)
        cpu = (source.cpu - cpu) * 1000 / len(most)
        after = source.memory
        size = sum(file.stat().st_size for file in tmp_path.iterdir()) / 2**20
        bench.sandbox.clear_faults()
    listing.rows += [
        ("Pushes a second, one after the other", f"{one:,.0f}"),
        (f"Pushes a second over {CONNECTIONS} connections", f"{many:,.0f}"),
        ("CPU of the source for a push", f"{cpu:.2f} ms"),
        ("Memory of the source at its start", f"{before:.0f} MiB"),
        (f"Memory with {number:,} pushes that wait", f"{after:.0f} MiB"),
        ("The store's file with them", f"{size:.0f} MiB"),
    ]


def test_the_delay_from_a_push_to_its_event(bench: Bench, listing: Listing, tmp_path: Path) -> None:
    ids = [orders.create(bench.sandbox, orders.body()) for _number in range(ORDERS)]
    delays: list[float] = []
    with running(tmp_path, bench.sandbox, most=ORDERS) as source:
        for order_id in ids:
            started = time.time()
            timed(source.url, [encoded(push(order_id))], connections=1)
            moment, reported = source.event()
            assert orders.same(reported, order_id)
            delays.append((moment - started) * 1000)
    listing.rows += [
        ("From a push to its event, median", f"{statistics.median(delays):.0f} ms"),
        ("From a push to its event, of 95 in 100", f"{statistics.quantiles(delays, n=100)[94]:.0f} ms"),
    ]


def test_the_longest_answer_beside_a_flood(bench: Bench, listing: Listing, tmp_path: Path) -> None:
    crowd = bench.sizes.flood[0]
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4 * crowd + 1000, limits[1]), limits[1]))
    try:
        with running(tmp_path, bench.sandbox, most=bench.sizes.pushes[0]) as source:
            bench.sandbox.fault("query", "hold", times=-1)
            flood = asyncio.run(_flood(source, crowd, seconds=_FLOOD if bench.binding else 0.0))
            bench.sandbox.clear_faults()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    listing.rows += [
        (f"Seconds with {crowd:,} half-open connections and forged pushes", f"{flood.seconds:.0f}"),
        ("Genuine pushes meanwhile, all answered with 200", f"{flood.genuine:,}"),
        ("Longest answer to one of them", f"{flood.longest:.0f} ms"),
        ("Forged pushes a second meanwhile", f"{flood.forged / flood.seconds:,.0f}"),
    ]


@dataclasses.dataclass
class Flood:
    """The numbers of pushes, the seconds, and the longest answer in milliseconds."""

    genuine: int = 0
    forged: int = 0
    seconds: float = 0.0
    longest: float = 0.0


async def _flood(source: Source, crowd: int, *, seconds: float) -> Flood:
    """Push beside half-open connections and forged pushes.

    :param seconds: how long at least
    """
    half_open = [await asyncio.open_connection("127.0.0.1", source.port) for _number in range(crowd)]
    for _reader, writer in half_open:
        writer.write(b"POST /push/x HTTP/1.1\r\nHost: a\r\n")
    flood = Flood()
    is_over = asyncio.Event()
    wrong = source.url.rpartition("/")[0] + "/path-token-of-nobody-here"

    async def forge(session: aiohttp.ClientSession) -> None:
        while not is_over.is_set():
            async with session.post(wrong, data=b"{}") as response:
                assert response.status == 404
            flood.forged += 1

    started = time.perf_counter()
    # Genuine pushes have a client of their own, so that they do not wait for its connections.
    async with aiohttp.ClientSession() as forger, aiohttp.ClientSession() as client, asyncio.TaskGroup() as group:
        for _number in range(CONNECTIONS):
            group.create_task(forge(forger))
        while flood.genuine < GENUINE or time.perf_counter() < started + seconds:
            body = encoded(push(str(uuid.uuid4())))
            sent = time.perf_counter()
            async with client.post(source.url, data=body, headers={HEADER: signature(body)}) as response:
                assert response.status == 200
            flood.genuine += 1
            flood.longest = max(flood.longest, (time.perf_counter() - sent) * 1000)
            # Slowly enough that the store has room for all of them.
            await asyncio.sleep(seconds / (10 * GENUINE))
        is_over.set()
    flood.seconds = time.perf_counter() - started
    for _reader, writer in half_open:
        writer.close()
    return flood
