# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readings of the manual, as switches, and the statements that permit them.

They are fixed for a history.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from wotrus_sandbox.readings import QUERY_FIELDS, WORDS

OWN: Mapping[str, tuple[str, ...]] = {
    "own_reissue": ("never", "at half of its life"),
    "retrieved": ("own", "another order's for a day", "old and new by turns"),
}
"""The readings that the sandbox does not have."""

READINGS: Mapping[str, tuple[str, ...]] = {**WORDS, **OWN}
"""The words of each reading, the usual one first."""


CATALOGUE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "repeat": (
        (
            "A repeated value of Create is answered by the same order, by a refusal, by a refusal that names the order,"
            " or by a new order if the old one is dead."
        ),
        ("2.idempotence-repeat",),
    ),
    "values": ("WoTrus forgets the value of Create.", ("2.idempotence", "2.idempotence-value")),
    "review": (
        "A review takes no time, an hour, two days, or until a person acts.",
        ("1.5-review", "3.status-pending"),
    ),
    "payment": ("An order is not paid when it is placed.", ("3.is-pay-0",)),
    "issuing": (
        "An order is issued by itself, or by RetrievePem.",
        ("V1.03.pdf-process", "3.status-pending-ca-issued"),
    ),
    "arrival": ("An order is rejected when it arrives.", ("3.status-rejected",)),
    "fresh_order": ("Query does not know an order at first.", ("3.id-of-create",)),
    "backdated": ("A certificate begins and ends earlier than its order.", ("2.month-12", "2.month-24")),
    "lifetime": (
        "A certificate is shorter than the term that was paid: 90, 100, 200, 360, 398 or 460 days.",
        ("2.month-12", "2.month-24"),
    ),
    "months": ("A month has 30 days, or a twelfth of 365, or is that of the calendar.", ("2.month-12", "2.month-24")),
    "long_months": ("13 and 25 months are refused.", ("2.month-13", "2.month-25")),
    "reissue_end": (
        "The certificate of a reissue ends as the old one, with the paid term, or as that of a new order.",
        ("7.reissues",),
    ),
    "own_reissue": (
        "WoTrus issues a certificate anew for the same key and under the same id, as soon as half of its life is over.",
        ("7.reissues",),
    ),
    "reissues": ("A reissue is refused, always or after so many of an order.", ("7.request",)),
    "reissue_id": (
        "A reissue has a new id, that of its order, or none.",
        ("7.new-order-id", "7.same-order-id"),
    ),
    "reissued_order": (
        "The order that was reissued stays issued, or is closed or revoked.",
        ("V1.04.old-order", "7.always-revokes", "7.others-not-revoked"),
    ),
    "reissue_values": (
        "The value of a reissue counts for nothing: each repeat is another reissue.",
        ("V1.05.reissue-idempotence", "7.idempotence", "7.idempotence-space"),
    ),
    "old_certificate": ("RetrievePem gives the old certificate for an hour after a reissue.", ("4.after-issue",)),
    "retrieved": (
        "RetrievePem gives the certificate of another order, or the old and the new one of an order by turns.",
        ("4.order-id", "4.after-issue"),
    ),
    "expired_certificate": ("RetrievePem gives no certificate that has expired.", ("4.after-issue",)),
    "before_certificate": (
        "Before there is a certificate, RetrievePem refuses, answers null, or HTTP 404.",
        ("4.before-issue",),
    ),
    "unpaid_certificate": ("RetrievePem gives no certificate that is not paid.", ("3.is-pay-2", "4.after-issue")),
    "sign_beside": ("``pem_Sign`` is beside ``pem_RSA``, without a chain.", ("4.kinds", "4.chains")),
    "unpaid_orders": ("An order that nobody pays is closed after 30 or 60 days.", ("3.is-pay-0", "3.status-closed")),
    "expired": ("An order is closed when its certificate expires.", ("3.status-closed",)),
    "archive": (
        "An order is closed after 30 days although its certificate is valid, and RetrievePem may have none of it.",
        ("3.status-closed", "4.after-issue"),
    ),
    "ended": (
        "The status of an order whose certificate has expired is ``issued``, ``expired`` or ``unknown``.",
        ("3.status-others", "3.status-unknown"),
    ),
    "status_case": ("A status is written in capital or small letters.", ("3.status-others",)),
    "query_lag": (
        "Query still shows ``pendingCAIssued`` after RetrievePem gave the certificate.",
        ("3.status-issued",),
    ),
    "replaced_order": ("Query does not know an order that was reissued, or answers with the reissue.", ("3.id",)),
    "repeat_of_reissued": ("A repeat of Create is answered by the newest reissue.", ("2.idempotence-repeat",)),
    "revocation": ("A revocation is reviewed, or done at once.", ("6.revoke-status", "6.revoked", "6.other-answers")),
    "revocation_review": ("The review of a revocation never ends.", ("3.status-pending-revoke",)),
    "ids": (
        "Ids are in capital letters, in braces, or end with a blank, in one answer and not in another.",
        ("5.id-form", "3.id"),
    ),
    "null_id": ("An id that is not there is null, or has only zeros.", ("2.one-order-id", "7.new-order-id")),
    "create_answer": (
        "The answer of Create has no id, at first or ever, or says that WoTrus is busy, although the order was stored.",
        ("2.is-success", "2.order-id-rsa"),
    ),
    "stored_but_failed": (
        "``isSuccess`` is false although the reissue, the revocation or the cancellation was stored.",
        ("5.is-success", "6.is-success", "7.is-success"),
    ),
    "flags": (
        "Flags are 0 and 1, or text.",
        ("2.is-success", "5.cancel-result", "6.revoked"),
    ),
    "numbers": ("Numbers are text.", ("3.is-pay-1", "3.duration")),
    "date": ("An answer has no ``Date``.", ("1.4-https",)),
    "date_ahead": (
        "``Date`` is ahead of the times of orders, by seconds, hours or three years, or behind them by three years.",
        ("1.4-https", "3.create-time"),
    ),
    "create_time": (
        (
            "``createTime`` has no zone, another one, 7 decimals or slashes, or is in milliseconds; is null, empty, or "
            "of a year long ago; or moves with a reissue."
        ),
        ("3.create-time",),
    ),
    "duration": ("``duration`` is in years or days.", ("3.duration",)),
    "odd_field": (
        "``orderNumber`` is a number; ``org``, ``duration``, ``isPay`` or ``isSuccess`` is text.",
        ("3.as-created", "3.example-cut"),
    ),
    "query_field": (
        f"One of {', '.join(f'``{field}``' for field in QUERY_FIELDS)} is missing in Query, or null.",
        ("3.as-created", "3.example-cut"),
    ),
    "spelling": (
        (
            "Query writes names in full width, in traditional characters, in capital letters, with entities, or with "
            "other blanks."
        ),
        ("3.as-created",),
    ),
    "subjects": (
        "Certificates have names in full width, in capital letters, or with other blanks.",
        ("2.common-name", "2.org-name"),
    ),
    "names": (
        "WoTrus corrects the name in certificates alone, or adds an e-mail address to them.",
        ("2.common-name", "2.org-email"),
    ),
    "keys": ("Only keys of P-256 are accepted.", ("2.csr",)),
}
"""What each reading says, and the statements of the manual that permit it (``tests/manual/statements.yml``)."""

NOT_READ: Mapping[str, str] = {
    "2.sm2": "The parameter of another CSR is not sent.",
    "2.renewal": "A renewal is an order like others.",
    "2.spelling": "The sandbox reads each spelling.",
    "2.no-csr": "An order for a UKey has no CSR in each history.",
    "2.document-type-form": "It is about what is sent.",
    "2.unset-fields": "It is about what is sent.",
    "2.example-error-msg": "Each answer of Create has a text in ``errorMsg``.",
    "4.success-msg": "It is never read.",
    "4.pem-form": "The number of an order selects one of four forms.",
    "4.result": "It is never read.",
    "6.template": "It is about what is sent.",
    "7.idempotence-spelling": "The sandbox reads each spelling.",
    "7.evidence-always": "It is about what is sent.",
}
"""Why open statements of the calls that a history makes have no reading."""


@dataclasses.dataclass(frozen=True)
class Readings:
    """One reading of each open point."""

    unusual: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.unusual.get(name, READINGS[name][0])

    def changed(self, changes: Mapping[str, str]) -> Readings:
        """Return these with other readings."""
        for name, word in changes.items():
            if word not in READINGS[name]:
                raise ValueError(f"{name} is none of {', '.join(READINGS[name])}")
        return Readings({**self.unusual, **changes})

    def of_sandbox(self) -> dict[str, str]:
        """Return those that the sandbox has."""
        return {name: self[name] for name in WORDS}
