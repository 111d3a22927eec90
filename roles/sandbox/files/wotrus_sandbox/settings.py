# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the sandbox (command line, and ``POST /_sandbox/settings``)."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm

from .authority import load_public_key
from .errors import AdminError
from .readings import USUAL, Readings, as_settings

CHOICES: Mapping[str, tuple[str, ...]] = {
    "repeat_answer": ("adopt", "refuse", "refuse_with_id", "new_if_dead"),
    "reissue_answer": ("new", "same", "null"),
    "reissue_old_order": ("issued", "closed", "revoked"),
    "reissue_ends": ("old", "term", "new"),
    "revoke_answer": ("audit", "immediate"),
    "id_style": ("plain", "braces", "mixed"),
    "push_when": ("ready", "issued"),
    "usage": ("signing", "signing_and_encryption", "server"),
}
# Settings in days, with their maximum. Other numbers are seconds.
DAYS: Mapping[str, int] = {"backdate": 3650, "certificate_days": 3650}


@dataclass(frozen=True, slots=True)
class Settings:
    """The behaviour of the sandbox.

    Delays are in seconds of the sandbox's clock.

    review_delay: from the order, or from the revocation request, to the end of the review.
    ca_delay: from the review to the certificate.
    manual_review: reviews end only through the admin API.
    unpaid: new orders are unpaid (``isPay`` 0).
    auto_issue: the certificate is issued automatically; otherwise only RetrievePem makes an order ``issued``.
    reject_new: new orders are rejected at once.
    query_delay: from the order; until then Query and RetrievePem answer HTTP 404.
    backdate: how many days earlier a certificate's validity begins and ends.
    certificate_days: how many days a certificate is valid at most; 0: as long as the term that was paid.
    weak_ca: an intermediate with an RSA key of 1024 bits issues the certificates.
    chain_ends: when the RSA and ECC intermediates in RetrievePem's chains end (ISO 8601); empty: as they were made.
    usage: what certificates are for: signing documents, encryption too, or TLS servers alone.
    revoke_intermediates: OCSP and the revocation lists say that the intermediates are revoked (``--revocation-port``).
    close_expired: an issued order is closed when its certificate expires.
    ukey_public_key: the public key (PEM) of UKeys, which orders without a CSR get.
    repeat_answer: the answer to a repeated idempotence value: the first order's id, an error, an error with that id,
        or a new order if the first one is closed, rejected or revoked (Create only; Reissue as ``adopt``).
    idempotence_lifetime: seconds after which an idempotence value is forgotten; 0: never.
    reissue_answer: ``newOrderID`` is the id of a new order or of the same order, or null. Null keeps the order too.
    reissue_old_order: the status of the old order after a reissue with its own id is issued.
    reissue_ends: when the certificate of a reissue ends, within ``certificate_days``: with the ``old`` one, with the
        ``term`` that was paid, or as a ``new`` order's. An expired certificate is reissued within the term, unless it
        is ``old``.
    reissue_serves_old: how long RetrievePem returns the old certificate after a reissue that keeps the order's id.
    revoke_answer: ``audit`` (pendingAudit) or ``immediate`` (revoked at once).
    notify_sent: ``sentResult`` for an issued order.
    id_style: the form of order ids in answers: lower case (``plain``); upper case in braces from Create and Reissue,
        else lower case (``braces``); upper case, lower case or a space at the end, by the order (``mixed``).
    numbers_as_text: numbers in answers are JSON strings.
    readings: the words of the readings that have no other setting (``readings.py``). A change may name every reading.
    push_*: the address, time and signature of pushes. push_retry_delay follows the system's clock.
    """

    review_delay: float = 0.0
    ca_delay: float = 0.0
    manual_review: bool = False
    unpaid: bool = False
    auto_issue: bool = False
    reject_new: bool = False
    query_delay: float = 0.0
    backdate: float = 0.0
    certificate_days: float = 0.0
    weak_ca: bool = False
    chain_ends: str = ""
    usage: str = "signing"
    revoke_intermediates: bool = False
    close_expired: bool = False
    ukey_public_key: str = ""
    repeat_answer: str = "adopt"
    idempotence_lifetime: float = 0.0
    reissue_answer: str = "new"
    reissue_old_order: str = "issued"
    reissue_ends: str = "old"
    reissue_serves_old: float = 0.0
    revoke_answer: str = "audit"
    notify_sent: bool = True
    id_style: str = "plain"
    numbers_as_text: bool = False
    readings: Readings = field(default_factory=lambda: USUAL)
    push_url: str = ""
    push_secret: str = ""
    push_header: str = "X-WoTrus-Signature"
    push_ca: str = ""
    push_when: str = "ready"
    push_retry_delay: float = 1.0

    def with_changes(self, wanted: Mapping[str, object]) -> Settings:
        """Return these settings with the ``wanted`` values.

        AdminError for a wrong name or value.
        """
        known = asdict(self)
        values: dict[str, Any] = {}
        for name, value in wanted.items():
            if name == "readings":
                found = as_settings(value)
                values |= {**found, "readings": {**self.readings, **found["readings"]}}
                continue
            if name not in known:
                raise AdminError(f"unknown setting {name!r}; known: {', '.join(known)}")
            values[name] = _check_value(name, value, like=known[name])
        return replace(self, **values)

    def to_json(self) -> dict[str, object]:
        """Return the settings as JSON.

        The secret is shown as true or false only.
        """
        return {**asdict(self), "push_secret": bool(self.push_secret)}


def _check_value(name: str, value: object, *, like: object) -> object:
    if isinstance(like, bool):
        if not isinstance(value, bool):
            raise AdminError(f"{name} must be true or false")
        return value
    if isinstance(like, float):
        most = DAYS.get(name, math.inf)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most or value == math.inf:
            allowed = f"days from 0 to {most}" if name in DAYS else "seconds, 0 or more"
            raise AdminError(f"{name} must be a number of {allowed}")
        return float(value)
    if not isinstance(value, str):
        raise AdminError(f"{name} must be a string")
    return _check_text(name, value)


def _check_text(name: str, value: str) -> str:
    if name in CHOICES and value not in CHOICES[name]:
        raise AdminError(f"{name} must be one of: {', '.join(CHOICES[name])}")
    if name == "chain_ends" and value:
        try:
            datetime.datetime.fromisoformat(value)
        except ValueError:
            raise AdminError("chain_ends must be a date, such as 2027-01-31") from None
    if name == "push_url" and value and urlsplit(value).scheme not in ("http", "https"):
        raise AdminError("push_url must begin with http:// or https://")
    if name == "ukey_public_key" and value:
        try:
            load_public_key(value)
        except (ValueError, UnsupportedAlgorithm):
            raise AdminError("ukey_public_key must be an RSA or ECC public key in PEM") from None
    return value
