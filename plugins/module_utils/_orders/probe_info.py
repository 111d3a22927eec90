# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read old orders, and return what they show of the points that the manual leaves open.

Nothing is sent but Query, and RetrievePem where Query says issued: it may move an order on at any other status.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    Forbidden,
    InvalidInput,
    TlsFailed,
    Unauthorized,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import ISSUED
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import needed, refuse_order_number
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._readings.catalogue import READINGS
from ansible_collections.wotrus.pki.plugins.module_utils._readings.certificates import read_certificates
from ansible_collections.wotrus.pki.plugins.module_utils._readings.reading import WAYS, Reading
from ansible_collections.wotrus.pki.plugins.module_utils._readings.watch import Watcher
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import validity

ARGUMENTS: dict[str, t.Any] = {"order_ids": {"type": "list", "elements": "str", "required": True}}

_OF_ALL = (Unauthorized, Forbidden, TlsFailed)
Found = dict[tuple[str, str], list[str]]
"""The orders that show a reading and its word."""


def probe_info(api: Api, params: Params, run: Run) -> OperationResult:
    """Return the readings that orders show: the operation of ``wotrus_probe_info``."""
    order_ids: list[str] = params["order_ids"]
    if not order_ids:
        raise InvalidInput("{option} is missing or empty.", option="order_ids")
    for order_id in order_ids:
        refuse_order_number(needed({"order_ids": order_id}, "order_ids"), option="order_ids")
    watcher = Watcher()
    watcher.expect(order_ids)
    api.http.watchers.append(watcher)
    found: Found = {}
    orders: list[dict[str, t.Any]] = []
    errors: list[WotrusError] = []
    for order_id in order_ids:
        before = {key: sight.times for key, sight in watcher.seen.items()}
        try:
            orders.append(_read(api, order_id))
        except WotrusError as exc:
            errors.append(exc)
            if isinstance(exc, _OF_ALL) or len(errors) == len(order_ids):
                raise
            run.warn(Message("Order {order_id}: {error}", order_id=order_id, error=exc))
        for (reading, word, product), sight in watcher.seen.items():
            if sight.times > before.get((reading, word, product), 0):
                found.setdefault((reading, word), []).append(order_id)
    odd = [
        {"endpoint": endpoint, "kind": kind, "name": name, "count": times}
        for (endpoint, kind, name), times in sorted(watcher.odd.items())
    ]
    return OperationResult({"orders": orders, "readings": list(_rows(found, order_ids)), "odd": odd})


def _read(api: Api, order_id: str) -> dict[str, t.Any]:
    """Query an order, fetch its certificate if it is issued, and return the dates of both."""
    order = api.query(order_id)
    begins = ends = None
    if order.status == ISSUED:
        # A refusal shows something too.
        with contextlib.suppress(WotrusError):
            pems = api.retrieve(order_id)
            for certificate in read_certificates([next(iter(pems.values())).certificate])[:1]:
                begins, ends = validity(certificate)
    return {
        "order_id": order.id,
        "status": order.status,
        "created_at": _time(order.created_at),
        "months": order.months,
        "not_before": _time(begins),
        "not_after": _time(ends),
    }


def _time(moment: dt.datetime | None) -> str | None:
    return format_timestamp(moment) if moment else None


def _rows(found: Found, order_ids: t.Sequence[str]) -> t.Iterator[dict[str, t.Any]]:
    """Yield a row for each reading and word, and one for each reading that no order shows."""
    for reading, known in READINGS.items():
        words = {word: ids for (name, word), ids in found.items() if name == reading}
        for word, ids in words.items():
            what = known.found[word]
            if len(words) > 1:
                numbers = [str(order_ids.index(one) + 1) for one in ids]
                what = Message("{found} (order {numbers})", found=what, numbers=numbers)
            yield _row(reading, known, word=word, orders=ids, found=what, how=None)
        if not words:
            yield _row(reading, known, word=None, orders=[], found=None, how=_how(known))


def _how(known: Reading) -> Message:
    """Return how a reading is learned that no order shows."""
    way = WAYS[known.learned_by]
    return Message("{way}: {act}", way=way, act=known.how) if known.how else way


def _row(
    reading: str, known: Reading, *, word: str | None, orders: list[str], found: Message | None, how: Message | None
) -> dict[str, t.Any]:
    own = {"reading": reading, "word": word, "learned_by": known.learned_by, "orders": orders}
    return {**own, **shown(question=known.question, found=found, means=known.decides, how=how)}


OPERATION = Operation("wotrus_probe_info", ARGUMENTS, probe_info)
