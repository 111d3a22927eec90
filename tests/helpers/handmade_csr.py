# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CSRs of any content, byte by byte, with a good signature."""

from __future__ import annotations

import base64
import typing as t

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

COMMON_NAME, ORGANIZATION, COUNTRY, LOCALITY = "2.5.4.3", "2.5.4.10", "2.5.4.6", "2.5.4.7"
EXTENSION_REQUEST, MICROSOFTS_REQUEST = "1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14"
CHALLENGE_PASSWORD, NAME_VALUE_PAIR = "1.2.840.113549.1.9.7", "1.3.6.1.4.1.311.13.2.1"
SUBJECT_ALT_NAME, KEY_IDENTIFIER = "2.5.29.17", "2.5.29.14"
UTF8, PRINTABLE, T61, IA5, UNIVERSAL, BMP = 0x0C, 0x13, 0x14, 0x16, 0x1C, 0x1E
SEQUENCE, SET, OCTETS, INTEGER, BITS = 0x30, 0x31, 0x04, 0x02, 0x03
_ALGORITHMS = {"EC": "1.2.840.10045.4.3.2", "RSA": "1.2.840.113549.1.1.11"}
NULL = b"\x05\x00"


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return an element in DER."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes(4, "big").lstrip(b"\0")
    return bytes([tag, 0x80 | len(size)]) + size + body


def indefinite(tag: int, *parts: bytes) -> bytes:
    """Return an element in BER, which has no length but an end."""
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def oid(dotted: str) -> bytes:
    """Return an object identifier."""
    first, second, *others = map(int, dotted.split("."))
    octets = b""
    for number in (first * 40 + second, *others):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        octets += bytes(reversed(groups))
    return tlv(0x06, octets)


def pair(dotted: str, text: str | bytes, tag: int = UTF8) -> bytes:
    """Return an attribute of a name."""
    return tlv(SEQUENCE, oid(dotted), tlv(tag, text.encode() if isinstance(text, str) else text))


def name(*places: bytes) -> bytes:
    """Return a name, each of whose attributes has a place of its own."""
    return tlv(SEQUENCE, *(tlv(SET, place) for place in places))


def attribute(dotted: str, *values: bytes) -> bytes:
    """Return an attribute of a CSR."""
    return tlv(SEQUENCE, oid(dotted), tlv(SET, *values))


def extension(dotted: str, value: bytes) -> bytes:
    """Return an extension."""
    return tlv(SEQUENCE, oid(dotted), tlv(OCTETS, value))


def email(address: str = "cfo@bank.test") -> bytes:
    """Return a list of extensions that has an e-mail address."""
    return tlv(SEQUENCE, extension(SUBJECT_ALT_NAME, tlv(SEQUENCE, tlv(0x81, address.encode()))))


def csr(key: t.Any, subject: bytes, *attributes: bytes, wrap: t.Callable[..., bytes] = tlv) -> bytes:
    """Return a CSR that its key has signed.

    :param wrap: makes the outermost element
    """
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    info = tlv(SEQUENCE, tlv(INTEGER, b"\0"), subject, public, tlv(0xA0, *attributes))
    is_ecc = isinstance(key, ec.EllipticCurvePrivateKey)
    algorithm = tlv(SEQUENCE, oid(_ALGORITHMS["EC"])) if is_ecc else tlv(SEQUENCE, oid(_ALGORITHMS["RSA"]), NULL)
    if is_ecc:
        signature = key.sign(info, ec.ECDSA(hashes.SHA256()))
    else:
        signature = key.sign(info, padding.PKCS1v15(), hashes.SHA256())
    return wrap(SEQUENCE, info, algorithm, tlv(BITS, b"\0", signature))


def pem(der: bytes) -> str:
    """Return a CSR in PEM, as ``openssl`` writes it."""
    encoded = base64.b64encode(der).decode()
    lines = [encoded[start : start + 64] for start in range(0, len(encoded), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE REQUEST-----", *lines, "-----END CERTIFICATE REQUEST-----", ""])
