# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS CA of the sandbox, and its server certificate."""

from __future__ import annotations

import datetime
import enum
import ipaddress
import shutil
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .authority import Signer, begin_certificate, key_usage, load, make_authority, save

_DAY = datetime.timedelta(days=1)
_CA_VALIDITY = 3650 * _DAY
_SERVER_VALIDITY = 90 * _DAY


class TlsFault(enum.StrEnum):
    """A fault of the server certificate that a client must refuse."""

    NONE = "none"
    EXPIRED = "expired"
    WRONG_NAME = "wrong-name"


class TlsAuthority:
    """The CA of the server certificate.

    Its dates follow the system's clock, as TLS clients do.
    """

    def __init__(self, folder: Path) -> None:
        """Load the CA from ``folder``. The first start creates it."""
        now = datetime.datetime.now(datetime.UTC)
        if not folder.exists():
            new = folder.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(mode=0o700)
            key = ec.generate_private_key(ec.SECP256R1())
            validity = (now - _DAY, now + _CA_VALIDITY)
            save(make_authority("WoTrus Sandbox TLS", key=key, path_length=0, validity=validity), new / "ca")
            new.rename(folder)
        self._folder = folder
        self.ca_path = folder / "ca.pem"
        self._authority = load(folder / "ca")

    def context(self, *, fault: TlsFault = TlsFault.NONE) -> ssl.SSLContext:
        """Return a server context with a new certificate for loopback."""
        save(self._server(fault=fault), self._folder / "server")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._folder / "server.pem", self._folder / "server.key")
        return context

    def _server(self, *, fault: TlsFault) -> Signer:
        now = datetime.datetime.now(datetime.UTC)
        validity = (now - _DAY, now + _SERVER_VALIDITY)
        names: list[x509.GeneralName] = [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
            x509.IPAddress(ipaddress.ip_address("::1")),
        ]
        if fault is TlsFault.EXPIRED:
            validity = (now - 2 * _DAY, now - _DAY)
        if fault is TlsFault.WRONG_NAME:
            names = [x509.DNSName("another-host.example")]
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "WoTrus sandbox")])
        certificate = (
            begin_certificate(subject=subject, key=key.public_key(), issuer=self._authority, validity=validity)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(key_usage("digital_signature"), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self._authority.key, hashes.SHA256())
        )
        return Signer(certificate, key)
