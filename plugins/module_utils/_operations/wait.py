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
import random
import time
import typing as t

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
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.pems import RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._model.status import READY_AT_CA, Stage

# These concern the caller and not an order: the same would happen to every id.
_CALLER_FAULTS = (Forbidden, TlsFailed, Unauthorized)
_FINAL = (*_CALLER_FAULTS, NotFound, RejectedByApi)
_FIRST_PAUSE = 1.0
_GROWTH = 1.6
_LONGEST = {Stage.WAITING_ON_CA: 60.0, Stage.WAITING_ON_YOU: 120.0}
_LONGEST_AT_CA = 15.0
_HEARTBEAT = 60.0


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


def look(api: Api, order_ids: t.Sequence[str]) -> list[Watched]:
    """Ask once for each order, in parallel; the answers stand in the order asked."""
    return watch(api, order_ids, goal=Goal.ISSUED, deadline=Deadline.after(0), collect=False)


def watch(
    api: Api,
    order_ids: t.Sequence[str],
    *,
    goal: Goal,
    deadline: Deadline,
    progress: t.Callable[[str], None] | None = None,
    collect: bool = True,
) -> list[Watched]:
    """Poll orders until each reached its goal or never will, or until the deadline.

    :param order_ids: ids in any spelling; two spellings of one id are asked for once
    :param collect: ask RetrievePem where the status wants it
    :returns: one for each id, in the order asked; a failure of one hides no other
    :raises Unauthorized, Forbidden, TlsFailed: what would happen to every id
    """
    watched: dict[str, Watched] = {}
    for order_id in order_ids:
        watched.setdefault(id_key(order_id), Watched(order_id.strip()))
    # A deadline of now still allows one look, with all the tries of any other call.
    poll = _Poll(api, goal=goal, collect=collect, deadline=NO_DEADLINE if deadline.passed else deadline)
    teller = _Teller(progress, goal)
    with concurrent.futures.ThreadPoolExecutor(max_workers=POOL_SIZE) as pool:
        open_ones = list(watched.values())
        while open_ones:
            now = time.monotonic()
            due = [one for one in open_ones if one.due <= now]
            # One order needs no thread: a task that adopts an order starts none.
            list(map(poll, due) if len(due) == 1 else pool.map(poll, due))
            _raise_caller_faults(due)
            teller.tell(watched.values())
            open_ones = [one for one in open_ones if not one.done]
            if not open_ones or deadline.passed:
                break
            time.sleep(deadline.cut(max(0.0, min(one.due for one in open_ones) - time.monotonic())))
            if deadline.passed:
                break
    return [watched[id_key(order_id)] for order_id in order_ids]


class _Poll:
    """One look at one order."""

    def __init__(self, api: Api, *, goal: Goal, collect: bool, deadline: Deadline) -> None:
        self._api = api
        self._goal = goal
        self._deadline = deadline
        self._collect = collect and goal is Goal.ISSUED

    def __call__(self, one: Watched) -> None:
        try:
            before = one.order
            one.order, one.error = self._api.query(one.order_id, deadline=self._deadline), None
            if before is not None and before.stage is Stage.REVOKING and one.order.stage is Stage.ISSUED:
                one.refused = True
            if self._collect and one.order.status == READY_AT_CA:
                self._retrieve(one)
            one.done = _is_done(one, self._goal)
        except WotrusError as exc:
            one.error = exc
            one.done = isinstance(exc, _FINAL)
        one.pause, one.due = _next(one)

    def _retrieve(self, one: Watched) -> None:
        try:
            pems = self._api.retrieve(one.order_id, deadline=self._deadline)
        except RejectedByApi:
            return
        if not pems.empty:
            one.pems, one.order = pems, self._api.query(one.order_id)


def _is_done(one: Watched, goal: Goal) -> bool:
    order = one.order
    if order is None:
        return False
    if goal is Goal.REVOKED:
        return order.dead or one.refused
    return order.issued or order.dead or one.pems is not None


def _raise_caller_faults(watched: t.Iterable[Watched]) -> None:
    for one in watched:
        if isinstance(one.error, _CALLER_FAULTS):
            raise one.error


def _next(one: Watched) -> tuple[float, float]:
    """Return the next pause and when it ends: exponential with jitter, shorter where a machine acts."""
    longest = _LONGEST_AT_CA
    if one.order is not None and one.order.status != READY_AT_CA:
        longest = _LONGEST.get(one.order.stage, max(_LONGEST.values()))
    pause = min(one.pause, longest)
    return pause * _GROWTH, time.monotonic() + random.uniform(0.8, 1.0) * pause


class _Teller:
    """Says how a long wait stands: when something changed, and once a minute."""

    def __init__(self, progress: t.Callable[[str], None] | None, goal: Goal) -> None:
        self._progress = progress
        self._goal = goal
        self._started = time.monotonic()
        self._said = ""
        self._said_at = self._started

    def tell(self, watched: t.Collection[Watched]) -> None:
        """Say the counts where they are news."""
        if self._progress is None:
            return
        line = self._line(watched)
        now = time.monotonic()
        # The first look is no news: a run that waits for nothing stays silent.
        if self._said and (line != self._said or now - self._said_at >= _HEARTBEAT):
            self._progress(f"wotrus: {line}, {_clock(now - self._started)}")
            self._said_at = now
        self._said = line

    def _line(self, watched: t.Collection[Watched]) -> str:
        stages = [one.order.stage if one.order else Stage.UNKNOWN for one in watched]
        reached = sum(
            1
            for one in watched
            if one.order and (one.order.revoked if self._goal is Goal.REVOKED else one.order.issued)
        )
        parts = [f"{self._goal.value} {reached}/{len(watched)}"]
        for stage, words in ((Stage.WAITING_ON_CA, "waiting on CA"), (Stage.WAITING_ON_YOU, "on you")):
            if stages.count(stage):
                parts.append(f"{words} {stages.count(stage)}")
        return ", ".join(parts)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"
