# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order limit: a batch's forecast, and the count when sending.

All processes of a run share the count.
"""

from __future__ import annotations

import multiprocessing
import re
import types
import typing as t
import uuid

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import OrderLimit, ReissueLimit
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Limits
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import limit
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.limit import Forecast, RequestCount, forecast

# ---- the forecast


def row(host: str, name: str = "contracts", **changes: t.Any) -> dict[str, t.Any]:
    """Return a plan that may be charged."""
    usual: dict[str, t.Any] = {
        "host": host,
        "name": name,
        "order_name": f"{name}@{host}",
        "storage": "host",
        "order_id": None,
        "claims": [],
        "entry_order_ids": [],
        "replace_orders": [],
        "due": False,
        "follows": None,
        "action": "order",
        "expires": None,
        "may_be_charged": True,
        "idempotence_id": f"value of {name}@{host}",
    }
    return {**usual, **changes}


def free(host: str, name: str = "contracts", **changes: t.Any) -> dict[str, t.Any]:
    """Return a plan that costs nothing."""
    return row(host, name, **{"action": "resume", "may_be_charged": False, "idempotence_id": None, **changes})


def reasons(found: Forecast) -> dict[str, str]:
    """Return why the certificates of hosts are blocked."""
    return {host: names["contracts"]["reason"] for host, names in found.blocked.items()}


def test_every_order_that_may_be_charged_counts_and_free_work_does_not() -> None:
    found = forecast([row("one", "a"), row("one", "b"), row("two"), free("three")], [Limits(3)])
    assert found == Forecast(Limits(3), 3)


def test_smallest_limits_of_the_hosts_count() -> None:
    found = forecast([row("one"), row("two")], [Limits(10, 3), Limits(1, 10), Limits(5)])
    assert (found.limits, found.charged, reasons(found)) == (
        Limits(1, 3),
        2,
        {"one": "order_limit", "two": "order_limit"},
    )
    assert "wotrus_max_charged_orders to 2 " in found.blocked["one"]["contracts"]["next_step"]


def test_limit_of_zero_allows_no_order() -> None:
    assert reasons(forecast([row("one")], [Limits(0)])) == {"one": "order_limit"}
    assert reasons(forecast([row("one")], [])) == {"one": "order_limit"}
    assert reasons(forecast([free("one")], [Limits(0)])) == {}


def test_orders_of_earlier_batches_count_if_this_one_orders_too() -> None:
    found = forecast([row("two")], [Limits(1)], placed={"earlier"})
    assert (found.charged, reasons(found)) == (2, {"two": "order_limit"})
    assert reasons(forecast([free("two")], [Limits(1)], placed={"earlier"})) == {}


def test_due_renewals_come_first_and_the_most_urgent_before_the_others() -> None:
    renewals = [
        row(f"day {day}", action="renew", due=True, expires=f"2027-01-{day:02}T00:00:00Z") for day in (20, 5, 11)
    ]
    rows = [row("new"), *renewals, row("replaced")]

    assert list(reasons(forecast(rows, [Limits(2)]))) == ["new", "day 20", "replaced"]
    assert list(reasons(forecast(rows, [Limits(4)]))) == ["new", "replaced"]
    assert reasons(forecast(rows, [Limits(5)])) == {}


def reissue(host: str, **changes: t.Any) -> dict[str, t.Any]:
    """Return a plan that reissues an order."""
    return free(host, **{"action": "reissue", "order_id": f"order of {host}", **changes})


def due(day: int, **changes: t.Any) -> dict[str, t.Any]:
    """Return a plan that reissues an order whose certificate or chain ends on a day."""
    return reissue(f"day {day}", due=True, expires=f"2027-01-{day:02}T00:00:00Z", **changes)


def test_reissues_that_a_person_asks_for_are_sent_if_all_of_them_fit() -> None:
    rows = [reissue(host) for host in ("one", "two")]

    assert reasons(forecast(rows, [Limits(0, 2)])) == {}
    found = forecast([*rows, free("three")], [Limits(0, 2)], reissued=1)
    assert (found.reissues, reasons(found)) == (3, {"one": "reissue_limit", "two": "reissue_limit"})
    assert "Reissues that wait: 2." in found.blocked["one"]["contracts"]["msg"]
    assert "wotrus_max_reissues to 3 " in found.blocked["one"]["contracts"]["next_step"]


def test_certificates_that_end_are_reissued_first_and_the_most_urgent_before_the_others() -> None:
    rows = [reissue("asked"), due(20), due(5), due(11), reissue("lost")]

    assert list(reasons(forecast(rows, [Limits(0, 2)]))) == ["asked", "day 20", "lost"]
    assert list(reasons(forecast(rows, [Limits(0, 4)]))) == ["asked", "lost"]
    assert reasons(forecast(rows, [Limits(0, 5)])) == {}
    assert list(reasons(forecast(rows, [Limits(0, 3)], reissued=1))) == ["asked", "day 20", "lost"]
    late = forecast(rows, [Limits(0, 2)]).blocked["day 20"]["contracts"]
    assert "may ask for: 5; wotrus_max_reissues allows 2" in late["msg"]
    assert "Reissues that wait: 3." in late["msg"]


def test_certificate_that_no_host_has_is_more_urgent_than_one_that_ends() -> None:
    rows = [due(5), reissue("rebuilt", due=True)]
    assert list(reasons(forecast(rows, [Limits(0, 1)]))) == ["day 5"]


def test_hosts_that_share_a_provided_key_share_the_order() -> None:
    shared = {"storage": "provided", "order_name": "contracts", "idempotence_id": "value", "claims": ["a"]}
    assert forecast([row("one", **shared), row("two", **shared)], [Limits(1)]) == Forecast(Limits(1), 1)


@pytest.mark.parametrize("storages", [("host", "host"), ("host", "provided"), ("ukey", "ukey")])
def test_order_name_that_is_shared_without_the_key_is_blocked_and_not_counted(storages: tuple[str, str]) -> None:
    one, two = storages
    rows = [row("one", order_name="x", storage=one), row("two", order_name="x", storage=two), row("three")]

    found = forecast(rows, [Limits(1)])

    assert found.charged == 1
    assert reasons(found) == {"one": "order_name_shared", "two": "order_name_shared"}
    assert "'x'" in found.blocked["one"]["contracts"]["msg"]
    assert "order_name" in found.blocked["one"]["contracts"]["next_step"]


@pytest.mark.parametrize(("orders", "names_order"), [((None, "a"), True), ((None, None), False), (("a", "b"), False)])
def test_next_step_of_a_shared_name_names_the_order_of_the_one_host_that_has_it(
    orders: tuple[str | None, str | None], *, names_order: bool
) -> None:
    one, two = orders
    found = forecast([row("one", order_name="x", order_id=one), row("two", order_name="x", order_id=two)], [Limits(2)])
    assert ("replaces two, set order_id to a " in found.blocked["one"]["contracts"]["next_step"]) is names_order


def test_two_hosts_that_claim_one_order_are_both_blocked() -> None:
    found = forecast(
        [free("one", claims=["a"]), row("two", claims=["a", "b"]), free("three", claims=["c"])], [Limits(1)]
    )

    assert reasons(found) == {"one": "order_claimed_twice", "two": "order_claimed_twice"}
    words = found.blocked["two"]["contracts"]["msg"]
    assert "one, two" in words
    assert " a." in words
    assert found.charged == 0


def test_order_id_in_the_entry_of_one_of_them_decides() -> None:
    found = forecast([free("one", claims=["a"], entry_order_ids=[" {A} "]), free("two", claims=["a"])], [Limits(1)])
    assert list(found.blocked) == ["two"]
    other = forecast([free("one", claims=["a"], entry_order_ids=["b"]), free("two", claims=["a"])], [Limits(1)])
    assert set(other.blocked) == {"one", "two"}
    both = [free(host, claims=["a"], entry_order_ids=[" {A} "]) for host in ("one", "two")]
    assert list(forecast(both, [Limits(1)]).blocked) == ["one", "two"]


def test_order_of_another_name_is_followed_only_if_no_other_entry_names_it() -> None:
    named = {"replace_orders": ["a"]}
    own = row("one", **named, follows="A", claims=["a"])
    other = row("two", **named, follows="A", claims=[], msg="")

    found = forecast([own, other], [Limits(2)])

    assert reasons(found) == {"two": "order_mismatch"}
    assert reasons(forecast([other], [Limits(2)])) == {}


def test_host_without_the_key_that_claims_a_shared_order_is_blocked() -> None:
    found = forecast([free("one", claims=["a"], storage="provided"), free("two", claims=["a"])], [Limits(1)])
    assert set(found.blocked) == {"one", "two"}


# ---- the count at the send

FORK = multiprocessing.get_context("fork")
FIRST, SECOND, THIRD, FOURTH = (
    str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in ("first", "second", "third", "fourth")
)
_LONGEST = 60

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


class Child:
    """A forked process that reserves a value, and ends it on command.

    :ivar pauses: is set once it waits for another process
    """

    def __init__(self, count: RequestCount, value: str, most: int) -> None:
        self.pauses = FORK.Event()
        self._ours, self._its = FORK.Pipe()
        self._process = FORK.Process(target=self._run, args=(count, value, most))
        self._process.start()

    def _run(self, count: RequestCount, value: str, most: int) -> None:
        def pause(_seconds: float) -> None:
            self.pauses.set()
            self._its.poll(0.01)

        limit.time = types.SimpleNamespace(sleep=pause)
        try:
            with count.reserve(value, Limits(most)) as ticket:
                self._its.send("counted" if ticket.is_counted else "sends")
                ticket.charged = bool(self._its.recv())
        except OrderLimit as exc:
            self._its.send(str(exc))

    def said(self) -> str:
        """Return its answer: ``sends``, ``counted``, or the limit's message."""
        assert self._ours.poll(_LONGEST), "the process says nothing"
        return str(self._ours.recv())

    def waits(self) -> None:
        """Return once it waits."""
        assert self.pauses.wait(_LONGEST), "the process does not wait"

    def end(self, *, charged: bool) -> None:
        """Have it end its reservation, and return once it did."""
        self._ours.send(charged)
        self._process.join(_LONGEST)
        assert self._process.exitcode == 0

    def kill(self) -> None:
        """Kill it while its order is open."""
        self._process.kill()
        self._process.join(_LONGEST)


@pytest.fixture
def count() -> RequestCount:
    return RequestCount()


def test_processes_share_one_count(count: RequestCount) -> None:
    child = Child(count, FIRST, 1)
    assert child.said() == "sends"
    child.end(charged=True)
    with pytest.raises(OrderLimit) as refused:
        count.reserve(SECOND, Limits(1))
    assert "wotrus_max_charged_orders to 2" in str(refused.value.next_step)


def test_repeated_value_is_counted_once(count: RequestCount) -> None:
    for expected in ("sends", "counted", "counted"):
        child = Child(count, FIRST, 1)
        assert child.said() == expected
        child.end(charged=True)
    with count.reserve(FIRST, Limits(1)) as ticket:
        assert ticket.is_counted
    # A ticket that was counted before does not give the unit back.
    with count.reserve(FIRST, Limits(1)) as ticket:
        ticket.charged = False
    with pytest.raises(OrderLimit):
        count.reserve(SECOND, Limits(1))


def test_value_that_another_process_sends_is_waited_for(count: RequestCount) -> None:
    sending, other = Child(count, FIRST, 5), None
    assert sending.said() == "sends"
    other = Child(count, FIRST, 5)
    other.waits()
    sending.end(charged=True)
    assert other.said() == "counted"
    other.end(charged=True)


@pytest.mark.parametrize(("charged", "said"), [(False, "sends"), (True, "wotrus_max_charged_orders")])
def test_process_that_finds_none_left_waits_for_the_answer_of_another(
    count: RequestCount, *, charged: bool, said: str
) -> None:
    sending = Child(count, FIRST, 1)
    assert sending.said() == "sends"
    other = Child(count, SECOND, 1)
    other.waits()
    sending.end(charged=charged)
    assert said in other.said()
    if not charged:
        other.end(charged=True)
        with pytest.raises(OrderLimit):
            count.reserve(THIRD, Limits(1))


def test_adopted_order_frees_its_unit(count: RequestCount) -> None:
    for value in (FIRST, SECOND, THIRD):
        with count.reserve(value, Limits(1)) as ticket:
            ticket.charged = False
    with count.reserve(FIRST, Limits(1)) as ticket:
        assert not ticket.is_counted


def test_adopted_order_frees_no_other_unit(count: RequestCount) -> None:
    for value in (FIRST, SECOND, THIRD):
        with count.reserve(value, Limits(2)) as ticket:
            ticket.charged = value != SECOND
    with pytest.raises(OrderLimit):
        count.reserve(FOURTH, Limits(2))


def test_order_whose_answer_is_unknown_keeps_its_unit(count: RequestCount) -> None:
    with pytest.raises(ConnectionError), count.reserve(FIRST, Limits(1)):
        raise ConnectionError
    with pytest.raises(OrderLimit):
        count.reserve(SECOND, Limits(1))


def test_killed_process_keeps_its_unit_and_blocks_no_other(count: RequestCount) -> None:
    sending = Child(count, FIRST, 1)
    assert sending.said() == "sends"
    other = Child(count, SECOND, 1)
    other.waits()
    sending.kill()
    assert "wotrus_max_charged_orders" in other.said()
    # The same value may be sent again, which is the same order.
    with count.reserve(FIRST, Limits(1)) as ticket:
        assert ticket.is_counted


def test_limit_of_zero_sends_nothing(count: RequestCount) -> None:
    with pytest.raises(OrderLimit):
        count.reserve(FIRST, Limits(0))


@pytest.mark.parametrize("kind", [OrderLimit, ReissueLimit])
def test_one_order_is_not_said_in_the_plural(kind: type[OrderLimit]) -> None:
    assert not re.search(r"\b1 (charged )?(orders|reissues)", str(limit.limit_reached(kind, 1, 0)))
