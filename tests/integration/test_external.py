# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that only a program of the host reaches."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.sandbox import DAY, Sandbox

from .checks import public_key, verify
from .conftest import Charged
from .harness import Site, entry

SUBJECT = "/C=$WOTRUS_SUBJECT_COUNTRY/O=$WOTRUS_SUBJECT_ORGANIZATION/CN=$WOTRUS_COMMON_NAME"
CSR = (
    "sh -c 'test -e {key} || openssl genpkey -algorithm RSA -out {key}; "
    f'openssl req -new -utf8 -key {{key}} -subj "{SUBJECT}"\''
)


def test_certificate_of_an_external_key_is_installed_and_renewed(
    site: Site, sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    folder = site.host().folder()
    key, taken = tmp_path / "kms-key", tmp_path / "kms-certificate"
    commands = {"csr_command": CSR.format(key=key), "install_command": f"sh -c 'cp $WOTRUS_CERTIFICATE {taken}'"}
    site.variables["wotrus_certificates"] = [entry(key={"storage": "external", **commands})]

    site.issue()

    assert public_key(key) == public_key(folder.live / "cert.pem")
    assert taken.read_bytes() == (folder.live / "cert.pem").read_bytes()
    assert not (folder.live / "privkey.pem").exists()
    verify(folder, sandbox, at_time=True)
    assert site.issue().changed == 0
    key.unlink()
    sandbox.clock(advance=350 * DAY)
    site.issue()
    assert public_key(key) == public_key(folder.live / "cert.pem")
    assert taken.read_bytes() == (folder.live / "cert.pem").read_bytes()
    assert charged() == 2
    assert site.issue().changed == 0
