# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create, compare, repair and prune releases, which are complete when named."""

from __future__ import annotations

import functools
import os
import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import StoreFailed
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import (
    SetAttributes,
    make_directory,
    read_file,
    remove_directory,
    sync_directory,
    temporary_name,
    write_file,
    write_new_file,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import may_decrypt
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import (
    BUNDLE,
    CERTIFICATE,
    CHAIN,
    COMBINED,
    FULLCHAIN,
    PRIVATE_KEY,
    RELEASE_FILES,
    ROOT,
    Layout,
    file_mode,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import Bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keystores import Pkcs12Options
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import PrivateKey
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import to_pem
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pkcs12 import is_bundle_of, make_pkcs12

Contents = t.Mapping[str, bytes]


def release_contents(
    bundle: Bundle,
    *,
    key: Contents,
    private: PrivateKey | None,
    pkcs12: Pkcs12Options | None,
    combined: bool,
    folder: pathlib.Path,
    sm2: t.Mapping[str, Bundle],
) -> dict[str, bytes]:
    """Return the files of a release by name.

    :param key: the files that have or name the key
    :param private: the key itself, which is only used if it is a file
    :param sm2: the certificates of an SM2 pair, by part
    :param combined: add a file with certificate, intermediates and key
    :param folder: the release's folder; an existing PKCS#12 file with the same content is kept
    """
    contents: dict[str, bytes] = {}
    for prefix, pems in [("", bundle), *((f"{part}_", pair) for part, pair in sm2.items())]:
        chain = "".join(map(to_pem, pems.intermediates))
        for kind, text in ((CERTIFICATE, to_pem(pems.leaf)), (CHAIN, chain), (ROOT, to_pem(pems.root))):
            contents[f"{prefix}{kind}"] = text.encode("ascii")
    contents[FULLCHAIN] = contents[CERTIFICATE] + contents[CHAIN]
    contents.update(key)
    if private is not None and PRIVATE_KEY in key:
        if combined:
            contents[COMBINED] = contents[FULLCHAIN] + key[PRIVATE_KEY]
        if pkcs12 is not None:
            there = read_file(folder / BUNDLE)
            if there is None or not is_bundle_of(there, private, bundle, pkcs12):
                there = make_pkcs12(private, bundle, pkcs12)
            contents[BUNDLE] = there
    return contents


def changed_files(folder: pathlib.Path, contents: Contents) -> list[str]:
    """Return the names of the files whose content differs."""
    return [name for name, data in contents.items() if read_file(folder / name) != data]


def create(layout: Layout, name: str, contents: Contents) -> None:
    """Create a release in a temporary folder, sync it, and rename it."""
    make_directory(layout.releases)
    temporary = temporary_name(layout.releases)
    make_directory(temporary)
    for file, data in contents.items():
        write_new_file(temporary / file, data, mode=file_mode(file))
    sync_directory(temporary)
    temporary.rename(layout.release(name))
    sync_directory(layout.releases)


def repair(layout: Layout, name: str, contents: Contents, *, set_attributes: SetAttributes) -> None:
    """Replace changed or missing files of a release with the same certificate.

    Each file gets its attributes before it is renamed, since services may read it at any time.
    """
    folder = layout.release(name)
    for file in changed_files(folder, contents):
        write_file(folder / file, contents[file], mode=file_mode(file), finish=functools.partial(set_attributes, file))


def apply_attributes(layout: Layout, name: str, set_attributes: SetAttributes) -> bool:
    """Set the attributes of a release's files, and return whether any differed."""
    files = {file: layout.release(name) / file for file in RELEASE_FILES}
    changed = [set_attributes(file, path) for file, path in files.items() if path.is_file()]
    return any(changed)


def former_release(layout: Layout, record: Record | None, live: str | None) -> str | None:
    """Return the former live release, by the record or by time."""
    names = layout.release_names()
    known = [former.release for former in reversed(record.superseded)] if record else []
    if record and record.live:
        known.insert(0, record.live.release)
    others = [name for name in known if name in names and name != live]
    if others:
        return others[0]
    unknown = [name for name in _newest_first(layout, names) if name != live]
    return unknown[0] if unknown and (record is None or record.live is None) else None


def releases_to_prune(layout: Layout, record: Record, *, live: str, keep: int, encryption_keys: bool) -> list[str]:
    """Return the releases to remove: all but the ``keep`` newest.

    Releases with files of others are not removed, nor those whose keys may be needed to decrypt.

    :param keep: 2 or more, so that the live release and the one before it stay
    :param encryption_keys: releases are removed although their keys may be needed to decrypt
    """
    names = layout.release_names()
    order = [former_release(layout, record, live), *(former.release for former in reversed(record.superseded))]
    ranked = dict.fromkeys([name for name in order if name in names] + _newest_first(layout, names))
    others = [name for name in ranked if name != live]
    return [
        name
        for name in others[keep - 1 :]
        if set(os.listdir(layout.release(name))) <= set(RELEASE_FILES)
        and (encryption_keys or not may_decrypt(layout.release(name)))
    ]


def _newest_first(layout: Layout, names: t.Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (layout.release(name).stat().st_mtime_ns, name), reverse=True)


def prune(layout: Layout, names: t.Iterable[str]) -> None:
    """Remove releases, renamed first: no incomplete release has such a name."""
    for name in names:
        temporary = temporary_name(layout.releases)
        layout.release(name).rename(temporary)
        sync_directory(layout.releases)
        remove_directory(temporary, names=RELEASE_FILES)
        if temporary.exists():
            raise StoreFailed("{path} has files that are not the collection's. Move them away.", path=temporary)
