# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading an order back from WoTrus with our own token: what Query says is true, whatever was pushed."""

from __future__ import annotations

import asyncio
import concurrent.futures
import dataclasses
import hashlib
import threading
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order, Stage
from ansible_collections.wotrus.pki.plugins.module_utils._orders.wait import Goal, watch

from .normal import CHANGED, ISSUED, REVOKED


@dataclasses.dataclass(frozen=True)
class Seen:
    """An order as WoTrus has it.

    :ivar certificate: a digest of the certificates, where there are any: a reissue under the same id is news
    :ivar request_ids: by which WoTrus's support finds the calls
    """

    order: Order
    certificate: str | None
    request_ids: tuple[str, ...]

    @property
    def event(self) -> str:
        """What the order's state is for the rules; while a revocation is reviewed, there is nothing to deploy."""
        if self.order.is_revoked:
            return REVOKED
        issued = self.order.stage is Stage.ISSUED or (self.certificate is not None and not self.order.is_issued)
        return ISSUED if issued else CHANGED

    @property
    def state(self) -> str:
        """What makes it news: told once, and again when any of it is another."""
        return f"{self.event} {self.order.status} {self.certificate or '-'}"

    @property
    def final(self) -> bool:
        """Nothing more is to be waited for: there is a certificate, or there will never be one."""
        return self.order.is_issued or self.order.is_dead or self.certificate is not None


class Reader:
    """Asks for orders, a bounded number at once, in threads with a connection each. Use it in a ``with`` statement.

    :raises MissingLibrary: this Python cannot ask: told at the start, since no later try would help
    """

    def __init__(self, settings: Settings, *, parallel: int) -> None:
        Api(settings).http.close()
        self._settings = settings
        self._mine = threading.local()
        self._apis: list[Api] = []
        self._threads = concurrent.futures.ThreadPoolExecutor(parallel, thread_name_prefix="wotrus-query")

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exc_info: object) -> None:
        # A call that hangs ends by its own timeout; nobody waits for what it brings.
        self._threads.shutdown(wait=False, cancel_futures=True)
        for api in self._apis:
            api.http.close()

    async def __call__(self, order_id: str) -> Seen:
        """Ask for an order.

        :raises NotFound: WoTrus does not know it
        :raises WotrusError: it could not be asked for
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._look, order_id)

    def _look(self, order_id: str) -> Seen:
        api = self._api()
        before = frozenset(api.http.request_ids)
        # Query alone may say pendingCAIssued for ever, so this asks for the certificate too (manual, revision V1.03).
        (one,) = watch(api, [order_id], goal=Goal.ISSUED, deadline=Deadline.after(0))
        if one.error is not None:
            raise one.error
        if one.order is None:
            raise RejectedByApi("the order was not asked for", order_id=order_id)
        pems = one.pems or (_retrieve(api, order_id) if one.order.is_issued else None)
        asked = tuple(request_id for request_id in api.http.request_ids if request_id not in before)
        return Seen(one.order, _digest(pems), asked)

    def _api(self) -> Api:
        api: Api | None = getattr(self._mine, "api", None)
        if api is None:
            api = self._mine.api = Api(self._settings)
            self._apis.append(api)
        return api


def _retrieve(api: Api, order_id: str) -> RetrievedPems | None:
    try:
        return api.retrieve(order_id)
    except RejectedByApi:
        return None


def _digest(pems: RetrievedPems | None) -> str | None:
    if pems is None or pems.is_empty:
        return None
    texts = [bundle.certificate for bundle in (pems.rsa, pems.sign, pems.encrypt) if bundle]
    # A PEM text comes with and without line breaks; what is in it is the same.
    return hashlib.sha256("".join("".join(texts).split()).encode()).hexdigest()


Look = t.Callable[[str], t.Awaitable[Seen]]
