# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures that tests count, put together from all workers and written at the end of the run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.torture.form import LONG

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / ".build" / "torture" / ("long.json" if LONG else "short.json")
COUNTS: Counter[str] = Counter()
"""By name, such as ``fuzz: envelope``. A test adds to it; a name that is not there counts as 0."""


def write() -> None:
    """Write the figures of this run over those of the last one of its form."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(dict(sorted(COUNTS.items())), indent=2) + "\n", encoding="utf-8")
