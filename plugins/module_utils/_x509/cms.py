# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a CMS message with signatures (RFC 5652), as far as it is compared.

``cryptography`` reads none before release 44.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate, SigningFailed
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import x509
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_der

NULL = b"\5\0"
SEQUENCE, SET, INTEGER, _OCTETS, _DIVIDED_OCTETS = 0x30, 0x31, 0x02, 0x04, 0x24
CONTEXT_0, CONTEXT_1, CONTEXT_2, CONTEXT_3, KEY_ID = 0xA0, 0xA1, 0xA2, 0xA3, 0x80
# Of a message, its signed data with its tag, and the version, digests, content and signers of that.
_MESSAGE_TAGS = (SEQUENCE, CONTEXT_0, SEQUENCE, INTEGER, SET, SEQUENCE, SET)
_SIGNED_DATA = "1.2.840.113549.1.7.2"


@dataclasses.dataclass(frozen=True)
class SignedMessage:
    """A CMS message with signatures (RFC 5652, section 5.1).

    :ivar content: ``None`` if it is kept elsewhere
    :ivar digests: the algorithms with which content is digested
    :ivar certificates: those that it has for its readers
    :ivar revocations: its lists of revoked certificates
    """

    content_type: str
    content: bytes | None
    digests: tuple[str, ...]
    certificates: tuple[x509.Certificate, ...]
    revocations: tuple[x509.CertificateRevocationList, ...]
    signers: tuple[Signer, ...]


@dataclasses.dataclass(frozen=True)
class Signer:
    """One signature of a message (RFC 5652, section 5.3).

    :ivar signed_attributes: ``None`` if the content itself is signed
    """

    certificate_id: der.Element
    digest: str
    signed_attributes: der.Element | None
    algorithm: der.Element
    signature: bytes
    unsigned_attributes: der.Element | None


def read(data: bytes, *, is_padded: bool = False) -> SignedMessage:
    """Read a CMS message.

    :param is_padded: zeros may follow it, as in a PDF
    :raises BadCertificate: it is damaged
    :raises SigningFailed: something else follows it
    """
    whole = der.Element.read(data)
    rest = data[whole.stop :]
    if rest.strip(b"\0") if is_padded else rest:
        raise SigningFailed("Something stands after the CMS structure.")
    kind, tagged = whole.parts
    if kind.object_id != _SIGNED_DATA or not der.is_valid(whole):
        raise BadCertificate("The DER is damaged.")
    signed = only(tagged)
    version, digests, encapsulated, *others, signers = signed.parts
    of_tags([whole, tagged, signed, version, digests, encapsulated, signers], *_MESSAGE_TAGS)
    _require_version(version)
    certificates, lists = optional(others, CONTEXT_0, CONTEXT_1)
    sent = tuple(load_der(one.whole) for one in (certificates.parts if certificates is not None else ()))
    revocations = tuple(x509.load_der_x509_crl(one.whole) for one in (lists.parts if lists is not None else ()))
    content_type, *contents = encapsulated.parts
    (tagged_content,) = optional(contents, CONTEXT_0)
    content = None if tagged_content is None else string(only(tagged_content))
    return SignedMessage(
        content_type.object_id,
        content,
        tuple(map(hash_of, digests.parts)),
        sent,
        revocations,
        tuple(map(_signer, signers.parts)),
    )


def _signer(element: der.Element) -> Signer:
    version, certificate_id, digest, *others = element.parts
    attributes = others.pop(0) if others[0].tag == CONTEXT_0 else None
    algorithm, signature, *last = others
    of_tags([element, version, digest, algorithm], SEQUENCE, INTEGER, SEQUENCE, SEQUENCE)
    _require_version(version)
    if certificate_id.tag != KEY_ID:
        of_tags([certificate_id, *certificate_id.parts], SEQUENCE, SEQUENCE, INTEGER)
    (unsigned,) = optional(last, CONTEXT_1)
    return Signer(certificate_id, hash_of(digest), attributes, algorithm, string(signature), unsigned)


def of_tags(elements: list[der.Element], *tags: int) -> list[der.Element]:
    """Return elements that have the tags that they must have.

    :raises BadCertificate: one has another
    """
    if [element.tag for element in elements] != [*tags]:
        raise BadCertificate("The DER is damaged.")
    return elements


def optional(elements: list[der.Element], *tags: int) -> list[der.Element | None]:
    """Return the elements that may be missing, by their tags and in the order of these.

    :raises BadCertificate: there are others
    """
    found = {element.tag: element for element in elements}
    of_tags(elements, *(tag for tag in tags if tag in found))
    return [found.get(tag) for tag in tags]


def _require_version(element: der.Element) -> None:
    """Check that a version is a small number.

    :raises BadCertificate: it is not
    """
    if len(element.body) != 1:
        raise BadCertificate("The DER is damaged.")


def only(element: der.Element) -> der.Element:
    """Return the only element of the content of another one.

    :raises BadCertificate: it has several, or none
    """
    parts = element.parts
    if len(parts) != 1:
        raise BadCertificate("The DER is damaged.")
    return parts[0]


def algorithm_of(element: der.Element) -> str:
    """Return the object identifier of an algorithm, which may have parameters."""
    object_id, *parameters = element.parts
    if element.tag != SEQUENCE or len(parameters) > 1:
        raise BadCertificate("The DER is damaged.")
    return object_id.object_id


def hash_of(element: der.Element) -> str:
    """Return the object identifier of a hash, which has no parameters or NULL (RFC 5754, section 2).

    :raises BadCertificate: it has others
    """
    if any(part.whole != NULL for part in element.parts[1:]):
        raise BadCertificate("The DER is damaged.")
    return algorithm_of(element)


def string(element: der.Element) -> bytes:
    """Return the content of an octet string, which BER may divide."""
    if element.tag not in (_OCTETS, _DIVIDED_OCTETS):
        raise BadCertificate("The DER is damaged.")
    return element.octets


def attributes(element: der.Element) -> dict[str, der.Element]:
    """Return the value of each attribute (RFC 5652, section 11).

    :raises BadCertificate: one has several, or comes twice
    """
    found = {}
    for attribute in element.parts:
        kind, values = attribute.parts
        of_tags([attribute, values], SEQUENCE, SET)
        if kind.object_id in found:
            raise BadCertificate("The DER is damaged.")
        found[kind.object_id] = only(values)
    return found
