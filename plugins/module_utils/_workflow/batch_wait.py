# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wait for the pending orders of a batch, in one process."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_info import order_info
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import WAITING
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.host_tasks import Hosts

_FINISHED = ("issued", "revoking", "dead")


def pending_orders(batch: Hosts) -> list[str]:
    """Return the ids of the pending orders of a batch.

    Orders that only a person can continue are not waited for: the person sees the link once the run has ended.
    """
    for_you = {
        id_key(row["order_id"])
        for tasks in batch
        for row in tasks.results
        if row["result"] == WAITING and row["waiting_for"] == "you" and row["order_id"]
    }
    waiting = {id_key(order_id): order_id for tasks in batch for order_id in tasks.waiting}
    return [order_id for key, order_id in waiting.items() if key not in for_you]


def seconds_left(others: Hosts, timeout: int) -> int:
    """Return the seconds that a batch may wait.

    :param others: the other hosts of the play: the time that earlier batches waited is gone
    :param timeout: seconds to wait in the whole play
    """
    # A batch waits once, and each of its hosts has the same result.
    waited = {tuple(tasks.wait.get("request_ids") or ()): tasks.wait.get("waited") or 0 for tasks in others}
    return max(0, int(timeout - sum(waited.values())))


def wait_for_orders(api: Api, batch: Hosts, order_ids: t.Sequence[str], seconds: int, run: Run) -> OperationResult:
    """Wait for orders of a batch.

    :param order_ids, seconds: of :func:`pending_orders` and :func:`seconds_left`
    :returns: what ``wotrus_order_info`` returns, and ``idle``, the hosts for which it brought nothing new
    """
    params = {"order_ids": order_ids, "wait": True, "wait_timeout": seconds, "wait_for": "issued"}
    result = order_info(api, params, run).result
    finished = {id_key(row["id"]) for row in result["orders"] if row["stage"] in _FINISHED}
    idle = [tasks.host for tasks in batch if finished.isdisjoint(map(id_key, tasks.waiting))]
    return OperationResult({**result, "idle": idle})
