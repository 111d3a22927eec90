# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is an order for what a definition asks: compared by product and common name, as Query answers them."""

from __future__ import annotations

import unicodedata

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import product_id


def same_name(one: str, other: str) -> bool:
    """Tell whether two common names are equal but for form: NFKC, case and white space are folded."""
    return _folded(one) == _folded(other)


def differences(order: Order, *, product: str | None, common_name: str | None) -> list[str]:
    """Return how an order differs from what is asked for; a value that either side lacks is not compared.

    :param product: a product's name or GUID
    """
    found = []
    if product and order.product_id and not same_id(order.product_id, product_id(product)):
        found.append(f"product is {order.product_id}, not {product_id(product)}")
    if common_name and order.common_name and not same_name(order.common_name, common_name):
        found.append(f"common_name is {order.common_name!r}, not {common_name.strip()!r}")
    return found


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
