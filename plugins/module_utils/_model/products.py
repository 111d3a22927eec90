# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The products of the API (manual, section 2, ``productID``)."""

from __future__ import annotations

import enum
import re

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class Product(enum.Enum):
    """A document-signing product under the name that playbooks use; its value is the API's GUID."""

    PDF_SIGNING = "76ECE651-B59E-48F2-A47B-135614AADAD9"
    ORGANIZATION_DOCUMENT_SIGNING = "2C17C336-A772-42F8-B3DD-4F2591A5B116"
    INDIVIDUAL_DOCUMENT_SIGNING = "D4D30B75-68D5-471C-B66A-21299F1DFAA5"


def product_id(product: str) -> str:
    """Return the GUID to send for a product's name or GUID.

    :param product: a name such as ``pdf_signing``, or the GUID of any product that the API sells
    :raises InvalidInput: it is neither
    """
    name = product.strip()
    for known in Product:
        if name.lower() == known.name.lower():
            return known.value
    if _GUID.fullmatch(name):
        return name.upper()
    names = ", ".join(known.name.lower() for known in Product)
    raise InvalidInput(f"product {product!r} is neither one of {names} nor a product GUID")
