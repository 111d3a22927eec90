# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Products and validity periods that can be ordered (manual, section 2)."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class Product(t.NamedTuple):
    """A product of the manual.

    :ivar name: the value of the option ``product``
    :ivar id: the API's GUID
    :ivar words: the manual's name, which Query answers
    :ivar is_sm2: it has SM2 certificates
    :ivar revokes_old: WoTrus revokes the old certificate after a reissue (manual, section 7)
    """

    name: str
    id: str
    words: str
    is_sm2: bool = False
    revokes_old: bool = False


PRODUCTS = (
    Product("pdf_signing", "76ECE651-B59E-48F2-A47B-135614AADAD9", "PDF 签名和加密证书"),
    Product("organization_document_signing", "2C17C336-A772-42F8-B3DD-4F2591A5B116", "单位文档签名证书"),
    Product("individual_document_signing", "D4D30B75-68D5-471C-B66A-21299F1DFAA5", "个人文档签名证书"),
)
"""The products that an entry can name. Of any other, of which only the GUID is known, nothing else is."""


def known_product(product_id: str | None) -> Product | None:
    """Return the product of a GUID in any spelling; ``None`` if it is not in the manual."""
    return next((product for product in PRODUCTS if is_same_id(product.id, product_id)), None)


def product_id(product: str) -> str:
    """Return the GUID of a product.

    :param product: a name such as ``pdf_signing``, or the GUID of any product
    :raises InvalidInput: it is neither
    """
    name, ids = product.strip(), {known.name: known.id for known in PRODUCTS}
    if name.lower() in ids:
        return ids[name.lower()]
    if _GUID.fullmatch(name):
        return name.upper()
    names = [*ids]
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
