# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An idempotence value places one order, also for repeated and parallel calls."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.helpers.sandbox import Sandbox, start_sandbox

from . import orders


def charged(sandbox: Sandbox) -> int:
    return int(sandbox.state()["charged_orders"])


def test_a_repeat_is_answered_with_the_first_order(sandbox: Sandbox, body: dict[str, Any]) -> None:
    before = charged(sandbox)
    first = orders.create(sandbox, body)
    second = orders.create(sandbox, {**orders.body(commonName="other"), "orderinfoPost": body["orderinfoPost"]})
    assert orders.same(first, second)
    assert charged(sandbox) == before + 1


def test_a_repeat_can_be_refused(sandbox: Sandbox, body: dict[str, Any]) -> None:
    orders.create(sandbox, body)
    sandbox.settings(repeat_answer="refuse")
    answer = sandbox.call("POST", "/v1/Order/Create", body).json()
    assert answer["isSuccess"] is False
    assert "幂等值已存在" in answer["errorMsg"]


def test_no_value_is_no_idempotence(sandbox: Sandbox) -> None:
    before = charged(sandbox)
    for value in (None, "", " "):
        orders.create(sandbox, orders.body(idempotenceID=value))
    assert charged(sandbox) == before + 3


def test_many_at_once_place_one_order(sandbox: Sandbox, body: dict[str, Any]) -> None:
    before = charged(sandbox)

    def create(_unused: int) -> str:
        # A connection of its own, as another run would have.
        answer = requests.post(
            sandbox.url + "/v1/Order/Create",
            json=body,
            headers={"WoTrusToken": sandbox.token},
            verify=sandbox.tls_ca,
            timeout=30,
        ).json()
        return str(answer["data"].get("orderId_RSA") or answer["data"]["orderId"]).strip().lower()

    with ThreadPoolExecutor(16) as pool:
        ids = set(pool.map(create, range(48)))
    assert len(ids) == 1
    assert charged(sandbox) == before + 1


def test_create_and_reissue_have_separate_values(sandbox: Sandbox, body: dict[str, Any]) -> None:
    value = body["orderinfoPost"]["idempotenceID"]
    order_id = orders.issued(sandbox, body)
    first = orders.reissue(sandbox, order_id, idempotenceID=value)["data"]["newOrderID"]
    assert not orders.same(first, order_id)
    again = orders.reissue(sandbox, order_id, idempotenceID=value)["data"]["newOrderID"]
    assert orders.same(first, again)
    assert orders.same(orders.create(sandbox, body), order_id)


def test_reissues_are_not_charged(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = orders.issued(sandbox, body)
    before = charged(sandbox)
    for _unused in range(2):
        assert orders.reissue(sandbox, order_id)["isSuccess"] is True
    assert charged(sandbox) == before
    kinds = [order["kind"] for order in sandbox.state()["orders"] if order["reissue_of"] == order_id.strip().lower()]
    assert kinds == ["reissue", "reissue"]


def test_a_repeated_reissue_can_be_refused(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = orders.issued(sandbox, body)
    orders.reissue(sandbox, order_id, idempotenceID="reissue-refused")
    sandbox.settings(repeat_answer="refuse")
    assert "幂等值已存在" in orders.reissue(sandbox, order_id, idempotenceID="reissue-refused")["errorMsg"]


def test_a_refused_repeat_can_name_the_first_order(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = orders.issued(sandbox, body)
    new_id = orders.reissue(sandbox, order_id, idempotenceID="reissue-named")["data"]["newOrderID"]
    sandbox.settings(repeat_answer="refuse_with_id")
    answer = sandbox.call("POST", "/v1/Order/Create", body).json()
    assert (answer["isSuccess"], answer["data"]) == (False, None)
    assert order_id.strip().lower() in answer["errorMsg"].lower()
    again = orders.reissue(sandbox, order_id, idempotenceID="reissue-named")
    assert again["isSuccess"] is False
    assert new_id.strip().lower() in again["errorMsg"].lower()


@pytest.mark.parametrize("end", ["close", "reject", "revoke"])
def test_a_repeat_can_be_a_new_order_if_the_first_one_is_dead(sandbox: Sandbox, body: dict[str, Any], end: str) -> None:
    sandbox.settings(repeat_answer="new_if_dead")
    first = orders.create(sandbox, body)
    assert orders.same(orders.create(sandbox, body), first)
    if end == "revoke":
        sandbox.order(first, "issue")
    sandbox.order(first, end)
    second = orders.create(sandbox, body)
    assert not orders.same(second, first)
    assert orders.status(sandbox, second) == "pendingCAIssued"
    assert orders.same(orders.create(sandbox, body), second), "the value stands for the new order from now on"


def test_a_dead_reissue_is_adopted_by_a_repeat(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(repeat_answer="new_if_dead")
    order_id = orders.issued(sandbox, body)
    new_id = orders.reissue(sandbox, order_id, idempotenceID="reissue-dead")["data"]["newOrderID"]
    sandbox.order(new_id, "reject")
    again = orders.reissue(sandbox, order_id, idempotenceID="reissue-dead")["data"]["newOrderID"]
    assert orders.same(again, new_id)


def test_a_value_can_be_forgotten_after_a_while(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(idempotence_lifetime=3600)
    first = orders.issued(sandbox, body)
    reissued = orders.reissue(sandbox, first, idempotenceID="reissue-forgotten")["data"]["newOrderID"]
    sandbox.clock(advance=3000)
    assert orders.same(orders.create(sandbox, body), first)
    sandbox.clock(advance=700)
    second = orders.create(sandbox, body)
    assert not orders.same(second, first)
    sandbox.clock(advance=3000)
    assert orders.same(orders.create(sandbox, body), second), "the time runs anew"
    again = orders.reissue(sandbox, first, idempotenceID="reissue-forgotten")["data"]["newOrderID"]
    assert not orders.same(again, reissued)


def test_a_value_keeps_its_age_after_a_restart(tmp_path: Path) -> None:
    first = orders.body(idempotenceID="restarted")
    with start_sandbox(tmp_path) as sandbox:
        order_id = orders.create(sandbox, first)
    with start_sandbox(tmp_path, "--idempotence-lifetime", "3600") as sandbox:
        assert orders.same(orders.create(sandbox, first), order_id)
        sandbox.clock(advance=3601)
        assert not orders.same(orders.create(sandbox, first), order_id)
