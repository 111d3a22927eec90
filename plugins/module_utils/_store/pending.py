# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder ``pending/``: the next key and its CSR, or UKey password."""

from __future__ import annotations

import pathlib
import secrets
import string

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
)

_SINGLE_FILES = (PRIVATE_KEY, KEY_URI, UKEY_FILE)
_LOOK_ALIKES = "0O1lIo"
PASSWORD_LENGTH = 12
_CLASSES = tuple(
    "".join(character for character in kind if character not in _LOOK_ALIKES)
    for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits)
)


def save_key(layout: Layout, pem: bytes) -> None:
    """Store the next private key, before a certificate is ordered."""
    make_directory(layout.pending)
    write_file(layout.pending / PRIVATE_KEY, pem, mode=0o600)


def save_key_uri(layout: Layout, uri: bytes) -> None:
    """Store the URI of the next key in a token.

    The key is made afterwards.
    """
    make_directory(layout.pending)
    write_file(layout.pending / KEY_URI, uri, mode=0o644)


def save_request(layout: Layout, csr: str) -> None:
    """Store the CSR of the next key."""
    write_file(layout.pending / REQUEST, csr.encode("ascii"), mode=0o644)


def save_ukey_password(layout: Layout, password: str) -> None:
    """Store the password of the ordered UKey."""
    make_directory(layout.pending)
    write_file(layout.pending / UKEY_FILE, password.encode("utf-8"), mode=0o600)


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


def is_pending_stale(layout: Layout, live: str | None) -> bool:
    """Return whether the live release has all files of ``pending/``.

    That is so after a killed run.

    Only valid if the record has no pending order.
    """
    if live is None or not layout.pending.is_dir():
        return False
    folder = layout.release(live)
    return not any(_is_only_copy(layout.pending / name, folder / name) for name in _SINGLE_FILES)


def remove_deployed_pending(layout: Layout, live: str) -> None:
    """Remove the pending files that the live release has too.

    The only copy of a key or password stays.
    """
    folder = layout.release(live)
    kept = {name for name in _SINGLE_FILES if _is_only_copy(layout.pending / name, folder / name)}
    if kept & {PRIVATE_KEY, KEY_URI}:
        kept.add(REQUEST)
    remove_directory(layout.pending, names=[name for name in PENDING_FILES if name not in kept])
    if layout.pending.is_dir():
        sync_directory(layout.pending)
    sync_directory(layout.path)


def discard_pending(layout: Layout) -> None:
    """Remove all pending files, before the pending order leaves the record."""
    remove_directory(layout.pending, names=PENDING_FILES)
    sync_directory(layout.path)


def remove_ukey_password(layout: Layout) -> bool:
    """Remove the pending UKey password, and return whether there was one."""
    there = remove_file(layout.pending / UKEY_FILE)
    if there:
        sync_directory(layout.pending)
    return there


def _is_only_copy(pending: pathlib.Path, released: pathlib.Path) -> bool:
    data = read_file(pending)
    return data is not None and data != read_file(released)
