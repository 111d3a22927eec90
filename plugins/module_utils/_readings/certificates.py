# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readings that a certificate and its chain show."""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._readings.query import Words
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import parse_csr
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import (
    ANY_USAGE,
    DOCUMENT_USAGES,
    describe,
    find_extension,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import (
    AuthorityInformationAccessOID,
    NameOID,
    ec,
    validity,
    x509,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates

_SIGN, _ENCRYPT = {"digitalSignature", "nonRepudiation"}, {"keyEncipherment", "dataEncipherment", "keyAgreement"}
_LIFETIMES = (90, 100, 200, 360, 398, 460)
# CAs begin the validity a little earlier, for clients whose clocks are slow.
_EARLIER, _LATER = dt.timedelta(minutes=1), dt.timedelta(minutes=30)
_DAYS = dt.timedelta(days=2)
_BACKDATED = dt.timedelta(days=150), dt.timedelta(days=250)


@dataclasses.dataclass(frozen=True)
class Issued:
    """What counts of a certificate.

    :ivar emails: the e-mail addresses that it names
    """

    key: str
    begins: dt.datetime
    ends: dt.datetime
    common_name: str | None
    organization: str | None
    emails: frozenset[str]


def read_certificates(texts: t.Iterable[t.Any]) -> list[x509.Certificate]:
    """Return the certificates of PEM texts; none if one cannot be read."""
    try:
        return [one for text in texts if isinstance(text, str) for one in load_certificates(text)]
    except WotrusError:
        return []


def issued_of(certificate: x509.Certificate) -> Issued | None:
    """Return what counts of a certificate; ``None`` if it cannot be read."""
    try:
        facts = describe(certificate)
    except WotrusError:
        return None
    begins, ends = validity(certificate)
    names = find_extension(certificate, x509.SubjectAlternativeName)
    alternative = names.get_values_for_type(x509.RFC822Name) if names else []
    return Issued(
        key=facts["public_key_sha256"],
        begins=begins,
        ends=ends,
        common_name=_name(certificate, NameOID.COMMON_NAME),
        organization=_name(certificate, NameOID.ORGANIZATION_NAME),
        emails=frozenset((*alternative, *filter(None, [_name(certificate, NameOID.EMAIL_ADDRESS)]))),
    )


def _name(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str | None:
    values = [attribute.value for attribute in certificate.subject.get_attributes_for_oid(oid)]
    return str(values[0]) if values else None


def words_of_certificate(certificate: x509.Certificate) -> Words:
    """Yield the readings of a certificate's extensions."""
    try:
        facts = describe(certificate)
    except WotrusError:
        return
    usages, extended = set(facts["key_usage"]), set(facts["extended_key_usage"])
    if usages:
        signs, encrypts = bool(usages & _SIGN), bool(usages & _ENCRYPT)
        word = "sign and encrypt" if signs and encrypts else "sign" if signs else "encrypt" if encrypts else "neither"
        yield "key_usage", word
    is_for_documents = bool(extended & {ANY_USAGE, *DOCUMENT_USAGES})
    yield "extended_usage", "documents" if is_for_documents else "others" if extended else "none"
    access = find_extension(certificate, x509.AuthorityInformationAccess) or ()
    has_ocsp = any(one.access_method == AuthorityInformationAccessOID.OCSP for one in access)
    has_lists = find_extension(certificate, x509.CRLDistributionPoints) is not None
    word = "OCSP and lists" if has_ocsp and has_lists else "OCSP" if has_ocsp else "lists" if has_lists else "none"
    yield "revocation_addresses", word


def word_of_chain(leaf: x509.Certificate, chain: t.Sequence[x509.Certificate]) -> str | None:
    """Return the reading of a chain's order, by the names in it; ``None`` if it shows none."""
    found = list(dict.fromkeys(chain))
    if len(found) < 2:
        return None
    if not any(one.subject == one.issuer for one in found):
        return "without a root"
    if leaf.issuer == found[-1].subject and found[0].subject == found[0].issuer:
        return "root first"
    if leaf.issuer == found[0].subject and found[-1].subject == found[-1].issuer:
        return "nearest first"
    return "in no order"


def words_of_length(issued: Issued, months: int | None) -> Words:
    """Yield how long a certificate is against its term, if only one reading fits.

    :param months: the paid term
    """
    if months is None:
        return
    lengths = (dt.timedelta(days=30 * months), dt.timedelta(days=365 * months / 12))
    ends = (_months_later(issued.begins, months), *(issued.begins + length for length in lengths))
    is_term = any(abs(issued.ends - end) <= _DAYS for end in ends)
    fitting = [days for days in _LIFETIMES if _fits(issued.ends, issued.begins + dt.timedelta(days=days))]
    if is_term and not fitting:
        yield "lifetime", "the term"
    elif fitting and not is_term:
        yield "lifetime", f"{fitting[0]} days"


def _fits(end: dt.datetime, expected: dt.datetime) -> bool:
    return -_EARLIER <= end - expected <= _LATER


def _months_later(moment: dt.datetime, months: int) -> dt.datetime:
    """Return the same day some months later, or the last one of a shorter month."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def words_of_begin(issued: Issued, created: dt.datetime) -> Words:
    """Yield whether a certificate begins long before its order."""
    earlier = created - issued.begins
    if _BACKDATED[0] <= earlier <= _BACKDATED[1]:
        yield "backdated", "200 days"
    elif earlier <= dt.timedelta(days=1):
        yield "backdated", "no"


def is_p256(csr: str | None) -> bool:
    """Return whether a CSR is for a key of P-256; true if that is not known."""
    try:
        key = parse_csr(csr).public_key() if csr else None
    except WotrusError:
        return True
    return key is None or (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1")
