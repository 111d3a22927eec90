# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two hosts that claim one order, and hosts with unknown orders."""

from __future__ import annotations

import os
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import OrderLimit
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import order_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Limits
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import plan_row
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.limit import RequestCount, forecast
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.selection import HostOrders, superseded_orders
from tests.unit.planning.scenario import (
    A,
    B,
    C,
    Scenario,
    certificate,
    deployed,
    live,
    order,
    pending,
    wanted,
)

ENTRY = {"name": "contracts", "product": "pdf_signing", "common_name": "X", "organization": "Y"}


def plan(host: str, order_id: str, *, entry_order_id: str | None = None, storage: str = "host") -> dict[str, t.Any]:
    return {
        "host": host,
        "name": "contracts",
        "order_name": "shared" if storage == "provided" else f"contracts@{host}",
        "storage": storage,
        "claims": [order_id],
        "entry_order_ids": [entry_order_id] if entry_order_id else [],
        "replace_orders": [],
        "due": False,
        "follows": None,
        "action": "nothing",
        "may_be_charged": False,
        "idempotence_id": None,
    }


def blocked(*rows: dict[str, t.Any]) -> set[str]:
    return set(forecast(rows, [Limits()]).blocked)


def test_an_order_id_of_the_entry_decides_on_that_very_order_alone() -> None:
    assert blocked(plan("a", "o1"), plan("b", "o1")) == {"a", "b"}
    assert blocked(plan("a", "o1", entry_order_id="O1"), plan("b", "o1")) == {"b"}
    assert blocked(plan("a", "o1"), plan("b", "o1", entry_order_id="another")) == {"a", "b"}


def test_hosts_that_share_a_provided_key_and_its_order_id_are_one_owner() -> None:
    sharing = [plan(host, "o1", entry_order_id="o1", storage="provided") for host in ("a", "b")]

    assert blocked(*sharing) == set()
    assert blocked(*sharing, plan("evil", "o1")) == {"evil"}


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(pending=pending(None, "reissue", superseded_order_id=A), orders=[order()]),
        deployed(live=live(B, root=A), orders=[order(B)], certificates={B: certificate()}),
        deployed(live=live(B, root=B), pending=pending(C, "renew", follows=A), orders=[order(B), order(C)]),
        Scenario(want=wanted(order_id=A), orders=[order()], certificates={A: certificate()}),
    ],
    ids=["a reissue without an id", "a root", "a predecessor", "the entry"],
)
def test_claim_of_another_order_by_any_field_blocks_both(scenario: Scenario) -> None:
    victim, other = deployed(), scenario
    rows = [
        {**plan_row(one.facts(), one.decide(), value=None), "host": host, "name": host, "order_name": host}
        for host, one in (("victim", victim), ("other", other))
    ]

    assert blocked(*rows) >= ({"victim", "other"} if scenario.want.order_id is None else {"victim"})


def superseded(*others: dict[str, t.Any]) -> list[str]:
    old = {"release": "1", "order_id": "old", "fingerprint_sha256": "aa", "operation": "reissue"}
    record = {
        "version": 1,
        "order_name": "contracts@a",
        "live": {"release": "2", "order_id": "new"},
        "superseded": [old],
    }
    own = {"path": "/etc/ssl/wotrus/contracts", "record": record, "live": {"key_matches": True}, "releases": ["1"]}
    plans = [{**ENTRY, "order_name": "contracts@a"}]
    inventory = [HostOrders("a", [own], plans, certificates=1)]
    inventory += [HostOrders("b", [one], [], certificates=1) for one in others]
    return [one["order_id"] for rows in superseded_orders(inventory)["orders"].values() for one in rows]


def test_certificate_that_is_live_beside_another_record_is_not_revoked() -> None:
    live = {"fingerprint_sha256": "aa", "not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z"}
    copied = {"path": "/p", "record": {"version": 1, "order_name": "contracts@b"}, "live": live}

    assert superseded(copied) == []


def test_nothing_is_revoked_while_a_host_has_a_certificate_and_no_record_that_can_be_read() -> None:
    empty = {"path": "/p", "record": None, "live": None, "pending": None}

    assert superseded() == ["old"]
    assert superseded(empty) == ["old"]
    for unknown in ({"error_code": "record_unreadable"}, {"live": {"release": "1"}}, {"record": {"version": 99}}):
        assert superseded({**empty, **unknown}) == []


def test_process_that_died_with_an_open_answer_keeps_its_unit_and_blocks_no_other() -> None:
    count = RequestCount()
    pid = os.fork()
    if pid == 0:
        count.reserve(order_idempotence_id("a"), Limits(1))
        os._exit(0)
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(OrderLimit):
            count.reserve(order_idempotence_id("b"), Limits(1))
    finally:
        os.waitpid(pid, 0)
