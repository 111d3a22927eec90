# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user's own prices for a cost preview: the API has none."""

from __future__ import annotations

import dataclasses
import decimal
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import product_id

CURRENCY = "CNY"
"""In which WoTrus bills."""

_YEAR = 12


@dataclasses.dataclass(frozen=True)
class Cost:
    """What orders cost by the price list.

    :ivar orders: how many orders there are
    :ivar unpriced: how many of them have no price; they are not in the amount
    """

    amount: decimal.Decimal
    orders: int
    unpriced: int

    def __str__(self) -> str:
        """Return the amount as people read it, such as ``3,600.00 CNY``."""
        return f"{self.amount:,.2f} {CURRENCY}"

    def as_result(self) -> dict[str, t.Any]:
        """Return the cost as plain data, with exact amounts as text."""
        return {**dataclasses.asdict(self), "amount": f"{self.amount:.2f}", "currency": CURRENCY}


class Prices:
    """A price for each product and term."""

    def __init__(self, prices: Json) -> None:
        """Read ``wotrus_prices``.

        :param prices: by product, as a name or a GUID, the price for each term in months

        :raises InvalidInput: a product, term or price makes no sense
        """
        self._prices: dict[tuple[str, int], decimal.Decimal] = {}
        for product, terms in prices.items():
            if not isinstance(terms, Mapping):
                raise InvalidInput(
                    "wotrus_prices: {product} needs a price for each term, such as 12: 1200.", product=product
                )
            for months, price in terms.items():
                where = f"wotrus_prices: {product}: {months}"
                self._prices[product_id(str(product)), _number(months, where)] = _amount(price, where)

    def price_of(self, product: str, months: int | None) -> decimal.Decimal | None:
        """Return the price of an order; ``None`` if the list has none.

        A renewal for 13 or 25 months costs as much as 12 or 24, unless the list has a price for it.

        :param product: the product's GUID
        """
        term = months or _YEAR
        exact = self._prices.get((product, term))
        return exact if exact is not None else self._prices.get((product, term - term % _YEAR))

    def cost_of(self, orders: t.Iterable[tuple[str, int | None]]) -> Cost:
        """Return the cost of orders.

        :param orders: for each its product's GUID and its months
        """
        found = [self.price_of(product, months) for product, months in orders]
        priced = [price for price in found if price is not None]
        total = sum(priced, decimal.Decimal(0))
        return Cost(total, orders=len(found), unpriced=len(found) - len(priced))


def read_prices(prices: Json | None) -> Prices | None:
    """Return the price list; ``None`` if there is none."""
    return Prices(prices) if prices else None


def _number(months: object, where: str) -> int:
    text = str(months).strip()
    if not (text.isascii() and text.isdigit()):
        raise InvalidInput("{option} is no number of months.", option=where)
    return int(text)


def _amount(price: object, where: str) -> decimal.Decimal:
    try:
        amount = decimal.Decimal(str(price).strip())
    except decimal.InvalidOperation:
        amount = decimal.Decimal("nan")
    if not amount.is_finite() or amount < 0 or isinstance(price, bool):
        raise InvalidInput("{option} needs a price, such as 1200 or 1200.50.", option=where)
    return amount
