# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document that the product calls signed is one that ``openssl cms`` or pyHanko calls so."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import check_document
from tests.helpers import openssl, signed
from tests.torture.differential.corpus import chance
from tests.torture.differential.mutation import damaged, restructured
from tests.torture.form import by_form
from tests.unit.signing.test_pyhanko import LIVE, signed_pdf
from tests.unit.x509 import pki

ROOT = pki.root("Root")
RSA = ROOT.issue("Signer", key=rsa.generate_private_key(public_exponent=65537, key_size=2048))
ECC = ROOT.issue("Signer", key=ec.generate_private_key(ec.SECP384R1()))
SEEDS = [
    (RSA, ("-md", "sha256")),
    (RSA, ("-noattr",)),
    (RSA, ("-keyopt", "rsa_padding_mode:pss")),
    (RSA, ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20", "-md", "sha384")),
    (ECC, ("-md", "sha256")),
    (ECC, ("-noattr", "-nocerts")),
    (ECC, ("-stream",)),
    (ECC, ("-cades",)),
]


def is_signed(document: bytes, certificate: x509.Certificate, form: str) -> bool:
    """Return whether the product calls a document signed."""
    try:
        check_document(document, certificate, form=form, wants_timestamp=False)
    except WotrusError:
        return False
    return True


def verified(message: bytes, signer: Path) -> bytes | None:
    """Return the content of a message; ``None`` if it has a signature of another certificate too.

    The product looks at the signatures of the live certificate alone.
    """
    own = ("-noverify", "-nointern", "-certfile", str(signer))
    try:
        return openssl.run("cms", "-verify", "-binary", "-inform", "DER", *own, data=message)
    except openssl.Refused as refused:
        if "signer certificate not found" in str(refused):
            return None
        raise


def test_message(tmp_path: Path) -> None:
    numbers, accepted = chance("messages"), 0
    seeds = [(one.certificate, signed.cms(one.certificate, one.key, "-nodetach", *options)) for one, options in SEEDS]
    for certificate, seed in (*seeds, *(numbers.choice(seeds) for _number in range(by_form(short=1_200, long=10_000)))):
        message = (damaged if numbers.random() < 0.5 else restructured)(seed, numbers)
        if not is_signed(message, certificate, "cms"):
            continue
        accepted += 1
        (tmp_path / "signer.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        assert verified(message, tmp_path / "signer.pem") in (signed.CONTENT, None), message.hex()
    assert accepted > 50


def is_intact(document: bytes) -> bool:
    """Return whether pyHanko calls the first signature of a PDF good, as far as keys and content go."""
    (signature, *_others) = PdfFileReader(io.BytesIO(document), strict=False).embedded_signatures
    context = ValidationContext(trust_roots=[], allow_fetching=False)
    try:
        status = asyncio.run(async_validate_pdf_signature(signature, context))
    except SignatureValidationError as refused:
        # The product knows the live certificate, and pyHanko only what the signature has.
        return "signer certificate not included" in str(refused)
    return bool(status.intact and status.valid)


@pytest.mark.parametrize("prefers_pss", [False, True])
def test_pdf(*, prefers_pss: bool) -> None:
    document, accepted = signed_pdf(stamps=False, prefers_pss=prefers_pss), 0
    assert is_signed(document, LIVE.certificate, "pdf")
    assert is_intact(document)
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
        if changed != document and is_signed(changed, LIVE.certificate, "pdf"):
            accepted += 1
            assert is_intact(changed), changed[begin : begin + size]
    assert accepted > 5
