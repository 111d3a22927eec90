# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let WoTrus e-mail that the certificate is ready (manual, section 9)."""

from __future__ import annotations

import typing as t
import urllib.parse

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    InvalidInput,
    NotSent,
    OrderNotIssued,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import needed
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

ARGUMENTS: dict[str, t.Any] = {
    "order_id": {"type": "str", "required": True},
    "collect_url": {"type": "str", "required": True},
}


def notify(api: Api, params: Params, run: Run) -> OperationResult:
    """The operation of ``wotrus_notify``, which is always a change."""
    order_id, url = needed(params, "order_id"), needed(params, "collect_url")
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise InvalidInput("collect_url {url!r} is not the URL of a page.", url=url)
    order = api.query(order_id)
    if not order.is_issued:
        raise OrderNotIssued(
            "{order} There is no certificate to send an e-mail about.", order=explain(order), order_id=order_id
        )
    if run.check_mode:
        return OperationResult({"order_id": order.id, "sent": False, "msg": "Would send the e-mail."}, changed=True)
    try:
        sent = api.notify(order_id, collect_url=url)
    except WotrusError as exc:
        if exc.answer_lost:
            # It may have been sent, and a person would get a second one.
            raise type(exc)(
                Message("{error}. The e-mail may have been sent, and was not sent again.", error=exc), order_id=order_id
            ) from exc
        raise
    if not sent:
        raise NotSent("WoTrus did not send the e-mail for order {order_id} (sentResult is false).", order_id=order_id)
    return OperationResult({"order_id": order.id, "sent": True}, changed=True, after={"sent_to": url})


OPERATION = Operation("wotrus_notify", ARGUMENTS, notify)
