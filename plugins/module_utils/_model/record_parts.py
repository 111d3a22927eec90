# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a record: pending order, live and superseded certificates."""

from __future__ import annotations

import dataclasses
import typing as t

UKEY = "ukey"


@dataclasses.dataclass(frozen=True)
class PendingOrder:
    """An order or reissue that has no certificate yet.

    :ivar order_id: ``None`` until the API has answered it
    :ivar root_order_id: the id that Create answered; a reissue keeps the root of its order
    :ivar follows: the root of the order that this order renews or replaces
    :ivar requested_at: the time at which the request was prepared (ISO 8601)
    :ivar key_made_at: the time at which the key in ``pending/`` was made on this host (ISO 8601)
    :ivar public_key_sha256: the digest of the key in ``pending/``; ``None`` for a UKey or without a key
    :ivar superseded_order_id: the order that a reissue or renewal supersedes
    :ivar refused_order_id: an earlier reissue of the same order that was refused
    :ivar companion_order_id: the order of the SM2 pair, for a product that has one
    :ivar ukey_password_known: false for an adopted UKey order whose password is unknown
    """

    operation: str | None = None
    order_id: str | None = None
    root_order_id: str | None = None
    follows: str | None = None
    idempotence_id: str | None = None
    months: int | None = None
    definition: t.Mapping[str, t.Any] | None = None
    requested_at: str | None = None
    key_made_at: str | None = None
    public_key_sha256: str | None = None
    superseded_order_id: str | None = None
    refused_order_id: str | None = None
    companion_order_id: str | None = None
    ukey_password_known: bool | None = None

    @property
    def storage(self) -> str | None:
        """The private key's storage in the definition; ``None`` if it has none."""
        return _storage(self.definition)


@dataclasses.dataclass(frozen=True)
class LiveCertificate:
    """The certificate that services read, and its order.

    :ivar release: the name of its folder in ``releases/``; empty for a certificate that was never on this host
    :ivar files: the SHA-256 of the release's files by name, as ``{"cert.pem": {"sha256": "…"}}``
    """

    release: str
    order_id: str | None = None
    root_order_id: str | None = None
    idempotence_id: str | None = None
    months: int | None = None
    definition: t.Mapping[str, t.Any] | None = None
    key_made_at: str | None = None
    companion_order_id: str | None = None
    public_key_sha256: str | None = None
    serial_number: str | None = None
    not_before: str | None = None
    not_after: str | None = None
    fingerprint_sha256: str | None = None
    subject: str | None = None
    issuer: str | None = None
    files: t.Mapping[str, t.Mapping[str, str]] = dataclasses.field(default_factory=dict)

    @property
    def storage(self) -> str | None:
        """The private key's storage in the definition; ``None`` if it has none."""
        return _storage(self.definition)


@dataclasses.dataclass(frozen=True)
class SupersededCertificate:
    """A certificate that was live, and the operation that superseded it."""

    live: LiveCertificate
    operation: str | None = None


def _storage(definition: t.Mapping[str, t.Any] | None) -> str | None:
    key = definition.get("key") if definition else None
    storage = key.get("storage") if isinstance(key, dict) else None
    return str(storage) if storage else None
