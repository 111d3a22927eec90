# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The statuses of an order, with a clock that tests move."""

from __future__ import annotations

import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox, SandboxFailed

from . import orders
from .orders import create, issued, query, retrieve, revoke, status

HOUR = 3600


def test_review_then_ca_then_retrieve(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(review_delay=2 * HOUR, ca_delay=HOUR)
    order_id = create(sandbox, body)
    assert status(sandbox, order_id) == "pending"
    assert retrieve(sandbox, order_id)["isSuccess"] is False
    sandbox.clock(advance=2 * HOUR)
    assert status(sandbox, order_id) == "pendingCAIssued"
    assert retrieve(sandbox, order_id)["isSuccess"] is False
    sandbox.clock(advance=HOUR)
    assert status(sandbox, order_id) == "pendingCAIssued", "only RetrievePem moves it on"
    assert retrieve(sandbox, order_id)["isSuccess"] is True
    assert status(sandbox, order_id) == "issued"
    assert retrieve(sandbox, order_id)["isSuccess"] is True


def test_manual_review_waits_for_a_person(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(manual_review=True)
    order_id = create(sandbox, body)
    sandbox.clock(advance=1000 * HOUR)
    assert status(sandbox, order_id) == "pending"
    link = query(sandbox, order_id)["pendingLink"]
    assert sandbox.call("GET", link.removeprefix(sandbox.url)).text.startswith("<!DOCTYPE html>")
    sandbox.order(order_id, "approve")
    assert status(sandbox, order_id) == "pendingCAIssued"
    assert query(sandbox, order_id)["pendingLink"] is None


def test_auto_issue_needs_no_retrieve(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(auto_issue=True, review_delay=60)
    order_id = create(sandbox, body)
    sandbox.clock(advance=60)
    assert status(sandbox, order_id) == "issued"


def test_other_products_have_other_statuses(sandbox: Sandbox) -> None:
    sandbox.settings(review_delay=60)
    fast = create(sandbox, orders.body(productID=orders.FAST_SSL))
    slow = create(sandbox, orders.body(productID=orders.OV_SSL))
    assert [status(sandbox, order) for order in (fast, slow)] == ["pendingAutoIssue", "pendingSubmitOrderToCA"]
    sandbox.clock(advance=60)
    assert [status(sandbox, order) for order in (fast, slow)] == ["issued", "pendingDCV"]
    sandbox.order(slow, "approve")
    assert status(sandbox, slow) == "pendingCAIssued"


def test_unpaid_orders_do_not_continue(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(unpaid=True)
    order_id = create(sandbox, body)
    data = query(sandbox, order_id)
    assert (data["isPay"], data["status"]) == (0, "pending")
    assert data["pendingLink"]
    assert retrieve(sandbox, order_id)["errorMsg"] == "订单未支付"
    sandbox.order(order_id, "paid")
    assert query(sandbox, order_id)["isPay"] == 1
    assert retrieve(sandbox, order_id)["isSuccess"] is True


def test_issued_before_it_was_paid(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(unpaid=True)
    order_id = create(sandbox, body)
    sandbox.order(order_id, "issue")
    assert query(sandbox, order_id)["isPay"] == 2
    assert status(sandbox, order_id) == "issued"


def test_domain_validation_waits_for_the_customer(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(manual_review=True)
    order_id = create(sandbox, body)
    sandbox.order(order_id, "dcv")
    data = query(sandbox, order_id)
    assert (data["status"], data["isSNVerified"]) == ("pendingDCV", False)
    assert data["pendingLink"].startswith(sandbox.url)


@pytest.mark.parametrize(("action", "word"), [("reject", "rejected"), ("close", "closed")])
def test_dead_orders_return_no_certificate(sandbox: Sandbox, body: dict[str, Any], action: str, word: str) -> None:
    sandbox.settings(manual_review=True)
    order_id = create(sandbox, body)
    sandbox.order(order_id, action)
    assert status(sandbox, order_id) == word
    assert retrieve(sandbox, order_id)["isSuccess"] is False
    with pytest.raises(SandboxFailed, match="409"):
        sandbox.order(order_id, "approve")


def test_any_status_word_can_be_shown(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = create(sandbox, body)
    sandbox.show(order_id, status="pendingSomethingNew")
    assert status(sandbox, order_id) == "pendingSomethingNew"
    sandbox.show(order_id, status=None)
    assert status(sandbox, order_id) == "pendingCAIssued"
    with pytest.raises(SandboxFailed, match="400"):
        sandbox.show(order_id, colour="red")


def test_cancel_closes_an_order_that_is_not_issued(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = create(sandbox, body)
    answer = orders.post(sandbox, "/v1/Order/Cancel", orderID=order_id, reason="mistake")
    assert answer["data"] == {"cancelResult": True, "cancelFailedReason": ""}
    assert "page" not in answer
    assert status(sandbox, order_id) == "closed"


def test_cancel_of_an_issued_order_fails_with_a_reason(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = issued(sandbox, body)
    answer = orders.post(sandbox, "/v1/Order/Cancel", orderID=order_id, reason="mistake")
    assert answer["isSuccess"] is True
    assert answer["data"] == {"cancelResult": False, "cancelFailedReason": "证书已签发"}
    assert status(sandbox, order_id) == "issued"


def test_revocation_is_reviewed(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = issued(sandbox, body)
    sandbox.settings(review_delay=HOUR)
    assert revoke(sandbox, order_id)["data"] == {"revokeStatus": "pendingAudit", "revoked": False}
    assert status(sandbox, order_id) == "pendingRevoke"
    assert retrieve(sandbox, order_id)["isSuccess"] is True, "the certificate still holds"
    assert revoke(sandbox, order_id)["isSuccess"] is False
    sandbox.clock(advance=HOUR)
    assert status(sandbox, order_id) == "revoked"
    assert retrieve(sandbox, order_id)["isSuccess"] is False
    assert revoke(sandbox, order_id)["errorMsg"] == "证书已吊销"


def test_revocation_can_be_refused_or_immediate(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = issued(sandbox, body)
    sandbox.settings(manual_review=True)
    revoke(sandbox, order_id)
    sandbox.order(order_id, "refuse-revocation")
    assert status(sandbox, order_id) == "issued"
    sandbox.settings(revoke_answer="immediate")
    assert revoke(sandbox, order_id)["data"] == {"revokeStatus": "revoked", "revoked": True}
    assert status(sandbox, order_id) == "revoked"


def test_only_issued_orders_are_revoked_or_reissued(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = create(sandbox, body)
    assert revoke(sandbox, order_id)["errorMsg"] == "证书未签发，不能吊销"
    assert orders.reissue(sandbox, order_id)["errorMsg"] == "订单未签发，不能重新颁发"


def test_date_header_and_create_time_follow_the_clock(sandbox: Sandbox, body: dict[str, Any]) -> None:
    before = datetime.datetime.fromisoformat(sandbox.clock(advance=400 * 24 * HOUR)).replace(microsecond=0)
    response = sandbox.call("GET", "/v1/Order/x")
    created = datetime.datetime.fromisoformat(query(sandbox, create(sandbox, body))["createTime"])
    after = datetime.datetime.fromisoformat(sandbox.clock())
    assert before <= parsedate_to_datetime(response.headers["Date"]) <= created <= after


def test_clock_is_set_and_refuses_nonsense(sandbox: Sandbox) -> None:
    assert sandbox.clock(to="2031-05-06T07:08:09+08:00").startswith("2031-05-05T23:08:")
    for wanted in ({"set": "tomorrow"}, {"set": "2031-05-06T07:08:09"}, {"advance": 1e12}, {"advance": "1"}, {}):
        with pytest.raises(SandboxFailed, match="400"):
            sandbox.admin("POST", "/clock", wanted)


def test_new_orders_can_be_rejected(sandbox: Sandbox, body: dict[str, Any]) -> None:
    first = issued(sandbox, body)
    sandbox.settings(reject_new=True)
    second = create(sandbox, orders.body())
    assert status(sandbox, second) == "rejected"
    assert retrieve(sandbox, second)["errorMsg"] == "订单已被拒绝"
    new_id = orders.reissue(sandbox, first)["data"]["newOrderID"]
    assert retrieve(sandbox, new_id)["isSuccess"] is True, "a reissue is no new order"


def test_a_new_order_can_be_unknown_for_a_time(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(query_delay=60)
    order_id = create(sandbox, body)
    paths = (f"/v1/Order/{order_id.strip()}", f"/v1/Certificate/RetrievePem?orderID={order_id.strip()}")
    sandbox.clear_calls()
    assert [sandbox.call("GET", path).status_code for path in paths] == [404, 404]
    assert {(call["status"], call["success"], call["order_id"]) for call in sandbox.calls()} == {
        (404, None, order_id.strip().lower())
    }
    assert orders.same(create(sandbox, body), order_id), "Create knows it"
    sandbox.clock(advance=60)
    assert retrieve(sandbox, order_id)["isSuccess"] is True
    assert status(sandbox, order_id) == "issued"
    new_id = orders.reissue(sandbox, order_id)["data"]["newOrderID"]
    assert sandbox.call("GET", f"/v1/Order/{new_id.strip()}").status_code == 404
    assert status(sandbox, order_id) == "issued"


def test_expired_orders_can_be_closed(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = issued(sandbox, body)
    sandbox.clock(advance=400 * 24 * HOUR)
    assert status(sandbox, order_id) == "issued"
    sandbox.settings(close_expired=True)
    summary = next(o for o in sandbox.state()["orders"] if orders.same(o["id"], order_id))
    assert summary["status"] == "closed"
    assert status(sandbox, order_id) == "closed"
    assert retrieve(sandbox, order_id)["errorMsg"] == "订单已关闭"
    assert status(sandbox, issued(sandbox, orders.body())) == "issued"


def test_an_order_closed_at_expiry_counts_as_dead(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(close_expired=True, repeat_answer="new_if_dead")
    order_id = issued(sandbox, body)
    assert orders.same(create(sandbox, body), order_id)
    sandbox.clock(advance=400 * 24 * HOUR)
    assert not orders.same(create(sandbox, body), order_id)
