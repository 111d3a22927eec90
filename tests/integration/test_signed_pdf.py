# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PDF signed with the files of live/ verifies."""

from __future__ import annotations

import io

import pytest
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed
from .harness import Folder, Site, entry

DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"
TEXT = b"% We owe 100"


def blank_pdf() -> io.BytesIO:
    writer = PdfFileWriter()
    contents = writer.add_object(generic.StreamObject(stream_data=TEXT))
    writer.insert_page(PageObject(contents=contents, media_box=(0, 0, 200, 200)))
    found = io.BytesIO()
    writer.write(found)
    found.seek(0)
    return found


def sign(folder: Folder) -> bytes:
    """Sign a PDF like a service, with the files of live/."""
    signer = signers.SimpleSigner.load(
        str(folder.live / "privkey.pem"),
        str(folder.live / "cert.pem"),
        ca_chain_files=(str(folder.live / "chain.pem"),),
    )
    assert signer is not None
    document = IncrementalPdfFileWriter(blank_pdf())
    signed = signers.sign_pdf(document, signers.PdfSignatureMetadata(field_name="Signature"), signer=signer)
    return bytes(signed.getvalue())


@pytest.mark.parametrize(
    "key", [{"type": "RSA", "size": 2048}, {"type": "ECC", "curve": "P-256"}], ids=["RSA 2048", "P-256"]
)
def test_signature_with_the_deployed_pair_verifies_up_to_the_root(
    site: Site, sandbox: Sandbox, key: dict[str, object]
) -> None:
    folder = site.host().folder()
    site.variables["wotrus_certificates"] = [entry(key=key)]
    site.issue()
    assert_deployed(folder, sandbox)

    pdf = sign(folder)

    # There are neither CRLs nor OCSP in the sandbox, as the manual knows none.
    trust = ValidationContext(
        trust_roots=[load_cert_from_pemder(sandbox.root_ca)], allow_fetching=False, revocation_mode="soft-fail"
    )
    usage = KeyUsageConstraints(key_usage={"non_repudiation"}, extd_key_usage={DOCUMENT_SIGNING})
    found = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
    result = validate_pdf_signature(found, trust, key_usage_settings=usage)
    assert result.bottom_line, result.pretty_print_details()
    assert result.coverage.name == "ENTIRE_FILE"
    assert found.signer_cert.subject.native["common_name"] == entry()["common_name"]

    tampered = pdf.replace(TEXT, TEXT.replace(b"1", b"9"))
    assert tampered != pdf
    changed = validate_pdf_signature(PdfFileReader(io.BytesIO(tampered)).embedded_signatures[0], trust)
    assert not changed.bottom_line
