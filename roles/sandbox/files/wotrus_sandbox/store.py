# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's memory: one SQLite file in write-ahead mode, used from one thread."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .orders import Kind, Order, Renewal, Sent, Status, Step

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    parent TEXT,
    companion TEXT,
    reissues INTEGER NOT NULL DEFAULT 0,
    sent TEXT NOT NULL,
    status TEXT NOT NULL,
    is_pay INTEGER NOT NULL,
    step TEXT NOT NULL,
    due REAL,
    ready INTEGER NOT NULL DEFAULT 0,
    pushed INTEGER NOT NULL DEFAULT 0,
    not_after REAL,
    created REAL NOT NULL,
    order_number TEXT NOT NULL UNIQUE,
    shown_status TEXT,
    shown_link TEXT
);
CREATE INDEX IF NOT EXISTS orders_due ON orders (due) WHERE due IS NOT NULL AND is_pay <> 0;
CREATE TABLE IF NOT EXISTS idempotence (
    space TEXT NOT NULL, value TEXT NOT NULL, order_id TEXT NOT NULL, claimed REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (space, value)
);
CREATE TABLE IF NOT EXISTS certificates (
    serial TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    part TEXT NOT NULL,
    chain TEXT NOT NULL,
    pem TEXT NOT NULL,
    not_after REAL NOT NULL,
    current INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS renewals (
    order_id TEXT PRIMARY KEY, sent TEXT NOT NULL, not_after REAL, serials TEXT NOT NULL, asked REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS certificates_order ON certificates (order_id);
"""

# A file of an older sandbox has no time of its idempotence values: that of their orders is near enough.
ADD_CLAIMED = """
ALTER TABLE idempotence ADD COLUMN claimed REAL NOT NULL DEFAULT 0;
UPDATE idempotence SET claimed = COALESCE((SELECT created FROM orders WHERE id = order_id), 0);
"""


_CHANGEABLE = frozenset(
    {
        "companion",
        "reissues",
        "sent",
        "status",
        "is_pay",
        "step",
        "due",
        "ready",
        "pushed",
        "not_after",
        "shown_status",
        "shown_link",
    }
)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that was issued. ``part``: RSA, Sign or Encrypt; ``chain``: the hierarchy that signed it."""

    serial: str
    part: str
    chain: str
    pem: str
    not_after: float


@dataclass(frozen=True, slots=True)
class Claim:
    """What an idempotence value stands for, and the time (seconds since 1970) at which it was first used."""

    order_id: str
    claimed: float


class AlreadyThere(Exception):
    """The idempotence value was used before; ``order_id`` is what it stands for."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id


class Store:
    """Orders, idempotence values, certificates and the clock's offset."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)
        if "claimed" not in {row["name"] for row in self._db.execute("PRAGMA table_info(idempotence)")}:
            self._db.executescript(ADD_CLAIMED)

    def close(self) -> None:
        """Close the file; nothing may be asked afterwards."""
        self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what happens inside happen wholly or not at all."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def read_meta(self, name: str) -> str | None:
        """Return a stored setting, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row["value"])

    def write_meta(self, name: str, value: str) -> None:
        """Store a setting."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def claim(self, *, space: str, value: str, order_id: str, now: float) -> None:
        """Bind an idempotence value to an order at ``now``, inside a transaction; AlreadyThere when it is bound.

        ``space`` keeps creates and reissues apart. An empty value is none at all.
        """
        if not value:
            return
        try:
            self._db.execute("INSERT INTO idempotence VALUES (?, ?, ?, ?)", (space, value, order_id, now))
        except sqlite3.IntegrityError:
            found = self.find_claim(space=space, value=value)
            raise AlreadyThere(found.order_id if found else order_id) from None

    def find_claim(self, *, space: str, value: str) -> Claim | None:
        """Return the order that an idempotence value stands for, and since when; or None."""
        row = self._db.execute("SELECT * FROM idempotence WHERE space = ? AND value = ?", (space, value)).fetchone()
        return None if row is None else Claim(str(row["order_id"]), float(row["claimed"]))

    def forget_claim(self, *, space: str, value: str, order_id: str) -> None:
        """Make an idempotence value a new one, unless it stands for another order by now."""
        self._db.execute(
            "DELETE FROM idempotence WHERE space = ? AND value = ? AND order_id = ?", (space, value, order_id)
        )

    def insert(
        self,
        *,
        order_id: str,
        kind: Kind,
        sent: Sent,
        status: Status,
        is_pay: int,
        step: Step,
        due: float | None,
        created: float,
        order_number: str,
        parent: str | None = None,
        companion: str | None = None,
        not_after: float | None = None,
    ) -> None:
        """Store a new order."""
        self._db.execute(
            "INSERT INTO orders (id, kind, parent, companion, sent, status, is_pay, step, due, not_after, created,"
            " order_number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                order_id,
                kind,
                parent,
                companion,
                _dump(sent),
                status,
                is_pay,
                step,
                due,
                not_after,
                created,
                order_number,
            ),
        )

    def change(self, order_id: str, **changes: object) -> None:
        """Set columns of an order; only those that change in its life."""
        wrong = changes.keys() - _CHANGEABLE
        if wrong:
            raise ValueError(f"not changeable: {', '.join(sorted(wrong))}")
        values = [_dump(v) if isinstance(v, Sent) else v for v in changes.values()]
        columns = ", ".join(f"{name} = ?" for name in changes)
        self._db.execute(f"UPDATE orders SET {columns} WHERE id = ?", (*values, order_id))

    def find(self, order_id: str) -> Order | None:
        """Return an order by its id, compared case-blind and without blanks and braces around it, or None."""
        plain = order_id.strip().removeprefix("{").removesuffix("}").strip().lower()
        row = self._db.execute("SELECT * FROM orders WHERE id = ?", (plain,)).fetchone()
        return None if row is None else _order(row)

    def all_orders(self) -> list[Order]:
        """Return every order, oldest first."""
        return [_order(row) for row in self._db.execute("SELECT * FROM orders ORDER BY number")]

    def due_orders(self, now: float) -> list[str]:
        """Return the ids of the paid orders with which something happens by itself by ``now``."""
        rows = self._db.execute("SELECT id FROM orders WHERE due <= ? AND is_pay <> 0 ORDER BY due", (now,))
        return [str(row["id"]) for row in rows]

    def next_due(self, *, after: float) -> float | None:
        """Return the next time after ``after`` at which something happens by itself, or None."""
        row = self._db.execute("SELECT MIN(due) AS due FROM orders WHERE due > ? AND is_pay <> 0", (after,)).fetchone()
        return None if row["due"] is None else float(row["due"])

    def last_order_number(self) -> int:
        """Return the highest order number that was given, or 0."""
        row = self._db.execute("SELECT MAX(CAST(order_number AS INTEGER)) AS last FROM orders").fetchone()
        return int(row["last"] or 0)

    def save_certificates(self, order_id: str, certificates: Sequence[Issued]) -> None:
        """Make ``certificates`` the current ones of an order; former ones stay on record."""
        self._db.execute("UPDATE certificates SET current = 0 WHERE order_id = ?", (order_id,))
        self._db.executemany(
            "INSERT INTO certificates VALUES (?, ?, ?, ?, ?, ?, 1)",
            [(c.serial, order_id, c.part, c.chain, c.pem, c.not_after) for c in certificates],
        )

    def end_of(self, order_id: str) -> float:
        """Return the end (seconds since 1970) of the certificate of an order, of a pair the first; 0 without any."""
        row = self._db.execute(
            "SELECT MIN(not_after) AS end FROM certificates WHERE order_id = ? AND current = 1", (order_id,)
        ).fetchone()
        return float(row["end"] or 0)

    def save_renewal(self, order_id: str, renewal: Renewal) -> None:
        """Keep what an order was before a reissue under its own id; of one order only the last."""
        self._db.execute(
            "INSERT OR REPLACE INTO renewals VALUES (?, ?, ?, ?, ?)",
            (order_id, _dump(renewal.sent), renewal.not_after, json.dumps(renewal.serials), renewal.asked),
        )

    def find_renewal(self, order_id: str) -> Renewal | None:
        """Return what an order was before its last reissue under its own id, or None."""
        row = self._db.execute("SELECT * FROM renewals WHERE order_id = ?", (order_id,)).fetchone()
        if row is None:
            return None
        return Renewal(
            sent=Sent(**json.loads(row["sent"])),
            not_after=row["not_after"],
            serials=tuple(json.loads(row["serials"])),
            asked=row["asked"],
        )

    def forget_renewal(self, order_id: str) -> None:
        """Make an order one that was not reissued under its own id."""
        self._db.execute("DELETE FROM renewals WHERE order_id = ?", (order_id,))

    def reissues_of(self, order_id: str) -> list[Order]:
        """Return the reissues of an order that have ids of their own, oldest first."""
        rows = self._db.execute(
            "SELECT * FROM orders WHERE parent = ? AND kind = ? ORDER BY number", (order_id, Kind.REISSUE)
        )
        return [_order(row) for row in rows]

    def certificates(self, order_id: str, *, former: bool = False) -> list[Issued]:
        """Return the current certificates of an order (all it ever had with ``former``), oldest first."""
        rows = self._db.execute(
            "SELECT * FROM certificates WHERE order_id = ? AND current >= ? ORDER BY rowid",
            (order_id, 0 if former else 1),
        )
        return [Issued(row["serial"], row["part"], row["chain"], row["pem"], row["not_after"]) for row in rows]


def _dump(sent: Sent) -> str:
    return json.dumps(asdict(sent), ensure_ascii=False)


def _order(row: sqlite3.Row) -> Order:
    return Order(
        number=row["number"],
        id=row["id"],
        kind=Kind(row["kind"]),
        parent=row["parent"],
        companion=row["companion"],
        reissues=row["reissues"],
        sent=Sent(**json.loads(row["sent"])),
        status=Status(row["status"]),
        is_pay=row["is_pay"],
        step=Step(row["step"]),
        due=row["due"],
        ready=bool(row["ready"]),
        pushed=bool(row["pushed"]),
        not_after=row["not_after"],
        created=row["created"],
        order_number=row["order_number"],
        shown_status=row["shown_status"],
        shown_link=row["shown_link"],
    )
