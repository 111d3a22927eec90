# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores orders, idempotence values and certificates in one SQLite file."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

from .errors import StartError
from .orders import InPlaceReissue, Order, OrderKind, OrderRequest, Status, Step

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    parent TEXT,
    companion TEXT,
    reissues INTEGER NOT NULL DEFAULT 0,
    request TEXT NOT NULL,
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
    operation TEXT NOT NULL, value TEXT NOT NULL, order_id TEXT NOT NULL, first_used REAL NOT NULL,
    PRIMARY KEY (operation, value)
);
CREATE TABLE IF NOT EXISTS certificates (
    serial TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    part TEXT NOT NULL,
    chain TEXT NOT NULL,
    pem TEXT NOT NULL,
    not_after REAL NOT NULL,
    current INTEGER NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS in_place_reissues (
    order_id TEXT PRIMARY KEY, request TEXT NOT NULL, not_after REAL, serials TEXT NOT NULL, requested REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS certificates_order ON certificates (order_id);
"""

_VERSION = 3

_CHANGE = Template("UPDATE orders SET $columns WHERE id = ?")
_CHANGEABLE = frozenset(
    {
        "companion",
        "reissues",
        "request",
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
class IssuedCertificate:
    """An issued certificate.

    ``part``: RSA, Sign or Encrypt. ``chain``: the hierarchy of its issuer.
    """

    serial: str
    part: str
    chain: str
    pem: str
    not_after: float


@dataclass(frozen=True, slots=True)
class UsedIdempotence:
    """The order and first use (seconds since 1970) of an idempotence value."""

    order_id: str
    first_used: float


class IdempotenceRepeated(Exception):
    """The idempotence value was used before, for the order ``order_id``."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id


class Store:
    """The tables, in write-ahead mode. One thread may use them."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it.

        :raises StartError: another version of the sandbox wrote the file
        """
        path.touch(mode=0o600, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version != _VERSION and self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
            self._db.close()
            raise StartError(
                f"{path} is of another version of the sandbox. Remove {path.parent}, or use another --data-dir."
            )
        self._db.executescript(SCHEMA)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def close(self) -> None:
        """Close the file. Nothing can be read afterwards."""
        self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the changes of the block, or roll back all of them."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def read_meta(self, name: str) -> str | None:
        """Return a stored value, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row["value"])

    def write_meta(self, name: str, value: str) -> None:
        """Store a value."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def bind_idempotence(self, *, operation: str, value: str, order_id: str, now: float) -> None:
        """Record that an idempotence value was used for an order.

        Call it in a transaction.
        IdempotenceRepeated if it was used before. Create and Reissue (``operation``) have separate values. An empty
        value is not recorded.
        """
        if not value:
            return
        try:
            self._db.execute("INSERT INTO idempotence VALUES (?, ?, ?, ?)", (operation, value, order_id, now))
        except sqlite3.IntegrityError:
            found = self.find_idempotence(operation=operation, value=value)
            raise IdempotenceRepeated(found.order_id if found else order_id) from None

    def find_idempotence(self, *, operation: str, value: str) -> UsedIdempotence | None:
        """Return the use of an idempotence value, or None."""
        row = self._db.execute(
            "SELECT * FROM idempotence WHERE operation = ? AND value = ?", (operation, value)
        ).fetchone()
        return None if row is None else UsedIdempotence(str(row["order_id"]), float(row["first_used"]))

    def delete_idempotence(self, *, operation: str, value: str, order_id: str) -> None:
        """Delete the use of an idempotence value for an order."""
        self._db.execute(
            "DELETE FROM idempotence WHERE operation = ? AND value = ? AND order_id = ?", (operation, value, order_id)
        )

    def insert(
        self,
        *,
        order_id: str,
        kind: OrderKind,
        request: OrderRequest,
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
            "INSERT INTO orders (id, kind, parent, companion, request, status, is_pay, step, due, not_after, created,"
            " order_number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                order_id,
                kind,
                parent,
                companion,
                _dump(request),
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
        """Set columns of an order. ValueError for a column that never changes."""
        wrong = changes.keys() - _CHANGEABLE
        if wrong:
            raise ValueError(f"not changeable: {', '.join(sorted(wrong))}")
        values = [_dump(v) if isinstance(v, OrderRequest) else v for v in changes.values()]
        columns = ", ".join(f"{name} = ?" for name in changes)
        self._db.execute(_CHANGE.substitute(columns=columns), (*values, order_id))

    def find_pem(self, serial: str) -> str | None:
        """Return a certificate in PEM by its serial number, in upper-case hexadecimal."""
        row = self._db.execute("SELECT pem FROM certificates WHERE serial = ?", (serial,)).fetchone()
        return str(row["pem"]) if row else None

    def find(self, order_id: str) -> Order | None:
        """Return an order by its id, or None.

        Case, spaces and braces around the id do not matter.
        """
        plain = order_id.strip().removeprefix("{").removesuffix("}").strip().lower()
        row = self._db.execute("SELECT * FROM orders WHERE id = ?", (plain,)).fetchone()
        return None if row is None else _order(row)

    def all_orders(self) -> list[Order]:
        """Return every order, oldest first."""
        return [_order(row) for row in self._db.execute("SELECT * FROM orders ORDER BY number")]

    def due_orders(self, now: float) -> list[str]:
        """Return the ids of paid orders whose step is due at ``now``."""
        rows = self._db.execute("SELECT id FROM orders WHERE due <= ? AND is_pay <> 0 ORDER BY due", (now,))
        return [str(row["id"]) for row in rows]

    def next_due(self, *, after: float) -> float | None:
        """Return the time of the next automatic step after ``after``, or None."""
        row = self._db.execute("SELECT MIN(due) AS due FROM orders WHERE due > ? AND is_pay <> 0", (after,)).fetchone()
        return None if row["due"] is None else float(row["due"])

    def last_order_number(self) -> int:
        """Return the highest order number, or 0."""
        row = self._db.execute("SELECT MAX(CAST(order_number AS INTEGER)) AS last FROM orders").fetchone()
        return int(row["last"] or 0)

    def save_certificates(self, order_id: str, certificates: Sequence[IssuedCertificate]) -> None:
        """Store the current certificates of an order. Former certificates stay stored."""
        self._db.execute("UPDATE certificates SET current = 0 WHERE order_id = ?", (order_id,))
        self._db.executemany(
            "INSERT INTO certificates VALUES (?, ?, ?, ?, ?, ?, 1, 0)",
            [(c.serial, order_id, c.part, c.chain, c.pem, c.not_after) for c in certificates],
        )

    def revoke_certificates(self, order_id: str) -> None:
        """Mark all certificates of an order as revoked, whatever becomes of the order."""
        self._db.execute("UPDATE certificates SET revoked = 1 WHERE order_id = ?", (order_id,))

    def revoked_serials(self) -> list[str]:
        """Return the serial numbers of all revoked certificates."""
        return [str(row["serial"]) for row in self._db.execute("SELECT serial FROM certificates WHERE revoked = 1")]

    def end_of_validity(self, order_id: str) -> float:
        """Return the end of validity of an order's certificates.

        It is in seconds since 1970, for a pair the earlier end, and 0 without a certificate.
        """
        row = self._db.execute(
            "SELECT MIN(not_after) AS end FROM certificates WHERE order_id = ? AND current = 1", (order_id,)
        ).fetchone()
        return float(row["end"] or 0)

    def save_in_place_reissue(self, order_id: str, in_place: InPlaceReissue) -> None:
        """Store the last reissue that kept the order's id."""
        self._db.execute(
            "INSERT OR REPLACE INTO in_place_reissues VALUES (?, ?, ?, ?, ?)",
            (order_id, _dump(in_place.request), in_place.not_after, json.dumps(in_place.serials), in_place.requested),
        )

    def find_in_place_reissue(self, order_id: str) -> InPlaceReissue | None:
        """Return the last reissue that kept the order's id, or None."""
        row = self._db.execute("SELECT * FROM in_place_reissues WHERE order_id = ?", (order_id,)).fetchone()
        if row is None:
            return None
        return InPlaceReissue(
            request=OrderRequest(**json.loads(row["request"])),
            not_after=row["not_after"],
            serials=tuple(json.loads(row["serials"])),
            requested=row["requested"],
        )

    def delete_in_place_reissue(self, order_id: str) -> None:
        """Delete the last reissue that kept the order's id."""
        self._db.execute("DELETE FROM in_place_reissues WHERE order_id = ?", (order_id,))

    def reissues_of(self, order_id: str) -> list[Order]:
        """Return the reissues that have their own ids, oldest first."""
        rows = self._db.execute(
            "SELECT * FROM orders WHERE parent = ? AND kind = ? ORDER BY number", (order_id, OrderKind.REISSUE)
        )
        return [_order(row) for row in rows]

    def certificates(self, order_id: str, *, former: bool = False) -> list[IssuedCertificate]:
        """Return the current certificates of an order, with ``former`` all of them."""
        rows = self._db.execute(
            "SELECT * FROM certificates WHERE order_id = ? AND current >= ? ORDER BY rowid",
            (order_id, 0 if former else 1),
        )
        return [
            IssuedCertificate(row["serial"], row["part"], row["chain"], row["pem"], row["not_after"]) for row in rows
        ]


def _dump(request: OrderRequest) -> str:
    return json.dumps(asdict(request), ensure_ascii=False)


def _order(row: sqlite3.Row) -> Order:
    return Order(
        number=row["number"],
        id=row["id"],
        kind=OrderKind(row["kind"]),
        parent=row["parent"],
        companion=row["companion"],
        reissues=row["reissues"],
        request=OrderRequest(**json.loads(row["request"])),
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
