# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wotrus_order with state cancelled: the server decides.

After a lost answer, Query does.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_info import OPERATION as INFO
from ansible_collections.wotrus.pki.plugins.module_utils._orders.revoke import OPERATION as REVOKE
from tests.helpers.operations import Result, Runner
from tests.helpers.sandbox import Sandbox


@pytest.fixture
def placed(run: Runner, sandbox: Sandbox, order: dict[str, Any]) -> str:
    """The id of a pending order."""
    sandbox.settings(manual_review=True)
    order_id = str(run(OPERATION, **order)["order_id"])
    sandbox.clear_calls()
    return order_id


def cancel(run: Runner, order_id: str, **how: Any) -> Result:
    return run(OPERATION, state="cancelled", order_id=order_id, reason="no longer needed", **how)


@pytest.mark.manual("5.cancels")
def test_a_pending_order_is_cancelled_once(sandbox: Sandbox, run: Runner, placed: str) -> None:
    result = cancel(run, placed, diff=True)
    assert (result["changed"], result["order"]["status"], result["order_id"]) == (True, "closed", placed)
    assert '"status": "closed"' in result["diff"]["after"]
    sandbox.clear_calls()
    again = cancel(run, placed)
    assert (again["changed"], again["order"]["status"]) == (False, "closed")
    assert [call["endpoint"] for call in sandbox.calls()] == ["query"]


@pytest.mark.parametrize("end", ["reject", "close"])
def test_dead_order_is_not_changed(sandbox: Sandbox, run: Runner, placed: str, end: str) -> None:
    sandbox.order(placed, end)
    assert cancel(run, placed)["changed"] is False
    assert sandbox.calls("cancel") == []


@pytest.mark.manual("5.not-issued", "5.cancel-result", "5.cancel-failed-reason")
def test_refusal_is_a_failure_with_the_reason_of_the_server(sandbox: Sandbox, run: Runner, placed: str) -> None:
    sandbox.order(placed, "issue")
    failed = cancel(run, placed)
    assert (failed["failed"], failed["error_code"], failed["order_id"]) == (True, "cancel_refused", placed)
    assert "证书已签发" in failed["msg"]
    # The server was asked, even though Query said issued.
    assert len(sandbox.calls("cancel")) == 1
    evidence = {"content": base64.b64encode(b"%PDF-1.7 evidence").decode(), "file_type": ".pdf"}
    assert run(REVOKE, order_id=placed, reason="not wanted", document=evidence)["changed"]


@pytest.mark.parametrize("fault", ["drop_after", "cut", "null_data"])
def test_lost_answer_is_checked_by_query_and_not_sent_again(
    sandbox: Sandbox, run: Runner, placed: str, fault: str
) -> None:
    sandbox.fault("cancel", fault)
    result = cancel(run, placed)
    assert (result["changed"], result["order"]["status"]) == (True, "closed")
    assert len(sandbox.calls("cancel")) == 1


def test_lost_request_is_sent_again(sandbox: Sandbox, run: Runner, placed: str) -> None:
    sandbox.fault("cancel", "drop_before")
    sandbox.fault("cancel", "status", status=502)
    assert cancel(run, placed)["order"]["status"] == "closed"
    assert [call["endpoint"] for call in sandbox.calls()] == [
        *("query", "cancel"),
        *("query", "cancel"),
        *("query", "cancel", "query"),
    ]


def test_last_lost_answer_is_checked_too(sandbox: Sandbox, run: Runner, placed: str) -> None:
    sandbox.fault("cancel", "drop_before", times=2)
    sandbox.fault("cancel", "drop_after")
    result = cancel(run, placed)
    assert (result["changed"], result["order"]["status"]) == (True, "closed")


def test_server_that_never_answers_gets_a_limited_number_of_requests(
    sandbox: Sandbox, run: Runner, placed: str
) -> None:
    sandbox.fault("cancel", "drop_before", times=-1)
    failed = cancel(run, placed)
    assert failed["error_code"] == "unavailable"
    assert len(sandbox.calls("cancel")) == 3
    assert run(INFO, order_ids=[placed])["orders"][0]["status"] == "pending"


def test_retry_after_is_waited_before_the_next_request(
    sandbox: Sandbox, run: Runner, placed: str, pauses: list[float]
) -> None:
    sandbox.fault("cancel", "status", status=429, retry_after="7", times=2)
    assert cancel(run, placed)["order"]["status"] == "closed"
    assert [7 <= pause < 8 for pause in pauses] == [True, True]
    assert len(sandbox.calls("cancel")) == 3


def test_pauses_grow_without_retry_after(sandbox: Sandbox, run: Runner, placed: str, pauses: list[float]) -> None:
    sandbox.fault("cancel", "drop_before", times=-1)
    assert cancel(run, placed)["error_code"] == "unavailable"
    first, second = pauses
    assert 0.25 <= first <= 0.5 <= second <= 1


@pytest.mark.parametrize(("when", "status"), [("before", "pending"), ("after", "closed")])
def test_too_long_retry_after_ends_with_one_query(
    sandbox: Sandbox, run: Runner, placed: str, pauses: list[float], when: str, status: str
) -> None:
    sandbox.fault("cancel", "status", status=429, when=when, retry_after="3600", times=-1)
    result = cancel(run, placed)
    if status == "pending":
        assert (result["error_code"], "it asks to wait 3600 s" in result["msg"]) == ("unavailable", True)
    else:
        assert (result["changed"], result["order"]["status"]) == (True, "closed")
    assert [call["endpoint"] for call in sandbox.calls()] == ["query", "cancel", "query"]
    assert pauses == []
    assert run(INFO, order_ids=[placed])["orders"][0]["status"] == status


def test_check_mode_only_queries(sandbox: Sandbox, run: Runner, placed: str) -> None:
    result = cancel(run, placed, check=True, diff=True)
    assert result["changed"] is True
    assert '"status": "closed"' in result["diff"]["after"]
    assert [call["method"] for call in sandbox.calls()] == ["GET"]
    sandbox.order(placed, "close")
    assert cancel(run, placed, check=True)["changed"] is False


@pytest.mark.parametrize(
    "options",
    [
        {"order_id": "x"},
        {"reason": "x"},
        {"order_id": "x", "reason": " "},
        {"order_id": " ", "reason": "x"},
        {"order_id": None, "reason": "x"},
        {"order_id": "x", "reason": None},
        {"name": "x", "reason": "x"},
    ],
)
def test_bad_input_fails_before_anything_is_sent(sandbox: Sandbox, run: Runner, options: dict[str, Any]) -> None:
    failed = run(OPERATION, state="cancelled", **options)
    assert failed["error_code"] == "invalid_input"
    assert sandbox.calls() == []


def test_an_unknown_order_is_not_found(run: Runner) -> None:
    assert cancel(run, "not-an-order")["error_code"] == "not_found"
