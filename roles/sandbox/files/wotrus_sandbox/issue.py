# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the certificates of an order: one of RSA or ECC, or an SM2 pair."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from cryptography import x509

from .authority import Authority
from .order import Order
from .sm2 import CHAIN, Sm2Authority
from .store import Issued

# Authorities date back a little, for clients whose clocks are slow.
BACKDATED = datetime.timedelta(minutes=10)
SHORTEST = datetime.timedelta(days=1)


def issue(
    order: Order, *, authority: Authority, sm2: Sm2Authority, now: float, backdate: datetime.timedelta
) -> list[Issued]:
    """Return new certificates for ``order``, dated from ``now`` (seconds since 1970) for its months.

    ``backdate``: how far both ends lie back; a reissue ends with the old certificate all the same.
    Making keys and calling ``openssl`` takes a while: call it in a thread. Sm2Error when ``openssl`` cannot.
    """
    moment = datetime.datetime.fromtimestamp(int(now), tz=datetime.UTC)
    begin = moment - backdate - BACKDATED
    end = add_months(moment - backdate, order.sent.months)
    if order.not_after is not None:
        # A reissue ends when the certificate it replaces would have ended.
        end = max(datetime.datetime.fromtimestamp(order.not_after, tz=datetime.UTC), moment + SHORTEST)
    subject = _subject(order)
    if order.sm2_pair:
        return [
            _sm2(sm2.issue(csr=csr, part=part, subject=subject, not_before=begin, not_after=end), part=part)
            for part, csr in (("Sign", order.sent.csr), ("Encrypt", order.sent.csr_encrypt))
        ]
    organization = order.sent.organization
    chain, pem, certificate = authority.issue(
        csr=order.sent.csr,
        subject=subject,
        email=organization.get("orgEmail") or organization.get("userEmail") or "",
        server=order.product.server,
        not_before=begin,
        not_after=end,
    )
    return [_issued(certificate, pem=pem, part="RSA", chain=chain)]


def add_months(moment: datetime.datetime, months: int) -> datetime.datetime:
    """Return the same day ``months`` later, or the last day of that month where it has no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    first = moment.replace(year=moment.year + years, month=month + 1, day=1)
    after = (first + datetime.timedelta(days=32)).replace(day=1)
    return first.replace(day=min(moment.day, (after - datetime.timedelta(days=1)).day))


def _subject(order: Order) -> Mapping[str, str]:
    organization = order.sent.organization
    return {
        "C": (organization.get("countryCode") or "CN").upper(),
        "ST": organization.get("state", ""),
        "L": organization.get("city", ""),
        "O": organization["orgName"],
        "CN": order.sent.common_name,
    }


def _sm2(pem: str, *, part: str) -> Issued:
    return _issued(x509.load_pem_x509_certificate(pem.encode()), pem=pem, part=part, chain=CHAIN)


def _issued(certificate: x509.Certificate, *, pem: str, part: str, chain: str) -> Issued:
    return Issued(
        serial=f"{certificate.serial_number:X}",
        part=part,
        chain=chain,
        pem=pem,
        not_after=certificate.not_valid_after_utc.timestamp(),
    )
