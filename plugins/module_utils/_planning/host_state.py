# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host says of a certificate, with checked types: it is not trusted."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable, RecordUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import ROLLED_BACK, LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import STATES, RevocationStatus
from ansible_collections.wotrus.pki.plugins.module_utils._model.signed_documents import (
    MOST_DOCUMENTS,
    SignedDocuments,
    Signer,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.signed_documents import STATES as SIGNER_STATES
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp, parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import RELEASE_NAME
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import PendingFacts
from ansible_collections.wotrus.pki.plugins.module_utils._texts.hosts import become_step, host_message
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import key_of_request

_LONGEST_TEXT = 8192
_MOST_RELEASES = 1000
_LONGEST_PATH = 12
_MOST_NAMES = 20
_LONGEST_NAME = 300
_LARGEST_NUMBER = 2**53
_WORD = re.compile(r"[a-z0-9_]{1,60}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SERIAL = re.compile(r"[0-9A-F]{1,60}")
_KIND = re.compile(r"[A-Za-z0-9-]{1,20}")


@dataclasses.dataclass(frozen=True)
class Certificate:
    """A certificate's facts, from the host or from the CA.

    :ivar subject: as text
    :ivar key_type: such as ``RSA``
    :ivar key_size: in bits
    :ivar extended_key_usage: by name; ``None`` if it is not known
    :ivar root_subject, root_sha256: of the root of its path
    :ivar alternative_names: what it names besides its subject, each with its kind, such as ``email:a@example.com``
    :ivar path_not_after: the earliest end on its path to a root; ``None`` if it is not known
    :ivar document_signing: whether readers accept its signatures; ``None`` if it is not known
    """

    not_before: dt.datetime
    not_after: dt.datetime
    path_not_after: dt.datetime | None = None
    document_signing: bool | None = None
    public_key_sha256: str | None = None
    fingerprint_sha256: str | None = None
    serial_number: str | None = None
    subject: str | None = None
    common_name: str | None = None
    organization: str | None = None
    key_type: str | None = None
    key_size: int | None = None
    issuer: str | None = None
    root_subject: str | None = None
    root_sha256: str | None = None
    extended_key_usage: tuple[str, ...] | None = None
    alternative_names: tuple[str, ...] = ()

    @classmethod
    def read(cls, value: t.Any) -> Certificate | None:
        """Return the facts of a certificate; ``None`` without dates.

        :param value: ``info`` of ``wotrus_certificate``, or the live certificate of a host

        :raises ValueError: a field is not what it should be
        """
        if not isinstance(value, Mapping) or not value.get("not_after"):
            return None
        not_before, not_after = (parse_timestamp(_text(value, name) or "") for name in ("not_before", "not_after"))
        if not_before > not_after:
            raise ValueError("not_before")
        names = (
            *("public_key_sha256", "fingerprint_sha256", "serial_number"),
            *("subject", "common_name", "organization", "key_type", "issuer", "root_subject", "root_sha256"),
        )
        path, signs = _text(value, "path_not_after"), value.get("document_signing")
        size, usages = value.get("key_size"), value.get("extended_key_usage")
        return cls(
            not_before,
            not_after,
            path_not_after=parse_timestamp(path) if path else None,
            document_signing=signs if isinstance(signs, bool) else None,
            key_size=size if _is_size(size) else None,
            extended_key_usage=None if usages is None else tuple(_texts(usages, "extended_key_usage")[:_MOST_NAMES]),
            alternative_names=_alternative_names(value.get("alternative_names")),
            **{name: _text(value, name) for name in names},
        )

    @property
    def usable(self) -> Certificate:
        """The same with the end of its path to a root, if that ends earlier: readers refuse later signatures.

        What may cost money is decided by the certificate's own end.
        """
        ends = min(self.not_after, self.path_not_after or self.not_after)
        return dataclasses.replace(self, not_after=max(ends, self.not_before))


@dataclasses.dataclass(frozen=True)
class LiveState:
    """The release that services read, as the host says.

    :ivar certificate: ``None`` if the host cannot read it
    :ivar key_matches: ``None`` if the host may not read the key, which says nothing about it
    :ivar damaged: files that are missing, or not what was written
    """

    release: str
    certificate: Certificate | None
    key_matches: bool | None
    damaged: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class FirstKey:
    """The host's answer about the key file to import.

    :ivar kind: its ``type``, and its ``size`` or ``curve``
    :ivar fault: why it cannot be used: ``error_code`` and message
    """

    public_key_sha256: str | None = None
    kind: Mapping[str, str | int] = dataclasses.field(default_factory=dict)
    fault: tuple[str, Text] | None = None


@dataclasses.dataclass(frozen=True)
class HostState:
    """A host's claims about a certificate's directory, with checked types.

    :ivar has_record: false if the record is missing
    :ivar state_digest: by which the host confirms before a change that this is still its state
    :ivar first_key: ``None`` if no key file would be imported now
    :ivar encryption_keys: former releases whose keys may be needed to decrypt
    :ivar revocation: of the live certificate and its intermediates; ``None`` if it was not checked
    :ivar signed_documents: who signed the newest documents; ``None`` if they were not read
    :ivar releases: the names of the releases on its disk
    :ivar missing_accounts: those that it was asked about and does not have: ``owner`` or ``group``, and the name
    :ivar fault: the host's own error: ``error_code`` and message
    """

    path: str
    record: Record = dataclasses.field(default_factory=Record)
    has_record: bool = False
    live: LiveState | None = None
    pending: PendingFacts | None = None
    state_digest: str | None = None
    first_key: FirstKey | None = None
    encryption_keys: tuple[str, ...] = ()
    revocation: tuple[RevocationStatus, ...] | None = None
    signed_documents: SignedDocuments | None = None
    releases: frozenset[str] = frozenset()
    missing_accounts: frozenset[tuple[str, str]] = frozenset()
    fault: tuple[str, Text] | None = None

    @classmethod
    def read(cls, row: t.Any, *, path: str) -> HostState:
        """Read a row of ``wotrus_deployment_info``.

        An unusable row becomes a fault of the host.

        :param path: of the directory, as the controller named it
        """
        try:
            if not isinstance(row, Mapping):
                raise TypeError("row")
            record = row.get("record")
            live, pending, first_key = row.get("live"), row.get("pending"), row.get("first_key")
            statuses, documents = row.get("revocation"), row.get("signed_documents")
            return cls(
                path=path,
                record=Record.from_dict(record) if record is not None else Record(),
                has_record=record is not None,
                live=_live(live) if live is not None else None,
                pending=_pending(pending) if pending is not None else None,
                state_digest=host_digest(row),
                first_key=_first_key(first_key) if first_key is not None else None,
                encryption_keys=_releases(row.get("encryption_keys") or []),
                revocation=_revocation(statuses) if statuses is not None else None,
                signed_documents=_signed_documents(documents) if documents is not None else None,
                releases=frozenset(_texts(row.get("releases"), "releases")),
                missing_accounts=frozenset(
                    (kind, name)
                    for kind in ("owner", "group")
                    for name in _texts(row.get(f"missing_{kind}s"), f"missing_{kind}s")
                ),
                fault=_fault(row) if row.get("error_code") else None,
            )
        except RecordUnreadable as exc:
            code, msg = exc.error_code, Message("The record of {path} cannot be used: {error}.", path=path, error=exc)
        except (AttributeError, TypeError, ValueError):
            msg = Message("The host's answer about {path} cannot be used.", path=path)
            code = RecordUnreadable.error_code
        return cls(path=path, fault=(code, msg))

    @property
    def live_certificate(self) -> Certificate | None:
        """The certificate of ``live``, if it can be read."""
        return self.live.certificate if self.live else None

    @property
    def is_live_recorded(self) -> bool:
        """Whether the record is about what is live, as far as both say it: it may be an older one."""
        used, recorded = self.live_certificate, self.record.live
        known = (used.fingerprint_sha256 if used else None, recorded.fingerprint_sha256 if recorded else None)
        return None in known or known[0] == known[1]

    @property
    def rolled_back(self) -> LiveCertificate | None:
        """The newest release that was rolled back; ``None`` without one.

        It must belong to another order than the live release.
        """
        newest = self.record.superseded[-1] if self.record.superseded else None
        if newest is None or newest.operation != ROLLED_BACK or newest.order_id is None:
            return None
        live = self.record.live
        return None if live is not None and is_same_id(live.order_id, newest.order_id) else newest


def host_error(row: Json) -> HostUnreadable:
    """Return the error of a host's row.

    The host's own code is used if it has a known form.
    """
    code = row.get("error_code")
    code = code if isinstance(code, str) and _WORD.fullmatch(code) else HostUnreadable.error_code
    words = safe_line(str(row.get("msg") or ""))
    # Some versions of ansible-core say only there why a module did not run.
    why = safe_line(str(row.get("module_stderr") or "").strip().rpartition("\n")[2])
    words = f"{words} {why}".strip() if why not in words else words
    silent = Message("The host answered {error_code} without a message.", error_code=code)
    error = HostUnreadable(host_message(row, words) or silent, next_step=become_step(words))
    error.error_code = code
    return error


def host_text(row: Json, name: str) -> str | None:
    """Return a value of a host's row if it is text."""
    value = row.get(name)
    return str(value) if isinstance(value, str) else None


def host_digest(row: Json) -> str | None:
    """Return the digest of a host's row; ``None`` without one."""
    value = host_text(row, "state_digest")
    return value if value is not None and _DIGEST.fullmatch(value) else None


def _alternative_names(names: t.Any) -> tuple[str, ...]:
    if names is None:
        return ()
    if not isinstance(names, list):
        raise ValueError("alternative_names")
    return tuple(str(name)[:_LONGEST_NAME] for name in names[:_MOST_NAMES])


def _fault(row: Json) -> tuple[str, Text]:
    _text(row, "msg")
    error = host_error(row)
    return error.error_code, error.message


def _live(value: t.Any) -> LiveState:
    damaged = _texts(value.get("damaged"), "damaged")
    matches = value.get("key_matches")
    if not isinstance(matches, (bool, type(None))):
        raise TypeError("key_matches")
    return LiveState(_text(value, "release") or "", Certificate.read(value), matches, tuple(damaged[:20]))


def _texts(value: t.Any, name: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) and item.isprintable() for item in value):
        raise TypeError(name)
    return value


def _pending(value: t.Any) -> PendingFacts:
    # A record that was restored may name the key of an earlier CSR.
    key = key_of_request(_text(value, "csr")) or _text(value, "public_key_sha256")
    return PendingFacts(public_key_sha256=key, has_key=value.get("has_key") is True)


def _releases(names: t.Any) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) and RELEASE_NAME.fullmatch(name) for name in names):
        raise TypeError("encryption_keys")
    return tuple(names[:_MOST_RELEASES])


def _first_key(value: t.Any) -> FirstKey:
    if value.get("error_code"):
        return FirstKey(fault=_fault(value))
    kind = {name: value[name] for name in ("type", "size", "curve") if value.get(name) is not None}
    if not all(isinstance(key, (str, int)) and _KIND.fullmatch(str(key)) for key in kind.values()):
        raise TypeError("kind")
    return FirstKey(public_key_sha256=_text(value, "public_key_sha256"), kind=kind)


def _revocation(value: t.Any) -> tuple[RevocationStatus, ...]:
    if not isinstance(value, list):
        raise TypeError("revocation")
    return tuple(map(_status, value[:_LONGEST_PATH]))


def _status(value: t.Any) -> RevocationStatus:
    state, numbers = _text(value, "state") or "", {name: value.get(name) for name in ("age", "size")}
    if state not in STATES or not all(number is None or _is_size(number) for number in numbers.values()):
        raise ValueError("revocation")
    texts: dict[str, t.Any] = {name: _text(value, name) for name in ("source", "address", "this_update", "next_update")}
    return RevocationStatus(_text(value, "subject") or "", state, msg=host_message(value), **texts, **numbers)


def _signed_documents(value: t.Any) -> SignedDocuments:
    try:
        return _documents(value)
    except (AttributeError, TypeError, ValueError):
        # What a service wrote hides nothing of its certificate.
        return SignedDocuments(msg=Message("The host's answer about these documents cannot be used."))


def _documents(value: t.Any) -> SignedDocuments:
    signers = value.get("signers")
    if not isinstance(signers, list) or not (_is_size(value.get("found")) and _is_size(value.get("refused"))):
        raise TypeError("signed_documents")
    return SignedDocuments(
        value["found"],
        value["refused"],
        _time(value, "newest"),
        tuple(map(_signer, signers[:MOST_DOCUMENTS])),
        host_message(value),
        value.get("limited") is True,
    )


def _signer(value: t.Any) -> Signer:
    state, documents, serial = _text(value, "state") or "", value.get("documents"), _text(value, "serial_number")
    if state not in SIGNER_STATES or not _is_size(documents) or not (serial is None or _SERIAL.fullmatch(serial)):
        raise ValueError("signers")
    times: dict[str, t.Any] = {name: _time(value, name) for name in ("newest", "since", "not_after")}
    subject = _text(value, "subject")
    shown = None if subject is None else safe_line(subject, longest=_LONGEST_NAME)
    return Signer(state, documents, serial_number=serial, subject=shown, msg=host_message(value), **times)


def _time(value: Json, name: str) -> str | None:
    text = _text(value, name)
    return format_timestamp(parse_timestamp(text)) if text else None


def _is_size(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_NUMBER


def _text(value: Json, name: str) -> str | None:
    found = value.get(name)
    if found is None:
        return None
    if not isinstance(found, str) or len(found) > _LONGEST_TEXT:
        raise TypeError(name)
    found.encode("utf-8")
    return str(found)
