# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a record: the request that is under way, the certificate that is live, and those that were."""

from __future__ import annotations

import dataclasses
import typing as t

UKEY = "ukey"


@dataclasses.dataclass(frozen=True)
class Pending:
    """A request that has no certificate yet.

    :ivar public_key_sha256: of the key in ``pending/``; none for a UKey, or before there is one
    :ivar companion_order_id: of the SM2 pair beside it, for a product that has one
    :ivar ukey_password_known: false for an adopted UKey order whose password nobody here knows
    """

    operation: str | None = None
    order_id: str | None = None
    idempotence_id: str | None = None
    generation: int | None = None
    months: int | None = None
    definition: t.Mapping[str, t.Any] | None = None
    public_key_sha256: str | None = None
    superseded_order_id: str | None = None
    companion_order_id: str | None = None
    ukey_password_known: bool | None = None

    @property
    def storage(self) -> str | None:
        """Where the definition says that the private key is; None where it does not say."""
        return _storage(self.definition)


@dataclasses.dataclass(frozen=True)
class Live:
    """The certificate that services read, and the order that it came from.

    :ivar release: name of its folder under ``releases/``
    :ivar files: SHA-256 of the release's files by name, as ``{"cert.pem": {"sha256": "…"}}``
    """

    release: str
    order_id: str | None = None
    idempotence_id: str | None = None
    generation: int | None = None
    months: int | None = None
    definition: t.Mapping[str, t.Any] | None = None
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
        """Where the definition says that the private key is; None where it does not say."""
        return _storage(self.definition)


@dataclasses.dataclass(frozen=True)
class Superseded:
    """A certificate that was live, and the operation that took its place."""

    live: Live
    operation: str | None = None


def _storage(definition: t.Mapping[str, t.Any] | None) -> str | None:
    key = definition.get("key") if definition else None
    storage = key.get("storage") if isinstance(key, dict) else None
    return str(storage) if storage else None
