# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A signed document is good if the live certificate signed what it contains."""

from __future__ import annotations

import contextlib
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._errors import SigningFailed
from ansible_collections.wotrus.pki.plugins.module_utils._x509.document_signatures import signing_certificates
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import CheckedDocument, check_document
from tests.helpers import signed
from tests.unit.x509 import pki

ROOT = pki.root("Root")
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
RSA = ROOT.issue("Signer", key=RSA_KEY)
ECC = ROOT.issue("Signer", key=ec.generate_private_key(ec.SECP384R1()))
RENEWED = ROOT.issue("Signer", key=RSA_KEY)
OTHER = ROOT.issue("Signer")
MESSAGE = signed.cms(ECC.certificate, ECC.key, "-nodetach")
PDF = signed.pdf(ECC.certificate, ECC.key)


def check(document: bytes, certificate: x509.Certificate, *, form: str = "cms") -> CheckedDocument:
    path = (certificate, ROOT.certificate)
    return check_document(document, path, form=form, now=pki.NOW, is_strict=True, wants_timestamp=True, sent=None)


def problem(document: bytes, authority: pki.Authority = ECC, *, form: str = "cms") -> str:
    with pytest.raises(SigningFailed) as caught:
        check(document, authority.certificate, form=form)
    return str(caught.value)


@pytest.mark.parametrize(
    ("authority", "options"),
    [
        (RSA, ("-md", "sha256")),
        (RSA, ("-md", "sha512")),
        (RSA, ("-noattr",)),
        (RSA, ("-keyopt", "rsa_padding_mode:pss")),
        (RSA, ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20", "-md", "sha384")),
        (ECC, ("-md", "sha256")),
        (ECC, ("-md", "sha384")),
        (ECC, ("-noattr",)),
        (ECC, ("-stream",)),
        (ECC, ("-cades",)),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else None,
)
def test_messages_and_pdfs_of_openssl_are_good(authority, options) -> None:
    message = signed.cms(authority.certificate, authority.key, "-nodetach", *options)
    # With -stream, openssl has the content in the signature.
    document = signed.pdf(authority.certificate, authority.key, *(one for one in options if one != "-stream"))
    for form, one in (("cms", message), ("pdf", document)):
        assert check(one, authority.certificate, form=form) == CheckedDocument(
            lacks_chain=False, is_followed=False, is_stamped=False, bad_timestamp=None
        )


def test_a_signer_may_be_named_by_its_key_id() -> None:
    builder = x509.CertificateBuilder().subject_name(pki.name("Signer")).issuer_name(ROOT.certificate.subject)
    builder = builder.public_key(ECC.key.public_key()).serial_number(7)
    builder = builder.not_valid_before(pki.NOW).not_valid_after(pki.NOW + datetime.timedelta(days=9))
    key_id = x509.SubjectKeyIdentifier.from_public_key(ECC.key.public_key())
    certificate = builder.add_extension(key_id, critical=False).sign(ROOT.key, hashes.SHA256())
    message = signed.cms(certificate, ECC.key, "-nodetach", "-keyid")
    check(message, certificate)
    assert "is signed by the certificate" in problem(message, ECC)


@pytest.mark.parametrize(
    ("options", "found"),
    [((), "former"), (("-nocerts",), "live"), (("-cades",), "former"), (("-cades", "-nocerts"), "former")],
)
def test_of_certificates_with_one_key_id_the_one_of_the_message_signed_it(options: tuple[str, ...], found: str) -> None:
    key_id = x509.SubjectKeyIdentifier.from_public_key(RSA_KEY.public_key())
    former, live = (ROOT.issue("Signer", key=RSA_KEY, extensions=(key_id,)).certificate for _number in range(2))
    names = {live: "live", former: "former"}
    message = signed.cms(former, RSA_KEY, "-nodetach", "-keyid", *options)
    signers = signing_certificates(message, [live, former], before_each=lambda: None)
    assert [names[one] for one in signers] == [found]


def test_another_certificate_is_named_even_if_its_key_is_the_same() -> None:
    said = problem(signed.cms(RSA.certificate, RSA.key, "-nodetach"), RENEWED)
    assert f"{RSA.certificate.serial_number:X}" in said
    assert f"{RENEWED.certificate.serial_number:X}" in said


def test_a_key_of_another_certificate_is_found() -> None:
    for authority, key in ((OTHER, ECC.key), (RSA, OTHER.key)):
        stranger = pki.sign(
            "Signer", issuer=ROOT, key=key, ca=False, days=(-1, 1), serial=authority.certificate.serial_number
        )
        said = problem(signed.cms(stranger.certificate, key, "-nodetach"), authority)
        assert said == "The key of the live certificate did not make the signature."


RANGE = "The ByteRange of the PDF is not all of it but the signature."
BAD = {
    "changed PDF": ("pdf", PDF.replace(b"endobj", b"other!"), "The signature is for other content."),
    "changed text": ("cms", MESSAGE.replace(signed.CONTENT, b"B contract."), "The signature is for other content."),
    "range without its start": ("pdf", PDF.replace(b"[0", b"[1"), RANGE),
    "cut PDF": ("pdf", PDF[:-5], RANGE),
    "no hexadecimal": ("pdf", PDF.replace(b"<30", b"<zz"), "no CMS structure"),
    "unsigned PDF": ("pdf", b"%PDF-1.7\n%%EOF\n", "The PDF has no signature."),
    "CMS for PDF": ("pdf", MESSAGE, "The output is no PDF."),
    "nothing for PDF": ("pdf", b"", "The output is no PDF."),
    "nothing": ("cms", b"", "no CMS structure"),
    "words": ("cms", b"usage: sign FILE", "no CMS structure"),
    "cut message": ("cms", MESSAGE[:-9], "no CMS structure"),
    "deep": ("cms", b"0\x80" * 1000, "no CMS structure"),
    "many parts": ("cms", b"0\x80" + b"\5\0" * 1_000_000, "no CMS structure"),
    "detached": ("cms", signed.cms(ECC.certificate, ECC.key), "does not contain what it signs"),
    "SHA-1": (
        "cms",
        signed.cms(ECC.certificate, ECC.key, "-nodetach", "-md", "sha1"),
        "1.3.14.3.2.26 is not supported",
    ),
    "SHA-1 alone": (
        "cms",
        signed.cms(ECC.certificate, ECC.key, "-noattr", "-nodetach", "-md", "sha1"),
        "is not supported",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said(case) -> None:
    form, document, said = BAD[case]
    assert said in problem(document, form=form)


def test_signatures_of_others_do_not_matter() -> None:
    other = signed.pdf(OTHER.certificate, OTHER.key)
    both = signed.pdf(ECC.certificate, ECC.key, former=other)
    for authority, is_followed in ((ECC, False), (OTHER, True)):
        assert check(both, authority.certificate, form="pdf").is_followed is is_followed
    assert "is signed by the certificate" in problem(other, form="pdf")


@given(st.data())
def test_no_damage_is_more_than_a_refusal(data) -> None:
    document = bytearray(MESSAGE)
    for _change in range(data.draw(st.integers(1, 3))):
        document[data.draw(st.integers(0, len(document) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(SigningFailed):
        check(bytes(document), ECC.certificate)
