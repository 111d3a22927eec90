# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API's seven calls, one method each, with the manual's sections."""

from __future__ import annotations

import contextlib
import typing as t
import urllib.parse

from ansible_collections.wotrus.pki.plugins.module_utils._client import answers, bodies
from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Request
from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import NO_DEADLINE, Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._client.http import Http, Reply
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadAnswer,
    CancelRefused,
    NotFound,
    RejectedByApi,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Document, NewOrder, Order, ReissueRequest
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

# The manual has no error codes. A server that does not know an order uses these words.
_UNKNOWN_ORDER = ("不存在", "未找到", "找不到", "not found", "not exist")


class Api:
    """WoTrus's partner API.

    Each method raises a :class:`WotrusError`: ``Unauthorized``, ``Forbidden``, ``NotFound``, ``RejectedByApi``,
    ``Unavailable``, ``TimedOut``, ``TlsFailed`` or ``BadAnswer``. If ``answer_lost`` is true, the server may have
    acted.
    GET calls and POSTs with an idempotence value are repeated. Other calls are sent once.
    """

    def __init__(self, settings: Settings) -> None:
        self.http = Http(settings)

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.http.close()

    def create(self, order: NewOrder) -> answers.Placed:
        """Place an order, or return that of the idempotence value (section 2)."""
        try:
            reply = self._post("/v1/Order/Create", bodies.create_body(order), repeatable=True)
        except NotFound as exc:
            raise BadAnswer("{error} (check api_url).", error=exc) from exc
        order_id, companion = answers.read_order_ids(reply.data)
        return answers.Placed(order_id, companion, date=reply.date, elapsed=reply.elapsed)

    def query(self, order_id: str, *, deadline: Deadline = NO_DEADLINE) -> Order:
        """Return an order (section 3).

        :raises NotFound: the API does not know it
        """
        path = f"/v1/Order/{urllib.parse.quote(_cleaned(order_id), safe='')}"
        with _naming_order(order_id):
            try:
                reply = self.http.call(Request("GET", path), repeatable=True, deadline=deadline)
            except RejectedByApi as exc:
                if any(words in str(exc).lower() for words in _UNKNOWN_ORDER):
                    raise NotFound(exc.message) from exc
                raise
            return answers.read_order(reply.data, asked=order_id)

    def retrieve(self, order_id: str, *, deadline: Deadline = NO_DEADLINE) -> RetrievedPems:
        """Return an order's certificates (section 4).

        This may issue an order in ``pendingCAIssued`` (revision V1.03).

        :raises RejectedByApi: there are none yet
        """
        request = Request("GET", "/v1/Certificate/RetrievePem", query=(("orderID", _cleaned(order_id)),))
        with _naming_order(order_id):
            return answers.read_pems(self.http.call(request, repeatable=True, deadline=deadline).data)

    def cancel(self, order_id: str, *, reason: str) -> None:
        """Cancel an order that has no certificate yet (section 5).

        :raises CancelRefused: the answer's ``cancelResult`` is not true
        """
        with _naming_order(order_id):
            data = self._post("/v1/Order/Cancel", {"orderID": _cleaned(order_id), "reason": reason}).data
            if not data.flag("cancelResult"):
                why = data.words("cancelFailedReason") or Message("no reason given")
                raise CancelRefused("The API did not cancel order {order_id}: {why}.", order_id=order_id, why=why)

    def revoke(self, order_id: str, *, reason: str, document: Document) -> None:
        """Request a revocation, which people at WoTrus review: Query shows its state (section 6)."""
        body = {"orderId": _cleaned(order_id), "reason": reason, **bodies.document_fields(document)}
        with _naming_order(order_id):
            self._post("/v1/Certificate/RevokeRequest", body)

    def reissue(self, request: ReissueRequest) -> answers.Placed:
        """Request a new certificate on an issued order (section 7).

        :returns: ``newOrderID``, which may be a new id or the same; if it is null, the order's own id
        """
        with _naming_order(request.order_id):
            reply = self._post("/v1/Certificate/ReissueRequest", bodies.reissue_body(request), repeatable=True)
            new_id = reply.data.id("newOrderID") or _cleaned(request.order_id)
            # An order that kept its id has its first date, which does not say whether this call reissued it.
            date = None if is_same_id(new_id, request.order_id) else reply.date
            return answers.Placed(new_id, None, date=date, elapsed=reply.elapsed)

    def notify(self, order_id: str, *, collect_url: str) -> bool:
        """Let WoTrus e-mail the applicant that the certificate is ready (section 9).

        :returns: ``sentResult``
        """
        with _naming_order(order_id):
            body = {"orderID": _cleaned(order_id), "collectUrl": collect_url}
            return bool(self._post("/v1/Notification/email", body).data.flag("sentResult"))

    def _post(self, path: str, body: t.Mapping[str, t.Any], *, repeatable: bool = False) -> Reply:
        return self.http.call(Request("POST", path, body=bodies.encode(body)), repeatable=repeatable)


def _cleaned(order_id: str) -> str:
    return clean_id(order_id) or ""


@contextlib.contextmanager
def _naming_order(order_id: str) -> t.Iterator[None]:
    """Set the order's id in a failure."""
    try:
        yield
    except WotrusError as exc:
        exc.order_id = exc.order_id or order_id
        raise
