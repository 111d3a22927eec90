# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents and timestamps of pyHanko are good, as it makes them for PAdES and for CMS."""

from __future__ import annotations

import asyncio
import io
import typing as t

import pytest
from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ansible_collections.wotrus.pki.plugins.module_utils._errors import SigningFailed
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import check_document
from tests.unit.x509 import pki

ROOT = pki.root("Root")
LIVE = ROOT.issue("Signer", key=rsa.generate_private_key(public_exponent=65537, key_size=2048))
TSA = ROOT.issue("Time", key=rsa.generate_private_key(public_exponent=65537, key_size=2048))


def key_of(authority: pki.Authority) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(authority.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def certificate_of(authority: pki.Authority) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(authority.certificate.public_bytes(Encoding.DER))


def signer(**options: t.Any) -> signers.SimpleSigner:
    return signers.SimpleSigner(
        signing_cert=certificate_of(LIVE), signing_key=key_of(LIVE), cert_registry=SimpleCertificateStore(), **options
    )


def timestamper() -> DummyTimeStamper:
    return DummyTimeStamper(tsa_cert=certificate_of(TSA), tsa_key=key_of(TSA), certs_to_embed=SimpleCertificateStore())


def blank() -> io.BytesIO:
    writer = PdfFileWriter()
    writer.insert_page(PageObject(contents=writer.add_object(writer_stream(writer)), media_box=(0, 0, 200, 200)))
    out = io.BytesIO()
    writer.write(out)
    return out


def writer_stream(_writer: PdfFileWriter) -> t.Any:
    from pyhanko.pdf_utils.generic import StreamObject

    return StreamObject(stream_data=b"")


def signed_pdf(*, stamps: bool, prefers_pss: bool = False, document_timestamp: bool = False) -> bytes:
    metadata = signers.PdfSignatureMetadata(
        field_name="Signature", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256"
    )
    pdf_signer = signers.PdfSigner(
        metadata, signer=signer(prefer_pss=prefers_pss), timestamper=timestamper() if stamps else None
    )
    out = asyncio.run(pdf_signer.async_sign_pdf(IncrementalPdfFileWriter(blank())))
    if document_timestamp:
        stamper = signers.PdfTimeStamper(timestamper())
        out = asyncio.run(stamper.async_timestamp_pdf(IncrementalPdfFileWriter(out), md_algorithm="sha256"))
    return out.getvalue()


@pytest.mark.parametrize("prefers_pss", [False, True])
@pytest.mark.parametrize("stamps", [False, True])
def test_a_pdf_is_good_and_its_timestamp_is_found(prefers_pss, stamps) -> None:
    document = signed_pdf(stamps=stamps, prefers_pss=prefers_pss)
    assert check_document(document, LIVE.certificate, form="pdf", wants_timestamp=True) is stamps
    with pytest.raises(SigningFailed, match="is signed by the certificate"):
        check_document(document, TSA.certificate, form="pdf", wants_timestamp=False)


def test_a_timestamp_of_the_whole_document_counts() -> None:
    document = signed_pdf(stamps=False, document_timestamp=True)
    assert check_document(document, LIVE.certificate, form="pdf", wants_timestamp=True) is True


def test_a_timestamp_of_a_message_is_found_unless_it_is_for_another_signature() -> None:
    message, other = (
        asyncio.run(
            signer().async_sign_general_data(content, "sha256", timestamper=timestamper(), detached=False)
        ).dump()
        for content in (b"A contract.", b"Another contract.")
    )
    assert check_document(message, LIVE.certificate, form="cms", wants_timestamp=True) is True
    from asn1crypto import cms

    first, second = (cms.ContentInfo.load(one) for one in (message, other))
    attributes = second["content"]["signer_infos"][0]["unsigned_attrs"]
    first["content"]["signer_infos"][0]["unsigned_attrs"] = attributes
    assert check_document(first.dump(force=True), LIVE.certificate, form="cms", wants_timestamp=True) is False
