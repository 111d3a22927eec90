# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``record.json``: what a target remembers of one certificate (design: "A certificate on its host").

It says what was asked for and which orders belong to it, so that a run that knows nothing else can go on. It holds no
secrets. Everything here is pure: text or plain data in, immutable values out.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, RecordUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.record_parts import UKEY, Live, Pending, Superseded

VERSION = 1
ROLLED_BACK = "rolled_back"
REISSUE = "reissue"
OPERATIONS = ("order", "renew", REISSUE)
PENDING_KEYS = (
    "operation",
    "order_id",
    "idempotence_id",
    "generation",
    "months",
    "definition",
    "superseded_order_id",
    "companion_order_id",
    "ukey_password_known",
)
_IDENTITY_KEYS = ("operation", "generation", "idempotence_id")
_SECRET_WORDS = ("password", "token", "content", "id_card", "documents", "secret", "private")

Statement = t.Mapping[str, t.Any]
"""What a caller says: some of ``PENDING_KEYS``, ``name``, ``order_name``, ``reload_owed``, ``retired_order_ids``."""

__all__ = [
    "OPERATIONS",
    "PENDING_KEYS",
    "ROLLED_BACK",
    "UKEY",
    "VERSION",
    "Live",
    "NewerRecord",
    "Pending",
    "Record",
    "Statement",
    "Superseded",
]


class NewerRecord(RecordUnreadable):
    """The record is whole, but of a later version of the collection."""


@dataclasses.dataclass(frozen=True)
class Record:
    """The whole record.

    :ivar superseded: the oldest first
    :ivar reload_owed: a certificate went live, and services have not been told yet
    """

    name: str | None = None
    order_name: str | None = None
    generation: int = 1
    pending: Pending | None = None
    live: Live | None = None
    superseded: tuple[Superseded, ...] = ()
    reload_owed: bool = False

    @classmethod
    def from_text(cls, text: str) -> Record:
        """Read the text of ``record.json``.

        :raises RecordUnreadable: it is damaged, or of a newer version of the collection
        """
        try:
            data = json.loads(text)
            # Half a surrogate pair is JSON, and cannot be written again.
            json.dumps(data, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError) as exc:
            raise RecordUnreadable(f"it is no JSON ({exc})") from exc
        return _record(data)

    def to_text(self) -> str:
        """Return the text of ``record.json``: the same for the same record."""
        return json.dumps(self.to_dict(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data, as results have it."""
        return {
            "version": VERSION,
            "name": self.name,
            "order_name": self.order_name,
            "generation": self.generation,
            "pending": dataclasses.asdict(self.pending) if self.pending else None,
            "live": dataclasses.asdict(self.live) if self.live else None,
            "superseded": [_superseded_dict(one) for one in self.superseded],
            "reload_owed": self.reload_owed,
        }

    def with_request(self, said: Statement) -> Record:
        """Merge what a caller says into the running request.

        A statement about another operation, generation or idempotence value begins a new request: nothing of the
        former one but its key stays.

        :raises InvalidInput: the definition holds a secret
        """
        said = _checked(said)
        fields = {key: said[key] for key in PENDING_KEYS if key in said}
        pending = self.pending
        if fields:
            pending = dataclasses.replace(_base(pending, fields), **fields)
        retired = {id_key(order_id) for order_id in said.get("retired_order_ids", ())}
        superseded = tuple(one for one in self.superseded if id_key(one.live.order_id or "") not in retired)
        return dataclasses.replace(self._named(said), pending=pending, superseded=superseded)

    def with_live(self, live: Live, said: Statement, *, ends_request: bool) -> Record:
        """Make a certificate the live one; the one that was live so far is superseded.

        :param live: its facts, without those of the order
        :param said: fills what the running request does not say
        :param ends_request: the certificate is the running request's, which has thereby ended
        :raises InvalidInput: the definition holds a secret
        """
        said = _checked(said)
        request = self.pending if ends_request and self.pending else Pending()
        former = self.live
        known = self._known(live)
        order = {
            key: _first(getattr(request, key), getattr(known, key), said.get(key))
            for key in ("order_id", "idempotence_id", "generation", "months", "definition", "companion_order_id")
        }
        live = dataclasses.replace(live, **order)
        operation = request.operation or said.get("operation") or _operation_between(former, live)
        superseded = [one for one in self.superseded if one.live.release != live.release]
        if former is not None and former.release != live.release:
            superseded.append(_former(former, operation))
        reissued = request.superseded_order_id if request.operation == REISSUE else None
        if reissued and not same_id(reissued, former.order_id if former else live.order_id):
            # A rebuilt host has its order reissued, and never had the certificate that this supersedes.
            superseded.append(_former(Live(release="", order_id=reissued), operation))
        return dataclasses.replace(
            self._named(said),
            generation=_first(live.generation, self.generation),
            pending=None if ends_request else self.pending,
            live=live,
            superseded=tuple(superseded),
        )

    def with_rollback(self, live: Live) -> Record:
        """Make the former release the live one again; the one that was live so far is remembered as rolled back."""
        facts = {key: value for key, value in vars(live).items() if value not in (None, {})}
        live = dataclasses.replace(self._known(live), **facts)
        superseded = [one for one in self.superseded if one.live.release != live.release]
        if self.live is not None and self.live.release != live.release:
            superseded.append(_former(self.live, ROLLED_BACK))
        return dataclasses.replace(self, live=live, superseded=tuple(superseded))

    def _known(self, live: Live) -> Live:
        """What the record knows already of this very certificate."""
        candidates = [one.live for one in self.superseded] + ([self.live] if self.live else [])
        same = [one for one in candidates if one.fingerprint_sha256 == live.fingerprint_sha256]
        return same[-1] if same else Live(release=live.release)

    def _named(self, said: Statement) -> Record:
        keys = ("name", "order_name", "generation", "reload_owed")
        return dataclasses.replace(self, **{key: said[key] for key in keys if key in said})


def _checked(said: Statement) -> dict[str, t.Any]:
    said = {key: value for key, value in said.items() if value is not None}
    if said.get("operation", OPERATIONS[0]) not in OPERATIONS:
        raise InvalidInput(f"record.operation is one of {', '.join(OPERATIONS)}, not {said['operation']!r}.")
    secret = _secret_key(said.get("definition"))
    if secret:
        raise InvalidInput(f"record.definition must hold no secrets: leave out {secret}.")
    if "definition" in said:
        # As it will be read back: otherwise a key that is a number would look like a change for ever.
        said["definition"] = json.loads(json.dumps(said["definition"]))
    return said


def _secret_key(data: t.Any) -> str | None:
    if isinstance(data, t.Mapping):
        for key, value in data.items():
            if value is None:
                continue
            found = str(key) if any(word in str(key).lower() for word in _SECRET_WORDS) else _secret_key(value)
            if found:
                return found
    return None


def _base(pending: Pending | None, fields: Statement) -> Pending:
    if pending is None:
        return Pending()
    for key in _IDENTITY_KEYS:
        known, new = getattr(pending, key), fields.get(key)
        if known is not None and new is not None and str(known).lower() != str(new).lower():
            return Pending(public_key_sha256=pending.public_key_sha256)
    return pending


def _first(*values: t.Any) -> t.Any:
    return next((value for value in values if value is not None), None)


def _operation_between(former: Live | None, live: Live) -> str | None:
    """Tell by the generations what brought a certificate that is made live a second time, after a rollback."""
    if former is None or former.generation is None or live.generation is None:
        return None
    return REISSUE if former.generation == live.generation else "renew"


def _former(live: Live, operation: str | None) -> Superseded:
    return Superseded(live=dataclasses.replace(live, files={}), operation=operation)


def _superseded_dict(superseded: Superseded) -> dict[str, t.Any]:
    data = {**dataclasses.asdict(superseded.live), "operation": superseded.operation}
    del data["files"]
    return data


_TEXT = (str, type(None))
_NUMBER = (int, type(None))
_MAPPING = (dict, type(None))
_TYPES: dict[str, tuple[type, ...]] = {
    "generation": _NUMBER,
    "months": _NUMBER,
    "definition": _MAPPING,
    "ukey_password_known": (bool, type(None)),
    "files": (dict,),
    "release": (str,),
}


def _record(data: t.Any) -> Record:
    data = _mapping(data, "it")
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise RecordUnreadable("it has no version number")
    if version > VERSION:
        raise NewerRecord(f"it is of version {version}, and this release of wotrus.pki knows {VERSION}")
    superseded = data.get("superseded", [])
    if not isinstance(superseded, list):
        raise RecordUnreadable("superseded is no list")
    pending, live = data.get("pending"), data.get("live")
    if isinstance(pending, dict) and pending.get("operation") not in (None, *OPERATIONS):
        raise RecordUnreadable(f"pending.operation is none of {', '.join(OPERATIONS)}")
    return Record(
        name=_typed(data, "name", _TEXT),
        order_name=_typed(data, "order_name", _TEXT),
        generation=_typed(data, "generation", (int,), default=1),
        pending=None if pending is None else Pending(**_fields(Pending, _mapping(pending, "pending"))),
        live=None if live is None else Live(**_fields(Live, _mapping(live, "live"))),
        superseded=tuple(_superseded(one) for one in superseded),
        reload_owed=_typed(data, "reload_owed", (bool,), default=False),
    )


def _superseded(data: t.Any) -> Superseded:
    data = _mapping(data, "superseded")
    data.setdefault("release", data.get("serial_number") or "")
    return Superseded(live=Live(**_fields(Live, data)), operation=_typed(data, "operation", _TEXT))


def _mapping(data: t.Any, what: str) -> dict[str, t.Any]:
    if not isinstance(data, dict):
        raise RecordUnreadable(f"{what} is no JSON object")
    return data


def _fields(kind: type[Pending | Live], data: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the known fields; those of a later release of the same version are passed over."""
    names = [field.name for field in dataclasses.fields(kind)]
    found = {name: _typed(data, name, _TYPES.get(name, _TEXT)) for name in names if name in data}
    if kind is Live:
        for name, facts in found.get("files", {}).items():
            if not isinstance(_mapping(facts, f"files.{name}").get("sha256"), str):
                raise RecordUnreadable(f"files.{name} has no sha256")
        if "release" not in found:
            raise RecordUnreadable("live.release is missing")
    return found


def _typed(data: dict[str, t.Any], name: str, kinds: tuple[type, ...], *, default: t.Any = None) -> t.Any:
    value = data.get(name, default)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise RecordUnreadable(f"{name} is of the wrong type")
    return value
