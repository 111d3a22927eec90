# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers of the API, in every form of the real server.

The order's number selects the form, so that a test gets each of them. Ids have the form of the setting ``id_style``.
Fields are null or missing. PEM texts have CRLF, one line, or no final newline. Chains may have a certificate twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .clock import beijing
from .orders import LIVE, Order, OrderKind, Status
from .store import IssuedCertificate

Answer = dict[str, object]

PARTS = ("RSA", "Sign", "Encrypt")
EMPTY_PAGE: Mapping[str, int] = {"total": 0, "limit": 0, "skip": 0}


def success(data: Mapping[str, object], *, error_msg: str | None = "", success_msg: str = "") -> Answer:
    """Return the answer of a successful call (manual, sections 2 to 9).

    It has the empty page of the manual's examples.
    """
    return {
        "isSuccess": True,
        "errorMsg": error_msg,
        "successMsg": success_msg,
        "data": dict(data),
        "page": dict(EMPTY_PAGE),
    }


def failure(message: str) -> Answer:
    """Return the answer of a refused call.

    ``message`` is the reason in Chinese.
    """
    return {"isSuccess": False, "errorMsg": message, "successMsg": "", "data": None, "page": None}


def created_ids(order: Order, *, companion: Order | None, repeated: bool, style: str) -> dict[str, object]:
    """Return ``orderId`` and ``orderId_RSA``.

    An SM2 pair with a companion order has both, an SM2 pair alone has ``orderId``. Another order has one of them, by
    its number, and the other is null or missing. The manual (section 2) says that one is for SM2 and one for RSA, but
    not which of them a document-signing order has.
    """
    variant = 1 if repeated else 0
    own = order.format_id(style, variant=variant, new=True)
    if companion is not None:
        return {"orderId": own, "orderId_RSA": companion.format_id(style, variant=variant, new=True)}
    if order.is_sm2_pair:
        return {"orderId": own, "orderId_RSA": None}
    forms: tuple[dict[str, object], ...] = (
        {"orderId": None, "orderId_RSA": own},
        {"orderId": own, "orderId_RSA": None},
        {"orderId_RSA": own},
        {"orderId": own},
    )
    return forms[order.number % len(forms)]


def query_data(order: Order, *, status: str, base_url: str, style: str) -> dict[str, object]:
    """Return the ``data`` of Query (section 3).

    It has most fields of Create, personal data too.
    """
    request = order.request
    return {
        "id": order.format_id(style, variant=1),
        "productName": order.product.name,
        "productID": order.product.id.upper() if order.number % 2 else order.product.id,
        "cn": request.common_name,
        "sn": request.common_name,
        "org": _organization(order),
        "orderNumber": order.order_number,
        "duration": request.months,
        "durationType": 0,
        "createTime": beijing(order.created).isoformat(timespec="milliseconds"),
        "serverCount": 1,
        "includeRSA": not order.is_sm2_pair or order.companion is not None,
        "isUploadedPic": request.documents > 0,
        "isSNVerified": order.status is not Status.PENDING_DCV,
        "isCSRSubmitted": bool(request.csr),
        "isCustomerInfoFilled": True,
        "status": status,
        "isPay": order.is_pay,
        "pendingLink": order.shown_link or _pending_link(order, base_url=base_url),
    }


def _organization(order: Order) -> dict[str, object]:
    request = order.request
    fields: dict[str, object] = {name: value or None for name, value in request.organization.items()}
    # The status of the organization, not of the order.
    reviewed = order.status in LIVE or order.status is Status.PENDING_CA_ISSUED
    identity = f"{order.id[:-12]}{order.number:012x}"
    return {"id": identity, **fields, "isUpload": request.documents > 0, "status": "issued" if reviewed else "pending"}


def _pending_link(order: Order, *, base_url: str) -> str | None:
    """Return the page where a person has to continue, or None."""
    if not order.is_waiting or (order.status is Status.PENDING_CA_ISSUED and order.is_pay):
        return None
    return f"{base_url}/ProductV4/OrderSuccess/{order.id.replace('-', '').upper()}.html"


def retrieve_data(
    order: Order, certificates: Sequence[IssuedCertificate], *, chain_of: Callable[[str], list[str]]
) -> dict[str, object]:
    """Return the ``data`` of RetrievePem (section 4). Chains begin with the root.

    ``chain_of`` returns root, cross certificate and intermediate in PEM for a kind of chain.
    """
    data: dict[str, object] = {}
    for part in PARTS:
        found = next((certificate for certificate in certificates if certificate.part == part), None)
        if found is None:
            data[f"pem_{part}"] = None if order.number % 2 else ""
            data[f"chains_{part}"] = None if order.number % 2 else []
            continue
        chain = chain_of(found.chain)
        if order.number % 3 == 0:
            chain = [chain[0], *chain]
        data[f"pem_{part}"] = vary_pem(found.pem, variant=order.number)
        data[f"chains_{part}"] = [vary_pem(pem, variant=order.number + place) for place, pem in enumerate(chain)]
    return data


def vary_pem(pem: str, *, variant: int) -> str:
    """Return a PEM text in one of four forms."""
    forms = (
        pem,
        pem.replace("\n", "\r\n"),
        pem.rstrip("\n"),
        pem.strip().replace("\n", " "),
    )
    return forms[variant % len(forms)]


def summarize_order(order: Order, certificates: Sequence[IssuedCertificate]) -> dict[str, object]:
    """Return an order for the admin API, without personal data."""
    return {
        "id": order.id,
        "kind": order.kind,
        "reissue_of": order.parent if order.kind is OrderKind.REISSUE else None,
        "companion": order.companion or (order.parent if order.kind is OrderKind.COMPANION else None),
        "reissues": order.reissues,
        "status": order.status,
        "shown_status": order.shown_status,
        "ready": order.ready,
        "isPay": order.is_pay,
        "common_name": order.request.common_name,
        "product": order.product.id,
        "product_name": order.product.name,
        "months": order.request.months,
        "idempotence": order.request.idempotence or None,
        "ukey": order.request.ukey,
        "csr": bool(order.request.csr),
        "documents": order.request.documents,
        "created": order.created,
        "serials": [certificate.serial for certificate in certificates],
    }
