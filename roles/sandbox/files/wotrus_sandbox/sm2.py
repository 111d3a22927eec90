# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SM2 hierarchy of the sandbox, and its pairs of certificates.

``cryptography`` has no SM2, so the ``openssl`` command (3.x) makes them. ``openssl ca`` is used because ``x509 -req``
takes no dates in some versions of OpenSSL 3.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import datetime
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cryptography import x509

from .errors import Sm2Error

# The identifier of signatures in certificates (GM/T 0009).
SM2_ID = "1234567812345678"
LONGEST_RUN = 20


CHAIN = "SM2"
_ORGANIZATION = "WoTrus Sandbox"
_SUBJECT_KEYS = ("C", "ST", "L", "O", "CN")
_BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_END = datetime.datetime(2049, 12, 31, tzinfo=datetime.UTC)

_CONFIG = """\
[req]
distinguished_name = empty
[empty]
[ca]
default_ca = sandbox
[sandbox]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sm3
policy = any
unique_subject = no
email_in_dn = yes
string_mask = utf8only
x509_extensions = extensions
[any]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
commonName = supplied
[extensions]
subjectKeyIdentifier = hash
"""
_AUTHORITY = "basicConstraints = critical, CA:true\nkeyUsage = critical, keyCertSign, cRLSign\n"
_ISSUED_BY = "authorityKeyIdentifier = keyid\n"
_LEAF = """\
basicConstraints = critical, CA:false
extendedKeyUsage = 1.3.6.1.5.5.7.3.36, 1.2.840.113583.1.1.5, emailProtection
"""
_USAGE = {
    "Sign": "keyUsage = critical, digitalSignature, nonRepudiation\n",
    "Encrypt": "keyUsage = critical, keyEncipherment, dataEncipherment, keyAgreement\n",
}


class Sm2Authority:
    """The CA for SM2 certificates. The first SM2 order creates it."""

    def __init__(self, folder: Path) -> None:
        """``folder``: the directory of the hierarchy."""
        self._folder = folder

    @property
    def root(self) -> Path | None:
        """The root's file, or None before the first SM2 order."""
        path = self._folder / "root.pem"
        return path if path.exists() else None

    def chain(self) -> list[str]:
        """Return root, cross certificate and intermediate in PEM (manual, section 4)."""
        return [(self._folder / f"{name}.pem").read_text() for name in ("root", "cross", "intermediate")]

    def issue(
        self,
        *,
        csr: str,
        part: str,
        subject: Mapping[str, str],
        not_before: datetime.datetime,
        not_after: datetime.datetime,
    ) -> str:
        """Issue a certificate, and return it in PEM. Sm2Error if ``openssl`` fails.

        :param csr: a checked CSR in PEM; if empty, a key is made and discarded, as for a key on a token
        :param part: Sign or Encrypt
        :param subject: C, ST, L, O and CN
        """
        self._create_hierarchy()
        with _openssl_directory() as folder:
            if csr:
                (folder / "request.csr").write_text(csr)
            else:
                _make_key(folder, name="leaf")
            return _sign(
                folder,
                issuer=self._folder / "intermediate",
                subject=_distinguished_name(subject),
                extensions=_LEAF + _USAGE[part] + _ISSUED_BY,
                validity=(not_before, not_after),
                verify_options=check_sm2_request((folder / "request.csr").read_text()),
            )

    def _create_hierarchy(self) -> None:
        if self.root is not None:
            return
        with _openssl_directory() as folder:
            made = self._folder.with_suffix(".new")
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(mode=0o700)
            for name in ("legacy", "root", "intermediate"):
                _make_key(folder, name=name)
                shutil.copy(folder / f"{name}.key", made)
            for name, key, issuer, label in (
                ("legacy", "legacy", "", "SM2 Legacy Root"),
                ("root", "root", "", "SM2 Root"),
                ("cross", "root", "legacy", "SM2 Root"),
                ("intermediate", "intermediate", "root", "SM2 Document Signing CA"),
            ):
                pem = _make_authority(
                    folder, key=made / f"{key}.key", issuer=made / issuer if issuer else None, label=label
                )
                (made / f"{name}.pem").write_text(pem)
        os.replace(made, self._folder)


@contextlib.contextmanager
def _openssl_directory() -> Iterator[Path]:
    """Provide a temporary directory with the files that ``openssl ca`` needs."""
    with tempfile.TemporaryDirectory(prefix="wotrus-sandbox-") as name:
        folder = Path(name)
        (folder / "index.txt").touch()
        (folder / "serial").write_text(f"{x509.random_serial_number():040X}\n")
        yield folder


def _make_key(folder: Path, *, name: str) -> None:
    """Create ``NAME.key`` and ``request.csr`` for it in ``folder``."""
    openssl(["genpkey", "-algorithm", "SM2", "-out", f"{name}.key"], folder=folder)
    _make_request(folder, key=folder / f"{name}.key")


def _make_request(folder: Path, *, key: Path) -> None:
    (folder / "req.cnf").write_text("[req]\ndistinguished_name = empty\n[empty]\n")
    options = ["-sm3", "-sigopt", f"distid:{SM2_ID}", "-subj", "/CN=request", "-out", "request.csr"]
    openssl(["req", "-new", "-config", "req.cnf", "-key", key, *options], folder=folder)


def _make_authority(folder: Path, *, key: Path, issuer: Path | None, label: str) -> str:
    """Return a CA certificate for ``key`` in PEM.

    ``issuer`` is the path of its files without suffix. Without it the certificate is self-signed.
    """
    _make_request(folder, key=key)
    return _sign(
        folder,
        issuer=issuer or key.with_suffix(""),
        subject=_distinguished_name({"C": "CN", "O": _ORGANIZATION, "CN": f"{_ORGANIZATION} {label}"}),
        extensions=_AUTHORITY + (_ISSUED_BY if issuer else ""),
        validity=(_BEGIN, _END),
        verify_options=["-vfyopt", f"distid:{SM2_ID}"],
    )


def _sign(
    folder: Path,
    *,
    issuer: Path,
    subject: str,
    extensions: str,
    validity: tuple[datetime.datetime, datetime.datetime],
    verify_options: Sequence[str],
) -> str:
    """Return a certificate in PEM for ``request.csr`` of ``folder``.

    ``issuer``: the path of its files without suffix; without a certificate it signs itself.
    ``verify_options``: the options with which the signature of the CSR is valid.
    """
    (folder / "ca.cnf").write_text(_CONFIG + extensions)
    certificate = issuer.with_suffix(".pem")
    signer: list[str | Path] = ["-cert", certificate] if certificate.exists() else ["-selfsign"]
    begin, end = (moment.strftime("%Y%m%d%H%M%SZ") for moment in validity)
    openssl(
        [
            *("ca", "-config", "ca.cnf", "-batch", "-notext", "-utf8", "-in", "request.csr", "-out", "out.pem"),
            *(*signer, "-keyfile", issuer.with_suffix(".key"), "-subj", subject),
            *("-startdate", begin, "-enddate", end, "-sigopt", f"distid:{SM2_ID}", *verify_options),
        ],
        folder=folder,
    )
    return (folder / "out.pem").read_text()


def _distinguished_name(subject: Mapping[str, str]) -> str:
    """Return a subject in the format of the option ``-subj``."""
    parts = []
    for key in _SUBJECT_KEYS:
        value = subject.get(key, "")
        for character in "\\/+":
            value = value.replace(character, "\\" + character)
        if value:
            parts.append(f"/{key}={value}")
    return "".join(parts)


def openssl(arguments: Sequence[str | Path], *, folder: Path) -> None:
    """Run ``openssl`` in ``folder``. Sm2Error if it is missing or fails."""
    try:
        # A thread of its own, since the caller may be in one that has an event loop.
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            command = ["openssl", *map(str, arguments)]
            status, errors = pool.submit(asyncio.run, _run(command, folder=folder)).result()
    except (OSError, TimeoutError) as error:
        raise Sm2Error(f"the openssl command (3.x) cannot be run: {type(error).__name__}") from None
    # Some versions of ``req -verify`` report a wrong signature on standard error only.
    if status != 0 or b"verify failure" in errors:
        last = errors.decode(errors="replace").strip().splitlines()[-1:]
        raise Sm2Error(f"openssl {arguments[0]} failed (it needs OpenSSL 3 with SM2): {' '.join(last)}")


async def _run(command: Sequence[str], *, folder: Path) -> tuple[int | None, bytes]:
    """Run a command, and return its exit status and error output.

    TimeoutError if it does not end.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        # The user's configuration must not change the certificates.
        env={**os.environ, "OPENSSL_CONF": os.devnull},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST_RUN):
            _output, errors = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return process.returncode, errors


def check_sm2_request(pem: str) -> list[str]:
    """Check the signature of an SM2 CSR.

    The ``-vfyopt`` arguments with which it is valid are returned. A CSR is signed with the identifier of GM/T 0009, or
    without one (the default of ``openssl req``). Sm2Error if it is valid with neither.
    """
    with tempfile.TemporaryDirectory(prefix="wotrus-sandbox-") as name:
        folder = Path(name)
        (folder / "request.csr").write_text(pem)
        command = ["req", "-in", "request.csr", "-noout", "-verify"]
        options = ["-vfyopt", f"distid:{SM2_ID}"]
        try:
            openssl([*command, *options], folder=folder)
        except Sm2Error:
            openssl(command, folder=folder)
            return []
        return options
