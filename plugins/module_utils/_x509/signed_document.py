# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the signature of a PDF (ISO 32000-2, section 12.8) or of a CMS message (RFC 5652).

``cryptography`` verifies signatures, and reads no CMS before release 44. So this reads the few fields that it compares.
A signature is good if the digest is that of the content, and the key of a given certificate signed it. Whether that
certificate is trusted was checked before it was deployed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate, SigningFailed, boundary
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import find_extension, key_type, serial_number
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key, verifies
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import (
    hashes,
    padding,
    require_cryptography,
    x509,
)

_PDF = "pdf"
# ISO 32000-2, section 12.8.1: offset and length of what is signed before and after the signature.
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")
_LONGEST_PDF_START = 1024
_MOST_SIGNATURES = 20
_MOST_SHOWN = 5

_SET, _CONTEXT_0, _CONTEXT_1, _CONTEXT_2, _KEY_ID = 0x31, 0xA0, 0xA1, 0xA2, 0x80
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
# RFC 3161, section 2.4.2, and its appendix A.
_TIMESTAMP_INFO = "1.2.840.113549.1.9.16.1.4"
_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
_HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
# RFC 4055 and RFC 5758. Without a hash of its own, it is that of the digest (RFC 3370).
_PSS = "1.2.840.113549.1.1.10"
_SIGNATURES = {
    "1.2.840.113549.1.1.1": ("RSA", None),
    _PSS: ("RSA", None),
    "1.2.840.113549.1.1.11": ("RSA", "sha256"),
    "1.2.840.113549.1.1.12": ("RSA", "sha384"),
    "1.2.840.113549.1.1.13": ("RSA", "sha512"),
    "1.2.840.10045.2.1": ("ECC", None),
    "1.2.840.10045.4.3.2": ("ECC", "sha256"),
    "1.2.840.10045.4.3.3": ("ECC", "sha384"),
    "1.2.840.10045.4.3.4": ("ECC", "sha512"),
}


@dataclasses.dataclass(frozen=True)
class _Message:
    """A CMS message with signatures (RFC 5652, section 5.1).

    :ivar content: ``None`` if it is kept elsewhere
    """

    content_type: str
    content: bytes | None
    signers: tuple[_Signer, ...]


@dataclasses.dataclass(frozen=True)
class _Signer:
    """One signature of a message (RFC 5652, section 5.3).

    :ivar signed_attributes: ``None`` if the content itself is signed
    """

    certificate_id: der.Element
    digest: str
    signed_attributes: der.Element | None
    algorithm: der.Element
    signature: bytes
    unsigned_attributes: der.Element | None


def check_document(document: bytes, certificate: x509.Certificate, *, form: str, wants_timestamp: bool) -> bool:
    """Check that a document is signed by a certificate, and return whether the signature has an RFC 3161 timestamp.

    Other signatures of the document do not matter.

    :param form: ``pdf`` or ``cms``
    :param wants_timestamp: look for a timestamp. It must be for this signature; who made it is not checked.
    :raises SigningFailed: no signature of the certificate is there, or it is not good
    """
    require_cryptography()
    problem = SigningFailed("The PDF has no signature." if form == _PDF else "The CMS message has no signature.")
    is_good = is_stamped = False
    for data, content in _pdf_signatures(document) if form == _PDF else ((document, None),):
        try:
            with boundary(lambda _error: _not_cms()):
                message = _read(data)
                if message.content_type == _TIMESTAMP_INFO:
                    # A timestamp of the whole document is a signature of its own (ISO 32000-2, section 12.8.5).
                    is_stamped = is_stamped or (wants_timestamp and _stamps(message, content or b""))
                    continue
                signer = _check(message, content, certificate)
                is_good = True
                is_stamped = is_stamped or (wants_timestamp and _has_timestamp(signer))
        except SigningFailed as exc:
            problem = exc
        except BadCertificate:
            problem = _not_cms()
    if not is_good:
        raise problem
    return is_stamped


def _pdf_signatures(document: bytes) -> t.Iterator[tuple[bytes, bytes]]:
    """Yield the CMS structure of each signature of a PDF, and what it signs."""
    if b"%PDF-" not in document[:_LONGEST_PDF_START]:
        raise SigningFailed("The output is no PDF.")
    for found in itertools.islice(_BYTE_RANGE.finditer(document), _MOST_SIGNATURES):
        first, length, second, rest = map(int, found.groups())
        end = second + rest
        gap = document[length:second]
        if first or end > len(document) or not (gap.startswith(b"<") and gap.endswith(b">")):
            raise SigningFailed("The ByteRange of the PDF is not all of it but the signature.")
        try:
            data = bytes.fromhex(gap[1:-1].decode("ascii"))
        except ValueError:
            raise _not_cms() from None
        yield data, document[:length] + document[second:end]


def _read(data: bytes) -> _Message:
    """Read a CMS message.

    What follows it is the padding of a PDF.
    """
    kind, tagged = der.Element.read(data).parts
    if kind.object_id != _SIGNED_DATA:
        raise _not_cms()
    (signed,) = tagged.parts
    _version, _digests, encapsulated, *_others, signers = signed.parts
    content_type, *contents = encapsulated.parts
    content = contents[0].parts[0].octets if contents else None
    return _Message(content_type.object_id, content, tuple(map(_signer, signers.parts)))


def _signer(element: der.Element) -> _Signer:
    _version, certificate_id, digest, *others = element.parts
    attributes = others.pop(0) if others[0].tag == _CONTEXT_0 else None
    algorithm, signature, *unsigned = others
    return _Signer(
        certificate_id, digest.parts[0].object_id, attributes, algorithm, signature.octets, next(iter(unsigned), None)
    )


def _check(message: _Message, content: bytes | None, certificate: x509.Certificate) -> _Signer:
    """Return the good signature of a certificate.

    :param content: what a PDF signs; ``None`` if the message has it
    """
    signer = next((signer for signer in message.signers if _is_by(signer, certificate)), None)
    if signer is None:
        raise SigningFailed(
            "It is signed by the certificate {found}, and the live one is {serial_number}.",
            found=[_shown(signer.certificate_id) for signer in message.signers[:_MOST_SHOWN]],
            serial_number=serial_number(certificate),
        )
    content = message.content if content is None else content
    if content is None:
        raise SigningFailed(
            "The CMS message does not contain what it signs. Let it do so, such as with 'openssl cms -nodetach'."
        )
    if signer.signed_attributes is not None:
        attributes = _attributes(signer.signed_attributes)
        is_of_content = attributes[_MESSAGE_DIGEST].octets == _digest(signer.digest, content)
        if not is_of_content or attributes[_CONTENT_TYPE].object_id != message.content_type:
            raise SigningFailed("The signature is for other content.")
        # They are signed with the tag of a set (RFC 5652, section 5.4).
        content = der.element(_SET, signer.signed_attributes.body)
    if not _verifies(signer, content, certificate):
        raise SigningFailed("The key of the live certificate did not make the signature.")
    return signer


def _is_by(signer: _Signer, certificate: x509.Certificate) -> bool:
    """Return whether a signature names a certificate, by issuer and serial number or by key id."""
    named = signer.certificate_id
    if named.tag == _KEY_ID:
        identifier = find_extension(certificate, x509.SubjectKeyIdentifier)
        return identifier is not None and identifier.digest == named.body
    issuer, serial = named.parts
    is_same = int.from_bytes(serial.body, "big") == certificate.serial_number
    return is_same and issuer.whole == der.issuer(certificate.tbs_certificate_bytes)


def _shown(certificate_id: der.Element) -> str:
    body = certificate_id.body if certificate_id.tag == _KEY_ID else certificate_id.parts[1].body
    return f"{int.from_bytes(body[:40], 'big'):X}"


def _attributes(element: der.Element) -> dict[str, der.Element]:
    """Return the first value of each attribute."""
    found = {}
    for attribute in element.parts:
        kind, values = attribute.parts
        found[kind.object_id] = values.parts[0]
    return found


def _hash(algorithm: str) -> str:
    if algorithm not in _HASHES:
        raise SigningFailed(
            "Its algorithm {algorithm} is not supported. Use SHA-256, SHA-384 or SHA-512.", algorithm=algorithm
        )
    return _HASHES[algorithm]


def _digest(algorithm: str, content: bytes) -> bytes:
    return hashlib.new(_hash(algorithm), content).digest()


def _verifies(signer: _Signer, content: bytes, certificate: x509.Certificate) -> bool:
    algorithm = signer.algorithm.parts[0].object_id
    kind, own_hash = _SIGNATURES.get(algorithm, (None, None))
    if kind is None:
        raise SigningFailed(
            "Its algorithm {algorithm} is not supported. Use RSA or ECDSA with SHA-256, SHA-384 or SHA-512.",
            algorithm=algorithm,
        )
    pss, hashed = None, _hash_of(own_hash or _hash(signer.digest))
    if algorithm == _PSS:
        pss, hashed = _pss(signer.algorithm.parts[1])
    key = certificate_public_key(certificate)
    return key_type(certificate) == kind and verifies(key, signer.signature, content, hashed, pss=pss)


def _hash_of(name: str) -> hashes.HashAlgorithm:
    return {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[name]


def _pss(parameters: der.Element) -> tuple[padding.PSS, hashes.HashAlgorithm]:
    """Return the scheme of RSASSA-PSS (RFC 4055, section 3.1). Without a hash it is SHA-1, which is not supported."""
    given = {part.tag: part.parts[0] for part in parameters.parts}
    own = _hash_of(_hash(given[_CONTEXT_0].parts[0].object_id))
    mask = _hash_of(_hash(given[_CONTEXT_1].parts[1].parts[0].object_id))
    salt = int.from_bytes(given[_CONTEXT_2].body, "big") if _CONTEXT_2 in given else 20
    return padding.PSS(mgf=padding.MGF1(mask), salt_length=salt), own


def _has_timestamp(signer: _Signer) -> bool:
    if signer.unsigned_attributes is None:
        return False
    token = _attributes(signer.unsigned_attributes).get(_TIMESTAMP)
    return token is not None and _stamps(_read(token.whole), signer.signature)


def _stamps(message: _Message, content: bytes) -> bool:
    """Return whether a timestamp is for some content (RFC 3161, section 2.4.2)."""
    _version, _policy, imprint, *_others = der.Element.read(message.content or b"").parts
    algorithm, digest = imprint.parts
    return digest.octets == _digest(algorithm.parts[0].object_id, content)


def _not_cms() -> SigningFailed:
    return SigningFailed("The signature is no CMS structure in DER, or is damaged.")
