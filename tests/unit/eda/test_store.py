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
from wotrus_push.spool import Spool, spool_at
from wotrus_push.store import GAP, PUSHED, WATCHED, Message, Store, StoreBroken, Taken, Told, Work

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


def add(store: Store, *messages: Message, now: float = NOW) -> list[Taken]:
    return store.add(messages, now=now, most=MOST)


def due(store: Store, now: float = NOW, road: str = PUSHED) -> Work | None:
    return store.due(road, now=now, busy=())[0]


def must(work: Work | None) -> Work:
    assert work is not None
    return work


def test_what_was_added_is_there_in_another_process(store: Store, path: Path) -> None:
    one = message(issued=True)
    assert add(store, one) == [Taken.STORED]

    # No close: a process that was killed closes nothing.
    again = Store(path)
    work = must(due(again))
    again.close()

    assert (work.order_id, work.content, work.issued, work.revoked) == ("A-1", one.content, True, False)
    assert again.stored == 1


def test_what_is_promised_is_on_the_disk(store: Store, path: Path) -> None:
    # 2 is FULL: SQLite waits for the disk at the end of each transaction.
    assert store._db.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert store._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_pushes_of_one_order_are_one_and_the_last_one_counts(store: Store) -> None:
    last = message("a-1", revoked=True)

    assert add(store, message("A-1", issued=True), last) == [Taken.STORED, Taken.MERGED]

    work = must(due(store))
    assert (work.content, work.issued, work.revoked) == (last.content, False, True)
    assert store.stored == 1


def test_there_is_room_for_so_many_and_no_more(store: Store) -> None:
    taken = add(store, *(message(f"A-{number}") for number in range(5)))
    assert taken == [*[Taken.STORED] * 3, *[Taken.FULL] * 2]

    # One that is there already takes no room, and one that is done makes some.
    assert add(store, message("A-1")) == [Taken.MERGED]
    store.finish(must(due(store)), now=NOW)
    assert add(store, message("A-9"), message("A-8")) == [Taken.STORED, Taken.FULL]


def test_a_push_that_comes_while_its_order_is_looked_at_is_looked_at_again(store: Store) -> None:
    add(store, message())
    work = must(due(store))
    add(store, message(revoked=True))
    store.finish(work, told=Told("issued", final=True), now=NOW)

    assert store.stored == 1
    assert due(store, NOW + GAP / 2) is None
    assert must(due(store, NOW + GAP)).revoked


def test_a_replay_does_not_hasten_what_was_put_off_beyond_the_gap(store: Store) -> None:
    add(store, message())
    work = must(due(store))
    store.put_off(work, due=NOW + 300, tries=4, now=NOW)
    assert due(store, NOW + 299) is None
    add(store, message(), now=NOW + 1)

    assert due(store, NOW + 1) is None
    assert must(due(store, NOW + 1 + GAP)).tries == 4


def test_an_order_that_was_just_told_is_not_asked_for_at_once(store: Store) -> None:
    add(store, message())
    store.finish(must(due(store)), told=Told("issued", final=True), now=NOW)
    add(store, message(), now=NOW + 0.5)

    assert due(store, NOW + 0.5) is None
    assert due(store, NOW + GAP)


def test_a_clock_that_was_put_back_delays_nothing_for_long(store: Store) -> None:
    add(store, message())
    store.finish(must(due(store)), told=Told("issued", final=True), now=NOW + 86400)
    add(store, message())

    assert due(store, NOW + GAP)


def test_after_a_start_everything_that_was_pushed_is_due(store: Store) -> None:
    add(store, message())
    store.put_off(must(due(store)), due=NOW + 300, tries=4, now=NOW)
    store.hurry(PUSHED, now=NOW)

    assert due(store)


def test_the_state_that_was_told_is_kept(store: Store, path: Path) -> None:
    add(store, message())
    store.finish(must(due(store)), told=Told("issued x", final=True), now=NOW)
    again = Store(path)

    assert again.told("a-1") == "issued x"
    assert again.told("a-2") is None
    again.close()


def test_what_is_polled_is_what_is_listed_less_what_ended(store: Store) -> None:
    assert store.watch(["A-1", " a-1 ", "A-2"], now=NOW, most=10) == 2
    store.finish(must(due(store, road=WATCHED)), told=Told("issued", final=True), now=NOW)

    assert store.watch(["A-1", "A-2", "A-3"], now=NOW, most=10) == 2
    assert store.watch(["A-2", "A-3", "A-4"], now=NOW, most=2) == 3
    assert store._db.execute("SELECT count(*) FROM work").fetchone()[0] == 2
    assert store.watch([], now=NOW, most=10) == 0
    assert due(store, road=WATCHED) is None


def test_orders_that_have_not_ended_are_known(store: Store) -> None:
    add(store, message("A-1"), message("A-2"))
    store.finish(must(due(store)), told=Told("changed pending", final=False), now=NOW)
    store.finish(must(due(store)), told=Told("issued", final=True), now=NOW)

    assert store.unended() == ["A-1"]


def test_a_store_of_a_newer_release_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(StoreBroken, match="version 99"):
        Store(path)


def test_a_file_that_is_no_store_is_a_clear_error(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("something else, and longer than the sixteen bytes of a header")

    with pytest.raises(StoreBroken, match=r"pushes\.sqlite3"):
        Store(path)


def test_a_disk_that_is_full_is_an_error_and_what_was_there_stays(store: Store) -> None:
    add(store, message("A-1"))
    store._db.execute(f"PRAGMA max_page_count = {store._db.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(StoreBroken, match="full"):
        store.add([Message("a-2", "A-2", {"payload": "x" * 100_000})], now=NOW, most=MOST)
    store._db.execute("PRAGMA max_page_count = 1000000")

    assert store.stored == 1
    assert add(store, message("A-3")) == [Taken.STORED]


def test_one_process_has_a_store_and_its_sources_share_it(path: Path) -> None:
    async def scenario() -> None:
        async with spool_at(str(path)) as one:
            async with spool_at(str(path)) as other:
                assert other is one
            with pytest.raises(StoreBroken, match="another process"):
                Spool(path)
            # The first one leaves last.
            assert await one.add(message(), most=MOST) is Taken.STORED
        async with spool_at(str(path)) as again:
            assert again is not one
            assert again.stored == 1

    asyncio.run(scenario())


def test_what_comes_together_is_written_together(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transactions: list[int] = []
    plain = stores.Store.add

    def counted(self: Store, messages: list[Message], *, now: float, most: int) -> list[Taken]:
        transactions.append(len(messages))
        return plain(self, messages, now=now, most=most)

    async def scenario() -> None:
        async with spool_at(str(path)) as spool:
            taken = await asyncio.gather(*(spool.add(message(f"A-{number}"), most=500) for number in range(200)))
        assert set(taken) == {Taken.STORED}

    monkeypatch.setattr(stores.Store, "add", counted)
    asyncio.run(scenario())

    assert sum(transactions) == 200
    assert len(transactions) < 10


def test_an_order_is_with_one_at_a_time(path: Path) -> None:
    async def scenario() -> None:
        async with spool_at(str(path)) as spool:
            await spool.add(message("A-1"), most=MOST)
            await spool.watch(["a-1"], most=MOST)
            work, _seconds = await spool.take(PUSHED)
            assert work is not None
            assert await spool.take(WATCHED) == (None, None)
            news = spool.news
            spool.leave(work)
            assert news.is_set()
            other, _seconds = await spool.take(WATCHED)
            assert other is not None

    asyncio.run(scenario())
