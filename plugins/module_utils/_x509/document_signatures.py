# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the signatures of a PDF (ISO 32000-2, section 12.8) or of a CMS message (RFC 5652), and whose key made them."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import itertools
import re
import typing as t
from collections.abc import Sequence

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate, SigningFailed, boundary
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import cms, der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import find_extension, key_type
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key, verifies
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import (
    hashes,
    padding,
    require_cryptography,
    serialization,
    x509,
)

# ISO 32000-2, section 12.8.1: offset and length of what is signed before and after the signature.
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")
_LONGEST_PDF_START = 1024
_MOST_SIGNATURES = 20
_MOST_CANDIDATES = 4
_DATA = "1.2.840.113549.1.7.1"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
TIMESTAMP_INFO = "1.2.840.113549.1.9.16.1.4"
"""The type of the content of a timestamp (RFC 3161, section 2.4.2)."""

# RFC 5035: the attributes that name the certificate of the signer, by SHA-1 and by another hash.
_SIGNING_CERTIFICATES = ("1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47")
_DIRECTORY_NAME = 0xA4
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
class DocumentSignature:
    """A CMS structure with what it signs.

    :ivar content: ``None`` if the message has it
    :ivar begin, end: in a PDF, where the structure begins and where ends what is signed
    """

    data: bytes
    content: bytes | None = None
    begin: int = 0
    end: int = 0


def signing_certificates(
    document: bytes, known: Sequence[x509.Certificate], *, before_each: t.Callable[[], None]
) -> list[x509.Certificate]:
    """Return the certificate of each good signature of a PDF or of a CMS message that has its content.

    A certificate counts only if its key made the signature over these bytes. Its path, its dates and its usages are not
    checked. Timestamps of a whole document are left out.

    :param known: certificates that a signature may name without having them. Of those with one key, the first counts.
    :param before_each: what is called before each signature, which may raise an error to end the reading
    :returns: that of the signature that signs most first; none if the document has no signature
    :raises SigningFailed: no signature is good, since it is damaged, not supported, or for other content
    """
    require_cryptography()
    is_pdf, problem = b"%PDF-" in document[:_LONGEST_PDF_START], None
    if is_pdf and not _BYTE_RANGE.search(document):
        return []
    found = []
    messages: dict[bytes, cms.SignedMessage | None] = {}
    for signature in pdf_signatures(document) if is_pdf else [DocumentSignature(document, end=len(document))]:
        before_each()
        try:
            with readable():
                # Many a ByteRange may name one Contents, which takes long to read.
                if signature.data not in messages:
                    messages[signature.data] = None
                    messages[signature.data] = cms.read(signature.data, is_padded=is_pdf)
                message = messages[signature.data]
                if message is not None and (message.content_type != TIMESTAMP_INFO or not is_pdf):
                    found.append(_signed_by(message, signature.content, known))
        except SigningFailed as exc:
            problem = problem or exc
    if problem is not None and not found:
        raise problem
    return found


def _signed_by(
    message: cms.SignedMessage, content: bytes | None, known: Sequence[x509.Certificate]
) -> x509.Certificate:
    content, problem = signed_content(message, content), None
    # Of certificates with one key, the one that the message has is the one that signed it.
    candidates = [*sorted(known, key=lambda one: one not in message.certificates), *message.certificates]
    for signer in message.signers[:1]:
        # A document may have thousands of certificates with the name of its signer.
        named = (certificate for certificate in dict.fromkeys(candidates) if is_by(signer, certificate))
        for certificate in itertools.islice(named, _MOST_CANDIDATES):
            try:
                if is_signed(message, content, certificate):
                    return certificate
            except SigningFailed as exc:
                problem = problem or exc
    raise problem or SigningFailed(
        "The certificate of the signature is not known, or its key did not make the signature."
    )


def pdf_signatures(document: bytes) -> t.Iterator[DocumentSignature]:
    """Yield the signatures of a PDF, first the one that signs most.

    :raises SigningFailed: it is no PDF, or has signatures of a part only
    """
    if b"%PDF-" not in document[:_LONGEST_PDF_START]:
        raise SigningFailed("The output is no PDF.")
    ranges = {tuple(map(int, found.groups())) for found in _BYTE_RANGE.finditer(document)}
    places = [
        (second + rest, begin, second)
        for first, begin, second, rest in ranges
        if not first and second + rest <= len(document) and _is_signature(document, begin, second)
    ]
    if ranges and not places:
        raise SigningFailed("The ByteRange of the PDF is not all of it but the signature.")
    for end, begin, second in sorted(places, reverse=True)[:_MOST_SIGNATURES]:
        try:
            data = bytes.fromhex(document[begin + 1 : second - 1].decode("ascii"))
        except ValueError:
            data = b""
        yield DocumentSignature(data, document[:begin] + document[second:end], begin, end)


def _is_signature(document: bytes, begin: int, end: int) -> bool:
    """Return whether a part of a PDF is the value of ``Contents``."""
    is_hexadecimal = document[begin : begin + 1] == b"<" and document[end - 1 : end] == b">"
    return is_hexadecimal and document[max(0, begin - 99) : begin].rstrip().endswith(b"/Contents")


def signed_content(message: cms.SignedMessage, content: bytes | None, sent: bytes | None = None) -> bytes:
    """Return what a message signs.

    :param content: what a PDF signs; ``None`` if the message has it
    :param sent: it is this if the message does not have it
    :raises SigningFailed: the message does not have it, or has it beside that of the PDF
    """
    if content is not None and message.content is not None:
        raise SigningFailed("The signature in the PDF has content of its own, and must be detached.")
    content = message.content if content is None else content
    content = sent if content is None else content
    if content is None:
        raise SigningFailed(
            "The CMS message does not contain what it signs. Let it do so, such as with 'openssl cms -nodetach', or "
            "name the file that is signed in test_signature.content."
        )
    if message.content_type != _DATA:
        raise _not_cms()
    return content


def is_signed(message: cms.SignedMessage, content: bytes, certificate: x509.Certificate) -> bool:
    """Return whether the key of a certificate made the signature of a message.

    :raises SigningFailed: it is for other content, names another certificate, or is not supported
    """
    (signer,) = message.signers
    if signer.digest not in message.digests or not all(map(_hash, message.digests)):
        raise _not_cms()
    if signer.signed_attributes is not None:
        attributes = cms.attributes(signer.signed_attributes)
        is_of_content = attributes[_MESSAGE_DIGEST].octets == digest_of(signer.digest, content)
        if not is_of_content or attributes[_CONTENT_TYPE].object_id != message.content_type:
            raise SigningFailed("The signature is for other content.")
        for kind in _SIGNING_CERTIFICATES:
            if kind in attributes and not _names(attributes[kind], certificate, kind):
                raise SigningFailed("Its signing-certificate attribute names another certificate.")
        # They are signed with the tag of a set (RFC 5652, section 5.4).
        content = der.element(cms.SET, signer.signed_attributes.body)
    elif message.content_type != _DATA:
        raise _not_cms()
    return _verifies(signer, content, certificate)


def _names(attribute: der.Element, certificate: x509.Certificate, kind: str) -> bool:
    """Return whether an ESS signing-certificate attribute names a certificate (RFC 5035, sections 3 and 5)."""
    parts = attribute.parts[0].parts[0].parts
    algorithm = "sha1"
    if kind == _SIGNING_CERTIFICATES[1]:
        algorithm = _hash(cms.hash_of(parts.pop(0))) if parts[0].tag == cms.SEQUENCE else "sha256"
    digest, *named = parts
    data = certificate.public_bytes(serialization.Encoding.DER)
    is_same = digest.octets == hashlib.new(algorithm, data, usedforsecurity=False).digest()
    for one in named:
        names, serial = one.parts
        name = der.element(_DIRECTORY_NAME, der.issuer(certificate.tbs_certificate_bytes))
        is_same = is_same and names.body == name and int.from_bytes(serial.body, "big") == certificate.serial_number
    return is_same


def is_by(signer: cms.Signer, certificate: x509.Certificate) -> bool:
    """Return whether a signature names a certificate, by issuer and serial number or by key id.

    :raises BadCertificate: its structure is damaged
    """
    named = signer.certificate_id
    if named.tag == cms.KEY_ID:
        identifier = find_extension(certificate, x509.SubjectKeyIdentifier)
        return identifier is not None and identifier.digest == named.body
    issuer, serial = named.parts
    is_same = int.from_bytes(serial.body, "big") == certificate.serial_number
    return is_same and issuer.whole == der.issuer(certificate.tbs_certificate_bytes)


def _hash(algorithm: str) -> str:
    if algorithm not in _HASHES:
        raise SigningFailed(
            "Its algorithm {algorithm} is not supported. Use SHA-256, SHA-384 or SHA-512.", algorithm=algorithm
        )
    return _HASHES[algorithm]


def digest_of(algorithm: str, content: bytes) -> bytes:
    """Return the digest of some content.

    :param algorithm: the object identifier of the hash
    :raises SigningFailed: the hash is not supported
    """
    return hashlib.new(_hash(algorithm), content).digest()


def _verifies(signer: cms.Signer, content: bytes, certificate: x509.Certificate) -> bool:
    algorithm = cms.algorithm_of(signer.algorithm)
    kind, own_hash = _SIGNATURES.get(algorithm, (None, None))
    if kind is None:
        raise SigningFailed(
            "Its algorithm {algorithm} is not supported. Use RSA or ECDSA with SHA-256, SHA-384 or SHA-512.",
            algorithm=algorithm,
        )
    name = _hash(signer.digest)
    hashed = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[name]
    if own_hash not in (None, name):
        raise _not_cms()
    if algorithm != _PSS and any(part.whole != cms.NULL for part in signer.algorithm.parts[1:]):
        raise _not_cms()
    pss = _pss(signer.algorithm.parts[1], name, hashed) if algorithm == _PSS else None
    key = certificate_public_key(certificate)
    return key_type(certificate) == kind and verifies(key, signer.signature, content, hashed, pss=pss)


def _pss(parameters: der.Element, name: str, own: hashes.HashAlgorithm) -> padding.PSS:
    """Return the scheme of RSASSA-PSS (RFC 4055, section 3.1). Without a hash it is SHA-1, which is not supported.

    :param name, own: the hash of the digest, which must be that of the scheme too
    """
    hashed, mask, salt, trailer = (
        part and cms.only(part)
        for part in cms.optional(
            cms.of_tags([parameters], cms.SEQUENCE)[0].parts, cms.CONTEXT_0, cms.CONTEXT_1, cms.CONTEXT_2, cms.CONTEXT_3
        )
    )
    if hashed is None or mask is None or cms.algorithm_of(mask) != _MGF1 or (trailer and trailer.body != b"\1"):
        raise _not_cms()
    numbers = [number for number in (salt, trailer) if number is not None]
    cms.of_tags(numbers, *[cms.INTEGER] * len(numbers))
    if {_hash(cms.hash_of(one)) for one in (hashed, mask.parts[1])} != {name}:
        raise _not_cms()
    length = 20 if salt is None else int.from_bytes(salt.body, "big")
    return padding.PSS(mgf=padding.MGF1(own), salt_length=length)


@contextlib.contextmanager
def readable() -> t.Iterator[None]:
    """Replace each error of a structure that cannot be read.

    :raises SigningFailed: it cannot be read
    """
    try:
        with boundary(lambda _error: _not_cms()):
            yield
    except BadCertificate:
        raise _not_cms() from None


def _not_cms() -> SigningFailed:
    return SigningFailed("The signature is no CMS structure in DER, or is damaged.")
