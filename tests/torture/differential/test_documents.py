# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document that the product calls signed is one that ``openssl cms`` or pyHanko accepts, with the root alone."""

from __future__ import annotations

import asyncio
import hashlib
import io
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import SentContent
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import check_document
from tests.helpers import openssl, signed
from tests.torture.differential.corpus import VECTORS, chance, files
from tests.torture.differential.mutation import damaged, restructured
from tests.torture.form import by_form
from tests.unit.signing import test_false_signatures as false
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


def is_accepted(
    document: bytes, path: Sequence[x509.Certificate], form: str, *, sent: SentContent | None = None
) -> bool:
    """Return whether the product accepts a document without a reader.

    :param sent: what must be signed; ``None`` for anything
    """
    try:
        found = check_document(document, path, form=form, now=pki.NOW, is_strict=True, wants_timestamp=False, sent=sent)
    except WotrusError:
        return False
    return not found.lacks_chain and not found.is_followed


def content_of(message: bytes, root: Path, *options: str) -> bytes:
    """Return the content of a message that ``openssl`` accepts.

    :param options: of ``openssl cms``, such as ``-content`` for a message without its content
    """
    trust = ("-CAfile", str(root), "-purpose", "any", "-attime", str(int(pki.NOW.timestamp())))
    return openssl.run("cms", "-verify", "-binary", "-inform", "DER", *trust, *options, data=message)


def test_message(tmp_path: Path) -> None:
    numbers, accepted, chain = chance("messages"), 0, [ISSUING.certificate]
    (tmp_path / "root.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    seeds = [
        (one.certificate, signed.cms(one.certificate, one.key, "-nodetach", *options, chain=chain))
        for one, options in SEEDS
    ]
    # A certificate that leads nowhere changes nothing for either reader.
    one = SEEDS[0][0]
    more = (one.certificate, signed.cms(one.certificate, one.key, "-nodetach", chain=[*chain, false.ROOT.certificate]))
    drawn = [numbers.choice(seeds) for _number in range(by_form(short=1_200, long=10_000))]
    for number, (certificate, seed) in enumerate((*seeds, more, *drawn)):
        is_whole = number <= len(seeds)
        message = seed if is_whole else (damaged if numbers.random() < 0.5 else restructured)(seed, numbers)
        if is_accepted(message, (certificate, *chain, ROOT.certificate), "cms"):
            accepted += 1
            assert content_of(message, tmp_path / "root.pem") == signed.CONTENT, message.hex()
    assert accepted > len(seeds)


def test_message_of_another_package() -> None:
    for name, message in files(VECTORS / "pkcs7", label="PKCS7"):
        assert not is_accepted(message, (RSA.certificate, ISSUING.certificate, ROOT.certificate), "cms"), name


Change = Callable[[cms.SignedData, cms.SignerInfo], None]


def der_of(authority: pki.Authority) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(authority.certificate.public_bytes(Encoding.DER))


def names(authority: pki.Authority, *, by_key: bool) -> Change:
    found = der_of(authority)
    number = {"issuer": found.issuer, "serial_number": found.serial_number}

    def change(_content: cms.SignedData, signer: cms.SignerInfo) -> None:
        if by_key:
            signer["sid"] = cms.SignerIdentifier({"subject_key_identifier": found.key_identifier})
            return
        signer["sid"] = cms.SignerIdentifier({"issuer_and_serial_number": number})

    return change


def has(*authorities: pki.Authority) -> Change:
    def change(content: cms.SignedData, _signer: cms.SignerInfo) -> None:
        certificates = [cms.CertificateChoices("certificate", der_of(one)) for one in authorities]
        content["certificates"] = cms.CertificateSet(certificates)

    return change


def signing_certificate(authority: pki.Authority, *, has_number: bool) -> Change:
    found = der_of(authority)
    name = asn1_x509.GeneralName("directory_name", found.issuer)
    number = {"issuer_serial": {"issuer": [name], "serial_number": found.serial_number}} if has_number else {}
    one = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(found.dump()).digest(), **number})
    return false.with_attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [one]}))


def set_digests(*kinds: str) -> Change:
    def change(content: cms.SignedData, _signer: cms.SignerInfo) -> None:
        content["digest_algorithms"] = cms.DigestAlgorithms(
            [algos.DigestAlgorithm({"algorithm": kind}) for kind in kinds]
        )

    return change


def set_signature(kind: str) -> Change:
    def change(_content: cms.SignedData, signer: cms.SignerInfo) -> None:
        signer["signature_algorithm"] = {"algorithm": kind, "parameters": core.Null()}

    return change


def without_attribute(kind: str) -> Change:
    def change(_content: cms.SignedData, signer: cms.SignerInfo) -> None:
        left = [one for one in signer["signed_attrs"] if one["type"].native != kind]
        signer["signed_attrs"] = cms.CMSAttributes(left)

    return change


def set_version(number: str) -> Change:
    def change(content: cms.SignedData, _signer: cms.SignerInfo) -> None:
        content["version"] = number

    return change


CHANGES: list[Change] = [
    *(names(one, by_key=by_key) for one in (false.LIVE, false.FORMER, false.EXPIRED) for by_key in (False, True)),
    has(false.LIVE),
    has(false.LIVE, false.ISSUING),
    has(false.ISSUING, false.LIVE),
    has(false.LIVE, false.OLD_ISSUING),
    has(false.LIVE, false.OLD_ISSUING, false.ISSUING),
    has(false.LIVE, false.FORMER, false.ISSUING),
    has(false.LIVE, false.ISSUING, false.ROOT),
    has(false.FORMER, false.ISSUING),
    has(),
    *(signing_certificate(one, has_number=has_number) for one in (false.LIVE, false.FORMER) for has_number in (0, 1)),
    set_digests(),
    set_digests("sha512"),
    set_digests("sha256", "sha512"),
    set_signature("sha256_rsa"),
    set_signature("sha512_rsa"),
    set_signature("rsassa_pkcs1v15"),
    *map(without_attribute, ("content_type", "message_digest", "signing_time", "cms_algorithm_protection")),
    false.with_attribute("content_type", "data"),
    false.with_attribute("content_type", "signed_data"),
    false.with_attribute("message_digest", hashlib.sha256(b"").digest()),
    *map(set_version, ("v0", "v1", "v3", "v5")),
]


def signed_anew(message: bytes, numbers: random.Random) -> bytes:
    """Return a message with some changes, signed by the live key once more."""
    changes = numbers.sample(CHANGES, numbers.randint(1, 3))

    def change(content: cms.SignedData, signer: cms.SignerInfo) -> None:
        for one in changes:
            one(content, signer)

    return false.edited(message, change, signs=numbers.choice(("sha256", "sha256", "sha256", "sha512")))


def test_message_that_is_signed_anew(tmp_path: Path) -> None:
    numbers, accepted, refused = chance("signed anew"), 0, 0
    (tmp_path / "root.pem").write_bytes(false.ROOT.certificate.public_bytes(Encoding.PEM))
    seed = false.message("-cades")
    for _number in range(by_form(short=60, long=600)):
        message = signed_anew(seed, numbers)
        if is_accepted(message, false.PATH, "cms"):
            accepted += 1
            assert content_of(message, tmp_path / "root.pem") == signed.CONTENT, message.hex()
        else:
            refused += 1
    assert min(accepted, refused) > 5


def test_pdf_that_is_signed_anew() -> None:
    numbers, accepted, refused = chance("signed anew"), 0, 0
    document = signed_pdf(live=false.LIVE, chain=[false.ISSUING])
    begin = document.index(b"/Contents <") + len(b"/Contents <")
    end = document.index(b">", begin)
    for _number in range(by_form(short=60, long=600)):
        new = signed_anew(bytes.fromhex(document[begin:end].decode()), numbers).hex().encode()
        changed = document[:begin] + new.ljust(end - begin, b"0") + document[end:]
        if is_accepted(changed, false.PATH, "pdf"):
            accepted += 1
            assert is_accepted_by_pyhanko(changed, false.ROOT), new
        else:
            refused += 1
    assert min(accepted, refused) > 5


def is_accepted_by_pyhanko(document: bytes, root: pki.Authority = test_pyhanko.ROOT) -> bool:
    """Return whether pyHanko accepts the last signature of a PDF."""
    signature = PdfFileReader(io.BytesIO(document)).embedded_regular_signatures[-1]
    context = ValidationContext(trust_roots=[der_of(root)], allow_fetching=False, moment=pki.NOW)
    return bool(asyncio.run(async_validate_pdf_signature(signature, context)).bottom_line)


@pytest.mark.parametrize("prefers_pss", [False, True])
def test_pdf(*, prefers_pss: bool) -> None:
    document, accepted = signed_pdf(prefer_pss=prefers_pss), 0
    path = (LIVE.certificate, test_pyhanko.ROOT.certificate)
    assert is_accepted(document, path, "pdf")
    assert is_accepted_by_pyhanko(document)
    numbers = chance("pdf")
    begin = document.index(b"/Contents <") + len(b"/Contents <")
    size = document.index(b"0000000000", begin) - begin
    for number in range(by_form(short=400, long=4_000)):
        if not number:
            # The same structure in other digits: both readers accept that for certain.
            changed = document[:begin] + document[begin : begin + size].swapcase() + document[begin + size :]
        elif numbers.random() < 0.3:
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
