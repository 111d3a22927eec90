# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the place of a private key means for each step: the protocol of the storages, and what they have in common.

The other files of this package ask the storage, and know no kind.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    CurrentState,
    Deployment,
    DeploymentResult,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, KeyMismatch
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate, PendingOrder, Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import StoredKey, find_keys, read_key
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import KEY_URI, PRIVATE_KEY, REQUEST
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import save
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import write_record
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._token.options import id_of_uri
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import (
    is_bare_csr,
    key_of_request,
    make_csr,
    parse_csr,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import serial_number
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import (
    KeySpec,
    certificate_public_key_sha256,
    key_spec_of,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import PrivateKey, x509
from ansible_collections.wotrus.pki.plugins.module_utils._x509.subject import with_plain_blanks


@dataclasses.dataclass(frozen=True)
class CertificateKey:
    """The key of a certificate, as far as this host reaches it.

    :ivar files: the files by which a release has or names it
    :ivar is_pending: it is the pending key
    :ivar sha256: the digest of its public key; ``None`` if nothing of it is here
    :ivar private: what signs; ``None`` if this execution does not reach it
    :ivar evidence: what its token says of it and of itself
    """

    files: t.Mapping[str, bytes]
    is_pending: bool = False
    sha256: str | None = None
    private: PrivateKey | None = None
    evidence: t.Mapping[str, str | bool] | None = None


class Storage:
    """The storage of one certificate's key, in one execution."""

    def __init__(self, deployment: Deployment, current: CurrentState) -> None:
        self.deployment = deployment
        self.layout, self.options, self.target = deployment.layout, deployment.options, deployment.target
        self.current = current

    def prepare(self, record: Record, *, fresh: bool) -> DeploymentResult:
        """Write the record, and make the next key with its CSR, or return the pending one.

        :param fresh: the live release has all files of ``pending/``, so these are no next key
        """
        raise NotImplementedError

    @contextlib.contextmanager
    def opened(self) -> t.Iterator[None]:
        """Hold open what the key is in, as long as certificates are deployed or removed."""
        yield

    def find(self, certificates: t.Sequence[x509.Certificate]) -> CertificateKey:
        """Return the key of one of the certificates: from a file, else from elsewhere.

        :raises KeyMismatch: it is not there
        """
        wanted = [certificate_public_key_sha256(certificate) for certificate in certificates]
        for key in find_keys(self.layout, self.current.live):
            if key.sha256 in wanted:
                is_pending = key.path.parent == self.layout.pending
                return CertificateKey({PRIVATE_KEY: key.pem}, is_pending, key.sha256, key.key)
        elsewhere = self.find_elsewhere(wanted)
        if isinstance(elsewhere, CertificateKey):
            return elsewhere
        raise KeyMismatch(
            "{path}: the certificate with the serial number {serial_number} is for another key (SHA-256 {key}) than "
            "{others}. Nothing was deployed. If its key is lost, reissue the order for the pending key.",
            path=self.layout.path,
            serial_number=serial_number(certificates[0]),
            key=wanted[0],
            others=elsewhere,
        )

    def find_elsewhere(self, _wanted: t.Sequence[str]) -> CertificateKey | Message:
        """Return the key with one of these digests, which is in no file, or the name of those that are there.

        :raises InvalidKey: the pending key is damaged
        """
        read_key(self.layout.pending / PRIVATE_KEY)
        number = len(find_keys(self.layout, self.current.live))
        return Message("the {number} usable keys in pending/ and releases/", number=number)

    def find_released(self, _live: LiveCertificate) -> CertificateKey:
        """Return the key of an existing release.

        :raises KeyMismatch: it is not there any more
        """
        return CertificateKey({})

    def password(self, _live: LiveCertificate) -> t.Mapping[str, bytes]:
        """Return the file with the password of a new certificate's key, if it has one."""
        return {}

    def install(self, folder: pathlib.Path, certificate: x509.Certificate, key: CertificateKey) -> None:
        """Give the certificate of a release to what holds its key, before the live link is switched."""

    def discard(self, folders: t.Iterable[pathlib.Path], *, kept: t.Iterable[pathlib.Path] = ()) -> None:
        """Remove the keys that folders name, before the folders are removed.

        :param kept: folders whose keys stay
        """
        stay = {id_of_uri(read_file(folder / KEY_URI)) for folder in kept}
        for folder in folders:
            uri = read_file(folder / KEY_URI)
            key_id = id_of_uri(uri)
            if uri is not None and key_id is not None and key_id not in stay and not self.destroy(uri, key_id):
                left = Message(
                    "{path}: the key {uri} was not removed, since key.pkcs11 does not name its token, or the "
                    "collection did not make it. Remove it with the token's own tool.",
                    path=self.layout.path,
                    uri=uri.decode("ascii", "replace").strip(),
                )
                self.target.warn(left)

    def destroy(self, _uri: bytes, _key_id: bytes) -> bool:
        """Destroy a key that is no file of the host; return false if that cannot be done from here."""
        return False

    def write(self, record: Record, files: t.Mapping[str, str | bytes], **result: t.Any) -> DeploymentResult:
        """Write the record, then files into ``pending/``, in their order.

        :param result: fields of the result of ``prepare``
        """
        is_new = record != self.current.record
        if not self.target.check_mode:
            if is_new:
                write_record(self.layout, record)
            for name, data in files.items():
                save(self.layout, name, data if isinstance(data, bytes) else data.encode("utf-8"))
        return DeploymentResult(changed=is_new or bool(files), record=record, **result)

    def write_with_csr(self, record: Record, key: StoredKey, files: t.Mapping[str, bytes]) -> DeploymentResult:
        """Write the record, files into ``pending/``, and the key's CSR if there is no usable one."""
        found = self.usable_csr(record)
        is_there = found is not None and found[1] == key.sha256
        csr = found[0] if found is not None and is_there else make_csr(key.key, self.subject(record))
        return self.write(record, files if is_there else {**files, REQUEST: csr}, csr=csr, public_key_sha256=key.sha256)

    def subject(self, record: Record) -> dict[str, str]:
        """Return the subject of the CSR: the definition's, overridden by the options.

        :raises InvalidInput: it has no common name
        """
        definition = _definition(record)
        subject = {**_mapping(definition, "subject"), **self.options.subject}
        subject.setdefault("common_name", definition.get("common_name"))
        if not subject["common_name"]:
            raise InvalidInput("{path}: subject.common_name is missing. The CSR needs it.", path=self.options.path)
        return {name: with_plain_blanks(str(value)) for name, value in subject.items() if value is not None}

    def key_spec(self, record: Record) -> KeySpec:
        """Return the wanted key type with size or curve: the options decide, else the definition.

        :raises InvalidInput: it is not supported
        """
        return KeySpec.of({**_mapping(_definition(record), "key"), **self.options.key})

    def usable_csr(self, record: Record) -> tuple[str, str] | None:
        """Return the pending CSR and the digest of its key; before an order, it must ask for the subject alone."""
        found = read_csr(self.layout.pending)
        if found is None or (record.pending is not None and record.pending.order_id is not None):
            return found
        try:
            return found if is_bare_csr(parse_csr(found[0]), self.subject(record)) else None
        except InvalidInput:
            return found  # Nothing names a subject.

    def warn_of_other_kind(self, stored: StoredKey, record: Record) -> None:
        """Warn of a pending key of another kind than the wanted one."""
        kind, wanted = key_spec_of(stored.key), self.key_spec(record)
        if str(kind) != str(wanted):
            other = Message(
                "{path} is {kind}, not {wanted}. A pending key is never replaced, so the certificate will be for this "
                "key. Reissue it once it is live.",
                path=stored.path,
                kind=kind,
                wanted=wanted,
            )
            self.target.warn(other)


def read_csr(folder: pathlib.Path) -> tuple[str, str] | None:
    """Return the CSR in a folder, and the digest of its key; ``None`` without a usable one."""
    text = (read_file(folder / REQUEST) or b"").decode("ascii", errors="replace")
    sha256 = key_of_request(text)
    return None if sha256 is None else (text, sha256)


def with_evidence(record: Record, evidence: t.Mapping[str, str | bool] | None) -> Record:
    """Return the record with what is known of the home of the pending key."""
    pending = record.pending or PendingOrder()
    return dataclasses.replace(record, pending=dataclasses.replace(pending, key_evidence=evidence or None))


def with_key(record: Record, key: StoredKey, *, is_new: bool) -> Record:
    """Return the record with a key and its real type.

    The type is part of the definition. A pending key is never replaced, so its type may differ from the wanted one.

    :param is_new: the key was made now
    """
    pending = record.pending or PendingOrder()
    defined, kind = _mapping(_definition(record), "key"), key_spec_of(key.key)
    if pending.definition and defined and str(KeySpec.of(defined)) != str(kind):
        others = {name: value for name, value in defined.items() if name not in ("type", "size", "curve")}
        pending = dataclasses.replace(pending, definition={**pending.definition, "key": {**others, **kind.parts}})
    # The controller says when it prepared the request, by the CA's clock.
    now = format_timestamp(dt.datetime.now(dt.timezone.utc))
    made_at = (pending.requested_at or now) if is_new else None
    if made_at is None and pending.public_key_sha256 == key.sha256:
        made_at = pending.key_made_at
    return with_public_key(dataclasses.replace(record, pending=pending), key.sha256, made_at=made_at)


def with_public_key(record: Record, sha256: str, *, made_at: str | None = None) -> Record:
    """Return the record with the pending key's digest."""
    pending = record.pending or PendingOrder()
    pending = dataclasses.replace(pending, public_key_sha256=sha256, key_made_at=made_at)
    return dataclasses.replace(record, pending=pending)


def _definition(record: Record) -> Params:
    return (record.pending.definition if record.pending else None) or {}


def _mapping(definition: Params, name: str) -> Params:
    value = definition.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput("record.definition.{name} must be a dictionary.", name=name)
    return value
