# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated world: see README.md.

Its commands find the collection and the sandbox by this.
"""

from __future__ import annotations

import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]

for _folder in (_ROOT / ".build" / "collections", _ROOT / "roles" / "sandbox" / "files"):
    if str(_folder) not in sys.path:
        sys.path.append(str(_folder))
