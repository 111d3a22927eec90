# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the person at the terminal something."""

from __future__ import annotations

import sys


def say(text: str, *, error: bool = False) -> None:
    """Write a line to standard output, or standard error."""
    stream = sys.stderr if error else sys.stdout
    stream.write(text + "\n")
    stream.flush()
