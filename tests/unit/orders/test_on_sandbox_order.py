# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wotrus_order: one paid order for a name, whatever happens on the way."""

from __future__ import annotations

import base64
import time
import types
import uuid
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client import http
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import (
    follow_idempotence_id,
    order_idempotence_id,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION
from tests.helpers.operations import Runner, csr
from tests.helpers.sandbox import Sandbox

PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
DOCUMENT = b"%PDF-1.7 secret evidence"


@pytest.fixture
def charged(sandbox: Sandbox) -> Any:
    """Return how many orders were charged since the test began."""
    before = sandbox.state()["charged_orders"]
    return lambda: sandbox.state()["charged_orders"] - before


def sent(sandbox: Sandbox) -> list[str]:
    return [call["endpoint"] for call in sandbox.calls()]


@pytest.mark.manual("1.1-same-orders", "2.idempotence")
def test_order_is_placed_once_and_adopted_later(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], charged: Any
) -> None:
    first = run(OPERATION, **order)
    assert (first["changed"], first["created"]) == (True, True)
    assert first["idempotence_id"] == order_idempotence_id(order["name"])
    assert first["order"]["common_name"] == "沃通电子认证"
    assert sent(sandbox) == ["create", "query"]
    sandbox.clock(advance=60)
    again = run(OPERATION, **order)
    assert (again["changed"], again["created"]) == (False, False)
    assert again["order_id"].lower() == first["order_id"].lower()
    assert charged() == 1
    assert run.warnings == []


@pytest.mark.manual("1.3-traceable", "V1.05.request-id")
def test_every_request_id_of_the_result_was_sent(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    sandbox.fault("create", "status", status=503)
    result = run(OPERATION, **order)
    assert result["request_ids"] == [call["request_id"] for call in sandbox.calls()]
    assert len(result["request_ids"]) == 3


@pytest.mark.parametrize("offset", [-400 * 86400, 400 * 86400])
def test_clock_of_the_server_decides_between_created_and_adopted(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], offset: int
) -> None:
    sandbox.clock(offset=offset)
    assert run(OPERATION, **order)["created"] is True
    sandbox.clock(offset=offset + 60)
    assert run(OPERATION, **order)["created"] is False


def test_new_order_is_created_after_a_long_retry(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is stored at the first try.

    The answer comes 50 s later by both clocks.
    """
    moved = 0.0

    def sleep(_seconds: float) -> None:
        nonlocal moved
        moved += 50
        sandbox.clock(advance=50)

    monkeypatch.setattr(http, "time", types.SimpleNamespace(sleep=sleep, monotonic=lambda: time.monotonic() + moved))
    sandbox.fault("create", "drop_after")
    assert run(OPERATION, **order)["created"] is True


@pytest.mark.manual("1.3-reliable", "2.idempotence")
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "cut", "html", "empty", "status"])
def test_lost_answer_is_one_order(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], charged: Any, fault: str
) -> None:
    sandbox.fault("create", fault)
    result = run(OPERATION, **order)
    assert result["created"] is True
    assert charged() == 1
    assert len(sandbox.calls("create")) == 2


def test_a_run_that_gives_up_after_the_order_was_stored_is_resumed_by_the_next(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], charged: Any
) -> None:
    sandbox.fault("create", "drop_after", times=5)
    failed = run(OPERATION, **order)
    assert (failed["failed"], failed["error_code"]) == (True, "unavailable")
    sandbox.clock(advance=60)
    result = run(OPERATION, **order)
    assert result["created"] is False
    assert charged() == 1


def test_failed_query_after_an_order_keeps_the_id(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], charged: Any
) -> None:
    sandbox.fault("query", "status", status=401)
    result = run(OPERATION, **order)
    assert "failed" not in result
    assert result["order_id"].lower() in {one["id"] for one in sandbox.state()["orders"]}
    assert (result["created"], result["order"]) == (True, None)
    assert any(result["order_id"] in warning for warning in run.warnings)
    assert charged() == 1


@pytest.mark.manual("2.idempotence-repeat")
def test_refused_repeat_is_an_error_with_the_message_of_the_server_and_no_second_order(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], charged: Any
) -> None:
    run(OPERATION, **order)
    sandbox.settings(repeat_answer="refuse")
    failed = run(OPERATION, **order)
    assert (failed["failed"], failed["error_code"]) == (True, "rejected_by_api")
    assert "幂等值已存在" in failed["msg"]
    assert charged() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"product": "organization_document_signing"}, "product is"),
        ({"common_name": "另一家公司"}, "common_name is '沃通电子认证', not '另一家公司'"),
        ({"months": 24}, "months is 12, not 24"),
        ({"months": 25}, "months is 12, not 25"),
    ],
)
def test_an_order_that_was_placed_with_other_values_is_a_mismatch(
    run: Runner, order: dict[str, Any], charged: Any, change: dict[str, Any], words: str
) -> None:
    first = run(OPERATION, **order)
    failed = run(OPERATION, **{**order, **change})
    assert failed["error_code"] == "order_mismatch"
    assert words in failed["msg"]
    assert failed["order_id"].lower() == first["order_id"].lower()
    assert charged() == 1


@pytest.mark.parametrize(("asked", "wanted"), [(12, 13), (13, 12), (24, 25), (25, 24)])
def test_a_renewals_extra_month_is_no_mismatch(run: Runner, order: dict[str, Any], asked: int, wanted: int) -> None:
    run(OPERATION, **{**order, "months": asked})
    assert "failed" not in run(OPERATION, **{**order, "months": wanted})


def test_order_is_followed_by_one_at_most(sandbox: Sandbox, run: Runner, order: dict[str, Any], charged: Any) -> None:
    first = run(OPERATION, **order)
    followed = run(OPERATION, **order, follows=first["order_id"])
    assert (followed["created"], followed["idempotence_id"]) == (True, follow_idempotence_id(first["order_id"]))
    assert first["order_id"].lower() != followed["order_id"].lower()
    sandbox.clock(advance=60)
    spelled = f" {{{first['order_id'].swapcase()}}} "
    again = run(OPERATION, **{**order, "name": "another name"}, follows=spelled)
    assert (again["created"], again["order_id"].lower()) == (False, followed["order_id"].lower())
    assert charged() == 2


@pytest.mark.parametrize("end", ["close", "reject"])
def test_dead_order_is_a_failure_without_a_new_order(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], charged: Any, end: str
) -> None:
    first = run(OPERATION, **order)
    sandbox.order(first["order_id"], end)
    failed = run(OPERATION, **order)
    assert failed["error_code"] == "order_dead"
    assert failed["order_id"].lower() == first["order_id"].lower()
    assert "follows" in failed["msg"]
    assert charged() == 1


def test_a_dead_order_is_replaced_by_the_one_that_follows_it(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], charged: Any
) -> None:
    first = run(OPERATION, **order)["order_id"]
    sandbox.order(first, "close")
    second = run(OPERATION, **order, follows=first)
    assert second["created"] is True
    # A dead follower is not skipped: a person names it.
    sandbox.order(second["order_id"], "reject")
    failed = run(OPERATION, **order, follows=first)
    assert (failed["error_code"], failed["order_id"].lower()) == ("order_dead", second["order_id"].lower())
    assert charged() == 2


def test_follows_needs_a_name_and_an_id(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    for blank in (" ", "{}"):
        assert run(OPERATION, **order, follows=blank)["error_code"] == "invalid_input"
    del order["name"]
    for way in ({"idempotence_id": str(uuid.uuid4())}, {"order_id": str(uuid.uuid4())}):
        failed = run(OPERATION, **order, **way, follows=str(uuid.uuid4()))
        assert failed["error_code"] == "invalid_input"
        assert "follows" in failed["msg"]
    assert sandbox.calls() == []


def test_own_idempotence_value_is_sent_unchanged(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    value = f"own-{uuid.uuid4()}"
    del order["name"]
    result = run(OPERATION, **order, idempotence_id=f" {value} ")
    assert result["idempotence_id"] == value
    placed = sandbox.admin("GET", f"/orders/{result['order_id']}")
    assert placed["idempotence"] == value


def test_an_order_is_adopted_by_its_id_in_any_spelling(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    placed = run(OPERATION, **order)["order_id"]
    sandbox.clear_calls()
    adopted = run(OPERATION, order_id=f" {placed.swapcase()} ")
    assert (adopted["changed"], adopted["created"], adopted["order_id"]) == (False, False, placed.swapcase())
    assert sent(sandbox) == ["query"]
    wrong = run(OPERATION, order_id=placed, common_name="另一家公司")
    assert wrong["error_code"] == "order_mismatch"


def test_an_unknown_order_is_not_found(run: Runner) -> None:
    unknown = str(uuid.uuid4())
    failed = run(OPERATION, order_id=unknown)
    assert (failed["error_code"], failed["order_id"]) == ("not_found", unknown)


def test_check_mode_sends_nothing(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    result = run(OPERATION, **order, check=True, diff=True)
    assert (result["changed"], result["created"], result["order_id"]) == (True, True, None)
    assert result["idempotence_id"] == order_idempotence_id(order["name"])
    assert order["name"] not in result["diff"]["before"]
    assert "沃通电子认证" in result["diff"]["after"]
    assert sandbox.calls() == []


def test_check_mode_finds_invalid_requests(run: Runner, order: dict[str, Any]) -> None:
    assert run(OPERATION, **order, extra={"month": 24}, check=True)["error_code"] == "invalid_input"
    assert run(OPERATION, **{**order, "csr": "no CSR"}, check=True)["error_code"] == "invalid_csr"


def test_diff_shows_a_new_order_and_nothing_for_an_adopted_one(
    sandbox: Sandbox, run: Runner, order: dict[str, Any]
) -> None:
    first = run(OPERATION, **order, diff=True)
    assert first["diff"]["before"] == ""
    assert first["order_id"] in first["diff"]["after"]
    sandbox.clock(advance=60)
    assert "diff" not in run(OPERATION, **order, diff=True)


@pytest.mark.manual("2.document-content")
def test_documents_and_organization_arrive(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(DOCUMENT)
    documents = [
        {"type": "authorization", "path": str(path)},
        {"type": "business_license", "content": base64.b64encode(DOCUMENT).decode(), "file_type": ".pdf"},
    ]
    result = run(OPERATION, **order, documents=documents)
    assert result["order"]["organization"]["documents_uploaded"] is True
    assert result["order"]["organization"]["name"] == "沃通电子认证服务有限公司"
    assert sandbox.admin("GET", f"/orders/{result['order_id']}")["documents"] == 2


@pytest.mark.manual("2.no-csr")
def test_a_ukey_order_needs_no_csr(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    del order["csr"]
    result = run(OPERATION, **order, ukey_password="UkeyPass12", ukey_ship_address="深圳市南山区")
    assert sandbox.admin("GET", f"/orders/{result['order_id']}")["ukey"] is True
    assert "UkeyPass12" not in str(result)


def test_a_csr_may_come_from_a_file(sandbox: Sandbox, run: Runner, order: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "request.csr"
    path.write_text(csr("P-384"))
    del order["csr"]
    result = run(OPERATION, **order, csr_path=str(path))
    assert sandbox.admin("GET", f"/orders/{result['order_id']}")["csr"] is True


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "product": ({"product": "pdf"}, "invalid_input", "Use pdf_signing"),
    "months": ({"months": 11}, "invalid_input", "months"),
    "no product": ({"product": None}, "invalid_input", "without product."),
    "no organization": ({"organization": None}, "invalid_input", "without organization."),
    "several missing": ({"product": None, "common_name": ""}, "invalid_input", "without product, common_name."),
    "blank organization": ({"organization": {"name": " "}}, "invalid_input", "organization.name"),
    "blank common name": ({"common_name": " "}, "invalid_input", "common_name"),
    "category": ({"organization": {"name": "x", "business_category": "Shop"}}, "invalid_input", "business_category"),
    "unknown option": ({"organisation": {}}, "invalid_input", "organisation"),
    "unknown field": ({"organization": {"name": "x", "fax": "1"}}, "invalid_input", "fax"),
    "follows": ({"follows": " "}, "invalid_input", "follows is missing or empty"),
    "blank name": ({"name": " "}, "invalid_input", "name is missing or empty"),
    "no name": ({"name": None}, "invalid_input", "idempotence_id is missing"),
    "null id": (
        {"name": None, "idempotence_id": None},
        "invalid_input",
        "mutually exclusive|idempotence_id is missing",
    ),
    "empty order id": ({"name": "", "order_id": None}, "invalid_input", "mutually exclusive|name is empty"),
    "csr": ({"csr": "not a request"}, "invalid_csr", ""),
    "weak csr": ({"csr": csr("RSA-1024")}, "invalid_csr", "2048"),
    "csr file": ({"csr": None, "csr_path": "/no/such.csr"}, "invalid_input|invalid_csr", ""),
    "document": ({"documents": [{"type": "id_card", "path": "/no/such.pdf"}]}, "invalid_document", r"documents\[0\]"),
    "document type": ({"documents": [{"type": "passport", "path": "/a.pdf"}]}, "invalid_input", "passport"),
    "extra": ({"extra": {"IdempotenceID": "x"}}, "invalid_input", "extra must not have IdempotenceID"),
    "country": (
        {"organization": {"name": "x", "country_code": "China"}},
        "invalid_input",
        "two letters",
    ),
    "two ways": ({"order_id": "x"}, "invalid_input", "mutually exclusive"),
}


@pytest.mark.parametrize(("change", "code", "words"), BAD.values(), ids=BAD)
def test_bad_input_fails_before_anything_is_sent(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], change: dict[str, Any], code: str, words: str
) -> None:
    failed = run(OPERATION, **{**order, **change})
    assert failed["failed"] is True
    assert failed["error_code"] in code.split("|")
    assert any(word in failed["msg"] for word in words.replace("\\", "").split("|"))
    assert failed["request_ids"] == []
    assert sandbox.calls() == []


@pytest.mark.parametrize("nothing", ["", None, "  "])
def test_an_order_id_that_is_empty_places_no_order(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], nothing: str | None
) -> None:
    # Such as a registered variable of a task that was skipped.
    del order["name"]
    failed = run(OPERATION, **order, order_id=nothing)
    assert failed["error_code"] == "invalid_input"
    assert sandbox.calls() == []


def test_a_wrong_token_is_unauthorized_and_is_not_shown(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    failed = run(OPERATION, **order, api_token="tk_wrong-token")
    assert failed["error_code"] == "unauthorized"
    assert "tk_wrong-token" not in str(failed)
    assert len(sandbox.calls()) == 1
    assert run(OPERATION, **order)["created"]
