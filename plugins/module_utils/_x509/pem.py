# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read PEM (RFC 7468) in any layout, with text between the blocks."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate, boundary
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import (
    require_cryptography,
    serialization,
    validity,
    x509,
)

_CERTIFICATE_LABELS = ("CERTIFICATE", "X509 CERTIFICATE")
_LARGEST_TEXT = 2 * 1024 * 1024


def load_certificates(text: str) -> list[x509.Certificate]:
    """Return all certificates of a PEM text, in its order.

    :raises BadCertificate: there is none, or one cannot be read
    """
    require_cryptography()
    certificates: list[x509.Certificate] = []
    with boundary(
        lambda error: BadCertificate(
            "Certificate {number} of the PEM text cannot be read: {error}.", number=len(certificates) + 1, error=error
        )
    ):
        certificates.extend(map(load_der, find_blocks(text, labels=_CERTIFICATE_LABELS)))
    if not certificates:
        raise BadCertificate("The text has no certificate in PEM form (-----BEGIN CERTIFICATE-----).")
    return certificates


def find_blocks(text: str, *, labels: tuple[str, ...], longest: int = _LARGEST_TEXT) -> Iterator[bytes]:
    """Yield the decoded content of PEM blocks with the given labels.

    :param longest: characters of the text

    :raises ValueError: the text is too large, or a block has no end or is not base64
    """
    if len(text) > longest:
        raise ValueError(Message("the text is longer than {longest} characters", longest=longest))
    pattern = rf"-----BEGIN ({'|'.join(labels)})-----(.*?)(-----END \1-----|\Z)"
    for label, body, end in re.findall(pattern, text, re.DOTALL):
        if not end:
            raise ValueError(Message("-----END {label}----- is missing", label=label))
        try:
            yield base64.b64decode("".join(body.split()), validate=True)
        except ValueError as error:
            raise ValueError(Message("the text between BEGIN and END is not base64")) from error


def load_der(data: bytes) -> x509.Certificate:
    """Read one certificate, with the fields that ``cryptography`` decodes only on access.

    :raises ValueError: it is damaged
    """
    certificate = x509.load_der_x509_certificate(data)
    readable = (certificate.subject, certificate.issuer, certificate.tbs_certificate_bytes, validity(certificate))
    if certificate.serial_number < 0 or not readable:
        raise ValueError(Message("its serial number is negative"))
    # The library takes values of any type in a name, and does not compare the two algorithms.
    if not der.is_name(der.subject(certificate.tbs_certificate_bytes)) or not der.names_its_signer(data):
        raise ValueError(Message("a name in it is no text, or its signature has another algorithm than it says"))
    return certificate


def to_pem(certificate: x509.Certificate) -> str:
    """Return the certificate as PEM with lines of 64 characters."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
