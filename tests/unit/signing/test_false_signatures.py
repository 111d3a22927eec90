# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A signature of the live key is refused if a reader of the document would not accept it."""

from __future__ import annotations

import datetime
import hashlib
import typing as t

import pytest
from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import SentContent
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import CheckedDocument, check_document
from tests.helpers import signed
from tests.unit.x509 import pki

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEY_ID = x509.SubjectKeyIdentifier.from_public_key(KEY.public_key())
ROOT = pki.root("Root")
ISSUING = ROOT.issue("Issuing CA", ca=True)
LIVE = ISSUING.issue("Signer", key=KEY, extensions=(KEY_ID,))
FORMER = ISSUING.issue("Signer", key=KEY, extensions=(KEY_ID,))
EXPIRED = ISSUING.issue("Signer", key=KEY, extensions=(KEY_ID,), days=(-20, -1))
OLD_ISSUING = pki.sign("Issuing CA", issuer=ROOT, key=ISSUING.key, ca=True, days=(-20, -1))
CHAIN = (ISSUING.certificate,)
PATH = (LIVE.certificate, ISSUING.certificate, ROOT.certificate)


SENT, YESTERDAY = (
    {"cms": SentContent.new(is_pdf=False), "pdf": SentContent.new(is_pdf=True)} for _day in ("today", "yesterday")
)


def check(
    document: bytes, *, form: str = "cms", is_strict: bool = True, sent: SentContent | None = None
) -> CheckedDocument:
    return check_document(document, PATH, form=form, now=pki.NOW, is_strict=is_strict, wants_timestamp=False, sent=sent)


def message(*options: str, by: pki.Authority = LIVE, chain: t.Sequence[x509.Certificate] = CHAIN) -> bytes:
    return signed.cms(by.certificate, KEY, "-nodetach", *options, chain=chain)


def edited(document: bytes, change: t.Callable[[cms.SignedData, cms.SignerInfo], None], *, signs: str = "") -> bytes:
    """Return a message that was changed.

    :param signs: the hash with which it is signed again; empty to keep the signature
    """
    whole = cms.ContentInfo.load(document)
    (signer,) = whole["content"]["signer_infos"]
    change(whole["content"], signer)
    if signs:
        data = signer["signed_attrs"].untag().dump(force=True)
        signer["signature"] = KEY.sign(data, padding.PKCS1v15(), getattr(hashes, signs.upper())())
    return whole.dump(force=True)


def names_live(content: cms.SignedData, signer: cms.SignerInfo) -> None:
    """Name the live certificate, and leave the signed attributes as they are."""
    live = asn1_x509.Certificate.load(LIVE.certificate.public_bytes(Encoding.DER))
    signer["sid"] = cms.SignerIdentifier(
        {"issuer_and_serial_number": {"issuer": live.issuer, "serial_number": live.serial_number}}
    )
    content["certificates"].append(cms.CertificateChoices("certificate", live))


def with_attribute(kind: str, *values: t.Any) -> t.Callable[[cms.SignedData, cms.SignerInfo], None]:
    def change(_content: cms.SignedData, signer: cms.SignerInfo) -> None:
        signer["signed_attrs"].append(cms.CMSAttribute({"type": kind, "values": values}))

    return change


def with_values(kind: str, *values: t.Any) -> t.Callable[[cms.SignedData, cms.SignerInfo], None]:
    def change(_content: cms.SignedData, signer: cms.SignerInfo) -> None:
        for attribute in signer["signed_attrs"]:
            if attribute["type"].native == kind:
                attribute["values"].append(*values)

    return change


def set_algorithm(_content: cms.SignedData, signer: cms.SignerInfo) -> None:
    signer["signature_algorithm"] = {"algorithm": "sha512_rsa", "parameters": core.Null()}


def with_parameters(parameters: bytes) -> bytes:
    """Return a message whose hash has these two octets as parameters."""
    algorithm = algos.DigestAlgorithm({"algorithm": "sha256", "parameters": core.Null()})

    def change(content: cms.SignedData, signer: cms.SignerInfo) -> None:
        content["digest_algorithms"], signer["digest_algorithm"] = cms.DigestAlgorithms([algorithm]), algorithm

    whole = algorithm.dump()
    return edited(message(), change).replace(whole, whole[:-2] + parameters)


def signed_twice(content: cms.SignedData, signer: cms.SignerInfo) -> None:
    content["signer_infos"].append(signer.copy())


def padded(tail: bytes) -> bytes:
    document = signed.pdf(LIVE.certificate, KEY, chain=CHAIN)
    end = document.rindex(b"00>>>")
    return document[: end - len(tail)] + tail + document[end:]


def revoking() -> bytes:
    """Return a message with a list of its issuer in which the live certificate is."""
    now = pki.NOW.replace(tzinfo=None)
    revoked = x509.RevokedCertificateBuilder().serial_number(LIVE.certificate.serial_number).revocation_date(now)
    builder = x509.CertificateRevocationListBuilder().issuer_name(ISSUING.certificate.subject).last_update(now)
    builder = builder.next_update(now + datetime.timedelta(days=9)).add_revoked_certificate(revoked.build())
    revocations = builder.sign(ISSUING.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def change(content: cms.SignedData, _signer: cms.SignerInfo) -> None:
        content["crls"] = cms.RevocationInfoChoices([cms.RevocationInfoChoice.load(revocations)])

    return edited(message(), change)


FALSE: dict[str, tuple[t.Callable[[], bytes], str]] = {
    "expired intermediate": (lambda: message(chain=[OLD_ISSUING.certificate]), "is only valid from"),
    "no certificates": (lambda: message("-nocerts", chain=()), "does not have the live certificate"),
    "chain alone": (lambda: message("-nocerts"), "does not have the live certificate"),
    "former certificate by its key id": (lambda: message("-keyid", by=FORMER), "does not have the live certificate"),
    "expired certificate by its key id": (lambda: message("-keyid", by=EXPIRED), "does not have the live certificate"),
    "key id of two certificates": (
        lambda: message("-keyid", by=FORMER, chain=[LIVE.certificate, *CHAIN]),
        "several certificates",
    ),
    "ESS of the former certificate": (
        lambda: edited(message("-cades", by=FORMER), names_live),
        "signing-certificate attribute names another",
    ),
    "revoked by its own list": (revoking, "is revoked"),
    "two digests": (
        lambda: edited(message(), with_attribute("message_digest", hashlib.sha256(b"X").digest()), signs="sha256"),
        "no CMS structure",
    ),
    "digest of two values": (
        lambda: edited(message(), with_values("message_digest", hashlib.sha256(b"X").digest()), signs="sha256"),
        "no CMS structure",
    ),
    "two content types": (
        lambda: edited(message(), with_attribute("content_type", "signed_data"), signs="sha256"),
        "no CMS structure",
    ),
    "two hashes": (lambda: edited(message(), set_algorithm, signs="sha512"), "no CMS structure"),
    "parameters of a hash": (lambda: with_parameters(b"\x30\0"), "no CMS structure"),
    "two signatures": (lambda: edited(message(), signed_twice), "has 2 signatures"),
    "more after it": (lambda: message() + b"\0", "Something stands after"),
}


@pytest.mark.parametrize("case", FALSE)
@pytest.mark.parametrize("is_strict", [True, False])
def test_a_message_that_a_reader_refuses(case, is_strict) -> None:
    document, said = FALSE[case]
    with pytest.raises(WotrusError, match=said):
        check(document(), is_strict=is_strict)


FALSE_PDF = {
    "content in the signature": (lambda: signed.pdf(LIVE.certificate, KEY, "-nodetach", chain=CHAIN), "its own"),
    "more in the signature": (lambda: padded(b"3000"), "Something stands after"),
}


@pytest.mark.parametrize("case", FALSE_PDF)
def test_a_pdf_that_a_reader_refuses(case) -> None:
    document, said = FALSE_PDF[case]
    with pytest.raises(WotrusError, match=said):
        check(document(), form="pdf")


def test_a_hash_may_have_the_parameters_of_null() -> None:
    assert check(with_parameters(b"\5\0")).lacks_chain is False


@pytest.mark.parametrize("options", [(), ("-cades",), ("-keyid",), ("-keyopt", "rsa_padding_mode:pss")])
def test_what_readers_accept_is_good(options) -> None:
    for found in (
        check(message(*options)),
        check(signed.pdf(LIVE.certificate, KEY, *options, chain=CHAIN), form="pdf"),
    ):
        assert (found.lacks_chain, found.is_followed) == (False, False)


def test_a_missing_intermediate_is_found() -> None:
    assert check(message(chain=())).lacks_chain is True
    stranger = pki.root("Root")
    with pytest.raises(WotrusError, match="leads to none of the given trust anchors"):
        check_document(
            message(),
            (*PATH[:2], stranger.certificate),
            form="cms",
            now=pki.NOW,
            is_strict=False,
            wants_timestamp=False,
            sent=None,
        )


def of(content: bytes, *options: str) -> bytes:
    return signed.cms(LIVE.certificate, KEY, *options, content=content, chain=CHAIN)


def pdf_of(former: bytes = b"") -> bytes:
    return signed.pdf(LIVE.certificate, KEY, former=former, chain=CHAIN)


ANOTHER, OTHER_CONTENT = "not the one of test_signature.content", "The signature is for other content"
NOT_SENT: dict[str, tuple[str, t.Callable[[], bytes], str]] = {
    "message of yesterday": ("cms", lambda: of(YESTERDAY["cms"].data, "-nodetach"), ANOTHER),
    "detached signature of yesterday": ("cms", lambda: of(YESTERDAY["cms"].data), OTHER_CONTENT),
    "message that only contains it": ("cms", lambda: of(b"<" + SENT["cms"].data + b">", "-nodetach"), ANOTHER),
    "beginning of it": ("cms", lambda: of(SENT["cms"].data[:-1], "-nodetach"), ANOTHER),
    "nothing": ("cms", lambda: of(b"", "-nodetach"), ANOTHER),
    "PDF of yesterday": ("pdf", lambda: pdf_of(YESTERDAY["pdf"].data), ANOTHER),
    "PDF of its own": ("pdf", pdf_of, ANOTHER),
    "PDF that it follows": ("pdf", lambda: pdf_of(YESTERDAY["pdf"].data) + SENT["pdf"].data, ANOTHER),
    "PDF with it where the signature is": (
        "pdf",
        lambda: with_hole(SENT["pdf"].text.hex().encode()),
        "Something stands after",
    ),
}


def with_hole(digits: bytes) -> bytes:
    """Return a PDF with further digits after its signature, which nothing signs."""
    document = pdf_of()
    end = document.index(b"00>>>")
    return document[: end - len(digits)] + digits + document[end:]


@pytest.mark.parametrize("case", NOT_SENT)
def test_another_document_than_the_one_that_was_sent_is_refused(case) -> None:
    form, document, said = NOT_SENT[case]
    with pytest.raises(WotrusError, match=said):
        check(document(), form=form, sent=SENT[form])


@pytest.mark.parametrize("options", [("-nodetach",), (), ("-cades",), ("-cades", "-nodetach"), ("-noattr",)])
def test_a_message_of_what_was_sent_is_good_with_and_without_it(options) -> None:
    assert check(of(SENT["cms"].data, *options), sent=SENT["cms"]).lacks_chain is False


def test_a_pdf_that_begins_with_what_was_sent_is_good() -> None:
    assert check(pdf_of(SENT["pdf"].data), form="pdf", sent=SENT["pdf"]).is_followed is False
