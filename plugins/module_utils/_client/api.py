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
from ansible_collections.wotrus.pki.plugins.module_utils._client.envelope import NoData, UnreadableData
from ansible_collections.wotrus.pki.plugins.module_utils._client.http import Http, Reply
from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal, JournaledCall
from ansible_collections.wotrus.pki.plugins.module_utils._client.run_stop import STOP
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    CancelRefused,
    NotFound,
    RejectedByApi,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, is_guid, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Document, NewOrder, Order, ReissueRequest
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

# The manual has no error codes. A server that does not know an order uses these words.
_UNKNOWN_ORDER = ("不存在", "未找到", "找不到", "not found", "not exist")
_BEGIN = "-----BEGIN "
_ASK_AGAIN = Message("Run again. If it stays so, ask WoTrus with the request ids of this result.")
_JOURNALED = ("order_id", "idempotence_id", "product_id", "months", "api", "new_order_id", "companion_order_id")


class Api:
    """WoTrus's partner API.

    Each method raises a :class:`WotrusError`: ``Unauthorized``, ``Forbidden``, ``NotFound``, ``RejectedByApi``,
    ``Unavailable``, ``TimedOut``, ``TlsFailed`` or ``BadAnswer``. If ``answer_lost`` is true, the server may have
    acted.
    GET calls and POSTs with an idempotence value are repeated. Other calls are sent once.

    Once an answer of a run contradicts the manual, its orders and reissues are not sent (``OrdersStopped``).

    The calls that may cost or end something have lines in the journal, and raise ``JournalFailed``, a
    :class:`WotrusError` too, before they are sent without one. Their ``about`` is what these lines say of the sender
    besides.

    :ivar is_loopback: it is on this machine, as the sandbox is
    """

    def __init__(self, settings: Settings, journal: Journal | None = None) -> None:
        self.http = Http(settings)
        self.journal = journal or Journal()
        self._host = settings.host
        self.is_loopback = settings.is_loopback

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.http.close()

    def create(self, order: NewOrder, *, about: Json | None = None) -> answers.Placed:
        """Place an order, or return that of the idempotence value (section 2)."""
        own = {"idempotence_id": order.idempotence_id, "product_id": order.product_id, "months": order.months}
        body = bodies.create_body(order)
        with self._journaled("create", about, **own) as call, _stopping_run():
            data, began = self._post("/v1/Order/Create", body, repeatable=True, call=call)
            order_id, companion = answers.read_order_ids(data)
            call.fields.update(new_order_id=order_id, companion_order_id=companion)
        return answers.Placed(order_id, companion, began)

    def query(self, order_id: str, *, deadline: Deadline = NO_DEADLINE) -> Order:
        """Return an order (section 3).

        :raises NotFound: the API does not know it
        """
        with _naming_order(order_id) as cleaned, _stopping_run(cleaned, is_read=True):
            request = Request("GET", f"/v1/Order/{urllib.parse.quote(cleaned, safe='')}")
            try:
                data, _began = self.http.call(request, repeatable=True, deadline=deadline)
            except RejectedByApi as exc:
                if not exc.is_temporary and any(words in str(exc).lower() for words in _UNKNOWN_ORDER):
                    raise NotFound(exc.message) from exc
                raise
            return answers.read_order(data, asked=order_id, now=self.http.server_time)

    def retrieve(self, order_id: str, *, deadline: Deadline = NO_DEADLINE) -> RetrievedPems:
        """Return an order's certificates (section 4).

        This may issue an order in ``pendingCAIssued`` (revision V1.03).

        :returns: one at least
        :raises RejectedByApi: there are none yet: it is refused, empty, or answered by HTTP 404
        """
        with _naming_order(order_id) as cleaned, _stopping_run(cleaned, is_read=True):
            request = Request("GET", "/v1/Certificate/RetrievePem", query=(("orderID", cleaned),))
            try:
                data, _began = self.http.call(request, repeatable=True, deadline=deadline)
                pems = answers.read_pems(data)
            except (NotFound, NoData) as exc:
                raise RejectedByApi(exc.message, next_step=_ASK_AGAIN) from exc
            if not pems:
                raise RejectedByApi("RetrievePem has no certificate of the order.", next_step=_ASK_AGAIN)
            kind, first = next(iter(pems.items()))
            if _BEGIN not in first.certificate:
                _stop_run("data.pem_RSA" if kind == "rsa" else f"data.pem_{kind.capitalize()}", cleaned)
            return pems

    def cancel(self, order_id: str, *, reason: str) -> None:
        """Cancel an order that has no certificate yet (section 5).

        :raises CancelRefused: the answer's ``cancelResult`` is not true
        """
        with _naming_order(order_id) as cleaned, self._journaled("cancel", order_id=cleaned) as call:
            data, _began = self._post("/v1/Order/Cancel", {"orderID": cleaned, "reason": reason}, call=call)
            if not data.flag("cancelResult"):
                why = data.words("cancelFailedReason") or Message("no reason given")
                raise CancelRefused("The API did not cancel order {order_id}: {why}.", order_id=order_id, why=why)

    def revoke(self, order_id: str, *, reason: str, document: Document) -> None:
        """Request a revocation, which people at WoTrus review: Query shows its state (section 6)."""
        with _naming_order(order_id) as cleaned, self._journaled("revoke", order_id=cleaned) as call:
            body = {"orderId": cleaned, "reason": reason, **bodies.document_fields(document)}
            self._post("/v1/Certificate/RevokeRequest", body, call=call)

    def reissue(self, request: ReissueRequest, *, about: Json | None = None) -> answers.Placed:
        """Request a new certificate on an issued order (section 7).

        :returns: ``newOrderID``, which may be a new id or the same; if it is null, the order's own id
        """
        own = {"idempotence_id": request.idempotence_id}
        with (
            _naming_order(request.order_id) as cleaned,
            self._journaled("reissue", about, order_id=cleaned, **own) as call,
            _stopping_run(cleaned),
        ):
            path = "/v1/Certificate/ReissueRequest"
            data, began = self._post(path, bodies.reissue_body(request), repeatable=True, call=call)
            new_id = answers.read_reissue_id(data) or cleaned
            call.fields["new_order_id"] = new_id
            # An order that kept its id has its first date, which does not say whether this call reissued it.
            return answers.Placed(new_id, None, None if is_same_id(new_id, request.order_id) else began)

    def notify(self, order_id: str, *, collect_url: str) -> bool:
        """Let WoTrus e-mail the applicant that the certificate is ready (section 9).

        :returns: ``sentResult``
        """
        with _naming_order(order_id) as cleaned:
            data, _began = self._post("/v1/Notification/email", {"orderID": cleaned, "collectUrl": collect_url})
            return bool(data.flag("sentResult"))

    def _journaled(
        self, name: str, about: Json | None = None, **own: t.Any
    ) -> contextlib.AbstractContextManager[JournaledCall]:
        """Return the journal's part of a call, with each value that one of the calls has."""
        return self.journal.call(name, about or {}, **{**dict.fromkeys(_JOURNALED), **own, "api": self._host})

    def _post(
        self, path: str, body: t.Mapping[str, t.Any], *, repeatable: bool = False, call: JournaledCall | None = None
    ) -> Reply:
        """Send a POST.

        :param repeatable: it is an order or a reissue, of which no try is sent once an answer has stopped the run
        """

        def before_try(request_id: str) -> None:
            # The try may have waited for its turn.
            if repeatable:
                STOP.check()
            if call is not None:
                call.before_try(request_id)

        request = Request("POST", path, body=bodies.encode(body))
        return self.http.call(request, repeatable=repeatable, before_try=before_try)


@contextlib.contextmanager
def _stopping_run(order_id: str | None = None, *, is_read: bool = False) -> t.Iterator[None]:
    """Stop the orders of the run if a success cannot be read.

    :param is_read: nothing is requested, so that words in place of ``data`` fail this one order alone
    """
    try:
        yield
    except UnreadableData as exc:
        if not (is_read and exc.field == "data"):
            _stop_run(exc.field, order_id)
        raise


def _stop_run(field: str, order_id: str | None) -> None:
    """Stop the orders of the run.

    :param order_id: if it is no GUID, it may be a host's claim that names another call of the API, and stops nothing
    """
    if order_id is None or is_guid(order_id):
        STOP.set(field, order_id)


@contextlib.contextmanager
def _naming_order(order_id: str) -> t.Iterator[str]:
    """Yield an order's id without blanks and braces, and set the id in a failure.

    :raises NotFound: no order has such an id
    """
    try:
        cleaned = clean_id(order_id)
        if cleaned is None:
            raise NotFound("{order_id!r} is no id of an order.", order_id=order_id)
        yield cleaned
    except WotrusError as exc:
        exc.order_id = exc.order_id or order_id
        raise
