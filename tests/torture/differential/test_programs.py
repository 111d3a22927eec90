# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of other programs, changes of them, and those that the product alone refuses."""

from __future__ import annotations

import asyncio
import datetime
import io
import random
import re
import shutil
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from asn1crypto import parser
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keystores import Pkcs12Options
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pkcs12 import make_pkcs12
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import SentContent
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import check_document
from tests.helpers import node, openssl, signed
from tests.helpers.examples import ROOT as REPOSITORY
from tests.torture.differential.corpus import chance
from tests.torture.differential.mutation import damaged, restructured
from tests.torture.differential.test_documents import content_of, der_of, is_accepted, is_accepted_by_pyhanko
from tests.torture.form import LONG, by_form
from tests.unit.signing import test_false_signatures as false
from tests.unit.signing.test_pyhanko import blank, signed_pdf, signer, stamped
from tests.unit.x509 import pki

JARS = [
    Path("/usr/share/java", f"{name}.jar")
    for name in ("pdfbox2", "fontbox2", "commons-logging", "bcprov", "bcpkix", "bcutil")
]
with_pdfbox = pytest.mark.skipif(
    not shutil.which("javac") or not all(jar.is_file() for jar in JARS), reason="PDFBox is not installed"
)
_CONTENTS = re.compile(rb"/Contents\s*<(?=3[0-9a-fA-F])")
PASSWORD = "correct horse"
GUIDE = REPOSITORY / "docs" / "docsite" / "rst" / "guide_signing.rst"


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


ROOT = pki.root("Root", key=rsa_key())
ISSUING = ROOT.issue("Issuing CA", key=rsa_key(), ca=True)
LIVE = ISSUING.issue("Signer", key=rsa_key())
CHAIN = [ISSUING.certificate]
PATH = (LIVE.certificate, ISSUING.certificate, ROOT.certificate)


def keystore(folder: Path) -> Path:
    """Write ``bundle.p12``, as a release has it."""
    bundle = build_bundle([*PATH], public_key_sha256=None, now=pki.NOW)
    path = folder / "bundle.p12"
    path.write_bytes(make_pkcs12(LIVE.key, bundle, Pkcs12Options(password=PASSWORD, friendly_name="signer")))
    return path


def of_pyhanko(_folder: Path) -> Iterator[bytes]:
    """Yield documents of pyHanko: with and without PSS and a timestamp, and of two signatures."""
    for prefers_pss in (False, True):
        yield signed_pdf(live=LIVE, chain=[ISSUING], prefer_pss=prefers_pss)
    former = signed_pdf()
    metadata = signers.PdfSignatureMetadata(field_name="Second", md_algorithm="sha512")
    second = signers.PdfSigner(metadata, signer=signer(LIVE, [ISSUING]))
    writer = IncrementalPdfFileWriter(io.BytesIO(former))
    yield asyncio.run(second.async_sign_pdf(writer)).getvalue()
    yield asyncio.run(signer(LIVE, [ISSUING]).async_sign_general_data(signed.CONTENT, "sha384", detached=False)).dump()


def of_openssl(_folder: Path) -> Iterator[bytes]:
    """Yield messages of ``openssl cms``, with and without their content."""
    for options in ((), ("-noattr",), ("-cades", "-md", "sha512"), ("-stream",), ("-keyopt", "rsa_padding_mode:pss")):
        yield signed.cms(LIVE.certificate, LIVE.key, "-nodetach", *options, chain=CHAIN)
    for options in ((), ("-noattr",), ("-cades",)):
        yield signed.cms(LIVE.certificate, LIVE.key, *options, chain=CHAIN)


def of_pdfbox(folder: Path) -> Iterator[bytes]:
    """Yield documents of PDFBox and messages of Bouncy Castle."""
    words = [str(keystore(folder)), PASSWORD]
    files = []
    for number, algorithm in enumerate(("SHA256withRSA", "SHA384withRSA", "SHA512withRSAandMGF1")):
        files += [folder / f"{number}.pdf", folder / f"{number}.cms"]
        words += [algorithm, str(files[-2]), algorithm, str(files[-1])]
    program = Path(__file__).with_name("SignWithPdfBox.java")
    subprocess.run(["java", "-cp", ":".join(map(str, JARS)), program, *words], check=True)
    yield from (file.read_bytes() for file in files)


def of_node(folder: Path) -> Iterator[bytes]:
    """Yield the document of the example's program, and one with an object stream."""
    (folder / "password").write_text(PASSWORD)
    (folder / "test.pdf").write_bytes(blank().getvalue())
    text = (REPOSITORY / "docs" / "examples" / "signing" / "sign_test_document.mjs").read_text(encoding="utf-8")
    text = text.replace("/etc/ssl/wotrus/contracts/live/bundle.p12", str(keystore(folder)))
    text = text.replace("/etc/signer/", f"{folder}/")
    program = folder / "sign.mjs"
    for changed in (text, text.replace("useObjectStreams: false", "useObjectStreams: true")):
        program.write_text(changed)
        yield node.run(program)


MAKERS: list[object] = [
    of_pyhanko,
    of_openssl,
    pytest.param(of_pdfbox, marks=with_pdfbox),
    pytest.param(of_node, marks=node.needed),
]


def changed(document: bytes, numbers: random.Random) -> bytes:
    """Return a document that was changed: its signature, or any octets."""
    change = damaged if numbers.random() < 0.5 else restructured
    if not document.startswith(b"%PDF"):
        return change(document, numbers)
    if numbers.random() < 0.2:
        return damaged(document, numbers)
    begin = [*_CONTENTS.finditer(document)][-1].end()
    end = document.index(b">", begin)
    data = bytes.fromhex(document[begin:end].decode())
    new = change(data[: parser.peek(data)], numbers).hex().encode()
    return document[:begin] + new.ljust(end - begin, b"0") + document[end:]


@pytest.mark.parametrize("made_by", MAKERS)
def test_document_of_another_program(made_by: Callable[[Path], Iterator[bytes]], tmp_path: Path) -> None:
    numbers, root, content = chance(made_by.__name__), tmp_path / "root.pem", tmp_path / "content"
    root.write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    content.write_bytes(signed.CONTENT)
    # A message may be without its content, as the product knows what it sent.
    sent = {"cms": SentContent(signed.CONTENT, signed.CONTENT), "pdf": None}

    def assert_accepted_elsewhere(document: bytes) -> None:
        if document.startswith(b"%PDF"):
            assert is_accepted_by_pyhanko(document, ROOT), document
        else:
            try:
                found = content_of(document, root)
            except openssl.Refused:
                found = content_of(document, root, "-content", str(content))
            assert found == signed.CONTENT, document.hex()

    for document in made_by(tmp_path):
        form = "pdf" if document.startswith(b"%PDF") else "cms"
        assert is_accepted(document, PATH, form, sent=sent[form]), document
        assert_accepted_elsewhere(document)
        for _number in range(by_form(short=40, long=1_500)):
            other = changed(document, numbers)
            if other != document and is_accepted(other, PATH, form, sent=sent[form]):
                assert_accepted_elsewhere(other)


def sdist_of_pyhanko() -> Path:
    """Return the sources of the release of pyHanko that is locked, which has documents for its own tests."""
    lock = (REPOSITORY / "tests" / "requirements" / "test.txt").read_text(encoding="utf-8")
    found = re.search(r"^pyhanko==(\S+) \\\n((?: +--hash=\S+(?: \\)?\n)+)", lock, re.MULTILINE)
    assert found
    folder = REPOSITORY / ".build" / "sources"
    path = folder / f"pyhanko-{found[1]}.tar.gz"
    if not path.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "pyhanko"]
        subprocess.run([*command, f"pyhanko=={found[1]}", "--dest", folder], check=True)
    assert f"sha256:{sha256(path.read_bytes()).hexdigest()}" in found[2]
    return path


def documents_of_pyhanko() -> Iterator[tuple[str, bytes]]:
    """Yield the PDFs of the sources, by name."""
    with tarfile.open(sdist_of_pyhanko()) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".pdf") else None
            if file is not None:
                yield member.name, file.read()


def path_of(document: bytes) -> list[x509.Certificate]:
    """Return the certificates from the signer of the last signature to a root, which is the last of those it has."""
    signature = PdfFileReader(io.BytesIO(document)).embedded_regular_signatures[-1]
    path = [signature.signer_cert]
    while issuers := [one for one in signature.other_embedded_certs if one.subject == path[-1].issuer]:
        path.append(issuers[0])
        if issuers[0].issuer == issuers[0].subject:
            break
    path = path if len(path) > 1 else path * 2
    return [x509.load_der_x509_certificate(one.dump()) for one in path]


def is_valid(document: bytes, root: x509.Certificate, now: datetime.datetime) -> bool:
    """Return whether pyHanko accepts the last signature of a document."""
    signature = PdfFileReader(io.BytesIO(document)).embedded_regular_signatures[-1]
    trusted = der_of(pki.Authority(LIVE.key, root))
    context = ValidationContext(trust_roots=[trusted], allow_fetching=False, moment=now)
    return bool(asyncio.run(async_validate_pdf_signature(signature, context)).bottom_line)


def test_file_of_pyhanko() -> None:
    numbers, accepted, unsigned = chance("sources"), 0, 0
    # In the short form, nothing is fetched.
    for name, document in documents_of_pyhanko() if LONG else []:
        try:
            path = path_of(document)
        except (PdfError, ValueError, IndexError, KeyError, NotImplementedError, zlib.error):
            unsigned += 1
            assert not is_accepted(document, PATH, "pdf"), name
            continue
        now = path[0].not_valid_before_utc + datetime.timedelta(days=30)
        for number in range(200):
            other = changed(document, numbers) if number else document
            for is_strict in (True, False):
                try:
                    found = check_document(
                        other, path, form="pdf", now=now, is_strict=is_strict, wants_timestamp=False, sent=None
                    )
                except WotrusError:
                    continue
                if not found.is_followed and not found.lacks_chain:
                    accepted += not number
                    assert is_valid(other, path[-1], now), name
    assert (accepted > 20, unsigned > 80) == (LONG, LONG)


def of_ed25519() -> tuple[bytes, pki.Authority]:
    """Return a document that an Ed25519 key signed, and its certificate."""
    key, like = ed25519.Ed25519PrivateKey.generate(), LIVE.certificate
    builder = x509.CertificateBuilder(
        like.issuer, like.subject, key.public_key(), 1, like.not_valid_before_utc, like.not_valid_after_utc
    )
    for one in like.extensions:
        builder = builder.add_extension(one.value, one.critical)
    live = pki.Authority(key, builder.sign(ISSUING.key, hashes.SHA256()))
    metadata = signers.PdfSignatureMetadata(field_name="Signature", md_algorithm="sha512")
    pdf_signer = signers.PdfSigner(metadata, signer=signer(live, [ISSUING]))
    return asyncio.run(pdf_signer.async_sign_pdf(IncrementalPdfFileWriter(blank()))).getvalue(), live


def of_live(document: bytes) -> tuple[bytes, pki.Authority]:
    return document, LIVE


def message(*options: str) -> tuple[bytes, pki.Authority]:
    return of_live(signed.cms(LIVE.certificate, LIVE.key, "-nodetach", *options, chain=CHAIN))


REFUSED: dict[str, Sequence[Callable[[], tuple[bytes, pki.Authority]]]] = {
    "a key of another type than RSA and ECC, such as Ed25519": [of_ed25519],
    "another hash than SHA-256, SHA-384 and SHA-512": [lambda: message("-md", "sha224"), lambda: message("-md", "sm3")],
    "several signatures in one CMS message": [
        lambda: of_live(false.edited(message()[0], false.signed_twice)),
    ],
    "a CMS message whose content has another type than data": [lambda: message("-econtent_type", "1.2.3.4")],
    "octets after a CMS message": [lambda: of_live(message()[0] + b"\0")],
    "a timestamp of the whole document, or data for long-term validation, without ``reader``": [
        lambda: of_live(stamped(signed_pdf(live=LIVE, chain=[ISSUING])))
    ],
}


@pytest.mark.parametrize("reason", REFUSED)
def test_valid_document_that_the_guide_lists_is_refused(reason: str, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    assert f"\n* {reason}\n" in GUIDE.read_text(encoding="utf-8")
    for make in REFUSED[reason]:
        document, live = make()
        if document.startswith(b"%PDF"):
            assert is_accepted_by_pyhanko(document, ROOT)
        else:
            assert content_of(document, tmp_path / "root.pem") == signed.CONTENT
        form = "pdf" if document.startswith(b"%PDF") else "cms"
        assert not is_accepted(document, (live.certificate, *CHAIN, ROOT.certificate), form)


def test_pdf_whose_signature_is_in_no_field_is_left_to_the_reader() -> None:
    document = signed.pdf(LIVE.certificate, LIVE.key, chain=CHAIN)
    assert is_accepted(document, PATH, "pdf")
    with pytest.raises(PdfError):
        is_accepted_by_pyhanko(document, ROOT)
