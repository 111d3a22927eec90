# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which storage a certificate's key has."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.external import ExternalStorage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.host import HostStorage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.pkcs11 import Pkcs11Storage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.provided import ProvidedStorage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.storage import Storage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.ukey import UkeyStorage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import CurrentState, Deployment
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    EXTERNAL,
    HOST,
    PKCS11,
    PROVIDED,
    UKEY,
    Record,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import KEY_URI, REQUEST

_KINDS: dict[str, type[Storage]] = {
    HOST: HostStorage,
    UKEY: UkeyStorage,
    PROVIDED: ProvidedStorage,
    PKCS11: Pkcs11Storage,
    EXTERNAL: ExternalStorage,
}


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
    if name not in _KINDS:
        raise InvalidInput("key.storage must be {choices}, not {storage!r}.", choices=[*_KINDS], storage=name)
    return _KINDS[name](deployment, current)


def storage_of_folders(deployment: Deployment, current: CurrentState, folders: t.Sequence[pathlib.Path]) -> Storage:
    """Return the storage of keys that are deployed, by the files of their folders."""
    kind: type[Storage] = HostStorage
    if deployment.options.key.get("pkcs11") and any((folder / KEY_URI).is_file() for folder in folders):
        kind = Pkcs11Storage
    elif any((folder / REQUEST).is_file() for folder in folders):
        kind = ExternalStorage
    return kind(deployment, current)
