# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners of files, deployed contents, and kept releases."""

from __future__ import annotations

import grp
import os
import pwd

from .checks import FILES, mode
from .harness import Site

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

    variables = {"wotrus_owner": owner, "wotrus_group": group, "wotrus_mode": "0640", "wotrus_validate": CHECK}
    site.issue(variables=variables)

    live = host.folder().live
    assert {file.name: mode(file) for file in live.resolve().iterdir()} == {
        name: 0o600 if name == "privkey.pem" else 0o640 for name in FILES
    }
    assert {(file.owner(), file.group()) for file in live.resolve().iterdir()} == {(owner, group)}
