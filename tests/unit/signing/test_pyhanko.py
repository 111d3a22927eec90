# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents and timestamps of pyHanko are good, as it makes them for PAdES and for CMS, and false ones are refused."""

from __future__ import annotations

import asyncio
import datetime
import io
import subprocess
import sys
import typing as t

import pytest
from asn1crypto import cms, keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter, copy_into_new_writer
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ansible_collections.wotrus.pki.plugins.module_utils._errors import SigningFailed
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import SentContent
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import CheckedDocument, check_document
from tests.helpers.examples import ROOT as REPOSITORY
from tests.helpers.examples import examples
from tests.unit.x509 import pki

ROOT = pki.root("Root")
LIVE = ROOT.issue("Signer", key=rsa.generate_private_key(public_exponent=65537, key_size=2048))
TSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
TSA = ROOT.issue("Time", key=TSA_KEY, usages=(ExtendedKeyUsageOID.TIME_STAMPING,))
NO_TSA = ROOT.issue("Time", key=TSA_KEY)


def key_of(authority: pki.Authority) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(authority.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def certificate_of(authority: pki.Authority) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(authority.certificate.public_bytes(Encoding.DER))


def signer(live: pki.Authority = LIVE, chain: t.Sequence[pki.Authority] = (), **options: t.Any) -> signers.SimpleSigner:
    registry = SimpleCertificateStore.from_certs(map(certificate_of, chain))
    return signers.SimpleSigner(
        signing_cert=certificate_of(live), signing_key=key_of(live), cert_registry=registry, **options
    )


def timestamper(tsa: pki.Authority = TSA, *, days: int = 0) -> DummyTimeStamper:
    return DummyTimeStamper(
        tsa_cert=certificate_of(tsa),
        tsa_key=key_of(tsa),
        certs_to_embed=SimpleCertificateStore(),
        fixed_dt=pki.NOW + datetime.timedelta(days=days),
    )


def check(
    document: bytes, *, form: str = "pdf", live: pki.Authority = LIVE, sent: SentContent | None = None
) -> CheckedDocument:
    path = (live.certificate, ROOT.certificate)
    return check_document(document, path, form=form, now=pki.NOW, is_strict=True, wants_timestamp=True, sent=sent)


def blank() -> io.BytesIO:
    writer = PdfFileWriter()
    writer.insert_page(PageObject(contents=writer.add_object(writer_stream(writer)), media_box=(0, 0, 200, 200)))
    out = io.BytesIO()
    writer.write(out)
    return out


def writer_stream(_writer: PdfFileWriter) -> t.Any:
    from pyhanko.pdf_utils.generic import StreamObject

    return StreamObject(stream_data=b"")


def signed_pdf(
    *,
    stamps: bool = False,
    of: bytes = b"",
    **options: t.Any,
) -> bytes:
    """Return a signed PDF.

    :param options: of :func:`signer`
    """
    metadata = signers.PdfSignatureMetadata(
        field_name="Signature", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256"
    )
    pdf_signer = signers.PdfSigner(metadata, signer=signer(**options), timestamper=timestamper() if stamps else None)
    source = io.BytesIO(of) if of else blank()
    document: bytes = asyncio.run(pdf_signer.async_sign_pdf(IncrementalPdfFileWriter(source))).getvalue()
    return document


def stamped(document: bytes, tsa: pki.Authority = TSA) -> bytes:
    """Return a document with a timestamp of it."""
    stamper = signers.PdfTimeStamper(timestamper(tsa))
    writer = IncrementalPdfFileWriter(io.BytesIO(document))
    out: io.BytesIO = asyncio.run(stamper.async_timestamp_pdf(writer, md_algorithm="sha256"))
    return out.getvalue()


def message(tsa: DummyTimeStamper | None, *, content: bytes = b"A contract.") -> bytes:
    done = signer().async_sign_general_data(content, "sha256", timestamper=tsa, detached=False)
    data: bytes = asyncio.run(done).dump()
    return data


def with_token(change: t.Callable[[cms.ContentInfo], t.Any]) -> bytes:
    """Return a message whose timestamp was changed."""
    whole = cms.ContentInfo.load(message(timestamper()))
    change(whole["content"]["signer_infos"][0]["unsigned_attrs"][0]["values"][0])
    return whole.dump(force=True)


@pytest.mark.parametrize("prefers_pss", [False, True])
@pytest.mark.parametrize("stamps", [False, True])
def test_a_pdf_is_good_and_its_timestamp_is_found(prefers_pss, stamps) -> None:
    document = signed_pdf(stamps=stamps, prefer_pss=prefers_pss)
    assert check(document) == CheckedDocument(
        lacks_chain=False, is_followed=False, is_stamped=stamps, bad_timestamp=None
    )
    with pytest.raises(SigningFailed, match="is signed by the certificate"):
        check(document, live=TSA)


def update(document: bytes, change: t.Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer, out = IncrementalPdfFileWriter(io.BytesIO(document)), io.BytesIO()
    change(writer)
    writer.write(out)
    return out.getvalue()


def replace_text(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT (Another contract) Tj ET"))
    writer.update_container(page)


def remove_field(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/AcroForm"]["/Fields"] = generic.ArrayObject()
    writer.update_container(writer.root["/AcroForm"])


AFTER: dict[str, t.Callable[[bytes], bytes]] = {
    "replaced text": lambda document: update(document, replace_text),
    "removed field": lambda document: update(document, remove_field),
    "second PDF": lambda document: document + blank().getvalue(),
    "tail": lambda document: document + b"\n",
    "timestamp": stamped,
}


@pytest.mark.parametrize("case", AFTER)
def test_what_follows_the_signature_is_found(case) -> None:
    assert check(AFTER[case](signed_pdf())).is_followed is True


def test_a_timestamp_of_the_whole_document_counts_if_it_follows_the_signature() -> None:
    document = signed_pdf()
    assert (check(stamped(document)).is_stamped, check(stamped(document)).is_followed) == (True, True)
    assert check(stamped(document, NO_TSA)).is_stamped is False
    assert check(signed_pdf(of=stamped(blank().getvalue()))).is_stamped is False


def test_a_timestamp_of_a_message_is_found() -> None:
    assert check(message(timestamper()), form="cms").is_stamped is True


def test_the_reader_of_the_guide_accepts_a_timestamp_of_the_document_and_no_other_text(tmp_path) -> None:
    root, program = tmp_path / "root.pem", tmp_path / "read.py"
    root.write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    guide = examples(REPOSITORY / "docs" / "docsite" / "rst" / "guide_signing.rst")
    (text,) = [one.text for one in guide if one.caption == "read_signed_document.py"]
    program.write_text(text.replace("/etc/ssl/wotrus/contracts/live/root.pem", str(root)))
    document = signed_pdf()
    for number, (after, code) in enumerate(
        ((document, 0), (stamped(document), 0), (AFTER["replaced text"](document), 1))
    ):
        (tmp_path / f"{number}.pdf").write_bytes(after)
        done = subprocess.run([sys.executable, program, tmp_path / f"{number}.pdf"], check=False, capture_output=True)
        assert (done.returncode, b"INTACT:TRUSTED" in done.stderr) == (code, True), done.stderr


def from_another_message(token: cms.ContentInfo) -> None:
    other = cms.ContentInfo.load(message(timestamper(), content=b"Another contract."))
    token["content"] = other["content"]["signer_infos"][0]["unsigned_attrs"][0]["values"][0]["content"]


FALSE = {
    "for another signature": (lambda: with_token(from_another_message), "is for another signature"),
    "signature of zeros": (
        lambda: with_token(lambda token: token["content"]["signer_infos"][0].__setitem__("signature", b"\0" * 256)),
        "did not make it",
    ),
    "without a signer": (
        lambda: with_token(lambda token: token["content"].__setitem__("signer_infos", [])),
        "no certificate of its authority",
    ),
    "without its certificate": (
        lambda: with_token(lambda token: token["content"].__setitem__("certificates", [])),
        "no certificate of its authority",
    ),
    "of a certificate for documents": (lambda: message(timestamper(NO_TSA)), "not for timestamps alone"),
    "from before the certificate": (lambda: message(timestamper(days=-11)), "outside of the validity"),
}


@pytest.mark.parametrize("case", FALSE)
def test_a_false_timestamp_does_not_count(case) -> None:
    document, said = FALSE[case]
    found = check(document(), form="cms")
    assert found.is_stamped is False
    assert said in str(found.bad_timestamp)


def written_anew(sent: SentContent, *, stream_xrefs: bool) -> bytes:
    """Return the same PDF as a service writes it that compresses its parts."""
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(sent.data)), writer_kwargs={"stream_xrefs": stream_xrefs})
    for part in writer.objects.values():
        if isinstance(part, generic.StreamObject):
            part.compress()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_the_document_that_is_sent_is_a_pdf_with_a_text_and_a_title() -> None:
    sent = SentContent.new(is_pdf=True)
    reader = PdfFileReader(io.BytesIO(sent.data), strict=True)
    page = reader.root["/Pages"]["/Kids"][0]
    assert sent.text in page["/Contents"].data
    assert reader.trailer_view["/Info"]["/Title"].encode() == sent.text
    assert sent != SentContent.new(is_pdf=True)


@pytest.mark.parametrize("stream_xrefs", [False, True])
def test_a_document_that_was_sent_is_found_as_it_was_and_written_anew(stream_xrefs) -> None:
    sent, other = SentContent.new(is_pdf=True), SentContent.new(is_pdf=True)
    anew = written_anew(sent, stream_xrefs=stream_xrefs)
    assert sent.text not in anew
    for source in (sent.data, anew):
        document = signed_pdf(of=source)
        check(document, sent=sent)
        with pytest.raises(SigningFailed, match=r"not the one of test_signature\.content"):
            check(document, sent=other)
