# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The number of cases for a target, and their count."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

from tests.torture.figures import COUNTS, ROOT
from tests.torture.form import LONG, by_form

Test = Callable[..., None]

ATHERIS = ROOT / ".build" / "venv-fuzz" / "bin" / "python"
"""The Python that has atheris, made of tests/requirements/fuzz.txt."""

BRANCHES = {"PEM": 100_000, "envelope": 100_000, "order": 100_000, "request": 100_000}
"""Targets of branches.py, and the cases of each in the long form."""

# The long form looks for what is new; the short one shows the same cases to everybody.
_COMMON: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "derandomize": not LONG,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
}


def fuzzed(target: str, *, short: int, long: int) -> Callable[[Test], Test]:
    """Run a test on many cases of a target, and count passes.

    Write it below ``given``.
    """

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def counted(*args: Any, **keywords: Any) -> None:
            test(*args, **keywords)
            COUNTS[f"fuzz: {target}"] += 1

        return settings(max_examples=by_form(short=short, long=long), **_COMMON)(counted)

    return decorate
