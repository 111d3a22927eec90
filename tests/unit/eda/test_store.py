# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store: what is in it after anything that may happen."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push import store as stores
from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push.store import (
    GAP,
    POLL,
    PUSH,
    AddResult,
    Batch,
    DeliveryRules,
    Message,
    ReadState,
    RunReport,
    Store,
    StoreError,
    Work,
)
from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push.work_queue import WorkQueue, open_work_queue

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


def read_state(state: str, *, final: bool = True, event: str = "issued") -> ReadState:
    return ReadState(state, event, final)


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
    store.complete(work, read=read_state("issued", final=True), now=NOW)

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


def test_an_order_that_was_just_read_is_not_read_again_at_once(store: Store) -> None:
    add(store, message())
    store.complete(must(due(store)), read=read_state("issued", final=True), now=NOW)
    add(store, message(), now=NOW + 0.5)

    assert due(store, NOW + 0.5) is None
    assert due(store, NOW + GAP)


def test_clock_that_is_set_back_delays_nothing_for_long(store: Store) -> None:
    add(store, message())
    store.complete(must(due(store)), read=read_state("issued", final=True), now=NOW + 86400)
    add(store, message())

    assert due(store, NOW + GAP)


def test_all_pushes_are_due_after_a_start(store: Store) -> None:
    add(store, message())
    store.postpone(must(due(store)), due=NOW + 300, tries=4, now=NOW)
    store.recover(now=NOW)

    assert due(store)


def test_a_clock_that_was_ahead_before_the_start_delays_nothing(store: Store) -> None:
    add(store, message("A-1"), now=NOW + 86400)
    read(store, "A-2", now=NOW + 86400)
    store.recover(now=NOW)

    assert must(due(store)).arrived == NOW
    assert batch(store, NOW + RULES.collect).deliveries[0].key == "a-2"


RULES = DeliveryRules(collect=5, longest=30, again_after=600, most=3, needs_report=True)


def read(store: Store, order_id: str, state: str = "issued x", *, now: float = NOW, event: str = "issued") -> None:
    """Let an order be read for a push."""
    add(store, message(order_id), now=now)
    row = store._db.execute("SELECT * FROM work WHERE key = ?", (order_id.lower(),)).fetchone()
    store.complete(stores._work(row), read=read_state(state, event=event), now=now)


def batch(store: Store, now: float, rules: DeliveryRules = RULES) -> Batch:
    """Return the batch that is emitted at a time."""
    found, later = store.next_batch(rules, now=now)
    assert found is not None, later
    return found


def later(store: Store, now: float) -> float | None:
    """Return when there may be a batch, where there is none."""
    found, seconds = store.next_batch(RULES, now=now)
    assert found is None
    return seconds


def emit(store: Store, now: float) -> tuple[Batch, str]:
    """Emit the batch of a time, and return it with its name."""
    found, name = batch(store, now), f"{next(_numbers):032x}"
    store.mark(found, name, stores.SENT, due=now + RULES.again_after)
    store.mark(found, name, stores.SENT, due=now + RULES.again_after)
    return found, name


def keys(found: Batch) -> list[str]:
    return [one.key for one in found.deliveries]


def delivery(store: Store, key: str) -> tuple[str, int]:
    """Return the delivery of an order, and how often it was emitted."""
    row = store._db.execute("SELECT delivery, tries FROM orders WHERE key = ?", (key,)).fetchone()
    return row["delivery"], row["tries"]


def test_orders_are_collected_for_some_seconds(store: Store) -> None:
    read(store, "A-1")
    assert later(store, NOW + 4) == NOW + 5
    read(store, "A-2", now=NOW + 4)
    assert later(store, NOW + 8) == NOW + 9

    assert keys(batch(store, NOW + 9)) == ["a-1", "a-2"]


def test_an_order_waits_for_others_no_longer_than_allowed(store: Store) -> None:
    for seconds in range(0, 31, 3):
        read(store, f"A-{seconds}", now=NOW + seconds)

    assert len(batch(store, NOW + 30).deliveries) == 11


def test_the_next_batch_waits_for_the_report_of_the_one_before(store: Store) -> None:
    read(store, "A-1")
    _first, name = emit(store, NOW + 5)
    read(store, "A-2", now=NOW + 6)
    assert later(store, NOW + 100) == NOW + 605
    # An alert is not held up.
    read(store, "A-3", now=NOW + 90, event="revoked")
    assert keys(batch(store, NOW + 95)) == ["a-3"]

    store.save_report(RunReport(name, done=("a-1",)), again_after=600, now=NOW + 100)

    assert keys(batch(store, NOW + 100)) == ["a-2"]
    assert delivery(store, "a-1") == ("done", 1)


def test_an_order_without_a_report_is_emitted_again_and_fails_in_the_end(store: Store) -> None:
    read(store, "A-1")
    moment = NOW + 5
    for number in range(RULES.most):
        assert batch(store, moment).exhausted is False
        emit(store, moment)
        assert delivery(store, "a-1") == ("sent", number + 1)
        moment += RULES.again_after + RULES.collect
    last = batch(store, moment)
    assert (last.exhausted, keys(last)) == (True, ["a-1"])
    store.mark(last, "0" * 32, stores.FAILED, due=moment)
    assert later(store, moment) is None

    # Another push begins anew, and another poll does not.
    store.set_polled_orders(["A-1"], now=moment, most=10)
    assert delivery(store, "a-1")[0] == "failed"
    read(store, "A-1", now=moment)
    assert delivery(store, "a-1") == ("open", 0)


def test_a_report_of_a_failure_lets_the_order_be_emitted_again_soon(store: Store) -> None:
    read(store, "A-1")
    for pause in (75, 150):
        _batch, name = emit(store, NOW + 10000)
        store.save_report(RunReport(name, failed=("a-1",)), again_after=600, now=NOW + 9000)
        assert later(store, NOW + 9000) == NOW + 9000 + pause


def test_a_late_report_counts_if_the_order_has_not_changed(store: Store) -> None:
    read(store, "A-1")
    _batch, name = emit(store, NOW + 5)
    emit(store, NOW + 700)
    store.save_report(RunReport(name, failed=("a-1",)), again_after=600, now=NOW + 800)
    assert delivery(store, "a-1") == ("sent", 2)
    store.save_report(RunReport(name, done=("a-1",)), again_after=600, now=NOW + 800)
    assert delivery(store, "a-1") == ("done", 2)

    read(store, "A-1", "issued y", now=NOW + 900)
    store.save_report(RunReport(name, done=("a-1",)), again_after=600, now=NOW + 900)
    assert delivery(store, "a-1") == ("open", 0)


def test_a_new_state_during_a_run_is_emitted(store: Store) -> None:
    read(store, "A-1")
    found, name = emit(store, NOW + 5)
    read(store, "A-1", "revoked", event="revoked", now=NOW + 6)
    store.mark(found, name, stores.SENT, due=NOW + 605)
    store.save_report(RunReport(name, done=("a-1",)), again_after=600, now=NOW + 7)

    assert batch(store, NOW + 11).event == "revoked"


@pytest.mark.parametrize("steps", range(4))
def test_a_kill_after_each_step_loses_no_order(store: Store, path: Path, steps: int) -> None:
    read(store, "A-1")
    name = "1" * 32
    found = batch(store, NOW + 5)
    for step in range(steps):
        if step < 2:
            store.mark(found, name, stores.SENT, due=NOW + 605)
        else:
            store.save_report(RunReport(name, done=("a-1",)), again_after=600, now=NOW + 6)
    again = Store(path)
    again.recover(now=NOW + 6)

    if steps < 3:
        # The interrupted try does not count.
        assert not batch(again, NOW + 11, dataclasses.replace(RULES, most=1)).exhausted
    else:
        assert again.next_batch(RULES, now=NOW + 11) == (None, None)
    again.close()


def test_an_order_can_be_emitted_again_by_its_id(store: Store) -> None:
    read(store, "A-1")
    _batch, name = emit(store, NOW + 5)
    store.save_report(RunReport(name, done=("a-1",)), again_after=600, now=NOW + 6)
    store.deliver_again("A-1", now=NOW + 7)
    store.complete(must(due(store, NOW + 7)), read=read_state("issued x"), now=NOW + 7)

    assert keys(batch(store, NOW + 12)) == ["a-1"]


def test_hosts_of_reports_are_named_until_a_run_failed_there(store: Store) -> None:
    read(store, "A-1")
    read(store, "A-2")
    found, name = emit(store, NOW + 5)
    assert found.hosts == ()
    report = RunReport(name, failed=("a-1", "a-2"), hosts={"a-1": ["h1"], "a-2": ["h2"], "a-3": ["h3", "h3"]})
    store.save_report(report, again_after=600, now=NOW + 6)
    read(store, "A-3", now=NOW + 6)

    assert batch(store, NOW + 11).hosts == ("h3",)
    # Those were seen, and no certificate was deployed there. So all hosts are read again.
    assert batch(store, NOW + 700).hosts == ()


def test_the_report_of_one_host_does_not_remove_another_host_of_the_order(store: Store) -> None:
    read(store, "A-1")
    _found, name = emit(store, NOW + 5)
    store.save_report(RunReport(name, done=("a-1",), hosts={"a-1": ["h1"]}), again_after=600, now=NOW + 6)
    store.save_report(RunReport(name, done=("a-1",), hosts={"a-1": ["h2"]}), again_after=600, now=NOW + 7)

    read(store, "A-1", "issued y", now=NOW + 8)
    assert batch(store, NOW + 13).hosts == ("h1", "h2")


def test_the_pause_after_a_failed_run_has_a_limit_however_often_it_failed(store: Store) -> None:
    read(store, "A-1")
    _found, name = emit(store, NOW + 5)
    pauses = []
    for tries in (1, 2, 4, 5, 64, 65, 200):
        store._db.execute("UPDATE orders SET delivery = 'sent', tries = ?", (tries,))
        store.save_report(RunReport(name, failed=("a-1",)), again_after=600, now=NOW)
        pauses.append(store._db.execute("SELECT due FROM orders").fetchone()[0] - NOW)

    assert pauses == [75, 150, 600, 600, 600, 600, 600]


def test_old_orders_and_hosts_are_removed(store: Store) -> None:
    read(store, "A-1")
    read(store, "A-2")
    _batch, name = emit(store, NOW + 5)
    store.save_report(RunReport(name, done=("a-1",), hosts={"a-1": ["h1"]}), again_after=600, now=NOW + 6)
    store.clean(now=NOW + 89 * 86400)
    assert store.summary()["done"] == 1
    store.clean(now=NOW + 91 * 86400)

    # An order that waits for its run stays.
    assert (store.summary()["done"], store.summary()["sent"]) == (0, 1)
    assert store._db.execute("SELECT count(*) FROM hosts").fetchone()[0] == 0


def test_the_age_of_the_oldest_undelivered_order_is_known(store: Store) -> None:
    assert store.summary()["oldest"] is None
    read(store, "A-1", now=NOW + 10)
    assert store.summary()["oldest"] == NOW + 10
    add(store, message("A-2"), now=NOW + 5)
    assert store.summary()["oldest"] == NOW + 5


@pytest.mark.parametrize("replaced", [False, True])
def test_a_store_that_was_deleted_or_replaced_stores_nothing(store: Store, path: Path, *, replaced: bool) -> None:
    path.rename(path.with_name("other"))
    if replaced:
        path.write_bytes(b"")

    with pytest.raises(StoreError, match="deleted or replaced"):
        add(store, message())
    with pytest.raises(StoreError, match="deleted or replaced"):
        store.check(now=NOW)


def test_listed_orders_are_polled_unless_they_are_final(store: Store) -> None:
    assert store.set_polled_orders(["A-1", " a-1 ", "A-2"], now=NOW, most=10) == 2
    store.complete(must(due(store, source=POLL)), read=read_state("issued", final=True), now=NOW)

    assert store.set_polled_orders(["A-1", "A-2", "A-3"], now=NOW, most=10) == 2
    assert store.set_polled_orders(["A-2", "A-3", "A-4"], now=NOW, most=2) == 3
    assert store._db.execute("SELECT count(*) FROM work").fetchone()[0] == 2
    assert store.set_polled_orders([], now=NOW, most=10) == 0
    assert due(store, source=POLL) is None


def test_open_orders_are_those_that_are_not_final(store: Store) -> None:
    add(store, message("A-1"), message("A-2"))
    store.complete(must(due(store)), read=read_state("changed pending", final=False), now=NOW)
    store.complete(must(due(store)), read=read_state("issued", final=True), now=NOW)

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
            with pytest.raises(StoreError, match="Another process uses"):
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


def _give_away(folder: Path) -> None:
    os.chown(folder, 65534, -1)


def _link(folder: Path) -> None:
    other = folder.with_name("other")
    folder.rename(other)
    folder.symlink_to(other)


PLANTS: list[Callable[[Path], None]] = [
    lambda folder: folder.chmod(0o770),
    lambda folder: folder.chmod(0o702),
    _link,
    *([_give_away] if os.geteuid() == 0 else []),
]


@pytest.mark.parametrize("plant", PLANTS)
def test_folder_of_reports_that_another_user_can_write_to_is_refused(
    tmp_path: Path, plant: Callable[[Path], None]
) -> None:
    folder = tmp_path / "push.db.reports"
    folder.mkdir(mode=0o700)
    plant(folder)

    with pytest.raises(StoreError, match="Another user owns"):
        WorkQueue(tmp_path / "push.db")
