# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SM2 authorities, certificates and requests, made by the openssl command."""

from __future__ import annotations

import hashlib
import pathlib
import subprocess
from dataclasses import dataclass

from cryptography import x509

DISTID = "distid:1234567812345678"
_CONFIG = "[req]\ndistinguished_name = empty\n[empty]\n"
_AUTHORITY = "basicConstraints = critical, CA:true\nkeyUsage = critical, keyCertSign, cRLSign\n"
_LEAF = """\
basicConstraints = critical, CA:false
extendedKeyUsage = 1.3.6.1.5.5.7.3.36
"""
SIGN = _LEAF + "keyUsage = critical, digitalSignature, nonRepudiation\n"
ENCRYPT = _LEAF + "keyUsage = critical, keyEncipherment, dataEncipherment, keyAgreement\n"


@dataclass(frozen=True)
class Sm2:
    """A key and its certificate, as files of openssl's."""

    folder: pathlib.Path
    name: str

    @property
    def key(self) -> pathlib.Path:
        return self.folder / f"{self.name}.key"

    @property
    def pem(self) -> str:
        return (self.folder / f"{self.name}.pem").read_text()

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.pem.encode())

    def csr(self, *, options: tuple[str, ...] = ("-sigopt", DISTID)) -> str:
        out = self.folder / f"{self.name}.csr"
        (self.folder / "req.cnf").write_text(_CONFIG)
        config = ("-config", self.folder / "req.cnf", "-subj", f"/C=CN/CN={self.name}")
        openssl("req", "-new", "-sm3", *options, *config, "-key", self.key, "-out", out)
        return out.read_text()

    def public_key_sha256(self) -> str:
        """SHA-256 of the DER SubjectPublicKeyInfo, computed apart from the code under test."""
        return hashlib.sha256(openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")).hexdigest()

    def issue(self, name: str, *, extensions: str = SIGN) -> Sm2:
        """Return another certificate that this one signed."""
        other = make_key(self.folder, name)
        _sign(other, issuer=self, extensions=extensions)
        return other

    def issue_authority(self, name: str) -> Sm2:
        return self.issue(name, extensions=_AUTHORITY)


def root(folder: pathlib.Path, name: str) -> Sm2:
    """Return a self-signed authority."""
    made = make_key(folder, name)
    _sign(made, issuer=None, extensions=_AUTHORITY)
    return made


def make_key(folder: pathlib.Path, name: str) -> Sm2:
    made = Sm2(folder, name)
    openssl("genpkey", "-algorithm", "SM2", "-out", made.key)
    return made


def _sign(made: Sm2, *, issuer: Sm2 | None, extensions: str) -> None:
    made.csr()
    file = made.folder / "extensions.cnf"
    file.write_text(extensions)
    signer = ["-CA", issuer.folder / f"{issuer.name}.pem", "-CAkey", issuer.key] if issuer else ["-signkey", made.key]
    request = ["-req", "-in", made.folder / f"{made.name}.csr", "-vfyopt", DISTID, "-days", "3650"]
    out = made.folder / f"{made.name}.pem"
    openssl("x509", *request, "-sm3", "-sigopt", DISTID, "-extfile", file, *signer, "-out", out)


def openssl(*arguments: str | pathlib.Path) -> bytes:
    result = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False, timeout=30)
    assert result.returncode == 0, result.stderr
    return result.stdout
