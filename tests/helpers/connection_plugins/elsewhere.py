# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection that is not local for Ansible.

Its host has none of the controller's WOTRUS_* settings.
"""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: elsewhere
short_description: This machine under another name
description: Runs commands here, without the settings of the controller's process.
author: wotrus.pki contributors
extends_documentation_fragment:
  - connection_pipelining
options: {}
"""

_SETTINGS = ("WOTRUS_API_TOKEN", "WOTRUS_API_URL", "WOTRUS_CA_PATH")


class Connection(LocalConnection):
    """A connection whose transport is not ``local``."""

    transport = "elsewhere"

    def exec_command(self, cmd: str, *args: Any, **kwargs: Any) -> tuple[int, bytes, bytes]:
        """Run a command in an environment that is not the controller's."""
        forgotten = " ".join(f"-u {name}" for name in _SETTINGS)
        result: tuple[int, bytes, bytes] = super().exec_command(f"env {forgotten} {cmd}", *args, **kwargs)
        return result

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file, and note that one was written on the host."""
        with open(os.environ["ELSEWHERE_LOG"], "a", encoding="utf-8") as log:
            log.write(f"{out_path}\n")
        super().put_file(in_path, out_path)
