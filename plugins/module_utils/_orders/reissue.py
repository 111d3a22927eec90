# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reissue a live order's certificate, once per key (manual, section 7)."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import PemBundle
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    InvalidCsr,
    InvalidInput,
    RejectedByApi,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import reissue_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order, ReissueRequest
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import known_product
from ansible_collections.wotrus.pki.plugins.module_utils._orders.documents import load_document
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import (
    CSR_ARGUMENTS,
    DOCUMENT_ARGUMENT,
    csr_key,
    needed,
    nonblank,
    read_csr,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.open_request import REISSUE, explained
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import read_placed
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import require_issued
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
    "document": DOCUMENT_ARGUMENT,
}
CONSTRAINTS: dict[str, t.Any] = {
    "required_one_of": [("csr", "csr_path")],
    "mutually_exclusive": [("csr", "csr_path")],
}

_REVOKING_PRODUCTS = ("sm2", "国密", "sectigo")


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
    require_issued(order, Message("Only an issued order can be reissued."))
    is_issued = _is_issued(api, order_id, key=key, key_encrypt=key_encrypt)
    request = ReissueRequest(order_id, csr, reason, idempotence_id, csr_encrypt=csr_encrypt, document=document)
    revokes = revokes_old(order) if is_issued else check_document(order, request)
    shown = {"order_id": order_id, "idempotence_id": idempotence_id, "revokes_old": revokes}
    if is_issued or run.check_mode:
        known_id, created = (order_id, False) if is_issued else (None, True)
        result = {**shown, "new_order_id": known_id, "created": created, "order": order.as_result()}
        return OperationResult(result, changed=created, after=shown if created else None)
    with explained(REISSUE):
        reissued = api.reissue(request)
    placed = read_placed(api, reissued)
    if placed.order is None:
        said = {"order_id": placed.order_id, "error": placed.error}
        run.warn(Message("The reissue is order {order_id}, and cannot be read yet: {error}.", **said))
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
        raise InvalidInput(
            "Product {product} needs a document for a reissue, since WoTrus revokes the old certificate.",
            product=order.product_name or order.product_id,
            order_id=order.id,
        )
    return revokes


def revokes_old(order: Order, *, csr_encrypt: str | None = None) -> bool | None:
    """Return whether WoTrus revokes the old certificate after the reissue.

    ``None`` if that is not known. WoTrus does so for SM2 and Sectigo products only (section 7), so not for PDF
    products.
    """
    name = (order.product_name or "").casefold()
    if csr_encrypt or any(word in name for word in _REVOKING_PRODUCTS):
        return True
    product = known_product(order.product_id)
    return product.revokes_old if product else None


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
    try:
        keys = {kind: _keys(bundle) for kind, bundle in api.retrieve(order_id).items()}
    except RejectedByApi:
        return False
    if key_encrypt is not None and key_encrypt not in keys.get("encrypt", ()):
        return False
    return any(key in keys.get(kind, ()) for kind in ("rsa", "sign"))


def _keys(bundle: PemBundle) -> set[str]:
    return {certificate_public_key_sha256(certificate) for certificate in load_certificates(bundle.certificate)}


OPERATION = Operation("wotrus_reissue", ARGUMENTS, reissue, CONSTRAINTS)
