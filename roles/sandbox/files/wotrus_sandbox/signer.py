# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate with its private key, and how authorities are made and kept."""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
END = datetime.datetime(2049, 12, 31, tzinfo=datetime.UTC)

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Signer:
    """An authority that signs."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def pem(self) -> str:
        """The certificate in PEM."""
        return to_pem(self.certificate)


def to_pem(certificate: x509.Certificate) -> str:
    """Return a certificate in PEM (LF, final newline)."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def new_rsa_key() -> rsa.RSAPrivateKey:
    """Return a new RSA key of 2048 bits."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def builder(
    *,
    subject: x509.Name,
    key: PublicKey,
    issuer: Signer | None,
    validity: tuple[datetime.datetime, datetime.datetime],
) -> x509.CertificateBuilder:
    """Begin a certificate: names, dates, random serial number, key identifiers. ``issuer`` None: it signs itself."""
    issuer_key = issuer.certificate.public_key() if issuer else key
    if not isinstance(issuer_key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise TypeError("an authority's key is RSA or ECC")
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def key_usage(*wanted: str) -> x509.KeyUsage:
    """Return a KeyUsage extension with just the ``wanted`` bits (names as ``x509.KeyUsage`` has them)."""
    return x509.KeyUsage(**{name: name in wanted for name in _USAGES})


def make_authority(
    common_name: str,
    *,
    key: PrivateKey,
    issuer: Signer | None = None,
    path_length: int | None = None,
    validity: tuple[datetime.datetime, datetime.datetime] = (BEGIN, END),
) -> Signer:
    """Return a certification authority; without ``issuer`` a self-signed root."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "WoTrus Sandbox"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    certificate = (
        builder(subject=subject, key=key.public_key(), issuer=issuer, validity=validity)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    return Signer(certificate, key)


def save(signer: Signer, stem: Path) -> None:
    """Write ``STEM.key`` (0600) and ``STEM.pem``."""
    key = signer.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    descriptor = os.open(stem.with_suffix(".key"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    stem.with_suffix(".pem").write_text(signer.pem)


def load(stem: Path) -> Signer:
    """Read what ``save`` wrote; ValueError when it is damaged."""
    key = serialization.load_pem_private_key(stem.with_suffix(".key").read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("an authority's key is RSA or ECC")
    return Signer(x509.load_pem_x509_certificate(stem.with_suffix(".pem").read_bytes()), key)
