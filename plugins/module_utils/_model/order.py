# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An order, its status, and what places one (manual, sections 2, 3)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import typing as t
import unicodedata

from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import shown_time


class Stage(enum.Enum):
    """The meaning of a status: who acts next, or the result."""

    WAITING_ON_YOU = "waiting_on_you"
    WAITING_ON_CA = "waiting_on_ca"
    ISSUED = "issued"
    REVOKING = "revoking"
    DEAD = "dead"
    UNKNOWN = "unknown"


class Payment(enum.Enum):
    """``isPay``: 0, 1 and 2 of the manual."""

    UNPAID = "unpaid"
    PAID = "paid"
    ISSUED_UNPAID = "issued_unpaid"


PAYMENTS = {0: Payment.UNPAID, 1: Payment.PAID, 2: Payment.ISSUED_UNPAID}

READY_AT_CA = "pendingCAIssued"
REJECTED = "rejected"
REVOKED = "revoked"
CLOSED = "closed"
ISSUED = "issued"

STAGES = {
    "pending": Stage.WAITING_ON_CA,
    "pendingAutoIssue": Stage.WAITING_ON_CA,
    "pendingSubmitOrderToCA": Stage.WAITING_ON_CA,
    "pendingDCV": Stage.WAITING_ON_YOU,
    READY_AT_CA: Stage.WAITING_ON_CA,
    ISSUED: Stage.ISSUED,
    "pendingRevoke": Stage.REVOKING,
    REVOKED: Stage.DEAD,
    REJECTED: Stage.DEAD,
    CLOSED: Stage.DEAD,
    "unknown": Stage.UNKNOWN,
}
"""The statuses of the API (manual, section 3.1), and who has to act."""
_SPELLINGS = {status.casefold(): status for status in STAGES}


def known_status(status: str) -> str:
    """Return the manual's spelling of a status, or an unknown status unchanged."""
    word = status.strip()
    return _SPELLINGS.get(word.casefold(), word)


def is_known_status(status: str) -> bool:
    """Return whether the manual has a status."""
    return known_status(status) in STAGES


PAPERS_MISSING = "papers_missing"
CSR_MISSING = "csr_missing"
APPLICANT_MISSING = "applicant_missing"
ORGANIZATION_PENDING = "organization_pending"
ISSUED_UNPAID = Payment.ISSUED_UNPAID.value
"""What WoTrus shows that a person may still do. A flag may be false although nothing is missing."""


class DocumentType(enum.Enum):
    """The manual's ``documentType``, with the names of the option ``type``."""

    AUTHORIZATION = 1
    BUSINESS_LICENSE = 2
    ID_CARD = 3


@dataclasses.dataclass(frozen=True)
class Document:
    """A checked document.

    :ivar file_type: ``.pdf``, ``.jpg`` or ``.gif``
    :ivar content: the bytes in base64
    """

    file_type: str
    content: str = dataclasses.field(repr=False)
    type: DocumentType | None = None


@dataclasses.dataclass(frozen=True)
class Organization:
    """The organization of an order, without data of the applicant."""

    id: str | None = None
    name: str | None = None
    status: str | None = None
    documents_uploaded: bool | None = None


@dataclasses.dataclass(frozen=True)
class Order:
    """One order; ``status`` has the manual's spelling.

    :ivar missing: what Query's flags show as missing
    :ivar pending_link: the web page where a person has to act
    :ivar unsafe_link: the text in its place that is not safe to open
    """

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
    missing: tuple[str, ...] = ()
    pending_link: str | None = None
    unsafe_link: str | None = None

    @property
    def stage(self) -> Stage:
        """The stage of the order: an unpaid one waits for you, and that of an unknown status is ``UNKNOWN``."""
        stage = STAGES.get(self.status, Stage.UNKNOWN)
        is_unpaid = stage is Stage.WAITING_ON_CA and self.payment is Payment.UNPAID
        return Stage.WAITING_ON_YOU if is_unpaid else stage

    @property
    def is_dead(self) -> bool:
        """Whether the order is closed, rejected or revoked."""
        return self.stage is Stage.DEAD

    @property
    def is_waiting(self) -> bool:
        """Whether somebody must act before the order has a certificate."""
        return self.stage in (Stage.WAITING_ON_YOU, Stage.WAITING_ON_CA)

    @property
    def is_issued(self) -> bool:
        """Whether the order has a certificate, also during review of a revocation."""
        return self.stage in (Stage.ISSUED, Stage.REVOKING)

    @property
    def is_unpaid(self) -> bool:
        """Whether WoTrus says that it is not paid, also if it issued the order before."""
        return self.payment in (Payment.UNPAID, Payment.ISSUED_UNPAID)

    @property
    def is_revoked(self) -> bool:
        """Whether the certificate is revoked."""
        return self.status == REVOKED

    @property
    def hints(self) -> list[str]:
        """What may hurry a pending order, or what is still to be paid for an issued one."""
        if self.is_issued:
            return [ISSUED_UNPAID] if self.payment is Payment.ISSUED_UNPAID else []
        return list(self.missing) if self.is_waiting else []

    def as_result(self) -> dict[str, t.Any]:
        """Return the order as the ``order`` of results, in JSON types."""
        known = {**dataclasses.asdict(self), "stage": self.stage.value, "created_at": shown_time(self.created_at)}
        del known["unsafe_link"], known["missing"]
        payment = self.payment.value if self.payment else None
        return {**known, "hints": self.hints, "paid": self.payment is Payment.PAID, "payment": payment}


BUSINESS_CATEGORIES = ("Business Entity", "Private Organization", "Government Entity", "Non-Commercial Entity")


@dataclasses.dataclass(frozen=True)
class NewOrder:
    """An order to place.

    :ivar product_id: the product's GUID
    :ivar months: 12, 13, 24 or 25
    :ivar csr: the certificate signing request in PEM (RSA or ECC); ``None`` for a UKey
    :ivar organization: the fields of ``organizationPost`` under their playbook names; ``name`` is required
    :ivar extra: further fields of ``orderinfoPost`` under their API names
    """

    product_id: str
    common_name: str
    months: int
    idempotence_id: str
    organization: t.Mapping[str, t.Any] = dataclasses.field(repr=False)
    csr: str | None = None
    ukey_password: str | None = dataclasses.field(default=None, repr=False)
    ukey_ship_address: str | None = None
    documents: tuple[Document, ...] = ()
    extra: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ReissueRequest:
    """A request for a new certificate on an order (manual, section 7).

    :ivar csr: the new key's CSR; for an SM2 pair, that of the signing certificate
    :ivar csr_encrypt: for an SM2 pair, the CSR of the encryption certificate
    :ivar document: evidence, for products whose old certificate WoTrus revokes
    """

    order_id: str
    csr: str
    reason: str
    idempotence_id: str
    csr_encrypt: str | None = None
    document: Document | None = dataclasses.field(default=None, repr=False)


def is_same_name(left: str, other: str) -> bool:
    """Return whether common names are equal after NFKC, ignoring case and blanks."""
    return _folded(left) == _folded(other)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
