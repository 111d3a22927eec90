# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and write DER (ITU-T X.690) that ``cryptography`` does not support."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate

_CONTEXT_0 = 0xA0
_BEFORE_PUBLIC_KEY = 5  # serialNumber, signature, issuer, validity, subject
_BEFORE_PUBLIC_KEY_OF_REQUEST = 2  # version, subject
# The object identifier of the SM2 curve, 1.2.156.10197.1.301 (GM/T 0006).
_SM2_CURVE = bytes.fromhex("06082a811ccf5501822d")


def public_key_info(tbs_certificate: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a TBSCertificate in DER (RFC 5280, section 4.1).

    :raises BadCertificate: the structure is damaged
    """
    position, _end = content(tbs_certificate, 0)
    if tbs_certificate[position : position + 1] == bytes([_CONTEXT_0]):
        position = content(tbs_certificate, position)[1]
    return _element_after(tbs_certificate, position, _BEFORE_PUBLIC_KEY)


def request_public_key_info(request_info: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a CertificationRequestInfo in DER (RFC 2986, section 4.1).

    :raises BadCertificate: the structure is damaged
    """
    return _element_after(request_info, content(request_info, 0)[0], _BEFORE_PUBLIC_KEY_OF_REQUEST)


def _element_after(data: bytes, position: int, number: int) -> bytes:
    """Return the element that follows a number of others."""
    for _element in range(number):
        position = content(data, position)[1]
    return data[position : content(data, position)[1]]


def is_sm2(public_key_info: bytes) -> bool:
    """Return whether a SubjectPublicKeyInfo has the SM2 curve (GM/T 0015)."""
    position, _end = content(public_key_info, 0)
    return _SM2_CURVE in public_key_info[position : content(public_key_info, position)[1]]


def element(tag: int, *parts: bytes) -> bytes:
    """Return an element with a content of these parts."""
    whole = b"".join(parts)
    length = len(whole)
    if length < 0x80:
        return bytes([tag, length]) + whole
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + whole


def content(data: bytes, position: int = 0) -> tuple[int, int]:
    """Return the start and end of an element's content.

    :raises BadCertificate: the structure is damaged
    """
    header = data[position : position + 2]
    if len(header) < 2:
        raise BadCertificate("The DER is cut off.")
    start, length = position + 2, header[1]
    if length & 0x80:
        octets = length & 0x7F
        length = int.from_bytes(data[start : start + octets], "big")
        start += octets
    if start + length > len(data):
        raise BadCertificate("The DER is cut off.")
    return start, start + length
