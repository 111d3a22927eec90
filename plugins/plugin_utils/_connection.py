# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeping secrets out of a target's files."""

from __future__ import annotations

import contextlib

from ansible.plugins.connection import ConnectionBase


def keep_off_disk(connection: ConnectionBase) -> None:
    """Ask for a pipelined connection: without it, Ansible writes a module's arguments to a file on the target."""
    if connection.has_pipelining:
        with contextlib.suppress(KeyError):
            connection.set_option("pipelining", True)
