# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Place, adopt or cancel an order (manual, sections 2, 3 and 5)."""

from __future__ import annotations

import dataclasses
import functools
import time
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import Placed
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.bodies import create_body, encode
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    InvalidInput,
    NotFound,
    OrderDead,
    OrderMismatch,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import (
    follow_idempotence_id,
    order_idempotence_id,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import NewOrder, Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import MONTHS, is_same_term, product_id
from ansible_collections.wotrus.pki.plugins.module_utils._orders.confirm import send_and_confirm
from ansible_collections.wotrus.pki.plugins.module_utils._orders.documents import load_document
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import (
    CSR_ARGUMENTS,
    TEXT,
    check_organization,
    document_list_argument,
    needed,
    nonblank,
    organization_argument,
    read_csr,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.open_request import ORDER, explained
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import (
    differences,
    require_same,
    status_words,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

_FRESH_PAUSES = (0.5, 1.0, 1.5, 2.0)
"""Seconds between the tries to read a fresh order, which Query may not know at once."""

ARGUMENTS: dict[str, t.Any] = {
    "state": {"type": "str", "choices": ["present", "cancelled"], "default": "present"},
    **dict.fromkeys(("name", "follows", "idempotence_id", "order_id", "product", "common_name", "reason"), TEXT),
    **CSR_ARGUMENTS,
    "months": {"type": "int", "choices": list(MONTHS)},
    "ukey_password": {"type": "str", "no_log": True},
    "ukey_ship_address": {"type": "str", "no_log": False},
    "organization": organization_argument(),
    "documents": document_list_argument(),
    "extra": {"type": "dict"},
}

CONSTRAINTS: dict[str, t.Any] = {
    "required_one_of": [("name", "idempotence_id", "order_id")],
    "mutually_exclusive": [("name", "idempotence_id", "order_id"), ("csr", "csr_path")],
    "required_if": [("state", "cancelled", ("order_id", "reason"))],
    "required_by": {"follows": ["name"]},
}


def read_placed(api: Api, placed: Placed) -> Placed:
    """Query an order that Create or ReissueRequest just answered.

    The id is never lost: if Query fails or does not know the order yet, ``order`` is ``None``.
    """
    error: WotrusError | None = None
    for pause in (*_FRESH_PAUSES, None):
        try:
            return dataclasses.replace(placed, order=api.query(placed.order_id))
        except WotrusError as exc:
            error = exc
        if pause is None or not isinstance(error, NotFound):
            break
        time.sleep(pause)
    return dataclasses.replace(placed, error=error)


def manage_order(api: Api, params: Params, run: Run) -> OperationResult:
    """Bring an order to its state: the operation of ``wotrus_order``."""
    if params["state"] == "cancelled":
        return cancel(api, params, run)
    if params["order_id"] is None:
        return _place(api, params, run)
    order = api.query(needed(params, "order_id"))
    _check(order, params)
    return OperationResult(_row(order.id, order))


def cancel(api: Api, params: Params, run: Run) -> OperationResult:
    """Cancel an order, unless it is closed, rejected or revoked already (manual, section 5).

    Cancel is sent even if the order is issued, since only the server knows whether it can be cancelled. If its answer
    is lost, Query shows whether it had an effect, since Cancel has no idempotence value.

    :raises OrderMismatch: it is for another product or common name than the options
    :raises CancelRefused: the server does not cancel it; the message has its reason
    """
    order_id, reason = needed(params, "order_id"), needed(params, "reason")
    before = api.query(order_id)
    require_same(api, before, product=params["product"], common_name=params["common_name"])
    if before.is_dead:
        return OperationResult(_row(before.id, before))
    former = {"status": before.status}
    if run.check_mode:
        result = {**_row(before.id, before), "msg": "Would ask WoTrus to cancel the order."}
        return OperationResult(result, changed=True, before=former, after={"status": "closed"})
    send = functools.partial(api.cancel, order_id, reason=reason)
    after = send_and_confirm(api, order_id, send=send, is_done=lambda order: order.is_dead)
    return OperationResult(_row(after.id, after), changed=True, before=former, after={"status": after.status})


def _place(api: Api, params: Params, run: Run) -> OperationResult:
    new = new_order(params)
    if run.check_mode:
        encode(create_body(new))
        # Only Create knows whether the order exists already.
        msg = "Would place the order, or adopt the one that was placed with the same idempotence value."
        predicted = {**_row(None, None, idempotence_id=new.idempotence_id, created=True), "msg": msg}
        return OperationResult(predicted, changed=True, after=shown_request(new))
    with explained(ORDER):
        created_or_adopted = api.create(new)
    placed = read_placed(api, created_or_adopted)
    said = {"order_id": placed.order_id, "error": placed.error}
    if placed.order is None:
        run.warn(Message("Order {order_id} is placed or adopted, and cannot be read yet: {error}.", **said))
    else:
        _check(placed.order, params)
        if placed.created is None:
            run.warn(Message("WoTrus sends no time, so order {order_id} may be new or may have existed.", **said))
    created = placed.created is not False
    row = _row(placed.order_id, placed.order, idempotence_id=new.idempotence_id, created=created)
    return OperationResult(
        {**row, "companion_order_id": placed.companion_order_id},
        changed=created,
        after=(row["order"] or {"id": placed.order_id}) if created else None,
    )


def new_order(params: Params) -> NewOrder:
    """Read and check all data of an order before anything is sent.

    :param params: options of ``wotrus_order``
    :raises InvalidInput: something is missing or unusable
    """
    missing = [name for name in ("product", "common_name", "months", "organization") if not params.get(name)]
    if missing:
        raise InvalidInput("An order cannot be placed without {options}.", options=missing)
    documents = params["documents"] or []
    return NewOrder(
        product_id=product_id(params["product"]),
        common_name=needed(params, "common_name"),
        months=params["months"],
        idempotence_id=_idempotence_id(params),
        organization={**params["organization"], "name": check_organization(params["organization"])},
        csr=read_csr(params),
        ukey_password=params.get("ukey_password"),
        ukey_ship_address=params["ukey_ship_address"],
        documents=tuple(load_document(item, what=f"documents[{index}]") for index, item in enumerate(documents)),
        extra=params["extra"] or {},
    )


def _idempotence_id(params: Params) -> str:
    follows, name = nonblank(params, "follows"), nonblank(params, "name")
    if follows is not None:
        if not id_key(follows):
            raise InvalidInput("follows is no order id.")
        return follow_idempotence_id(follows)
    return order_idempotence_id(name) if name else needed(params, "idempotence_id")


def _check(order: Order, params: Params) -> None:
    """Refuse a dead order, and one that differs from the options."""
    if order.is_dead:
        raise OrderDead(
            "Order {order_id} is {status}. Nothing was ordered in its place. To replace it, set the option "
            "follows to its id.",
            status=status_words(order.status),
            order_id=order.id,
        )
    wrong = differences(order, product=params["product"], common_name=params["common_name"])
    if params["months"] and order.months and not is_same_term(order.months, params["months"]):
        wrong.append(Message("months is {found}, not {wanted}", found=order.months, wanted=params["months"]))
    if wrong:
        raise OrderMismatch(
            "Order {order_id} was placed with other values: {differences}. Nothing new was ordered. Use the "
            "values of that order, or another name for another order.",
            differences=wrong,
            order_id=order.id,
        )


def shown_request(new: NewOrder) -> dict[str, t.Any]:
    """Return what ``--diff`` shows of an order that would be placed."""
    return {
        "common_name": new.common_name,
        "idempotence_id": new.idempotence_id,
        "months": new.months,
        "organization": new.organization.get("name"),
        "product_id": new.product_id,
    }


def _row(
    order_id: str | None, order: Order | None, *, idempotence_id: str | None = None, created: bool = False
) -> dict[str, t.Any]:
    return {
        "order_id": order_id,
        "companion_order_id": None,
        "idempotence_id": idempotence_id,
        "created": created,
        "order": order.as_result() if order else None,
    }


OPERATION = Operation("wotrus_order", ARGUMENTS, manage_order, CONSTRAINTS)
