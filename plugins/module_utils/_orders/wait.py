# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for one or many orders in one process, with bounded parallelism and a pause of its own for each order.

Query alone may show ``pendingCAIssued`` for ever: the order moves on only once RetrievePem is asked (manual, revision
V1.03), so every wait asks that as well.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import enum
import heapq
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
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import READY_AT_CA, Order, Stage
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Progress
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text

# These concern the caller and not an order: the same would happen to every id.
_CALLER_FAULTS = (Forbidden, TlsFailed, Unauthorized)
_FINAL = (*_CALLER_FAULTS, NotFound, RejectedByApi)
_FIRST_PAUSE = 1.0
_GROWTH = 1.6
_LONGEST = {Stage.WAITING_ON_CA: 60.0, Stage.WAITING_ON_YOU: 120.0}
_LONGEST_AT_CA = 15.0
_HEARTBEAT = 60.0
_FLEET_TOLD_EVERY = 10.0
# At the CA an order moves on by RetrievePem alone; Query is asked after so many of these, since it may die there too.
_RETRIEVES = 3


class Goal(enum.Enum):
    """What is waited for."""

    ISSUED = "issued"
    REVOKED = "revoked"


@dataclasses.dataclass
class Watched:
    """One order under watch: what was last seen of it, or why it could not be seen.

    :ivar pems: its certificates, where they were fetched on the way
    :ivar done: its goal is reached, or never will be
    :ivar refused: its revocation was under review, and it is issued again
    """

    order_id: str
    order: Order | None = None
    error: WotrusError | None = None
    pems: RetrievedPems | None = None
    done: bool = False
    refused: bool = False
    pause: float = _FIRST_PAUSE
    due: float = 0.0
    looks: int = 0
    retrieves: int = 0

    @property
    def at_ca(self) -> bool:
        """Only RetrievePem moves it on."""
        return self.order is not None and self.order.status == READY_AT_CA and not self.done


def look(api: Api, order_ids: t.Sequence[str]) -> list[Watched]:
    """Ask once for each order, in parallel; the answers stand in the order asked."""
    return watch(api, order_ids, goal=Goal.ISSUED, deadline=Deadline.after(0), collect=False)


def watch(
    api: Api,
    order_ids: t.Sequence[str],
    *,
    goal: Goal,
    deadline: Deadline,
    progress: Progress | None = None,
    collect: bool = True,
) -> list[Watched]:
    """Poll orders until each reached its goal or never will, or until the deadline.

    :param order_ids: ids in any spelling; two spellings of one id are asked for once
    :param progress: takes a line about a long wait
    :param collect: ask RetrievePem where the status wants it
    :returns: one for each id, in the order asked; a failure of one hides no other
    :raises Unauthorized, Forbidden, TlsFailed: what would happen to every id
    """
    watched: dict[str, Watched] = {}
    for order_id in order_ids:
        watched.setdefault(id_key(order_id), Watched(order_id.strip()))
    # A deadline of now still allows one look, with all the tries of any other call.
    poll = _Poll(api, goal=goal, collect=collect, deadline=NO_DEADLINE if deadline.passed else deadline)
    _Watch(list(watched.values()), poll, _Teller(progress, goal), deadline).run()
    return [watched[id_key(order_id)] for order_id in order_ids]


class _Queue:
    """Orders by when they are due, those first that owe RetrievePem.

    A limit of requests holds a fleet up for longer than a pause, and what the CA may have ready is not to stand behind
    what people review.
    """

    def __init__(self, watched: t.Sequence[Watched]) -> None:
        self._owing: list[tuple[float, int]] = []
        # A number stands for each order, since orders have no order among themselves.
        self._others = [(one.due, number) for number, one in enumerate(watched)]

    def __bool__(self) -> bool:
        return bool(self._owing or self._others)

    def push(self, number: int, *, due: float, owing: bool) -> None:
        """Put an order in."""
        heapq.heappush(self._owing if owing else self._others, (due, number))

    def pop(self, now: float) -> int | None:
        """Take out the next order that is due by now; ``None`` where none is."""
        for heap in (self._owing, self._others):
            if heap and heap[0][0] <= now:
                return heapq.heappop(heap)[1]
        return None

    def until_due(self) -> float:
        """Seconds until an order is due; there must be one."""
        return max(0.0, min(heap[0][0] for heap in (self._owing, self._others) if heap) - time.monotonic())


class _Watch:
    """Looks at each order when it is due, a few at a time, so that a slow answer holds up no other order."""

    def __init__(self, watched: list[Watched], poll: _Poll, teller: _Teller, deadline: Deadline) -> None:
        self._watched = watched
        self._poll = poll
        self._teller = teller
        self._deadline = deadline
        self._queue = _Queue(watched)
        self._asked: dict[concurrent.futures.Future[None], int] = {}

    def run(self) -> None:
        """Look until each order is done, or until the deadline."""
        with concurrent.futures.ThreadPoolExecutor(max_workers=POOL_SIZE) as pool:
            while self._queue or self._asked:
                self._ask(pool)
                if self._asked:
                    self._take()
                elif self._queue:
                    self._teller.tell(self._watched)
                    self._pause()
        self._teller.tell(self._watched, last=True)

    def _ask(self, pool: concurrent.futures.Executor) -> None:
        """Start the looks that are due, as many as there are connections; after the deadline, what is left of them."""
        while len(self._asked) < POOL_SIZE:
            number = self._queue.pop(float("inf") if self._deadline.passed else time.monotonic())
            if number is None:
                return
            one = self._watched[number]
            if self._over(one):
                continue
            # One order needs no thread: a task that adopts an order starts none.
            self._asked[_now(self._poll, one) if len(self._watched) == 1 else pool.submit(self._poll, one)] = number

    def _over(self, one: Watched) -> bool:
        """Return whether there is no time for another look.

        The first one of each order is made in any case, and so is RetrievePem after a Query that shows the CA's turn.
        """
        return self._deadline.passed and one.looks > 0 and not self._poll.owes_retrieve(one)

    def _take(self) -> None:
        """Take in the looks that were made by the time when another one is due."""
        until = self._queue.until_due() if self._queue and len(self._asked) < POOL_SIZE else None
        made, _open = concurrent.futures.wait(self._asked, until, concurrent.futures.FIRST_COMPLETED)
        for look_made in made:
            number = self._asked.pop(look_made)
            look_made.result()
            one = self._watched[number]
            if isinstance(one.error, _CALLER_FAULTS):
                raise one.error
            if not one.done:
                self._queue.push(number, due=one.due, owing=self._poll.owes_retrieve(one))
        self._teller.tell(self._watched)

    def _pause(self) -> None:
        time.sleep(self._deadline.cut(min(self._queue.until_due(), self._teller.until_heartbeat())))


def _now(poll: _Poll, one: Watched) -> concurrent.futures.Future[None]:
    made: concurrent.futures.Future[None] = concurrent.futures.Future()
    poll(one)
    made.set_result(None)
    return made


class _Poll:
    """One look at one order."""

    def __init__(self, api: Api, *, goal: Goal, collect: bool, deadline: Deadline) -> None:
        self._api = api
        self._goal = goal
        self._deadline = deadline
        self._collect = collect and goal is Goal.ISSUED

    def __call__(self, one: Watched) -> None:
        try:
            self._look(one)
            one.error = None
            one.done = _is_done(one, self._goal)
        except WotrusError as exc:
            one.error = exc
            one.done = isinstance(exc, _FINAL)
        one.looks += 1
        one.pause, one.due = self._next(one)

    def owes_retrieve(self, one: Watched) -> bool:
        """Return whether Query just showed that RetrievePem is to be asked."""
        return self._collect and one.at_ca and one.retrieves == 0

    def _look(self, one: Watched) -> None:
        """Make one request; another only in the first look, and where it ends the wait."""
        if self._collect and one.at_ca and one.retrieves < _RETRIEVES:
            self._retrieve(one)
            return
        before, was_at_ca = one.order, one.at_ca
        one.order, one.retrieves = self._query(one), 0
        if one.at_ca and not was_at_ca:
            # How long people took says nothing of how long a machine will.
            one.pause = _FIRST_PAUSE
        if before is not None and before.stage is Stage.REVOKING and one.order.stage is Stage.ISSUED:
            one.refused = True
        if before is None and self.owes_retrieve(one):
            self._retrieve(one)

    def _retrieve(self, one: Watched) -> None:
        one.retrieves += 1
        try:
            pems = self._api.retrieve(one.order_id, deadline=self._deadline)
        except RejectedByApi:
            return
        if not pems.is_empty:
            one.pems, one.order = pems, self._api.query(one.order_id)

    def _next(self, one: Watched) -> tuple[float, float]:
        """Return the next pause and when it ends: exponential with jitter, shorter where a machine acts."""
        longest = _LONGEST_AT_CA
        if self.owes_retrieve(one):
            longest = _FIRST_PAUSE
        elif one.order is not None and one.order.status != READY_AT_CA:
            longest = _LONGEST.get(one.order.stage, max(_LONGEST.values()))
        pause = min(one.pause, longest)
        grown = one.pause if longest == _FIRST_PAUSE else pause * _GROWTH
        return grown, time.monotonic() + random.uniform(0.8, 1.0) * pause

    def _query(self, one: Watched) -> Order:
        return self._api.query(one.order_id, deadline=self._deadline)


def _is_done(one: Watched, goal: Goal) -> bool:
    order = one.order
    if order is None:
        return False
    if goal is Goal.REVOKED:
        return order.is_dead or one.refused
    return order.is_issued or order.is_dead or one.pems is not None


class _Teller:
    """Says how a long wait stands: when something changed, and once a minute."""

    def __init__(self, progress: Progress | None, goal: Goal) -> None:
        self._progress = progress
        self._goal = goal
        self._started = time.monotonic()
        self._said = ""
        self._said_at = self._started

    def until_heartbeat(self) -> float:
        """Seconds until a sign of life is due."""
        return max(0.0, self._said_at + _HEARTBEAT - time.monotonic()) if self._progress else _HEARTBEAT

    def tell(self, watched: t.Collection[Watched], *, last: bool = False) -> None:
        """Say the counts where they are news, or where nothing was said for a minute."""
        if self._progress is None or not all(one.looks for one in watched):
            return
        now = time.monotonic()
        silent = now - self._said_at
        line = self._line(watched)
        if not self._said:
            # The first look is no news: a run that waits for nothing stays silent.
            self._said = line
            return
        seldom = len(watched) > POOL_SIZE and not last
        news = line != self._said and not (seldom and silent < _FLEET_TOLD_EVERY)
        # Reckoned as until_heartbeat does: rounded in another way, it would make looks without a pause.
        if news or now >= self._said_at + _HEARTBEAT:
            shown = Message("wait.progress", counts=line, time=_clock(now - self._started))
            self._progress(text(shown), news=news)
            self._said, self._said_at = line, now

    def _line(self, watched: t.Collection[Watched]) -> str:
        stages = [one.order.stage if one.order else Stage.UNKNOWN for one in watched]
        reached = sum(
            1
            for one in watched
            if one.order and (one.order.is_revoked if self._goal is Goal.REVOKED else one.order.is_issued)
        )
        parts = [f"{self._goal.value} {reached}/{len(watched)}"]
        waiting = [stage for stage in (Stage.WAITING_ON_CA, Stage.WAITING_ON_YOU) if stage in stages]
        parts += [text(Message(f"wait.{stage.value}", number=stages.count(stage))) for stage in waiting]
        return ", ".join(parts)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"
