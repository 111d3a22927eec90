# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send a call without idempotence value; if its answer is lost, query."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.http import wait_before_retry
from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order

_TRIES = 3


def send_and_confirm(
    api: Api, order_id: str, *, send: t.Callable[[], object], is_done: t.Callable[[Order], bool]
) -> Order:
    """Send a call until its effect is confirmed, and return the order.

    Before the next try there is the usual pause, by ``Retry-After`` too, and then a Query. If the server wants a longer
    pause than is allowed, there is only the Query, and no next try.

    :param send: makes the call once
    :param is_done: returns whether the order shows the effect
    :raises WotrusError: the API refused it, or each answer was lost and the order does not show the effect
    """
    for number in range(1, _TRIES + 1):
        try:
            send()
            break
        except WotrusError as exc:
            if not exc.answer_lost:
                raise
            again = number < _TRIES and wait_before_retry(number, exc.retry_after)
            order = api.query(order_id)
            if is_done(order):
                return order
            if not again:
                raise
    return api.query(order_id)
