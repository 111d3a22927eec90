# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Orders, their statuses, and the products that can be ordered."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Status(enum.StrEnum):
    """The statuses of the manual.

    A tester can make Query show another word (admin API).
    """

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


# WoTrus reviews the order, or the customer's domain validation is missing.
UNDER_REVIEW = frozenset({Status.PENDING, Status.PENDING_AUTO_ISSUE, Status.PENDING_SUBMIT, Status.PENDING_DCV})
WAITING = UNDER_REVIEW | {Status.PENDING_CA_ISSUED}
# The order cannot change any more.
DEAD = frozenset({Status.CLOSED, Status.REJECTED, Status.REVOKED})
# The order has a valid certificate.
LIVE = frozenset({Status.ISSUED, Status.PENDING_REVOKE})


@dataclass(frozen=True, slots=True)
class Product:
    """A product: its orders' statuses, and the kind of its certificates.

    :ivar is_server: the certificates are for TLS servers, not for document signing
    :ivar requires_document: a reissue needs a document, and the old certificate is revoked when the new one is issued
        (manual, section 7: SM2 and Sectigo products)
    :ivar issued_automatically: the order is issued without a call of RetrievePem
    """

    id: str
    name: str
    first_status: Status = Status.PENDING
    status_after_review: Status = Status.PENDING_CA_ISSUED
    is_sm2: bool = False
    is_server: bool = False
    requires_document: bool = False
    issued_automatically: bool = False


SM2_DOCUMENT_SIGNING = "5a4d3253-1c0e-4d1b-9f52-d0c5169a11ce"
OV_SSL = "0f55105e-91b7-4f9c-8f0d-5ec716055100"

_ALL = (
    Product("76ece651-b59e-48f2-a47b-135614aadad9", "PDF 签名和加密证书"),
    Product("2c17c336-a772-42f8-b3dd-4f2591a5b116", "单位文档签名证书"),
    Product("d4d30b75-68d5-471c-b66a-21299f1dfaa5", "个人文档签名证书"),
    # The GUID and name of the Query example in the manual. Its status there is pendingAutoIssue.
    Product(
        "30b3f256-9d2d-43c5-abcb-017aa9d3cb6d",
        "超快 SSL V1",
        first_status=Status.PENDING_AUTO_ISSUE,
        is_server=True,
        issued_automatically=True,
    ),
    # A GUID of the sandbox: an organization-validated SSL certificate of Sectigo (manual, revision V1.03).
    Product(
        OV_SSL,
        "超真 SSL (Sectigo OV)",
        first_status=Status.PENDING_SUBMIT,
        status_after_review=Status.PENDING_DCV,
        is_server=True,
        requires_document=True,
    ),
    # A GUID of the sandbox: the manual describes pairs of SM2 certificates, but names no SM2 product.
    Product(SM2_DOCUMENT_SIGNING, "国密文档签名证书", is_sm2=True, requires_document=True),
)
PRODUCTS = {product.id: product for product in _ALL}


class OrderKind(enum.StrEnum):
    """Why the order exists. Only ``order`` is charged."""

    ORDER = "order"
    REISSUE = "reissue"
    # The RSA order of an SM2 order (``orderId_RSA`` beside ``orderId``).
    COMPANION = "companion"


class Step(enum.StrEnum):
    """The next automatic step of an order."""

    NONE = ""
    REVIEW = "review"
    CA = "ca"
    REVOCATION = "revocation"


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """The checked content of a create or reissue call, without secrets.

    ``organization`` has the fields that Query returns; ``documents`` is the number of documents.
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
class InPlaceReissue:
    """A reissue that keeps the order's id.

    It has the time of the call, and the state of the order before it. ``serials`` has the serial numbers of the old
    certificates.
    """

    request: OrderRequest
    not_after: float | None
    serials: tuple[str, ...]
    requested: float


@dataclass(frozen=True, slots=True)
class Order:
    """A row of the orders table.

    Times are seconds since 1970 of the sandbox's clock.
    :ivar number: counts from 1; it selects the form of the answers
    :ivar step: the next automatic step
    :ivar due: the time of the step, or None
    :ivar ready: the CA has the certificate, and RetrievePem can issue it
    :ivar pushed: the push ``isIssued`` is queued for the current certificate
    :ivar not_after: the latest end of validity of a reissue, or None
    :ivar shown_status: the text that Query shows instead of the status, or None
    :ivar shown_link: the text that Query shows instead of the link, or None
    """

    number: int
    id: str
    kind: OrderKind
    parent: str | None
    companion: str | None
    reissues: int
    request: OrderRequest
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
        return PRODUCTS[self.request.product_id]

    @property
    def is_sm2_pair(self) -> bool:
        """Whether this order is for an SM2 pair.

        A companion order is not, and its reissue is not.
        """
        for_other_key = bool(self.request.csr) and not self.request.csr_encrypt
        return self.product.is_sm2 and self.kind is not OrderKind.COMPANION and not for_other_key

    @property
    def is_waiting(self) -> bool:
        """Whether the order waits for its certificate."""
        return self.status in WAITING

    def format_id(self, style: str, *, variant: int = 0, new: bool = False) -> str:
        """Return the id in the form of the setting ``id_style``.

        :param style: the setting's value
        :param variant: selects another form if the style is ``mixed``
        :param new: for the answer of Create or Reissue
        """
        match style:
            case "braces":
                return f"{{{self.id.upper()}}}" if new else self.id
            case "mixed":
                return (self.id.upper(), self.id, self.id + " ")[(self.number + variant) % 3]
            case _:
                return self.id
