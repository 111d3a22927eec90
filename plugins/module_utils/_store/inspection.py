# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read certificates and keys of a directory with ``cryptography``.

The record is not used for that.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadCertificate,
    InvalidKey,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import UKEY, LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import (
    CERTIFICATE,
    CHAIN,
    KEY_URI,
    PRIVATE_KEY,
    REQUEST,
    ROOT,
    SM2_ENCRYPTION,
    UKEY_FILE,
    Layout,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import (
    LiveFacts,
    PendingFacts,
    damaged,
    differences,
    digests_of,
    live_with_digests,
    read_files,
    recorded_facts,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle, describe_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import describe
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import (
    certificate_public_key_sha256,
    load_private_key,
    public_key_sha256,
    to_pkcs8,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import PrivateKey, x509
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates


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
            "{path}: {why} Restore it from a backup, or move it away to create a new key.", path=path, why=exc
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
    found: list[StoredKey | None] = []
    for folder in (layout.pending, *map(layout.release, names)):
        with contextlib.suppress(InvalidKey):
            found.append(read_key(folder / PRIVATE_KEY))
    return [key for key in found if key is not None]


def read_certificate(folder: pathlib.Path) -> x509.Certificate:
    """Read the certificate of a release.

    :raises BadCertificate: it is missing or damaged
    """
    data = read_file(folder / CERTIFICATE)
    if data is None:
        raise BadCertificate("{path} is missing.", path=folder / CERTIFICATE)
    try:
        return load_certificates(data.decode("ascii", errors="replace"))[0]
    except BadCertificate as exc:
        raise BadCertificate("{where}: {msg}", where=folder / CERTIFICATE, msg=exc) from exc


def read_path(folder: pathlib.Path) -> list[x509.Certificate]:
    """Read the path of a release: certificate, intermediates, root.

    :raises BadCertificate: one is missing or damaged
    """
    files = {name: read_file(folder / name) or b"" for name in (CERTIFICATE, CHAIN, ROOT)}
    if not files[ROOT]:
        raise BadCertificate("{path} is missing.", path=folder / ROOT)
    return load_certificates(b"\n".join(files.values()).decode("ascii", errors="replace"))


def describe_live(facts: t.Mapping[str, t.Any], *, release: str) -> LiveCertificate:
    """Return the record of a live certificate, without order and files.

    :param facts: of ``describe_bundle``, or of ``describe`` if its path is not known
    """
    names = {field.name for field in dataclasses.fields(LiveCertificate)}
    return LiveCertificate(release=release, **{name: value for name, value in facts.items() if name in names})


def describe_release(layout: Layout, release: str) -> LiveCertificate:
    """Return the same from the files of a release, without its path if its chain is missing or damaged.

    :raises BadCertificate: the certificate is missing or damaged
    """
    folder = layout.release(release)
    leaf = read_certificate(folder)
    try:
        *path, root = read_path(folder)
        bundle = build_bundle(
            path,
            public_key_sha256=certificate_public_key_sha256(leaf),
            anchors=[root],
            now=None,
            check_sm2=False,
            is_strict=False,
        )
        facts = describe_bundle(bundle)
    except WotrusError:
        facts = describe(leaf)
    return describe_live({**facts, "encryption": may_decrypt(folder, facts)}, release=release)


def may_decrypt(folder: pathlib.Path, facts: t.Mapping[str, t.Any] | None = None) -> bool:
    """Return whether the key of a release may be needed to decrypt; true too if its certificate is unreadable.

    An SM2 pair has a certificate for encryption beside the other one.

    :param facts: of its certificate, which is read otherwise
    """
    try:
        facts = facts or describe(read_certificate(folder))
    except BadCertificate:
        return True
    return bool(facts["encryption"]) or (folder / SM2_ENCRYPTION).is_file()


def inspect_release(layout: Layout, release: str, record: Record | None) -> LiveFacts:
    """Return the facts of a release from its files; only its storage comes from the record.

    :raises BadCertificate: the certificate is missing or damaged
    """
    folder = layout.release(release)
    live = describe_release(layout, release)
    try:
        digests = digests_of(read_files(folder))
    except PermissionError:
        digests = {name: {"sha256": ""} for name in sorted(path.name for path in folder.iterdir())}
    return LiveFacts(dataclasses.replace(live, files=digests), key_matches=_key_matches(folder, live, record))


def inspect_live(layout: Layout, release: str, record: Record | None) -> LiveFacts:
    """Return the facts of the live release, for an incomplete record.

    The digests of its files come from the record. If the certificate is missing or damaged, all facts come from the
    record; without a record there are none.
    """
    recorded = live_with_digests(record, release)
    wrong = differences(layout, recorded) if recorded else {}
    try:
        return dataclasses.replace(inspect_release(layout, release, record), damaged=damaged(wrong))
    except BadCertificate:
        folder, found = layout.release(release), LiveCertificate(release=release)
        if recorded is None:
            is_unknown = (folder / PRIVATE_KEY).exists()
            matches = None if is_unknown else _key_matches(folder, found, record)
            return LiveFacts(found, key_matches=matches, damaged=(CERTIFICATE,))
        return recorded_facts(recorded, wrong, key_matches=_key_matches(folder, recorded, record))


def inspect_pending(layout: Layout, facts: PendingFacts) -> PendingFacts:
    """Add the fingerprint of the pending key, which a killed run did not record.

    :raises InvalidKey: the key is damaged
    """
    try:
        key = read_key(layout.pending / PRIVATE_KEY)
    except PermissionError:
        return facts
    # Few executions need this import.
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import key_of_request

    return dataclasses.replace(facts, public_key_sha256=key.sha256 if key else key_of_request(facts.csr))


def _key_matches(folder: pathlib.Path, live: LiveCertificate, record: Record | None) -> bool | None:
    try:
        key = read_key(folder / PRIVATE_KEY)
    except PermissionError:
        return None
    except InvalidKey:
        return False
    if key is not None:
        return key.sha256 == live.public_key_sha256
    known = [record.live, *record.superseded] if record else []
    on_ukey = any(
        candidate is not None and candidate.release == live.release and candidate.storage == UKEY for candidate in known
    )
    return on_ukey or any((folder / name).is_file() for name in (UKEY_FILE, KEY_URI, REQUEST))
