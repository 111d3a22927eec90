# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work and reported states in one SQLite file, which survives a crash.

All calls block and run in one thread; the sources use :mod:`work_queue`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import json
import os
import sqlite3
import typing as t
from pathlib import Path

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key

PUSH = "push"
POLL = "poll"

GAP = 2.0
"""Seconds between two reads of one order, however often it is pushed."""

_VERSION = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS work (
    source TEXT NOT NULL, key TEXT NOT NULL, order_id TEXT, message TEXT NOT NULL,
    issued INTEGER NOT NULL, revoked INTEGER NOT NULL, version INTEGER NOT NULL,
    arrived REAL NOT NULL, due REAL NOT NULL, tries INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS work_due ON work (source, due);
CREATE TABLE IF NOT EXISTS orders (
    key TEXT PRIMARY KEY, order_id TEXT NOT NULL, state TEXT NOT NULL, final INTEGER NOT NULL, reported REAL NOT NULL
) WITHOUT ROWID;
"""
_ADD = """
INSERT INTO work (source, key, order_id, message, issued, revoked, version, arrived, due, tries)
VALUES (:source, :key, :order_id, :message, :issued, :revoked, 0, :arrived, :due, 0)
ON CONFLICT (source, key) DO UPDATE SET
    message = excluded.message, order_id = excluded.order_id, issued = excluded.issued, revoked = excluded.revoked,
    version = version + 1, arrived = excluded.arrived,
    due = CASE WHEN tries > 0 THEN min(due, excluded.due + :gap) ELSE min(due, excluded.due) END
"""
_POSTPONE = """
UPDATE work SET due = CASE WHEN version = :version THEN :due ELSE :soon END, tries = :tries
WHERE source = :source AND key = :key
"""
_DELETE = "DELETE FROM work WHERE source = ? AND key = ? AND version = ?"
_REPEAT = "UPDATE work SET due = ?, tries = 0 WHERE source = ? AND key = ? AND version > ?"
_SAVE_STATE = """
INSERT INTO orders (key, order_id, state, final, reported) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
    order_id = excluded.order_id, state = excluded.state, final = excluded.final, reported = excluded.reported
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

    :ivar key: messages with the same key replace each other; a message without an order has a key of its own
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
class ReportedState:
    """The state of an order that was reported last.

    :ivar final: the order needs no further polling
    """

    state: str
    final: bool


class Store:
    """The SQLite file.

    :ivar stored: the number of pushes that are not done
    :raises StoreError: it cannot be opened, or another version of this collection wrote it
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as exc:
            raise StoreError(f"cannot use the store {path}: {exc}") from exc
        try:
            self.stored = self._prepare(path)
        except sqlite3.Error as exc:
            self._db.close()
            raise StoreError(f"cannot use the store {path}: {exc}") from exc
        except StoreError:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add(self, messages: t.Sequence[Message], *, now: float, most: int) -> list[AddResult]:
        """Store pushes on the disk in one transaction.

        :param most: the most pushes to store; an order has one at most
        """
        with self._transaction():
            count = self.stored
            results: list[AddResult] = []
            for message in messages:
                known = self._one("SELECT 1 FROM work WHERE source = ? AND key = ?", PUSH, message.key)
                if known is None and count >= most:
                    results.append(AddResult.FULL)
                    continue
                last = self._one("SELECT reported FROM orders WHERE key = ?", message.key)
                due = now if last is None else max(now, min(last["reported"], now) + GAP)
                self._db.execute(_ADD, {**_row(PUSH, message), "arrived": now, "due": due, "gap": GAP})
                count += known is None
                results.append(AddResult.STORED if known is None else AddResult.MERGED)
        self.stored = count
        return results

    def set_polled_orders(self, order_ids: t.Iterable[str], *, now: float, most: int) -> int:
        """Poll these orders and no others, except those that are final.

        :param most: the most orders to poll
        :returns: how many orders are not final
        """
        wanted = {id_key(order_id): order_id.strip() for order_id in order_ids}
        with self._transaction():
            final = {row["key"] for row in self._db.execute("SELECT key FROM orders WHERE final = 1")}
            polled = {row["key"] for row in self._db.execute("SELECT key FROM work WHERE source = ?", (POLL,))}
            open_keys = [key for key in wanted if key not in final]
            kept = set(open_keys[:most])
            for key in polled - kept:
                self._db.execute("DELETE FROM work WHERE source = ? AND key = ?", (POLL, key))
            for key in kept - polled:
                row = _row(POLL, Message(key, wanted[key], {}))
                self._db.execute(_ADD, {**row, "arrived": now, "due": now, "gap": 0})
        return len(open_keys)

    def open_order_ids(self) -> list[str]:
        """Return the ids of the reported orders that are not final."""
        with _store_errors():
            return [row["order_id"] for row in self._db.execute("SELECT order_id FROM orders WHERE final = 0")]

    def due(self, source: str, *, now: float, busy: t.Collection[str]) -> tuple[Work | None, float | None]:
        """Return the first work if due, else the time when it is."""
        with _store_errors():
            query = "SELECT * FROM work WHERE source = ? ORDER BY due LIMIT ?"
            rows = self._db.execute(query, (source, len(busy) + 1)).fetchall()
        free = [row for row in rows if row["key"] not in busy]
        if not free:
            return None, None
        return (_work(free[0]), None) if free[0]["due"] <= now else (None, free[0]["due"])

    def reported_state(self, key: str) -> str | None:
        """Return the state of an order that was reported last."""
        with _store_errors():
            row = self._one("SELECT state FROM orders WHERE key = ?", key)
        return None if row is None else str(row["state"])

    def complete(self, work: Work, *, reported: ReportedState | None = None, now: float) -> None:
        """Remove completed work, and save the reported state.

        Work that was pushed again meanwhile stays.
        """
        with self._transaction():
            self._save_state(work, reported, now=now)
            done = self._db.execute(_DELETE, (work.source, work.key, work.version)).rowcount
            self._db.execute(_REPEAT, (now + GAP, work.source, work.key, work.version))
        if work.source == PUSH:
            self.stored -= done

    def postpone(
        self, work: Work, *, due: float, tries: int, reported: ReportedState | None = None, now: float
    ) -> None:
        """Postpone work, and save the reported state.

        Work that was pushed again meanwhile is due soon.
        """
        with self._transaction():
            self._save_state(work, reported, now=now)
            due_now = {"version": work.version, "due": due, "soon": min(due, now + GAP), "tries": tries}
            self._db.execute(_POSTPONE, {**due_now, "source": work.source, "key": work.key})

    def make_due(self, source: str, *, now: float) -> None:
        """Make all pushes and failed polls due now.

        Call it after a start and after an outage.
        """
        with _store_errors():
            query = "UPDATE work SET due = ? WHERE source = ? AND due > ? AND (tries > 0 OR source = ?)"
            self._db.execute(query, (now, source, now, PUSH))

    def _prepare(self, path: Path) -> int:
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        # WoTrus does not send a push again after the answer 200, so the push must be on the disk before it.
        self._db.execute("PRAGMA synchronous = FULL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise StoreError(f"the store {path} is of version {version}, and this collection knows {_VERSION}")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")
        return int(self._db.execute("SELECT count(*) FROM work WHERE source = ?", (PUSH,)).fetchone()[0])

    def _save_state(self, work: Work, reported: ReportedState | None, *, now: float) -> None:
        if reported is not None and work.order_id is not None:
            self._db.execute(_SAVE_STATE, (work.key, work.order_id, reported.state, reported.final, now))

    @contextlib.contextmanager
    def _transaction(self) -> t.Iterator[None]:
        with _store_errors(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(query, values).fetchone()
        return row


@contextlib.contextmanager
def _store_errors() -> t.Iterator[None]:
    """Raise :class:`StoreError` for an error of SQLite."""
    try:
        yield
    except sqlite3.Error as exc:
        raise StoreError(f"the store failed: {exc}") from exc


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
