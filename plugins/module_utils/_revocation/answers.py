# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verify what a CA answers about the revocation of a certificate.

An OCSP answer follows RFC 6960 and the profile of RFC 5019. It is for one certificate, and signed by its issuer or by a
responder that the issuer certified for this. No nonce is sent, since a CA may prepare its answers: the times of an
answer limit how long somebody can repeat it. A certificate revocation list follows RFC 5280, section 6.3. It is
complete, and signed by the issuer itself. Delta lists and indirect lists are not supported.

The server that answers is not trusted. An answer counts only if all of these checks pass. One past its end counts only
if it says that the certificate is revoked for good: no later answer takes that back (RFC 5280, section 5.3.1).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import GOOD, REVOKED, STALE, UNUSABLE
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import find_extension, is_ca
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import (
    ExtendedKeyUsageOID,
    hashes,
    ocsp,
    parsing_errors,
    serialization,
    utc_time,
    validity,
    x509,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import find_blocks
from ansible_collections.wotrus.pki.plugins.module_utils._x509.rules import rule_of_leaf, weak_hash
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signature import has_signature_of, is_signed_by

_TOLERANCE = dt.timedelta(minutes=5)
"""The difference of two clocks that is accepted."""

_LONGEST_WITHOUT_END = dt.timedelta(days=1)
"""How long an OCSP answer without ``nextUpdate`` is fresh."""

_SEQUENCE = b"\x30"
"""With which DER begins."""

_MOST_DELEGATES = 4
_OCSP_EXTENSIONS = {"1.3.6.1.5.5.7.48.1.2"}  # nonce
_CRL_EXTENSIONS = {"2.5.29.20", "2.5.29.35", "2.5.29.28"}  # cRLNumber, authorityKeyIdentifier, issuingDistributionPoint
_ENTRY_EXTENSIONS = {"2.5.29.21", "2.5.29.24"}  # cRLReasons, invalidityDate


class Unusable(Exception):
    """An answer says nothing about the certificate. The first argument is a message that says why."""

    state = UNUSABLE


class Stale(Unusable):
    """An answer is verified, but too old."""

    state = STALE


@dataclasses.dataclass(frozen=True)
class Answer:
    """A verified answer: it is fresh, or an old one about a revocation.

    :ivar state: ``good`` or ``revoked``
    :ivar revoked_at: the time of the revocation
    :ivar is_on_hold: whether the revocation may be lifted
    """

    state: str
    this_update: dt.datetime
    next_update: dt.datetime | None
    revoked_at: dt.datetime | None = None
    is_on_hold: bool = False

    @property
    def ends(self) -> dt.datetime:
        """Until when it is fresh."""
        return self.next_update or self.this_update + _LONGEST_WITHOUT_END

    def is_fresh(self, now: dt.datetime) -> bool:
        """Return whether it is not past its end."""
        return self.ends >= now - _TOLERANCE


def ocsp_request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """Return the OCSP request for a certificate."""
    # RFC 5019, section 2.1.1. The digests only find the certificate, so they need no strength.
    digest_of_ids = hashes.SHA1
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, digest_of_ids())
    return builder.build().public_bytes(serialization.Encoding.DER)


def read_ocsp(data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, *, now: dt.datetime) -> Answer:
    """Return what an OCSP responder says of a certificate (RFC 6960, sections 3.2 and 4.2).

    :raises Stale: it is too old
    :raises Unusable: it must not be used
    """
    try:
        response = ocsp.load_der_ocsp_response(data)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise Unusable(Message("it answered {status}", status=response.response_status.name))
        if not der.is_der(response.tbs_response_bytes):
            raise Unusable(Message("it is no OCSP answer"))
        if not _is_about(response, certificate, issuer):
            raise Unusable(Message("it answered for another certificate"))
        answer = _answer_of(response)
        _require_date(answer, now)
        # Who signed an old answer was certified for it then.
        signed_at = now if answer.is_fresh(now) else answer.this_update
        _require_signature(response, response.tbs_response_bytes, _responders(response, issuer, signed_at))
        critical = _unknown_critical([*response.extensions, *response.single_extensions], _OCSP_EXTENSIONS)
        if critical:
            raise Unusable(critical)
        if response.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
            raise Unusable(Message("it does not know the certificate"))
    except parsing_errors() as exc:
        raise Unusable(Message("it is no OCSP answer")) from exc
    return _lasting(answer, now)


def _answer_of(response: ocsp.OCSPResponse) -> Answer:
    """Return what an OCSP answer says."""
    is_revoked = response.certificate_status is ocsp.OCSPCertStatus.REVOKED
    return Answer(
        REVOKED if is_revoked else GOOD,
        utc_time(response, "this_update"),
        utc_time(response, "next_update"),
        utc_time(response, "revocation_time") if is_revoked else None,
        is_on_hold=is_revoked and response.revocation_reason is x509.ReasonFlags.certificate_hold,
    )


def read_crl(
    data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, *, address: str, now: dt.datetime
) -> Answer:
    """Return what a certificate revocation list says of a certificate (RFC 5280, section 6.3.3).

    :param data: in DER, or in PEM as some CAs serve it
    :param address: the certificate's distribution point that the list is from
    :raises Stale: it is too old
    :raises Unusable: it must not be used
    """
    try:
        crl = _load_crl(data)
        if crl.issuer != issuer.subject:
            raise Unusable(Message("its list is of another CA"))
        usage = find_extension(issuer, x509.KeyUsage)
        _require_signature(crl, crl.tbs_certlist_bytes, [issuer] if usage is None or usage.crl_sign else [])
        wrong = _wrong_scope(crl, certificate, address) or _unknown_critical(crl.extensions, _CRL_EXTENSIONS)
        if wrong:
            raise Unusable(wrong)
        this_update, next_update = utc_time(crl, "last_update"), utc_time(crl, "next_update")
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        unknown = _unknown_critical(entry.extensions, _ENTRY_EXTENSIONS) if entry is not None else None
        if unknown:
            raise Unusable(unknown)
        revoked_at = utc_time(entry, "revocation_date") if entry is not None else None
        reason = _reason_of(entry) if entry is not None else None
    except parsing_errors(BadCertificate) as exc:
        raise Unusable(Message("it is no certificate revocation list")) from exc
    if this_update is None or next_update is None:
        raise Unusable(Message("it has no date"))
    is_good = entry is None or reason is x509.ReasonFlags.remove_from_crl
    is_on_hold = reason is x509.ReasonFlags.certificate_hold
    answer = Answer(GOOD if is_good else REVOKED, this_update, next_update, revoked_at, is_on_hold)
    _require_date(answer, now)
    return _lasting(answer, now)


def _load_crl(data: bytes) -> x509.CertificateRevocationList:
    """Read a list in DER, as RFC 5280 has it, or in PEM."""
    if not data.startswith(_SEQUENCE):
        blocks = find_blocks(data.decode("latin-1"), labels=("X509 CRL",), longest=len(data))
        data = next(blocks, b"")
    crl = x509.load_der_x509_crl(data)
    if not der.names_its_signer(data):
        raise Unusable(Message("it is not signed by the issuer"))
    return crl


def _reason_of(entry: x509.RevokedCertificate) -> x509.ReasonFlags | None:
    reasons = [extension.value for extension in entry.extensions if isinstance(extension.value, x509.CRLReason)]
    return reasons[0].reason if reasons else None


def _is_about(response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether an answer has the id of a certificate, with whatever hash algorithm the responder uses."""
    wanted = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, response.hash_algorithm).build()
    names = ("issuer_name_hash", "issuer_key_hash", "serial_number")
    return all(getattr(response, name) == getattr(wanted, name) for name in names)


def _responders(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: dt.datetime) -> list[x509.Certificate]:
    """Return who may sign an answer (RFC 6960, section 4.2.2.2): the issuer, and responders that it certified.

    A responder that is revoked itself is not found. Its certificates are short-lived for that (section 4.2.2.2.1).
    """
    delegates = (one for one in response.certificates[:_MOST_DELEGATES] if _is_delegate(one, issuer, now))
    return [one for one in (issuer, *delegates) if _is_responder(response, one)]


def _is_responder(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    """Return whether an answer names a certificate as the one of its signer (RFC 6960, section 4.2.2.3)."""
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    key = certificate_public_key(certificate)
    return key is not None and response.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(key).digest


def _is_delegate(certificate: x509.Certificate, issuer: x509.Certificate, now: dt.datetime) -> bool:
    usages, (first, last) = find_extension(certificate, x509.ExtendedKeyUsage), validity(certificate)
    is_for_ocsp = usages is not None and ExtendedKeyUsageOID.OCSP_SIGNING in usages
    is_valid = first <= now <= last
    return is_for_ocsp and is_valid and rule_of_leaf(certificate) is None and is_signed_by(certificate, issuer)


def _require_signature(signed: t.Any, data: bytes, signers: t.Iterable[x509.Certificate]) -> None:
    weak = weak_hash(signed)
    if weak is not None:
        raise Unusable(Message("it is signed with {weak}, which can be forged", weak=weak))
    if not any(has_signature_of(signer, signed, data) for signer in signers):
        raise Unusable(Message("it is not signed by the issuer"))


def _unknown_critical(extensions: t.Iterable[x509.Extension[t.Any]], known: t.Container[str]) -> Message | None:
    oids = [
        extension.oid.dotted_string
        for extension in extensions
        if extension.critical and extension.oid.dotted_string not in known
    ]
    return Message("it has the unknown critical extension {oid}", oid=oids[0]) if oids else None


def _wrong_scope(crl: x509.CertificateRevocationList, certificate: x509.Certificate, address: str) -> Message | None:
    """Return why a list is not complete for a certificate (RFC 5280, sections 5.2.4, 5.2.5 and 6.3.3 b)."""
    for extension in crl.extensions:
        scope = extension.value
        if isinstance(scope, x509.DeltaCRLIndicator):
            return Message("it is a delta list, which is not supported")
        if isinstance(scope, x509.IssuingDistributionPoint) and not _covers(scope, certificate, address):
            return Message("its list is not for this certificate")
    return None


def _covers(scope: x509.IssuingDistributionPoint, certificate: x509.Certificate, address: str) -> bool:
    """Return whether the issuing distribution point of a list covers a certificate."""
    if scope.indirect_crl or scope.only_some_reasons or scope.only_contains_attribute_certs or scope.relative_name:
        return False
    if scope.only_contains_user_certs if is_ca(certificate) else scope.only_contains_ca_certs:
        return False
    # One of several lists of a CA has the certificate only if both name the same point.
    return scope.full_name is None or address in [name.value for name in scope.full_name]


def _require_date(answer: Answer, now: dt.datetime) -> None:
    if answer.this_update > now + _TOLERANCE or answer.ends < answer.this_update:
        date = format_timestamp(answer.this_update)
        raise Unusable(Message("it is dated {date}, which is in the future", date=date))


def _lasting(answer: Answer, now: dt.datetime) -> Answer:
    """Return an answer that still counts: a fresh one, or a revocation for good."""
    is_final = answer.state == REVOKED and not answer.is_on_hold
    if not (is_final or answer.is_fresh(now)):
        raise Stale(Message("its answer was good until {date}", date=format_timestamp(answer.ends)))
    return answer
