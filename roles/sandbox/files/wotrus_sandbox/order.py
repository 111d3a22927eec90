# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An order as the store keeps it, and the forms its identifier takes in answers."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from .products import PRODUCTS, Product
from .status import WAITING, Status


class Kind(enum.StrEnum):
    """What an order is to the accounts: only ``order`` is charged."""

    ORDER = "order"
    REISSUE = "reissue"
    # The RSA order that comes with an SM2 one (``orderId_RSA`` beside ``orderId``).
    COMPANION = "companion"


class Step(enum.StrEnum):
    """What happens to an order by itself, once its time has come."""

    NONE = ""
    REVIEW = "review"
    CA = "ca"
    REVOCATION = "revocation"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a create or reissue asks for, checked; nothing secret is in it.

    ``organization`` are the fields as Query gives them back; ``documents`` the number of documents.
    """

    product_id: str
    common_name: str
    months: int
    csr: str
    csr_encrypt: str
    ukey: bool
    documents: int
    organization: dict[str, str]
    idempotence: str


@dataclass(frozen=True, slots=True)
class Renewal:
    """The last reissue of an order under its own id: what the order was before, and when the reissue was asked for.

    ``serials``: the serial numbers of the old certificates.
    """

    sent: Sent
    not_after: float | None
    serials: tuple[str, ...]
    asked: float


@dataclass(frozen=True, slots=True)
class Order:
    """One row of the orders table; times are seconds since 1970 of the sandbox's clock.

    number: counts up from 1; the awkward forms of answers alternate by it.
    due, step: when what happens by itself (None and ``""``: nothing does).
    ready: the CA has the certificate, RetrievePem would get it.
    pushed: the push ``isIssued`` has been queued for the current certificate.
    not_after: end of validity that a reissue takes over, or None.
    shown_status, shown_link: words of a tester's own, shown in place of the real ones.
    """

    number: int
    id: str
    kind: Kind
    parent: str | None
    companion: str | None
    reissues: int
    sent: Sent
    status: Status
    is_pay: int
    step: Step
    due: float | None
    ready: bool
    pushed: bool
    not_after: float | None
    created: float
    order_number: str
    shown_status: str | None
    shown_link: str | None

    @property
    def product(self) -> Product:
        """The product that was ordered."""
        return PRODUCTS[self.sent.product_id]

    @property
    def sm2_pair(self) -> bool:
        """Whether this order is for an SM2 pair. An RSA companion of one is not, and neither is its reissue."""
        for_other_key = bool(self.sent.csr) and not self.sent.csr_encrypt
        return self.product.sm2 and self.kind is not Kind.COMPANION and not for_other_key

    @property
    def waiting(self) -> bool:
        """Whether the order is on its way to a certificate."""
        return self.status in WAITING

    def spelled(self, style: str, *, turn: int = 0, new: bool = False) -> str:
        """Return the id as an answer spells it in ``style`` (the setting ``id_style``).

        turn: moves the forms of ``mixed`` on. new: it is the answer of Create or Reissue.
        """
        match style:
            case "braces":
                return f"{{{self.id.upper()}}}" if new else self.id
            case "mixed":
                return (self.id.upper(), self.id, self.id + " ")[(self.number + turn) % 3]
            case _:
                return self.id
