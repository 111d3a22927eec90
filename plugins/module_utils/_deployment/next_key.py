# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The key and subject of the next CSR, from options and record."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions, Storage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import Target
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidCsr, InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import PendingOrder, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import StoredKey
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import REQUEST, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import load_csr, subject_name
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import (
    KeySpec,
    KeyType,
    key_spec_of,
    public_key_sha256,
)

if t.TYPE_CHECKING:
    from cryptography import x509


def storage_of(options: DeploymentOptions, record: Record) -> Storage:
    """Return the key's storage: from the options, else from the definition.

    The default is ``host``.

    :raises InvalidInput: the definition has an unknown storage
    """
    name = options.key.get("storage") or _defined_key(record).get("storage") or Storage.HOST.value
    try:
        return Storage(name)
    except ValueError:
        raise InvalidInput(
            Message(
                "key.storage must be {choices}, not {storage!r}.",
                choices=", ".join(one.value for one in Storage),
                storage=name,
            )
        ) from None


def wanted_key_spec(options: DeploymentOptions, record: Record) -> KeySpec:
    """Return the wanted key type with size or curve.

    The options decide, else the definition.

    :raises InvalidInput: the type, size or curve is not supported
    """
    return _kind({**_defined_key(record), **options.key})


def subject_of(options: DeploymentOptions, record: Record) -> dict[str, str]:
    """Return the subject of the CSR: the definition's, overridden by the options.

    :raises InvalidInput: it has no common name
    """
    definition = _definition(record)
    subject = {**_mapping(definition, "subject"), **options.subject}
    subject.setdefault("common_name", definition.get("common_name"))
    if not subject["common_name"]:
        raise InvalidInput(Message("{path}: subject.common_name is missing. The CSR needs it.", path=options.path))
    return {name: str(value) for name, value in subject.items() if value is not None}


def record_with_key(record: Record, key: StoredKey, *, made_at: str | None = None) -> Record:
    """Return the record with a key and its real type.

    The type is part of the definition. A pending key is never replaced, so its type may differ from the wanted one.

    :param made_at: the time at which the key was made, if it is new
    """
    pending = record.pending or PendingOrder()
    defined, kind = _defined_key(record), key_spec_of(key.key)
    if pending.definition and defined and str(_kind(defined)) != str(kind):
        real = {name: value for name, value in defined.items() if name not in ("type", "size", "curve")}
        real["type"] = kind.type.value
        real.update({"size": kind.size} if kind.type is KeyType.RSA else {"curve": kind.curve})
        pending = dataclasses.replace(pending, definition={**pending.definition, "key": real})
    if made_at is None and pending.public_key_sha256 == key.sha256:
        made_at = pending.key_made_at
    pending = dataclasses.replace(pending, public_key_sha256=key.sha256, key_made_at=made_at)
    return dataclasses.replace(record, pending=pending)


def warn_of_other_kind(stored: StoredKey, wanted: KeySpec, target: Target) -> None:
    """Warn of a pending key of another kind."""
    if str(key_spec_of(stored.key)) != str(wanted):
        kind = key_spec_of(stored.key)
        target.warn(
            text(
                Message(
                    "{path} is {kind}, not {wanted}. A pending key is never replaced, so the certificate will be for "
                    "this key. Reissue it once it is live.",
                    path=stored.path,
                    kind=kind,
                    wanted=wanted,
                )
            )
        )


def usable_request(layout: Layout, key: StoredKey, options: DeploymentOptions, record: Record) -> str | None:
    """Return the stored CSR if it is for the key.

    Before an order, its subject must match too.
    """
    data = read_file(layout.pending / REQUEST)
    text = data.decode("ascii", errors="replace") if data else ""
    try:
        request = load_csr(text)
    except InvalidCsr:
        return None
    fits = public_key_sha256(request.public_key()) == key.sha256
    if fits and (record.pending is None or record.pending.order_id is None):
        wanted = _wanted_name(options, record)
        fits = wanted is None or request.subject == wanted
    return text if fits else None


def _wanted_name(options: DeploymentOptions, record: Record) -> x509.Name | None:
    """Return the subject of a new CSR; ``None`` if nothing names one."""
    try:
        return subject_name(subject_of(options, record))
    except InvalidInput:
        return None


def _definition(record: Record) -> Params:
    return (record.pending.definition if record.pending else None) or {}


def _defined_key(record: Record) -> Params:
    return _mapping(_definition(record), "key")


def _mapping(definition: Params, name: str) -> Params:
    value = definition.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput(Message("record.definition.{name} must be a dictionary.", name=name))
    return value


def _kind(wanted: Params) -> KeySpec:
    names = [kind.value for kind in KeyType]
    name = wanted.get("type") or names[0]
    if name not in names:
        raise InvalidInput(Message("key.type must be RSA or ECC, not {type!r}.", type=name))
    defaults = KeySpec()
    return KeySpec(
        type=KeyType(name), size=wanted.get("size") or defaults.size, curve=wanted.get("curve") or defaults.curve
    )
