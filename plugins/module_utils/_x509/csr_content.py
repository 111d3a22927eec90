# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of a CSR in DER: its subject, and what else it asks for.

``cryptography`` reads only the first extension request, and no name that stands elsewhere. A CA may read all of it.
"""

from __future__ import annotations

import hashlib

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text
from ansible_collections.wotrus.pki.plugins.module_utils._x509.der import Element, element
from ansible_collections.wotrus.pki.plugins.module_utils._x509.subject import with_plain_blanks

_SEQUENCE, _SET, _OCTETS, _CONTEXT_0 = 0x30, 0x31, 0x04, 0xA0
_EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
_WORDS = {
    "1.2.840.113549.1.9.2": "unstructuredName",
    "1.2.840.113549.1.9.7": "challengePassword",
    _EXTENSION_REQUEST: "extensionRequest",
    "1.3.6.1.4.1.311.2.1.14": "msExtensionRequest",
    "1.3.6.1.4.1.311.13.2.1": "enrollmentNameValuePair",
    "2.5.29.15": "keyUsage",
    "2.5.29.17": "subjectAltName",
    "2.5.29.37": "extKeyUsage",
}
"""The attributes and extensions that tools add, in the words of ``openssl``."""

_EXTENSION_REQUEST_ID = bytes.fromhex("06092a864886f70d01090e")
_KEY_IDENTIFIER_ID = bytes.fromhex("0603551d0e")
_ENCODINGS = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "ascii",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
"""How the string types of a name are read. A T61String beyond ASCII has no reading that all share."""


def name_attributes(name: bytes) -> list[tuple[bytes, str]] | None:
    """Return the attributes of a name in DER, each with the octets of its identifier, in an order that compares.

    Blanks of any width are the same.

    :returns: ``None`` if a text cannot be read, or if two attributes share a place
    """
    try:
        return sorted(map(_name_attribute, Element.read(name).parts))
    except (ValueError, KeyError):
        return None


def _name_attribute(place: Element) -> tuple[bytes, str]:
    (attribute,) = place.parts
    object_id, value = attribute.parts
    return object_id.body, with_plain_blanks(value.body.decode(_ENCODINGS[value.tag]))


def subject_of(request: bytes) -> bytes:
    """Return the subject of a CSR in DER."""
    return _info(request)[1].whole


def other_requests(request: bytes) -> list[Text]:
    """Return what a CSR in DER asks for besides its subject and its key.

    An extension request that is empty, or that has only the key's own identifier, asks for nothing.

    :returns: the names of its attributes, and of the extensions that it requests; none if all is well
    """
    _version, _subject, key, attributes = _info(request)
    return [] if attributes.whole in _harmless_attributes(key) else _words(attributes)


def _info(request: bytes) -> list[Element]:
    """Return the parts of the CertificationRequestInfo (RFC 2986, section 4.1)."""
    return Element.read(request).parts[0].parts


def _harmless_attributes(key: Element) -> set[bytes]:
    bits = key.parts[1].body[1:]
    # RFC 5280, section 4.2.1.2, and RFC 7093, section 2.
    identifiers = (hashlib.sha1(bits, usedforsecurity=False).digest(), hashlib.sha256(bits).digest()[:20])
    extensions = [
        element(_SEQUENCE, _KEY_IDENTIFIER_ID, element(_OCTETS, element(_OCTETS, own))) for own in identifiers
    ]
    requests = [
        element(_SEQUENCE, _EXTENSION_REQUEST_ID, element(_SET, element(_SEQUENCE, extension)))
        for extension in (b"", *extensions)
    ]
    return {element(_CONTEXT_0, request) for request in (b"", *requests)}


def _words(attributes: Element) -> list[Text]:
    try:
        return [_WORDS.get(one, one) for attribute in attributes.parts for one in _object_ids(attribute)]
    except (BadCertificate, ValueError):
        return [Message("attributes that cannot be read")]


def _object_ids(attribute: Element) -> list[str]:
    object_id, values = attribute.parts
    if object_id.object_id != _EXTENSION_REQUEST:
        return [object_id.object_id]
    extensions = [extension for value in values.parts for extension in value.parts]
    return [_EXTENSION_REQUEST, *(extension.parts[0].object_id for extension in extensions)]
