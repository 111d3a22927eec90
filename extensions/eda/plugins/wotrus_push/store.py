# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work, orders and their deliveries in one SQLite file.

A push is ``work`` until its order was read. The state that was read is a row of ``orders``, whose
delivery is

- ``open``: to be emitted, alone or with others, once it is due,
- ``sent``: emitted. Until it is due, a playbook may work on it,
- ``done``: the playbook reported that the order needs nothing more, or nobody has to report it,
- ``failed``: emitted as often as allowed, without such a report.

A new state of the order is ``open`` again. A kill leaves each row in one of these states: ``open``
and ``sent`` are emitted (again) after the next start. All calls block and run in one thread; the
sources use :mod:`work_queue`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import json
import os
import sqlite3
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._texts import message as texts

if t.TYPE_CHECKING:
    from pathlib import Path

PUSH = "push"
POLL = "poll"

GAP = 2.0
"""Seconds between two reads of one order, however often it is pushed."""

OPEN, SENT, DONE, FAILED = "open", "sent", "done", "failed"

_MOST_IN_BATCH = 1000
_LONGEST_KEPT = 90 * 86400.0

_VERSION = 3
_SCHEMA = """
CREATE TABLE IF NOT EXISTS work (
    source TEXT NOT NULL, key TEXT NOT NULL, order_id TEXT, message TEXT NOT NULL,
    issued INTEGER NOT NULL, revoked INTEGER NOT NULL, version INTEGER NOT NULL,
    arrived REAL NOT NULL, due REAL NOT NULL, tries INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS work_due ON work (source, due);
CREATE TABLE IF NOT EXISTS orders (
    key TEXT PRIMARY KEY, order_id TEXT NOT NULL, state TEXT NOT NULL, final INTEGER NOT NULL,
    read REAL NOT NULL, event TEXT NOT NULL, details TEXT NOT NULL, delivery TEXT NOT NULL,
    since REAL NOT NULL, due REAL NOT NULL, tries INTEGER NOT NULL, batch TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS orders_due ON orders (delivery, due);
CREATE TABLE IF NOT EXISTS hosts (
    key TEXT NOT NULL, host TEXT NOT NULL, seen REAL NOT NULL, PRIMARY KEY (key, host)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS probe (number INTEGER PRIMARY KEY, written REAL NOT NULL);
"""
_ADD = """
INSERT INTO work (source, key, order_id, message, issued, revoked, version, arrived, due, tries)
VALUES (:source, :key, :order_id, :message, :issued, :revoked, 0, :arrived, :due, 0)
ON CONFLICT (source, key) DO UPDATE SET
    message = excluded.message, order_id = excluded.order_id, issued = excluded.issued,
    revoked = excluded.revoked, version = version + 1, arrived = excluded.arrived,
    due = CASE WHEN tries > 0 THEN min(due, excluded.due + :gap) ELSE min(due, excluded.due) END
"""
_POSTPONE = """
UPDATE work SET due = CASE WHEN version = :version THEN :due ELSE :soon END, tries = :tries
WHERE source = :source AND key = :key
"""
_DELETE = "DELETE FROM work WHERE source = ? AND key = ? AND version = ?"
_REPEAT = "UPDATE work SET due = ?, tries = 0 WHERE source = ? AND key = ? AND version > ?"
# The values of the row before are those without a prefix.
_SAVE_STATE = """
INSERT INTO orders (
    key, order_id, state, final, read, event, details, delivery, since, due, tries, batch
)
VALUES (
    :key, :order_id, :state, :final, :now, :event, :details, 'open', :now, :now, 0, ''
)
ON CONFLICT (key) DO UPDATE SET
    order_id = excluded.order_id, state = excluded.state, final = excluded.final,
    read = excluded.read, event = excluded.event, details = excluded.details,
    delivery = CASE WHEN :is_new THEN 'open' ELSE delivery END,
    since = CASE WHEN :is_new THEN excluded.since ELSE since END,
    due = CASE WHEN :is_new THEN excluded.due ELSE due END,
    tries = CASE WHEN :is_new THEN 0 ELSE tries END,
    batch = CASE WHEN :is_new THEN '' ELSE batch END
"""


# The names of all batches with this state of the order are kept, the last one at the end.
_MARK = """
UPDATE orders SET delivery = :to, due = :due,
    tries = tries + (instr(batch, :name) = 0),
    batch = CASE WHEN instr(batch, :name) THEN batch ELSE batch || ' ' || :name END
WHERE key = :key AND state = :state AND delivery IN ('open', 'sent')
"""
_RECOVER = (
    """
    UPDATE work SET arrived = min(arrived, :now), due = min(due, :now)
    WHERE source = 'push' OR tries > 0 OR due > :now + 86400
    """,
    "UPDATE orders SET delivery = 'open', tries = max(0, tries - 1) WHERE delivery = 'sent'",
    "UPDATE orders SET read = min(read, :now), since = min(since, :now), due = min(due, :now)",
)
_FAILED_RUN = """
UPDATE orders SET delivery = 'open', due = :now + :longest * (1 << min(tries - 1, 3)) / 8.0
WHERE key = :key AND batch LIKE '%' || :name AND delivery = 'sent'
"""


class StoreError(Exception):
    """The file cannot be opened, read or written."""


class AddResult(enum.Enum):
    """The result of storing a push."""

    STORED = "stored"
    MERGED = "merged"
    FULL = "full"


@dataclasses.dataclass(frozen=True)
class Message:
    """A push to store.

    :ivar key: messages with the same key replace each other; a message without an order has a key
        of its own
    :ivar order_id: none for a message that is not about an order
    :ivar content: ``payload`` and ``meta`` of the event
    """

    key: str
    order_id: str | None
    content: dict[str, t.Any]
    issued: bool = False
    revoked: bool = False


@dataclasses.dataclass(frozen=True)
class Work:
    """A push to process, or an order to poll.

    :ivar version: the number of pushes that replaced the first one
    :ivar tries: the number of tries so far
    """

    source: str
    key: str
    order_id: str | None
    content: dict[str, t.Any]
    issued: bool
    revoked: bool
    version: int
    arrived: float
    tries: int


@dataclasses.dataclass(frozen=True)
class ReadState:
    """The state of an order as it was read.

    :ivar event: the event that the state is for the rules
    :ivar final: the order needs no further polling
    :ivar details: more about the order for the rules
    """

    state: str
    event: str
    final: bool
    details: dict[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Delivery:
    """An order in a batch."""

    key: str
    state: str
    details: dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Batch:
    """Orders with the same event, which one run handles.

    :ivar hosts: the hosts on which the orders were seen; empty if they are not known for each order
    :ivar exhausted: the orders were emitted as often as allowed
    """

    event: str
    deliveries: tuple[Delivery, ...]
    hosts: tuple[str, ...]
    exhausted: bool = False


@dataclasses.dataclass(frozen=True)
class RunReport:
    """The report of a playbook's run.

    :ivar batch: the batch of the run
    :ivar done: the keys of orders that need nothing more
    :ivar failed: the keys of the other orders of the batch
    :ivar hosts: the hosts whose records name an order, by its key
    """

    batch: str
    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    hosts: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class DeliveryRules:
    """When an order is emitted.

    :ivar collect: seconds without a further order after which a batch is complete
    :ivar longest: the most seconds that an order waits for others
    :ivar again_after: seconds after which an order without a report is emitted again
    :ivar most: how often an order is emitted at most
    :ivar needs_report: an order is delivered once a run reported so, and not once the rules took
        its event
    """

    collect: float
    longest: float
    again_after: float
    most: int
    needs_report: bool


class Store:
    """The SQLite file.

    :ivar stored: the number of pushes that are not done
    :raises StoreError: it cannot be opened, or another version of this collection wrote it
    """

    def __init__(self, path: Path) -> None:
        """Open the file, and create it if it is not there.

        Parameters
        ----------
        path : Path
            The path.

        Raises
        ------
        StoreError
            The file or its folder cannot be used.

        """
        self._path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._file = _identity(path)
        except (OSError, sqlite3.Error) as exc:
            raise StoreError(texts.Message("event.path", path=path, error=exc)) from exc
        try:
            self.stored = self._prepare(path)
        except sqlite3.Error as exc:
            self._db.close()
            raise StoreError(texts.Message("event.path", path=path, error=exc)) from exc
        except StoreError:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add(self, messages: t.Sequence[Message], *, now: float, most: int) -> list[AddResult]:
        """Store pushes on the disk in one transaction.

        Parameters
        ----------
        messages : t.Sequence[Message]
            The pushes.
        now : float
            The time.
        most : int
            The most pushes to store; an order has one at most.

        Returns
        -------
        list[AddResult]
            Store pushes on the disk in one transaction.

        """
        with self._transaction():
            count = self.stored
            results: list[AddResult] = []
            for message in messages:
                known = self._one(
                    "SELECT 1 FROM work WHERE source = ? AND key = ?",
                    PUSH,
                    message.key,
                )
                if known is None and count >= most:
                    results.append(AddResult.FULL)
                    continue
                last = self._one("SELECT read FROM orders WHERE key = ?", message.key)
                due = now if last is None else max(now, min(last["read"], now) + GAP)
                self._db.execute(
                    _ADD,
                    {**_row(PUSH, message), "arrived": now, "due": due, "gap": GAP},
                )
                count += known is None
                results.append(AddResult.STORED if known is None else AddResult.MERGED)
        self.stored = count
        return results

    def set_polled_orders(self, order_ids: t.Iterable[str], *, now: float, most: int) -> int:
        """Poll these orders and no others, except those that are final.

        Parameters
        ----------
        order_ids : t.Iterable[str]
            The orders' ids.
        now : float
            The time.
        most : int
            The most orders to poll.

        Returns
        -------
        int
            How many orders are not final.

        """
        wanted = {id_key(order_id): order_id.strip() for order_id in order_ids}
        with self._transaction():
            final = {
                row["key"] for row in self._db.execute("SELECT key FROM orders WHERE final = 1")
            }
            polled = {
                row["key"]
                for row in self._db.execute("SELECT key FROM work WHERE source = ?", (POLL,))
            }
            open_keys = [key for key in wanted if key not in final]
            kept = set(open_keys[:most])
            for key in polled - kept:
                self._db.execute("DELETE FROM work WHERE source = ? AND key = ?", (POLL, key))
            for key in kept - polled:
                row = _row(POLL, Message(key, wanted[key], {}))
                self._db.execute(_ADD, {**row, "arrived": now, "due": now, "gap": 0})
        return len(open_keys)

    def open_order_ids(self) -> list[str]:
        """Return the ids of known orders that are not final.

        Returns
        -------
        list[str]
            The ids of known orders that are not final.

        """
        with _store_errors():
            return [
                row["order_id"]
                for row in self._db.execute("SELECT order_id FROM orders WHERE final = 0")
            ]

    def due(
        self,
        source: str,
        *,
        now: float,
        busy: t.Collection[str],
    ) -> tuple[Work | None, float | None]:
        """Return the first work if due, else the time when it is.

        Parameters
        ----------
        source : str
            The source.
        now : float
            The time.
        busy : t.Collection[str]
            The orders that are being read.

        Returns
        -------
        tuple[Work | None, float | None]
            The first work if due, else the time when it is.

        """
        with _store_errors():
            query = "SELECT * FROM work WHERE source = ? ORDER BY due LIMIT ?"
            rows = self._db.execute(query, (source, len(busy) + 1)).fetchall()
        free = [row for row in rows if row["key"] not in busy]
        if not free:
            return None, None
        return (_work(free[0]), None) if free[0]["due"] <= now else (None, free[0]["due"])

    def complete(self, work: Work, *, read: ReadState | None = None, now: float) -> bool:
        """Remove completed work, and save the state that was read.

        Work that was pushed again meanwhile stays.

        Parameters
        ----------
        work : Work
            The work.
        read : ReadState | None
            The state as it was read.
        now : float
            The time.

        Returns
        -------
        bool
            Whether the state is another one than before.

        """
        with self._transaction():
            is_new = self._save_state(work, read, now=now)
            done = self._db.execute(_DELETE, (work.source, work.key, work.version)).rowcount
            self._db.execute(_REPEAT, (now + GAP, work.source, work.key, work.version))
        if work.source == PUSH:
            self.stored -= done
        return is_new

    def postpone(
        self,
        work: Work,
        *,
        due: float,
        tries: int,
        read: ReadState | None = None,
        now: float,
    ) -> bool:
        """Do the work again later, and save the state.

        Work that was pushed again meanwhile is due soon.

        Parameters
        ----------
        work : Work
            The work.
        due : float
            When it is due.
        tries : int
            The tries so far.
        read : ReadState | None
            The state as it was read.
        now : float
            The time.

        Returns
        -------
        bool
            Whether the state is another one than before.

        """
        with self._transaction():
            is_new = self._save_state(work, read, now=now)
            due_now = {
                "version": work.version,
                "due": due,
                "soon": min(due, now + GAP),
                "tries": tries,
            }
            self._db.execute(_POSTPONE, {**due_now, "source": work.source, "key": work.key})
        return is_new

    def make_due(self, source: str, *, now: float) -> None:
        """Let all pushes and failed polls be due now.

        Parameters
        ----------
        source : str
            The source.
        now : float
            The time.

        """
        with _store_errors():
            query = (
                "UPDATE work SET due = ? WHERE source = ? AND due > ? AND (tries > 0 OR source = ?)"
            )
            self._db.execute(query, (now, source, now, PUSH))

    def recover(self, *, now: float) -> None:
        """Let stored work be due now, and remove old rows.

        A run of that process may have ended with it, so an order without a report is emitted again;
        the interrupted try does not count. No time may be in the future, where a clock that was
        wrong could have put it.

        Parameters
        ----------
        now : float
            The time.

        """
        with self._transaction():
            for query in _RECOVER:
                self._db.execute(query, {"now": now})
            self._clean(now)

    def next_batch(self, rules: DeliveryRules, *, now: float) -> tuple[Batch | None, float | None]:
        """Return orders to emit together, or else the next time.

        Orders of an event wait until the run of the batch before has reported, or until its time is
        over.

        Parameters
        ----------
        rules : DeliveryRules
            When orders are emitted.
        now : float
            The time.

        Returns
        -------
        tuple[Batch | None, float | None]
            Orders to emit together, or else the next time.

        """
        with _store_errors():
            running = self._db.execute(
                "SELECT event, min(due) AS due FROM orders WHERE delivery = 'sent' AND due > ? "
                "GROUP BY event",
                (now,),
            ).fetchall()
            waiting = self._db.execute(
                "SELECT * FROM orders WHERE delivery IN ('open', 'sent') AND due <= ? "
                "ORDER BY since",
                (now,),
            ).fetchall()
            later = self._one(
                "SELECT min(due) AS due FROM orders WHERE delivery = 'open' AND due > ?",
                now,
            )
        times = [row["due"] for row in running] + ([later["due"]] if later and later["due"] else [])
        blocked = {row["event"] for row in running}
        exhausted = [row for row in waiting if row["tries"] >= rules.most]
        if exhausted:
            return self._batch(exhausted[0]["event"], exhausted, exhausted=True), None
        for event in dict.fromkeys(row["event"] for row in waiting if row["event"] not in blocked):
            rows = [row for row in waiting if row["event"] == event]
            # An order that is emitted again was there all the time.
            arrived = [row["due"] if row["tries"] else row["since"] for row in rows]
            complete = min(max(arrived) + rules.collect, min(arrived) + rules.longest)
            if complete <= now:
                return self._batch(event, rows), None
            times.append(complete)
        return None, min(times, default=None)

    def _batch(self, event: str, rows: list[sqlite3.Row], *, exhausted: bool = False) -> Batch:
        own = [row for row in rows if row["event"] == event][:_MOST_IN_BATCH]
        hosts: set[str] = set()
        # After a failed run all hosts are read again, since the hosts that were seen did not
        # suffice.
        known = not exhausted and not any(row["tries"] for row in own)
        for row in own if known else ():
            with _store_errors():
                seen = self._db.execute(
                    "SELECT host FROM hosts WHERE key = ?",
                    (row["key"],),
                ).fetchall()
            if not seen:
                hosts.clear()
                break
            hosts.update(one["host"] for one in seen)
        deliveries = tuple(
            Delivery(row["key"], row["state"], json.loads(row["details"])) for row in own
        )
        return Batch(event, deliveries, tuple(sorted(hosts)), exhausted)

    def mark(self, batch: Batch, name: str, delivery: str, *, due: float) -> None:
        """Save the delivery of a batch.

        It is ``sent`` before it is emitted and again after it, and then what it ended as.

        Parameters
        ----------
        batch : Batch
            The batch.
        name : str
            The name of the batch, which its report has.
        delivery : str
            The delivery of the order.
        due : float
            When orders that are ``sent`` are emitted again without a report.

        """
        with self._transaction():
            for one in batch.deliveries:
                # An order whose state has changed meanwhile stays open.
                self._db.execute(
                    _MARK,
                    {"key": one.key, "state": one.state, "to": delivery, "due": due, "name": name},
                )

    def save_report(self, report: RunReport, *, again_after: float, now: float) -> None:
        """Save the report of a run.

        A late one counts too, if the order has not changed since.

        Parameters
        ----------
        report : RunReport
            The report.
        again_after : float
            The longest pause until an order that failed is emitted again.
        now : float
            The time.

        """
        with self._transaction():
            query = "UPDATE orders SET delivery = 'done' WHERE key = ? AND instr(batch, ?)"
            self._db.executemany(query, [(key, report.batch) for key in report.done])
            for key in report.failed:
                self._db.execute(
                    _FAILED_RUN,
                    {"key": key, "name": report.batch, "now": now, "longest": again_after},
                )
            for key, hosts in report.hosts.items():
                # The report of one host does not remove another, which another run has seen.
                self._db.executemany(
                    "INSERT OR REPLACE INTO hosts VALUES (?, ?, ?)",
                    [(key, host, now) for host in set(hosts)],
                )

    def deliver_again(self, order_id: str, *, now: float) -> None:
        """Read an order, and emit its state in any case.

        Parameters
        ----------
        order_id : str
            The order's id.
        now : float
            The time.

        """
        with self._transaction():
            self._db.execute("DELETE FROM orders WHERE key = ?", (id_key(order_id),))
            row = _row(PUSH, Message(id_key(order_id), order_id.strip(), {}))
            self._db.execute(_ADD, {**row, "arrived": now, "due": now, "gap": 0})
            self.stored = self._count()

    def summary(self) -> dict[str, t.Any]:
        """Return the number of orders by their delivery.

        ``oldest`` is the time of the oldest push or state that is not delivered.

        Returns
        -------
        dict[str, t.Any]
            The number of orders by their delivery.

        """
        with _store_errors():
            rows = self._db.execute(
                "SELECT delivery, count(*) AS number FROM orders GROUP BY delivery",
            ).fetchall()
            state = self._one(
                "SELECT min(since) AS since FROM orders "
                "WHERE delivery IN ('open', 'sent', 'failed')",
            )
            push = self._one("SELECT min(arrived) AS since FROM work WHERE source = ?", PUSH)
        times = [
            row["since"] for row in (state, push) if row is not None and row["since"] is not None
        ]
        numbers = {row["delivery"]: row["number"] for row in rows}
        return {
            **{name: numbers.get(name, 0) for name in (OPEN, SENT, DONE, FAILED)},
            "oldest": min(times, default=None),
        }

    def check(self, *, now: float) -> None:
        """Write to the disk, as a push would.

        :exc:`StoreError` says that a push cannot be stored.

        Parameters
        ----------
        now : float
            The time.

        """
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO probe VALUES (0, ?)", (now,))

    def _clean(self, now: float) -> None:
        # Remove the orders and hosts that nobody read for a long time.
        self._db.execute(
            "DELETE FROM orders WHERE read < ? AND delivery IN ('done', 'failed')",
            (now - _LONGEST_KEPT,),
        )
        self._db.execute("DELETE FROM hosts WHERE seen < ?", (now - _LONGEST_KEPT,))

    def clean(self, *, now: float) -> None:
        """Remove old rows; see :meth:`recover`.

        Parameters
        ----------
        now : float
            The time.

        """
        with self._transaction():
            self._clean(now)

    def _prepare(self, path: Path) -> int:
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        # WoTrus does not send a push again after the answer 200, so the push must be on the disk
        # before it.
        self._db.execute("PRAGMA synchronous = FULL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise StoreError(
                texts.Message(
                    "event.store_version",
                    path=path,
                    version=version,
                    supported=_VERSION,
                ),
            )
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")
        return self._count()

    def _count(self) -> int:
        return int(
            self._db.execute("SELECT count(*) FROM work WHERE source = ?", (PUSH,)).fetchone()[0],
        )

    def _save_state(self, work: Work, read: ReadState | None, *, now: float) -> bool:
        if read is None or work.order_id is None:
            return False
        before = self._one("SELECT state, delivery FROM orders WHERE key = ?", work.key)
        changes = before is None or before["state"] != read.state
        failed = before is not None and before["delivery"] == FAILED
        values = {**dataclasses.asdict(read), "details": json.dumps(read.details)}
        own = {
            "key": work.key,
            "order_id": work.order_id,
            "is_new": changes or (work.source == PUSH and failed),
            "now": now,
        }
        self._db.execute(_SAVE_STATE, {**values, **own})
        return changes

    @contextlib.contextmanager
    def _transaction(self) -> t.Iterator[None]:
        # SQLite writes to a deleted file as if nothing had happened.
        if _identity(self._path) != self._file:
            raise StoreError(texts.Message("event.store_replaced", path=self._path))
        with _store_errors(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(query, values).fetchone()
        return row


@contextlib.contextmanager
def _store_errors() -> t.Iterator[None]:
    # Raise :class:`StoreError` for an error of SQLite.
    try:
        yield
    except sqlite3.Error as exc:
        raise StoreError(texts.Message("event.store_failed", error=exc)) from exc


def _identity(path: Path) -> tuple[int, int] | None:
    # Return the identity of a file; ``None`` if there is none.
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _row(source: str, message: Message) -> dict[str, t.Any]:
    return {
        "source": source,
        "key": message.key,
        "order_id": message.order_id,
        # ASCII, since SQLite refuses half of a surrogate pair, which JSON allows.
        "message": json.dumps(message.content),
        "issued": message.issued,
        "revoked": message.revoked,
    }


def _work(row: sqlite3.Row) -> Work:
    return Work(
        source=row["source"],
        key=row["key"],
        order_id=row["order_id"],
        content=json.loads(row["message"]),
        issued=bool(row["issued"]),
        revoked=bool(row["revoked"]),
        version=row["version"],
        arrived=row["arrived"],
        tries=row["tries"],
    )
