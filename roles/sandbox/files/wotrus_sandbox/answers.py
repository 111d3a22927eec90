# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API answers about an order, with the awkwardness of the real one.

Deterministic by the order's number, so that a test meets all of it: ids as the setting ``id_style`` spells them; null
and missing fields; PEM texts with CRLF, on one line or without final newline; duplicates in chains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from .clock import beijing
from .orders import LIVE, Kind, Order, Status
from .store import Issued

Answer = dict[str, object]

EMPTY_PAGE: Mapping[str, int] = {"total": 0, "limit": 0, "skip": 0}


def success(data: Mapping[str, object], *, error_msg: str | None = "", success_msg: str = "") -> Answer:
    """Return the envelope of a success around ``data``, with the zero page of the manual's examples."""
    return {
        "isSuccess": True,
        "errorMsg": error_msg,
        "successMsg": success_msg,
        "data": dict(data),
        "page": dict(EMPTY_PAGE),
    }


def failure(message: str) -> Answer:
    """Return the envelope of a failure; ``message`` is the server's (Chinese) reason."""
    return {"isSuccess": False, "errorMsg": message, "successMsg": "", "data": None, "page": None}


def respond(answer: Answer, *, numbers_as_text: bool = False) -> web.Response:
    """Return ``answer`` as HTTP 200: the real API tells failures in the envelope, not in the status."""
    return web.json_response(_without_numbers(answer) if numbers_as_text else answer)


def _without_numbers(value: object) -> object:
    """Return ``value`` with every number in it as text; true and false are no numbers."""
    if isinstance(value, dict):
        return {name: _without_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_numbers(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


PARTS = ("RSA", "Sign", "Encrypt")
_NAMESPACE_SIZE = 12


def created_ids(order: Order, *, companion: Order | None, repeated: bool, style: str) -> dict[str, object]:
    """Return ``orderId`` and ``orderId_RSA``.

    Of an SM2 pair with its RSA companion both, and they differ; of an SM2 pair alone ``orderId``; else one of the two
    by the order's number, the other null or missing (the manual, section 2, calls the one the SM2 order's and the
    other the RSA order's, and says nothing of document-signing products).
    """
    turn = 1 if repeated else 0
    own = order.spelled(style, turn=turn, new=True)
    if companion is not None:
        return {"orderId": own, "orderId_RSA": companion.spelled(style, turn=turn, new=True)}
    if order.sm2_pair:
        return {"orderId": own, "orderId_RSA": None}
    forms: tuple[dict[str, object], ...] = (
        {"orderId": None, "orderId_RSA": own},
        {"orderId": own, "orderId_RSA": None},
        {"orderId_RSA": own},
        {"orderId": own},
    )
    return forms[order.number % len(forms)]


def query(order: Order, *, base_url: str, style: str) -> dict[str, object]:
    """Return the ``data`` of Query (section 3): most of what was sent comes back, personal data too."""
    sent = order.sent
    return {
        "id": order.spelled(style, turn=1),
        "productName": order.product.name,
        "productID": order.product.id.upper() if order.number % 2 else order.product.id,
        "cn": sent.common_name,
        "sn": sent.common_name,
        "org": _organization(order),
        "orderNumber": order.order_number,
        "duration": sent.months,
        "durationType": 0,
        "createTime": beijing(order.created).isoformat(timespec="milliseconds"),
        "serverCount": 1,
        "includeRSA": not order.sm2_pair or order.companion is not None,
        "isUploadedPic": sent.documents > 0,
        "isSNVerified": order.status is not Status.PENDING_DCV,
        "isCSRSubmitted": bool(sent.csr),
        "isCustomerInfoFilled": True,
        "status": order.shown_status or order.status,
        "isPay": order.is_pay,
        "pendingLink": order.shown_link or _pending_link(order, base_url=base_url),
    }


def _organization(order: Order) -> dict[str, object]:
    sent = order.sent
    fields: dict[str, object] = {name: value or None for name, value in sent.organization.items()}
    # Not the order's status, though it has the same name.
    reviewed = order.status in LIVE or order.status is Status.PENDING_CA_ISSUED
    identity = f"{order.id[:-_NAMESPACE_SIZE]}{order.number:012x}"
    return {"id": identity, **fields, "isUpload": sent.documents > 0, "status": "issued" if reviewed else "pending"}


def _pending_link(order: Order, *, base_url: str) -> str | None:
    """Return the page where a person goes on; none where nothing is asked of anybody."""
    if not order.waiting or (order.status is Status.PENDING_CA_ISSUED and order.is_pay):
        return None
    return f"{base_url}/ProductV4/OrderSuccess/{order.id.replace('-', '').upper()}.html"


def retrieve(
    order: Order, certificates: Sequence[Issued], *, chain_of: Callable[[str], list[str]]
) -> dict[str, object]:
    """Return the ``data`` of RetrievePem (section 4): chains begin with the root.

    ``chain_of``: kind of chain → root, cross certificate and intermediate in PEM.
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
        data[f"pem_{part}"] = awkward(found.pem, turn=order.number)
        data[f"chains_{part}"] = [awkward(pem, turn=order.number + place) for place, pem in enumerate(chain)]
    return data


def awkward(pem: str, *, turn: int) -> str:
    """Return a PEM text as it is, with CRLF, without final newline, or on one line, by ``turn``."""
    forms = (
        pem,
        pem.replace("\n", "\r\n"),
        pem.rstrip("\n"),
        pem.strip().replace("\n", " "),
    )
    return forms[turn % len(forms)]


def summary(order: Order, certificates: Sequence[Issued]) -> dict[str, object]:
    """Return what the admin API tells of an order: nothing personal."""
    return {
        "id": order.id,
        "kind": order.kind,
        "reissue_of": order.parent if order.kind is Kind.REISSUE else None,
        "companion": order.companion or (order.parent if order.kind is Kind.COMPANION else None),
        "reissues": order.reissues,
        "status": order.status,
        "shown_status": order.shown_status,
        "ready": order.ready,
        "isPay": order.is_pay,
        "common_name": order.sent.common_name,
        "product": order.product.id,
        "product_name": order.product.name,
        "months": order.sent.months,
        "idempotence": order.sent.idempotence or None,
        "ukey": order.sent.ukey,
        "csr": bool(order.sent.csr),
        "documents": order.sent.documents,
        "created": order.created,
        "serials": [certificate.serial for certificate in certificates],
    }
