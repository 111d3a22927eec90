# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Poll orders in one process, a few at a time.

Each order has its own pauses.

Query alone may show ``pendingCAIssued`` for ever: the order moves on only after a RetrievePem (manual, revision V1.03).
So every wait calls that as well.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import enum
import random
import time
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import NO_DEADLINE, Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._client.transport import POOL_SIZE
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    Forbidden,
    NotFound,
    RejectedByApi,
    TlsFailed,
    Unauthorized,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import ISSUED, READY_AT_CA, Order, Stage
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Progress
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

# These concern the caller and not an order: the same would happen to every id.
_CALLER_ERRORS = (Forbidden, TlsFailed, Unauthorized)
_FINAL = (*_CALLER_ERRORS, NotFound, RejectedByApi)
_RANDOM = random.SystemRandom()
_FIRST_PAUSE = 1.0
_GROWTH = 1.6
_LONGEST = {Stage.WAITING_ON_CA: 60.0, Stage.WAITING_ON_YOU: 120.0}
_LONGEST_AT_CA = 15.0
_HEARTBEAT = 60.0
_FLEET_REPORT_PAUSE = 10.0
# At the CA an order moves on by RetrievePem alone. After so many of these comes a Query, since the order may die too.
_RETRIEVES = 3


class Goal(enum.Enum):
    """The goal of a wait."""

    ISSUED = "issued"
    REVOKED = "revoked"


@dataclasses.dataclass(eq=False)
class PolledOrder:
    """A polled order, with its newest answer or error.

    :ivar pems: its certificates, if they were fetched meanwhile
    :ivar is_done: its goal is reached, or never will be
    :ivar is_refused: its revocation was under review, and it is issued again
    :ivar due: when it is polled next; 0 before the first poll
    """

    order_id: str
    order: Order | None = None
    error: WotrusError | None = None
    pems: RetrievedPems | None = None
    is_done: bool = False
    is_refused: bool = False
    pause: float = _FIRST_PAUSE
    due: float = 0.0
    retrieves: int = 0

    def found(self) -> Order:
        """Return the order as it was seen last.

        :raises WotrusError: it cannot be found
        """
        if self.error is not None and (self.order is None or self.is_done):
            raise self.error
        # The first poll is made in any case, so there is an order or an error.
        return t.cast("Order", self.order)

    @property
    def is_at_ca(self) -> bool:
        """Only RetrievePem moves it on."""
        return self.order is not None and self.order.status == READY_AT_CA


def inspect_orders(api: Api, order_ids: t.Sequence[str]) -> list[PolledOrder]:
    """Query each order once, in parallel; return answers in the ids' sequence."""
    return poll_orders(api, order_ids, goal=Goal.ISSUED, deadline=Deadline.after(0), collect=False)


def poll_orders(
    api: Api,
    order_ids: t.Sequence[str],
    *,
    goal: Goal,
    deadline: Deadline,
    progress: Progress | None = None,
    collect: bool = True,
) -> list[PolledOrder]:
    """Poll orders until they are done, or until the deadline.

    An order is done if it reached its goal or never will.

    :param order_ids: ids in any spelling; two spellings of one id are polled once
    :param progress: takes a line about a long wait
    :param collect: call RetrievePem if the status needs it
    :returns: one for each id, in their order; a failure of one hides no other
    :raises Unauthorized, Forbidden, TlsFailed: the same would happen to every id
    """
    polled: dict[str, PolledOrder] = {}
    for order_id in order_ids:
        polled.setdefault(id_key(order_id), PolledOrder(clean_id(order_id) or order_id))
    poller = _Poller(api, goal, deadline, collect=collect and goal is Goal.ISSUED)
    poller.run(list(polled.values()), _ProgressReporter(progress, goal))
    return [polled[id_key(order_id)] for order_id in order_ids]


class _Poller:
    """Polls orders when due, one for each connection; a slow answer delays no other order."""

    def __init__(self, api: Api, goal: Goal, deadline: Deadline, *, collect: bool) -> None:
        self._api = api
        self._goal = goal
        self._collect = collect
        self._end = deadline
        # A deadline of now still allows one poll, with all the tries of any other call.
        self._deadline = NO_DEADLINE if deadline.passed else deadline
        self._open: dict[concurrent.futures.Future[None], PolledOrder] = {}

    def run(self, polled: list[PolledOrder], reporter: _ProgressReporter) -> None:
        """Poll until each order is done, or until the deadline."""
        self._waiting = list(polled)
        with concurrent.futures.ThreadPoolExecutor(max_workers=POOL_SIZE) as pool:
            while self._waiting or self._open:
                for order in self._due()[: POOL_SIZE - len(self._open)]:
                    self._waiting.remove(order)
                    self._open[pool.submit(self._poll, order)] = order
                if self._open:
                    self._take()
                elif self._waiting:
                    time.sleep(min(self._end.left(), self._until_due(), reporter.until_heartbeat()))
                reporter.report(polled)
        reporter.report(polled, is_last=True)

    def _due(self) -> list[PolledOrder]:
        """Return the orders to poll now, and drop those for which there is no time.

        The first poll of each order is made in any case.
        """
        if self._end.passed:
            self._waiting = [order for order in self._waiting if not order.due]
        now = float("inf") if self._end.passed else time.monotonic()
        return sorted((order for order in self._waiting if order.due <= now), key=lambda order: order.due)

    def _until_due(self) -> float:
        """Return the seconds until an order is due; there must be one."""
        return max(0.0, min(order.due for order in self._waiting) - time.monotonic())

    def _take(self) -> None:
        """Take the polls that end before another one is due."""
        until = self._until_due() if self._waiting and len(self._open) < POOL_SIZE else None
        made, _open = concurrent.futures.wait(self._open, until, concurrent.futures.FIRST_COMPLETED)
        for future in made:
            order = self._open.pop(future)
            future.result()
            if isinstance(order.error, _CALLER_ERRORS):
                raise order.error
            if not order.is_done:
                self._waiting.append(order)

    def _poll(self, polled_order: PolledOrder) -> None:
        """Poll an order once."""
        try:
            order = self._ask(polled_order)
            polled_order.error = None
            is_issued = order.is_issued and self._goal is Goal.ISSUED
            polled_order.is_done = is_issued or order.is_dead or polled_order.is_refused
        except WotrusError as exc:
            polled_order.error = exc
            polled_order.is_done = isinstance(exc, _FINAL) and not exc.is_temporary
        polled_order.pause, polled_order.due = self._next(polled_order)

    def _ask(self, polled_order: PolledOrder) -> Order:
        """Query an order, and call RetrievePem if it may be ready."""
        order = polled_order.order
        if order is None or not (self._collect and polled_order.is_at_ca and polled_order.retrieves < _RETRIEVES):
            before, was_at_ca = order, polled_order.is_at_ca
            polled_order.order = order = self._api.query(polled_order.order_id, deadline=self._deadline)
            polled_order.retrieves = 0
            if polled_order.is_at_ca and not was_at_ca:
                # A machine may be fast although people were slow.
                polled_order.pause = _FIRST_PAUSE
            was_revoking = before is not None and before.stage is Stage.REVOKING
            polled_order.is_refused = was_revoking and order.stage is Stage.ISSUED
        if self._collect and polled_order.is_at_ca:
            polled_order.retrieves += 1
            with contextlib.suppress(RejectedByApi):
                polled_order.pems = self._api.retrieve(polled_order.order_id, deadline=self._deadline)
                # RetrievePem moves an order on (manual, revision V1.03), and Query may say so later.
                polled_order.order = dataclasses.replace(order, status=ISSUED)
        return polled_order.order or order

    def _next(self, order: PolledOrder) -> tuple[float, float]:
        """Return the next pause and its end.

        Pauses grow exponentially with jitter. They are shorter if a machine acts.
        """
        longest = _LONGEST_AT_CA
        if order.order is not None and not order.is_at_ca:
            longest = _LONGEST.get(order.order.stage, max(_LONGEST.values()))
        pause = min(order.pause, longest)
        return pause * _GROWTH, time.monotonic() + _RANDOM.uniform(0.8, 1.0) * pause


class _ProgressReporter:
    """Reports a long wait: when something changed, and once a minute."""

    def __init__(self, progress: Progress | None, goal: Goal) -> None:
        self._progress = progress
        self._goal = goal
        self._started = time.monotonic()
        self._line: Message | None = None
        self._reported_at = self._started

    def until_heartbeat(self) -> float:
        """Return the seconds until a line is due though nothing changed."""
        return max(0.0, self._reported_at + _HEARTBEAT - time.monotonic()) if self._progress else _HEARTBEAT

    def report(self, polled: t.Collection[PolledOrder], *, is_last: bool = False) -> None:
        """Show the counts if they changed, and once a minute."""
        if self._progress is None or not all(order.due for order in polled):
            return
        now = time.monotonic()
        line = self._counts(polled)
        if self._line is None:
            # The first poll is no news: a run that waits for nothing shows nothing.
            self._line = line
            return
        is_too_soon = len(polled) > POOL_SIZE and not is_last and now - self._reported_at < _FLEET_REPORT_PAUSE
        is_news = line != self._line and not is_too_soon
        # Computed as in until_heartbeat: rounded in another way, it would poll without a pause.
        if is_news or now >= self._reported_at + _HEARTBEAT:
            self._progress(line.with_values(time=_clock(now - self._started)), news=is_news)
            self._line, self._reported_at = line, now

    def _counts(self, polled: t.Collection[PolledOrder]) -> Message:
        """Return the line, without its time."""
        orders = [order.order for order in polled if order.order]
        stages = [order.stage for order in orders]
        return Message(
            "wotrus: revoked {reached}/{orders}, waiting for the CA {ca}, waiting for you {you}, {time}"
            if self._goal is Goal.REVOKED
            else "wotrus: issued {reached}/{orders}, waiting for the CA {ca}, waiting for you {you}, {time}",
            reached=sum(order.is_revoked if self._goal is Goal.REVOKED else order.is_issued for order in orders),
            orders=len(polled),
            ca=stages.count(Stage.WAITING_ON_CA),
            you=stages.count(Stage.WAITING_ON_YOU),
            time="",
        )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"
