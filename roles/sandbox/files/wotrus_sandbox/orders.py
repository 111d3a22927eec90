# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An order as the store keeps it, and the forms its identifier takes in answers."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Status(enum.StrEnum):
    """The words of the manual; a word of the tester's own may be shown instead (admin API)."""

    PENDING = "pending"
    PENDING_AUTO_ISSUE = "pendingAutoIssue"
    PENDING_SUBMIT = "pendingSubmitOrderToCA"
    PENDING_DCV = "pendingDCV"
    PENDING_CA_ISSUED = "pendingCAIssued"
    ISSUED = "issued"
    PENDING_REVOKE = "pendingRevoke"
    REVOKED = "revoked"
    REJECTED = "rejected"
    CLOSED = "closed"
    UNKNOWN = "unknown"


# Reviewed by WoTrus, or waiting for the customer's domain validation.
UNDER_REVIEW = frozenset({Status.PENDING, Status.PENDING_AUTO_ISSUE, Status.PENDING_SUBMIT, Status.PENDING_DCV})
WAITING = UNDER_REVIEW | {Status.PENDING_CA_ISSUED}
# Nothing becomes of the order any more.
DEAD = frozenset({Status.CLOSED, Status.REJECTED, Status.REVOKED})
# There is a certificate that holds.
LIVE = frozenset({Status.ISSUED, Status.PENDING_REVOKE})


@dataclass(frozen=True, slots=True)
class Product:
    """One product: how its orders begin, what follows the review, and what its certificates are.

    ``document_required``: a reissue needs a proof document, and the old certificate is revoked once the new one is
    issued (manual, section 7: SM2 and Sectigo products). ``issues_itself``: no RetrievePem is needed.
    """

    id: str
    name: str
    first: Status = Status.PENDING
    reviewed: Status = Status.PENDING_CA_ISSUED
    sm2: bool = False
    server: bool = False
    document_required: bool = False
    issues_itself: bool = False


SM2_DOCUMENT_SIGNING = "5a4d3253-1c0e-4d1b-9f52-d0c5169a11ce"
OV_SSL = "0f55105e-91b7-4f9c-8f0d-5ec716055100"

_ALL = (
    Product("76ece651-b59e-48f2-a47b-135614aadad9", "PDF 签名和加密证书"),
    Product("2c17c336-a772-42f8-b3dd-4f2591a5b116", "单位文档签名证书"),
    Product("d4d30b75-68d5-471c-b66a-21299f1dfaa5", "个人文档签名证书"),
    # The GUID and name of the manual's Query example, which is about to be issued without a person's review.
    Product(
        "30b3f256-9d2d-43c5-abcb-017aa9d3cb6d",
        "超快 SSL V1",
        first=Status.PENDING_AUTO_ISSUE,
        server=True,
        issues_itself=True,
    ),
    # The sandbox's own GUID: an organisation-validated SSL certificate of Sectigo (manual, revision V1.03).
    Product(
        OV_SSL,
        "超真 SSL (Sectigo OV)",
        first=Status.PENDING_SUBMIT,
        reviewed=Status.PENDING_DCV,
        server=True,
        document_required=True,
    ),
    # The sandbox's own GUID: the manual names no SM2 product, yet describes their pairs of certificates.
    Product(SM2_DOCUMENT_SIGNING, "国密文档签名证书", sm2=True, document_required=True),
)
PRODUCTS = {product.id: product for product in _ALL}


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
