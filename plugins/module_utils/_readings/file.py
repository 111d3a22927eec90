# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of readings: names of readings and fixed words, shapes, counts, days and request ids.

It has nothing that names a person, an order, an address or a company. An account is a number, which a slow digest with
a salt recognizes.

A reading counts for a year after it was last seen.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
import secrets
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._client.private_file import (
    locked,
    open_private,
    replace_private,
    require_private,
)
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import DEFAULT_URL, Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    InvalidInput,
    StoreFailed,
    WotrusError,
    boundary,
)
from ansible_collections.wotrus.pki.plugins.module_utils._readings.catalogue import READINGS, is_contradiction
from ansible_collections.wotrus.pki.plugins.module_utils._readings.watch import Watcher
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

WOTRUS, SANDBOX, OTHER = "wotrus", "sandbox", "other"
"""The API's address: WoTrus's own, one on this machine, or another one, such as a gateway."""

YEAR = dt.timedelta(days=365)
_VERSION = 1
_ROUNDS = 20_000
_LARGEST = 4 * 1024 * 1024
_MOST_ODD = 500
_LONGEST_WAIT = 10.0

Row = dict[str, t.Any]


def _unusable(error: Exception) -> WotrusError:
    return StoreFailed("{words}", words=error)


@dataclasses.dataclass
class Document:
    """What the file has.

    :ivar accounts: each with ``account``, its number, and ``salt`` and ``digest``
    :ivar seen: a row for each reading, word, address, account and product; the last seen last
    :ivar odd: a row for each endpoint, kind and name of what the manual does not have
    """

    accounts: list[Row] = dataclasses.field(default_factory=list)
    seen: list[Row] = dataclasses.field(default_factory=list)
    odd: list[Row] = dataclasses.field(default_factory=list)

    @classmethod
    def read(cls, content: bytes) -> Document:
        """Read a file.

        :raises ValueError: it is damaged, or of a newer release
        """
        if not content:
            return cls()
        value = json.loads(content)
        if not isinstance(value, dict) or value.get("version") != _VERSION:
            raise ValueError(Message("it is damaged, or of a newer release of the collection"))
        document = cls(**{field.name: list(value[field.name]) for field in dataclasses.fields(cls)})
        is_whole = all(map(_is_account, document.accounts)) and all(map(_is_seen, document.seen))
        if not is_whole or not all(map(_is_odd, document.odd)):
            raise ValueError(Message("it is damaged, or of a newer release of the collection"))
        return document

    def write(self) -> bytes:
        """Return the file's content, a row in each line."""
        parts = [
            f'"{name}": [{",".join(f"{chr(10)}  {json.dumps(row, ensure_ascii=False)}" for row in rows)}\n]'
            for name, rows in vars(self).items()
        ]
        return ("{" + f'"version": {_VERSION},\n' + ",\n".join(parts) + "}\n").encode()

    def account(self, settings: Settings) -> int:
        """Return the number of an account at an address; a new one if it is not known."""
        # A sandbox may have another port each time.
        secret = f"{SANDBOX if settings.is_loopback else settings.url}\n{settings.token}"
        digests = {salt: _digest(secret, salt) for salt in {row["salt"] for row in self.accounts}}
        for row in self.accounts:
            if row["digest"] == digests[row["salt"]]:
                return int(row["account"])
        salt = self.accounts[0]["salt"] if self.accounts else secrets.token_hex(16)
        number = max((int(row["account"]) for row in self.accounts), default=0) + 1
        self.accounts.append({"account": number, "salt": salt, "digest": _digest(secret, salt)})
        return number

    def merge(self, watcher: Watcher, *, api: str, account: int, day: dt.date) -> list[Message]:
        """Add what a watcher saw, and return a warning for each new contradiction.

        :param api: :data:`WOTRUS`, :data:`SANDBOX` or :data:`OTHER`
        """
        warnings: list[Message] = []
        for (reading, word, product), sight in watcher.seen.items():
            own = {"reading": reading, "word": word, "api": api, "account": account, "product": product}
            before = next((row for row in self.seen if own.items() <= row.items()), None)
            row = {
                **own,
                "count": sight.times,
                "first": day.isoformat(),
                "first_request": sight.first_request,
                "last": day.isoformat(),
                "last_request": sight.last_request,
            }
            if before is not None:
                self.seen.remove(before)
                row["count"] += before["count"]
                row.update(first=before["first"], first_request=before["first_request"])
            # A user sets how a sandbox answers.
            if api != SANDBOX and (before is None or not counts(before, day)):
                others = [other for other in self.seen if _is_about(other, row) and counts(other, day)]
                warnings += [_contradiction(other, row) for other in others if _contradicts(other, row)]
            self.seen.append(row)
        for (endpoint, kind, name), times in watcher.odd.items():
            self._add_odd({"endpoint": endpoint, "kind": kind, "name": name}, times, day)
        return warnings

    def _add_odd(self, own: Row, times: int, day: dt.date) -> None:
        before = next((row for row in self.odd if own.items() <= row.items()), None)
        if before is not None:
            before.update(count=before["count"] + times, last=day.isoformat())
        elif len(self.odd) < _MOST_ODD:
            self.odd.append({**own, "count": times, "first": day.isoformat(), "last": day.isoformat()})

    def words(
        self, *, api: str, account: int | None = None, product: str | None = None, day: dt.date
    ) -> dict[str, Row]:
        """Return the row of the word that counts, by reading.

        An unusual word counts more than the usual one that it does not contradict; else the one that was last seen.

        :param account: its number; ``None`` for any
        :param product: the name of a product; ``None`` for any
        """
        found: dict[str, Row] = {}
        for row in self.seen:
            is_meant = account in (None, row["account"]) and (product is None or row["product"] in (None, product))
            if row["api"] != api or not _is_known(row) or not is_meant or not counts(row, day):
                continue
            other = found.get(row["reading"])
            is_usual = row["word"] == READINGS[row["reading"]].words[0]
            if other is None or not is_usual or _contradicts(other, row):
                found[row["reading"]] = row
        return found


def counts(row: Row, day: dt.date) -> bool:
    """Return whether a row was seen within a year."""
    return day - dt.date.fromisoformat(row["last"]) <= YEAR


def _is_known(row: Row) -> bool:
    """Return whether this release knows a row's reading and word; another one may have written it."""
    return row["reading"] in READINGS and row["word"] in READINGS[row["reading"]].found


def _is_about(known: Row, row: Row) -> bool:
    return all(known[name] == row[name] for name in ("reading", "api", "account", "product"))


def _contradicts(known: Row, row: Row) -> bool:
    return is_contradiction(known["reading"], known["word"], row["word"])


def _contradiction(before: Row, now: Row) -> Message:
    known = READINGS[now["reading"]]
    return Message(
        "WoTrus answers otherwise than before. {question} On {before}: {former} (request {before_id}) On {now}: {word} "
        "(request {now_id}) If nothing is known of a change, ask WoTrus with both request ids.",
        question=known.question,
        before=before["last"],
        former=known.found[before["word"]],
        before_id=before["last_request"],
        now=now["last"],
        word=known.found[now["word"]],
        now_id=now["last_request"],
    )


def _digest(secret: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", secret.encode(), bytes.fromhex(salt), _ROUNDS).hex()


def _is_account(row: t.Any) -> bool:
    """Return whether a row has what :meth:`Document.account` writes."""
    return (
        isinstance(row, Mapping)
        and isinstance(row.get("account"), int)
        and isinstance(row.get("digest"), str)
        and bool(bytes.fromhex(row["salt"]))
    )


def _is_seen(row: t.Any) -> bool:
    """Return whether a row has what :meth:`Document.merge` writes."""
    texts = ("reading", "word", "api", "first_request", "last_request")
    return (
        isinstance(row, Mapping)
        and all(isinstance(row.get(name), str) for name in texts)
        and all(isinstance(row.get(name), int) for name in ("account", "count"))
        and isinstance(row.get("product"), (str, type(None)))
        and _has_days(row)
    )


def _is_odd(row: t.Any) -> bool:
    return (
        isinstance(row, Mapping)
        and all(isinstance(row.get(name), str) for name in ("endpoint", "kind", "name"))
        and isinstance(row.get("count"), int)
        and _has_days(row)
    )


def _has_days(row: Mapping[str, t.Any]) -> bool:
    return all(bool(dt.date.fromisoformat(row[name])) for name in ("first", "last"))


def api_of(settings: Settings) -> str:
    """Return which address the API has, without the address."""
    return SANDBOX if settings.is_loopback else WOTRUS if settings.url == DEFAULT_URL else OTHER


def check_place(path: str | None) -> None:
    """Check the path of the file, if there is one.

    :raises InvalidInput: it is not absolute
    """
    if path and not os.path.isabs(path):
        raise InvalidInput("{option} must be an absolute path, not {path!r}.", option="readings", path=path)


@boundary(_unusable)
def read_file(path: str) -> Document:
    """Return what a file has; nothing without one.

    :raises UnsafePath, StoreFailed: another user could change it, it cannot be read, or it is damaged
    """
    require_private(path)
    if not os.path.lexists(path):
        return Document()
    with open(open_private(path, os.O_RDONLY), "rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(Message("it is too large"))
    return Document.read(content)


def add_to_file(path: str, watcher: Watcher, settings: Settings, day: dt.date) -> list[Message]:
    """Add what a watcher saw to a file, and return a warning for each new contradiction.

    A file that cannot be used is a warning too, and so is one that another process keeps locked: nothing needs it to
    go on.
    """
    if not watcher.seen and not watcher.odd:
        return []
    try:
        with boundary(_unusable), locked(path, seconds=_LONGEST_WAIT):
            document = read_file(path)
            account = document.account(settings)
            warnings = document.merge(watcher, api=api_of(settings), account=account, day=day)
            replace_private(path, document.write())
    except WotrusError as exc:
        return [Message("The file of wotrus_readings is not written: {error}.", error=exc)]
    return warnings
