# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and write DER (ITU-T X.690) that ``cryptography`` does not support."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate

_CONTEXT_0 = 0xA0
# The object identifier of the SM2 curve, 1.2.156.10197.1.301 (GM/T 0006).
_SM2_CURVE = bytes.fromhex("06082a811ccf5501822d")
_CONSTRUCTED = 0x20
_LONG_TAG = 0x1F
_INDEFINITE = 0x80
_END_OF_CONTENTS = b"\0\0"
_OBJECT_ID = 0x06
_LONGEST_OBJECT_ID = 64
_DEEPEST = 32
_UNIVERSAL = 0xC0
# A sequence, a set, and an octet string that BER divides.
_CONSTRUCTED_TYPES = (0x30, 0x31, 0x24)
# Numeric, printable, T61, IA5, UTF-8, universal and BMP strings, bit strings and sequences.
_NAME_TYPES = (0x12, 0x13, 0x14, 0x16, 0x0C, 0x1C, 0x1E, 0x03, 0x30)
# A document of 20 MB may be divided into parts of 1,000 octets.
_MOST_ELEMENTS = 100_000


class _Source:
    """Data with the number of elements that may still be read of it, however often."""

    def __init__(self, data: bytes) -> None:
        self.data, self.left = data, _MOST_ELEMENTS


@dataclasses.dataclass(frozen=True, eq=False)
class Element:
    """An element that is read, in DER or with BER's indefinite lengths.

    Its octets stay where they are until somebody asks for them, since elements are nested.

    :ivar position, start, end, stop: where the element, its content, the end of that and the next element are
    :ivar depth: how many elements it is in
    :ivar children: the elements of its content if it has no length; ``None`` otherwise
    """

    source: _Source
    depth: int
    position: int
    start: int
    end: int
    stop: int
    children: tuple[Element, ...] | None = None

    @classmethod
    def read(cls, data: bytes) -> Element:
        """Read the element at the beginning of data.

        :raises BadCertificate: the structure is damaged
        """
        return _read(_Source(data), 0, len(data), 0)

    @property
    def tag(self) -> int:
        """Its first octet."""
        return self.source.data[self.position]

    @property
    def body(self) -> bytes:
        """Its content."""
        return self.source.data[self.start : self.end]

    @property
    def whole(self) -> bytes:
        """The element with its tag and length."""
        return self.source.data[self.position : self.stop]

    @property
    def parts(self) -> list[Element]:
        """The elements of its content.

        :raises BadCertificate: it has none, they are damaged, or they are too many or too deep
        """
        if not self.tag & _CONSTRUCTED:
            raise BadCertificate("The DER is damaged.")
        if self.children is not None:
            return [*self.children]
        found, position = [], self.start
        while position < self.end:
            found.append(_read(self.source, position, self.end, self.depth + 1))
            position = found[-1].stop
        return found

    @property
    def octets(self) -> bytes:
        """The octets of a string, which BER may divide."""
        return b"".join(part.octets for part in self.parts) if self.tag & _CONSTRUCTED else self.body

    @property
    def object_id(self) -> str:
        """The object identifier, such as ``1.2.840`` (X.690, section 8.19).

        :raises BadCertificate: it is none
        """
        if self.tag != _OBJECT_ID or not 0 < len(self.body) <= _LONGEST_OBJECT_ID:
            raise BadCertificate("The DER is damaged.")
        numbers, number = [], 0
        for octet in self.body:
            number = number << 7 | octet & 0x7F
            if not octet & 0x80:
                numbers.append(number)
                number = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def issuer(tbs_certificate: bytes) -> bytes:
    """Return the name of the issuer of a TBSCertificate in DER (RFC 5280, section 4.1).

    :raises BadCertificate: the structure is damaged
    """
    _serial_number, _signature, name, *_others = _after_version(tbs_certificate)
    return name.whole


def subject(tbs_certificate: bytes) -> bytes:
    """Return the name of the subject of a TBSCertificate in DER (RFC 5280, section 4.1).

    :raises BadCertificate: the structure is damaged
    """
    _serial_number, _signature, _issuer, _validity, name, *_others = _after_version(tbs_certificate)
    return name.whole


def is_name(data: bytes) -> bool:
    """Return whether each value of a name in DER is a text or of another type that readers of names take."""
    name = Element.read(data)
    types = [attribute.parts[1].tag for place in name.parts for attribute in place.parts]
    return is_valid(name) and all(found in _NAME_TYPES for found in types)


def names_its_signer(data: bytes) -> bool:
    """Return whether a certificate or a list in DER has the algorithm of its signature in what is signed too.

    After it stands the issuer. The signature is whole octets (RFC 5280, sections 4.1.1 and 5.1.1).

    :raises BadCertificate: the structure is damaged
    """
    signed, algorithm, signature = Element.read(data).parts
    parts = [part.whole for part in signed.parts[:4]]
    place = parts.index(algorithm.whole) + 1 if algorithm.whole in parts[:3] else 0
    return 0 < place < len(parts) and is_name(parts[place]) and signature.body[:1] == b"\0"


def public_key_info(tbs_certificate: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a TBSCertificate in DER (RFC 5280, section 4.1).

    :raises BadCertificate: the structure is damaged
    """
    _serial_number, _signature, _issuer, _validity, _subject, key, *_others = _after_version(tbs_certificate)
    return key.whole


def _after_version(tbs_certificate: bytes) -> list[Element]:
    """Return the parts from the serial number on."""
    parts = Element.read(tbs_certificate).parts
    return parts[1:] if parts[0].tag == _CONTEXT_0 else parts


def request_public_key_info(request_info: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a CertificationRequestInfo in DER (RFC 2986, section 4.1).

    :raises BadCertificate: the structure is damaged
    """
    _version, _subject, key, *_others = Element.read(request_info).parts
    return key.whole


def is_der(data: bytes) -> bool:
    """Return whether data is one element, of which each length is definite and as short as it can be.

    Readers of BER may disagree about other data.
    """
    try:
        return _rebuilt(Element.read(data)) == data
    except BadCertificate:
        return False


def is_valid(whole: Element) -> bool:
    """Return whether each element within another one has a form that its type allows, whatever reads it.

    :raises BadCertificate: the structure is damaged
    """
    tag = whole.tag
    if tag & _LONG_TAG == _LONG_TAG:
        return False
    if tag & _CONSTRUCTED:
        return (bool(tag & _UNIVERSAL) or tag in _CONSTRUCTED_TYPES) and all(map(is_valid, whole.parts))
    return tag not in _FORMS or _FORMS[tag](whole.body)


def _is_integer(body: bytes) -> bool:
    """Return whether an integer has no octet too many."""
    return len(body) == 1 or (len(body) > 1 and (body[0], body[1] >> 7) not in ((0, 0), (0xFF, 1)))


def _is_bits(body: bytes) -> bool:
    return bool(body) and body[0] <= (7 if len(body) > 1 else 0)


def _is_utf8(body: bytes) -> bool:
    try:
        return body.decode("utf-8") is not None
    except UnicodeDecodeError:
        return False


def _is_text(pattern: bytes) -> t.Callable[[bytes], bool]:
    return lambda body: re.fullmatch(pattern, body, re.DOTALL) is not None


_FORMS: dict[int, t.Callable[[bytes], bool]] = {
    0x00: _is_text(b"(?!)"),
    0x01: lambda body: len(body) == 1,
    0x02: _is_integer,
    0x03: _is_bits,
    0x05: lambda body: not body,
    0x06: _is_text(rb"(?:(?!\x80)[\x80-\xff]*[\x00-\x7f])+"),
    0x0A: _is_integer,
    0x0C: _is_utf8,
    0x10: _is_text(b"(?!)"),
    0x11: _is_text(b"(?!)"),
    0x12: _is_text(rb"[0-9 ]*"),
    0x17: _is_text(rb"\d{12}Z"),
    0x18: _is_text(rb"\d{14}(?:\.\d+)?Z"),
    0x1C: lambda body: not len(body) % 4,
    0x1E: lambda body: not len(body) % 2,
}
"""Whether the content of an element is allowed, by its type (X.690, section 8). Those of 0, 16 and 17 have none."""


def _rebuilt(whole: Element) -> bytes:
    """Return an element whose lengths are written anew.

    :raises BadCertificate: the structure is damaged, too deep, or has a tag of several octets
    """
    if whole.tag & _LONG_TAG == _LONG_TAG:
        raise BadCertificate("The DER is damaged.")
    if not whole.tag & _CONSTRUCTED:
        return element(whole.tag, whole.body)
    return element(whole.tag, *map(_rebuilt, whole.parts))


def is_sm2(public_key_info: bytes) -> bool:
    """Return whether a SubjectPublicKeyInfo has the SM2 curve (GM/T 0015)."""
    algorithm, _key = Element.read(public_key_info).parts
    return _SM2_CURVE in algorithm.body


def element(tag: int, *parts: bytes) -> bytes:
    """Return an element with a content of these parts."""
    whole = b"".join(parts)
    length = len(whole)
    if length < 0x80:
        return bytes([tag, length]) + whole
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + whole


def _read(source: _Source, position: int, end: int, depth: int) -> Element:
    """Read the element at a position, which must end before another one.

    :raises BadCertificate: the structure is damaged, too deep, or has too many elements
    """
    source.left -= 1
    if depth > _DEEPEST or source.left < 0:
        raise BadCertificate("The DER is damaged.")
    if position + 2 > end:
        raise BadCertificate("The DER is cut off.")
    if source.data[position + 1 : position + 2] != bytes([_INDEFINITE]):
        start, stop = _content(source.data, position, end)
        return Element(source, depth, position, start, stop, stop)
    children: list[Element] = []
    start = here = position + 2
    while here + 2 > end or source.data[here : here + 2] != _END_OF_CONTENTS:
        children.append(_read(source, here, end, depth + 1))
        here = children[-1].stop
    return Element(source, depth, position, start, here, here + 2, tuple(children))


def _content(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Return the start and end of an element's content.

    :raises BadCertificate: the structure is damaged
    """
    start, length = position + 2, data[position + 1]
    if length & 0x80:
        octets = length & 0x7F
        length = int.from_bytes(data[start : start + octets], "big")
        start += octets
    if start + length > end:
        raise BadCertificate("The DER is cut off.")
    return start, start + length
