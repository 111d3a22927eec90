# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Products and validity periods that can be ordered (manual, section 2)."""

from __future__ import annotations

import enum
import re

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class Product(enum.Enum):
    """The products for document signing: the option's names and the API's GUIDs."""

    PDF_SIGNING = "76ECE651-B59E-48F2-A47B-135614AADAD9"
    ORGANIZATION_DOCUMENT_SIGNING = "2C17C336-A772-42F8-B3DD-4F2591A5B116"
    INDIVIDUAL_DOCUMENT_SIGNING = "D4D30B75-68D5-471C-B66A-21299F1DFAA5"


def product_id(product: str) -> str:
    """Return the GUID of a product.

    :param product: a name such as ``pdf_signing``, or the GUID of any product
    :raises InvalidInput: it is neither
    """
    name = product.strip()
    if name.upper() in Product.__members__:
        return Product[name.upper()].value
    if _GUID.fullmatch(name):
        return name.upper()
    names = [known.name.lower() for known in Product]
    raise InvalidInput("product {product!r} is unknown. Use {names}, or a product GUID.", product=product, names=names)


MONTHS = (12, 13, 24, 25)


def is_same_term(left: int, other: int) -> bool:
    """Return whether two numbers of months are the same term.

    13 and 25 are the renewals of 12 and 24.
    """
    return left == other or {left, other} in ({12, 13}, {24, 25})


def renewal_months(months: int, *, days_left: float) -> int:
    """Return the months of a renewal.

    A term with days left is renewed for one more month.

    :param months: the term of the definition
    :param days_left: days until the live certificate expires
    """
    return (24 if months in (24, 25) else 12) + (days_left > 0)
