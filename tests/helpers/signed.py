# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents that ``openssl cms`` signs."""

from __future__ import annotations

import pathlib
import subprocess
import tempfile
import typing as t

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

CONTENT = b"A contract."
_PLACEHOLDER = 8192


def cms(
    certificate: x509.Certificate,
    key: t.Any,
    *options: str,
    content: bytes = CONTENT,
    chain: t.Sequence[x509.Certificate] = (),
) -> bytes:
    """Return a CMS message.

    :param options: of ``openssl cms``, such as ``-nodetach``
    :param chain: further certificates for its readers
    """
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "chain.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in chain))
        return subprocess.run(
            [
                "openssl",
                "cms",
                "-sign",
                "-binary",
                "-outform",
                "DER",
                "-signer",
                "cert.pem",
                "-inkey",
                "key.pem",
                *(("-certfile", "chain.pem") if chain else ()),
                *options,
            ],
            input=content,
            stdout=subprocess.PIPE,
            cwd=folder,
            check=True,
        ).stdout


def pdf(
    certificate: x509.Certificate,
    key: t.Any,
    *options: str,
    former: bytes = b"",
    chain: t.Sequence[x509.Certificate] = (),
) -> bytes:
    """Return a file with the parts of a signed PDF that a check needs.

    :param former: the revision before, with its own signature
    :param chain: further certificates for its readers
    """
    start = former + b"%PDF-1.7\n1 0 obj\n<</Type/Sig/ByteRange[0 00000 00000 00000]/Contents"
    first, rest = len(start), b">>\nendobj\n%%EOF\n"
    second = first + 2 * _PLACEHOLDER + 2
    start = start.replace(b"[0 00000 00000 00000]", b"[0 %05d %05d %05d]" % (first, second, len(rest)))
    signature = cms(certificate, key, *options, content=start + rest, chain=chain)
    return start + b"<" + signature.hex().encode().ljust(2 * _PLACEHOLDER, b"0") + b">" + rest
