# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host whose login is not root. Only what runs by its sudo is root's."""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: login
short_description: This machine, for a login that is not root
description: Runs commands here as nobody, but for those by a program named sudo.
author: wotrus.pki contributors
extends_documentation_fragment:
  - connection_pipelining
options:
  become_success_timeout:
    description: Seconds to wait for sudo, as with the connection local.
    type: int
    default: 10
  become_strip_preamble:
    description: Whether to remove what sudo shows, as with the connection local.
    type: bool
    default: true
"""

_NOBODY = 65534
_AS_NOBODY = f"setpriv --reuid={_NOBODY} --regid={_NOBODY} --clear-groups "


class Connection(LocalConnection):
    """A connection of the user nobody."""

    transport = "login"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default_user = "nobody"

    def exec_command(self, cmd: str, *args: Any, **kwargs: Any) -> tuple[int, bytes, bytes]:
        """Run a command as the login, or as root by sudo."""
        command = cmd if "/sudo " in cmd else f"{_AS_NOBODY}{cmd}"
        result: tuple[int, bytes, bytes] = super().exec_command(command, *args, **kwargs)
        return result

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file, which is the login's then."""
        super().put_file(in_path, out_path)
        os.chown(out_path, _NOBODY, _NOBODY)
