# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each known break is shown by its history.

A fix removes it from ``switches.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .history import play
from .promises import Broken
from .switches import KNOWN

HISTORIES = Path(__file__).parent / "histories"
BREAKS = sorted({(known.history, known.promise) for known in KNOWN})


@pytest.mark.xfail(strict=True, raises=Broken)
@pytest.mark.parametrize(("history", "promise"), BREAKS, ids=[history for history, _promise in BREAKS])
def test_promise_holds_in_the_history_that_broke_it(history: str, promise: str) -> None:
    play((HISTORIES / f"{history}.txt").read_text(encoding="utf-8"), only=promise)
