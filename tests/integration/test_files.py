# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners of files, deployed contents, and kept releases."""

from __future__ import annotations

import grp
import os
import pwd

from tests.helpers.sandbox import Sandbox

from .checks import FILES, assert_deployed, mode, public_key
from .conftest import Charged
from .harness import Site, entry

CHECK = "openssl verify -CAfile %s/root.pem -untrusted %s/chain.pem %s/cert.pem"


def other_account() -> tuple[str, str]:
    """Return an account and a group to which tests may give files."""
    if os.geteuid() == 0:
        account = pwd.getpwnam("nobody")
        return account.pw_name, grp.getgrgid(account.pw_gid).gr_name
    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


def test_owner_group_and_mode_are_those_of_the_role(site: Site) -> None:
    host = site.host()
    owner, group = other_account()

    site.issue(variables={"wotrus_owner": owner, "wotrus_group": group, "wotrus_mode": "0640"})

    live = host.folder().live
    assert {file.name: mode(file) for file in live.resolve().iterdir()} == {
        name: 0o600 if name == "privkey.pem" else 0o640 for name in FILES
    }
    assert {(file.owner(), file.group()) for file in live.resolve().iterdir()} == {(owner, group)}
    assert site.issue(variables={"wotrus_owner": owner, "wotrus_group": group, "wotrus_mode": "0640"}).changed == 0


def test_release_is_not_deployed_if_the_validate_command_refuses_it(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    host = site.host()
    site.issue(variables={"wotrus_validate": CHECK})
    assert_deployed(host.folder(), sandbox)
    before = host.folder().release
    site.variables["wotrus_certificates"] = [entry(key={"type": "ECC", "curve": "P-384"})]

    refused = site.run(variables={"wotrus_validate": "grep -q somethingelse %s/cert.pem"})

    assert refused.code != 0
    assert "the validate command 'grep' failed with exit status 1" in refused.failures[0]
    assert "The live release is unchanged" in refused.failures[0]
    assert host.folder().release == before
    assert public_key(host.folder().live / "privkey.pem") == public_key(host.folder().live / "cert.pem")

    site.issue(variables={"wotrus_validate": CHECK})

    assert host.folder().release != before
    assert_deployed(host.folder(), sandbox)
    assert charged() == 1
