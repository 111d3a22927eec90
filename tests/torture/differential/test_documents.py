# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document that the product calls signed is one that ``openssl cms`` or pyHanko accepts, with the root alone."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import check_document
from tests.helpers import openssl, signed
from tests.torture.differential.corpus import VECTORS, chance, files
from tests.torture.differential.mutation import damaged, restructured
from tests.torture.form import by_form
from tests.unit.signing import test_pyhanko
from tests.unit.signing.test_pyhanko import LIVE, signed_pdf
from tests.unit.x509 import pki

ROOT = pki.root("Root")
ISSUING = ROOT.issue("Issuing CA", ca=True)
RSA = ISSUING.issue("Signer", key=rsa.generate_private_key(public_exponent=65537, key_size=2048))
ECC = ISSUING.issue("Signer", key=ec.generate_private_key(ec.SECP384R1()))
SEEDS = [
    (RSA, ("-md", "sha256")),
    (RSA, ("-noattr",)),
    (RSA, ("-keyopt", "rsa_padding_mode:pss")),
    (RSA, ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20", "-md", "sha384")),
    (ECC, ("-md", "sha256")),
    (ECC, ("-noattr",)),
    (ECC, ("-stream",)),
    (ECC, ("-cades",)),
]


def is_accepted(document: bytes, path: Sequence[x509.Certificate], form: str) -> bool:
    """Return whether the product accepts a document without a reader."""
    try:
        found = check_document(document, path, form=form, now=pki.NOW, is_strict=True, wants_timestamp=False)
    except WotrusError:
        return False
    return not found.lacks_chain and not found.is_followed


def content_of(message: bytes, root: Path) -> bytes:
    """Return the content of a message that ``openssl`` accepts."""
    trust = ("-CAfile", str(root), "-purpose", "any", "-attime", str(int(pki.NOW.timestamp())))
    return openssl.run("cms", "-verify", "-binary", "-inform", "DER", *trust, data=message)


def test_message(tmp_path: Path) -> None:
    numbers, accepted, chain = chance("messages"), 0, [ISSUING.certificate]
    (tmp_path / "root.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    seeds = [
        (one.certificate, signed.cms(one.certificate, one.key, "-nodetach", *options, chain=chain))
        for one, options in SEEDS
    ]
    for certificate, seed in (*seeds, *(numbers.choice(seeds) for _number in range(by_form(short=1_200, long=10_000)))):
        message = (
            seed if accepted < len(seeds) else (damaged if numbers.random() < 0.5 else restructured)(seed, numbers)
        )
        if is_accepted(message, (certificate, *chain, ROOT.certificate), "cms"):
            accepted += 1
            assert content_of(message, tmp_path / "root.pem") == signed.CONTENT, message.hex()
    assert accepted > len(seeds)


def test_message_of_another_package() -> None:
    for name, message in files(VECTORS / "pkcs7", label="PKCS7"):
        assert not is_accepted(message, (RSA.certificate, ISSUING.certificate, ROOT.certificate), "cms"), name


def is_accepted_by_pyhanko(document: bytes) -> bool:
    """Return whether pyHanko accepts the last signature of a PDF."""
    signature = PdfFileReader(io.BytesIO(document)).embedded_regular_signatures[-1]
    root = asn1_x509.Certificate.load(test_pyhanko.ROOT.certificate.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root], allow_fetching=False, moment=pki.NOW)
    return bool(asyncio.run(async_validate_pdf_signature(signature, context)).bottom_line)


@pytest.mark.parametrize("prefers_pss", [False, True])
def test_pdf(*, prefers_pss: bool) -> None:
    document, accepted = signed_pdf(prefers_pss=prefers_pss), 0
    path = (LIVE.certificate, test_pyhanko.ROOT.certificate)
    assert is_accepted(document, path, "pdf")
    assert is_accepted_by_pyhanko(document)
    numbers = chance("pdf")
    begin = document.index(b"/Contents <") + len(b"/Contents <")
    size = document.index(b"0000000000", begin) - begin
    for _number in range(by_form(short=400, long=4_000)):
        if numbers.random() < 0.3:
            changed = damaged(document, numbers)
        else:
            # The signature keeps its place in the file.
            seed = bytes.fromhex(document[begin : begin + size + size % 2].decode())
            new = (damaged if numbers.random() < 0.5 else restructured)(seed, numbers).hex().encode()
            changed = document[:begin] + new.ljust(size, b"0") + document[begin + max(size, len(new)) :]
        if changed != document and is_accepted(changed, path, "pdf"):
            accepted += 1
            assert is_accepted_by_pyhanko(changed), changed[begin : begin + size]
    assert accepted > 0
