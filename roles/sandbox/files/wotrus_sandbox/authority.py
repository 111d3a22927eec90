# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hierarchy of the sandbox: a root, its cross certificate, two intermediates, and the leaves.

``legacy`` (never sent) → ``cross`` (the root's name and key); ``root`` (self-signed) → ``rsa`` and ``ecc``.
"""

from __future__ import annotations

import datetime
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .signer import PrivateKey, PublicKey, Signer, builder, key_usage, load, make_authority, new_rsa_key, save, to_pem

RSA = "RSA"
ECC = "ECC"

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
    """Issues RSA and ECC certificates."""

    def __init__(self, folder: Path) -> None:
        """``folder``: where the hierarchy is kept; it is made at the first start."""
        if not folder.exists():
            _make(folder)
        self.root_path = folder / "root.pem"
        self._root = load(folder / "root")
        self._cross = load(folder / "cross")
        self._intermediates = {RSA: load(folder / "rsa"), ECC: load(folder / "ecc")}

    def chain(self, kind: str) -> list[str]:
        """Return root, cross certificate and intermediate in PEM: the order of the manual, section 4."""
        return [self._root.pem, self._cross.pem, self._intermediates[kind].pem]

    def issue(
        self,
        *,
        csr: str,
        subject: Mapping[str, str],
        email: str,
        server: bool,
        not_before: datetime.datetime,
        not_after: datetime.datetime,
    ) -> tuple[str, str, x509.Certificate]:
        """Return (kind of chain, PEM, certificate).

        ``csr``: PEM, checked; empty: a key is made here and thrown away, as one on a token would never be seen.
        ``subject``: C, ST, L, O, CN of the order; the CSR's own subject counts for nothing.
        ``email``: a subject alternative name, or empty. ``server``: TLS usages instead of document signing.
        """
        key = _public_key(csr)
        issuer = self._intermediates[RSA if isinstance(key, rsa.RSAPublicKey) else ECC]
        kind = RSA if isinstance(key, rsa.RSAPublicKey) else ECC
        usages = _SERVER_USAGES if server else _DOCUMENT_USAGES
        # Validated, a common name may have 64 bytes; the API takes 64 characters.
        name = x509.Name(
            [x509.NameAttribute(_SUBJECT[k], subject[k], _validate=False) for k in _SUBJECT if subject.get(k)]
        )
        begun = (
            builder(subject=name, key=key, issuer=issuer, validity=(not_before, not_after))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(key_usage("digital_signature", "content_commitment"), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        )
        if _EMAIL.fullmatch(email):
            begun = begun.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(email)]), critical=False)
        certificate = begun.sign(issuer.key, hashes.SHA256())
        return kind, to_pem(certificate), certificate


def _public_key(csr: str) -> PublicKey:
    if not csr:
        return new_rsa_key().public_key()
    key = x509.load_pem_x509_csr(csr.encode()).public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise TypeError("a checked CSR's key is RSA or ECC")
    return key


def _make(folder: Path) -> None:
    """Make the whole hierarchy beside ``folder`` and move it there at once, so that a kill leaves none or all."""
    new = folder.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    root_key: PrivateKey = new_rsa_key()
    legacy = make_authority("WoTrus Sandbox Legacy Root", key=ec.generate_private_key(ec.SECP384R1()))
    root = make_authority("WoTrus Sandbox Root", key=root_key)
    made: dict[str, Signer] = {
        "root": root,
        "cross": make_authority("WoTrus Sandbox Root", key=root_key, issuer=legacy),
        "rsa": make_authority("WoTrus Sandbox Document Signing CA RSA", key=new_rsa_key(), issuer=root, path_length=0),
        "ecc": make_authority(
            "WoTrus Sandbox Document Signing CA ECC",
            key=ec.generate_private_key(ec.SECP256R1()),
            issuer=root,
            path_length=0,
        ),
    }
    for name, signer in made.items():
        save(signer, new / name)
    new.rename(folder)
