# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of the run: short or long.

``make test`` has the short one, and ``make torture`` the long one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, TypeVar

import pytest

LONG = os.environ.get("WOTRUS_TORTURE", "short") == "long"

T = TypeVar("T")


def by_form(*, short: T, long: T) -> T:
    """Return what belongs to the form of this run."""
    return long if LONG else short


def in_groups(names: Iterable[str]) -> list[Any]:
    """Return the cases of a test that can take several at once.

    In the short form, one run has them all. In the long form, the id of each case is its name.
    """
    cases = list(names)
    return by_form(
        short=[pytest.param(tuple(cases), id="together")], long=[pytest.param((name,), id=name) for name in cases]
    )
