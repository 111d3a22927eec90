# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reissue a live order's certificate, once per key (manual, section 7)."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import PemBundle
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    InvalidCsr,
    InvalidInput,
    OrderDead,
    OrderNotIssued,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import reissue_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order, ReissueRequest, Stage
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import Product
from ansible_collections.wotrus.pki.plugins.module_utils._orders.documents import load_document
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import (
    CSR_ARGUMENTS,
    csr_key,
    document_argument,
    needed,
    nonblank,
    read_csr,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import Answered, PlacedOrder, read_placed
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import is_sm2_csr, parse_csr
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates

ARGUMENTS: dict[str, t.Any] = {
    "order_id": {"type": "str", "required": True},
    **CSR_ARGUMENTS,
    "csr_encrypt": {"type": "str"},
    "reason": {"type": "str", "required": True},
    "idempotence_id": {"type": "str"},
    "document": document_argument(),
}
CONSTRAINTS: dict[str, t.Any] = {
    "required_one_of": [("csr", "csr_path")],
    "mutually_exclusive": [("csr", "csr_path")],
}

_REVOKING_PRODUCTS = ("sm2", "国密", "sectigo")
_PLAIN_PRODUCTS = frozenset(id_key(product.value) for product in Product)


def reissue(api: Api, params: Params, run: Run) -> OperationResult:
    """Request a new certificate on a live order: the operation of ``wotrus_reissue``."""
    order_id, reason = needed(params, "order_id"), needed(params, "reason")
    csr, csr_encrypt = _requests(params)
    key, key_encrypt = str(csr_key(csr)), csr_key(csr_encrypt)
    document = load_document(params["document"], what="document") if params["document"] else None
    idempotence_id = nonblank(params, "idempotence_id") or reissue_idempotence_id(
        order_id=order_id, public_key_sha256=":".join(filter(None, (key, key_encrypt)))
    )
    order = api.query(order_id)
    _check_live(order)
    if _is_issued(api, order_id, key=key, key_encrypt=key_encrypt):
        shown = {"order_id": order_id, "idempotence_id": idempotence_id, "revokes_old": revokes_old(order)}
        return OperationResult({**shown, "new_order_id": order_id, "created": False, "order": order.as_result()})
    request = ReissueRequest(order_id, csr, reason, idempotence_id, csr_encrypt=csr_encrypt, document=document)
    revokes = check_document(order, request)
    shown = {"order_id": order_id, "idempotence_id": idempotence_id, "revokes_old": revokes}
    if run.check_mode:
        return OperationResult(
            {**shown, "new_order_id": None, "created": True, "order": order.as_result()}, changed=True, after=shown
        )
    placed = request_reissue(api, request)
    if placed.order is None:
        run.warn(
            Message(
                "The reissue is order {order_id}, and cannot be read yet: {error}.",
                order_id=placed.order_id,
                error=placed.error,
            )
        )
    new = placed.order.as_result() if placed.order else None
    created = placed.created is not False
    result = {**shown, "new_order_id": placed.order_id, "created": created, "order": new}
    return OperationResult(result, changed=created, after=(new or {"id": placed.order_id}) if created else None)


def check_document(order: Order, request: ReissueRequest) -> bool | None:
    """Return whether WoTrus revokes the old certificate, which needs a document.

    :raises InvalidInput: it does, and there is no document
    """
    revokes = revokes_old(order, csr_encrypt=request.csr_encrypt)
    if revokes and request.document is None:
        product = order.product_name or order.product_id
        raise InvalidInput(
            "Product {product} needs a document for a reissue, since WoTrus revokes the old certificate.",
            product=product,
            order_id=order.id,
        )
    return revokes


def request_reissue(api: Api, request: ReissueRequest, *, answered: Answered | None = None) -> PlacedOrder:
    """Send a reissue, or adopt the one with the same idempotence value.

    :param answered: takes the ids before anything else is sent
    :returns: its order: a new id, or the order's own; ``created`` is true for an order that kept its id
    :raises WotrusError: it was refused, or the answer was lost
    """
    placed = api.reissue(request)
    if answered is not None:
        answered(placed)
    found = read_placed(api, placed)
    # An order that kept its id has its first date.
    return dataclasses.replace(found, created=True) if is_same_id(found.order_id, request.order_id) else found


def revokes_old(order: Order, *, csr_encrypt: str | None = None) -> bool | None:
    """Return whether WoTrus revokes the old certificate after the reissue.

    ``None`` if that is not known. WoTrus does so for SM2 and Sectigo products only (section 7), so not for PDF
    products.
    """
    name = (order.product_name or "").casefold()
    if csr_encrypt or any(word in name for word in _REVOKING_PRODUCTS):
        return True
    return False if id_key(order.product_id or "") in _PLAIN_PRODUCTS else None


def _check_live(order: Order) -> None:
    if order.is_dead:
        raise OrderDead("{order} It cannot be reissued.", order=explain(order), order_id=order.id)
    if order.stage is not Stage.ISSUED:
        raise OrderNotIssued("{order} Only an issued order can be reissued.", order=explain(order), order_id=order.id)


def _requests(params: Params) -> tuple[str, str | None]:
    """Return the CSR, and the encryption CSR of an SM2 pair.

    :raises InvalidCsr: one of them cannot be read, or they do not belong to a pair
    """
    csr = str(read_csr(params, allow_sm2=True))
    try:
        csr_encrypt = read_csr(params, option="csr_encrypt", allow_sm2=True)
    except InvalidCsr as exc:
        raise InvalidCsr("csr_encrypt: {error}.", error=exc) from exc
    kinds = [is_sm2_csr(parse_csr(text)) for text in (csr, csr_encrypt) if text]
    if csr_encrypt is None and kinds == [True]:
        raise InvalidCsr("csr has an SM2 key. Give csr_encrypt too, since SM2 certificates come as a pair.")
    if csr_encrypt is not None and kinds != [True, True]:
        raise InvalidCsr("csr_encrypt is for an SM2 pair. It and csr must both have SM2 keys.")
    return csr, csr_encrypt


def _is_issued(api: Api, order_id: str, *, key: str, key_encrypt: str | None) -> bool:
    """Return whether the order has certificates for these keys.

    An order that keeps its id after a reissue has them once the reissue is done.
    """
    pems = api.retrieve(order_id)
    if key_encrypt is not None and key_encrypt not in _keys(pems.encrypt):
        return False
    return key in _keys(pems.rsa) | _keys(pems.sign)


def _keys(bundle: PemBundle | None) -> set[str]:
    certificates = load_certificates(bundle.certificate) if bundle else []
    return {certificate_public_key_sha256(certificate) for certificate in certificates}


OPERATION = Operation("wotrus_reissue", ARGUMENTS, reissue, CONSTRAINTS)
