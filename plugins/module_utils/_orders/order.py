# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Placing an order once and adopting it ever after; cancelling it (manual, sections 2, 3 and 5)."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.bodies import create_body, encode
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    InvalidInput,
    OrderDead,
    OrderMismatch,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.documents import load_document
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import order_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.new_order import NewOrder
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import product_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.validity import MONTHS, same_term
from ansible_collections.wotrus.pki.plugins.module_utils._orders import cancel
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import (
    CSR_ARGUMENTS,
    check_organization,
    document_list_argument,
    needed,
    nonblank,
    organization_argument,
    read_csr,
    required,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, Outcome, Params, Run

MAX_GENERATIONS = 100

ARGUMENTS: dict[str, t.Any] = {
    "state": {"type": "str", "choices": ["present", "cancelled"], "default": "present"},
    "name": {"type": "str"},
    "generation": {"type": "int", "default": 1},
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
    "replace_dead": {"type": "bool", "default": False},
    "reason": {"type": "str"},
}

CONSTRAINTS: dict[str, t.Any] = {
    "required_one_of": [("name", "idempotence_id", "order_id")],
    "mutually_exclusive": [("name", "idempotence_id", "order_id"), ("csr", "csr_path")],
    "required_if": [("state", "cancelled", ("order_id", "reason"))],
}


def manage_order(api: Api, params: Params, run: Run) -> Outcome:
    """Bring an order to its state: the operation of ``wotrus_order``."""
    if params["state"] == "cancelled":
        return cancel.cancel(api, needed(params, "order_id"), reason=needed(params, "reason"), run=run)
    if params["order_id"] is not None:
        return _adopt(api, params)
    return _place(api, params, run)


def _adopt(api: Api, params: Params) -> Outcome:
    """Take an order that is known by its id: nothing is sent but a Query."""
    if params["replace_dead"]:
        raise InvalidInput("replace_dead needs name: only an order that was placed by name has a next generation")
    order = api.query(needed(params, "order_id"))
    _check_alive(order)
    _check_same(order, params)
    return _found(order, idempotence_id=None, generation=None, created=False)


def _place(api: Api, params: Params, run: Run) -> Outcome:
    generation = params["generation"]
    if generation < 1:
        raise InvalidInput(f"generation must be 1 or more, not {generation}")
    if params["replace_dead"] and not params["name"]:
        raise InvalidInput("replace_dead needs name: only an order that was placed by name has a next generation")
    new = _new_order(params)
    if run.check_mode:
        check_sendable(params)
        return _predicted(new, params)
    while True:
        outcome = _place_one(api, params, new, generation, run)
        if outcome is not None:
            return outcome
        generation += 1
        if generation - params["generation"] >= MAX_GENERATIONS:
            raise OrderDead(f"{MAX_GENERATIONS} generations of {params['name']!r} are dead: not ordering another")
        new = _new_order({**params, "generation": generation})


def _place_one(api: Api, params: Params, new: NewOrder, generation: int, run: Run) -> Outcome | None:
    """Place or adopt one generation; ``None`` where it is dead and the next one is wanted."""
    placed = api.create(new)
    try:
        order = api.query(placed.order_id)
    except WotrusError as exc:
        exc.order_id = placed.order_id
        raise
    if order.dead and params["replace_dead"]:
        run.warn(f"order {order.id} (generation {generation}) is {order.status}: going on to the next generation")
        return None
    _check_alive(order)
    _check_same(order, params)
    created = placed.is_new(order)
    if created is None:
        run.warn(f"the API does not say when it answered, so order {order.id} may be new or may have been there before")
    return _found(
        order,
        idempotence_id=new.idempotence_id,
        generation=generation if params["name"] else None,
        created=created is not False,
        companion_order_id=placed.companion_order_id,
    )


def check_sendable(params: Params) -> None:
    """Read everything that an order would send, and send nothing.

    :param params: options of ``wotrus_order``
    :raises InvalidInput: something is missing or unusable; a document or a request has an error of its own kind
    """
    encode(create_body(_new_order(params)))


def _new_order(params: Params) -> NewOrder:
    """Read and check everything that is sent, before anything is."""
    required(params, ("product", "common_name", "months", "organization"), why="an order cannot be placed without")
    check_organization(params["organization"])
    name, generation = nonblank(params, "name"), params["generation"]
    documents = params["documents"] or []
    return NewOrder(
        product_id=product_id(params["product"]),
        common_name=needed(params, "common_name"),
        months=params["months"],
        idempotence_id=(
            order_idempotence_id(name=name, generation=generation) if name else needed(params, "idempotence_id")
        ),
        organization={
            **params["organization"],
            "name": needed(params["organization"], "name", what="organization.name"),
        },
        csr=read_csr(params),
        ukey_password=params["ukey_password"],
        ukey_ship_address=params["ukey_ship_address"],
        documents=tuple(load_document(item, what=f"documents[{index}]") for index, item in enumerate(documents)),
        extra=params["extra"] or {},
    )


def _check_alive(order: Order) -> None:
    if order.dead:
        raise OrderDead(
            f"order {order.id} is {order.status}: nothing was ordered in its place (replace_dead with name does that)",
            order_id=order.id,
        )


def _check_same(order: Order, params: Params) -> None:
    """Refuse an order that was placed with another product, common name or term than asked for."""
    wrong: list[str] = []
    if params["product"] and order.product_id and not same_id(order.product_id, product_id(params["product"])):
        wrong.append(f"product is {order.product_id}, not {product_id(params['product'])}")
    if params["common_name"] and order.common_name and order.common_name != params["common_name"].strip():
        wrong.append(f"common_name is {order.common_name!r}, not {params['common_name'].strip()!r}")
    if params["months"] and order.months and not same_term(order.months, params["months"]):
        wrong.append(f"months is {order.months}, not {params['months']}")
    if wrong:
        raise OrderMismatch(
            f"order {order.id} was placed with other values: {'; '.join(wrong)}. Nothing new was ordered. "
            "Ask for what was ordered, or use another name or generation for another order",
            order_id=order.id,
        )


def _predicted(new: NewOrder, params: Params) -> Outcome:
    """Say what a real run would do; whether an order is there already cannot be asked without placing it."""
    result = {
        "order_id": None,
        "idempotence_id": new.idempotence_id,
        "generation": params["generation"] if params["name"] else None,
        "created": True,
        "order": None,
        "msg": "Would place the order, or adopt the one that was placed with the same idempotence value.",
    }
    return Outcome(result, changed=True, after=_asked(new))


def _asked(new: NewOrder) -> dict[str, t.Any]:
    return {
        "common_name": new.common_name,
        "idempotence_id": new.idempotence_id,
        "months": new.months,
        "product_id": new.product_id,
    }


def _found(
    order: Order,
    *,
    idempotence_id: str | None,
    generation: int | None,
    created: bool,
    companion_order_id: str | None = None,
) -> Outcome:
    shown = order.as_result()
    result = {
        "order_id": order.id,
        "companion_order_id": companion_order_id,
        "idempotence_id": idempotence_id,
        "generation": generation,
        "created": created,
        "order": shown,
    }
    return Outcome(result, changed=created, after=shown if created else None)


OPERATION = Operation("wotrus_order", ARGUMENTS, manage_order, CONSTRAINTS)
