# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The next key and its request, or the password of a UKey, until the certificate is there."""

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
    PENDING_FILES,
    PRIVATE_KEY,
    REQUEST,
    UKEY_FILE,
    Layout,
)

_LOOK_ALIKES = "0O1lIo"
PASSWORD_LENGTH = 12
_CLASSES = tuple(
    "".join(character for character in kind if character not in _LOOK_ALIKES)
    for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits)
)

__all__ = [
    "PASSWORD_LENGTH",
    "discard_pending",
    "forget_ukey_password",
    "is_pending_stale",
    "make_ukey_password",
    "remove_pending",
    "save_key",
    "save_request",
    "save_ukey_password",
]


def save_key(layout: Layout, pem: bytes) -> None:
    """Store the next private key: durable before a certificate can be ordered for it."""
    make_directory(layout.pending)
    write_file(layout.pending / PRIVATE_KEY, pem, mode=0o600)


def save_request(layout: Layout, csr: str) -> None:
    """Store the CSR of the next key."""
    write_file(layout.pending / REQUEST, csr.encode("ascii"), mode=0o644)


def save_ukey_password(layout: Layout, password: str) -> None:
    """Store the password of the UKey that is ordered."""
    make_directory(layout.pending)
    write_file(layout.pending / UKEY_FILE, password.encode("utf-8"), mode=0o600)


def make_ukey_password(*, length: int = PASSWORD_LENGTH, alphabet: str | None = None) -> str:
    """Return a password that a person can type.

    :param alphabet: the characters to choose from; without one, letters and digits, some of each kind, and none that
        look alike
    """
    kinds = (alphabet,) if alphabet else _CLASSES
    characters = [secrets.choice(kind) for kind in kinds]
    characters += [secrets.choice("".join(kinds)) for _more in range(length - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def is_pending_stale(layout: Layout, live: str | None) -> bool:
    """Whether ``pending/`` only repeats what the live release has: a run was killed before it could clear up.

    Call it where the record knows of no running request.
    """
    if live is None or not layout.pending.is_dir():
        return False
    folder = layout.release(live)
    return not any(_is_only_copy(layout.pending / name, folder / name) for name in (PRIVATE_KEY, UKEY_FILE))


def remove_pending(layout: Layout, live: str) -> None:
    """Remove what the live release has as well, the key last. The only copy of a key or a password stays."""
    folder = layout.release(live)
    kept = {name for name in (PRIVATE_KEY, UKEY_FILE) if _is_only_copy(layout.pending / name, folder / name)}
    if PRIVATE_KEY in kept:
        kept.add(REQUEST)
    remove_directory(layout.pending, names=[name for name in PENDING_FILES if name not in kept])
    if layout.pending.is_dir():
        sync_directory(layout.pending)
    sync_directory(layout.path)


def discard_pending(layout: Layout) -> None:
    """Remove a key that no certificate will come for. Call it while the record still has its request."""
    remove_directory(layout.pending, names=PENDING_FILES)
    sync_directory(layout.path)


def forget_ukey_password(layout: Layout) -> bool:
    """Remove a password that is not the UKey's; return whether there was one."""
    there = remove_file(layout.pending / UKEY_FILE)
    if there:
        sync_directory(layout.pending)
    return there


def _is_only_copy(pending: pathlib.Path, released: pathlib.Path) -> bool:
    data = read_file(pending)
    return data is not None and data != read_file(released)
