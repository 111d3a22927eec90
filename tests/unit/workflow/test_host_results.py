# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results that the role's tasks read from variables of hosts."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import host_results


def host(**registered: t.Any) -> dict[str, t.Any]:
    """Return the variables of a host: what its tasks registered."""
    return {f"__wotrus_{name}": value for name, value in registered.items()}


def row(name: str, result: str = "waiting", **more: t.Any) -> dict[str, t.Any]:
    """Return a result."""
    usual = {"host": name, "name": "contracts", "result": result, "charged": False, "alarm": None}
    return {**usual, "waiting_for": None, "msg": "It is so.", "next_step": None, **more}


def test_newest_results_of_a_host_count() -> None:
    variables = {
        "planned": host(host_plan={"results": [row("planned")]}),
        "applied": host(host_plan={"results": [row("old")]}, apply_result={"results": [row("applied")]}),
        "later": host(apply_result={"results": [row("old")]}, second_apply_result={"results": [row("later")]}),
        "skipped": host(apply_result={"results": [row("skipped")]}, second_apply_result={"skipped": True}),
        "unreachable": host(host_plan={"unreachable": True}),
        "new": {},
    }
    assert [one["host"] for one in host_results.results(list(variables), variables)] == [
        "planned",
        "applied",
        "later",
        "skipped",
    ]


def test_results_of_hosts_with_a_change_or_problem_are_shown() -> None:
    variables = {
        "well": host(host_plan={"results": [row("well", "unchanged")]}),
        "alarm": host(host_plan={"results": [row("alarm", "unchanged", alarm="failure")]}),
        "mixed": host(host_plan={"results": [row("mixed", "unchanged"), row("mixed", "deployed")]}),
    }
    assert [one["host"] for one in host_results.results_to_show(list(variables), variables)] == [
        "alarm",
        "mixed",
        "mixed",
    ]


def test_pending_orders_of_a_batch_are_waited_for_once() -> None:
    variables = {
        "one": host(apply_result={"waiting": ["A", "b"]}),
        "two": host(apply_result={"waiting": ["{B}", "c"]}),
        "other": host(apply_result={"waiting": ["d"]}),
        "new": {},
    }
    found = host_results.pending_orders(["one", "two", "new"], variables, list(variables), "300")
    assert sorted(one.strip("{}").lower() for one in found["order_ids"]) == ["a", "b", "c"]
    assert found["timeout"] == 300


def test_orders_that_only_a_person_can_continue_are_not_waited_for() -> None:
    rows = [row("one", order_id="A", waiting_for="you"), row("one", order_id="B", waiting_for="ca")]
    variables = {"one": host(apply_result={"waiting": ["{a}", "b"], "results": rows})}

    assert host_results.pending_orders(["one"], variables, list(variables), 300)["order_ids"] == ["b"]


@pytest.mark.parametrize(("timeout", "left"), [(300, 180), (100, 0)])
def test_time_that_earlier_batches_waited_is_gone(timeout: int, left: int) -> None:
    # A batch waits once, and each of its hosts has the same result.
    first = {"waited": 100, "request_ids": ["r1"]}
    variables = {
        "one": host(wait_result=first),
        "two": host(wait_result=first),
        "three": host(wait_result={"waited": 20, "request_ids": ["r2"]}),
        "four": host(wait_result={"waited": 999, "request_ids": ["own"]}, apply_result={"waiting": ["A"]}),
    }
    assert host_results.pending_orders(["four"], variables, list(variables), timeout)["timeout"] == left


@pytest.mark.parametrize(
    ("stage", "news"),
    [
        ("issued", True),
        ("revoking", True),
        ("dead", True),
        ("waiting_on_ca", False),
        ("waiting_on_you", False),
        (None, False),
    ],
)
def test_host_continues_if_one_of_its_orders_is_no_longer_pending(stage: str | None, *, news: bool) -> None:
    waited = {"orders": [{"id": "{A}", "stage": stage}, {"id": "b", "stage": "issued"}]}
    assert host_results.has_finished_orders(waited, [" a"]) is news
    assert host_results.has_finished_orders({}, ["a"]) is False


def test_plan_is_shown_with_the_verdict_on_the_limit() -> None:
    planned = {"host": "one", "name": "contracts", "action": "order", "reason": "not_ordered", "may_be_charged": True}
    why = {"reason": "order_claimed_twice", "msg": "Two hosts.", "next_step": "Remove one."}
    verdict = {"limit": 1, "charged": 2, "exceeded": True, "blocked": {"two": {"contracts": why}}}
    lines = host_results.plan_lines(["one"], {"one": host(host_plan={"plans": [planned]}, order_limit=verdict)})
    assert "may be charged: 2 orders; wotrus_max_charged_orders allows 1" in lines
    assert any("Set wotrus_max_charged_orders to 2." in line for line in lines)
    assert "blocked: two: contracts: Two hosts. Remove one." in lines
    assert host_results.plan_lines(["one"], {"one": {}}) == ["No host has a certificate."]


def test_plan_and_summary_are_in_the_language_of_the_run() -> None:
    planned = {"host": "one", "name": "contracts", "action": "order", "reason": "not_ordered", "may_be_charged": True}
    messages = shown(
        msg=Message("plan.order_claimed_twice", hosts="a, b", order_id="A"), next_step=Message("next.run_again")
    )
    verdict = {
        "limit": 1,
        "charged": 2,
        "exceeded": True,
        "blocked": {"two": {"contracts": {"reason": "order_claimed_twice", **messages}}},
    }
    failed = {**row("one", "failed"), **messages}
    variables = {"one": host(host_plan={"plans": [planned], "results": [failed]}, order_limit=verdict)}

    lines = host_results.plan_lines(["one"], variables, language="zh")

    assert "可能收费：2 个订单；wotrus_max_charged_orders 允许 1 个" in lines
    assert "已阻止：two：contracts：a, b 的记录写有同一个订单 A。稍后重新运行。" in lines
    assert lines[2].split()[2:5] == ["下单", "没有订单记录", "是"]
    found = host_results.summary_of(
        ["one"], {"one": host(host_plan={"plans": [], "results": [failed]})}, [], language="zh"
    )
    assert "结果         失败 1" in found["lines"]
    assert "  one  contracts  稍后重新运行。" in found["lines"]
    assert found["failing"]["one"][0]["msg"] == "The records of a, b name the same order A."


def test_summary_names_hosts_without_results() -> None:
    variables = {
        "seen": host(host_plan={"plans": [], "results": [row("seen", "unchanged")]}),
        "empty": host(host_plan={"plans": []}),
        "unreachable": host(host_plan={"unreachable": True}),
        "lost": host(
            host_plan={
                "plans": [{"name": "contracts", "action": "nothing", "would_change": False}],
                "results": [row("lost", "unchanged")],
            },
            apply_result={"unreachable": True},
        ),
        "lost later": host(
            host_plan={"plans": [], "results": [row("lost later", "unchanged")]},
            apply_result={"results": [row("lost later", "waiting")]},
            second_apply_result={"unreachable": True},
        ),
        "new": {},
    }
    found = host_results.summary_of(["seen", "empty", "lost", "lost later"], variables, list(variables))
    assert found["summary"]["not_reached"] == ["lost", "new", "unreachable"]
    assert found["summary"]["results"] == {"unchanged": 1, "waiting": 1}
