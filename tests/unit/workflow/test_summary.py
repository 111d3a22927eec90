# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary and the artifacts of a run."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import (
    changes,
    failures,
    plan_by_host,
    report_lines,
    revocation_lines,
    summary,
)

LINK = "https://console.example.com/pay/1"


def plan(host: str, action: str, **changes: t.Any) -> dict[str, t.Any]:
    """Return a row of a plan with a private value."""
    row = {"host": host, "name": "contracts", "action": action, "reason": "not_ordered", "may_be_charged": True}
    own = {"order_name": f"contracts@{host}", "idempotence_id": "value", "order_id": None, "path": "/secret/path"}
    return {**row, **own, **changes}


def result(host: str, word: str, **changes: t.Any) -> dict[str, t.Any]:
    """Return a result."""
    row: dict[str, t.Any] = {"host": host, "name": "contracts", "result": word, "charged": "no", "order_id": "A"}
    row["path"] = "/secret/path"
    own = {"waiting_for": None, "waiting_since": None, "pending_link": None, "alarm": None}
    return {**row, **own, "msg": "It is so.", "next_step": "Do that.", **changes}


def test_summary_counts_results_and_not_plans() -> None:
    rows = [
        result("one", "deployed", charged="yes"),
        result("two", "waiting", waiting_for="you", pending_link=LINK),
        result("three", "waiting", waiting_for="ca", waiting_since="2026-11-01T00:00:00Z"),
        result("four", "blocked"),
        result("five", "unchanged", alarm="failure"),
        result("six", "waiting", waiting_for="ca", alarm="warning"),
        result("seven", "not_selected"),
    ]

    plans = [plan("one", "order"), plan("four", "order"), plan("five", "nothing")]

    found = summary(plans, rows, without_result=["b", "a"])

    assert found.artifacts["wotrus_summary"] == {
        "hosts": 7,
        "certificates": 7,
        "results": {"deployed": 1, "waiting": 3, "blocked": 1, "unchanged": 1, "not_selected": 1},
        "charged": 1,
        "maybe_charged": 0,
        "deployed": 1,
        "waiting_for_you": 1,
        "waiting_for_ca": 2,
        "failing": 2,
        "not_selected": 1,
        "warnings": 1,
        "without_result": ["a", "b"],
    }
    assert set(plan_by_host(plans)) == {"one", "four"}
    assert found.artifacts["wotrus_waiting"] == {
        "two": [{"name": "contracts", "order_id": "A", "pending_link": LINK, "waiting_since": None}]
    }
    assert found.artifacts["wotrus_failing"] == {
        name: [{"name": "contracts", "result": word, "msg": "It is so.", "next_step": "Do that."}]
        for name, word in (("four", "blocked"), ("five", "unchanged"))
    }
    assert "/secret/path" not in str(found)


def test_an_alarm_that_a_plan_would_end_is_no_failure_of_a_check() -> None:
    rows = [result(host, "unchanged", alarm="failure", error_code="nothing_live") for host in ("one", "two")]
    plans = [plan("one", "order", would_change=True), plan("two", "nothing", would_change=False)]

    found = summary(plans, rows, check_mode=True)

    assert found.artifacts["wotrus_summary"]["failing"] == 1
    assert set(found.artifacts["wotrus_failing"]) == {"two"}
    assert set(summary(plans, rows).artifacts["wotrus_failing"]) == {"one", "two"}


def test_lines_name_pending_failed_skipped_and_unreachable_certificates() -> None:
    rows = [
        result("two", "waiting", waiting_for="you", pending_link=LINK),
        result("three", "waiting", waiting_for="ca", waiting_since="2026-11-01T00:00:00Z"),
        result("four", "failed", next_step="Fix it.", charged="maybe"),
        result("seven", "not_selected", next_step="Run wotrus.pki.issue."),
    ]

    lines = summary([], rows, without_result=["lost"]).lines

    for line in (
        "certificates         4, hosts: 4",
        "may be charged       1",
        "waiting for you      1",
        f"  two  contracts  {LINK}",
        "waiting for the CA   1",
        "  three  contracts  2026-11-01T00:00:00Z",
        "failing              1",
        "  four  contracts  Fix it.",
        "not selected         1",
        "  seven  contracts  Run wotrus.pki.issue.",
        "without a result     1",
        "  lost",
    ):
        assert line in lines


def test_number_of_lines_is_limited_for_many_hosts() -> None:
    rows = [result(f"host{number}", "waiting", waiting_for="you") for number in range(500)]

    lines = summary([], rows, without_result=[f"lost{number}" for number in range(30)]).lines

    assert "waiting for you      500" in lines
    assert any("and 480 more" in line for line in lines)
    assert "without a result     30" in lines
    assert len(lines) < 60


def test_hosts_of_later_batches_are_not_called_lost() -> None:
    found = summary([], [], without_result=["lost", "next", "other"], later=["next", "other", "done"])

    assert found.lines[-3:] == ["in later batches     2", "without a result     1", "  lost"]
    # Of the last batch that ran, the artifact has the hosts that no batch came to.
    assert found.artifacts["wotrus_summary"]["without_result"] == ["lost", "next", "other"]


def test_what_certificates_share_is_said_once() -> None:
    rows = [
        result(host, "blocked", name=name, error_code="order_mismatch")
        for host, name in (("one", "a"), ("one", "b"), ("two", "c"))
    ]

    assert summary([], rows).lines == [
        "certificates         3, hosts: 2",
        "results              blocked 3",
        "failing              3",
        "  one  a, one  b, two  c  Do that.",
        "  If a next step does not help, see the runbook: A certificate stays red",
    ]
    assert failures(rows[:2]) == ["a, b: It is so. Do that."]
    assert failures(rows[:2], shown=lambda: ["It is so. Do that."]) == [
        "a, b: The order is for another certificate. The table of the results says what to do."
    ]


@pytest.mark.parametrize("code", ["order_limit", "unavailable", "key_home", "signatures_superseded"])
def test_runbook_is_named_only_where_a_certificate_may_stay_red(code: str) -> None:
    lines = summary([], [result("one", "blocked", error_code=code)]).lines

    assert not any("runbook" in line for line in lines)


def test_orders_that_may_be_charged_are_counted_apart() -> None:
    lines = summary([], [result("one", "deployed", charged=charged) for charged in ("yes", "yes", "maybe")]).lines

    assert "charged orders       2" in lines
    assert "may be charged       1" in lines


def test_what_there_is_none_of_has_no_line() -> None:
    lines = summary([], [result("one", "unchanged")]).lines

    assert lines == ["certificates         1, hosts: 1", "results              unchanged 1"]


def test_requested_revocations_have_lines() -> None:
    done = {"order_id": "A", "status": "pendingRevoke", "revoked": False}

    lines = revocation_lines({"one": [done, {"order_id": "B", "error_code": "order_mismatch"}], "two": []})

    assert lines == ["revocations          1", "  one  A  pendingRevoke"]
    assert revocation_lines({"one": []}) == []


def test_fleet_without_certificates_has_a_summary() -> None:
    assert "results              -" in summary([], []).lines


@pytest.mark.parametrize(
    ("row", "fails"),
    [
        (result("one", "unchanged"), False),
        (result("one", "deployed"), False),
        (result("one", "waiting"), False),
        (result("one", "waiting", alarm="warning"), False),
        (result("one", "waiting", alarm="failure"), True),
        (result("one", "unchanged", alarm="failure"), True),
        (result("one", "not_selected"), False),
        (result("one", "blocked"), True),
        (result("one", "failed"), True),
    ],
    ids=lambda one: f"{one['result']}, alarm {one['alarm']}" if isinstance(one, dict) else str(one),
)
def test_run_fails_for_problems_and_alarms(row: dict[str, t.Any], *, fails: bool) -> None:
    assert failures([row]) == (["contracts: It is so. Do that."] if fails else [])
    # What a plan would do ends an alarm, but no failure.
    by_itself = row["result"] in ("blocked", "failed")
    assert bool(failures([row], [{"name": row["name"], "would_change": True}])) is by_itself
    assert bool(failures([row], [{"name": row["name"], "would_change": False}])) is fails
    assert summary([], [row]).artifacts["wotrus_summary"]["failing"] == int(fails)


def test_run_fails_for_what_waits_for_a_person_if_it_should() -> None:
    rows = [
        result("one", "waiting", waiting_for="you", pending_link=LINK, alarm="failure"),
        result("one", "waiting", waiting_for="you", name="seals"),
        result("one", "waiting", waiting_for="ca"),
        result("one", "blocked"),
    ]

    assert failures(rows[:1]) == ["contracts: It is so. Do that."]
    assert failures(rows, waiting=True) == [
        f"contracts waits for you: {LINK}",
        "seals waits for you: -",
        "contracts: It is so. Do that.",
    ]
    assert failures(rows[:1], language="zh", waiting=True) == [f"contracts 等待您处理：{LINK}"]


def test_plan_that_changes_something_is_a_line() -> None:
    why = Message("No order is recorded. A new order will be placed, or an existing one adopted.")
    row = {**plan("one", "order"), **shown(msg=why), "would_change": True}

    assert changes([row, {**row, "would_change": False}], "zh") == [f"contracts: {text(why, 'zh')}"]


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "certificates         3, hosts: 2",
                "hosts not read       1",
                "states               Valid 2, Waiting for you 1",
                "waiting for you      1",
                "warnings             1",
                "unlisted             1",
                "to be revoked        2",
            ],
        ),
        (
            "zh",
            [
                "证书         3，主机：2",
                "无法读取主机 1",
                "状态         有效 2、等待您处理 1",
                "等待您处理   1",
                "警告         1",
                "没有条目     1",
                "待吊销       2",
            ],
        ),
    ],
)
def test_counts_of_a_report_are_words(language: str, lines: list[str]) -> None:
    counts = {
        "hosts": 2,
        "hosts_not_read": 1,
        "certificates": 3,
        "results": {"unchanged": 2, "waiting": 1},
        "states": {"valid": 2, "waiting_for_you": 1},
        "waiting_for_you": 1,
        "waiting_for_ca": 0,
        "failing": 0,
        "warnings": 1,
        "unlisted": 1,
        "to_revoke": 2,
    }

    assert report_lines(counts, language) == lines
