# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of one certificate on a target, ``record.json``.

It has the pending order and the orders of certificates, so that any run can continue. It has no secrets. The controller
reads a host's record with this module too, and trusts nothing in it. So each field has one type and a limit.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, RecordUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.record_parts import (
    UKEY,
    LiveCertificate,
    PendingOrder,
    SupersededCertificate,
)

VERSION = 1
ROLLED_BACK = "rolled_back"
REISSUE = "reissue"
OPERATIONS = ("order", "renew", REISSUE)
PENDING_KEYS = (
    "operation",
    "order_id",
    "root_order_id",
    "follows",
    "idempotence_id",
    "months",
    "definition",
    "requested_at",
    "superseded_order_id",
    "refused_order_id",
    "companion_order_id",
    "ukey_password_known",
)
_IDENTITY_KEYS = ("operation", "idempotence_id")
_ORDER_KEYS = (
    "order_id",
    "root_order_id",
    "idempotence_id",
    "months",
    "definition",
    "key_made_at",
    "companion_order_id",
)
_LONGEST_TEXT = 8192
_LONGEST_NAME = 300
_LARGEST_NUMBER = 10**6
# Messages and URLs contain ids, so an id must not look like a template or a terminal sequence.
_ORDER_ID = re.compile(r"[^\s{}]{1,100}")
_MOST_SUPERSEDED = 1000
_LARGEST_DEFINITION = 64 * 1024
_SECRET_WORDS = ("password", "token", "content", "id_card", "documents", "secret", "private")

_Reader = t.Callable[[dict[str, t.Any], str], t.Any]

Statement = t.Mapping[str, t.Any]
"""Some of ``PENDING_KEYS``, ``name``, ``order_name``, ``reload_pending``, ``revoked_order_ids``."""

__all__ = [
    "OPERATIONS",
    "PENDING_KEYS",
    "ROLLED_BACK",
    "UKEY",
    "VERSION",
    "LiveCertificate",
    "NewerRecord",
    "PendingOrder",
    "Record",
    "Statement",
    "SupersededCertificate",
]


class NewerRecord(RecordUnreadable):
    """The record is valid, but of a later version of the collection."""


@dataclasses.dataclass(frozen=True)
class Record:
    """The whole record.

    :ivar superseded: the oldest first
    :ivar reload_pending: a certificate was deployed, and its services were not reloaded yet
    """

    name: str | None = None
    order_name: str | None = None
    pending: PendingOrder | None = None
    live: LiveCertificate | None = None
    superseded: tuple[SupersededCertificate, ...] = ()
    reload_pending: bool = False

    @classmethod
    def from_text(cls, text: str) -> Record:
        """Read the text of ``record.json``.

        :raises RecordUnreadable: it is damaged, or of a newer version of the collection
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as exc:
            raise RecordUnreadable(f"it is not JSON ({exc})") from exc
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: t.Any) -> Record:
        """Read plain data, as ``to_dict`` returns it; unknown fields are ignored.

        :raises RecordUnreadable: a field is of the wrong type or too large
        :raises NewerRecord: it is of a later version of the collection
        """
        try:
            # JSON may have half a surrogate pair, which can neither be written again nor be part of a URL.
            json.dumps(data, ensure_ascii=False).encode("utf-8")
        except (TypeError, ValueError, RecursionError) as exc:
            raise RecordUnreadable(f"it is not JSON ({exc})") from exc
        return _record(data)

    def to_text(self) -> str:
        """Return the text of ``record.json``, which is the same for equal records."""
        return json.dumps(self.to_dict(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data, as results have it."""
        return {
            "version": VERSION,
            "name": self.name,
            "order_name": self.order_name,
            "pending": dataclasses.asdict(self.pending) if self.pending else None,
            "live": dataclasses.asdict(self.live) if self.live else None,
            "superseded": [_superseded_dict(one) for one in self.superseded],
            "reload_pending": self.reload_pending,
        }

    def with_request(self, statement: Statement) -> Record:
        """Return the record with a statement merged into the pending order.

        A statement with another operation or idempotence value starts a new pending order, which keeps only the pending
        key. A pending reissue that it replaces becomes superseded.

        :raises InvalidInput: the definition has a secret
        """
        statement = _checked(statement)
        fields = {key: statement[key] for key in PENDING_KEYS if key in statement}
        pending, superseded = self.pending, list(self.superseded)
        if fields:
            pending = dataclasses.replace(_base(pending, fields), **fields)
            superseded += self._dropped(pending)
        revoked = {id_key(order_id) for order_id in statement.get("revoked_order_ids", ())}
        left = tuple(one for one in superseded if id_key(one.live.order_id or "") not in revoked)
        return dataclasses.replace(self._named(statement), pending=pending, superseded=left)

    def _dropped(self, pending: PendingOrder) -> list[SupersededCertificate]:
        """Return the pending reissue that a new pending order replaces.

        WoTrus may still issue it.
        """
        former = self.pending
        if former is None or former.operation != REISSUE or former.order_id is None or pending.operation == REISSUE:
            return []
        known = [former.superseded_order_id, pending.order_id, self.live.order_id if self.live else None]
        if any(is_same_id(former.order_id, order_id) for order_id in known):
            return []
        dropped = LiveCertificate(release="", order_id=former.order_id, root_order_id=former.root_order_id)
        return [_former(dropped, pending.operation)]

    def with_live(self, live: LiveCertificate, statement: Statement, *, ends_request: bool) -> Record:
        """Return the record with a new live certificate.

        The former one becomes superseded.

        :param live: the certificate's facts, without those of its order
        :param statement: values for fields that the pending order does not have
        :param ends_request: the certificate is that of the pending order
        :raises InvalidInput: the definition has a secret
        """
        statement = _checked(statement)
        request = self.pending if ends_request and self.pending else PendingOrder()
        if request.public_key_sha256 not in (None, live.public_key_sha256):
            request = dataclasses.replace(request, key_made_at=None)
        former = self.live
        known = self._known(live)
        order = {key: _first(getattr(request, key), getattr(known, key), statement.get(key)) for key in _ORDER_KEYS}
        live = dataclasses.replace(live, **order)
        operation = request.operation or statement.get("operation") or _operation_between(former, live)
        superseded = [one for one in self.superseded if one.live.release != live.release]
        if former is not None and former.release != live.release:
            superseded.append(_former(former, operation))
        reissued = request.superseded_order_id if request.operation == REISSUE else None
        if reissued and not is_same_id(reissued, former.order_id if former else live.order_id):
            # On a rebuilt host, the reissue supersedes a certificate that this host never had.
            superseded.append(
                _former(LiveCertificate(release="", order_id=reissued, root_order_id=live.root_order_id), operation)
            )
        return dataclasses.replace(
            self._named(statement),
            pending=None if ends_request else self.pending,
            live=live,
            superseded=tuple(superseded),
        )

    def with_rollback(self, live: LiveCertificate) -> Record:
        """Return the record with the former release live again.

        The current one becomes rolled back.
        """
        facts = {key: value for key, value in vars(live).items() if value not in (None, {})}
        live = dataclasses.replace(self._known(live), **facts)
        superseded = [one for one in self.superseded if one.live.release != live.release]
        if self.live is not None and self.live.release != live.release:
            superseded.append(_former(self.live, ROLLED_BACK))
        return dataclasses.replace(self, live=live, superseded=tuple(superseded))

    def _known(self, live: LiveCertificate) -> LiveCertificate:
        """Return the record's facts of a certificate; without facts if unknown."""
        candidates = [one.live for one in self.superseded] + ([self.live] if self.live else [])
        same = [one for one in candidates if one.fingerprint_sha256 == live.fingerprint_sha256]
        return same[-1] if same else LiveCertificate(release=live.release)

    def _named(self, statement: Statement) -> Record:
        keys = ("name", "order_name", "reload_pending")
        return dataclasses.replace(self, **{key: statement[key] for key in keys if key in statement})


def _checked(statement: Statement) -> dict[str, t.Any]:
    statement = {key: value for key, value in statement.items() if value is not None}
    if statement.get("operation", OPERATIONS[0]) not in OPERATIONS:
        raise InvalidInput(f"record.operation is one of {', '.join(OPERATIONS)}, not {statement['operation']!r}.")
    secret = _secret_key(statement.get("definition"))
    if secret:
        raise InvalidInput(f"record.definition must have no secrets. Leave out {secret}.")
    if "definition" in statement:
        # As it will be read back. Otherwise a key that is a number would look like a change in each run.
        statement["definition"] = json.loads(json.dumps(statement["definition"]))
    return statement


def _secret_key(data: t.Any) -> str | None:
    if isinstance(data, t.Mapping):
        for key, value in data.items():
            if value is None:
                continue
            found = str(key) if any(word in str(key).lower() for word in _SECRET_WORDS) else _secret_key(value)
            if found:
                return found
    return None


def _base(pending: PendingOrder | None, fields: Statement) -> PendingOrder:
    if pending is None:
        return PendingOrder()
    for key in _IDENTITY_KEYS:
        known, new = getattr(pending, key), fields.get(key)
        if known is not None and new is not None and str(known).lower() != str(new).lower():
            return PendingOrder(public_key_sha256=pending.public_key_sha256, key_made_at=pending.key_made_at)
    return pending


def _first(*values: t.Any) -> t.Any:
    return next((value for value in values if value is not None), None)


def _operation_between(former: LiveCertificate | None, live: LiveCertificate) -> str | None:
    """Return the operation between two certificates, after a rollback was undone.

    It is a reissue if their roots are the same, else a renewal.
    """
    if former is None or former.root_order_id is None or live.root_order_id is None:
        return None
    return REISSUE if is_same_id(former.root_order_id, live.root_order_id) else "renew"


def _former(live: LiveCertificate, operation: str | None) -> SupersededCertificate:
    return SupersededCertificate(live=dataclasses.replace(live, files={}), operation=operation)


def _superseded_dict(superseded: SupersededCertificate) -> dict[str, t.Any]:
    data = {**dataclasses.asdict(superseded.live), "operation": superseded.operation}
    del data["files"]
    return data


def _record(data: t.Any) -> Record:
    data = _mapping(data, "it")
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise RecordUnreadable("it has no version number")
    if version > VERSION:
        raise NewerRecord(f"it has version {version}, and this release of wotrus.pki supports {VERSION}")
    superseded = data.get("superseded", [])
    if not isinstance(superseded, list) or len(superseded) > _MOST_SUPERSEDED:
        raise RecordUnreadable(f"superseded is not a list of at most {_MOST_SUPERSEDED} certificates")
    pending, live = data.get("pending"), data.get("live")
    if isinstance(pending, dict) and pending.get("operation") not in (None, *OPERATIONS):
        raise RecordUnreadable(f"pending.operation is not one of {', '.join(OPERATIONS)}")
    return Record(
        name=_text(data, "name"),
        order_name=_text(data, "order_name"),
        pending=None if pending is None else PendingOrder(**_fields(PendingOrder, _mapping(pending, "pending"))),
        live=None if live is None else LiveCertificate(**_fields(LiveCertificate, _mapping(live, "live"))),
        superseded=tuple(_superseded(one) for one in superseded),
        reload_pending=_flag(data, "reload_pending") or False,
    )


def _superseded(data: t.Any) -> SupersededCertificate:
    data = _mapping(data, "superseded")
    data.setdefault("release", data.get("serial_number") or "")
    return SupersededCertificate(
        live=LiveCertificate(**_fields(LiveCertificate, data)), operation=_text(data, "operation")
    )


def _fields(kind: type[t.Any], data: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the known fields.

    Those of a later release of the same version are ignored.
    """
    names = [field.name for field in dataclasses.fields(kind)]
    default: _Reader = _text
    found = {name: _READERS.get(name, default)(data, name) for name in names if name in data}
    if kind is LiveCertificate and found.get("release") is None:
        raise RecordUnreadable("live.release is missing")
    return found


def _mapping(data: t.Any, what: str) -> dict[str, t.Any]:
    if not isinstance(data, dict):
        raise RecordUnreadable(f"{what} is not a JSON object")
    return data


def _text(data: dict[str, t.Any], name: str) -> str | None:
    value = data.get(name)
    longest = _LONGEST_TEXT if name in ("subject", "issuer") else _LONGEST_NAME
    if value is not None and (not isinstance(value, str) or len(value) > longest):
        raise RecordUnreadable(f"{name} is not a text of at most {longest} characters")
    return value


def _order_id(data: dict[str, t.Any], name: str) -> str | None:
    value = _text(data, name)
    if value is not None and not (value.isprintable() and _ORDER_ID.fullmatch(clean_id(value) or "")):
        raise RecordUnreadable(f"{name} is not an order id")
    return value


def _number(data: dict[str, t.Any], name: str) -> int | None:
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_NUMBER:
        raise RecordUnreadable(f"{name} is not a number from 0 to {_LARGEST_NUMBER}")
    return value


def _flag(data: dict[str, t.Any], name: str) -> bool | None:
    value = data.get(name)
    if value is not None and not isinstance(value, bool):
        raise RecordUnreadable(f"{name} is neither true nor false")
    return value


def _definition(data: dict[str, t.Any], name: str) -> dict[str, t.Any] | None:
    value = data.get(name)
    if value is None:
        return None
    try:
        too_large = len(json.dumps(value)) > _LARGEST_DEFINITION
    except RecursionError:
        too_large = True
    if not isinstance(value, dict) or too_large:
        raise RecordUnreadable(f"{name} is not a JSON object of at most {_LARGEST_DEFINITION} characters")
    return value


def _files(data: dict[str, t.Any], name: str) -> dict[str, dict[str, str]]:
    files = _mapping(data.get(name), name)
    if not all(isinstance(one, dict) and isinstance(one.get("sha256"), str) for one in files.values()):
        raise RecordUnreadable(f"a file of {name} has no sha256")
    return files


_READERS: dict[str, _Reader] = {
    "months": _number,
    "definition": _definition,
    "ukey_password_known": _flag,
    "files": _files,
    "order_id": _order_id,
    "root_order_id": _order_id,
    "follows": _order_id,
    "superseded_order_id": _order_id,
    "refused_order_id": _order_id,
    "companion_order_id": _order_id,
}
