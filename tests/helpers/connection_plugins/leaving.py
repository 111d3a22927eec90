# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that is unreachable once the file of ``LEAVING_AT`` exists."""

from __future__ import annotations

import os
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: leaving
short_description: This machine, until it leaves
description: Runs commands here, until a file is there.
author: wotrus.pki contributors
extends_documentation_fragment:
  - connection_pipelining
options: {}
"""


class Connection(LocalConnection):
    """A connection that fails from some moment on."""

    transport = "leaving"

    def exec_command(self, cmd: str, *args: Any, **kwargs: Any) -> tuple[int, bytes, bytes]:
        """Run a command, unless the host has left."""
        if os.path.exists(os.environ["LEAVING_AT"]):
            raise AnsibleConnectionFailure("The host has left.")
        result: tuple[int, bytes, bytes] = super().exec_command(cmd, *args, **kwargs)
        return result
