# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small PKI for tests: authorities, certificates and their errors."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

if TYPE_CHECKING:
    from typing import Union

    Key = Union[rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey]

NOW = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.timezone.utc)
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")


def ecc() -> ec.EllipticCurvePrivateKey:
    """Return a fast key."""
    return ec.generate_private_key(ec.SECP256R1())


def name(common_name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"), x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    )


@dataclass(frozen=True)
class Authority:
    """A key and a certificate that may issue others."""

    key: Key
    certificate: x509.Certificate

    def issue(
        self,
        common_name: str,
        *,
        key: Key | None = None,
        ca: bool = False,
        path_length: int | None = None,
        constraints: bool = True,
        usages: tuple[ObjectIdentifier, ...] = (DOCUMENT_SIGNING,),
        key_cert_sign: bool = True,
        days: tuple[int, int] = (-10, 365),
        serial: int | None = None,
        key_usage: x509.KeyUsage | None = None,
        extensions: tuple[x509.ExtensionType, ...] = (),
    ) -> Authority:
        return sign(
            common_name,
            issuer=self,
            key=key or ecc(),
            ca=ca,
            path_length=path_length,
            constraints=constraints,
            usages=usages,
            key_cert_sign=key_cert_sign,
            days=days,
            serial=serial,
            key_usage=key_usage,
            extensions=extensions,
        )


def root(common_name: str, *, key: Key | None = None, days: tuple[int, int] = (-1000, 3650)) -> Authority:
    """Return a self-signed authority."""
    return sign(common_name, issuer=None, key=key or ecc(), ca=True, days=days)


def with_key_of_another_kind(authority: Authority) -> Authority:
    """Return an authority of the same name with an Ed25519 key."""
    key = ed25519.Ed25519PrivateKey.generate()
    subject = authority.certificate.subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before((NOW - datetime.timedelta(days=1)).replace(tzinfo=None))
        .not_valid_after((NOW + datetime.timedelta(days=1)).replace(tzinfo=None))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return Authority(key=authority.key, certificate=builder.sign(key, None))


def sign(
    common_name: str,
    *,
    issuer: Authority | None,
    key: Key,
    ca: bool,
    path_length: int | None = None,
    constraints: bool = True,
    usages: tuple[ObjectIdentifier, ...] = (DOCUMENT_SIGNING,),
    key_cert_sign: bool = True,
    days: tuple[int, int],
    serial: int | None = None,
    key_usage: x509.KeyUsage | None = None,
    extensions: tuple[x509.ExtensionType, ...] = (),
) -> Authority:
    """Issue a certificate.

    :param key_usage: of an end entity; by default that of document signing, and one without any bit is left out
    """
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common_name))
        .issuer_name(issuer.certificate.subject if issuer else name(common_name))
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before((NOW + datetime.timedelta(days=days[0])).replace(tzinfo=None))
        .not_valid_after((NOW + datetime.timedelta(days=days[1])).replace(tzinfo=None))
    )
    if constraints:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
    if ca and constraints:
        builder = builder.add_extension(usage(key_cert_sign=key_cert_sign), critical=True)
    if not ca:
        key_usage = key_usage or usage(digital_signature=True, content_commitment=True)
        if key_usage != usage():
            builder = builder.add_extension(key_usage, critical=True)
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return Authority(key=key, certificate=builder.sign(issuer.key if issuer else key, hashes.SHA256()))


def usage(*, key_cert_sign: bool = False, **bits: bool) -> x509.KeyUsage:
    """Return a KeyUsage extension with only the wanted bits, by their names in ``x509.KeyUsage``."""
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    return x509.KeyUsage(
        **{name: bits.get(name, False) for name in names},
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        encipher_only=False,
        decipher_only=False,
    )


def verify_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    """Check a signature without the code under test.

    The names must match, and the signature is ECDSA with SHA-256.
    """
    assert certificate.issuer == issuer.subject
    key = issuer.public_key()
    key.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))


def certificates_of(text: str) -> list[x509.Certificate]:
    """Read several certificates apart from the code under test."""
    end = "-----END CERTIFICATE-----"
    blocks = [f"{block}{end}\n" for block in text.split(end)[:-1]]
    return [x509.load_pem_x509_certificate(block.encode()) for block in blocks]


def sha256_of_key(key: Key) -> str:
    """SHA-256 of the DER SubjectPublicKeyInfo, computed apart from the code under test."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()
