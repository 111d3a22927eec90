# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state ``prepared``: write record and next key before an order."""

from __future__ import annotations

import dataclasses

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.host import HostStorage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.kinds import storage_of
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.provided import ProvidedStorage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.storage import read_csr
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    Deployment,
    DeploymentResult,
    inspect_directory,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import PendingOrder, Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.record_changes import with_request
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import (
    is_pending_stale,
    keep_refused,
    remove_deployed_pending,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import require_cryptography


def prepare(deployment: Deployment) -> DeploymentResult:
    """Write the record and the next key with its CSR, as its storage does it.

    A pending key or password is returned, and never replaced, unless the options say that its request was refused.

    :raises InvalidInput: ``key.import_from`` is for a key of the host alone
    """
    layout, options = deployment.layout, deployment.options
    require_cryptography()
    deployment.set_attributes()
    current = inspect_directory(layout)
    record = with_request(current.record or Record(), options.record)
    pending = record.pending or PendingOrder(operation="renew" if record.live else "order")
    refused = _refused_key(deployment)
    if refused is not None:
        pending = dataclasses.replace(pending, refused_key_sha256=None)
    record = dataclasses.replace(record, pending=pending)
    storage = storage_of(deployment, current, record)
    makes_keys = isinstance(storage, HostStorage) and not isinstance(storage, ProvidedStorage)
    if options.key.get("import_from") and not makes_keys:
        raise InvalidInput("{path}: key.import_from needs key.storage host, without key.content.", path=options.path)
    is_stale = (current.record is None or current.record.pending is None) and is_pending_stale(layout, current.live)
    if is_stale and current.live is not None and not deployment.target.check_mode:
        remove_deployed_pending(layout, current.live)
    if refused is not None and not deployment.target.check_mode:
        keep_refused(layout, refused)
    done = storage.prepare(record, fresh=is_stale or refused is not None)
    return dataclasses.replace(done, changed=done.changed or is_stale, facts=current.facts)


def _refused_key(deployment: Deployment) -> str | None:
    """Return the digest of the pending key, if the options say that its request was refused."""
    refused = deployment.options.key.get("refused_sha256")
    found = read_csr(deployment.layout.pending) if refused else None
    return refused if found is not None and found[1] == refused else None
