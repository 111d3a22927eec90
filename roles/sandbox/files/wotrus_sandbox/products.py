# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The products the sandbox sells: the manual's three (section 2), and some that show how others behave."""

from __future__ import annotations

from dataclasses import dataclass

from .status import Status


@dataclass(frozen=True, slots=True)
class Product:
    """One product: how its orders begin, what follows the review, and what its certificates are.

    ``document_required``: a reissue needs a proof document, and the old certificate is revoked once the new one is
    issued (manual, section 7: SM2 and Sectigo products). ``issues_itself``: no RetrievePem is needed.
    """

    id: str
    name: str
    first: Status = Status.PENDING
    reviewed: Status = Status.PENDING_CA_ISSUED
    sm2: bool = False
    server: bool = False
    document_required: bool = False
    issues_itself: bool = False


SM2_DOCUMENT_SIGNING = "5a4d3253-1c0e-4d1b-9f52-d0c5169a11ce"
OV_SSL = "0f55105e-91b7-4f9c-8f0d-5ec716055100"

_ALL = (
    Product("76ece651-b59e-48f2-a47b-135614aadad9", "PDF 签名和加密证书"),
    Product("2c17c336-a772-42f8-b3dd-4f2591a5b116", "单位文档签名证书"),
    Product("d4d30b75-68d5-471c-b66a-21299f1dfaa5", "个人文档签名证书"),
    # The GUID and name of the manual's Query example, which is about to be issued without a person's review.
    Product(
        "30b3f256-9d2d-43c5-abcb-017aa9d3cb6d",
        "超快 SSL V1",
        first=Status.PENDING_AUTO_ISSUE,
        server=True,
        issues_itself=True,
    ),
    # The sandbox's own GUID: an organisation-validated SSL certificate of Sectigo (manual, revision V1.03).
    Product(
        OV_SSL,
        "超真 SSL (Sectigo OV)",
        first=Status.PENDING_SUBMIT,
        reviewed=Status.PENDING_DCV,
        server=True,
        document_required=True,
    ),
    # The sandbox's own GUID: the manual names no SM2 product, yet describes their pairs of certificates.
    Product(SM2_DOCUMENT_SIGNING, "国密文档签名证书", sm2=True, document_required=True),
)
PRODUCTS = {product.id: product for product in _ALL}
