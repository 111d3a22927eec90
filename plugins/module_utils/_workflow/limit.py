# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limits: a batch's forecast, and a count of what was sent.

The forecast is made from the plans. The count is checked when an order is sent.
"""

from __future__ import annotations

import collections
import dataclasses
import mmap
import os
import struct
import time
import typing as t
import uuid

from ansible_collections.wotrus.pki.plugins.module_utils._client.rate_limiter import ForkLock
from ansible_collections.wotrus.pki.plugins.module_utils._errors import OrderLimit, OrdersStopped, ReissueLimit
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_guid, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows, grouped
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import PROVIDED
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Limits
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text, shown
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import message_in

_SLOT = struct.Struct("16sI?16s")
_SLOTS = 4096
_PAUSE = 0.05
_EMPTY = b"\0" * 16


@dataclasses.dataclass(frozen=True)
class Forecast:
    """What a batch may be charged for, compared with the limits.

    :ivar limits: the smallest of the hosts
    :ivar charged: how many orders may be charged, with those of earlier batches
    :ivar reissues: how many reissues are asked for, with those of earlier batches
    :ivar blocked: certificates that must wait, by host and name, each with ``reason``, ``msg``,
        ``next_step`` and the ``limit``, if that is why
    """

    limits: Limits
    charged: int
    reissues: int = 0
    blocked: t.Mapping[str, t.Mapping[str, Json]] = dataclasses.field(default_factory=dict)


def forecast(
    rows: Rows,
    limits: t.Sequence[Limits],
    *,
    others: Rows = (),
    placed: t.AbstractSet[str] = frozenset(),
    reissued: int = 0,
    stopped: Message | None = None,
) -> Forecast:
    """Compare what may have been charged, and the reissues, with the limits.

    Renewals that are due by the CA's word come first, and so do reissues of certificates that end. The most urgent are
    first, up to the limit. Replacements, first orders and other reissues are sent only if all of them fit into what is
    left.

    :param rows: the plans of the hosts
    :param limits: those of the hosts; the smallest count
    :param others: the plans of earlier batches, with which these may not share an order either
    :param placed: idempotence values that earlier batches were charged for, which count as well
    :param reissued: how many reissues earlier batches asked for
    :param stopped: why nothing is sent: an answer contradicts the manual
    """
    least = Limits(
        min((limit.charged_orders for limit in limits), default=0), min((limit.reissues for limit in limits), default=0)
    )
    blocked: dict[str, dict[str, t.Any]] = {}
    every, hosts = [*rows, *others], {row["host"] for row in rows}
    sharing = [*_sharing_a_name(every), *_sharing_an_order(every), *_replacing_anothers(every)]
    for row, why in [*sharing, *(_that_are_stopped(rows, stopped) if stopped else ())]:
        if row["host"] in hosts:
            blocked.setdefault(row["host"], {})[row["name"]] = why
    open_rows = [row for row in rows if row["name"] not in blocked.get(row["host"], {})]
    charged = [row for row in open_rows if row["may_be_charged"] and row["idempotence_id"] not in placed]
    reissues = [row for row in open_rows if row["action"] == Action.REISSUE.value]
    values = {row["idempotence_id"] for row in charged}
    number = len(values | placed) if values else 0
    asked = len(set(map(_reissued, reissues))) + reissued if reissues else 0
    late = _that_wait(charged, least.charged_orders - len(placed), lambda row: str(row["idempotence_id"]))
    later = _that_wait(reissues, least.reissues - reissued, _reissued)
    for waiting, error in (
        (late, limit_reached(OrderLimit, number, least.charged_orders)),
        (later, limit_reached(ReissueLimit, asked, least.reissues, waiting=len(set(map(_reissued, later))))),
    ):
        for row in waiting:
            why = {**_why(error.error_code, error.message, error.next_step), "limit": error.error_code}
            blocked.setdefault(row["host"], {})[row["name"]] = why
    return Forecast(least, number, asked, blocked)


def _that_are_stopped(rows: Rows, stopped: Message) -> t.Iterator[tuple[Json, Json]]:
    """Yield the certificates that would send something, and why they must wait."""
    why = _why(OrdersStopped.error_code, stopped, next_step(OrdersStopped.error_code))
    yield from ((row, why) for row in rows if row["may_be_charged"] or row["action"] == Action.REISSUE.value)


def _reissued(row: Json) -> str:
    """Return the key of the order that a plan reissues. Hosts that share a provided key share its reissue."""
    return id_key(row["order_id"])


def _that_wait(rows: Rows, left: int, request_of: t.Callable[[Json], str]) -> list[Json]:
    """Return the plans whose requests do not fit into what is left of a limit.

    :param request_of: returns what is the same for the plans of one request
    """
    due = [row for row in rows if row["due"]]
    urgent = list(dict.fromkeys(map(request_of, sorted(due, key=lambda row: row["expires"] or ""))))
    others = set(map(request_of, rows)).difference(urgent)
    allowed = {*urgent[: max(left, 0)], *(others if len(urgent) + len(others) <= left else ())}
    return [row for row in rows if request_of(row) not in allowed]


def limit_reached(kind: type[OrderLimit], number: int, limit: int, *, waiting: int = 1) -> OrderLimit:
    """Return the error of an order or a reissue that the limit does not allow.

    :param kind: ``OrderLimit`` or ``ReissueLimit``
    :param waiting: how many reissues wait for another run
    """
    is_reissue = kind is ReissueLimit
    msg = Message(
        "Reissues that this run may ask for: {number}; wotrus_max_reissues allows {limit}. This one was not sent. "
        "Reissues that wait: {waiting}."
        if is_reissue
        else "This run may place {number} charged orders, and wotrus_max_charged_orders allows {limit}. This order was "
        "not sent. A host without a record counts, since only Create can tell whether its order exists."
        if number > 1
        else "This run may place one charged order, and wotrus_max_charged_orders allows none. It was not sent. A host "
        "without a record counts, since only Create can tell whether its order exists.",
        number=number,
        limit=limit,
        waiting=waiting,
    )
    option = "wotrus_max_reissues" if is_reissue else "wotrus_max_charged_orders"
    next_step = Message(
        "Check the plan with --check. To send all of them, set {option} to {number} for this run.",
        option=option,
        number=number,
    )
    return kind(msg, next_step=next_step)


def _why(reason: str, msg: Text, next_step: Message | None) -> dict[str, t.Any]:
    """Return why a certificate must wait."""
    return {"reason": reason, **shown(msg=msg, next_step=next_step)}


def _is_shared_key(rows: Rows) -> bool:
    """Return whether certificates share a provided key, and so may share an order."""
    return {(row["storage"], row.get("provided_key")) for row in rows} == {(PROVIDED, rows[0].get("provided_key"))}


def shared_names(rows: Rows) -> list[Rows]:
    """Return the certificates that would share an order without sharing its key.

    :param rows: each with its ``order_name`` and ``storage``
    """
    by_name = grouped((row["order_name"], row) for row in rows)
    return [sharing for sharing in by_name.values() if len(sharing) > 1 and not _is_shared_key(sharing)]


def shared_name_messages(sharing: Rows) -> tuple[Message, Message]:
    """Return the message and the next step for certificates of one order name."""
    msg = Message(
        "{number} certificates have the order name {name!r}, and do not share a provided key.",
        number=len(sharing),
        name=sharing[0]["order_name"],
    )
    owners = [row for row in sharing if row.get("order_id")]
    if len(owners) != 1:
        return msg, Message(
            "If one host replaces another, set order_id in its entry in place of order_name, run with --limit to it, "
            "then remove the other host. If both use one key, provide it (key.storage is provided). Neither places an "
            "order. Otherwise give each entry an order_name of its own, which is one more order that is charged."
        )
    return msg, Message(
        "If another host replaces {host}, set order_id to {order_id} in its entry in place of order_name, run with "
        "--limit to it, then remove {host}. If both use one key, provide it (key.storage is provided). Neither places "
        "an order. Otherwise give each entry an order_name of its own, which is one more order that is charged.",
        host=owners[0]["host"],
        order_id=owners[0]["order_id"],
    )


def _sharing_a_name(rows: Rows) -> t.Iterator[tuple[Json, Json]]:
    """Yield certificates that would share an order without sharing its key, and why they must wait."""
    for sharing in shared_names(rows):
        why = _why("order_name_shared", *shared_name_messages(sharing))
        yield from ((row, why) for row in sharing)


def _sharing_an_order(rows: Rows) -> t.Iterator[tuple[Json, Json]]:
    """Yield certificates with an order that two hosts claim, and why they must wait.

    An ``order_id`` in an entry decides between them.
    """
    for order_id, claiming in by_claim(rows).items():
        if len(claiming) < 2 or _is_shared_key(claiming):
            continue
        owners = [row for row in claiming if any(is_same_id(entry_id, order_id) for entry_id in row["entry_order_ids"])]
        if len(owners) > 1 and not _is_shared_key(owners):
            late = owners
            names = sorted(f"{row['host']}: {row['name']}" for row in owners)
            msg = Message(
                "The entries of {certificates} name the same order {order_id}.", certificates=names, order_id=order_id
            )
            advice = Message(
                "Remove order_id from each entry that {order_id} is not for. "
                "The order of its name may be charged, unless it exists already.",
                order_id=order_id,
            )
        else:
            late = [row for row in claiming if row not in owners]
            names = sorted(row["host"] for row in claiming)
            msg = Message("The records of {hosts} name the same order {order_id}.", hosts=names, order_id=order_id)
            advice = Message(
                "Remove the record from the host that does not own the order, or set order_id to {order_id} in the "
                "entry of its owner. "
                "The order of its name may be charged, unless it exists already.",
                order_id=order_id,
            )
        yield from ((row, _why("order_claimed_twice", msg, advice)) for row in late)


def _replacing_anothers(rows: Rows) -> t.Iterator[tuple[Json, Json]]:
    """Yield certificates that would follow an order which is not for them, and which another entry names too.

    An entry's word about an order of another name counts only if no other entry names that order.
    """
    names = {
        (id_key(order_id), row["order_name"])
        for row in rows
        for order_id in (*row["replace_orders"], *row["entry_order_ids"])
    }
    naming = collections.Counter(order_id for order_id, _name in names)
    for row in rows:
        if row["follows"] and not row["claims"] and naming[id_key(row["follows"])] > 1:
            msg = Message(
                "Several entries name order {order_id}. {msg}",
                order_id=row["follows"],
                msg=message_in(row, "msg") or "",
            )
            advice = Message("Leave {order_id} in the one entry that it was placed for.", order_id=row["follows"])
            yield row, _why("order_mismatch", msg, advice)


def claimants(rows: Rows) -> dict[str, list[str]]:
    """Return the hosts that claim an order for themselves alone, by the order's key."""
    return {
        order_id: hosts
        for order_id, claiming in by_claim(rows).items()
        if (hosts := [row["host"] for row in claiming if row["storage"] != PROVIDED])
    }


def by_claim(rows: Rows) -> dict[str, list[Json]]:
    """Return the certificates that claim an order, by its key."""
    return grouped((order_id, row) for row in rows for order_id in row["claims"])


class RequestCount:
    """Counts the orders or reissues of one ``ansible-playbook`` run, in all its processes.

    A slot holds the value of a request that is being sent, or that was or may have been charged. A value that is open
    in another process is waited for, and so is a free slot while any is open.
    """

    def __init__(self, kind: type[OrderLimit] = OrderLimit) -> None:
        self._kind = kind
        self._shared = mmap.mmap(-1, _SLOT.size * _SLOTS)
        self._lock = ForkLock()

    def reserve(self, value: str, limits: Limits) -> Reservation:
        """Reserve one request, or find its value counted in this run.

        :param value: the idempotence value
        :raises OrderLimit, ReissueLimit: the run has sent as many as the limit allows
        """
        key = uuid.UUID(value).bytes
        limit = min(limits.reissues if self._kind is ReissueLimit else limits.charged_orders, _SLOTS)
        while True:
            with self._lock.held():
                slots = self._slots()
                mine = next((slot for slot in slots if slot[1] == key), None)
                if mine is None and len(slots) < limit:
                    used = {slot[0] for slot in slots}
                    free = next(number for number in range(_SLOTS) if number not in used)
                    self._write(free, key, os.getpid(), is_open=True)
                    return Reservation(self, key)
                if mine is not None and not mine[3]:
                    return Reservation(self, key, counted=mine[4])
                if not any(slot[3] for slot in slots):
                    raise limit_reached(self._kind, len(slots) + 1, limit)
            time.sleep(_PAUSE)

    def close(self, key: bytes, order: bytes, *, charged: bool) -> None:
        """End a reservation: keep its unit with the order that was answered, or give it back."""
        with self._lock.held():
            for number, found, pid, _is_open, _order in self._slots():
                if found == key:
                    self._write(number, key if charged else _EMPTY, pid if charged else 0, order, is_open=False)

    def _slots(self) -> list[tuple[int, bytes, int, bool, bytes]]:
        """Return the slots in use.

        A slot of a process that ended keeps its unit, since its order may have been placed.
        """
        slots = enumerate(_SLOT.iter_unpack(self._shared[:]))
        return [
            (number, key, pid, is_open and _is_running(pid), order)
            for number, (key, pid, is_open, order) in slots
            if pid
        ]

    def _write(self, number: int, key: bytes, pid: int, order: bytes = _EMPTY, *, is_open: bool) -> None:
        _SLOT.pack_into(self._shared, number * _SLOT.size, key, pid, is_open, order)


class Reservation:
    """The right to send one request.

    Its unit is kept, unless ``charged`` is set to false.

    :ivar is_counted: the value was charged in this run already
    :ivar charged: the request may have been charged
    """

    def __init__(self, count: RequestCount, key: bytes, *, counted: bytes | None = None) -> None:
        self._count = count
        self._key = key
        self._former = counted
        self._order = _EMPTY
        self.is_counted = counted is not None
        self.charged = True

    def take(self, order_id: str) -> bool:
        """Take the order of the answer, and return whether this run counts its charge already.

        A CA may answer a repeat with another order, if the first one is dead.
        """
        self._order = uuid.UUID(id_key(order_id)).bytes if is_guid(order_id) else _EMPTY
        return self._former in (_EMPTY, self._order)

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if not self.is_counted:
            self._count.close(self._key, self._order, charged=self.charged)


def _is_running(pid: int) -> bool:
    """Return whether a process runs; if nothing shows that it has ended, it does.

    One that has ended, but whose parent has not waited, is a zombie. Only Linux shows this.
    """
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except (OSError, IndexError):
        return True


ORDER_COUNT = RequestCount()
"""The orders of this process and of all that it forks."""

REISSUE_COUNT = RequestCount(ReissueLimit)
"""The reissues of the same processes."""
