# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An order as the API tells it, without the personal data that Query gives back (manual, section 3)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.status import REVOKED, Payment, Stage, stage_of
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp


@dataclasses.dataclass(frozen=True)
class Organization:
    """The organisation of an order: what tells it, and nothing of the person who applied."""

    id: str | None = None
    name: str | None = None
    status: str | None = None
    documents_uploaded: bool | None = None


@dataclasses.dataclass(frozen=True)
class Order:
    """One order. ``status`` is the manual's word, or the server's own where the manual lacks it."""

    id: str
    status: str
    product_id: str | None = None
    product_name: str | None = None
    common_name: str | None = None
    months: int | None = None
    created_at: dt.datetime | None = None
    order_number: str | None = None
    organization: Organization = Organization()
    payment: Payment | None = None
    pending_link: str | None = None

    @property
    def stage(self) -> Stage:
        """Who has to act next."""
        return stage_of(self.status, self.payment)

    @property
    def dead(self) -> bool:
        """Closed, rejected or revoked: it never yields another certificate."""
        return self.stage is Stage.DEAD

    @property
    def issued(self) -> bool:
        """There is a certificate: issued, or issued with a revocation under review."""
        return self.stage in (Stage.ISSUED, Stage.REVOKING)

    @property
    def revoked(self) -> bool:
        """The certificate is revoked."""
        return self.status == REVOKED

    def as_result(self) -> dict[str, t.Any]:
        """Return the ``order`` of a module's result (plain JSON types)."""
        return {
            "id": self.id,
            "status": self.status,
            "stage": self.stage.value,
            "product_id": self.product_id,
            "product_name": self.product_name,
            "common_name": self.common_name,
            "months": self.months,
            "created_at": format_timestamp(self.created_at) if self.created_at else None,
            "order_number": self.order_number,
            "organization": dataclasses.asdict(self.organization),
            "paid": self.payment is Payment.PAID,
            "payment": self.payment.value if self.payment else None,
            "pending_link": self.pending_link,
        }
