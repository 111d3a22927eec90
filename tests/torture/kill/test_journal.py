# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that send requests are killed: none arrives without a line in the journal.

Two processes share the journal. Each is killed at a random time, or in the middle of a line.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import random
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client import journal
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Document, NewOrder, ReissueRequest
from tests.helpers import scripted_server
from tests.torture.form import by_form

KILLS = by_form(short=40, long=500)
AT_ONCE = 2
# In every so manyth process, a line is torn.
TORN = 5
LONGEST = 0.05
ORDER_ID = "4798ed51-db0e-4a79-bbac-5f86a7a122b1"


@pytest.fixture
def server() -> Iterator[scripted_server.Script]:
    with scripted_server.start() as script:
        script.will(scripted_server.envelope({"orderId": ORDER_ID, "newOrderID": ORDER_ID, "cancelResult": True}))
        yield script


def send(url: str, path: pathlib.Path) -> None:
    """Order, reissue, revoke and cancel until the process is killed."""
    document = Document(".pdf", "JVBERi0=")
    order = NewOrder("product", "name", 12, "value-1", {"name": "Example Ltd."})
    with Api(Settings("token", url), Journal(str(path))) as api:
        while True:
            api.create(order)
            api.reissue(ReissueRequest(ORDER_ID, "CSR", "a lost key", "value-2"))
            api.revoke(ORDER_ID, reason="a lost key", document=document)
            api.cancel(ORDER_ID, reason="by mistake")


def tear(number: int) -> Callable[[int, bytes], int]:
    """Return ``os.write`` that kills its process in the middle of a line."""
    real, seen = os.write, 0

    def write(file: int, line: bytes) -> int:
        nonlocal seen
        seen += 1
        if seen == number:
            real(file, line[: len(line) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return real(file, line)

    return write


def start(work: Callable[[], None]) -> int:
    """Do work in a process of its own, which never returns into the tests."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    return child


def kill_one(url: str, path: pathlib.Path, *, chosen: random.Random, tears: bool) -> None:
    """Start a process, and kill it."""

    def work() -> None:
        if tears:
            journal.os.write = tear(chosen.randint(1, 12))
        send(url, path)

    child = start(work)
    if not tears:
        threading.Event().wait(chosen.uniform(0, LONGEST))
        os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "a process ended by itself"


def test_no_request_of_a_killed_process_is_without_a_line(
    server: scripted_server.Script, tmp_path: pathlib.Path, chosen: random.Random
) -> None:
    path = tmp_path / "journal.jsonl"
    other = start(lambda: send(server.url, path))
    try:
        for number in range(KILLS):
            kill_one(server.url, path, chosen=chosen, tears=number % TORN == 0)
    finally:
        os.kill(other, signal.SIGKILL)
        os.waitpid(other, 0)

    sent, torn, ended = set(), 0, set()
    for line in path.read_text().splitlines():
        with contextlib.suppress(ValueError):
            one = json.loads(line)
            sent |= {one["request_id"]} if one["event"] == "send" else set()
            ended |= set(one.get("request_ids", ()))
            continue
        torn += 1
    arrived = [one.headers["requestid"] for one in server.requests]
    assert len(arrived) > KILLS
    assert [one for one in arrived if one not in sent] == []
    assert ended <= sent
    assert 1 <= torn <= KILLS
    # A kill leaves one request open at most.
    assert len(sent - ended) <= KILLS + 1
