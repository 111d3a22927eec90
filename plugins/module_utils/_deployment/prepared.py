# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state ``prepared``: write record and next key before an order."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.key_import import import_key
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.next_key import (
    record_with_key,
    storage_of,
    subject_of,
    usable_request,
    wanted_key_spec,
    warn_of_other_kind,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions, Storage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    CurrentState,
    DeploymentResult,
    Target,
    inspect_directory,
    release_attributes,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, KeyMismatch
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE, PendingOrder, Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.record_changes import with_request
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import StoredKey, key_without_file, read_key
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import PRIVATE_KEY, UKEY_FILE, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import (
    is_pending_stale,
    make_ukey_password,
    remove_deployed_pending,
    save_key,
    save_request,
    save_ukey_password,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import write_record
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import make_csr
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import (
    generate,
    key_spec_of,
    load_private_key,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import require_cryptography
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pkcs12 import require_encryption


def prepare(layout: Layout, options: DeploymentOptions, target: Target) -> DeploymentResult:
    """Write the record and the next key with its CSR.

    A UKey order has a password instead of a key, and a key in a token has its URI on the host.

    A pending key or password is returned, and never replaced.

    :raises InvalidKey: the pending key is damaged
    :raises KeyMismatch: the pending key is not the provided one
    """
    require_cryptography()
    release_attributes(options, target)
    if options.pkcs12 is not None:
        require_encryption(options.pkcs12.encryption)
    current = inspect_directory(layout)
    record = with_request(current.record or Record(), options.record)
    if record.pending is None:
        record = dataclasses.replace(record, pending=PendingOrder(operation="renew" if record.live else "order"))
    is_stale = (current.record is None or current.record.pending is None) and is_pending_stale(layout, current.live)
    if is_stale and current.live is not None and not target.check_mode:
        remove_deployed_pending(layout, current.live)
    storage = storage_of(options, record)
    if options.import_from and storage is not Storage.HOST:
        raise InvalidInput(
            Message(
                "{path}: key.import_from needs key.storage host, which is {storage}.",
                path=options.path,
                storage=storage.value,
            )
        )
    done = _handler_of(storage)(layout, options, target, current, record, fresh=is_stale)
    return dataclasses.replace(done, changed=done.changed or is_stale, facts=current.facts)


def _handler_of(storage: Storage) -> t.Callable[..., DeploymentResult]:
    """Return the function for a storage.

    Those of tokens and commands are imported only here.
    """
    if storage is Storage.PKCS11:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.token import prepare_key_in_token

        return prepare_key_in_token
    if storage is Storage.EXTERNAL:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.external import prepare_external

        return prepare_external
    return _prepare_ukey if storage is Storage.UKEY else _prepare_key


def _prepare_key(
    layout: Layout, options: DeploymentOptions, target: Target, current: CurrentState, record: Record, *, fresh: bool
) -> DeploymentResult:
    stored = None if fresh else read_key(layout.pending / PRIVATE_KEY)
    imports = stored is None and current.live is None and bool(options.import_from)
    if stored is None and target.check_mode and not options.key.get("content") and not imports:
        subject_of(options, record)
        wanted_key_spec(options, record)
        return DeploymentResult(changed=True, record=record)
    key = import_key(options.import_from, target.warn) if imports else _key(options, record, stored, target)
    is_new = stored is None and not imports and not options.key.get("content")
    csr = usable_request(layout, key, options, record) if stored else None
    made = csr is None
    csr = csr or make_csr(key.key, subject_of(options, record))
    record = record_with_key(record, key, made_at=format_timestamp(_now()) if is_new else None)
    changed = record != current.record or stored is None or made
    if not target.check_mode:
        if record != current.record:
            write_record(layout, record)
        if stored is None:
            save_key(layout, key.pem)
        if made:
            save_request(layout, csr)
    return DeploymentResult(changed=changed, record=record, csr=csr, public_key_sha256=key.sha256)


def _key(options: DeploymentOptions, record: Record, stored: StoredKey | None, target: Target) -> StoredKey:
    """Return the pending key, else the provided key, else a new key."""
    content = options.key.get("content")
    if content:
        key = load_private_key(str(content).encode("utf-8", errors="replace"))
        key_spec_of(key)
        provided = key_without_file(key)
        if stored and stored.sha256 != provided.sha256:
            raise KeyMismatch(
                Message(
                    "{path} has another key than key.content, and an order for it may be pending. Wait until that "
                    "order is finished, or move the file away if the key is not needed any more.",
                    path=stored.path,
                )
            )
        return stored or provided
    if storage_of(options, record) is Storage.PROVIDED and stored is None:
        raise InvalidInput(Message("key.storage is provided, but key.content is missing. Set it to the private key."))
    wanted = wanted_key_spec(options, record)
    if stored is None:
        return key_without_file(generate(wanted))
    if not options.import_from:
        warn_of_other_kind(stored, wanted, target)
    return stored


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


def _prepare_ukey(
    layout: Layout, options: DeploymentOptions, target: Target, current: CurrentState, record: Record, *, fresh: bool
) -> DeploymentResult:
    if options.key.get("pkcs11") and record.pending is not None and record.pending.operation == REISSUE:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.token import prepare_reissue_on_ukey

        return prepare_reissue_on_ukey(layout, options, target, current, record)
    data = None if fresh else read_file(layout.pending / UKEY_FILE)
    stored = data.decode("utf-8", errors="replace") if data else None
    given = options.ukey_password
    if stored and given and stored != given:
        raise InvalidInput(
            Message(
                "{path} has another password than ukey_password, and the pending order may have been sent with it. "
                "Leave ukey_password out until that UKey arrives.",
                path=layout.pending / UKEY_FILE,
            )
        )
    unknown = record.pending is not None and record.pending.ukey_password_known is False
    password = stored or given or (None if unknown else make_ukey_password(**options.ukey_password_options))
    save = password is not None and stored is None
    changed = record != current.record or save
    if not target.check_mode:
        if record != current.record:
            write_record(layout, record)
        if save and password is not None:
            save_ukey_password(layout, password)
    made = stored is None and given is None
    return DeploymentResult(
        changed=changed, record=record, ukey_password=None if made and target.check_mode else password
    )
