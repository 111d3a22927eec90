# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Return the status of orders (manual, section 3), and wait for them."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import WAIT_ARGUMENTS, needed
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain
from ansible_collections.wotrus.pki.plugins.module_utils._orders.wait import (
    Goal,
    PolledOrder,
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
    for order_id in order_ids:
        needed({"order_ids": order_id}, "order_ids")
    goal = Goal(params["wait_for"])
    began = time.monotonic()
    polled = poll_orders(
        api,
        order_ids,
        goal=goal,
        deadline=Deadline.after(params["wait_timeout"] if params["wait"] else 0),
        progress=run.progress,
        collect=params["wait"],
    )
    result = {
        "orders": [_row(order) for order in polled],
        "all_done": all(order.is_done and not order.is_refused for order in polled),
        "waited": round(time.monotonic() - began, 1),
    }
    return OperationResult(result)


def _row(order: PolledOrder) -> dict[str, t.Any]:
    seen = order.order.as_result() if order.order else {"id": order.order_id, "status": None, "stage": None}
    if order.error is not None:
        return {**seen, "error_code": order.error.error_code, "msg": str(order.error)}
    return {**seen, "error_code": None, "msg": text(explain(order.found()))}


OPERATION = Operation("wotrus_order_info", ARGUMENTS, order_info)
