# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The number of cases for a target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

from tests.torture.form import LONG, by_form

Test = Callable[..., None]

_COMMON: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "derandomize": not LONG,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
}


def fuzzed(*, short: int, long: int) -> Callable[[Test], Test]:
    """Run a test on many cases.

    Write it below ``given``.
    """
    return settings(max_examples=by_form(short=short, long=long), **_COMMON)
