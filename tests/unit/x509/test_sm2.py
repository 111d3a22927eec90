# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SM2 chains and CSRs are checked by openssl.

If openssl cannot check them, the error says so, and does not call them untrusted.
"""

from __future__ import annotations

import datetime
import pathlib
import subprocess
import sys
import tempfile
import typing as t

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    CertificateExpired,
    InvalidCsr,
    KeyMismatch,
    Sm2Unavailable,
    UntrustedChain,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import sm2
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import csr_public_key_sha256, load_csr
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import describe
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signature import is_signed_by
from tests.unit.x509 import pki, sm2_pki

NOW = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
PATH = "PATH"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("sm2")


@pytest.fixture(scope="module")
def root(folder: pathlib.Path) -> sm2_pki.Sm2:
    return sm2_pki.root(folder, "SM2 Root")


@pytest.fixture(scope="module")
def issuing(root: sm2_pki.Sm2) -> sm2_pki.Sm2:
    return root.issue_authority("SM2 Issuing CA")


@pytest.fixture(scope="module")
def sign(issuing: sm2_pki.Sm2) -> sm2_pki.Sm2:
    return issuing.issue("Signer")


@pytest.fixture
def chain(sign: sm2_pki.Sm2, issuing: sm2_pki.Sm2, root: sm2_pki.Sm2) -> list[x509.Certificate]:
    return [root.certificate, issuing.certificate, sign.certificate]


@pytest.fixture
def no_command(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setenv(PATH, str(tmp_path))


def command_that(monkeypatch: pytest.MonkeyPatch, folder: pathlib.Path, script: str) -> None:
    """Put a program of the test's own in the place of openssl."""
    program = folder / "openssl"
    program.write_text(f"#!{sys.executable}\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv(PATH, str(folder))


def forged(certificate: x509.Certificate) -> x509.Certificate:
    """Return a certificate whose serial number was changed after it was signed."""
    der = certificate.public_bytes(Encoding.DER)
    serial = certificate.serial_number.to_bytes(20, "big").lstrip(b"\0")
    assert der.count(serial) == 1
    other = serial[:-1] + bytes([serial[-1] ^ 1])
    return x509.load_der_x509_certificate(der.replace(serial, other))


def test_an_sm2_chain_leads_from_the_leaf_to_its_root(
    chain: list[x509.Certificate], sign: sm2_pki.Sm2, issuing: sm2_pki.Sm2, root: sm2_pki.Sm2
) -> None:
    for key in (None, sign.public_key_sha256()):
        bundle = build_bundle(chain, public_key_sha256=key, now=NOW)
        assert bundle.leaf == sign.certificate
        assert bundle.intermediates == (issuing.certificate,)
        assert bundle.root == root.certificate


def test_an_anchor_ends_an_sm2_chain(chain: list[x509.Certificate], root: sm2_pki.Sm2, folder: pathlib.Path) -> None:
    assert build_bundle(chain[1:], public_key_sha256=None, anchors=[root.certificate], now=NOW).root == root.certificate
    other = sm2_pki.root(folder, "Other Root").certificate
    with pytest.raises(UntrustedChain):
        build_bundle(chain, public_key_sha256=None, anchors=[other], now=NOW)


def test_an_authority_of_the_same_name_and_another_key_is_untrusted(
    chain: list[x509.Certificate], folder: pathlib.Path
) -> None:
    (folder / "impostor").mkdir()
    impostor = sm2_pki.root(folder / "impostor", "SM2 Root").certificate
    assert impostor.subject == chain[0].subject
    with pytest.raises(UntrustedChain):
        build_bundle([impostor, *chain[1:]], public_key_sha256=None, now=NOW)


def test_a_certificate_that_was_changed_is_untrusted(chain: list[x509.Certificate]) -> None:
    changed = forged(chain[2])
    assert not is_signed_by(changed, chain[1])
    with pytest.raises(UntrustedChain):
        build_bundle([*chain[:2], changed], public_key_sha256=None, now=NOW)


def test_a_key_of_another_kind_made_no_sm2_signature(
    chain: list[x509.Certificate], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setenv(PATH, str(tmp_path))  # not even asked
    assert not is_signed_by(chain[2], ecc_namesake(chain[1].subject))


def ecc_namesake(subject: x509.Name) -> x509.Certificate:
    key = pki.ecc()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(pki.NOW.replace(tzinfo=None))
        .not_valid_after(pki.NOW.replace(tzinfo=None, year=2040))
    )
    return builder.sign(key, pki.hashes.SHA256())


def test_dates_keys_and_usages_count_as_for_any_certificate(
    chain: list[x509.Certificate], sign: sm2_pki.Sm2, issuing: sm2_pki.Sm2
) -> None:
    with pytest.raises(CertificateExpired):
        build_bundle(chain, public_key_sha256=None, now=NOW + datetime.timedelta(days=4000))
    with pytest.raises(KeyMismatch):
        build_bundle(chain, public_key_sha256="00" * 32, now=NOW)
    facts = describe(sign.certificate)
    assert (facts["key_type"], facts["public_key_sha256"]) == ("SM2", sign.public_key_sha256())
    assert facts["document_signing"] is True
    facts = describe(issuing.issue("Encrypter", extensions=sm2_pki.ENCRYPT).certificate)
    assert (facts["document_signing"], facts["key_usage"][-1]) == (False, "keyAgreement")


@pytest.mark.parametrize("options", [("-sigopt", sm2_pki.DISTID), ()], ids=["GM/T 0009 identifier", "no identifier"])
def test_an_sm2_request_is_read_where_it_may_be_one(sign: sm2_pki.Sm2, options: tuple[str, ...]) -> None:
    text = sign.csr(options=options)
    csr = load_csr(text.replace("\n", "\r\n"), allow_sm2=True)
    assert csr_public_key_sha256(csr) == sign.public_key_sha256()
    with pytest.raises(InvalidCsr, match="SM2"):
        load_csr(text)


def test_an_sm2_request_that_was_changed_is_refused(sign: sm2_pki.Sm2) -> None:
    der = x509.load_pem_x509_csr(sign.csr().encode()).public_bytes(Encoding.DER)
    changed = x509.load_der_x509_csr(der.replace(b"Signer", b"Singer"))
    with pytest.raises(InvalidCsr, match="signature"):
        load_csr(changed.public_bytes(Encoding.PEM).decode(), allow_sm2=True)


@pytest.mark.usefixtures("no_command")
def test_without_the_command_the_message_names_the_package(chain: list[x509.Certificate]) -> None:
    with pytest.raises(Sm2Unavailable, match=r"it cannot be run: No such file.*Install") as caught:
        build_bundle(chain, public_key_sha256=None, now=NOW)
    assert caught.value.error_code == "sm2_unavailable"


def test_without_the_command_an_sm2_csr_is_not_called_invalid(
    sign: sm2_pki.Sm2, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    text = sign.csr()
    monkeypatch.setenv(PATH, str(tmp_path))
    with pytest.raises(Sm2Unavailable):
        load_csr(text, allow_sm2=True)


@pytest.mark.parametrize(
    "script",
    [
        "import sys; sys.stderr.write('unsupported'); sys.exit(1)",
        "import sys; sys.stdin.buffer.read(); print('Verification failure'); sys.exit(1)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    ],
    ids=["refuses", "finds every signature wrong", "is killed"],
)
def test_command_without_sm2_is_detected(
    chain: list[x509.Certificate], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, script: str
) -> None:
    command_that(monkeypatch, tmp_path, script)
    with pytest.raises(Sm2Unavailable, match=r"cannot check SM2"):
        build_bundle(chain, public_key_sha256=None, now=NOW)


def test_command_that_hangs_is_stopped(
    chain: list[x509.Certificate], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    command_that(monkeypatch, tmp_path, "import signal; signal.pause()")
    monkeypatch.setattr(sm2, "_LONGEST_RUN", 0.2)
    with pytest.raises(Sm2Unavailable, match="it did not end within"):
        build_bundle(chain, public_key_sha256=None, now=NOW)


def test_program_that_cannot_be_run_is_reported(
    chain: list[x509.Certificate], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "openssl").write_text("#!/no/such/interpreter\n")
    (tmp_path / "openssl").chmod(0o755)
    monkeypatch.setenv(PATH, str(tmp_path))
    with pytest.raises(Sm2Unavailable, match="No such file"):
        build_bundle(chain, public_key_sha256=None, now=NOW)


def test_command_gets_no_secrets_and_leaves_no_files(
    chain: list[x509.Certificate], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    monkeypatch.setenv("WOTRUS_API_TOKEN", "tk_secret")
    script = f"import os, sys; sys.stdin.buffer.read(); open({str(tmp_path / 'said')!r}, 'w').write(str(os.environ))"
    command_that(monkeypatch, tmp_path, script)
    assert is_signed_by(chain[2], chain[1])
    assert "tk_secret" not in (tmp_path / "said").read_text()
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.usefixtures("no_command")
def test_names_and_key_types_make_the_chain_if_sm2_was_checked_before(
    chain: list[x509.Certificate], sign: sm2_pki.Sm2
) -> None:
    bundle = build_bundle(chain, public_key_sha256=None, now=None, check_sm2=False)
    assert (bundle.leaf, bundle.intermediates, bundle.root) == (sign.certificate, (chain[1],), chain[0])
    with pytest.raises(UntrustedChain):
        build_bundle([chain[0], chain[2]], public_key_sha256=None, now=None, check_sm2=False)


def test_other_certificates_need_no_openssl() -> None:
    script = """
import shutil, subprocess, sys
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import load_csr
from tests.unit.x509 import pki

def refuse(*arguments, **options):
    raise SystemExit("openssl was looked for")

shutil.which = subprocess.Popen = refuse
root = pki.root("Root")
leaf = root.issue("Leaf")
build_bundle([leaf.certificate, root.certificate], public_key_sha256=None, now=pki.NOW)
sys.exit("imported" if any(name.endswith("_x509.sm2") for name in sys.modules) else 0)
"""
    paths = [path for path in sys.path if path]
    result: t.Any = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}\n{script}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
