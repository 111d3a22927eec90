# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An SM2 product in the role: a certificate, and its SM2 pair.

The certificate is RSA or ECC. The pair is of the order beside it.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import FILES, mode, public_key, verify
from .conftest import Charged
from .harness import Folder, Site, entry

SM2 = "5A4D3253-1C0E-4D1B-9F52-D0C5169A11CE"
DISTID = "distid:1234567812345678"
PAIR = {f"{part}_{kind}.pem": 0o644 for part in ("sign", "encrypt") for kind in ("cert", "chain", "root")}


@pytest.fixture(autouse=True)
def sm2_entry(site: Site) -> None:
    site.variables["wotrus_certificates"] = [entry(product=SM2)]


def openssl(*arguments: str | Path) -> str:
    result = subprocess.run(["openssl", *map(str, arguments)], check=False, capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, result.stderr
    return result.stdout


def assert_deployed_with_pair(folder: Folder, sandbox: Sandbox) -> None:
    """Check the SM2 pair link by link, up to the known root."""
    assert {file.name: mode(file) for file in folder.live.resolve().iterdir()} == {**FILES, **PAIR}
    assert public_key(folder.live / "privkey.pem") == public_key(folder.live / "cert.pem")
    verify(folder, sandbox, at_time=True)
    for part in ("sign", "encrypt"):
        leaf, chain, root = (folder.live / f"{part}_{kind}.pem" for kind in ("cert", "chain", "root"))
        for trusted, one in ((chain, leaf), (root, chain)):
            openssl("verify", "-vfyopt", DISTID, "-partial_chain", "-trusted", trusted, one)
        assert root.read_text() == Path(sandbox.state()["sm2_root_ca"]).read_text()
    assert "Digital Signature" in openssl("x509", "-in", folder.live / "sign_cert.pem", "-noout", "-text")
    assert "Key Encipherment" in openssl("x509", "-in", folder.live / "encrypt_cert.pem", "-noout", "-text")
    record = folder.record
    assert record["pending"] is None
    assert set(record["live"]["files"]) == {*FILES, *PAIR}
    assert record["live"]["companion_order_id"]


def test_pair_is_deployed_with_the_certificate_and_charged_once(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()

    site.issue()

    assert_deployed_with_pair(host.folder(), sandbox)
    assert charged() == 1


def test_without_openssl_nothing_is_deployed(site: Site, tmp_path: Path) -> None:
    host = site.host()
    commands = tmp_path / "commands"
    commands.mkdir()
    for folder in os.environ["PATH"].split(os.pathsep):
        for program in Path(folder).iterdir() if Path(folder).is_dir() else ():
            link = commands / program.name
            if program.name != "openssl" and not link.is_symlink():
                link.symlink_to(program)

    site.environment["PATH"] = str(commands)

    run = site.run()

    assert run.code != 0
    assert host.folder().release is None
    assert any("SM2" in message and "Install" in message for message in run.failures), run.failures
