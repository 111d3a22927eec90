# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read certificates and keys of a directory with ``cryptography``.

The record is not used for that.
"""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate, InvalidCsr, InvalidKey
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import UKEY, LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import (
    CERTIFICATE,
    KEY_URI,
    PRIVATE_KEY,
    REQUEST,
    UKEY_FILE,
    Layout,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import (
    LiveFacts,
    PendingFacts,
    compare,
    file_digests,
    live_with_digests,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import describe
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import load_private_key, public_key_sha256, to_pkcs8
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates

if t.TYPE_CHECKING:
    from cryptography import x509

    from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import PrivateKey


@dataclasses.dataclass(frozen=True)
class StoredKey:
    """A private key of the collection, with its file."""

    path: pathlib.Path
    pem: bytes
    key: PrivateKey
    sha256: str


def read_key(path: pathlib.Path) -> StoredKey | None:
    """Read a private key; ``None`` if there is no file.

    :raises InvalidKey: the file has no usable key
    """
    pem = read_file(path)
    if pem is None:
        return None
    try:
        key = load_private_key(pem)
    except InvalidKey as exc:
        raise InvalidKey(
            Message("{path}: {why} Restore it from a backup, or move it away to create a new key.", path=path, why=exc)
        ) from exc
    return StoredKey(path=path, pem=pem, key=key, sha256=public_key_sha256(key.public_key()))


def key_without_file(key: PrivateKey) -> StoredKey:
    """Return a key that is not written to a file yet."""
    return StoredKey(path=pathlib.Path(), pem=to_pkcs8(key), key=key, sha256=public_key_sha256(key.public_key()))


def find_keys(layout: Layout, live: str | None) -> list[StoredKey]:
    """Return all usable keys: pending, then live, then the others.

    A damaged key is skipped, so that it does not prevent a deployment with another key.
    """
    names = sorted(layout.release_names(), key=lambda name: name != live)
    found = []
    for folder in (layout.pending, *(layout.release(name) for name in names)):
        try:
            key = read_key(folder / PRIVATE_KEY)
        except InvalidKey:
            continue
        if key is not None:
            found.append(key)
    return found


def read_certificate(folder: pathlib.Path) -> x509.Certificate:
    """Read the certificate of a release.

    :raises BadCertificate: it is missing or damaged
    """
    data = read_file(folder / CERTIFICATE)
    if data is None:
        raise BadCertificate(Message("{path} is missing.", path=folder / CERTIFICATE))
    try:
        return load_certificates(data.decode("ascii", errors="replace"))[0]
    except BadCertificate as exc:
        raise BadCertificate(Message("{where}: {msg}", where=folder / CERTIFICATE, msg=exc)) from exc


def describe_live(certificate: x509.Certificate, *, release: str) -> LiveCertificate:
    """Return the record of a live certificate, without order and files."""
    facts = describe(certificate)
    names = {field.name for field in dataclasses.fields(LiveCertificate)}
    return LiveCertificate(release=release, **{name: value for name, value in facts.items() if name in names})


def inspect_release(layout: Layout, release: str, *, on_ukey: bool) -> LiveFacts:
    """Return the facts of a release from its files.

    :param on_ukey: the private key is on a UKey, so no key file is expected
    :raises BadCertificate: the certificate is missing or damaged
    """
    folder = layout.release(release)
    live = describe_live(read_certificate(folder), release=release)
    try:
        digests = file_digests(folder)
    except PermissionError:
        digests = {name: {"sha256": ""} for name in sorted(path.name for path in folder.iterdir())}
    key_matches = _key_matches(folder, live, on_ukey=on_ukey)
    return LiveFacts(live=dataclasses.replace(live, files=digests), key_matches=key_matches)


@dataclasses.dataclass(frozen=True)
class Inspection:
    """Facts from key and certificate files, for an incomplete record."""

    layout: Layout
    record: Record | None

    def live(self, release: str) -> LiveFacts:
        """Return the facts of the live release.

        Its storage and the digests of its files come from the record. If the certificate is missing or damaged, all
        facts come from the record; without a record there are none.
        """
        known = self.record.live if self.record else None
        on_ukey = known is not None and known.release == release and known.storage == UKEY
        recorded = live_with_digests(self.record, release)
        files = compare(self.layout, recorded) if recorded else None
        try:
            facts = inspect_release(self.layout, release, on_ukey=on_ukey)
        except BadCertificate:
            if recorded is None or files is None:
                return LiveFacts(live=LiveCertificate(release=release), key_matches=None, damaged=(CERTIFICATE,))
            key_matches = _key_matches(self.layout.release(release), recorded, on_ukey=on_ukey)
            facts = LiveFacts(live=files.without_missing(recorded), key_matches=key_matches)
        return dataclasses.replace(facts, damaged=files.damaged if files else ())

    def pending(self, facts: PendingFacts) -> PendingFacts:
        """Add the fingerprint of the pending key.

        A killed run did not record it.

        :raises InvalidKey: the key is damaged
        """
        try:
            key = read_key(self.layout.pending / PRIVATE_KEY)
        except PermissionError:
            return facts
        if key is None and facts.csr is not None:
            return dataclasses.replace(facts, public_key_sha256=_requested_key(facts.csr))
        return dataclasses.replace(facts, public_key_sha256=key.sha256) if key else facts


def _requested_key(csr: str) -> str | None:
    """Return the key of a CSR; ``None`` if it is damaged."""
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import csr_public_key_sha256, load_csr

    try:
        return csr_public_key_sha256(load_csr(csr))
    except InvalidCsr:
        return None


def _key_matches(folder: pathlib.Path, live: LiveCertificate, *, on_ukey: bool) -> bool | None:
    try:
        key = read_key(folder / PRIVATE_KEY)
    except PermissionError:
        return None
    except InvalidKey:
        return False
    if key is None:
        return on_ukey or any((folder / name).is_file() for name in (UKEY_FILE, KEY_URI, REQUEST))
    return key.sha256 == live.public_key_sha256
