# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits for many orders: frequency, delays, and progress."""

from __future__ import annotations

import collections
import threading
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import PemBundle, RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._errors import RejectedByApi, Unauthorized
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._orders import wait
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Progress
from ansible_collections.wotrus.pki.plugins.module_utils._orders.wait import Goal, PolledOrder, poll_orders
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Text

_CERTIFICATE = RetrievedPems(rsa=PemBundle(certificate="-----BEGIN CERTIFICATE-----", chain=()))


def _nothing(_order_id: str) -> None:
    """Happens before an answer unless a test says otherwise."""


class Server:
    """Answers Query and RetrievePem from a status for each order.

    ``asked`` has the times of each call.
    """

    def __init__(self, **status: str) -> None:
        self.status = status
        self.asked: dict[str, list[tuple[str, float]]] = collections.defaultdict(list)
        self.before: t.Callable[[str], None] = _nothing

    def query(self, order_id: str, **_options: object) -> Order:
        self.asked[order_id].append(("query", wait.time.monotonic()))
        self.before(order_id)
        return Order(id=order_id, status=self.status[order_id])

    def retrieve(self, order_id: str, **_options: object) -> RetrievedPems:
        self.asked[order_id].append(("retrieve", wait.time.monotonic()))
        self.before(order_id)
        if self.status[order_id] != "ready":
            raise RejectedByApi("证书未签发")
        self.status[order_id] = "issued"
        return _CERTIFICATE

    def calls(self, order_id: str) -> list[str]:
        return [call for call, _moment in self.asked[order_id]]


def wait_for(server: Server, *, seconds: float, progress: Progress | None = None) -> list[PolledOrder]:
    return poll_orders(
        t.cast(t.Any, server),
        list(server.status),
        goal=Goal.ISSUED,
        deadline=Deadline.after(seconds),
        progress=progress,
    )


@pytest.mark.usefixtures("fast_waits")
def test_polls_become_less_frequent_while_a_person_acts() -> None:
    server = Server(a="pending", b="pending")
    wait_for(server, seconds=3600)
    for order_id in "ab":
        moments = [moment for _call, moment in server.asked[order_id]]
        gaps = [later - earlier for earlier, later in zip(moments, moments[1:])]
        assert set(server.calls(order_id)) == {"query"}
        assert gaps[0] <= 1.1
        assert 48 <= gaps[-1] <= 61
        assert len(gaps) < 90


@pytest.mark.usefixtures("fast_waits")
def test_two_orders_are_polled_at_different_times() -> None:
    server = Server(a="pending", b="pending")
    wait_for(server, seconds=3600)
    first, second = ({moment for _call, moment in server.asked[order_id][1:]} for order_id in "ab")
    assert len(first & second) < 5


@pytest.mark.usefixtures("fast_waits")
def test_poll_at_the_ca_is_retrieve_pem_and_sometimes_query_before_it() -> None:
    server = Server(a="pendingCAIssued")
    wait_for(server, seconds=100)
    assert server.calls("a")[:9] == ["query", *["retrieve"] * 3, "query", *["retrieve"] * 3, "query"]
    moments = [moment for _call, moment in server.asked["a"]]
    gaps = [later - earlier for earlier, later in zip(moments, moments[1:])]
    # After a Query RetrievePem is not kept waiting: what is there already is not waited for.
    assert {calls for calls, gap in zip(zip(server.calls("a"), server.calls("a")[1:]), gaps[:-1]) if gap < 0.8} == {
        ("query", "retrieve")
    }


@pytest.mark.usefixtures("fast_waits")
def test_order_at_the_ca_is_polled_after_seconds() -> None:
    server = Server(a="pending")

    def approve_at_the_twelfth_call(order_id: str) -> None:
        if len(server.asked[order_id]) == 12:
            server.status[order_id] = "pendingCAIssued"

    server.before = approve_at_the_twelfth_call
    wait_for(server, seconds=1000)
    calls = server.asked["a"]
    arrived = next(number for number, (call, _moment) in enumerate(calls) if call == "retrieve") - 1
    moments = [moment for _call, moment in calls[arrived - 1 : arrived + 4]]
    gaps = [later - earlier for earlier, later in zip(moments, moments[1:])]
    assert gaps[0] > 30
    assert max(gaps[1:]) <= 2


@pytest.mark.usefixtures("fast_waits")
def test_poll_without_a_wait_calls_retrieve_too() -> None:
    server = Server(a="pendingCAIssued")
    (one,) = wait_for(server, seconds=0)
    assert server.calls("a") == ["query", "retrieve"]
    assert one.is_done is False


@pytest.mark.parametrize(("status", "calls"), [("pending", ["query"]), ("pendingCAIssued", ["query", "retrieve"])])
def test_each_order_of_many_is_polled_without_a_wait(status: str, calls: list[str]) -> None:
    server = Server(**{f"order{number}": status for number in range(50)})
    polled = wait_for(server, seconds=0)
    assert [server.calls(order_id) for order_id in server.status] == [calls] * 50
    assert all(one.order is not None for one in polled)


@pytest.mark.usefixtures("fast_waits")
def test_wait_that_ends_in_the_first_round_polls_each_order() -> None:
    server = Server(**{f"order{number}": "pending" for number in range(50)})
    server.before = lambda _order_id: wait.time.sleep(1)
    wait_for(server, seconds=10)
    assert {len(server.calls(order_id)) for order_id in server.status} <= {1, 2}
    assert len(server.asked) == 50


@pytest.mark.usefixtures("fast_waits")
def test_certificate_at_the_ca_waits_for_no_reviewed_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call is slow, so that all orders are overdue.

    A rate limit has that effect.
    """
    # By one connection the calls follow on each other in an order that no scheduler of threads decides.
    monkeypatch.setattr(wait, "POOL_SIZE", 1)
    server = Server(approved="pending", **{f"order{number}": "pending" for number in range(200)})
    asked: list[str] = []

    def approve_at_the_third_call(order_id: str) -> None:
        asked.append(order_id)
        if order_id == "approved":
            server.status["approved"] = {3: "pendingCAIssued", 4: "ready"}.get(asked.count("approved"), "pending")
        wait.time.sleep(0.5)

    server.before = approve_at_the_third_call
    wait_for(server, seconds=1000)
    assert server.calls("approved") == [*["query"] * 3, "retrieve"]
    seen, fetched = [number for number, order_id in enumerate(asked) if order_id == "approved"][2:4]
    assert fetched - seen == 1


@pytest.mark.usefixtures("fast_waits")
def test_certificate_is_found_at_the_next_poll() -> None:
    server = Server(a="pendingCAIssued")

    def issue_at_the_sixth_call(order_id: str) -> None:
        if len(server.asked[order_id]) == 6:
            server.status[order_id] = "ready"

    server.before = issue_at_the_sixth_call
    (one,) = wait_for(server, seconds=1000)
    assert one.pems is _CERTIFICATE
    assert server.calls("a")[4:] == ["query", "retrieve"]


@pytest.mark.usefixtures("fast_waits")
def test_dead_order_ends_its_wait() -> None:
    server = Server(a="pendingCAIssued")

    def reject(order_id: str) -> None:
        if len(server.asked[order_id]) == 3:
            server.status[order_id] = "rejected"

    server.before = reject
    (one,) = wait_for(server, seconds=3600)
    assert one.order is not None
    assert one.order.is_dead
    assert len(server.asked["a"]) < 8


def test_slow_answer_delays_no_other_order() -> None:
    server = Server(slow="issued", quick="pending")
    answered = threading.Event()

    def stall(order_id: str) -> None:
        if order_id == "slow":
            # Lets go once the other one was asked for a second time.
            assert answered.wait(timeout=30)
        elif len(server.asked["quick"]) == 2:
            server.status["quick"] = "issued"
            answered.set()

    server.before = stall
    slow, quick = wait_for(server, seconds=30)
    assert (slow.is_done, quick.is_done) == (True, True)
    assert (server.calls("slow"), server.calls("quick")) == (["query"], ["query", "query"])


def test_a_refused_token_ends_the_wait_at_once(fast_waits: list[float]) -> None:
    server = Server(a="pending", b="pending")

    def refuse(_order_id: str) -> None:
        raise Unauthorized("HTTP 401")

    server.before = refuse
    with pytest.raises(Unauthorized):
        wait_for(server, seconds=3600)
    assert fast_waits == []


@pytest.mark.usefixtures("fast_waits")
def test_long_wait_shows_progress_each_minute_and_at_changes() -> None:
    server = Server(a="pending", b="pending")
    started = wait.time.monotonic()
    said: list[tuple[float, str, bool]] = []

    def listen(line: Text, *, news: bool) -> None:
        said.append((wait.time.monotonic() - started, str(line), news))

    def approve(order_id: str) -> None:
        if order_id == "b" and wait.time.monotonic() - started > 600:
            server.status["b"] = "issued"

    server.before = approve
    wait_for(server, seconds=900, progress=listen)
    (change,) = [line for _moment, line, news in said if news]
    assert change.startswith("wotrus: issued 1/2, waiting for the CA 1, waiting for you 0, 1")
    moments = [moment for moment, _line, _news in said]
    # The line says the same time as a clock.
    clocks = [f"{int(moment) // 60}m{int(moment) % 60:02d}s" for moment in moments if moment >= 60]
    assert [line.rpartition(", ")[2] for _moment, line, _news in said][-len(clocks) :] == clocks
    assert len(moments) >= 15
    assert max(later - earlier for earlier, later in zip([0.0, *moments], moments)) <= 60.5


@pytest.mark.usefixtures("fast_waits")
def test_progress_of_many_orders_is_shown_rarely() -> None:
    server = Server(**{f"order{number}": "pending" for number in range(300)})
    said: list[str] = []

    def listen(line: Text, *, news: bool) -> None:
        said.extend([str(line)] * news)

    def issue_the_rest_at_the_second_look(order_id: str) -> None:
        if len(server.asked[order_id]) == 2:
            server.status[order_id] = "issued"

    server.before = issue_the_rest_at_the_second_look
    wait_for(server, seconds=900, progress=listen)
    assert said[-1].startswith("wotrus: issued 300/300")
    assert len(said) <= 20
