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
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_der

_PDF = "pdf"
# ISO 32000-2, section 12.8.1: offset and length of what is signed before and after the signature.
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")
_LONGEST_PDF_START = 1024
_MOST_SIGNATURES = 20
_MOST_SHOWN = 5

_NULL = b"\5\0"
_SEQUENCE, _SET, _INTEGER, _OCTETS, _DIVIDED_OCTETS = 0x30, 0x31, 0x02, 0x04, 0x24
_CONTEXT_0, _CONTEXT_1, _CONTEXT_2, _CONTEXT_3, _KEY_ID = 0xA0, 0xA1, 0xA2, 0xA3, 0x80
# Of a message, its signed data with its tag, and the version, digests, content and signers of that.
_MESSAGE_TAGS = (_SEQUENCE, _CONTEXT_0, _SEQUENCE, _INTEGER, _SET, _SEQUENCE, _SET)
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
_PSS, _MGF1 = "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8"
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
    :ivar digests: the algorithms with which content is digested
    :ivar certificates: those that it has for its readers
    """

    content_type: str
    content: bytes | None
    digests: tuple[str, ...]
    certificates: tuple[x509.Certificate, ...]
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
    whole = der.Element.read(data)
    kind, tagged = whole.parts
    if kind.object_id != _SIGNED_DATA or not der.is_valid(whole):
        raise _not_cms()
    signed = _only(tagged)
    version, digests, encapsulated, *others, signers = signed.parts
    _of_tags([whole, tagged, signed, version, digests, encapsulated, signers], *_MESSAGE_TAGS)
    _require_version(version)
    certificates, lists = _optional(others, _CONTEXT_0, _CONTEXT_1)
    sent = tuple(load_der(one.whole) for one in (certificates.parts if certificates is not None else ()))
    for one in lists.parts if lists is not None else ():
        x509.load_der_x509_crl(one.whole)
    content_type, *contents = encapsulated.parts
    (tagged_content,) = _optional(contents, _CONTEXT_0)
    content = None if tagged_content is None else _string(_only(tagged_content))
    return _Message(
        content_type.object_id, content, tuple(map(_algorithm, digests.parts)), sent, tuple(map(_signer, signers.parts))
    )


def _signer(element: der.Element) -> _Signer:
    version, certificate_id, digest, *others = element.parts
    attributes = others.pop(0) if others[0].tag == _CONTEXT_0 else None
    algorithm, signature, *last = others
    _of_tags([element, version, digest, algorithm], _SEQUENCE, _INTEGER, _SEQUENCE, _SEQUENCE)
    _require_version(version)
    if certificate_id.tag != _KEY_ID:
        _of_tags([certificate_id, *certificate_id.parts], _SEQUENCE, _SEQUENCE, _INTEGER)
    (unsigned,) = _optional(last, _CONTEXT_1)
    return _Signer(certificate_id, _algorithm(digest), attributes, algorithm, _string(signature), unsigned)


def _of_tags(elements: list[der.Element], *tags: int) -> list[der.Element]:
    """Return elements that have the tags that they must have.

    :raises BadCertificate: one has another
    """
    if [element.tag for element in elements] != [*tags]:
        raise BadCertificate("The DER is damaged.")
    return elements


def _optional(elements: list[der.Element], *tags: int) -> list[der.Element | None]:
    """Return the elements that may be missing, by their tags and in the order of these.

    :raises BadCertificate: there are others
    """
    found = {element.tag: element for element in elements}
    _of_tags(elements, *(tag for tag in tags if tag in found))
    return [found.get(tag) for tag in tags]


def _require_version(element: der.Element) -> None:
    """Check that a version is a small number.

    :raises BadCertificate: it is not
    """
    if len(element.body) != 1:
        raise BadCertificate("The DER is damaged.")


def _only(element: der.Element) -> der.Element:
    """Return the only element of the content of another one.

    :raises BadCertificate: it has several, or none
    """
    parts = element.parts
    if len(parts) != 1:
        raise BadCertificate("The DER is damaged.")
    return parts[0]


def _algorithm(element: der.Element) -> str:
    """Return the object identifier of an algorithm, which may have parameters."""
    object_id, *parameters = element.parts
    if element.tag != _SEQUENCE or len(parameters) > 1:
        raise BadCertificate("The DER is damaged.")
    return object_id.object_id


def _string(element: der.Element) -> bytes:
    """Return the content of an octet string, which BER may divide."""
    if element.tag not in (_OCTETS, _DIVIDED_OCTETS):
        raise BadCertificate("The DER is damaged.")
    return element.octets


def _check(message: _Message, content: bytes | None, certificate: x509.Certificate) -> _Signer:
    """Return the good signature of a certificate, the first of several, of which each must be good.

    :param content: what a PDF signs; ``None`` if the message has it
    """
    own = [signer for signer in message.signers if _is_by(signer, certificate)]
    if not own:
        raise SigningFailed(
            "It is signed by the certificate {found}, and the live one is {serial_number}.",
            found=[_shown(signer.certificate_id) for signer in message.signers[:_MOST_SHOWN]],
            serial_number=serial_number(certificate),
        )
    if content is not None and len(message.signers) > 1:
        # ISO 32000-2, section 12.8.3.3.
        raise _not_cms()
    content = message.content if content is None else content
    if content is None:
        raise SigningFailed(
            "The CMS message does not contain what it signs. Let it do so, such as with 'openssl cms -nodetach'."
        )
    for signer in own:
        _check_signature(signer, message, content, certificate)
    if message.certificates and certificate not in message.certificates:
        # Readers take that one, which is damaged or another of the same number.
        raise SigningFailed("The signature has certificates, and the live one is not among them.")
    return own[0]


def _check_signature(signer: _Signer, message: _Message, content: bytes, certificate: x509.Certificate) -> None:
    if signer.digest not in message.digests or not all(map(_hash, message.digests)):
        raise _not_cms()
    if signer.signed_attributes is not None:
        attributes = _attributes(signer.signed_attributes)
        is_of_content = attributes[_MESSAGE_DIGEST].octets == _digest(signer.digest, content)
        if not is_of_content or attributes[_CONTENT_TYPE].object_id != message.content_type:
            raise SigningFailed("The signature is for other content.")
        # They are signed with the tag of a set (RFC 5652, section 5.4).
        content = der.element(_SET, signer.signed_attributes.body)
    if not _verifies(signer, content, certificate):
        raise SigningFailed("The key of the live certificate did not make the signature.")


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
        found[kind.object_id] = _of_tags([attribute, values], _SEQUENCE, _SET)[1].parts[0]
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
    algorithm = _algorithm(signer.algorithm)
    kind, own_hash = _SIGNATURES.get(algorithm, (None, None))
    if kind is None:
        raise SigningFailed(
            "Its algorithm {algorithm} is not supported. Use RSA or ECDSA with SHA-256, SHA-384 or SHA-512.",
            algorithm=algorithm,
        )
    if algorithm != _PSS and any(part.whole != _NULL for part in signer.algorithm.parts[1:]):
        raise _not_cms()
    pss, hashed = None, _hash_of(own_hash or _hash(signer.digest))
    if algorithm == _PSS:
        pss, hashed = _pss(signer.algorithm.parts[1])
    key = certificate_public_key(certificate)
    return key_type(certificate) == kind and verifies(key, signer.signature, content, hashed, pss=pss)


def _hash_of(name: str) -> hashes.HashAlgorithm:
    return {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[name]


def _pss(parameters: der.Element) -> tuple[padding.PSS, hashes.HashAlgorithm]:
    """Return the scheme of RSASSA-PSS (RFC 4055, section 3.1). Without a hash it is SHA-1, which is not supported."""
    hashed, mask, salt, trailer = (
        part and _only(part)
        for part in _optional(
            _of_tags([parameters], _SEQUENCE)[0].parts, _CONTEXT_0, _CONTEXT_1, _CONTEXT_2, _CONTEXT_3
        )
    )
    if hashed is None or mask is None or _algorithm(mask) != _MGF1 or (trailer and trailer.body != b"\1"):
        raise _not_cms()
    numbers = [number for number in (salt, trailer) if number is not None]
    _of_tags(numbers, *[_INTEGER] * len(numbers))
    own, masked = (_hash_of(_hash(_algorithm(one))) for one in (hashed, mask.parts[1]))
    length = 20 if salt is None else int.from_bytes(salt.body, "big")
    return padding.PSS(mgf=padding.MGF1(masked), salt_length=length), own


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
