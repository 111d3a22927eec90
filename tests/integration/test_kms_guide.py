# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide of keys in a cloud KMS (guide_kms): orders, signatures and a new version, with fakes of two services."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.examples import examples
from tests.helpers.fake_kms import SECRETS, FakeKms, fake_kms
from tests.helpers.sandbox import DAY, Sandbox

from .checks import public_key
from .conftest import Charged
from .harness import ROOT, Folder, Site
from .test_signing_guide import LIVE, assert_signed, blank_pdf

EXAMPLES = examples(ROOT / "docs" / "docsite" / "rst" / "guide_kms.rst")
(ENTRY,) = [one.data["wotrus_certificates"][0] for one in EXAMPLES if one.caption == "Azure Key Vault, group_vars"]
(PROGRAM,) = [one.text for one in EXAMPLES if one.caption == "sign_with_kms.py"]
PYTHON, FOLDER = "/opt/signer/bin/python", "/opt/signer"
AZURE = "azure https://contracts.vault.azure.net/keys/contracts"


@pytest.fixture
def kms(tmp_path: Path) -> Iterator[FakeKms]:
    with fake_kms(tmp_path) as made:
        yield made


class Signer:
    """A host of the guide, whose signing program is the guide's."""

    def __init__(self, site: Site, kms: FakeKms, folder: Path) -> None:
        self.site, self.kms, self.folder = site, kms, folder
        self.certificate: Folder = site.host().folder()
        shutil.copy(ROOT / "docs" / "examples" / "kms" / "wotrus_kms.py", folder)
        (folder / "test.pdf").write_bytes(blank_pdf().getvalue())
        program = PROGRAM.replace(LIVE, str(self.certificate.live)).replace("/etc/signer/", f"{folder}/")
        (folder / "sign_with_kms.py").write_text(program)

    def want(self, words: str, **kind: Any) -> None:
        """Set the guide's entry, with other words for the program."""
        key = {name: one for name, one in {**ENTRY["key"], **kind}.items() if one is not None}
        reload = ENTRY["reload"]
        assert AZURE in key["csr_command"]
        key["csr_command"] = self._command(key["csr_command"]).replace(AZURE, words)
        test = {**reload["test_signature"], "command": self._command(reload["test_signature"]["command"])}
        entry = {**ENTRY, "key": key, "reload": {"command": "true", "test_signature": test}}
        self.site.variables["wotrus_certificates"] = [entry]

    def sign(self) -> Path:
        """Sign with the guide's program, and return the signed file."""
        done = subprocess.run(
            self._command(f"{PYTHON} {FOLDER}/sign_with_kms.py").split(),
            env=os.environ,
            stdout=subprocess.PIPE,
            check=True,
        )
        (self.folder / "signed.pdf").write_bytes(done.stdout)
        return self.folder / "signed.pdf"

    def _command(self, text: str) -> str:
        """Return a command of the guide, with this test's paths and the CA of the fakes."""
        trusting = f"env SSL_CERT_FILE={self.kms.authority.path} {sys.executable}"
        return text.replace(PYTHON, trusting).replace(FOLDER, str(self.folder))


@pytest.fixture
def signer(site: Site, kms: FakeKms, tmp_path: Path) -> Signer:
    return Signer(site, kms, tmp_path)


def test_key_in_azure_signs_with_the_version_of_the_live_certificate(
    signer: Signer, kms: FakeKms, sandbox: Sandbox
) -> None:
    kms.add_version()
    signer.want(kms.azure)

    run = signer.site.issue("-vvv")

    assert run.result()["result"] == "deployed"
    assert "reloaded" in run.result()["steps"]
    assert public_key(signer.certificate.live / "cert.pem") == kms.public_key(0)
    assert not any(secret in run.output for secret in SECRETS)
    kms.add_version()
    assert_signed(signer.sign(), sandbox)
    assert {*kms.calls} == {"sign 0"}
    sandbox.clock(advance=350 * DAY)
    signer.site.issue()
    assert public_key(signer.certificate.live / "cert.pem") == kms.public_key(1)
    assert kms.calls[-1] == "sign 1"


def test_key_in_alibaba_cloud_signs_and_its_home_is_in_the_status(
    signer: Signer, kms: FakeKms, sandbox: Sandbox
) -> None:
    signer.want(kms.aliyun(kms.add_version("ECC")), type="ECC", size=None)

    signer.site.issue()

    assert public_key(signer.certificate.live / "cert.pem") == kms.public_key(0)
    assert_signed(signer.sign(), sandbox)
    assert '"ProtectionLevel": "HSM"' in (signer.certificate.live / "attestation").read_text()
    assert "SHA-256 of the attestation" in signer.site.issue(playbook="wotrus.pki.status").stdout


def test_csr_that_the_kms_signed_with_another_key_is_not_sent(signer: Signer, kms: FakeKms, charged: Charged) -> None:
    signer.want(kms.aliyun(kms.add_version()))
    kms.signs_with = kms.add_version()

    run = signer.site.run()

    assert run.result()["error_code"] == "invalid_csr"
    assert charged() == 0
