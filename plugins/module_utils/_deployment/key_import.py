# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Use an existing key of the host as first key (``key.import_from``)."""

from __future__ import annotations

import pathlib
import stat
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidKey, StoreFailed, UnsafePath
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import StoredKey, key_without_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import require_safe_file
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import key_spec_of, load_private_key


def describe_key_file(file: str) -> dict[str, t.Any]:
    """Return the public key's SHA-256 and the kind of a key file.

    Nothing else of the file is returned.

    :raises InvalidKey, UnsafePath: as for :func:`import_key`
    """
    key = import_key(file)
    return {"public_key_sha256": key.sha256, **key_spec_of(key.key).parts}


def import_key(file: str, warn: t.Callable[[Message], None] | None = None) -> StoredKey:
    """Read the key file without changing it.

    :param warn: takes a warning about the file's permissions
    :raises InvalidKey: it is missing, unreadable, encrypted, not a regular file, or of an unsupported type
    :raises UnsafePath: another user could replace it
    """
    path = pathlib.Path(file)
    try:
        if not path.is_absolute():
            raise InvalidKey("It must be an absolute path.")
        require_safe_file(path)
        key = load_private_key(_read(path))
        key_spec_of(key)
        status = path.lstat()
    except (UnsafePath, InvalidKey) as exc:
        raise type(exc)(Message("key.import_from: {path}: {msg}", path=path, msg=exc)) from exc
    if warn is not None and status.st_mode & stat.S_IROTH:
        mode = f"{stat.S_IMODE(status.st_mode) & ~0o007:04o}"
        warn(Message("key.import_from: every user can read {path}. Run 'chmod {mode} {path}'.", path=path, mode=mode))
    return key_without_file(key)


def _read(path: pathlib.Path) -> bytes:
    try:
        pem = read_file(path)
    except (UnsafePath, StoreFailed) as exc:
        raise InvalidKey("It is not a regular file, or too large for a private key.") from exc
    except OSError as exc:
        raise InvalidKey("It cannot be read: {error}.", error=exc.strerror or exc) from exc
    if pem is None:
        raise InvalidKey("It does not exist on this host. If the key is lost, leave key.import_from out.")
    return pem
