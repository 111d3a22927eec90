# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cancel an order (manual, section 5)."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._orders.confirm import send_and_confirm
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import require_same
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text


def cancel(
    api: Api, order_id: str, *, reason: str, run: Run, product: str | None = None, common_name: str | None = None
) -> OperationResult:
    """Cancel an order, unless it is closed, rejected or revoked already.

    Cancel is sent even if the order is issued, since only the server knows whether it can be cancelled. If its answer
    is lost, Query shows whether it had an effect, since Cancel has no idempotence value.

    :param product: the order must be for this product, if Query names one
    :param common_name: the same for its common name
    :raises OrderMismatch: it is for another product or common name
    :raises CancelRefused: the server does not cancel it; the message has its reason
    """
    before = api.query(order_id)
    require_same(api, before, product=product, common_name=common_name)
    if before.is_dead:
        return OperationResult(_result(before))
    if run.check_mode:
        result = {**_result(before), "msg": text(Message("Would ask WoTrus to cancel the order."))}
        return OperationResult(result, changed=True, before={"status": before.status}, after={"status": "closed"})
    after = send_and_confirm(
        api, order_id, send=lambda: api.cancel(order_id, reason=reason), is_done=lambda order: order.is_dead
    )
    return OperationResult(
        _result(after), changed=True, before={"status": before.status}, after={"status": after.status}
    )


def _result(order: Order) -> dict[str, t.Any]:
    return {
        "order_id": order.id,
        "companion_order_id": None,
        "idempotence_id": None,
        "created": False,
        "order": order.as_result(),
    }
