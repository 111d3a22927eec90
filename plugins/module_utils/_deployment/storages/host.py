# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A key that is made on its host, as a file."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.key_import import import_key
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.storage import (
    Storage,
    with_key,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import DeploymentResult
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import (
    StoredKey,
    key_without_file,
    read_key,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import PRIVATE_KEY
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import generate


class HostStorage(Storage):
    """The key is made here, unless an existing file is the first one."""

    def prepare(self, record: Record, *, fresh: bool) -> DeploymentResult:
        """Write the record, then a new key, then its CSR.

        :raises InvalidKey: the pending key is damaged
        """
        stored = None if fresh else read_key(self.layout.pending / PRIVATE_KEY)
        key = stored or self.given_key()
        is_new = key is None
        if key is None:
            wanted = self.key_spec(record)
            self.subject(record)
            if self.target.check_mode:
                return DeploymentResult(changed=True, record=record)
            key = key_without_file(generate(wanted))
        elif stored is not None:
            self.check_stored(stored, record)
        return self.write_with_csr(with_key(record, key, is_new=is_new), key, {} if stored else {PRIVATE_KEY: key.pem})

    def given_key(self) -> StoredKey | None:
        """Return the key to begin with; ``None`` to make a new one."""
        file = self.options.key.get("import_from")
        return import_key(file, self.target.warn) if file and self.current.live is None else None

    def check_stored(self, stored: StoredKey, record: Record) -> None:
        """Warn of a pending key that is not as the options want it."""
        if not self.options.key.get("import_from"):
            self.warn_of_other_kind(stored, record)
