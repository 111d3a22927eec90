# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which storage a certificate's key has."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.host import HostStorage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.storage import Storage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import CurrentState, Deployment
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    EXTERNAL,
    HOST,
    PKCS11,
    PROVIDED,
    STORAGES,
    UKEY,
    Record,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import KEY_URI, REQUEST


def _kind(name: str) -> type[Storage]:
    """Return the class of a storage, and import no other: imports take time on a target."""
    if name == UKEY:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.ukey import UkeyStorage

        return UkeyStorage
    if name == PROVIDED:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.provided import ProvidedStorage

        return ProvidedStorage
    if name == PKCS11:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.pkcs11 import Pkcs11Storage

        return Pkcs11Storage
    if name == EXTERNAL:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.external import ExternalStorage

        return ExternalStorage
    return HostStorage


def storage_of(deployment: Deployment, current: CurrentState, record: Record | None) -> Storage:
    """Return the storage by the options, else the record, else the file of a pending key in a token.

    The default is ``host``.

    :raises InvalidInput: the definition in the record has an unknown one
    """
    key = deployment.options.key
    parts = (record.pending, record.live) if record else ()
    name = key.get("storage") or next((part.storage for part in parts if part and part.storage), None)
    name = name or (PKCS11 if (deployment.layout.pending / KEY_URI).is_file() else HOST)
    if name == HOST and key.get("content"):
        name = PROVIDED
    if name not in STORAGES:
        raise InvalidInput("key.storage must be {choices}, not {storage!r}.", choices=[*STORAGES], storage=name)
    return _kind(name)(deployment, current)


def storage_of_folders(deployment: Deployment, current: CurrentState, folders: t.Sequence[pathlib.Path]) -> Storage:
    """Return the storage of keys that are deployed, by the files of their folders."""
    name = HOST
    if deployment.options.key.get("pkcs11") and any((folder / KEY_URI).is_file() for folder in folders):
        name = PKCS11
    elif any((folder / REQUEST).is_file() for folder in folders):
        name = EXTERNAL
    return _kind(name)(deployment, current)
