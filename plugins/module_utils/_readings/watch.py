# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watch the answers of a task, and keep which readings they show.

What an answer does not show for certain is not observed. Some readings need what was sent, or another answer about the
same order: these are remembered until the task ends. Nothing is sent to learn more.
"""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import json
import threading
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Answer, Request
from ansible_collections.wotrus.pki.plugins.module_utils._client.envelope import is_envelope, refusal_of
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import known_status
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import MONTHS, PRODUCTS
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import plausible_time, read_time
from ansible_collections.wotrus.pki.plugins.module_utils._readings import names, query
from ansible_collections.wotrus.pki.plugins.module_utils._readings.catalogue import READINGS
from ansible_collections.wotrus.pki.plugins.module_utils._readings.certificates import (
    is_p256,
    issued_of,
    read_certificates,
    word_of_chain,
    words_of_certificate,
)
from ansible_collections.wotrus.pki.plugins.module_utils._readings.shapes import TYPE, by_name, odd_parts
from ansible_collections.wotrus.pki.plugins.module_utils._readings.watched_order import (
    UNKNOWN_PRODUCT,
    Call,
    WatchedOrder,
    is_fresh,
    words_of_issued,
    words_of_order,
    words_of_refusal,
    words_of_revocation,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import key_of_request

UNREADABLE = "unreadable"
_POSTS = {
    "/v1/Order/Create": "create",
    "/v1/Order/Cancel": "cancel",
    "/v1/Certificate/RevokeRequest": "revoke",
    "/v1/Certificate/ReissueRequest": "reissue",
    "/v1/Notification/email": "notify",
}
_RETRIEVE = "/v1/Certificate/RetrievePem"
_PRODUCTS = {product.id: product.name for product in PRODUCTS}
_MOST_ODD = 500


class Sight(t.NamedTuple):
    """How often a word was seen, and in which requests."""

    times: int
    first_request: str
    last_request: str


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


class Watcher:
    """Takes the answers of a task, of several threads.

    :ivar seen: by reading, word and product
    :ivar odd: how often what the manual does not have was seen, by endpoint, kind and name
    """

    def __init__(self, clock: t.Callable[[], dt.datetime] = _now) -> None:
        self.seen: dict[tuple[str, str, str | None], Sight] = {}
        self.odd: collections.Counter[tuple[str, str, str]] = collections.Counter()
        self._clock = clock
        self._lock = threading.Lock()
        self._orders: dict[str, WatchedOrder] = {}
        self._values: collections.Counter[str] = collections.Counter()
        self._refused_months: set[str] = set()
        self._is_success_text = False

    def __call__(self, request: Request, answer: Answer, request_id: str) -> None:
        """Take an answer. One that cannot be read is counted: it never stops a run."""
        endpoint, is_read = endpoint_of(request), False
        with self._lock:
            with contextlib.suppress(Exception):
                self._take(endpoint, request, answer, request_id)
                is_read = True
            if not is_read:
                self.odd[endpoint, TYPE, UNREADABLE] += 1

    def expect(self, order_ids: t.Iterable[str]) -> None:
        """Take note of orders that will be asked for."""
        for order_id in order_ids:
            self._orders[id_key(order_id)] = WatchedOrder()

    def _take(self, endpoint: str, request: Request, answer: Answer, request_id: str) -> None:
        is_ours = is_envelope(answer.body)
        is_unknown = answer.status == 404 and (is_ours or not answer.body.strip())
        if not is_ours and not is_unknown:
            # A proxy's page says nothing of WoTrus.
            return
        envelope = json.loads(answer.body.decode("utf-8-sig")) if is_ours else {}
        fields, clock = by_name(envelope), self._clock()
        call = Call(
            endpoint=endpoint,
            order_id=_order_id_of(endpoint, request),
            sent=json.loads(request.body) if request.body else {},
            envelope=fields,
            data=by_name(fields["data"]) if isinstance(fields.get("data"), dict) and not is_unknown else None,
            is_refused=refusal_of(answer.body) is not None,
            is_unknown=is_unknown,
            date=answer.date,
            clock=clock,
        )
        if is_ours:
            has_date = answer.headers.get("Date") is not None
            self._see(query.words_of_date(answer.date, has_header=has_date, clock=clock), request_id)
            for kind, name in odd_parts(endpoint, envelope):
                if (endpoint, kind, name) in self.odd or len(self.odd) < _MOST_ODD:
                    self.odd[endpoint, kind, name] += 1
        watch = {
            "create": self._create,
            "query": self._query,
            "retrieve": self._retrieve,
            "reissue": self._reissue,
            "revoke": words_of_revocation,
        }.get(endpoint)
        if watch is not None:
            self._see(watch(call), request_id, call)

    def _see(self, words: query.Words, request_id: str, call: Call | None = None) -> None:
        for reading, word in words:
            product = self._product(call) if call is not None and READINGS[reading].is_of_product else None
            key = (reading, word, product)
            before = self.seen.get(key, Sight(0, request_id, request_id))
            self.seen[key] = Sight(before.times + 1, before.first_request, request_id)

    def _product(self, call: Call) -> str:
        """Return the product of a call's order, once the call has shown it."""
        order = self._orders.get(call.order_id)
        return order.product if order else _product_name((call.sent.get("orderinfoPost") or {}).get("productID"))

    # ---- Create

    def _create(self, call: Call) -> query.Words:
        info = call.sent["orderinfoPost"]
        value, months = str(info["idempotenceID"]), info["month"]
        self._values[value] += 1
        is_long = months in (13, 25)
        if call.is_refused and is_long:
            self._refused_months.add(value)
        if call.data is None or call.is_refused:
            return
        self._is_success_text = isinstance(call.envelope.get("issuccess"), str)
        ids = [call.data.get(name) for name in ("orderid_rsa", "orderid")]
        yield from _null_ids(call.data, "orderid_rsa", "orderid")
        for one in ids:
            yield from query.id_style(one)
        given = [found for one in ids if (found := clean_id(one if isinstance(one, str) else None))]
        if not given:
            return
        if is_long:
            yield "long_months", "accepted"
        order = self._orders.setdefault(id_key(given[0]), WatchedOrder())
        order.product = _product_name(info["productID"])
        order.months = months if months in MONTHS else None
        order.sent = names.sent_names(call.sent)
        order.key = key_of_request(info.get("csR_RSA"))
        order.is_small_key = is_p256(info.get("csR_RSA"))
        order.placed = call.date, call.clock
        order.is_first = self._values[value] == 1
        order.is_pair = len(given) > 1
        order.is_shortened = value in self._refused_months

    # ---- Query

    def _query(self, call: Call) -> query.Words:
        order = self._orders.get(call.order_id)
        if call.data is None:
            if order is not None and call.is_unknown:
                order.was_unknown = True
            return
        found = clean_id(call.data["id"]) if isinstance(call.data.get("id"), str) else None
        if found is not None and id_key(found) != call.order_id:
            if id_key(found) in self._orders:
                yield "replaced_order", "answers new"
            return
        order = self._orders.setdefault(call.order_id, WatchedOrder())
        self._remember(order, call)
        if order.placed is not None and not is_fresh(order, *order.placed):
            # It was placed earlier, and perhaps with other names.
            order.sent = None
        yield from query.words_of_query(call.envelope, call.data)
        if self._is_success_text and call.data.get("iscsrsubmitted") in (True, False):
            yield "odd_field", "isSuccess"
        if order.sent is not None:
            yield from names.word_of_spelling(order.sent, call.data)
        yield from words_of_order(order, call)

    def _remember(self, order: WatchedOrder, call: Call) -> None:
        data = t.cast("Mapping[str, t.Any]", call.data)
        if data.get("productid"):
            order.product = _product_name(data["productid"])
        months = str(data.get("duration", "")).strip()
        is_months = str(data.get("durationtype") or "0").strip() == "0"
        if months.isascii() and months.isdigit() and is_months and int(months) in MONTHS:
            order.months = int(months)
        time = data.get("createtime")
        order.times = [*order.times[:1], str(time)]
        order.created = plausible_time(read_time(time), now=None)
        order.status = known_status(str(data.get("status") or ""))
        order.shown = data.get("cn")
        order.pay = str(data.get("ispay")).strip() if data.get("ispay") is not None else None

    # ---- RetrievePem

    def _retrieve(self, call: Call) -> query.Words:
        order = self._orders.setdefault(call.order_id, WatchedOrder())
        pem = (call.data or {}).get("pem_rsa") or (call.data or {}).get("pem_sign")
        if call.is_unknown or call.is_refused or not pem:
            yield from words_of_refusal(order, call)
            return
        data = t.cast("Mapping[str, t.Any]", call.data)
        leaves = read_certificates([pem])
        issued = issued_of(leaves[0]) if leaves else None
        if issued is None:
            return
        yield from words_of_certificate(leaves[0])
        chains = data.get("chains_rsa") if data.get("pem_rsa") else data.get("chains_sign")
        chain = word_of_chain(leaves[0], read_certificates(chains if isinstance(chains, list) else ()))
        if chain:
            yield "chain", chain
        if data.get("pem_rsa"):
            if not data.get("pem_sign"):
                yield "sign_beside", "no"
            elif not data.get("chains_sign"):
                yield "sign_beside", "yes"
        yield from words_of_issued(order, issued, call)

    # ---- ReissueRequest

    def _reissue(self, call: Call) -> query.Words:
        if call.data is None or call.is_refused:
            return
        yield "reissues", "granted"
        yield from _null_ids(call.data, "neworderid")
        value = call.data.get("neworderid")
        yield from query.id_style(value)
        new_id = clean_id(value) if isinstance(value, str) else None
        is_same = new_id is not None and id_key(new_id) == call.order_id
        if "neworderid" in call.data:
            yield "reissue_id", "null" if new_id is None else "same" if is_same else "new"
        old = self._orders.setdefault(call.order_id, WatchedOrder())
        new = old
        if new_id is not None and not is_same:
            new = self._orders.setdefault(id_key(new_id), WatchedOrder(product=old.product, months=old.months))
        new.is_reissue = True
        new.key = key_of_request(call.sent.get("csr"))


def endpoint_of(request: Request) -> str:
    """Return the name of a request's endpoint."""
    return _POSTS.get(request.path, "other") if request.method == "POST" else _of_path(request.path)


def _of_path(path: str) -> str:
    return "retrieve" if path == _RETRIEVE else "query"


def _order_id_of(endpoint: str, request: Request) -> str:
    """Return the normalized id of the order that a request is about."""
    if endpoint == "query":
        return id_key(request.path.rpartition("/")[2])
    if endpoint == "retrieve":
        return id_key(dict(request.query)["orderID"])
    sent = by_name(json.loads(request.body)) if request.body else {}
    return id_key(str(sent.get("orderid") or ""))


def _product_name(value: t.Any) -> str:
    return _PRODUCTS.get(str(value).strip(" {}").upper(), UNKNOWN_PRODUCT)


def _null_ids(data: Mapping[str, t.Any], *fields: str) -> query.Words:
    """Yield how ids are written that are not there."""
    for value in (data[name] for name in fields if name in data):
        if value is None:
            yield "null_id", "null"
        elif isinstance(value, str) and value.strip() and not value.strip("0-{} "):
            yield "null_id", "zero"
