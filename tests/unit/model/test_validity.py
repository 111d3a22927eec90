# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Terms: what counts as the same, and what a renewal asks for."""

from __future__ import annotations

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.products import MONTHS, is_same_term, renewal_months


@pytest.mark.manual("2.month")
def test_the_months_are_those_of_the_manual() -> None:
    assert MONTHS == (12, 13, 24, 25)


@pytest.mark.parametrize(("one", "other"), [(12, 12), (12, 13), (13, 12), (24, 25), (25, 24), (36, 36)])
def test_a_renewals_extra_month_is_the_same_term(one: int, other: int) -> None:
    assert is_same_term(one, other)


@pytest.mark.parametrize(("one", "other"), [(12, 24), (13, 25), (12, 25), (36, 12), (36, 37), (1, 2)])
def test_other_terms_differ(one: int, other: int) -> None:
    assert not is_same_term(one, other)


@pytest.mark.manual("V1.01.renewal-months", "2.month-13", "2.month-25")
@pytest.mark.parametrize(
    ("months", "days_left", "asked"),
    [
        (12, 29.5, 13),
        (12, 0.01, 13),
        (12, 0.0, 12),
        (12, -3.0, 12),
        (24, 10.0, 25),
        (24, -0.1, 24),
        # A definition may already say what the last renewal asked for.
        (13, 5.0, 13),
        (25, -5.0, 24),
    ],
)
def test_a_renewal_asks_for_a_month_more_only_while_days_are_left(months: int, days_left: float, asked: int) -> None:
    assert renewal_months(months, days_left=days_left) == asked
