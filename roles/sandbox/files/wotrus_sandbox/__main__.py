# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the sandbox: ``python roles/sandbox/files/wotrus_sandbox --help``."""

from __future__ import annotations

import sys
from pathlib import Path


def run() -> int:
    """Run the command line and return the exit code.

    Python puts a directory that it runs as a program on ``sys.path``. Its parent must be there instead: the modules are
    then found as a package, and they hide no module of the standard library.
    """
    if not __package__:
        sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from wotrus_sandbox.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
