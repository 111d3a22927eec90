# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read orders from WoTrus with the user's token.

A push proves nothing, so Query decides.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import dataclasses
import hashlib
import threading
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._errors import RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order, Stage
from ansible_collections.wotrus.pki.plugins.module_utils._orders.wait import Goal, poll_orders
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

from .push_format import CHANGED, ISSUED, REVOKED

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import RetrievedPems
    from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings


@dataclasses.dataclass(frozen=True)
class PolledOrder:
    """An order as WoTrus has it.

    :ivar certificate: a digest of the certificates, if there are any; a reissue can have the same
        order id
    :ivar request_ids: the ids by which WoTrus's support finds the calls
    """

    order: Order
    certificate: str | None
    request_ids: tuple[str, ...]

    @property
    def event(self) -> str:
        """The event for the rules.

        While a revocation is reviewed, there is nothing to deploy.

        Returns
        -------
        str
            The event for the rules.

        """
        if self.order.is_revoked:
            return REVOKED
        issued = self.order.stage is Stage.ISSUED or (
            self.certificate is not None and not self.order.is_issued
        )
        return ISSUED if issued else CHANGED

    @property
    def state(self) -> str:
        """The state as one text, to compare with the last report.

        Returns
        -------
        str
            The state as one text, to compare with the last report.

        """
        return f"{self.event} {self.order.status} {self.certificate or '-'}"

    @property
    def final(self) -> bool:
        """Whether the order needs no further polling.

        It has a certificate, or will never have one.

        Returns
        -------
        bool
            Whether the order needs no further polling.

        """
        return self.order.is_issued or self.order.is_dead or self.certificate is not None


class OrderReader:
    """Reads orders in a fixed number of threads, each with a connection.

    Use it in a ``with`` statement.

    :raises MissingLibrary: this Python has no library for the API; a later try would not help
    """

    def __init__(self, settings: Settings, *, parallel: int) -> None:
        """Prepare the threads.

        Parameters
        ----------
        settings : Settings
            The connection to WoTrus.
        parallel : int
            The most orders that are read at the same time.

        """
        Api(settings).http.close()
        self._settings = settings
        self._local = threading.local()
        self._apis: list[Api] = []
        self._threads = concurrent.futures.ThreadPoolExecutor(
            parallel,
            thread_name_prefix="wotrus-query",
        )

    def __enter__(self) -> t.Self:
        """Begin to use the threads.

        Returns
        -------
        t.Self
            The reader.

        """
        return self

    def __exit__(self, *exc_info: object) -> None:
        """End the threads.

        Parameters
        ----------
        *exc_info : object
            The error that ended the block.

        """
        # A call that hangs ends by its own timeout. Its answer is not needed any more.
        self._threads.shutdown(wait=False, cancel_futures=True)
        for api in self._apis:
            api.http.close()

    async def __call__(self, order_id: str) -> PolledOrder:
        """Read an order.

        :exc:`NotFound` says that WoTrus does not know it, and any other :exc:`WotrusError` that it
        could not be read.

        Parameters
        ----------
        order_id : str
            The order's id.

        Returns
        -------
        PolledOrder
            The order as WoTrus has it.

        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, order_id)

    def _read(self, order_id: str) -> PolledOrder:
        api = self._api()
        before = frozenset(api.http.request_ids)
        # Query alone may say pendingCAIssued for ever, so this asks for the certificate too
        # (manual, revision V1.03).
        (one,) = poll_orders(api, [order_id], goal=Goal.ISSUED, deadline=Deadline.after(0))
        if one.error is not None:
            raise one.error
        if one.order is None:
            raise RejectedByApi(Message("event.not_read"), order_id=order_id)
        pems = one.pems or (_retrieve(api, order_id) if one.order.is_issued else None)
        own_ids = tuple(
            request_id for request_id in api.http.request_ids if request_id not in before
        )
        return PolledOrder(one.order, _digest(pems), own_ids)

    def _api(self) -> Api:
        api: Api | None = getattr(self._local, "api", None)
        if api is None:
            api = self._local.api = Api(self._settings)
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
    # The API returns the same PEM text with and without line breaks.
    return hashlib.sha256("".join("".join(texts).split()).encode()).hexdigest()


ReadOrder = t.Callable[[str], t.Awaitable[PolledOrder]]
