# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide of keys in a cloud KMS (guide_hsm): orders, signatures and a new version, with fakes of two services."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import SentContent
from tests.helpers.examples import examples
from tests.helpers.fake_kms import SECRETS, FakeKms, fake_kms
from tests.helpers.sandbox import DAY, Sandbox

from .checks import public_key
from .conftest import Charged
from .harness import ROOT, Entry, Folder, Host, Site
from .test_signing_guide import LIVE, assert_signed

EXAMPLES = examples(ROOT / "docs" / "docsite" / "rst" / "guide_hsm.rst")
(ENTRY,) = [one.data["wotrus_certificates"][0] for one in EXAMPLES if one.caption == "Azure Key Vault, group_vars"]
(PROGRAM,) = [one.text for one in EXAMPLES if one.caption == "sign_with_kms.py"]
PYTHON, FOLDER = "/opt/signer/bin/python", "/opt/signer"
AZURE = "azure https://contracts.vault.azure.net/keys/contracts"


class Signer:
    """A host of the guide, whose signing program is the guide's."""

    def __init__(self, site: Site, kms: FakeKms, folder: Path, name: str) -> None:
        self.site, self.kms, self.folder, self.name = site, kms, folder, name
        self.entry: Entry = ENTRY
        self.host: Host = site.host(name)
        self.certificate: Folder = self.host.folder()
        shutil.copy(ROOT / "docs" / "examples" / "kms" / "wotrus_kms.py", folder)
        (folder / "test.pdf").write_bytes(SentContent.new(is_pdf=True).data)
        program = PROGRAM.replace(LIVE, str(self.certificate.live)).replace("/etc/signer/", f"{folder}/")
        (folder / "sign_with_kms.py").write_text(program)

    def want(self, words: str, **kind: Any) -> None:
        """Set the guide's entry, with other words for the program."""
        key = {name: one for name, one in {**ENTRY["key"], **kind}.items() if one is not None}
        reload = ENTRY["reload"]
        assert AZURE in key["csr_command"]
        key["csr_command"] = self._command(key["csr_command"]).replace(AZURE, words)
        test = {
            **reload["test_signature"],
            "command": self._command(reload["test_signature"]["command"]),
            "content": str(self.folder / "test.pdf"),
        }
        self.entry = {**ENTRY, "key": key, "reload": {"command": "true", "test_signature": test}}
        self.site.host(self.name, wotrus_certificates=[self.entry])

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
def signers(site: Site, tmp_path: Path) -> Iterator[tuple[Signer, ...]]:
    """Hosts of the guide, each with a key management service of its own."""
    with contextlib.ExitStack() as stack:
        made = []
        for name in ("azure", "aliyun", "wrong"):
            folder = tmp_path / name
            folder.mkdir()
            made.append(Signer(site, stack.enter_context(fake_kms(folder)), folder, name))
        yield tuple(made)


def test_keys_of_each_service_sign_and_a_csr_of_another_key_is_not_sent(
    site: Site, signers: tuple[Signer, ...], sandbox: Sandbox, charged: Charged
) -> None:
    azure, aliyun, wrong = signers
    azure.kms.add_version()
    azure.want(azure.kms.azure)
    aliyun.want(aliyun.kms.aliyun(aliyun.kms.add_version("ECC")), type="ECC", size=None)
    wrong.want(wrong.kms.aliyun(wrong.kms.add_version()))
    wrong.kms.signs_with = wrong.kms.add_version()

    run = site.run("-vvv", variables={"wotrus_max_charged_orders": 3})

    for signer in (azure, aliyun):
        row = run.result(signer.entry["name"], host=signer.host.name)
        assert row["result"] == "deployed", row
        assert "reloaded" in row["steps"]
        assert public_key(signer.certificate.live / "cert.pem") == signer.kms.public_key(0)
    assert run.result(wrong.entry["name"], host=wrong.host.name)["error_code"] == "invalid_csr"
    assert charged() == 2
    assert not any(secret in run.output for secret in SECRETS)
    assert_signed(aliyun.sign(), sandbox)
    assert '"ProtectionLevel": "HSM"' in (aliyun.certificate.live / "attestation").read_text()
    assert "SHA-256 of the attestation" in site.run(playbook="wotrus.pki.status").stdout
    # A key is used in the version of the live certificate.
    azure.kms.add_version()
    assert_signed(azure.sign(), sandbox)
    assert {*azure.kms.calls} == {"sign 0"}
    sandbox.clock(advance=350 * DAY)
    site.issue("--limit", azure.host.name)
    assert public_key(azure.certificate.live / "cert.pem") == azure.kms.public_key(1)
    assert azure.kms.calls[-1] == "sign 1"
