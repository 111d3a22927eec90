# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The RSA and ECC hierarchy of the sandbox, and its certificates.

``legacy`` (never sent) signs ``cross``, which has the name and key of ``root``. ``root`` signs ``rsa`` and ``ecc``.
"""

from __future__ import annotations

import datetime
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

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


RSA = "RSA"
ECC = "ECC"
WEAK = "WEAK"
"""The kinds of chains; the intermediate of ``WEAK`` has a key that a client must refuse."""

ROOT = "root"
"""The name of the root's signer."""

_WEAK_BITS = 1024

_SUBJECT = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "CN": NameOID.COMMON_NAME,
}
# id-kp-documentSigning (RFC 9336) and Adobe's Authentic Documents Trust.
_DOCUMENT_USAGES = (
    x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),
    x509.ObjectIdentifier("1.2.840.113583.1.1.5"),
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")
_SERVER_USAGES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)


class Authority:
    """The CA for RSA and ECC certificates."""

    def __init__(self, folder: Path, revocation_url: str = "") -> None:
        """Load the hierarchy from ``folder``. The first start creates it.

        ``revocation_url``: where OCSP and revocation lists are; the certificates that are made from now on name it.
        """
        if not folder.exists():
            _make(folder, revocation_url)
        self._folder = folder
        self._revocation_url = revocation_url
        self.root_path = folder / "root.pem"
        self._root = load(folder / "root")
        self._cross = load(folder / "cross")
        self._intermediates = {RSA: load(folder / "rsa"), ECC: load(folder / "ecc")}
        self._ending: dict[tuple[str, datetime.datetime], Signer] = {}

    def chain(self, kind: str, *, ends: datetime.datetime | None = None) -> list[str]:
        """Return root, cross certificate and intermediate in PEM (manual, section 4).

        :param ends: another end of the intermediate, which has the same name and key
        """
        signer = self._intermediate(kind)
        return [self._root.pem, self._cross.pem, (signer if ends is None else self._ends_at(kind, signer, ends)).pem]

    def _ends_at(self, kind: str, signer: Signer, ends: datetime.datetime) -> Signer:
        ends = ends.astimezone(datetime.UTC)
        if (kind, ends) not in self._ending:
            found = signer.certificate
            name = str(found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
            # Not a random one, so that a simulation repeats itself.
            serial = found.serial_number + int(ends.timestamp())
            self._ending[kind, ends] = make_authority(
                name,
                key=signer.key,
                issuer=self._root,
                path_length=0,
                validity=(BEGIN, ends),
                serial=serial,
                addresses=_addresses(self._revocation_url, ROOT),
            )
        return self._ending[kind, ends]

    @property
    def signers(self) -> dict[str, Signer]:
        """The signers of certificates that name addresses, by the name of their list."""
        return {ROOT: self._root, **{kind.lower(): self._intermediates[kind] for kind in (RSA, ECC)}}

    @property
    def intermediates(self) -> list[x509.Certificate]:
        """The intermediates that name addresses, with those of other ends."""
        made = [one for name, one in self.signers.items() if name != ROOT]
        return [one.certificate for one in (*made, *self._ending.values())]

    def _intermediate(self, kind: str) -> Signer:
        if kind == WEAK and kind not in self._intermediates:
            stem = self._folder / "weak"
            if not stem.with_suffix(".pem").exists():
                key = rsa.generate_private_key(public_exponent=65537, key_size=_WEAK_BITS)
                save(make_authority("WoTrus Sandbox Weak CA", key=key, issuer=self._root, path_length=0), stem)
            self._intermediates[kind] = load(stem)
        return self._intermediates[kind]

    def issue(
        self,
        *,
        csr: str,
        ukey: str,
        subject: Mapping[str, str],
        email: str,
        usage: str,
        weak: bool,
        not_before: datetime.datetime,
        not_after: datetime.datetime,
    ) -> tuple[str, str, x509.Certificate]:
        """Issue a certificate. Return its kind of chain, PEM text and object.

        :param csr: a checked CSR in PEM; empty for a key on a UKey
        :param ukey: the UKey's public key in PEM; if empty too, a key is made and discarded
        :param subject: C, ST, L, O and CN of the order, which replace the CSR's subject
        :param email: a subject alternative name, or empty
        :param usage: the setting of that name
        :param weak: from an intermediate with an RSA key of 1024 bits
        """
        key = load_public_key(ukey) if ukey and not csr else _public_key(csr)
        kind = WEAK if weak else RSA if isinstance(key, rsa.RSAPublicKey) else ECC
        issuer = self._intermediate(kind)
        usages = _SERVER_USAGES if usage == "server" else _DOCUMENT_USAGES
        encryption = ["key_encipherment"] if usage == "signing_and_encryption" else []
        # The library's check allows 64 bytes in a common name, but the API takes 64 characters.
        name = x509.Name(
            [x509.NameAttribute(_SUBJECT[k], subject[k], _validate=False) for k in _SUBJECT if subject.get(k)]
        )
        unsigned = (
            begin_certificate(subject=name, key=key, issuer=issuer, validity=(not_before, not_after))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(key_usage("digital_signature", "content_commitment", *encryption), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        )
        for extension in _addresses(self._revocation_url, kind.lower()):
            unsigned = unsigned.add_extension(extension, critical=False)
        if _EMAIL.fullmatch(email):
            unsigned = unsigned.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(email)]), critical=False)
        certificate = unsigned.sign(issuer.key, hashes.SHA256())
        return kind, to_pem(certificate), certificate


def _addresses(url: str, issuer: str) -> list[x509.ExtensionType]:
    """Return the addresses of OCSP and of an issuer's list as extensions; none without a URL."""
    if not url:
        return []
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(f"{url}/ocsp"))
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{url}/{issuer}.crl")], None, None, None)
    return [x509.AuthorityInformationAccess([access]), x509.CRLDistributionPoints([point])]


def load_public_key(pem: str) -> PublicKey:
    """Read an RSA or ECC public key. ValueError for others."""
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise ValueError("the key is neither RSA nor ECC")
    return key


def _public_key(csr: str) -> PublicKey:
    if not csr:
        return new_rsa_key().public_key()
    key = x509.load_pem_x509_csr(csr.encode()).public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise TypeError("a checked CSR's key is RSA or ECC")
    return key


def _make(folder: Path, revocation_url: str) -> None:
    """Create the hierarchy.

    It is created in another folder, which is then renamed, so that ``folder`` is never incomplete.
    """
    new = folder.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    root_key: PrivateKey = new_rsa_key()
    legacy = make_authority("WoTrus Sandbox Legacy Root", key=ec.generate_private_key(ec.SECP384R1()))
    root = make_authority("WoTrus Sandbox Root", key=root_key)
    made: dict[str, Signer] = {
        "root": root,
        "cross": make_authority("WoTrus Sandbox Root", key=root_key, issuer=legacy),
        "rsa": make_authority(
            "WoTrus Sandbox Document Signing CA RSA",
            key=new_rsa_key(),
            issuer=root,
            path_length=0,
            addresses=_addresses(revocation_url, ROOT),
        ),
        "ecc": make_authority(
            "WoTrus Sandbox Document Signing CA ECC",
            key=ec.generate_private_key(ec.SECP256R1()),
            issuer=root,
            path_length=0,
            addresses=_addresses(revocation_url, ROOT),
        ),
    }
    for name, signer in made.items():
        save(signer, new / name)
    new.rename(folder)


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def pem(self) -> str:
        """The certificate in PEM."""
        return to_pem(self.certificate)


def to_pem(certificate: x509.Certificate) -> str:
    """Return a certificate in PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def new_rsa_key() -> rsa.RSAPrivateKey:
    """Return a new RSA key of 2048 bits."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def begin_certificate(
    *,
    subject: x509.Name,
    key: PublicKey,
    issuer: Signer | None,
    validity: tuple[datetime.datetime, datetime.datetime],
    serial: int | None = None,
) -> x509.CertificateBuilder:
    """Return a certificate that is not signed yet.

    It has names, dates, a serial number and key identifiers. Without ``issuer`` it is for a self-signed certificate.
    """
    issuer_key = issuer.certificate.public_key() if issuer else key
    if not isinstance(issuer_key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise TypeError("an authority's key is RSA or ECC")
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key)
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def key_usage(*wanted: str) -> x509.KeyUsage:
    """Return a KeyUsage extension with only the ``wanted`` bits (names of ``x509.KeyUsage``)."""
    return x509.KeyUsage(**{name: name in wanted for name in _USAGES})


def make_authority(
    common_name: str,
    *,
    key: PrivateKey,
    issuer: Signer | None = None,
    path_length: int | None = None,
    validity: tuple[datetime.datetime, datetime.datetime] = (BEGIN, END),
    serial: int | None = None,
    addresses: Sequence[x509.ExtensionType] = (),
) -> Signer:
    """Create a CA, without ``issuer`` a self-signed root."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "WoTrus Sandbox"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    unsigned = (
        begin_certificate(subject=subject, key=key.public_key(), issuer=issuer, validity=validity, serial=serial)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
    )
    for extension in addresses:
        unsigned = unsigned.add_extension(extension, critical=False)
    return Signer(unsigned.sign(issuer.key if issuer else key, hashes.SHA256()), key)


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
    """Read the files of ``save``. ValueError if they are damaged."""
    key = serialization.load_pem_private_key(stem.with_suffix(".key").read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("an authority's key is RSA or ECC")
    return Signer(x509.load_pem_x509_certificate(stem.with_suffix(".pem").read_bytes()), key)
