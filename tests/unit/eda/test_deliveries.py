# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each order is emitted until a run reports that it is handled."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push import deliveries, dispatcher, sources, store
from tests.helpers.pushes import PATH_TOKEN, push
from tests.helpers.sandbox import Sandbox
from tests.unit.sandbox import orders

from .running import Clock, Source, arguments, run, started, wait_until, write_report

AGAIN_AFTER = 600


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(store, "GAP", 0.0)


async def create(sandbox: Sandbox, count: int = 1) -> list[str]:
    """Create issued orders, and return their keys."""
    return [
        (await asyncio.to_thread(orders.create, sandbox, orders.body())).strip().lower() for _number in range(count)
    ]


async def let_run_end(source: Source, clock: Clock, *, report: str | None, number: int) -> dict[str, Any]:
    """Take an event, report as its run would, and move the clock.

    The clock moves so far that an order that is not done is emitted again.

    :param report: ``done``, ``failed``, or nothing as a run that was killed
    :param number: how many events were taken, with this one
    :return: what the event says about orders
    """
    event = await source.next(report=None)
    part: dict[str, Any] = event["wotrus"]

    async def is_saved() -> bool:
        counts = (await source.health())[1]["counts"]
        return sum(count for name, count in counts.items() if name.startswith("emitted_")) == number

    async def is_reported() -> bool:
        return (await source.health())[1]["orders"]["sent"] == 0

    await wait_until(is_saved)
    if report:
        write_report(event, **{report: part["order_ids"]})
        await wait_until(is_reported)
    clock.advance(AGAIN_AFTER)
    return part


def test_orders_that_come_together_are_one_event(sandbox: Sandbox, tmp_path: Path, clock: Clock) -> None:
    async def scenario() -> None:
        ids = await create(sandbox, 5)
        async with started(tmp_path, sandbox, collect=5) as source:
            await asyncio.gather(*(source.push(push(order_id)) for order_id in ids))
            await source.counts(read_issued=5)
            assert source.queue.empty()
            clock.advance(6)
            event = await source.next()
            assert sorted(event["wotrus"]["order_ids"]) == sorted(ids)
            assert [row["status"] for row in event["wotrus"]["orders"]] == ["issued"] * 5
            await source.emptied()

    run(scenario)


def test_further_orders_are_collected_until_the_run_has_reported(sandbox: Sandbox, tmp_path: Path) -> None:
    async def scenario() -> None:
        first, *others = await create(sandbox, 4)
        async with started(tmp_path, sandbox) as source:
            await source.push(push(first))
            event = await source.next(report=None)
            for order_id in others:
                await source.push(push(order_id))
            await source.counts(read_issued=4)
            assert source.queue.empty()
            write_report(event, done=[first], hosts={order_id: ["h1"] for order_id in others})
            event = await source.next()
            assert sorted(event["wotrus"]["order_ids"]) == sorted(others)
            assert event["wotrus"]["hosts"] == ["h1"]

    run(scenario)


def test_an_order_is_emitted_until_its_run_succeeds(sandbox: Sandbox, tmp_path: Path, clock: Clock) -> None:
    async def scenario() -> None:
        (order_id,) = await create(sandbox)
        async with started(tmp_path, sandbox, again_after=AGAIN_AFTER) as source:
            await source.push(push(order_id))
            # The first run fails, the second one dies without a report, and the third one succeeds.
            for number, report in enumerate(("failed", None, "done"), 1):
                part = await let_run_end(source, clock, report=report, number=number)
                assert part["order_ids"] == [order_id]
            await source.emptied()
            await source.push(push(order_id))
            await source.counts(repeated=1)
            assert source.queue.empty()

    run(scenario)


def test_an_order_that_no_run_handles_is_an_alert_and_can_begin_anew(
    sandbox: Sandbox, tmp_path: Path, clock: Clock
) -> None:
    async def scenario() -> None:
        (order_id,) = await create(sandbox)
        async with started(tmp_path, sandbox, again_after=AGAIN_AFTER, max_emissions=2) as source:
            await source.push(push(order_id))
            parts = [await let_run_end(source, clock, report="failed", number=number) for number in (1, 2, 3)]
            assert [part["event"] for part in parts] == ["issued", "issued", "failed"]
            assert source.queue.empty()
            assert (await source.health())[1]["orders"]["failed"] == 1
            (Path(arguments(tmp_path)["store"] + ".reports") / f"{order_id}.again").touch()
            assert (await source.next())["wotrus"]["event"] == "issued"
            await source.emptied()

    run(scenario)


def test_an_order_whose_run_was_killed_is_emitted_after_the_start(
    sandbox: Sandbox, tmp_path: Path, clock: Clock
) -> None:
    async def scenario() -> None:
        ids = await create(sandbox, 2)
        async with started(tmp_path, sandbox, collect=5) as source:
            await asyncio.gather(*(source.push(push(order_id)) for order_id in ids))
            await source.counts(read_issued=2)
            clock.advance(6)
            event = await source.next(report=None)
        # The playbook goes on after the end of ansible-rulebook.
        write_report(event, done=ids[:1], failed=ids[1:])
        async with started(tmp_path, sandbox, collect=5) as source:
            assert (await source.next())["wotrus"]["order_ids"] == ids[1:]
            await source.emptied()

    run(scenario)


def test_rules_that_run_no_playbook_need_no_report(sandbox: Sandbox, tmp_path: Path) -> None:
    async def scenario() -> None:
        (order_id,) = await create(sandbox)
        async with started(tmp_path, sandbox, needs_report=False) as source:
            await source.push(push(order_id))
            await source.next(report=None)
            await source.emptied()

    run(scenario)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"done": 1}', b'{"done": [], "failed": [], "hosts": []}'])
def test_a_report_that_is_none_is_removed_and_changes_nothing(sandbox: Sandbox, tmp_path: Path, content: bytes) -> None:
    async def scenario() -> None:
        (order_id,) = await create(sandbox)
        async with started(tmp_path, sandbox) as source:
            await source.push(push(order_id))
            event = await source.next(report=None)
            file = Path(event["wotrus"]["report"])
            (file.parent / "notes.txt").touch()
            (file.parent / f"{'0' * 32}.json").mkdir()
            file.with_name("f" * 32 + ".json").symlink_to("/etc/hostname")
            await asyncio.to_thread(file.write_bytes, content)
            await wait_until(lambda: {one.name for one in file.parent.iterdir()} == {"notes.txt", f"{'0' * 32}.json"})
            assert (await source.health())[1]["orders"]["sent"] == 1
            write_report(event, done=[order_id])
            await source.emptied()

    run(scenario)


def test_a_folder_in_the_place_of_a_report_stays_not_open(tmp_path: Path) -> None:
    folder = tmp_path / f"{'f' * 32}.json"
    folder.mkdir()
    before = os.listdir("/dev/fd")

    for _try in range(20):
        assert deliveries._read_report(folder, "f" * 32) is None

    assert len(os.listdir("/dev/fd")) == len(before)


def test_feedback_of_the_rule_engine_does_not_stop_the_source(sandbox: Sandbox, tmp_path: Path) -> None:
    async def scenario() -> None:
        queue: asyncio.Queue[Any] = asyncio.Queue(1)
        confirmed: asyncio.Queue[Any] = asyncio.Queue(1)

        async def rules() -> None:
            while True:
                event = await queue.get()
                taken.append(event)
                await confirmed.put(event)

        taken: list[Any] = []
        more = {"port": 0, "path_token": PATH_TOKEN, "feedback": True, "eda_feedback_queue": confirmed}
        ids = await create(sandbox, 4)
        given = {**arguments(tmp_path, sandbox, needs_report=False), "order_ids": ids}
        tasks = [asyncio.create_task(rules())]
        tasks.append(asyncio.create_task(sources.poll(queue, {**given, **{k: more[k] for k in list(more)[2:]}})))
        await wait_until(lambda: sum(len(event["wotrus"]["order_ids"]) for event in taken) == 4)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run(scenario)
