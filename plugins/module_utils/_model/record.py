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
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RecordUnreadable, boundary
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, is_id
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

VERSION = 1
HOST = "host"
PROVIDED = "provided"
PKCS11 = "pkcs11"
UKEY = "ukey"
EXTERNAL = "external"
STORAGES = (HOST, UKEY, PROVIDED, PKCS11, EXTERNAL)
ROLLED_BACK = "rolled_back"
REISSUE = "reissue"
OPERATIONS = ("order", "renew", REISSUE)
_LONGEST_TEXT = 8192
_LONGEST_NAME = 300
_LARGEST_NUMBER = 10**6
_MOST_SUPERSEDED = 1000
_MOST_NAMES = 100
_LARGEST_DEFINITION = 64 * 1024


_reading = boundary(lambda error: RecordUnreadable("it is not JSON ({error})", error=error))


class NewerRecord(RecordUnreadable):
    """The record is valid, but of a later version of the collection."""


@dataclasses.dataclass(frozen=True)
class OrderFacts:
    """What a record knows of an order, with a certificate or without one.

    :ivar operation: what was requested; of a superseded certificate, what superseded it
    :ivar root_order_id: the id that Create answered; a reissue keeps the root of its order
    :ivar key_made_at: when the key was made on this host (ISO 8601), by the CA's clock if it is known
    :ivar companion_order_id: the order of the SM2 pair, for a product that has one
    :ivar ended_serial_number: of the certificate that ended, if it was reissued for that
    :ivar ended_not_after: when that certificate ends, or its path to the root does
    """

    operation: str | None = None
    order_id: str | None = None
    root_order_id: str | None = None
    idempotence_id: str | None = None
    months: int | None = None
    definition: t.Mapping[str, t.Any] | None = None
    key_made_at: str | None = None
    companion_order_id: str | None = None
    ended_serial_number: str | None = None
    ended_not_after: str | None = None

    @property
    def storage(self) -> str | None:
        """The private key's storage in the definition; ``None`` if it has none."""
        key = self.definition.get("key") if self.definition else None
        storage = key.get("storage") if isinstance(key, dict) else None
        return str(storage) if storage else None


ORDER_KEYS = tuple(field.name for field in dataclasses.fields(OrderFacts) if field.name != "operation")


@dataclasses.dataclass(frozen=True)
class PendingOrder(OrderFacts):
    """An order or reissue that has no certificate yet.

    Its ``order_id`` is ``None`` until the API has answered it.

    :ivar follows: the root of the order that this order renews or replaces
    :ivar requested_at: the time at which the request was prepared (ISO 8601)
    :ivar public_key_sha256: the digest of the key in ``pending/``; ``None`` for a UKey or without a key
    :ivar superseded_order_id: the order that a reissue or renewal supersedes
    :ivar refused_order_id: an earlier reissue of the same order that was refused
    :ivar refused_key_sha256: the pending key, if WoTrus refused its request
    :ivar key_evidence: what is known of the home of the key in ``pending/``, by ``EVIDENCE_KEYS``
    :ivar ukey_password_known: false for an adopted UKey order whose password is unknown
    """

    follows: str | None = None
    requested_at: str | None = None
    public_key_sha256: str | None = None
    superseded_order_id: str | None = None
    refused_order_id: str | None = None
    refused_key_sha256: str | None = None
    key_evidence: t.Mapping[str, str | bool] | None = None
    ukey_password_known: bool | None = None


_OF_THE_HOST = ("key_made_at", "public_key_sha256", "key_evidence")
PENDING_KEYS = tuple(field.name for field in dataclasses.fields(PendingOrder) if field.name not in _OF_THE_HOST)
"""What a statement says of a pending order."""


@dataclasses.dataclass(frozen=True)
class LiveCertificate(OrderFacts):
    """A certificate that services read, or read before it was superseded, and its order.

    :ivar release: the name of its folder in ``releases/``; empty for a certificate that was never on this host
    :ivar reissued_at: when the reissue that brought it was requested; ``None`` for another request
    :ivar path_not_after: the earliest end on its path to the root
    :ivar document_signing: whether readers accept its signatures on documents
    :ivar encryption: whether its key may be needed to decrypt
    :ivar alternative_names: what it names besides its subject; ``None`` if it is not known
    :ivar root_subject, root_sha256, key_type, key_size, extended_key_usage: what a later certificate is compared with
    :ivar key_evidence: the token and the attributes of its key, by ``EVIDENCE_KEYS``; ``None`` for other keys
    :ivar revocation_requested: a run has requested the revocation of the superseded certificate
    :ivar files: the SHA-256 of the release's files by name, as ``{"cert.pem": {"sha256": "…"}}``
    """

    release: str = ""
    reissued_at: str | None = None
    public_key_sha256: str | None = None
    serial_number: str | None = None
    not_before: str | None = None
    not_after: str | None = None
    fingerprint_sha256: str | None = None
    subject: str | None = None
    issuer: str | None = None
    path_not_after: str | None = None
    document_signing: bool | None = None
    encryption: bool | None = None
    alternative_names: t.Sequence[str] | None = None
    root_subject: str | None = None
    root_sha256: str | None = None
    key_type: str | None = None
    key_size: int | None = None
    extended_key_usage: t.Sequence[str] | None = None
    key_evidence: t.Mapping[str, str | bool] | None = None
    revocation_requested: bool | None = None
    files: t.Mapping[str, t.Mapping[str, str]] = dataclasses.field(default_factory=dict)


EVIDENCE_KEYS = (
    *("manufacturer", "model", "serial", "firmware"),
    *("local", "always_sensitive", "never_extractable", "attestation_sha256"),
)
"""What is known of a key's home, as a token says it, and the digest of an attestation."""


Part = t.TypeVar("Part", bound=OrderFacts)


@dataclasses.dataclass(frozen=True)
class Record:
    """The whole record.

    :ivar superseded: the oldest first
    :ivar reload_pending: a certificate was deployed, and its services were not reloaded yet
    :ivar unnotified: no service was notified of the live certificate, since the entry and the play name none
    """

    name: str | None = None
    order_name: str | None = None
    pending: PendingOrder | None = None
    live: LiveCertificate | None = None
    superseded: tuple[LiveCertificate, ...] = ()
    reload_pending: bool = False
    unnotified: bool = False

    @classmethod
    @_reading
    def from_text(cls, text: str | bytes) -> Record:
        """Read the text of ``record.json``.

        :raises RecordUnreadable: it is damaged, or of a newer version of the collection
        """
        return cls.from_dict(json.loads(text))

    @classmethod
    @_reading
    def from_dict(cls, data: t.Any) -> Record:
        """Read plain data, as ``to_dict`` returns it; unknown fields are ignored.

        :raises RecordUnreadable: a field is of the wrong type or too large
        :raises NewerRecord: it is of a later version of the collection
        """
        # JSON may have half a surrogate pair, which can neither be written again nor be part of a URL.
        json.dumps(data, ensure_ascii=False).encode("utf-8")
        if not isinstance(data, dict):
            raise RecordUnreadable("it is not a JSON object")
        version = data.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise RecordUnreadable("it has no version number")
        if version > VERSION:
            raise NewerRecord("it has version {version}, newer than this release of wotrus.pki", version=version)
        superseded = data.get("superseded", [])
        if not isinstance(superseded, list) or len(superseded) > _MOST_SUPERSEDED:
            raise RecordUnreadable("superseded is not a list of at most {most} certificates", most=_MOST_SUPERSEDED)
        record = cls(
            name=_field(data, "name"),
            order_name=_field(data, "order_name"),
            pending=None if data.get("pending") is None else _part(PendingOrder, data["pending"], "pending"),
            live=None if data.get("live") is None else _part(LiveCertificate, data["live"], "live"),
            superseded=tuple(_part(LiveCertificate, former, "superseded") for former in superseded),
            reload_pending=_field(data, "reload_pending") or False,
            unnotified=_field(data, "unnotified") or False,
        )
        if record.pending is not None and record.pending.operation not in (None, *OPERATIONS):
            raise RecordUnreadable("pending.operation is not one of {choices}", choices=[*OPERATIONS])
        if record.live is not None and not record.live.release:
            raise RecordUnreadable("live.release is missing")
        return record

    def to_text(self) -> str:
        """Return the text of ``record.json``, which is the same for equal records."""
        return json.dumps(self.to_dict(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data, as results have it."""
        data = dataclasses.asdict(self)
        return {"version": VERSION, **data, "superseded": list(data["superseded"])}


def _part(kind: type[Part], data: t.Any, name: str) -> Part:
    """Return a part of the record, without the fields that a later release has added."""
    if not isinstance(data, dict):
        raise RecordUnreadable("{name} is not a JSON object", name=name)
    names = [field.name for field in dataclasses.fields(kind) if data.get(field.name) is not None]
    return kind(**{name: _field(data, name) for name in names})


def _field(data: dict[str, t.Any], name: str) -> t.Any:
    """Return a field of its kind; ``None`` if it is missing or null."""
    value = data.get(name)
    is_valid, what = _KINDS.get(name, _TEXT)
    if value is not None and not is_valid(value):
        raise RecordUnreadable("{name} is not {what}", name=name, what=what)
    return value


def _is_text(value: t.Any, longest: int = _LONGEST_NAME) -> bool:
    return isinstance(value, str) and len(value) <= longest


def _are_files(value: t.Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(item, dict) and isinstance(item.get("sha256"), str) for item in value.values()
    )


def _is_number(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_NUMBER


def _are_texts(value: t.Any) -> bool:
    return isinstance(value, list) and len(value) <= _MOST_NAMES and all(map(_is_text, value))


def _is_evidence(value: t.Any) -> bool:
    return isinstance(value, dict) and all(
        name in EVIDENCE_KEYS and (isinstance(item, bool) or _is_text(item)) for name, item in value.items()
    )


_Kind = tuple[t.Callable[[t.Any], bool], Message]
_TEXT: _Kind = (_is_text, Message("a text of at most {longest} characters", longest=_LONGEST_NAME))
_LONG: _Kind = (
    lambda value: _is_text(value, _LONGEST_TEXT),
    Message("a text of at most {longest} characters", longest=_LONGEST_TEXT),
)
# Messages and URLs contain ids, so an id must not look like a template or a terminal sequence.
_ORDER_ID: _Kind = (lambda value: _is_text(value) and is_id(clean_id(value) or ""), Message("an order id"))
_FLAG: _Kind = (lambda value: isinstance(value, bool), Message("true or false"))
_KINDS: dict[str, _Kind] = {
    "months": (_is_number, Message("a number from 0 to {most}", most=_LARGEST_NUMBER)),
    "definition": (
        lambda value: isinstance(value, dict) and len(json.dumps(value)) <= _LARGEST_DEFINITION,
        Message("a JSON object of at most {longest} characters", longest=_LARGEST_DEFINITION),
    ),
    "key_evidence": (_is_evidence, Message("a map of facts about a key")),
    "key_size": (_is_number, Message("a number from 0 to {most}", most=_LARGEST_NUMBER)),
    "extended_key_usage": (_are_texts, Message("a list of at most {most} texts", most=_MOST_NAMES)),
    "alternative_names": (_are_texts, Message("a list of at most {most} texts", most=_MOST_NAMES)),
    "files": (_are_files, Message("a map of files, each with its sha256")),
    **dict.fromkeys(("ukey_password_known", "document_signing", "encryption", "revocation_requested"), _FLAG),
    **dict.fromkeys(("reload_pending", "unnotified"), _FLAG),
    **dict.fromkeys(("subject", "issuer", "root_subject"), _LONG),
    **dict.fromkeys(("order_id", "root_order_id", "companion_order_id", "follows"), _ORDER_ID),
    **dict.fromkeys(("superseded_order_id", "refused_order_id"), _ORDER_ID),
}
"""What a field must be, and the words for that; a text by default."""
