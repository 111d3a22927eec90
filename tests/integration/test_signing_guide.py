# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of the guide of signing services sign."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import read_path
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import SentContent
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import check_document
from tests.helpers import node, softhsm
from tests.helpers.examples import examples
from tests.helpers.sandbox import Sandbox
from tests.helpers.softhsm import PIN, SoftHsm

from .harness import ROOT, Folder, Host, Site, entry
from .test_pkcs11 import TOKEN, TokenSite

EXAMPLES = {one.caption: one.text for one in examples(ROOT / "docs" / "docsite" / "rst" / "guide_signing.rst")}
EXAMPLES |= {one.name: one.read_text(encoding="utf-8") for one in (ROOT / "docs" / "examples" / "signing").iterdir()}
LIVE = "/etc/ssl/wotrus/contracts/live"
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PASSWORD = "correct horse"
with_keytool = pytest.mark.skipif(not shutil.which("keytool"), reason="keytool of Java is not installed")
with_compiler = pytest.mark.skipif(not shutil.which("javac"), reason="the compiler of Java is not installed")
with_token = softhsm.needed
_PROVIDERS = ["openssl", "list", "-providers", "-provider", "pkcs11"]
with_provider = pytest.mark.skipif(
    not shutil.which("openssl") or subprocess.run(_PROVIDERS, capture_output=True, check=False).returncode != 0,
    reason="the PKCS#11 provider is not installed",
)


def example(name: str, changes: Mapping[str, object]) -> str:
    """Return an example of the guide, with this test's paths."""
    found = EXAMPLES[name]
    for old, new in changes.items():
        assert old in found
        found = found.replace(old, str(new))
    return found


def blank_pdf() -> io.BytesIO:
    writer = PdfFileWriter()
    contents = writer.add_object(generic.StreamObject(stream_data=b"% We owe 100"))
    writer.insert_page(PageObject(contents=contents, media_box=(0, 0, 200, 200)))
    found = io.BytesIO()
    writer.write(found)
    found.seek(0)
    return found


def sign(script: str, folder: Path, **environment: str) -> Path:
    """Run a script that signs ``contract.pdf``, and return the signed file.

    In a process of its own: a token's library leaves errors in the OpenSSL of its process.
    """
    (folder / "contract.pdf").write_bytes(blank_pdf().getvalue())
    subprocess.run([sys.executable, "-c", script], cwd=folder, env={**os.environ, **environment}, check=True)
    return folder / "signed.pdf"


def assert_signed(pdf: Path, sandbox: Sandbox) -> None:
    """Check the signature of a PDF up to the root."""
    trust = ValidationContext(
        trust_roots=[load_cert_from_pemder(sandbox.root_ca)], allow_fetching=False, revocation_mode="soft-fail"
    )
    found = PdfFileReader(io.BytesIO(pdf.read_bytes())).embedded_signatures[0]
    usage = KeyUsageConstraints(key_usage={"non_repudiation"})
    result = validate_pdf_signature(found, trust, key_usage_settings=usage)
    assert result.bottom_line, result.pretty_print_details()


def assert_accepted(document: bytes, sent: SentContent, form: str, folder: Folder) -> None:
    """Check that the product accepts a document that was sent, with the chain of a live certificate."""
    live = read_path(folder.live)
    now = live[0].not_valid_before_utc
    found = check_document(document, live, form=form, now=now, is_strict=True, wants_timestamp=False, sent=sent)
    assert not found.lacks_chain
    assert not found.is_followed


def assert_verifies(signature: Path, data: Path, folder: Folder) -> None:
    """Check a signature of data with the live certificate."""
    command = ["openssl", "dgst", "-sha256", "-signature", signature, "-verify"]
    public = subprocess.run(
        ["openssl", "x509", "-in", folder.live / "cert.pem", "-pubkey", "-noout"], check=True, capture_output=True
    ).stdout
    key = data.with_name("public.pem")
    key.write_bytes(public)
    subprocess.run([*command, key, data], check=True)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory, shared: Sandbox) -> TokenSite:
    """A token with the key of the guide's entry, of which a former one has the same label."""
    folder = tmp_path_factory.mktemp("token")
    token = TokenSite(Site(folder, sandbox=shared, prefix="token"), SoftHsm.create(folder / "hsm"))
    token.hsm.add_token(TOKEN)
    token.want(kind={"type": "RSA", "size": 3072})
    token.host()
    token.issue()
    token.issue(variables={"wotrus_reissue": ["contracts"]})
    return token


@pytest.fixture
def in_token(token: TokenSite) -> Folder:
    """The live certificate of the key in the token."""
    return Host("token-host", token.site.folder / "hosts" / "token-host").folder()


@pytest.fixture(scope="module")
def in_keystore(tmp_path_factory: pytest.TempPathFactory, shared: Sandbox) -> Folder:
    """A live certificate with a key file and a keystore."""
    site = Site(tmp_path_factory.mktemp("keystore"), sandbox=shared, prefix="keystore")
    folder = site.host().folder()
    site.variables["wotrus_certificates"] = [entry(key={"type": "ECC"}, pkcs12={"password": PASSWORD})]
    site.given()
    return folder


def test_pyhanko_signs_with_files_and_with_a_keystore(in_keystore: Folder, sandbox: Sandbox, tmp_path: Path) -> None:
    script = example("sign_with_files.py", {LIVE: in_keystore.live})
    assert_signed(sign(script, tmp_path), sandbox)
    (tmp_path / "signed.pdf").unlink()
    loads = next(line for line in script.splitlines() if line.startswith("signer = "))

    script = script.replace(loads, example("signer_of_keystore.py", {"…": PASSWORD}))

    assert "bundle.p12" in script
    assert_signed(sign(script, tmp_path), sandbox)


@with_token
def test_pyhanko_signs_with_a_token(token: TokenSite, in_token: Folder, sandbox: Sandbox, tmp_path: Path) -> None:
    script = example("sign_with_token.py", {LIVE: in_token.live, MODULE: softhsm.find_module(), "…": PIN})

    assert_signed(sign(script, tmp_path, **token.hsm.environment), sandbox)


@with_token
@with_provider
def test_openssl_signs_with_a_token(token: TokenSite, in_token: Folder, tmp_path: Path) -> None:
    settings, pin, data, signature = (tmp_path / name for name in ("openssl.cnf", "pin", "contract", "contract.sig"))
    settings.write_text(example("openssl.cnf", {"/etc/signer/pin": pin, MODULE: softhsm.find_module()}))
    pin.write_text(PIN)
    data.write_bytes(b"We owe 100")
    uri = (in_token.live / "key.uri").read_text().strip()
    environment = {**os.environ, **token.hsm.environment, "OPENSSL_CONF": str(settings)}
    command = ["openssl", "pkeyutl", "-sign", "-rawin", "-digest", "sha256", "-inkey", uri, "-in", data]

    subprocess.run([*command, "-out", signature], env=environment, check=True)

    assert_verifies(signature, data, in_token)


@with_token
@with_provider
def test_openssl_signs_a_message_with_a_token(
    token: TokenSite, in_token: Folder, sandbox: Sandbox, tmp_path: Path
) -> None:
    settings, pin, data, program = (tmp_path / name for name in ("openssl.cnf", "pin", "test.txt", "sign-with-token"))
    settings.write_text(example("openssl.cnf", {"/etc/signer/pin": pin, MODULE: softhsm.find_module()}))
    pin.write_text(PIN)
    sent = SentContent.new(is_pdf=False)
    data.write_bytes(sent.data)
    changes = {LIVE: in_token.live, "/etc/signer/openssl.cnf": settings, "/etc/signer/test.txt": data}
    program.write_text(example("sign-with-token", changes))

    message = subprocess.run(
        ["/bin/sh", program], env={**os.environ, **token.hsm.environment}, stdout=subprocess.PIPE, check=True
    ).stdout

    assert_accepted(message, sent, "cms", in_token)
    verify = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-CAfile", sandbox.root_ca]
    assert subprocess.run(verify, input=message, stdout=subprocess.PIPE, check=True).stdout == sent.data


@node.needed
@pytest.mark.parametrize("encryption", ["standard", "compatible2022"])
def test_node_signs_with_the_keystore(site: Site, sandbox: Sandbox, tmp_path: Path, encryption: str) -> None:
    folder = site.host().folder()
    keystore = {"password": PASSWORD, "encryption": encryption}
    site.variables["wotrus_certificates"] = [entry(key={"type": "RSA", "size": 3072}, pkcs12=keystore)]
    site.given()
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    sent = SentContent.new(is_pdf=True)
    (tmp_path / "test.pdf").write_bytes(sent.data)
    changes = {LIVE: folder.live, '"/etc/signer/': f'"{tmp_path}/'}
    program = tmp_path / "sign_test_document.mjs"
    program.write_text(example("sign_test_document.mjs", changes))

    document = node.run(program)

    assert_accepted(document, sent, "pdf", folder)
    (tmp_path / "signed.pdf").write_bytes(document)
    assert_signed(tmp_path / "signed.pdf", sandbox)


@with_keytool
def test_keytool_shows_the_keystore_under_the_name_of_the_certificate(in_keystore: Folder, tmp_path: Path) -> None:
    (tmp_path / "password.txt").write_text(PASSWORD)
    (command,) = [
        command
        for one in examples(ROOT / "docs" / "docsite" / "rst" / "guide_signing.rst")
        for command in one.commands
        if command.startswith("keytool")
    ]

    shown = subprocess.run(
        command.replace(LIVE, str(in_keystore.live)).split(), cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout

    assert "Alias name: contracts" in shown
    assert "PrivateKeyEntry" in shown


@with_token
@with_compiler
def test_java_signs_with_a_token(token: TokenSite, in_token: Folder, tmp_path: Path) -> None:
    (tmp_path / "token.cfg").write_text(example("token.cfg", {MODULE: softhsm.find_module()}))
    program = tmp_path / "SignWithToken.java"
    program.write_text(example("SignWithToken.java", {LIVE: in_token.live, "…": PIN}))
    data = tmp_path / "contract"
    data.write_bytes(b"We owe 100")

    subprocess.run(["java", program], cwd=tmp_path, env={**os.environ, **token.hsm.environment}, check=True)

    assert_verifies(tmp_path / "contract.sig", data, in_token)
