# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is still to be done, and what was told of each order: one SQLite file that survives any crash.

Everything here blocks and belongs to one thread; ``spool`` is its way in.
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

PUSHED = "push"
WATCHED = "poll"

GAP = 2.0
"""Seconds between two looks at one order, however often it is pushed."""

_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS work (
    road TEXT NOT NULL, key TEXT NOT NULL, order_id TEXT, message TEXT NOT NULL,
    issued INTEGER NOT NULL, revoked INTEGER NOT NULL, version INTEGER NOT NULL,
    arrived REAL NOT NULL, due REAL NOT NULL, tries INTEGER NOT NULL,
    PRIMARY KEY (road, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS work_due ON work (road, due);
CREATE TABLE IF NOT EXISTS orders (
    key TEXT PRIMARY KEY, order_id TEXT NOT NULL, state TEXT NOT NULL, final INTEGER NOT NULL, told REAL NOT NULL
) WITHOUT ROWID;
"""
_ADD = """
INSERT INTO work (road, key, order_id, message, issued, revoked, version, arrived, due, tries)
VALUES (:road, :key, :order_id, :message, :issued, :revoked, 0, :arrived, :due, 0)
ON CONFLICT (road, key) DO UPDATE SET
    message = excluded.message, order_id = excluded.order_id, issued = excluded.issued, revoked = excluded.revoked,
    version = version + 1, arrived = excluded.arrived,
    due = CASE WHEN tries > 0 THEN min(due, excluded.due + :gap) ELSE min(due, excluded.due) END
"""
_PUT_OFF = """
UPDATE work SET due = CASE WHEN version = :version THEN :due ELSE :soon END, tries = :tries
WHERE road = :road AND key = :key
"""
_TELL = """
INSERT INTO orders (key, order_id, state, final, told) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
    order_id = excluded.order_id, state = excluded.state, final = excluded.final, told = excluded.told
"""


class StoreBroken(Exception):
    """The file cannot be opened, read or written."""


class Taken(enum.Enum):
    """What became of a push."""

    STORED = "stored"
    MERGED = "merged"
    FULL = "full"


@dataclasses.dataclass(frozen=True)
class Message:
    """What came in and is to be stored.

    :ivar key: what makes it one with another; each message about something else than an order has one of its own
    :ivar order_id: none for a message about something else
    :ivar content: ``payload`` and ``meta`` of the event
    """

    key: str
    order_id: str | None
    content: dict[str, t.Any]
    issued: bool = False
    revoked: bool = False


@dataclasses.dataclass(frozen=True)
class Work:
    """One thing that is still to be done.

    :ivar version: how often it was pushed again since it was stored
    :ivar tries: how often it was tried, and put off
    """

    road: str
    key: str
    order_id: str | None
    content: dict[str, t.Any]
    issued: bool
    revoked: bool
    version: int
    arrived: float
    tries: int


@dataclasses.dataclass(frozen=True)
class Told:
    """What was told of an order.

    :ivar final: nothing more is awaited of it
    """

    state: str
    final: bool


class Store:
    """The file. ``stored``: the pushes in it that are not done.

    :raises StoreBroken: it cannot be opened, or another version of this collection wrote it
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as exc:
            raise StoreBroken(f"cannot use the store {path}: {exc}") from exc
        try:
            self.stored = self._prepare(path)
        except sqlite3.Error as exc:
            self._db.close()
            raise StoreBroken(f"cannot use the store {path}: {exc}") from exc
        except StoreBroken:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add(self, messages: t.Sequence[Message], *, now: float, most: int) -> list[Taken]:
        """Store pushes in one transaction; what this returns for is on the disk.

        :param most: so many are stored at most; of an order there is never more than one
        """
        with self._transaction():
            count = self.stored
            taken: list[Taken] = []
            for message in messages:
                known = self._one("SELECT 1 FROM work WHERE road = ? AND key = ?", PUSHED, message.key)
                if known is None and count >= most:
                    taken.append(Taken.FULL)
                    continue
                told = self._one("SELECT told FROM orders WHERE key = ?", message.key)
                due = now if told is None else max(now, min(told["told"], now) + GAP)
                self._db.execute(_ADD, {**_row(PUSHED, message), "arrived": now, "due": due, "gap": GAP})
                count += known is None
                taken.append(Taken.STORED if known is None else Taken.MERGED)
        self.stored = count
        return taken

    def watch(self, order_ids: t.Iterable[str], *, now: float, most: int) -> int:
        """Make these, and no others, the orders that are polled, less those that ended.

        :returns: how many there are, of which no more than ``most`` are polled
        """
        wanted = {id_key(order_id): order_id.strip() for order_id in order_ids}
        with self._transaction():
            ended = {row["key"] for row in self._db.execute("SELECT key FROM orders WHERE final = 1")}
            polled = {row["key"] for row in self._db.execute("SELECT key FROM work WHERE road = ?", (WATCHED,))}
            open_ones = [key for key in wanted if key not in ended]
            kept = set(open_ones[:most])
            for key in polled - kept:
                self._db.execute("DELETE FROM work WHERE road = ? AND key = ?", (WATCHED, key))
            for key in kept - polled:
                row = _row(WATCHED, Message(key, wanted[key], {}))
                self._db.execute(_ADD, {**row, "arrived": now, "due": now, "gap": 0})
        return len(open_ones)

    def unended(self) -> list[str]:
        """Return the ids of the orders that were told of, and may still be issued."""
        with _explained():
            return [row["order_id"] for row in self._db.execute("SELECT order_id FROM orders WHERE final = 0")]

    def due(self, road: str, *, now: float, busy: t.Collection[str]) -> tuple[Work | None, float | None]:
        """Return what is to be done first, if its time has come, and else the time when the next one's does."""
        with _explained():
            query = "SELECT * FROM work WHERE road = ? ORDER BY due LIMIT ?"
            rows = self._db.execute(query, (road, len(busy) + 1)).fetchall()
        free = [row for row in rows if row["key"] not in busy]
        if not free:
            return None, None
        return (_work(free[0]), None) if free[0]["due"] <= now else (None, free[0]["due"])

    def told(self, key: str) -> str | None:
        """Return the state of an order that was told last."""
        with _explained():
            row = self._one("SELECT state FROM orders WHERE key = ?", key)
        return None if row is None else str(row["state"])

    def finish(self, work: Work, *, told: Told | None = None, now: float) -> None:
        """Forget what is done, and note what was told; what was pushed again meanwhile is done again."""
        with self._transaction():
            self._note(work, told, now=now)
            where = "WHERE road = ? AND key = ? AND version"
            done = self._db.execute(f"DELETE FROM work {where} = ?", (work.road, work.key, work.version)).rowcount
            again = (now + GAP, work.road, work.key, work.version)
            self._db.execute(f"UPDATE work SET due = ?, tries = 0 {where} > ?", again)
        if work.road == PUSHED:
            self.stored -= done

    def put_off(self, work: Work, *, due: float, tries: int, told: Told | None = None, now: float) -> None:
        """Do it again later, and note what was told; what was pushed again meanwhile waits no longer than it must."""
        with self._transaction():
            self._note(work, told, now=now)
            due_now = {"version": work.version, "due": due, "soon": min(due, now + GAP), "tries": tries}
            self._db.execute(_PUT_OFF, {**due_now, "road": work.road, "key": work.key})

    def hurry(self, road: str, *, now: float) -> None:
        """Let every push be due now, and of what is polled what failed: at a start, and when WoTrus answers again."""
        with _explained():
            query = "UPDATE work SET due = ? WHERE road = ? AND due > ? AND (tries > 0 OR road = ?)"
            self._db.execute(query, (now, road, now, PUSHED))

    def _prepare(self, path: Path) -> int:
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        # The answer 200 is a promise: what it stands for is on the disk.
        self._db.execute("PRAGMA synchronous = FULL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise StoreBroken(f"the store {path} is of version {version}, and this collection knows {_VERSION}")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")
        return int(self._db.execute("SELECT count(*) FROM work WHERE road = ?", (PUSHED,)).fetchone()[0])

    def _note(self, work: Work, told: Told | None, *, now: float) -> None:
        if told is not None and work.order_id is not None:
            self._db.execute(_TELL, (work.key, work.order_id, told.state, told.final, now))

    @contextlib.contextmanager
    def _transaction(self) -> t.Iterator[None]:
        with _explained(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(query, values).fetchone()
        return row


@contextlib.contextmanager
def _explained() -> t.Iterator[None]:
    """Turn SQLite's failures into ours."""
    try:
        yield
    except sqlite3.Error as exc:
        raise StoreBroken(f"the store failed: {exc}") from exc


def _row(road: str, message: Message) -> dict[str, t.Any]:
    return {
        "road": road,
        "key": message.key,
        "order_id": message.order_id,
        # Escapes, since half of a surrogate pair is JSON and no text that SQLite takes.
        "message": json.dumps(message.content),
        "issued": message.issued,
        "revoked": message.revoked,
    }


def _work(row: sqlite3.Row) -> Work:
    return Work(
        road=row["road"],
        key=row["key"],
        order_id=row["order_id"],
        content=json.loads(row["message"]),
        issued=bool(row["issued"]),
        revoked=bool(row["revoked"]),
        version=row["version"],
        arrived=row["arrived"],
        tries=row["tries"],
    )
