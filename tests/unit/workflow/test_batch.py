# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is decided over the hosts of a batch, phase by phase."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Limits, Permission, Run
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.approved_plan import plan_digest
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.batch_check import check_batch, permission
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.batch_wait import (
    pending_orders,
    seconds_left,
    wait_for_orders,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.host_tasks import HostTasks, shown_results
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.play_results import play_results
from ansible_collections.wotrus.pki.plugins.plugin_utils._batch_lines import host_failures, plan_files, plan_lines
from tests.unit.workflow.hostile import Ca, order_of

Json = dict[str, t.Any]
PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"


def row(host: str, result: str = "waiting", **more: t.Any) -> Json:
    """Return a result."""
    usual = {"host": host, "name": "contracts", "path": "/p/contracts", "result": result, "charged": "no", "steps": []}
    return {**usual, "alarm": None, "waiting_for": None, "msg": "It is so.", "next_step": None, **more}


def plan(host: str, **more: t.Any) -> Json:
    """Return a plan that may be charged."""
    usual = {
        "host": host,
        "name": "contracts",
        "path": "/p/contracts",
        "planned_at": "2026-11-26",
        "action": "order",
        "reason": "not_ordered",
    }
    order = {
        "order_name": f"contracts@{host}",
        "order_id": None,
        "idempotence_id": f"value of {host}",
        "may_be_charged": True,
        "due": False,
        "follows": None,
    }
    return {
        **usual,
        **order,
        "storage": "host",
        "expires": None,
        "claims": [],
        "entry_order_ids": [],
        "replace_orders": [],
        "would_change": True,
        **more,
    }


def planned(*results: Json, limit: int = 1, **more: t.Any) -> Json:
    """Return the result of ``wotrus_plan_info`` for a certificate."""
    name = results[0]["host"] if results else "one"
    limits = {"max_charged_orders": limit, "max_reissues": 10}
    return {"plans": [plan(name)], "results": list(results), **limits, **more}


# ---- what was registered


def test_newest_results_of_a_host_count() -> None:
    hosts = [
        HostTasks.read("planned", planned(row("planned"))),
        HostTasks.read("applied", planned(row("old")), [{"results": [row("applied")]}]),
        HostTasks.read("later", planned(), [{"results": [row("old")]}, {"results": [row("later")]}]),
        HostTasks.read("skipped", planned(), [{"results": [row("skipped")]}, {"skipped": True}]),
        HostTasks.read("unreachable", {"unreachable": True}),
        HostTasks.read("new", None),
    ]

    assert [one["host"] for host in hosts for one in host.results] == ["planned", "applied", "later", "skipped"]
    assert [one.host for one in hosts if one.plans is None] == ["unreachable", "new"]


def test_host_that_was_lost_is_no_longer_as_its_plan_says() -> None:
    known = planned(row("one"), waiting=["A"])
    lost = HostTasks.read("one", known, [{"unreachable": True}])
    assert (lost.results, lost.waiting) == ((), ())
    lost_later = HostTasks.read("one", known, [{"results": [row("one", "deployed")]}, {"failed": True}])
    assert [one["result"] for one in lost_later.results] == ["deployed"]


def test_results_of_an_earlier_use_of_the_role_do_not_count() -> None:
    earlier = {"results": [row("one", "deployed", name="letters", path="/p/letters")], "waiting": ["B"]}
    found = HostTasks.read("one", planned(row("one"), waiting=["A"]), [earlier])
    assert ([one["name"] for one in found.results], found.waiting, found.applied) == (["contracts"], ["A"], ())


# ---- check


APPROVED = {"one": [plan("one", months=None, fingerprint={"api_token": ""})]}


@pytest.mark.parametrize("approved", [None, APPROVED])
def test_batch_within_its_limit_may_do_what_was_planned(approved: Json | None) -> None:
    hosts = [HostTasks.read("one", planned(limit=5, deployments=[{"live": None}])), HostTasks.read("lost", {})]
    sent = {"contracts": {"action": "order", "idempotence_id": "value of one", "order_id": None}}

    found = check_batch(hosts, approved=approved)

    assert (found.error, found.hosts, found.limits, found.charged) == (None, ["one", "lost"], Limits(5), 1)
    assert permission(found.as_result(), "one") == Permission(
        Limits(5), approved=sent if approved else {}, plan_digest=plan_digest(approved)
    )


def test_orders_of_earlier_batches_count_and_their_reissues_do_not() -> None:
    charged = HostTasks.read("one", planned(row("one", "deployed", charged="yes")))
    free = HostTasks.read("two", planned(row("two", "deployed")))

    found = check_batch([HostTasks.read("three", {**planned(), "plans": [plan("three")]})], [charged, free])

    assert (found.charged, list(found.blocked)) == (2, ["three"])


def test_check_is_the_same_after_it_was_registered() -> None:
    why = {"plans": [plan("one", claims=["a"], action="resume"), plan("one", name="letters", claims=["a"])]}
    hosts = [HostTasks.read("one", {**planned(limit=3), **why})]
    found = check_batch(hosts, approved=APPROVED)

    registered = json.loads(json.dumps(found.as_result()))

    assert registered == found.as_result()
    assert permission(registered, "one").approved["contracts"]["action"] == "resume"
    assert set(permission(registered, "one").blocked) == {"contracts", "letters"}
    assert permission(registered, "other") == Permission(Limits(3), plan_digest=found.plan_digest, foreign=("a",))


def test_second_apply_gets_the_results_of_the_first() -> None:
    first = [row("one", "waiting", steps=["ordered"])]
    assert HostTasks.read("one", planned(deployments=[None]), [{"results": first}]).applied == first


def test_stale_plan_stops_the_batch() -> None:
    seal = {"api_token": "", "request": "former"}
    approved = {"one": [plan("one", action="renew", reason="expiring", months=13, fingerprint=seal)]}
    host = HostTasks.read(
        "one", {**planned(), "plans": [plan("one", fingerprint={"api_token": "", "request": "new"}, months=12)]}
    )

    error = check_batch([host], approved=approved).error

    assert error is not None
    assert "one: contracts: renew 13 (expiring), now order 12 (not_ordered)" in text(error)
    assert check_batch([host]).error is None


PLANNED = HostTasks.read("planned", planned())
FAILED = HostTasks.read("failed", {"unreachable": True}, certificates=["letters"])
LATER_BATCH = HostTasks.read("later", None, certificates=["invoices"])
CERTIFICATES_IN_THE_PLAY = HostTasks.read("play", None)


@pytest.mark.parametrize(
    ("hosts", "unknown"),
    [
        ([PLANNED], "letters, invoices"),
        ([PLANNED, LATER_BATCH], "letters"),
        ([PLANNED, FAILED], None),
        ([PLANNED, CERTIFICATES_IN_THE_PLAY], None),
        ([PLANNED, HostTasks("more", certificates=["invoices"], reissue=["memos"])], "letters, memos"),
    ],
    ids=["one batch", "a later batch", "a host that failed", "variables of a play", "a name of another host"],
)
def test_names_are_unknown_if_all_certificates_are_known(hosts: list[HostTasks], unknown: str | None) -> None:
    error = check_batch(hosts[:1], hosts[1:], reissue=["letters", "contracts", "invoices"]).error

    assert (error is None) is (unknown is None)
    assert unknown is None or f"names {unknown}, and" in text(error)
    assert unknown is None or "There are contracts" in text(error)


def test_plan_is_shown_with_the_verdict_on_the_limit() -> None:
    hosts = [HostTasks.read(name, {**planned(), "plans": [plan(name)]}) for name in ("one", "two")]
    lines = plan_lines(hosts)
    assert "orders that may be charged: 2; wotrus_max_charged_orders allows 1" in lines
    assert lines[-1].startswith(
        "A run with wotrus_max_charged_orders 1 would not place these orders: one: contracts, two"
    )
    assert "wotrus.pki.issue_planned places all orders of the plan" in lines[-1]

    claimed = [HostTasks.read(name, {**planned(), "plans": [plan(name, claims=["a"])]}) for name in ("one", "two")]
    assert any(
        line.startswith("blocked: one: contracts, two: contracts: The records of one, two")
        for line in plan_lines(claimed)
    )
    assert plan_lines([HostTasks("one")])[0] == "No host has a certificate."


def test_approver_reads_what_an_approval_does_on_the_screen_in_the_file_and_in_awx() -> None:
    reissues = [
        plan(f"r{number}", action="reissue", may_be_charged=False, order_id=f"{number}") for number in range(11)
    ]
    rows = [
        *(plan(f"o{number}", product=PDF, months=12) for number in range(2)),
        *({**row, "months": None} for row in reissues),
    ]
    hosts = [HostTasks.read(one["host"], {**planned(), "plans": [one]}) for one in rows]

    shown = [
        "\n".join(plan_lines(hosts)),
        plan_files(hosts)["markdown"].replace("\\", ""),
        play_results(hosts, check_mode=True).artifacts["wotrus_approval"],
    ]

    for words in shown:
        assert (
            "A run with wotrus_max_charged_orders 1 would not place these orders: o0: contracts, o1: contracts."
            in words
        )
        assert (
            "set wotrus_max_charged_orders to 2 for this run, or approve this plan: wotrus.pki.issue_planned places all"
            in words
        )
        assert "A run with wotrus_max_reissues 10 would not ask for these reissues: r0: contracts, " in words
        assert (
            "set wotrus_max_reissues to 11 for this run, or approve this plan: wotrus.pki.issue_planned asks for all"
            in words
        )
        assert "would fail" not in words


def test_plan_of_all_batches_is_written() -> None:
    hosts = [HostTasks.read("one", planned(limit=3)), HostTasks("away")]
    files = plan_files(hosts)
    found = json.loads(files["json"])["wotrus_plan_summary"]
    assert (found["order_limit"], found["not_planned"], found["charged_orders"]) == (3, ["away"], 1)
    assert "away" in files["markdown"]


# ---- wait


def waiting_host(name: str, *order_ids: str, waited: Json | None = None, **more: t.Any) -> HostTasks:
    """Return a host whose orders are pending."""
    return HostTasks(name, waiting=order_ids, wait=waited or {}, **more)


def test_pending_orders_of_a_batch_are_waited_for_once() -> None:
    found = pending_orders([waiting_host("one", "A", "b"), waiting_host("two", "{B}", "c"), waiting_host("new")])
    assert sorted(one.strip("{}").lower() for one in found) == ["a", "b", "c"]
    assert seconds_left([waiting_host("other", "d")], 300) == 300


def test_orders_that_only_a_person_can_continue_are_not_waited_for() -> None:
    rows = [row("one", order_id="A", waiting_for="you"), row("one", order_id="B", waiting_for="ca")]
    assert pending_orders([waiting_host("one", "{a}", "b", results=rows)]) == ["b"]


@pytest.mark.parametrize(("timeout", "left"), [(300, 180), (100, 0)])
def test_time_that_earlier_batches_waited_is_gone(timeout: int, left: int) -> None:
    # A batch waits once, and each of its hosts has the same result.
    first = {"waited": 100, "request_ids": ["r1"]}
    others = [waiting_host("one", waited=first), waiting_host("two", waited=first)]
    others.append(waiting_host("three", waited={"waited": 20, "request_ids": ["r2"]}))

    assert seconds_left(others, timeout) == left


@pytest.mark.parametrize(
    ("status", "goes_on"),
    [("issued", True), ("pendingRevoke", True), ("closed", True), ("pending", False), ("unpaid", False), (None, False)],
)
def test_host_continues_if_one_of_its_orders_is_no_longer_pending(status: str | None, *, goes_on: bool) -> None:
    ca = Ca()
    ca.knows(order_of("b"), *([order_of("a", status)] if status else []))
    hosts = [waiting_host("own", "{A}", "x"), waiting_host("other", "b"), waiting_host("none")]

    found = wait_for_orders(t.cast("t.Any", ca), hosts, ["a", "b"], 0, Run())

    assert found.result["idle"] == (["none"] if goes_on else ["own", "none"])
    assert [one["id"] for one in found.result["orders"]] == ["a", "b"]


# ---- results


def test_results_with_a_change_or_problem_are_shown() -> None:
    hosts = [
        HostTasks.read("well", planned(row("well", "unchanged"))),
        HostTasks.read("alarm", planned(row("alarm", "unchanged", alarm="failure"))),
        HostTasks.read("mixed", planned(row("mixed", "unchanged"), row("mixed", "deployed"))),
    ]
    assert [one["host"] for one in shown_results(hosts)] == ["alarm", "mixed"]
    assert [one.host for one in hosts if host_failures(one)] == ["alarm"]


def test_host_without_a_plan_fails() -> None:
    assert "--start-at-task" in host_failures(HostTasks("one"))[0]
    assert host_failures(HostTasks("one", plans=[])) == []


def test_plan_and_summary_are_in_the_language_of_the_run() -> None:
    messages = shown(
        msg=Message("The records of {hosts} name the same order {order_id}.", hosts="a, b", order_id="A"),
        next_step=Message("Run again later."),
    )
    hosts = [HostTasks.read(name, {**planned(), "plans": [plan(name, claims=["A"])]}) for name in ("a", "b")]
    free = HostTasks.read(
        "c", {**planned(), "plans": [plan("c"), plan("c", name="x", order_name="x", idempotence_id="x")]}
    )

    lines = plan_lines([*hosts, free], language="zh")

    assert "可能收费的订单：2；wotrus_max_charged_orders 允许 1 个" in lines
    assert any(line.startswith("已阻止：a: contracts、b: contracts：a、b 的记录写有同一个订单 A。") for line in lines)
    assert lines[2].split()[2:5] == ["下单", "没有订单记录", "是"]
    failed = {**row("one", "failed"), **messages}
    found = play_results([HostTasks.read("one", planned(failed))], language="zh")
    assert "结果         失败 1" in found.lines
    assert "  one  contracts  稍后重新运行。" in found.lines
    assert found.artifacts["wotrus_failing"]["one"][0]["msg"] == "The records of a, b name the same order A."
    notified = "**失败** one contracts: a, b 的记录写有同一个订单 A。稍后重新运行。"
    assert found.artifacts["wotrus_notification"] == notified


def test_summary_names_hosts_without_results() -> None:
    hosts = {
        "seen": HostTasks.read("seen", planned(row("seen", "unchanged"))),
        "empty": HostTasks.read("empty", {"plans": []}),
        "unreachable": HostTasks.read("unreachable", {"unreachable": True}),
        "lost": HostTasks.read("lost", planned(row("lost", "unchanged")), [{"unreachable": True}]),
        "lost later": HostTasks.read(
            "lost later",
            planned(row("lost later", "unchanged")),
            [{"results": [row("lost later", "waiting")]}, {"unreachable": True}],
        ),
        "new": HostTasks("new"),
    }

    found = play_results([hosts[name] for name in ("seen", "empty", "lost", "lost later")], list(hosts.values()))

    assert found.artifacts["wotrus_summary"]["without_result"] == ["lost", "new", "unreachable"]
    assert found.artifacts["wotrus_summary"]["results"] == {"unchanged": 1, "waiting": 1}


def test_approval_is_an_artifact_of_check_mode_alone() -> None:
    hosts = [HostTasks.read("one", {**planned(row("one", "unchanged")), "plans": [plan("one", fingerprint="f")]})]
    names = ("summary", "waiting", "failing", "notification")
    assert set(play_results(hosts).artifacts) == {f"wotrus_{name}" for name in names}

    found = play_results(hosts, check_mode=True)

    assert found.artifacts["wotrus_plan"]["one"][0]["fingerprint"] == "f"
    assert found.artifacts["wotrus_approval"]
    assert found.lines[-1] in found.artifacts["wotrus_approval"]
