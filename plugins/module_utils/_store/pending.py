# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder ``pending/``: the next key and its CSR, or UKey password."""

from __future__ import annotations

import secrets
import types
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._store.files import (
    make_directory,
    read_file,
    remove_directory,
    remove_file,
    sync_directory,
    write_file,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import (
    KEY_URI,
    PENDING_FILES,
    PRIVATE_KEY,
    REQUEST,
    UKEY_FILE,
    Layout,
    file_mode,
)

NO_FILES: t.Mapping[str, bytes] = types.MappingProxyType({})
_SINGLE_FILES = (PRIVATE_KEY, KEY_URI, UKEY_FILE)
PASSWORD_LENGTH = 12
# Without characters that look alike.
_CLASSES = ("abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789")


def save(layout: Layout, name: str, data: bytes) -> None:
    """Store a file of the next key, before a certificate is ordered."""
    make_directory(layout.pending)
    write_file(layout.pending / name, data, mode=file_mode(name))


def make_ukey_password(*, length: int = PASSWORD_LENGTH, alphabet: str | None = None) -> str:
    """Return a random password that a person can type.

    :param alphabet: the characters to choose from; by default letters and digits, at least one lower-case letter, one
        upper-case letter and one digit, without characters that look alike
    """
    kinds = (alphabet,) if alphabet else _CLASSES
    characters = [secrets.choice(kind) for kind in kinds]
    characters += [secrets.choice("".join(kinds)) for _more in range(length - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def is_pending_stale(layout: Layout, release: str | None, contents: t.Mapping[str, bytes] = NO_FILES) -> bool:
    """Return whether a release has all keys and passwords of ``pending/``.

    That is so after a killed run. Only valid if the record has no pending order.

    :param contents: files that the release will have
    """
    return release is not None and layout.pending.is_dir() and not _only_copies(layout, release, contents)


def remove_deployed_pending(layout: Layout, release: str) -> None:
    """Remove the pending files that a release has too.

    The only copy of a key or password stays.
    """
    kept = _only_copies(layout, release)
    if kept & {PRIVATE_KEY, KEY_URI}:
        kept.add(REQUEST)
    remove_directory(layout.pending, names=[name for name in PENDING_FILES if name not in kept])
    if layout.pending.is_dir():
        sync_directory(layout.pending)
    sync_directory(layout.path)


def keep_refused(layout: Layout, sha256: str) -> None:
    """Move the pending key to ``refused/``.

    WoTrus refused its request and another key is made, or the token still has the key of an issued certificate. An
    order may be for this one all the same.

    :param sha256: of its public key
    """
    folder = layout.refused / sha256
    make_directory(folder)
    for name in PENDING_FILES:
        data = read_file(layout.pending / name)
        if data is not None:
            write_file(folder / name, data, mode=file_mode(name))
    # The CSR is last, so that an interrupted move is recognized.
    remove_directory(layout.pending, names=PENDING_FILES[::-1])
    sync_directory(layout.path)


def remove_ukey_password(layout: Layout) -> None:
    """Remove the pending UKey password, if there is one."""
    if remove_file(layout.pending / UKEY_FILE):
        sync_directory(layout.pending)


def _only_copies(layout: Layout, release: str, contents: t.Mapping[str, bytes] = NO_FILES) -> set[str]:
    pending = {name: read_file(layout.pending / name) for name in _SINGLE_FILES}
    released = {name: contents.get(name, read_file(layout.release(release) / name)) for name in _SINGLE_FILES}
    return {name for name, data in pending.items() if data is not None and data != released[name]}
