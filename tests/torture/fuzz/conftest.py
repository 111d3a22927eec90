# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of atheris, which the long form needs.

If there is none, the figures say so.
"""

from __future__ import annotations

from tests.torture import figures
from tests.torture.form import LONG
from tests.torture.fuzz.cases import ATHERIS

collect_ignore = ["test_guide.py"] if LONG else ["test_branches.py"]
if LONG and not ATHERIS.exists():
    collect_ignore.append("test_branches.py")
    figures.COUNTS["fuzz, by branches: NOT tested, for want of atheris (Python 3.12 or 3.13 on Linux, x86-64)"] = 1
