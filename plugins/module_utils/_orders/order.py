# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Place, adopt or cancel an order (manual, sections 2, 3 and 5)."""

from __future__ import annotations

import dataclasses
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
from ansible_collections.wotrus.pki.plugins.module_utils._orders import cancel
from ansible_collections.wotrus.pki.plugins.module_utils._orders.documents import load_document
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import (
    CSR_ARGUMENTS,
    check_organization,
    document_list_argument,
    needed,
    nonblank,
    organization_argument,
    read_csr,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import differences, status_words
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text

_FRESH_PAUSES = (0.5, 1.0, 1.5, 2.0)
"""Seconds between the tries to read a fresh order, which Query may not know at once."""

ARGUMENTS: dict[str, t.Any] = {
    "state": {"type": "str", "choices": ["present", "cancelled"], "default": "present"},
    "name": {"type": "str"},
    "follows": {"type": "str"},
    "idempotence_id": {"type": "str"},
    "order_id": {"type": "str"},
    "product": {"type": "str"},
    "common_name": {"type": "str"},
    **CSR_ARGUMENTS,
    "months": {"type": "int", "choices": list(MONTHS)},
    "ukey_password": {"type": "str", "no_log": True},
    "ukey_ship_address": {"type": "str", "no_log": False},
    "organization": organization_argument(),
    "documents": document_list_argument(),
    "extra": {"type": "dict"},
    "reason": {"type": "str"},
}

CONSTRAINTS: dict[str, t.Any] = {
    "required_one_of": [("name", "idempotence_id", "order_id")],
    "mutually_exclusive": [("name", "idempotence_id", "order_id"), ("csr", "csr_path")],
    "required_if": [("state", "cancelled", ("order_id", "reason"))],
    "required_by": {"follows": ["name"]},
}


Answered = t.Callable[[Placed], None]


@dataclasses.dataclass(frozen=True)
class PlacedOrder:
    """An order that Create answered.

    :ivar order: none if Query did not know it yet, or failed; ``error`` says why
    :ivar created: this call placed it; ``None`` if the API sends no time
    """

    order_id: str
    companion_order_id: str | None
    order: Order | None
    error: WotrusError | None
    created: bool | None


def place(api: Api, new: NewOrder, *, answered: Answered | None = None) -> PlacedOrder:
    """Place an order, or adopt the one with the same idempotence value.

    The id is never lost: if Query fails or does not know the order yet, ``order`` is ``None``.

    :param answered: takes the ids before anything else is sent
    :raises WotrusError: Create failed; if ``answer_lost`` is true, there may be an order
    """
    placed = api.create(new)
    if answered is not None:
        answered(placed)
    return read_placed(api, placed)


def read_placed(api: Api, placed: Placed) -> PlacedOrder:
    """Query an order that Create or ReissueRequest just answered."""
    order, error = read_fresh(api, placed.order_id)
    created = placed.is_new(order) if order else None
    return PlacedOrder(placed.order_id, placed.companion_order_id, order, error, created)


def read_fresh(api: Api, order_id: str) -> tuple[Order | None, WotrusError | None]:
    """Query an order that may be too new; return the last error."""
    error: WotrusError | None = None
    for pause in (*_FRESH_PAUSES, None):
        try:
            return api.query(order_id), None
        except NotFound as exc:
            error = exc
        except WotrusError as exc:
            return None, exc
        if pause is not None:
            time.sleep(pause)
    return None, error


def manage_order(api: Api, params: Params, run: Run) -> OperationResult:
    """Bring an order to its state: the operation of ``wotrus_order``."""
    if params["state"] == "cancelled":
        return cancel.cancel(
            api,
            needed(params, "order_id"),
            reason=needed(params, "reason"),
            run=run,
            product=params["product"],
            common_name=params["common_name"],
        )
    if params["order_id"] is not None:
        return _adopt(api, params)
    return _place(api, params, run)


def _adopt(api: Api, params: Params) -> OperationResult:
    """Adopt an order by its id: only Query is called."""
    order = api.query(needed(params, "order_id"))
    _check(order, params)
    return _result(order.id, order=order, idempotence_id=None, created=False)


def _place(api: Api, params: Params, run: Run) -> OperationResult:
    new = new_order(params)
    if run.check_mode:
        check_sendable(params)
        return _predicted(new)
    placed = place(api, new)
    if placed.order is None:
        run.warn(
            Message(
                "Order {order_id} is placed or adopted, and cannot be read yet: {error}.",
                order_id=placed.order_id,
                error=placed.error,
            )
        )
    else:
        _check(placed.order, params)
        if placed.created is None:
            run.warn(
                Message(
                    "WoTrus sends no time, so order {order_id} may be new or may have existed before.",
                    order_id=placed.order_id,
                )
            )
    return _result(
        placed.order_id,
        order=placed.order,
        idempotence_id=new.idempotence_id,
        created=placed.created is not False,
        companion_order_id=placed.companion_order_id,
    )


def check_sendable(params: Params) -> None:
    """Read everything that an order would send, and send nothing.

    :param params: options of ``wotrus_order``
    :raises InvalidInput: something is missing or unusable; a document or a CSR has an error of its own kind
    """
    encode(create_body(new_order(params)))


def new_order(params: Params) -> NewOrder:
    """Read and check all data of an order before anything is sent.

    :param params: options of ``wotrus_order``
    :raises InvalidInput: something is missing or unusable
    """
    missing = [name for name in ("product", "common_name", "months", "organization") if not params.get(name)]
    if missing:
        raise InvalidInput("An order cannot be placed without {options}.", options=", ".join(missing))
    check_organization(params["organization"])
    documents = params["documents"] or []
    return NewOrder(
        product_id=product_id(params["product"]),
        common_name=needed(params, "common_name"),
        months=params["months"],
        idempotence_id=_idempotence_id(params),
        organization={
            **params["organization"],
            "name": needed(params["organization"], "name", what="organization.name"),
        },
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


def _predicted(new: NewOrder) -> OperationResult:
    """Predict a run; only Create knows whether the order exists already."""
    result = {
        "order_id": None,
        "companion_order_id": None,
        "idempotence_id": new.idempotence_id,
        "created": True,
        "order": None,
        "msg": text(
            Message("Would place the order, or adopt the one that was placed with the same idempotence value.")
        ),
    }
    return OperationResult(result, changed=True, after=shown_request(new))


def shown_request(new: NewOrder) -> dict[str, t.Any]:
    """Return what ``--diff`` shows of an order that would be placed."""
    return {
        "common_name": new.common_name,
        "idempotence_id": new.idempotence_id,
        "months": new.months,
        "organization": new.organization.get("name"),
        "product_id": new.product_id,
    }


def _result(
    order_id: str,
    *,
    order: Order | None,
    idempotence_id: str | None,
    created: bool,
    companion_order_id: str | None = None,
) -> OperationResult:
    shown = order.as_result() if order else None
    result = {
        "order_id": order_id,
        "companion_order_id": companion_order_id,
        "idempotence_id": idempotence_id,
        "created": created,
        "order": shown,
    }
    return OperationResult(result, changed=created, after=(shown or {"id": order_id}) if created else None)


OPERATION = Operation("wotrus_order", ARGUMENTS, manage_order, CONSTRAINTS)
