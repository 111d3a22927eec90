# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wotrus_order_info: many orders at once, and waiting for them."""

from __future__ import annotations

import copy
import threading
import uuid
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders import wait
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION as ORDER
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_info import OPERATION
from tests.helpers.operations import Runner
from tests.helpers.sandbox import Sandbox


def place(run: Runner, order: dict[str, Any], *, count: int = 1) -> list[str]:
    ids = []
    for number in range(count):
        options = {**copy.deepcopy(order), "name": f"{order['name']}-{number}"}
        ids.append(str(run(ORDER, **options)["order_id"]))
    return ids


def test_rows_are_in_the_requested_order_in_any_spelling(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    ids = place(run, order, count=3)
    sandbox.clear_calls()
    asked = [ids[2], f" {ids[0].swapcase()} ", ids[1], ids[2].swapcase()]
    result = run(OPERATION, order_ids=asked)
    assert [row["id"].lower() for row in result["orders"]] == [one.strip().lower() for one in asked]
    assert result["changed"] is False
    # One question for two spellings of one id.
    assert len(sandbox.calls("query")) == 3


def test_unknown_id_is_a_row_beside_others(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    sandbox.settings(manual_review=True)
    (known,) = place(run, order)
    unknown = str(uuid.uuid4())
    result = run(OPERATION, order_ids=[unknown, known])
    assert "failed" not in result
    missing, found = result["orders"]
    assert (missing["id"], missing["status"], missing["error_code"]) == (unknown, None, "not_found")
    assert "订单不存在" in missing["msg"]
    assert (found["status"], found["error_code"]) == ("pending", None)
    assert result["all_done"] is False


def test_orders_are_queried_in_parallel(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    ids = place(run, order, count=6)
    for _unused in ids:
        sandbox.fault("query", "hold")
    results: list[dict[str, Any]] = []
    asking = threading.Thread(target=lambda: results.append(run(OPERATION, order_ids=ids)))
    asking.start()
    try:
        assert sandbox.wait_for_hold(6) == 6
    finally:
        sandbox.release()
        asking.join()
    assert len(results[0]["orders"]) == 6


@pytest.mark.manual("V1.03.ov-retrieved", "3.status-pending-ca-issued")
def test_wait_calls_retrieve_to_continue_an_order(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    (order_id,) = place(run, order)
    # Query alone would show this for ever.
    assert run(OPERATION, order_ids=[order_id])["orders"][0]["status"] == "pendingCAIssued"
    assert sandbox.calls("retrieve") == []
    result = run(OPERATION, order_ids=[order_id], wait=True)
    assert result["all_done"] is True
    assert result["orders"][0]["status"] == "issued"
    assert len(sandbox.calls("retrieve")) == 1


@pytest.mark.manual("V1.03.pdf-process")
def test_an_order_that_is_issued_by_itself_needs_no_retrieve(
    sandbox: Sandbox, run: Runner, order: dict[str, Any]
) -> None:
    sandbox.settings(auto_issue=True)
    (order_id,) = place(run, order)
    result = run(OPERATION, order_ids=[order_id], wait=True)
    assert result["orders"][0]["status"] == "issued"
    assert sandbox.calls("retrieve") == []


def test_not_yet_at_the_ca_is_waited_for_and_no_failure(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], fast_waits: list[float]
) -> None:
    sandbox.settings(ca_delay=3600)
    (order_id,) = place(run, order)
    result = run(OPERATION, order_ids=[order_id], wait=True, wait_timeout=120)
    (row,) = result["orders"]
    assert (row["status"], row["error_code"], result["all_done"]) == ("pendingCAIssued", None, False)
    assert len(sandbox.calls("retrieve")) > 3
    assert sum(fast_waits) == pytest.approx(120, abs=5)
    # A machine acts, so it is looked for at least every 15 s.
    assert max(fast_waits) <= 15


def test_wait_is_limited_and_shows_the_reason(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], fast_waits: list[float]
) -> None:
    sandbox.settings(manual_review=True, unpaid=True)
    (order_id,) = place(run, order)
    result = run(OPERATION, order_ids=[order_id], wait=True, wait_timeout=600)
    (row,) = result["orders"]
    assert result["all_done"] is False
    assert (row["stage"], row["payment"], row["paid"]) == ("waiting_on_you", "unpaid", False)
    assert row["pending_link"].startswith("https://")
    assert row["pending_link"] in row["msg"]
    assert sum(fast_waits) == pytest.approx(600, abs=5)
    # Pauses grow, so that a wait of ten minutes asks a handful of times.
    assert len(sandbox.calls("query")) < 20


def test_wait_of_no_time_polls_once(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    sandbox.settings(manual_review=True)
    (order_id,) = place(run, order)
    sandbox.clear_calls()
    assert run(OPERATION, order_ids=[order_id], wait=True, wait_timeout=0)["all_done"] is False
    assert len(sandbox.calls()) == 1


def test_a_wait_ends_with_the_last_of_many(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch, fast_waits: list[float]
) -> None:
    sandbox.settings(manual_review=True)
    waiting, dead, issued = place(run, order, count=3)
    sandbox.order(dead, "reject")
    sandbox.order(issued, "issue")
    pause = wait.time.sleep

    def approve(seconds: float) -> None:
        pause(seconds)
        if len(fast_waits) == 3:
            sandbox.order(waiting, "approve")

    monkeypatch.setattr(wait.time, "sleep", approve)
    result = run(OPERATION, order_ids=[waiting, dead, issued, str(uuid.uuid4())], wait=True, wait_timeout=3000)
    assert [row["status"] for row in result["orders"]] == ["issued", "rejected", "issued", None]
    assert result["all_done"] is True
    # Query shows the CA's turn, and RetrievePem is asked at once.
    assert len(fast_waits) == 3
    assert any("issued 2/4" in line for line in run.said)


def test_a_run_that_waits_for_nothing_stays_silent(run: Runner, order: dict[str, Any]) -> None:
    run(OPERATION, order_ids=place(run, order), wait=True)
    assert run.said == []


def test_wait_for_a_revocation_ends_with_it_and_calls_no_retrieve(
    sandbox: Sandbox, run: Runner, order: dict[str, Any]
) -> None:
    (order_id,) = place(run, order)
    sandbox.order(order_id, "issue")
    assert run(OPERATION, order_ids=[order_id], wait_for="revoked")["all_done"] is False
    sandbox.order(order_id, "revoke")
    result = run(OPERATION, order_ids=[order_id], wait=True, wait_for="revoked")
    assert (result["orders"][0]["status"], result["all_done"]) == ("revoked", True)
    assert sandbox.calls("retrieve") == []


@pytest.mark.manual("3.status-unknown", "3.status-others")
def test_unknown_status_is_waited_for_until_the_time_limit(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], fast_waits: list[float]
) -> None:
    (order_id,) = place(run, order)
    sandbox.show(order_id, status="pendingNewThing")
    result = run(OPERATION, order_ids=[order_id], wait=True, wait_timeout=30)
    (row,) = result["orders"]
    assert (row["status"], row["stage"], result["all_done"]) == ("pendingNewThing", "unknown", False)
    assert fast_waits


def test_failure_during_a_wait_is_polled_again(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], fast_waits: list[float]
) -> None:
    (order_id,) = place(run, order)
    sandbox.fault("query", "html", times=10)
    result = run(OPERATION, order_ids=[order_id], wait=True, wait_timeout=600)
    assert result["orders"][0]["status"] == "issued"
    assert fast_waits


def test_failed_query_is_a_row_with_its_error_code(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    first, second = place(run, order, count=2)
    sandbox.fault("query", "wrong_fields")
    rows = run(OPERATION, order_ids=[first, second])["orders"]
    assert sorted(row["error_code"] or "" for row in rows) == ["", "bad_answer"]


def test_a_wrong_token_fails_the_task_and_not_each_row(run: Runner) -> None:
    failed = run(OPERATION, order_ids=["a", "b"], api_token="tk_wrong")
    assert (failed["failed"], failed["error_code"]) == (True, "unauthorized")


def test_no_orders_are_all_done(sandbox: Sandbox, run: Runner) -> None:
    result = run(OPERATION, order_ids=[], wait=True)
    assert (result["orders"], result["all_done"]) == ([], True)
    assert sandbox.calls() == []


def test_an_empty_id_is_refused(sandbox: Sandbox, run: Runner) -> None:
    assert run(OPERATION, order_ids=["a", " "])["error_code"] == "invalid_input"
    assert sandbox.calls() == []


def test_check_mode_reports_the_same(run: Runner, order: dict[str, Any]) -> None:
    ids = place(run, order)
    assert run(OPERATION, order_ids=ids, check=True)["orders"] == run(OPERATION, order_ids=ids)["orders"]
