# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a printed history with ``ansible-playbook``: ``python -m tests.torture.histories FILE``."""

from __future__ import annotations

import sys

from tests.simulation.__main__ import main

from .world import PlaybookWorld

if __name__ == "__main__":
    sys.exit(main(PlaybookWorld))
