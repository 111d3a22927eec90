# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Key and certificates in one file with a password (PKCS#12, RFC 7292)."""

from __future__ import annotations

import hashlib
import hmac
import os
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import parsing_errors, require_cryptography

try:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.serialization import pkcs12
except ImportError:
    pass

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import Bundle
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import PrivateKey

ITERATIONS = 200_000
"""For the key, the certificates and the MAC each. Windows refuses files with more than 600,000 in all."""

_SEQUENCE, _INTEGER, _OCTETS, _NULL = 0x30, 0x02, 0x04, 0x05
# The algorithm identifier of SHA-256 with the parameter NULL (RFC 8017, appendix B.1).
_SHA256 = der.element(_SEQUENCE, bytes.fromhex("0609608648016503040201"), der.element(_NULL))
_SHA256_BLOCK = 64
_MAC_KEY = 3
_SALT_BYTES = 16


def make_pkcs12(key: PrivateKey, bundle: Bundle, *, password: str, friendly_name: str) -> bytes:
    """Return a PKCS#12 file with key, certificate and intermediates.

    The root is left out.

    :raises InvalidInput: the password is empty
    """
    require_cryptography()
    if not password:
        raise InvalidInput("The PKCS#12 password is empty. Set one, since the file has the private key.")
    data = pkcs12.serialize_key_and_certificates(
        name=friendly_name.encode(),
        key=key,
        cert=bundle.leaf,
        cas=list(bundle.intermediates),
        encryption_algorithm=_encryption(password),
    )
    return _with_mac(data, password)


def _encryption(password: str) -> serialization.KeySerializationEncryption:
    """Return AES-256 with a key from PBKDF2.

    Before ``cryptography`` 38 it is the best that the library has.
    """
    kind = getattr(serialization.PrivateFormat, "PKCS12", None)
    if kind is None:
        return serialization.BestAvailableEncryption(password.encode())
    return t.cast(
        "serialization.KeySerializationEncryption",
        kind.encryption_builder()
        .kdf_rounds(ITERATIONS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(password.encode()),
    )


def _with_mac(data: bytes, password: str) -> bytes:
    """Return a file with another MAC (RFC 7292, section 4).

    ``cryptography`` makes it with 2,048 iterations, by which a password is found faster than by the encryption.
    """
    start, _end = der.content(data)
    version_end = der.content(data, start)[1]
    safe_start, safe_end = der.content(data, version_end)
    # The content has the object identifier of data, and the octets with an explicit tag.
    tagged, _end = der.content(data, der.content(data, safe_start)[1])
    first, last = der.content(data, tagged)
    salt = os.urandom(_SALT_BYTES)
    digest = hmac.new(_mac_key(password, salt), data[first:last], hashlib.sha256).digest()
    mac = der.element(
        _SEQUENCE,
        der.element(_SEQUENCE, _SHA256, der.element(_OCTETS, digest)),
        der.element(_OCTETS, salt),
        der.element(_INTEGER, ITERATIONS.to_bytes(3, "big")),
    )
    return der.element(_SEQUENCE, data[start:safe_end], mac)


def _mac_key(password: str, salt: bytes) -> bytes:
    """Return the MAC's key, one block of SHA-256 (RFC 7292, appendix B.2)."""
    key = bytes([_MAC_KEY]) * _SHA256_BLOCK + _filled(salt) + _filled(f"{password}\0".encode("utf-16-be"))
    for _iteration in range(ITERATIONS):
        key = hashlib.sha256(key).digest()
    return key


def _filled(text: bytes) -> bytes:
    """Return a text, repeated up to a whole number of blocks."""
    length = -(-len(text) // _SHA256_BLOCK) * _SHA256_BLOCK
    return (text * (length // len(text) + 1))[:length]


def is_bundle_of(data: bytes, *, key: PrivateKey, bundle: Bundle, password: str) -> bool:
    """Return whether a PKCS#12 file has this password, key and certificates.

    Two files with the same content have different bytes, so they cannot be compared directly.
    """
    require_cryptography()
    try:
        found, certificate, others = pkcs12.load_key_and_certificates(data, password.encode())
    except parsing_errors():
        return False
    if found is None or certificate != bundle.leaf or set(others) != set(bundle.intermediates):
        return False
    return public_key_sha256(found.public_key()) == public_key_sha256(key.public_key())
