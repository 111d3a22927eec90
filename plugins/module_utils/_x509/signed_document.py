# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the signature of a PDF (ISO 32000-2, section 12.8) or of a CMS message (RFC 5652), as its readers do.

The digest is that of the content, the key of the live certificate signed it, and the document has that certificate and
those between it and the root. What is not known here is refused.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from ansible_collections.wotrus.pki.plugins.module_utils._errors import SigningFailed, UntrustedChain
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import cms, der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import (
    extended_key_usage,
    name_text,
    serial_number,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.document_signatures import (
    TIMESTAMP_INFO,
    DocumentSignature,
    digest_of,
    is_by,
    is_signed,
    pdf_signatures,
    readable,
    signed_content,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import require_cryptography, validity, x509
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import SentContent

_PDF = "pdf"
# RFC 3161, appendix A.
_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"


@dataclasses.dataclass(frozen=True)
class CheckedDocument:
    """A document with a good signature of the live certificate, and what a reader may still miss.

    :ivar lacks_chain: it has no path from the live certificate to the root, and would with those of the release
    :ivar is_followed: something follows what is signed
    :ivar is_stamped: it has a good timestamp of RFC 3161 for this signature
    :ivar bad_timestamp: why a timestamp that it has is not good; ``None`` without one
    """

    lacks_chain: bool
    is_followed: bool
    is_stamped: bool
    bad_timestamp: Message | None


def check_document(
    document: bytes,
    path: Sequence[x509.Certificate],
    *,
    form: str,
    now: datetime.datetime,
    is_strict: bool,
    wants_timestamp: bool,
    sent: SentContent | None,
) -> CheckedDocument:
    """Check that a document is signed by the live certificate, as its readers do.

    Earlier signatures of a PDF do not matter. Of several by the live certificate, the last one counts.

    :param path: the live certificate, its intermediates and the root
    :param form: ``pdf`` or ``cms``
    :param now: a time with a time zone
    :param is_strict: no certificate may break a rule
    :param wants_timestamp: look for a timestamp. Whether readers trust its authority is not checked.
    :param sent: what must be signed, which a CMS message needs not contain; ``None`` for anything
    :raises WotrusError: no signature of the certificate is there, or it is not good
    """
    require_cryptography()
    is_pdf, problem = form == _PDF, None
    stamps: list[tuple[DocumentSignature, cms.SignedMessage]] = []
    for signature in pdf_signatures(document) if is_pdf else [DocumentSignature(document, end=len(document))]:
        try:
            with readable():
                message = cms.read(signature.data, is_padded=is_pdf)
                if message.content_type == TIMESTAMP_INFO and is_pdf:
                    # A timestamp of the whole document is a signature of its own (ISO 32000-2, section 12.8.5).
                    stamps.append((signature, message))
                    continue
                signer = _check(message, signature.content, sent, path[0])
        except SigningFailed as exc:
            problem = problem or exc
            continue
        later = [(message, one.content or b"") for one, message in stamps if one.begin >= signature.end]
        is_stamped, bad_timestamp = _timestamp(signer, later, path[0]) if wants_timestamp else (False, None)
        return CheckedDocument(
            lacks_chain=not _has_path(message, path, now=now, is_strict=is_strict),
            is_followed=signature.end < len(document),
            is_stamped=is_stamped,
            bad_timestamp=bad_timestamp,
        )
    raise problem or SigningFailed("The PDF has no signature.")


def _check(
    message: cms.SignedMessage, content: bytes | None, sent: SentContent | None, certificate: x509.Certificate
) -> cms.Signer:
    """Return the good signature of a certificate.

    :param content: what a PDF signs; ``None`` if the message has it
    :param sent: what must be signed; ``None`` for anything
    """
    is_pdf = content is not None
    # Of several, readers may look at another one. A PDF has one alone (ISO 32000-2, section 12.8.3.3).
    if len(message.signers) != 1:
        raise SigningFailed("The CMS structure has {number} signatures, not one.", number=len(message.signers))
    (signer,) = message.signers
    if not is_by(signer, certificate):
        raise SigningFailed(
            "It is signed by the certificate {found}, and the live one is {serial_number}.",
            found=_shown(signer.certificate_id),
            serial_number=serial_number(certificate),
        )
    content = signed_content(message, content, None if sent is None else sent.data)
    if not is_signed(message, content, certificate):
        raise SigningFailed("The key of the live certificate did not make the signature.")
    if sent is not None and not sent.is_in(content, is_pdf=is_pdf):
        raise SigningFailed(
            "The signed document is not the one of test_signature.content, and may be an older one. Let the command "
            "send that file. If the service writes documents anew, set test_signature.content to none."
        )
    if certificate not in message.certificates:
        raise SigningFailed(
            "The signature does not have the live certificate {serial_number}. Let the service add it.",
            serial_number=serial_number(certificate),
        )
    _require_only(message, certificate)
    return signer


def _require_only(message: cms.SignedMessage, certificate: x509.Certificate) -> None:
    """Check that a signature names no other certificate of its message, which readers may take."""
    if any(is_by(message.signers[0], other) for other in message.certificates if other != certificate):
        raise SigningFailed("The signature names several certificates that it has. Let the service add one alone.")


def _has_path(
    message: cms.SignedMessage, path: Sequence[x509.Certificate], *, now: datetime.datetime, is_strict: bool
) -> bool:
    """Return whether the certificates of a message lead from the live one to the root.

    :raises WotrusError: they would not with those of the release either, or one is expired or revoked
    """
    live, *chain, root = path
    for one in (live, *message.certificates):
        for revocations in message.revocations:
            is_listed = revocations.get_revoked_certificate_by_serial_number(one.serial_number) is not None
            if is_listed and revocations.issuer == one.issuer:
                raise SigningFailed(
                    "The document says that its certificate {serial_number} is revoked.",
                    serial_number=serial_number(one),
                )
    key = certificate_public_key_sha256(live)
    # Another certificate of the same key would be a leaf too.
    others = [one for one in message.certificates if certificate_public_key_sha256(one) != key]
    with_those = [live, *others]
    try:
        build_bundle(with_those, public_key_sha256=key, anchors=[root], now=now, is_strict=is_strict)
    except UntrustedChain:
        build_bundle([*with_those, *chain], public_key_sha256=key, anchors=[root], now=now, is_strict=is_strict)
        return False
    return True


def _shown(certificate_id: der.Element) -> str:
    body = certificate_id.body if certificate_id.tag == cms.KEY_ID else certificate_id.parts[1].body
    return f"{int.from_bytes(body[:40], 'big'):X}"


def _timestamp(
    signer: cms.Signer, later: list[tuple[cms.SignedMessage, bytes]], live: x509.Certificate
) -> tuple[bool, Message | None]:
    """Return whether a signature has a good timestamp, and else why one that it has is not good.

    :param later: the timestamps of the whole document, each with what it signs
    """
    bad = None
    try:
        with readable():
            attributes = cms.attributes(signer.unsigned_attributes) if signer.unsigned_attributes else {}
            if _TIMESTAMP in attributes:
                later = [(cms.read(attributes[_TIMESTAMP].whole), signer.signature), *later]
    except SigningFailed as exc:
        bad = exc.message
    for message, content in later:
        try:
            with readable():
                _check_timestamp(message, content, live)
        except SigningFailed as exc:
            bad = bad or exc.message
        else:
            return True, None
    return False, bad


def _check_timestamp(message: cms.SignedMessage, content: bytes, live: x509.Certificate) -> None:
    """Check that a timestamp is for some content, and good by a certificate that it has (RFC 3161, section 2.4.2)."""
    own = [one for one in message.certificates if len(message.signers) == 1 and is_by(message.signers[0], one)]
    if message.content_type != TIMESTAMP_INFO or message.content is None or not own:
        raise SigningFailed("It has no certificate of its authority.")
    _require_only(message, own[0])
    _version, _policy, imprint, _serial, moment, *_others = der.Element.read(message.content).parts
    algorithm, digest = imprint.parts
    if digest.octets != digest_of(cms.hash_of(algorithm), content):
        raise SigningFailed("It is for another signature.")
    if not is_signed(message, message.content, own[0]) or extended_key_usage(own[0]) != ["timeStamping"]:
        raise SigningFailed("The certificate that it has did not make it, or is not for timestamps alone.")
    made = datetime.datetime.strptime(moment.body[:14].decode("ascii") + "+0000", "%Y%m%d%H%M%S%z")
    for one in (own[0], live):
        first, last = validity(one)
        if not first <= made <= last:
            raise SigningFailed("Its time is outside of the validity of {subject}.", subject=name_text(one.subject))
