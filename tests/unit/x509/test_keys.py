# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys are made, read and compared."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, InvalidKey
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import (
    KeySpec,
    generate,
    key_spec_of,
    load_private_key,
    proves_key,
    public_key_sha256,
    to_pkcs8,
)
from tests.unit.x509 import pki

WEAK = 1024


@pytest.mark.parametrize("spec", [KeySpec(size=2048), KeySpec(type="ECC"), KeySpec(type="ECC", curve="P-384")], ids=str)
def test_key_has_the_requested_type_and_is_read_unchanged(spec) -> None:
    key = generate(spec)
    pem = to_pkcs8(key)
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    again = load_private_key(pem)
    assert public_key_sha256(again.public_key()) == public_key_sha256(key.public_key())
    assert key_spec_of(again).type is spec.type
    assert str(key_spec_of(again)) == str(spec)


def test_the_fingerprint_is_over_the_subject_public_key_info() -> None:
    key = generate(KeySpec(type="ECC")).public_key()
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert public_key_sha256(key) == hashlib.sha256(der).hexdigest()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"size": 1024}, "2048, 3072 or 4096 bits, not 1024"),
        ({"size": 2048.0}, "2048, 3072 or 4096 bits, not 2048.0"),
        ({"size": [2048]}, "2048, 3072 or 4096 bits"),
        ({"type": "ECC", "curve": "P-521"}, "P-256 or P-384, not 'P-521'"),
        ({"type": "ECC", "curve": ["P-256"]}, "P-256 or P-384, not"),
        ({"type": "DSA"}, "type must be RSA or ECC"),
    ],
)
def test_a_wrong_kind_of_key_is_refused_before_anything_is_made(arguments, words) -> None:
    with pytest.raises(InvalidInput, match=words):
        KeySpec.of(arguments)


def test_older_forms_of_private_keys_are_read() -> None:
    for key in (generate(KeySpec(size=2048)), generate(KeySpec(type="ECC"))):
        traditional = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        assert public_key_sha256(load_private_key(traditional).public_key()) == public_key_sha256(key.public_key())


def test_unusable_private_key_is_reported_and_not_shown() -> None:
    secret = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    with pytest.raises(InvalidKey, match="protected by a passphrase") as caught:
        load_private_key(secret)
    assert caught.value.__cause__ is None
    for junk in (b"", b"junk", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", secret[:90]):
        with pytest.raises(InvalidKey, match="not a private key in PEM form, or damaged"):
            load_private_key(junk)
    # A library checks whether the numbers of a key are prime, for minutes if they are long.
    with pytest.raises(InvalidKey, match="larger than any that WoTrus accepts"):
        load_private_key(b"-----BEGIN RSA PRIVATE KEY-----\n" + b"A" * 9000 + b"\n-----END RSA PRIVATE KEY-----\n")
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(InvalidKey, match="neither RSA nor ECC"):
        load_private_key(other)


def test_key_that_no_csr_may_have_is_not_supported() -> None:
    with pytest.raises(InvalidKey, match="not supported"):
        key_spec_of(ec.generate_private_key(ec.SECP521R1()))
    with pytest.raises(InvalidKey, match="1024"):
        key_spec_of(rsa.generate_private_key(65537, WEAK))


@pytest.mark.parametrize(
    "key", [rsa.generate_private_key(65537, 2048), pki.ecc(), ec.generate_private_key(ec.SECP384R1())]
)
def test_key_proves_itself_with_its_own_certificate_only(key) -> None:
    certificate = pki.root("Own", key=key).certificate
    assert proves_key(key, certificate)
    for other in (pki.ecc(), ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        assert not proves_key(other, certificate)
