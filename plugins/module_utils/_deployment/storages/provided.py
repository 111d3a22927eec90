# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A key that the user provides, and that hosts may share."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.host import HostStorage
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, OtherKeyPending
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import StoredKey, key_without_file
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import key_spec_of, load_private_key


class ProvidedStorage(HostStorage):
    """The option ``key.content`` has the key."""

    def given_key(self) -> StoredKey:
        """Return the option's key.

        :raises InvalidInput: the option is missing
        :raises InvalidKey: it is no usable key
        """
        content = self.options.key.get("content")
        if not content:
            raise InvalidInput("key.storage is provided, but key.content is missing. Set it to the private key.")
        key = load_private_key(str(content).encode("utf-8", errors="replace"))
        key_spec_of(key)
        return key_without_file(key)

    def check_stored(self, stored: StoredKey, record: Record) -> None:
        """Check that the pending key is the option's.

        :raises OtherKeyPending: it is not
        """
        if not self.options.key.get("content"):
            self.warn_of_other_kind(stored, record)
        elif self.given_key().sha256 != stored.sha256:
            raise OtherKeyPending(
                "{path} has another key than key.content, and an order for it may be pending.", path=stored.path
            )
