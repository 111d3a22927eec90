# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Use an existing key of the host as first key (``key.import_from``)."""

from __future__ import annotations

import pathlib
import stat

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import Target
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidKey, StoreFailed, UnsafePath
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import StoredKey, key_without_file
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import key_spec_of, load_private_key

__all__ = ["import_key"]


def import_key(options: DeploymentOptions, target: Target) -> StoredKey:
    """Read the key file without changing it.

    :raises InvalidKey: it is missing, unreadable, encrypted, not a regular file, or of an unsupported type
    """
    path = pathlib.Path(options.import_from)
    try:
        pem = read_file(path)
        mode = path.lstat().st_mode if pem is not None else 0
    except UnsafePath as exc:
        raise InvalidKey(
            f"key.import_from: {path} is not a regular file. Give the path of the private key file itself."
        ) from exc
    except StoreFailed as exc:
        raise InvalidKey(f"key.import_from: {path} is too large for a private key.") from exc
    except OSError as exc:
        raise InvalidKey(f"key.import_from: {path} cannot be read: {exc.strerror or exc}.") from exc
    if pem is None:
        raise InvalidKey(f"key.import_from: {path} does not exist on this host.")
    try:
        key = load_private_key(pem)
        key_spec_of(key)
    except InvalidKey as exc:
        raise InvalidKey(f"key.import_from: {path}: {exc}{_advice(exc)}") from exc
    if mode & stat.S_IROTH:
        target.warn(f"key.import_from: every user of this host can read {path}. Run 'chmod {_private(mode)} {path}'.")
    return key_without_file(key)


def _advice(exc: InvalidKey) -> str:
    return " Remove the passphrase with 'openssl pkey' first." if "passphrase" in str(exc) else ""


def _private(mode: int) -> str:
    return f"{stat.S_IMODE(mode) & ~0o007:04o}"
