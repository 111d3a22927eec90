# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store: what is in it after anything that may happen."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from wotrus_push import store as stores
from wotrus_push.store import GAP, POLL, PUSH, AddResult, Message, ReportedState, Store, StoreError, Work
from wotrus_push.work_queue import WorkQueue, open_work_queue

NOW = 1_000_000.0
MOST = 3
_numbers = itertools.count()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "pushes.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    one = Store(path)
    yield one
    one.close()


def message(order_id: str = "A-1", **claims: bool) -> Message:
    return Message(order_id.lower(), order_id, {"payload": {"number": next(_numbers)}, "meta": {}}, **claims)


def add(store: Store, *messages: Message, now: float = NOW) -> list[AddResult]:
    return store.add(messages, now=now, most=MOST)


def due(store: Store, now: float = NOW, source: str = PUSH) -> Work | None:
    return store.due(source, now=now, busy=())[0]


def must(work: Work | None) -> Work:
    assert work is not None
    return work


def test_an_added_push_is_visible_to_another_process(store: Store, path: Path) -> None:
    one = message(issued=True)
    assert add(store, one) == [AddResult.STORED]

    # No close: a process that was killed closes nothing.
    again = Store(path)
    work = must(due(again))
    again.close()

    assert (work.order_id, work.content, work.issued, work.revoked) == ("A-1", one.content, True, False)
    assert again.stored == 1


def test_a_stored_push_is_on_the_disk(store: Store, path: Path) -> None:
    # 2 is FULL: SQLite waits for the disk at the end of each transaction.
    assert store._db.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert store._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_pushes_of_one_order_are_one_and_the_last_one_counts(store: Store) -> None:
    last = message("a-1", revoked=True)

    assert add(store, message("A-1", issued=True), last) == [AddResult.STORED, AddResult.MERGED]

    work = must(due(store))
    assert (work.content, work.issued, work.revoked) == (last.content, False, True)
    assert store.stored == 1


def test_a_full_store_accepts_no_new_order(store: Store) -> None:
    taken = add(store, *(message(f"A-{number}") for number in range(5)))
    assert taken == [*[AddResult.STORED] * 3, *[AddResult.FULL] * 2]

    # One that is there already takes no room, and one that is done makes some.
    assert add(store, message("A-1")) == [AddResult.MERGED]
    store.complete(must(due(store)), now=NOW)
    assert add(store, message("A-9"), message("A-8")) == [AddResult.STORED, AddResult.FULL]


def test_a_push_during_the_read_of_its_order_is_processed_again(store: Store) -> None:
    add(store, message())
    work = must(due(store))
    add(store, message(revoked=True))
    store.complete(work, reported=ReportedState("issued", final=True), now=NOW)

    assert store.stored == 1
    assert due(store, NOW + GAP / 2) is None
    assert must(due(store, NOW + GAP)).revoked


def test_a_replay_makes_postponed_work_due_after_the_gap_at_the_earliest(store: Store) -> None:
    add(store, message())
    work = must(due(store))
    store.postpone(work, due=NOW + 300, tries=4, now=NOW)
    assert due(store, NOW + 299) is None
    add(store, message(), now=NOW + 1)

    assert due(store, NOW + 1) is None
    assert must(due(store, NOW + 1 + GAP)).tries == 4


def test_an_order_that_was_just_reported_is_not_read_at_once(store: Store) -> None:
    add(store, message())
    store.complete(must(due(store)), reported=ReportedState("issued", final=True), now=NOW)
    add(store, message(), now=NOW + 0.5)

    assert due(store, NOW + 0.5) is None
    assert due(store, NOW + GAP)


def test_clock_that_is_set_back_delays_nothing_for_long(store: Store) -> None:
    add(store, message())
    store.complete(must(due(store)), reported=ReportedState("issued", final=True), now=NOW + 86400)
    add(store, message())

    assert due(store, NOW + GAP)


def test_all_pushes_are_due_after_a_start(store: Store) -> None:
    add(store, message())
    store.postpone(must(due(store)), due=NOW + 300, tries=4, now=NOW)
    store.make_due(PUSH, now=NOW)

    assert due(store)


def test_the_state_that_was_reported_is_kept(store: Store, path: Path) -> None:
    add(store, message())
    store.complete(must(due(store)), reported=ReportedState("issued x", final=True), now=NOW)
    again = Store(path)

    assert again.reported_state("a-1") == "issued x"
    assert again.reported_state("a-2") is None
    again.close()


def test_listed_orders_are_polled_unless_they_are_final(store: Store) -> None:
    assert store.set_polled_orders(["A-1", " a-1 ", "A-2"], now=NOW, most=10) == 2
    store.complete(must(due(store, source=POLL)), reported=ReportedState("issued", final=True), now=NOW)

    assert store.set_polled_orders(["A-1", "A-2", "A-3"], now=NOW, most=10) == 2
    assert store.set_polled_orders(["A-2", "A-3", "A-4"], now=NOW, most=2) == 3
    assert store._db.execute("SELECT count(*) FROM work").fetchone()[0] == 2
    assert store.set_polled_orders([], now=NOW, most=10) == 0
    assert due(store, source=POLL) is None


def test_open_orders_are_those_that_are_not_final(store: Store) -> None:
    add(store, message("A-1"), message("A-2"))
    store.complete(must(due(store)), reported=ReportedState("changed pending", final=False), now=NOW)
    store.complete(must(due(store)), reported=ReportedState("issued", final=True), now=NOW)

    assert store.open_order_ids() == ["A-1"]


def test_a_store_of_a_newer_release_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(StoreError, match="version 99"):
        Store(path)


def test_another_file_is_a_clear_error(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("something else, and longer than the sixteen bytes of a header")

    with pytest.raises(StoreError, match=r"pushes\.sqlite3"):
        Store(path)


def test_a_full_disk_is_an_error_and_stored_pushes_stay(store: Store) -> None:
    add(store, message("A-1"))
    store._db.execute(f"PRAGMA max_page_count = {store._db.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(StoreError, match="full"):
        store.add([Message("a-2", "A-2", {"payload": "x" * 100_000})], now=NOW, most=MOST)
    store._db.execute("PRAGMA max_page_count = 1000000")

    assert store.stored == 1
    assert add(store, message("A-3")) == [AddResult.STORED]


def test_one_process_has_a_store_and_its_sources_share_it(path: Path) -> None:
    async def scenario() -> None:
        async with open_work_queue(str(path)) as one:
            async with open_work_queue(str(path)) as other:
                assert other is one
            with pytest.raises(StoreError, match="another process"):
                WorkQueue(path)
            # The first one leaves last.
            assert await one.add(message(), most=MOST) is AddResult.STORED
        async with open_work_queue(str(path)) as again:
            assert again is not one
            assert again.stored == 1

    asyncio.run(scenario())


def test_concurrent_pushes_are_written_together(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transactions: list[int] = []
    plain = stores.Store.add

    def counted(self: Store, messages: list[Message], *, now: float, most: int) -> list[AddResult]:
        transactions.append(len(messages))
        return plain(self, messages, now=now, most=most)

    async def scenario() -> None:
        async with open_work_queue(str(path)) as work_queue:
            taken = await asyncio.gather(*(work_queue.add(message(f"A-{number}"), most=500) for number in range(200)))
        assert set(taken) == {AddResult.STORED}

    monkeypatch.setattr(stores.Store, "add", counted)
    asyncio.run(scenario())

    assert sum(transactions) == 200
    assert len(transactions) < 10


def test_one_task_at_a_time_has_an_order(path: Path) -> None:
    async def scenario() -> None:
        async with open_work_queue(str(path)) as work_queue:
            await work_queue.add(message("A-1"), most=MOST)
            await work_queue.set_polled_orders(["a-1"], most=MOST)
            work, _seconds = await work_queue.take(PUSH)
            assert work is not None
            assert await work_queue.take(POLL) == (None, None)
            changed = work_queue.changed
            work_queue.release(work)
            assert changed.is_set()
            other, _seconds = await work_queue.take(POLL)
            assert other is not None

    asyncio.run(scenario())
