# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a record changes: requests, new live certificates, rollbacks.

This file is not part of ``record``, since reading a host needs none of it.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import filled
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    ORDER_KEYS,
    PENDING_KEYS,
    REISSUE,
    ROLLED_BACK,
    LiveCertificate,
    PendingOrder,
    Record,
)

NOTIFICATION_KEYS = ("reload_pending", "unnotified")
_IDENTITY_KEYS = ("operation", "idempotence_id")
_SECRET_WORDS = ("password", "token", "content", "id_card", "documents", "secret", "private")

Statement = Mapping[str, t.Any]
"""Some of ``PENDING_KEYS``, names, ``NOTIFICATION_KEYS``, and ids of superseded orders."""


def with_request(record: Record, statement: Statement) -> Record:
    """Return the record with a statement merged into the pending order.

    A statement with another operation or idempotence value starts a new pending order, which keeps only the pending
    key. A pending reissue that it replaces becomes superseded.

    :raises InvalidInput: the definition has a secret
    """
    statement = _checked(statement)
    fields = {key: statement[key] for key in PENDING_KEYS if key in statement}
    pending, superseded = record.pending, list(record.superseded)
    if fields:
        pending = dataclasses.replace(_base(pending, fields), **fields)
        superseded += _dropped(record, pending)
    revoked, revoking = (
        {id_key(order_id) for order_id in statement.get(name, ())}
        for name in ("revoked_order_ids", "revoking_order_ids")
    )
    left = tuple(
        dataclasses.replace(former, revocation_requested=True) if id_key(former.order_id or "") in revoking else former
        for former in superseded
        if id_key(former.order_id or "") not in revoked
    )
    return dataclasses.replace(_named(record, statement), pending=pending, superseded=left)


def with_live(record: Record, live: LiveCertificate, statement: Statement, *, ends_request: bool) -> Record:
    """Return the record with a new live certificate.

    The former one becomes superseded.

    :param live: the certificate's facts, without those of its order
    :param statement: values for fields that the pending order does not have
    :param ends_request: the certificate is that of the pending order
    :raises InvalidInput: the definition has a secret
    """
    statement = _checked(statement)
    request = record.pending if ends_request and record.pending else PendingOrder()
    if request.public_key_sha256 not in (None, live.public_key_sha256):
        request = dataclasses.replace(request, key_made_at=None)
    former = record.live
    known = _known(record, live)
    if "order_id" in statement and not is_same_id(known.order_id, statement["order_id"]):
        # It was fetched for this order, and a record is only a claim.
        known = dataclasses.replace(
            known, order_id=None, root_order_id=None, companion_order_id=None, idempotence_id=None
        )
    order = {key: _first(getattr(request, key), getattr(known, key), statement.get(key)) for key in ORDER_KEYS}
    # A rebuilt host repeats a reissue, and does not know when it was requested first.
    reissued_at = request.requested_at if request.operation == REISSUE and former is not None else None
    live = dataclasses.replace(
        live,
        **order,
        reissued_at=_first(reissued_at, known.reissued_at),
        key_evidence=_first(live.key_evidence, known.key_evidence),
    )
    operation = request.operation or statement.get("operation") or _operation_between(former, live)
    superseded = [former for former in record.superseded if former.release != live.release]
    if former is not None and former.release != live.release:
        superseded.append(_former(former, operation))
    reissued = request.superseded_order_id if request.operation == REISSUE else None
    if reissued and not is_same_id(reissued, former.order_id if former else live.order_id):
        # On a rebuilt host, the reissue supersedes a certificate that this host never had.
        superseded += _never_live(reissued, live.root_order_id, operation)
    return dataclasses.replace(
        _named(record, statement),
        pending=None if ends_request else record.pending,
        live=live,
        superseded=tuple(superseded),
    )


def with_rollback(record: Record, live: LiveCertificate) -> Record:
    """Return the record with the former release live again.

    The current one becomes rolled back.
    """
    facts = {key: value for key, value in vars(live).items() if value not in (None, {})}
    live = dataclasses.replace(_known(record, live), **{"operation": None, **facts})
    superseded = [former for former in record.superseded if former.release != live.release]
    if record.live is not None and record.live.release != live.release:
        superseded.append(_former(record.live, ROLLED_BACK))
    return dataclasses.replace(record, live=live, superseded=tuple(superseded))


def _dropped(record: Record, pending: PendingOrder) -> list[LiveCertificate]:
    """Return the pending reissue that a new pending order replaces.

    WoTrus may still issue it.
    """
    former = record.pending
    if former is None or former.operation != REISSUE or former.order_id is None:
        return []
    if pending.operation == REISSUE and is_same_id(pending.superseded_order_id, former.order_id):
        # The reissue is reissued itself, and supersedes its own order.
        return _never_live(former.superseded_order_id, former.root_order_id, REISSUE)
    if pending.operation == REISSUE and not is_same_id(pending.refused_order_id, former.order_id):
        return []
    known = [former.superseded_order_id, pending.order_id, record.live.order_id if record.live else None]
    if any(is_same_id(former.order_id, order_id) for order_id in known):
        return []
    return _never_live(former.order_id, former.root_order_id, pending.operation)


def _never_live(order_id: str | None, root_order_id: str | None, operation: str | None) -> list[LiveCertificate]:
    """Return a superseded order whose certificate this host never had live."""
    dropped = LiveCertificate(release="", order_id=order_id, root_order_id=root_order_id)
    return [_former(dropped, operation)] if order_id else []


def _known(record: Record, live: LiveCertificate) -> LiveCertificate:
    """Return the record's facts of a certificate; without facts if unknown."""
    candidates = [*record.superseded, *([record.live] if record.live else [])]
    same = [candidate for candidate in candidates if candidate.fingerprint_sha256 == live.fingerprint_sha256]
    return same[-1] if same else LiveCertificate(release=live.release)


def _named(record: Record, statement: Statement) -> Record:
    keys = ("name", "order_name", *NOTIFICATION_KEYS)
    return dataclasses.replace(record, **{key: statement[key] for key in keys if key in statement})


def _checked(statement: Statement) -> dict[str, t.Any]:
    statement = filled(statement)
    secret = _secret_key(statement.get("definition"))
    if secret:
        raise InvalidInput("record.definition must have no secrets. Leave out {name}.", name=secret)
    if "definition" in statement:
        # As it will be read back. Otherwise a key that is a number would look like a change in each run.
        statement["definition"] = json.loads(json.dumps(statement["definition"]))
    return statement


def _secret_key(data: t.Any) -> str | None:
    if isinstance(data, Mapping):
        for key, value in data.items():
            if value is None:
                continue
            found = str(key) if any(word in str(key).lower() for word in _SECRET_WORDS) else _secret_key(value)
            if found:
                return found
    return None


def _base(pending: PendingOrder | None, fields: Statement) -> PendingOrder:
    if pending is None:
        return PendingOrder()
    for key in _IDENTITY_KEYS:
        known, new = getattr(pending, key), fields.get(key)
        if known is not None and new is not None and str(known).lower() != str(new).lower():
            return _only_key(pending)
    if pending.order_id and not pending.idempotence_id and fields.get("idempotence_id"):
        # It was taken over by its id, and another order is placed now.
        return _only_key(pending)
    # A reissue has no value in the record. One that WoTrus refused, whose key was lost or which is reissued itself, is
    # not continued.
    ended = (fields.get("refused_order_id"), fields.get("superseded_order_id"))
    return _only_key(pending) if any(is_same_id(pending.order_id, order_id) for order_id in ended) else pending


def _only_key(pending: PendingOrder) -> PendingOrder:
    names = ("public_key_sha256", "key_made_at", "refused_key_sha256")
    return PendingOrder(**{name: getattr(pending, name) for name in names})


def _first(*values: t.Any) -> t.Any:
    return next((value for value in values if value is not None), None)


def _operation_between(former: LiveCertificate | None, live: LiveCertificate) -> str | None:
    """Return the operation between two certificates, after a rollback was undone.

    It is a reissue if their roots are the same, else a renewal.
    """
    if former is None or former.root_order_id is None or live.root_order_id is None:
        return None
    return REISSUE if is_same_id(former.root_order_id, live.root_order_id) else "renew"


def _former(live: LiveCertificate, operation: str | None) -> LiveCertificate:
    return dataclasses.replace(live, files={}, operation=operation)
