# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private keys, and the fingerprints of public keys."""

from __future__ import annotations

import hashlib
import os
import typing as t
from dataclasses import dataclass

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, InvalidKey
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import (
    InvalidSignature,
    PrivateKey,
    ec,
    hashes,
    padding,
    parsing_errors,
    require_cryptography,
    rsa,
    serialization,
    x509,
)

if t.TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PublicKeyTypes

RSA_SIZES = (2048, 3072, 4096)
CURVES = {"P-256": "secp256r1", "P-384": "secp384r1"}
_PUBLIC_EXPONENT = 65537
_CHALLENGE_BYTES = 32
# The text of RSA 8192, which takes OpenSSL some seconds. RSA 16384 may take minutes.
_LONGEST_KEY = 8 * 1024


# The key types that the collection can make. The API has no field for the CSR of an SM2 key.
RSA, ECC = "RSA", "ECC"


@dataclass(frozen=True)
class KeySpec:
    """The type of a key, with its size or curve.

    :ivar size: the bits of an RSA key: 2048, 3072 or 4096
    :ivar curve: the NIST name of an ECC key's curve: P-256 or P-384
    """

    type: str = RSA
    size: int = 3072
    curve: str = "P-256"

    @classmethod
    def of(cls, given: t.Mapping[str, t.Any]) -> KeySpec:
        """Return what ``type``, ``size`` and ``curve`` say, with defaults for what is missing.

        :raises InvalidInput: WoTrus does not accept it
        """
        return cls(**{name: given[name] for name in ("type", "size", "curve") if given.get(name)})

    def __post_init__(self) -> None:
        # The values may come from a record file, so they can have any type.
        if self.type not in (RSA, ECC):
            raise InvalidInput("key.type must be RSA or ECC, not {type!r}.", type=self.type)
        if self.type == RSA and not (isinstance(self.size, int) and self.size in RSA_SIZES):
            raise InvalidInput("An RSA key must have 2048, 3072 or 4096 bits, not {size}.", size=self.size)
        if self.type == ECC and self.curve not in tuple(CURVES):
            raise InvalidInput("An ECC key must be on the curve P-256 or P-384, not {curve!r}.", curve=self.curve)

    @property
    def parts(self) -> dict[str, t.Any]:
        """The type, and the size or the curve, as options and records have them."""
        return {"type": self.type, **({"size": self.size} if self.type == RSA else {"curve": self.curve})}

    def __str__(self) -> str:
        return " ".join(map(str, self.parts.values()))


def generate(spec: KeySpec) -> PrivateKey:
    """Make a new private key."""
    require_cryptography()
    if spec.type == RSA:
        return rsa.generate_private_key(public_exponent=_PUBLIC_EXPONENT, key_size=spec.size)
    return ec.generate_private_key(ec.SECP256R1() if spec.curve == "P-256" else ec.SECP384R1())


def load_private_key(pem: bytes) -> PrivateKey:
    """Read an unencrypted RSA or ECC private key from PEM.

    The form is PKCS#8, PKCS#1 or SEC 1.

    :raises InvalidKey: the text is something else; the message has no part of it
    """
    require_cryptography()
    begin = pem.find(b"PRIVATE KEY-----")
    if pem.find(b"-----END", begin) - begin > _LONGEST_KEY:
        raise InvalidKey("The private key is larger than any that WoTrus accepts.")
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except parsing_errors() as error:
        raise InvalidKey(
            "The private key is protected by a passphrase. Remove the passphrase with 'openssl pkey' first."
            if isinstance(error, TypeError)
            else "The private key cannot be read: it is not a private key in PEM form, or damaged."
        ) from None
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise InvalidKey("The private key is neither RSA nor ECC.")
    return key


def key_spec_of(key: PrivateKey) -> KeySpec:
    """Return the type of a key, with its size or curve.

    :raises InvalidKey: WoTrus does not accept this size or curve
    """
    try:
        if isinstance(key, rsa.RSAPrivateKey):
            return KeySpec(RSA, size=key.key_size)
        names = {curve: name for name, curve in CURVES.items()}
        return KeySpec(ECC, curve=names.get(key.curve.name, key.curve.name))
    except InvalidInput as error:
        raise InvalidKey("The private key is not supported. {msg}", msg=error) from error


def to_pkcs8(key: PrivateKey) -> bytes:
    """Return the private key as unencrypted PKCS#8 in PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def proves_key(key: PrivateKey, certificate: x509.Certificate) -> bool:
    """Return whether a signature of the key verifies with the certificate.

    The key signs random bytes. Equal public keys do not show that, since the private part of a file may be damaged.
    """
    challenge, algorithm = os.urandom(_CHALLENGE_BYTES), hashes.SHA256()
    try:
        if isinstance(key, rsa.RSAPrivateKey):
            signature = key.sign(challenge, padding.PKCS1v15(), algorithm)
        else:
            signature = key.sign(challenge, ec.ECDSA(algorithm))
    except parsing_errors():
        return False
    return verifies(certificate_public_key(certificate), signature, challenge, algorithm)


def verifies(key: t.Any, signature: bytes, data: bytes, algorithm: t.Any, *, pss: t.Any = None) -> bool:
    """Return whether an RSA or ECC key made a signature; false for any other key.

    :param algorithm: the hash
    :param pss: the padding of RSASSA-PSS; without it, that of PKCS #1 v1.5 is meant
    """
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, pss or padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(algorithm))
        else:
            return False
    except parsing_errors(InvalidSignature):
        return False
    return True


def public_key_sha256(public_key: PublicKeyTypes) -> str:
    """Return the SHA-256 of the SubjectPublicKeyInfo in DER, in lower-case hexadecimal."""
    info = public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(info).hexdigest()


def certificate_public_key(certificate: x509.Certificate) -> CertificatePublicKeyTypes | None:
    """Return a certificate's public key; ``None`` for SM2 or a damaged one."""
    try:
        return certificate.public_key()
    except parsing_errors():
        return None


def certificate_public_key_sha256(certificate: x509.Certificate) -> str:
    """Return the :func:`public_key_sha256` of a certificate's key, also for SM2."""
    public_key = certificate_public_key(certificate)
    if public_key is None:
        return hashlib.sha256(der.public_key_info(certificate.tbs_certificate_bytes)).hexdigest()
    return public_key_sha256(public_key)
