# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Key and certificates in one file with a password (PKCS#12, RFC 7292)."""

from __future__ import annotations

import hashlib
import hmac
import os
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import Bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keystores import COMPATIBLE2022, Pkcs12Options
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import (
    PrivateKey,
    parsing_errors,
    pkcs12,
    require_cryptography,
    serialization,
)

ITERATIONS = 10_000
"""For the key, the certificates and the MAC each, as Java has them. Readers in JavaScript take seconds for 200,000."""

_SEQUENCE, _INTEGER, _OCTETS, _NULL = 0x30, 0x02, 0x04, 0x05
_OBJECT_IDS = {"sha256": bytes.fromhex("0609608648016503040201"), "sha1": bytes.fromhex("06052b0e03021a")}
# Octets of a block of SHA-1 and of SHA-256.
_BLOCK = 64
_MAC_KEY = 3
_SALT_BYTES = 16


def make_pkcs12(key: PrivateKey, bundle: Bundle, options: Pkcs12Options) -> bytes:
    """Return a PKCS#12 file with key, certificate and intermediates.

    The root is left out.

    :raises MissingLibrary: ``cryptography`` is not installed
    """
    require_cryptography()
    encryption = _encryption(options.password, options.encryption)
    data = pkcs12.serialize_key_and_certificates(
        options.friendly_name.encode(), key, bundle.leaf, list(bundle.intermediates), encryption
    )
    return _with_mac(data, options.password, options.encryption)


def _encryption(password: str, encryption: str) -> serialization.KeySerializationEncryption:
    """Return AES-256 with a key from PBKDF2, or 3DES for old programs.

    Before ``cryptography`` 38 it is the best that the library has.
    """
    form = getattr(serialization.PrivateFormat, "PKCS12", None)
    if form is None:
        return serialization.BestAvailableEncryption(password.encode())
    is_old = encryption == COMPATIBLE2022
    kind = pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC if is_old else pkcs12.PBES.PBESv2SHA256AndAES256CBC
    builder = form.encryption_builder().kdf_rounds(ITERATIONS).key_cert_algorithm(kind)
    return t.cast("serialization.KeySerializationEncryption", builder.build(password.encode()))


def _with_mac(data: bytes, password: str, encryption: str) -> bytes:
    """Return a file with another MAC (RFC 7292, section 4).

    ``cryptography`` makes it with 2,048 iterations, by which a password is found faster than by the encryption.
    """
    algorithm = _mac_hash(encryption)
    version, safe, _mac = der.Element.read(data).parts
    # The object identifier of data, and the octets with an explicit tag.
    _data, tagged = safe.parts
    salt = os.urandom(_SALT_BYTES)
    digest = hmac.new(_mac_key(password, salt, encryption), tagged.parts[0].octets, algorithm).digest()
    mac = der.element(
        _SEQUENCE,
        der.element(_SEQUENCE, _identifier(algorithm), der.element(_OCTETS, digest)),
        der.element(_OCTETS, salt),
        _integer(ITERATIONS),
    )
    return der.element(_SEQUENCE, version.whole, safe.whole, mac)


def _mac_hash(encryption: str) -> str:
    return "sha1" if encryption == COMPATIBLE2022 else "sha256"


def _identifier(algorithm: str) -> bytes:
    """Return the AlgorithmIdentifier of a hash (RFC 5280, section 4.1.1.2)."""
    return der.element(_SEQUENCE, _OBJECT_IDS[algorithm], der.element(_NULL))


def _integer(iterations: int) -> bytes:
    # DER: with the fewest bytes that begin with a zero bit.
    return der.element(_INTEGER, iterations.to_bytes(iterations.bit_length() // 8 + 1, "big"))


def _mac_key(password: str, salt: bytes, encryption: str) -> bytes:
    """Return the key of the MAC (RFC 7292, appendix B.2).

    It is one value of the hash.
    """
    key = bytes([_MAC_KEY]) * _BLOCK + _filled(salt) + _filled(f"{password}\0".encode("utf-16-be"))
    digest = getattr(hashlib, _mac_hash(encryption))
    for _iteration in range(ITERATIONS):
        key = digest(key).digest()
    return key


def _filled(text: bytes) -> bytes:
    """Return a text, repeated up to a whole number of blocks."""
    length = -(-len(text) // _BLOCK) * _BLOCK
    return (text * (length // len(text) + 1))[:length]


def is_bundle_of(data: bytes, key: PrivateKey, bundle: Bundle, options: Pkcs12Options) -> bool:
    """Return whether a PKCS#12 file is one that :func:`make_pkcs12` returns.

    Two files with the same content have different bytes, so they cannot be compared directly.
    """
    require_cryptography()
    try:
        if not _has_mac(data, options.encryption):
            return False
        found, certificate, others = pkcs12.load_key_and_certificates(data, options.password.encode())
    except parsing_errors(BadCertificate):
        return False
    return (
        found is not None
        and certificate == bundle.leaf
        and set(others) == set(bundle.intermediates)
        and public_key_sha256(found.public_key()) == public_key_sha256(key.public_key())
        and _has_name(data, options.password, options.friendly_name)
    )


def _has_mac(data: bytes, encryption: str) -> bool:
    """Return whether the MAC is that of an encryption.

    :raises BadCertificate: the structure is damaged
    """
    _version, _safe, mac = der.Element.read(data).parts
    return _identifier(_mac_hash(encryption)) in mac.body and mac.body.endswith(_integer(ITERATIONS))


def _has_name(data: bytes, password: str, friendly_name: str) -> bool:
    """Return whether the certificate has a name.

    ``cryptography`` before 36 cannot read it.
    """
    load = getattr(pkcs12, "load_pkcs12", None)
    if load is None:
        return True
    certificate = load(data, password.encode()).cert
    return certificate is not None and certificate.friendly_name == friendly_name.encode()
