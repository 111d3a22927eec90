# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Return the status of orders (manual, section 3), and wait for them."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, TimedOut
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import ISSUED
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import WAIT_ARGUMENTS, check_writable
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain
from ansible_collections.wotrus.pki.plugins.module_utils._orders.wait import (
    Goal,
    PolledOrder,
    inspect_orders,
    poll_orders,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import text

ARGUMENTS: dict[str, t.Any] = {
    "order_ids": {"type": "list", "elements": "str", "required": True},
    **WAIT_ARGUMENTS,
    "wait_for": {"type": "str", "choices": [goal.value for goal in Goal], "default": Goal.ISSUED.value},
}


def order_info(api: Api, params: Params, run: Run) -> OperationResult:
    """Return orders in the given sequence: the operation of ``wotrus_order_info``."""
    order_ids: list[str] = params["order_ids"]
    if any(not order_id.strip() for order_id in order_ids):
        raise InvalidInput("order_ids has an empty id.")
    for order_id in order_ids:
        check_writable(order_id, what="order_ids")
    goal = Goal(params["wait_for"])
    began = time.monotonic()
    if params["wait"]:
        deadline = Deadline.after(params["wait_timeout"])
        polled = poll_orders(api, order_ids, goal=goal, deadline=deadline, progress=run.progress)
    else:
        polled = inspect_orders(api, order_ids)
    return OperationResult(
        {
            "orders": [_row(one) for one in polled],
            "all_done": all(_done(one, goal) for one in polled),
            "waited": round(time.monotonic() - began, 1),
        }
    )


def _row(one: PolledOrder) -> dict[str, t.Any]:
    seen = one.order.as_result() if one.order else {"id": one.order_id, "status": None, "stage": None}
    if one.order is not None and one.error is None:
        # RetrievePem moves an order on (manual, revision V1.03), and Query may say so later.
        order = one.order if one.pems is None else dataclasses.replace(one.order, status=ISSUED)
        return {**order.as_result(), "error_code": None, "msg": text(explain(order))}
    error = one.error or TimedOut("Order {order_id} was not asked for in time.", order_id=one.order_id)
    return {**seen, "error_code": error.error_code, "msg": str(error)}


def _done(one: PolledOrder, goal: Goal) -> bool:
    """Return whether there is nothing left to wait for.

    The order has reached the goal, or never will because it is dead or unknown.
    """
    if one.order is None or one.error is not None:
        return one.is_done
    reached = one.pems is not None or one.order.is_issued if goal is Goal.ISSUED else one.order.is_revoked
    return reached or one.order.is_dead


OPERATION = Operation("wotrus_order_info", ARGUMENTS, order_info)
