# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read CSRs and certificates with ``openssl``, and not with the library that the product reads them with.

Each text is read by one process, of some milliseconds, and once in a session.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import functools
import hashlib
import pathlib
import re
import subprocess
import typing as t

_NAMES = ("-nameopt", "RFC2253,utf8,-esc_msb,sep_multiline,-dn_rev")
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


class Refused(Exception):
    """``openssl`` refuses what it read."""


@dataclasses.dataclass(frozen=True)
class Request:
    """A CSR whose signature is its key's.

    :ivar subject: its attributes, each as ``CN=Example``, in its order
    :ivar key: such as ``RSA 3072`` or ``P-256``
    :ivar asks: what stands under the attributes, without the extensions' values
    """

    subject: tuple[str, ...]
    public_key_sha256: str
    key: str
    asks: tuple[str, ...]

    def name(self, kind: str = "CN") -> str | None:
        """Return the last value of a kind in the subject."""
        return _last(self.subject, kind)


@dataclasses.dataclass(frozen=True)
class Certificate:
    """A certificate.

    :ivar serial: in upper-case hexadecimal
    :ivar extensions: the text of the usual ones, by their names
    """

    pem: str
    subject: tuple[str, ...]
    issuer: tuple[str, ...]
    serial: str
    not_before: dt.datetime
    not_after: dt.datetime
    fingerprint_sha256: str
    public_key_sha256: str
    key: str
    extensions: t.Mapping[str, str]

    def name(self, kind: str = "CN") -> str | None:
        """Return the last value of a kind in the subject."""
        return _last(self.subject, kind)

    @property
    def is_ca(self) -> bool:
        """Whether it may issue others."""
        return "CA:TRUE" in self.extensions.get("Basic Constraints", "")


def run(*arguments: str, data: bytes = b"", folder: pathlib.Path | None = None) -> bytes:
    """Return what a command of ``openssl`` prints.

    :param folder: in which the command runs

    :raises Refused: it fails
    """
    done = subprocess.run(["openssl", *arguments], check=False, input=data, capture_output=True, cwd=folder)
    if done.returncode:
        raise Refused(f"openssl {' '.join(arguments)}: {done.stderr.decode('utf-8', 'replace')}")
    return done.stdout


def request(pem: str | bytes) -> Request:
    """Read a CSR in PEM.

    :raises Refused: it cannot be read, or its signature is not good
    """
    return _request(pem if isinstance(pem, bytes) else pem.encode())


def certificate(pem: str | bytes) -> Certificate:
    """Read the first certificate of a text.

    :raises Refused: it cannot be read
    """
    return _certificate(pem if isinstance(pem, bytes) else pem.encode())


def certificates(pem: str | bytes) -> list[Certificate]:
    """Read each certificate of a text."""
    text = pem.decode() if isinstance(pem, bytes) else pem
    return [certificate(f"{_BEGIN}{block.partition(_END)[0]}{_END}\n") for block in text.split(_BEGIN)[1:]]


def public_key(text: bytes) -> bytes:
    """Return the public key of a private key, certificate or CSR in PEM, in DER."""
    if b"PRIVATE KEY" in text:
        return run("pkey", "-pubout", "-outform", "DER", data=text)
    command = "req" if b"CERTIFICATE REQUEST" in text else "x509"
    return run("pkey", "-pubin", "-outform", "DER", data=run(command, "-noout", "-pubkey", data=text))


def require_path(leaf: str, others: t.Iterable[str], root: str, folder: pathlib.Path, *, at: dt.datetime) -> None:
    """Check that a certificate has a path to a root.

    :param folder: for the files that ``openssl`` reads
    :raises Refused: it has none
    """
    for name, texts in (("leaf.pem", [leaf]), ("others.pem", [*others]), ("root.pem", [root])):
        (folder / name).write_text("".join(texts), encoding="ascii")
    untrusted = ("-untrusted", str(folder / "others.pem")) if (folder / "others.pem").stat().st_size else ()
    trusted = ("-no-CApath", "-no-CAstore", "-CAfile", str(folder / "root.pem"))
    run("verify", "-attime", str(int(at.timestamp())), *trusted, *untrusted, str(folder / "leaf.pem"))


@functools.lru_cache(maxsize=4096)
def _request(pem: bytes) -> Request:
    text = run("req", "-verify", "-noout", "-text", "-pubkey", "-subject", *_NAMES, data=pem).decode("utf-8", "replace")
    attributes = re.search(r"^ {8}Attributes:(.*?)^ {4}Signature Algorithm", text, re.MULTILINE | re.DOTALL)
    lines = attributes.group(1).splitlines() if attributes else []
    asks = [line.strip().replace("X509v3 ", "") for line in lines if re.match(r"^ {12,16}\S", line)]
    return Request(
        _names(text, "subject"), _key_sha256(text), _kind(text), tuple(one for one in asks if one != "(none)")
    )


@functools.lru_cache(maxsize=4096)
def _certificate(pem: bytes) -> Certificate:
    shown = ("-subject", "-issuer", "-serial", "-dates", "-dateopt", "iso_8601", "-fingerprint", "-sha256", "-pubkey")
    text = run("x509", "-noout", "-text", *shown, *_NAMES, data=pem).decode("utf-8", "replace")
    # A long number is divided.
    text = text.replace("\\\n", "")
    fields = dict(re.findall(r"^(serial|notBefore|notAfter|sha256 Fingerprint)=(.*)$", text, re.MULTILINE))
    return Certificate(
        _whole(pem.decode("utf-8", "replace")),
        _names(text, "subject"),
        _names(text, "issuer"),
        fields["serial"].lstrip("0"),
        *(dt.datetime.strptime(fields[name], "%Y-%m-%d %H:%M:%S%z") for name in ("notBefore", "notAfter")),
        fields["sha256 Fingerprint"].replace(":", "").lower(),
        _key_sha256(text),
        _kind(text),
        {
            name.partition(":")[0].replace("X509v3", "").strip(): " ".join(value.split())
            for name, value in re.findall(r"^ {12}(\S.*?: ?(?:critical)?) *\n((?: {16}.*\n)+)", text, re.MULTILINE)
        },
    )


def _whole(text: str) -> str:
    return f"{_BEGIN}{text.partition(_BEGIN)[2].partition(_END)[0]}{_END}\n"


def _names(text: str, which: str) -> tuple[str, ...]:
    found = re.search(rf"^{which}=\n((?: {{4}}.*\n)*)", text, re.MULTILINE)
    return tuple(line.strip() for line in found.group(1).splitlines()) if found else ()


def _key_sha256(text: str) -> str:
    found = re.search(r"-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", text, re.DOTALL)
    return hashlib.sha256(base64.b64decode(found.group(1))).hexdigest() if found else ""


def _kind(text: str) -> str:
    curve, size = re.search(r"NIST CURVE: (\S+)", text), re.search(r"Public-Key: \((\d+) bit\)", text)
    if curve or not size:
        return curve.group(1) if curve else ""
    return f"{'RSA' if 'rsaEncryption' in text else ''} {size.group(1)}".strip()


def _last(attributes: t.Sequence[str], kind: str) -> str | None:
    found = [one.partition("=")[2] for one in attributes if one.startswith(f"{kind}=")]
    return found[-1] if found else None
