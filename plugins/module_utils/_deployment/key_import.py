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
    if not path.is_absolute():
        raise InvalidKey("key.import_from must be an absolute path, not {path!r}.", path=file)
    try:
        require_safe_file(path)
    except UnsafePath as exc:
        raise UnsafePath("key.import_from: {msg}", msg=exc) from exc
    try:
        pem = read_file(path)
        mode = path.lstat().st_mode if pem is not None else 0
    except (UnsafePath, StoreFailed) as exc:
        raise InvalidKey(
            "key.import_from: {path} is not a regular file, or too large for a private key. Give the path of the "
            "private key file itself.",
            path=path,
        ) from exc
    except OSError as exc:
        raise InvalidKey(
            "key.import_from: {path} cannot be read: {error}.", path=path, error=exc.strerror or exc
        ) from exc
    if pem is None:
        raise InvalidKey(
            "key.import_from: {path} does not exist on this host. If the key is lost, leave key.import_from out.",
            path=path,
        )
    try:
        key = load_private_key(pem)
        key_spec_of(key)
    except InvalidKey as exc:
        raise InvalidKey("key.import_from: {path}: {msg}", path=path, msg=exc) from exc
    if warn is not None and mode & stat.S_IROTH:
        warn(
            Message(
                "key.import_from: every user of this host can read {path}. Run 'chmod {mode} {path}'.",
                path=path,
                mode=f"{stat.S_IMODE(mode) & ~0o007:04o}",
            )
        )
    return key_without_file(key)
