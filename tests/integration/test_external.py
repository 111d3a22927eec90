# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that only a program of the host reaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.sandbox import DAY, Sandbox

from .checks import posts, public_key, verify
from .conftest import Charged
from .harness import Site, entry

CSR = "sh -c 'test -e {key} || openssl genpkey -algorithm RSA -out {key}; openssl req -new -key {key} -subj /CN=signer'"


class Kms:
    """A program with a key, whose certificate it takes."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.key = folder / "kms-key"
        self.taken = folder / "kms-certificate"
        self.want(CSR.format(key=self.key))

    def want(self, csr_command: str, **changes: object) -> None:
        key = {
            "storage": "external",
            "csr_command": csr_command,
            "install_command": f"sh -c 'cp $WOTRUS_CERTIFICATE {self.taken}'",
            **changes,
        }
        self.site.variables["wotrus_certificates"] = [entry(key=key)]


@pytest.fixture
def kms(site: Site, tmp_path: Path) -> Kms:
    return Kms(site, tmp_path)


def test_certificate_of_an_external_key_is_installed_and_renewed(kms: Kms, sandbox: Sandbox, charged: Charged) -> None:
    folder = kms.site.host().folder()

    kms.site.issue()

    assert public_key(kms.key) == public_key(folder.live / "cert.pem")
    assert kms.taken.read_bytes() == (folder.live / "cert.pem").read_bytes()
    assert not (folder.live / "privkey.pem").exists()
    verify(folder, sandbox, at_time=True)
    assert kms.site.issue().changed == 0
    kms.key.unlink()
    sandbox.clock(advance=350 * DAY)
    kms.site.issue()
    assert public_key(kms.key) == public_key(folder.live / "cert.pem")
    assert kms.taken.read_bytes() == (folder.live / "cert.pem").read_bytes()
    assert charged() == 2
    assert kms.site.issue().changed == 0


@pytest.mark.parametrize("lost", ["disk", "record"])
def test_key_outside_of_the_host_outlives_its_disk(kms: Kms, sandbox: Sandbox, charged: Charged, lost: str) -> None:
    host = kms.site.host()
    kms.site.issue()
    before = (host.folder().live / "cert.pem").read_bytes()
    if lost == "disk":
        host.wipe()
    else:
        host.folder().record_file.unlink()
    sandbox.clear_calls()

    kms.site.issue()

    assert (host.folder().live / "cert.pem").read_bytes() == before
    assert "reissue" not in posts(sandbox)
    assert charged() == 1
    assert kms.site.issue().changed == 0


# A command that does not hang may take longer on a busy machine.
LIMITS = {"hangs": {"command_timeout": 1}}
FAULTS = {
    "prints no CSR": ("echo hello", "invalid_csr", "printed no usable CSR"),
    "hangs": ("sleep 600", "command_failed", "did not end within 1 s"),
    "fails": ("false", "command_failed", "failed with exit status 1"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faulty_csr_command_orders_nothing(kms: Kms, sandbox: Sandbox, charged: Charged, fault: str) -> None:
    command, code, words = FAULTS[fault]
    kms.want(command, **LIMITS.get(fault, {}))
    kms.site.host()

    run = kms.site.run()

    assert run.result()["error_code"] == code
    assert words in run.result()["msg"]
    assert posts(sandbox) == []
    assert charged() == 0
