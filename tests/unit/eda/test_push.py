# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source ``push`` with the sandbox: each state is emitted once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push import dispatcher, store
from tests.helpers.pushes import PATH_TOKEN, SECRET, UNKNOWN, encoded, hostile, push
from tests.helpers.sandbox import Sandbox
from tests.unit.sandbox import orders

from .running import Clock, Source, run, started, wait_until


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again soon, since the sandbox minds no crowd."""
    monkeypatch.setattr(dispatcher, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(store, "GAP", 0.0)


def push_to(sandbox: Sandbox, source: Source, **changes: Any) -> None:
    """Let the sandbox push to a source."""
    sandbox.settings(push_url=f"{source.url}/push/{PATH_TOKEN}", push_secret=SECRET, **changes)


def part(event: dict[str, Any]) -> tuple[str, str, str | None]:
    """Return what an event about one order says, less the order."""
    (order,) = event["wotrus"]["orders"]
    assert order["request_ids"]
    return event["wotrus"]["event"], order["status"], order["stage"]


def is_about(event: dict[str, Any], order_id: str) -> bool:
    """Return whether an event is about an order alone."""
    return bool(event["wotrus"]["order_ids"] == [order_id.strip().lower()])


async def take_orders(source: Source, count: int) -> list[str]:
    """Take events until they name so many orders, each once."""
    taken: list[str] = []
    while len(taken) < count:
        taken += (await source.next())["wotrus"]["order_ids"]
    assert len(set(taken)) == len(taken)
    return taken


@pytest.mark.manual("8.purpose", "8.order-id", "V1.05.revocation-push")
def test_a_certificate_is_reported_when_issued_and_when_revoked(sandbox: Sandbox, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path, sandbox) as source:
            push_to(sandbox, source)
            order_id = await asyncio.to_thread(orders.create, sandbox, orders.body())
            event = await source.next()
            assert is_about(event, order_id)
            # The sandbox pushes while Query still says pendingCAIssued, as WoTrus may.
            assert part(event) == ("issued", "issued", "issued")
            # Nothing that an outsider wrote is in it.
            assert set(event) == {"wotrus"}
            await asyncio.to_thread(orders.revoke, sandbox, order_id)
            event = await source.next()
            assert is_about(event, order_id)
            assert part(event) == ("revoked", "revoked", "dead")
            assert sandbox.pushes()[-1]["tries"] == 1

    run(scenario)


@pytest.mark.manual("8.three-times")
def test_repeated_pushes_are_reported_once_across_restarts(sandbox: Sandbox, tmp_path: Path) -> None:
    async def scenario() -> None:
        order_id = await asyncio.to_thread(orders.create, sandbox, orders.body())
        async with started(tmp_path, sandbox) as source:
            for spelling in (order_id, f" {order_id.strip().swapcase()} "):
                await source.push(push(spelling))
            assert is_about(await source.next(), order_id)
            await source.push(push(order_id))
            await source.counts(repeated=1)
            assert source.queue.empty()
        async with started(tmp_path, sandbox) as source:
            await source.push(push(order_id))
            await source.counts(repeated=1)
            assert source.queue.empty()

    run(scenario)


@pytest.mark.manual("V1.04.signed-pushes", "8.is-issued", "8.is-revoked")
@pytest.mark.parametrize(
    "flags",
    [
        {"issued": True, "revoked": False},
        {"issued": False, "revoked": True},
        {"issued": True, "revoked": True},
        {"issued": False, "revoked": False},
    ],
)
def test_each_claim_of_a_push_is_checked_with_query(sandbox: Sandbox, tmp_path: Path, flags: dict[str, bool]) -> None:
    sandbox.settings(manual_review=True)

    async def scenario() -> None:
        order_id = await asyncio.to_thread(orders.create, sandbox, orders.body())
        async with started(tmp_path, sandbox, confirm_timeout=0.5) as source:
            await source.push(push(order_id, **flags))
            assert part(await source.next()) == ("changed", "pending", "waiting_on_ca")
            # It is read again while the claim may become true, and reported once.
            await source.emptied()
            assert source.queue.empty()

    run(scenario)


def test_an_order_is_read_again_until_query_confirms_the_push(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(manual_review=True)

    async def scenario() -> None:
        order_id = await asyncio.to_thread(orders.create, sandbox, orders.body())
        async with started(tmp_path, sandbox) as source:
            await source.push(push(order_id))
            assert part(await source.next())[0] == "changed"
            await asyncio.to_thread(sandbox.order, order_id, "issue")
            assert part(await source.next()) == ("issued", "issued", "issued")

    run(scenario)


def test_a_reissue_under_the_same_id_is_reported(sandbox: Sandbox, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path, sandbox) as source:
            push_to(sandbox, source, reissue_answer="same")
            order_id = await asyncio.to_thread(orders.create, sandbox, orders.body())
            assert part(await source.next())[0] == "issued"
            await asyncio.to_thread(orders.reissue, sandbox, order_id, csr=orders.csr("P-384"))
            event = await source.next()
            assert is_about(event, order_id)
            assert part(event)[0] == "issued"

    run(scenario)


@pytest.mark.manual("8.kinds")
def test_a_push_that_is_not_about_an_order_is_an_event(sandbox: Sandbox, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path, sandbox) as source:
            payload = {"dataAction": "unit", "unitId": "7", "isVerified": True}
            await source.push(payload)
            await source.push(payload)
            for _number in range(2):
                event = await source.next()
                assert event["payload"] == payload
                assert set(event) == {"payload", "meta"}
        assert not sandbox.calls("query")

    run(scenario)


def test_hostile_pushes_lead_to_no_event_and_the_next_good_one_does(sandbox: Sandbox, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path, sandbox, confirm_timeout=0.1) as source:
            push_to(sandbox, source)
            order_id = await asyncio.to_thread(orders.create, sandbox, orders.body())
            assert is_about(await source.next(), order_id)
            for one in hostile(order_id.strip()):
                await source.send(one.body, method=one.method, path=one.path, headers=one.all_headers())
            counts = await source.counts(unknown=1, repeated=1)
            assert counts["malformed"] > 5
            assert counts["forged"] > 3
            await source.emptied()
            assert source.queue.empty()
            other = await asyncio.to_thread(orders.create, sandbox, orders.body())
            assert is_about(await source.next(), other)

    run(scenario)


def test_many_pushes_of_one_order_cause_one_query(
    sandbox: Sandbox, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "GAP", 2.0)

    async def scenario() -> None:
        order_id = await asyncio.to_thread(orders.create, sandbox, orders.body())
        async with started(tmp_path, sandbox) as source:
            await source.push(push(order_id))
            await source.next()
            sandbox.clear_calls()
            answers = await asyncio.gather(*(source.send(encoded(push(order_id))) for _number in range(300)))
            assert set(answers) == {200}
            assert (await source.health())[1]["stored"] == 1
            assert sandbox.calls("query") == []
            clock.advance(3)
            await source.counts(repeated=1)
            await source.emptied()
        assert len(sandbox.calls("query")) == 1

    run(scenario)


@pytest.mark.parametrize("fault", [{"fault": "status", "status": 500}, {"fault": "drop_before"}, {"fault": "html"}])
def test_an_outage_of_the_api_loses_nothing(
    sandbox: Sandbox, tmp_path: Path, fault: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        ids = [await asyncio.to_thread(orders.create, sandbox, orders.body()) for _number in range(3)]
        sandbox.fault("query", times=-1, **fault)
        async with started(tmp_path, sandbox) as source:
            for order_id in ids:
                await source.push(push(order_id))
            await source.counts(failed_queries=8)
            assert source.queue.empty()
            await asyncio.to_thread(sandbox.clear_faults)
            assert sorted(await take_orders(source, len(ids))) == sorted(one.strip().lower() for one in ids)

    run(scenario)

    lines = [record.getMessage() for record in caplog.records]
    assert sum("cannot be read" in line for line in lines) == 1
    assert "WoTrus answers again" in lines


def test_a_wrong_token_loses_no_push_and_is_not_logged(
    sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        order_id = await asyncio.to_thread(orders.create, sandbox, orders.body())
        async with started(tmp_path, sandbox, api_token="tk_outdated") as source:
            await source.push(push(order_id))
            await source.counts(failed_queries=1)
        async with started(tmp_path, sandbox) as source:
            assert is_about(await source.next(), order_id)

    run(scenario)

    assert "401" in caplog.text
    assert not any(secret in caplog.text for secret in ("tk_outdated", SECRET, PATH_TOKEN))


def test_an_order_that_wotrus_does_not_know_is_dropped_and_counted(sandbox: Sandbox, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path, sandbox) as source:
            await source.push(push(UNKNOWN))
            await source.counts(unknown=1)
            await source.emptied()
            assert source.queue.empty()

    run(scenario)


def test_an_event_that_the_rules_did_not_take_is_emitted_after_a_restart(sandbox: Sandbox, tmp_path: Path) -> None:
    async def scenario() -> None:
        order_id = await asyncio.to_thread(orders.create, sandbox, orders.body())
        async with started(tmp_path, sandbox) as source:
            # The queue holds one event, and nobody takes it.
            await source.push({"dataAction": "unit"})
            await source.counts(passed_on=1)
            await source.push(push(order_id))
            await source.counts(read_issued=1)
        async with started(tmp_path, sandbox) as source:
            assert is_about(await source.next(), order_id)
            await source.emptied()
            assert source.queue.empty()

    run(scenario)


def test_the_sandbox_tries_three_times_and_the_third_gets_through(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, refused = store.Store.add, iter(range(2))

    def full_at_first(self: store.Store, *arguments: Any, **keywords: Any) -> Any:
        if next(refused, None) is not None:
            raise store.StoreError("no space left")
        return add(self, *arguments, **keywords)

    monkeypatch.setattr(store.Store, "add", full_at_first)

    async def scenario() -> None:
        async with started(tmp_path, sandbox) as source:
            push_to(sandbox, source)
            order_id = await asyncio.to_thread(orders.create, sandbox, orders.body())
            assert is_about(await source.next(), order_id)
        await wait_until(lambda: bool(sandbox.pushes()[-1]["done"]))
        assert sandbox.pushes()[-1]["tries"] == 3

    run(scenario)
