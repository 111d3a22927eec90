# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user's price list, and what orders cost by it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices, read_prices

PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
OTHER = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("months", "price"), [(12, "1200"), (13, "1200"), (24, "2000"), (25, "2100"), (36, None), (None, "1200")]
)
def test_renewal_costs_as_much_as_its_term_unless_it_has_a_price(months: int | None, price: str | None) -> None:
    # Keys of JSON are text.
    prices = Prices({"PDF_signing": {"12": 1200, 24: 2000.0, "25": "2100"}})

    found = prices.price_of(PDF, months)
    assert (None if found is None else f"{found:.0f}") == price


def test_cost_has_the_sum_and_how_many_orders_have_no_price() -> None:
    prices = Prices({OTHER: {12: "0.10"}, "pdf_signing": {12: "0.20"}})

    cost = prices.cost_of([(OTHER, 12), (PDF, 13), (PDF, 24)])

    assert cost.as_result() == {"amount": "0.30", "currency": "CNY", "orders": 3, "unpriced": 1}
    assert str(Prices({OTHER: {12: 3600}}).cost_of([(OTHER, 12)])) == "3,600.00 CNY"


def test_there_is_no_preview_without_a_list() -> None:
    assert read_prices(None) is None
    assert read_prices({}) is None


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ({"pdf": {12: 1}}, "product 'pdf' is unknown"),
        ({"pdf_signing": 1200}, "wotrus_prices: pdf_signing needs a price for each term"),
        ({"pdf_signing": {"a year": 1}}, "wotrus_prices: pdf_signing: a year is no number of months"),
        ({"pdf_signing": {12: "cheap"}}, "wotrus_prices: pdf_signing: 12 needs a price"),
        ({"pdf_signing": {12: -1}}, "12 needs a price"),
        ({"pdf_signing": {12: True}}, "12 needs a price"),
        ({"pdf_signing": {12: "inf"}}, "12 needs a price"),
    ],
)
def test_price_list_that_makes_no_sense_is_refused(prices: dict[str, t.Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Prices(prices)
