# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source ``poll``: listed orders are read until final, and reported."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push import sources
from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push.options import poll_options
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from tests.helpers.pushes import UNKNOWN, push
from tests.helpers.sandbox import Sandbox
from tests.unit.sandbox import orders

from .running import Event, arguments, run, started, take, wait_until

SOON = {"refresh": 0.05, "intervals": {"waiting_on_ca": 0.1, "waiting_on_you": 0.1, "unknown": 0.1}}


@contextlib.asynccontextmanager
async def polling(folder: Path, sandbox: Sandbox, **more: Any) -> AsyncIterator[asyncio.Queue[Event]]:
    """Run the source ``poll`` until the end of the block."""
    queue: asyncio.Queue[Event] = asyncio.Queue(1)
    task = asyncio.create_task(sources.poll(queue, arguments(folder, sandbox, **{**SOON, **more})))
    try:
        yield queue
        assert not task.done()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def key(order_id: str) -> str:
    return order_id.strip().lower()


async def take_orders(queue: asyncio.Queue[Event], count: int, event: str) -> set[str]:
    """Take events of one kind until they name so many orders."""
    taken: set[str] = set()
    while len(taken) < count:
        part = (await take(queue))["wotrus"]
        assert part["event"] == event
        taken.update(part["order_ids"])
    return taken


def asked(sandbox: Sandbox) -> list[str]:
    """Return the ids that were asked for, in lower case."""
    return [call["path"].rpartition("/")[2].strip().lower() for call in sandbox.calls("query")]


@pytest.mark.manual("8.three-times")
def test_an_order_without_a_push_is_reported_when_it_is_issued(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(manual_review=True)

    async def scenario() -> None:
        order_id, other = [await asyncio.to_thread(orders.create, sandbox, orders.body()) for _number in range(2)]
        async with polling(tmp_path, sandbox, order_ids=[order_id, other]) as queue:
            assert await take_orders(queue, 2, "changed") == {key(order_id), key(other)}
            await asyncio.to_thread(sandbox.order, order_id, "issue")
            event = await take(queue)
            assert event["wotrus"]["event"] == "issued"
            assert event["wotrus"]["order_ids"] == [key(order_id)]
            sandbox.clear_calls()
            # It ended: the other one is asked for again and again, and this one is not.
            await wait_until(lambda: len(asked(sandbox)) >= 4)
            assert set(asked(sandbox)) == {other.strip().lower()}
            assert queue.empty()

    run(scenario)


def test_a_file_of_ids_is_read_again_and_again(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "orders.txt"

    async def scenario() -> None:
        async with polling(tmp_path, sandbox, order_ids_file=str(file)) as queue:
            ids = [await asyncio.to_thread(orders.create, sandbox, orders.body()) for _number in range(2)]
            file.write_text(f"# pending orders\n\n{ids[0]}   # contracts\nno id at all\n{ids[1].swapcase()}\n")
            assert await take_orders(queue, 2, "issued") == set(map(key, ids))

    run(scenario)


def test_the_interval_depends_on_the_stage_of_an_order(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(manual_review=True)

    async def scenario() -> None:
        waits, unpaid = [await asyncio.to_thread(orders.create, sandbox, orders.body()) for _number in range(2)]
        await asyncio.to_thread(sandbox.order, unpaid, "unpaid")
        sandbox.clear_calls()
        intervals = {"waiting_on_ca": 0.1, "waiting_on_you": 100, "unknown": 100}
        async with polling(tmp_path, sandbox, order_ids=[waits, unpaid], intervals=intervals) as queue:
            await take_orders(queue, 2, "changed")
            await wait_until(lambda: len(sandbox.calls("query")) >= 5)
        assert asked(sandbox).count(unpaid.strip().lower()) == 1

    run(scenario)


def test_no_more_than_max_orders_are_polled(sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sandbox.settings(manual_review=True)

    async def scenario() -> None:
        ids = [await asyncio.to_thread(orders.create, sandbox, orders.body()) for _number in range(3)]
        sandbox.clear_calls()
        async with polling(tmp_path, sandbox, order_ids=ids, max_orders=1) as queue:
            await take(queue)
            await wait_until(lambda: len(sandbox.calls("query")) >= 3)
        assert len({call["path"] for call in sandbox.calls("query")}) == 1

    run(scenario)

    assert "see max_orders" in caplog.text


def test_an_unknown_order_is_read_again_only_after_a_long_time(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(manual_review=True)

    async def scenario() -> None:
        order_id = await asyncio.to_thread(orders.create, sandbox, orders.body())
        async with polling(tmp_path, sandbox, order_ids=[UNKNOWN, order_id]) as queue:
            assert (await take(queue))["wotrus"]["event"] == "changed"
            await wait_until(lambda: len(asked(sandbox)) >= 4)
        assert asked(sandbox).count(UNKNOWN) == 1

    run(scenario)


def test_order_that_was_pushed_too_early_is_polled_and_reported_once(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(manual_review=True)

    async def scenario() -> None:
        order_id = await asyncio.to_thread(orders.create, sandbox, orders.body())
        async with started(tmp_path, sandbox, confirm_timeout=0) as source, polling(tmp_path, sandbox) as queue:
            await source.push(push(order_id))
            assert (await source.next())["wotrus"]["event"] == "changed"
            await source.emptied()
            await asyncio.to_thread(sandbox.order, order_id, "issue")
            # Of the sources of a store, the first one emits the orders of both.
            assert (await source.next())["wotrus"]["event"] == "issued"
            await source.push(push(order_id))
            await source.counts(repeated=1)
            assert source.queue.empty()
            assert queue.empty()

    run(scenario)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"order_ids": ["../Cancel"]}, "invalid order ids"),
        ({"refresh": 0}, "refresh"),
        ({"intervals": {"waiting_on_ca": -1}}, "waiting_on_ca"),
        ({"intervals": {"someday": 1}}, "someday"),
        ({"max_orders": 0}, "max_orders"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        poll_options(arguments(tmp_path) | changes)
