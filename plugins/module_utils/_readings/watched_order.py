# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the answers about an order show, with what was sent for it and answered before."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._model.order import READY_AT_CA
from ansible_collections.wotrus.pki.plugins.module_utils._readings import names, query
from ansible_collections.wotrus.pki.plugins.module_utils._readings.certificates import (
    Issued,
    words_of_begin,
    words_of_length,
)

UNKNOWN_PRODUCT = "unknown"
_WAITING = ("pending", "pendingAutoIssue", "pendingSubmitOrderToCA", "pendingDCV", READY_AT_CA)
_MOMENT = dt.timedelta(seconds=2)
_AHEAD = (("0", 0, 2), ("28800", 28_800, 60), ("94608000", 94_608_000, 60), ("-94608000", -94_608_000, 60))
_UNPAID = ("0", "2")
_A_MONTH, _TWO_MONTHS, _LONG_AFTER = (dt.timedelta(days=days) for days in (30, 61, 120))


@dataclasses.dataclass
class WatchedOrder:
    """What is remembered of an order.

    :ivar product: the name of its product
    :ivar created: ``createTime``
    :ivar times: ``createTime`` as it was written, before a reissue and now
    :ivar status: as it is read; that of the last Query
    :ivar pay: ``isPay`` as text
    :ivar shown: ``cn`` as Query shows it
    :ivar sent: the names that Create sent
    :ivar key: of the last CSR that was sent for it
    :ivar placed: times of the answer of Create, by ``Date`` and by this machine
    :ivar is_first: Create had its value once
    :ivar is_pair: an SM2 order is beside it, which may be what is paid
    :ivar is_shortened: Create refused 13 or 25 months for it before
    :ivar was_unknown: Query did not know it at first
    :ivar is_reissue: it was reissued in this task, or is the reissue
    """

    product: str = UNKNOWN_PRODUCT
    months: int | None = None
    created: dt.datetime | None = None
    times: list[str] = dataclasses.field(default_factory=list)
    status: str | None = None
    pay: str | None = None
    shown: t.Any = None
    sent: names.Sent | None = None
    key: str | None = None
    is_small_key: bool = True
    placed: tuple[dt.datetime | None, dt.datetime] | None = None
    is_first: bool = False
    is_pair: bool = False
    is_shortened: bool = False
    was_unknown: bool = False
    is_reissue: bool = False


@dataclasses.dataclass(frozen=True)
class Call:
    """One answer.

    :ivar sent: the fields of the request's body
    :ivar data: ``data`` of a success, by small letters; ``None`` for a refusal, or without data
    :ivar is_refused: ``isSuccess`` is false
    """

    endpoint: str
    order_id: str
    sent: Mapping[str, t.Any]
    envelope: Mapping[str, t.Any]
    data: Mapping[str, t.Any] | None
    is_refused: bool
    is_unknown: bool
    date: dt.datetime | None
    clock: dt.datetime


def _is_older(order: WatchedOrder, call: Call, age: dt.timedelta) -> bool:
    """Return whether an order is older by both clocks."""
    if order.created is None or call.date is None:
        return False
    return min(call.date, call.clock) - order.created > age


def words_of_order(order: WatchedOrder, call: Call) -> query.Words:
    """Yield what an order shows with what was sent for it before."""
    if order.pay in _UNPAID:
        yield "payment", "later"
    if order.pay == "0" and order.status in _WAITING and _is_older(order, call, _TWO_MONTHS):
        yield "unpaid_orders", "kept"
    # What was refused may have been stored. Then its term is the longer one.
    if order.is_shortened and order.months in (12, 24):
        yield "long_months", "refused"
    if order.placed is not None:
        yield from _of_fresh_order(order, *order.placed)
        order.placed = None
    if len(set(order.times)) > 1 and order.is_reissue:
        yield "create_time", "moved"


def is_fresh(order: WatchedOrder, date: dt.datetime | None, clock: dt.datetime | None) -> bool:
    """Return whether an order was placed at one of two times, as far as Query shows."""
    times = [abs(one - order.created) for one in (date, clock) if one is not None and order.created is not None]
    return bool(times) and min(times) <= _MOMENT


def _of_fresh_order(order: WatchedOrder, date: dt.datetime | None, clock: dt.datetime) -> query.Words:
    """Yield what the first answer of Query about an order shows that Create has just placed.

    :param date: ``Date`` of the answer of Create
    :param clock: this machine's time then
    """
    created = order.created
    if created is None or not is_fresh(order, date, clock):
        return
    yield "arrival", "rejected" if order.status == "rejected" else "accepted"
    yield "fresh_order", "unknown for 3 seconds" if order.was_unknown else "known"
    if order.is_first:
        yield "create_answer", "id"
    if order.pay == "1" and not order.is_pair:
        yield "payment", "at once"
    if order.status in (READY_AT_CA, "issued"):
        yield "review", "at once"
    if not order.is_small_key:
        yield "keys", "any"
    ahead = None if date is None else (date - created).total_seconds()
    yield from (
        ("date_ahead", word) for word, seconds, slack in _AHEAD if ahead is not None and abs(ahead - seconds) < slack
    )


def words_of_refusal(order: WatchedOrder, call: Call) -> query.Words:
    """Yield what it shows that RetrievePem gives no certificate."""
    word = "404" if call.is_unknown else "refused" if call.is_refused else "null"
    if order.status in _WAITING:
        yield "before_certificate", word
    if order.status != "issued" or order.created is None:
        return
    if order.pay in _UNPAID and not _is_older(order, call, _A_MONTH):
        yield "unpaid_certificate", "withheld"
    if order.pay == "1" and order.months is not None:
        longest = dt.timedelta(days=31 * order.months) + _LONG_AFTER
        if _is_older(order, call, longest):
            yield "expired_certificate", "refused"


def words_of_issued(order: WatchedOrder, issued: Issued, call: Call) -> query.Words:
    """Yield what an order's certificate shows with the order."""
    if not order.is_reissue:
        yield from words_of_length(issued, order.months)
    if order.created is not None:
        yield from words_of_begin(issued, order.created)
    yield from names.word_of_certificate_name(order.shown, issued)
    if order.status == READY_AT_CA:
        yield "issuing", "by RetrievePem"
    if order.pay in _UNPAID and order.status in ("issued", READY_AT_CA):
        yield "unpaid_certificate", "given"
    if call.date is not None and issued.ends < min(call.date, call.clock):
        yield from _of_expired(order)
    if order.key is not None and order.key == issued.key:
        yield "retrieved", "own"
        if order.sent is not None:
            yield from names.words_of_subject(order.sent, issued, shown=order.shown)


def _of_expired(order: WatchedOrder) -> query.Words:
    yield "expired_certificate", "given"
    if order.status in ("issued", "unknown"):
        yield "ended", order.status
    if order.status == "issued":
        yield "expired", "issued"


def words_of_revocation(call: Call) -> query.Words:
    """Yield what the answer to a revocation shows."""
    data = call.data or {}
    revoked = str(data.get("revoked")).strip().casefold()
    if revoked in ("true", "1"):
        yield "revocation", "immediate"
    elif revoked in ("false", "0") and str(data.get("revokestatus")).strip().casefold() == "pendingaudit":
        yield "revocation", "audited"
