# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wotrus_reissue reissues once for each key of an order."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import OPERATION as CERTIFICATE
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION as ORDER
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import OPERATION
from tests.helpers.operations import Runner, csr, pem_of_certificate_key, public_pem
from tests.helpers.sandbox import Sandbox

SSL = "0F55105E-91B7-4F9C-8F0D-5EC716055100"
DOCUMENT = {"content": base64.b64encode(b"%PDF-1.7 evidence").decode(), "file_type": ".pdf"}


@pytest.fixture
def issued(run: Runner, sandbox: Sandbox, order: dict[str, Any]) -> str:
    """The id of an issued order."""
    order_id = str(run(ORDER, **order)["order_id"])
    sandbox.order(order_id, "issue")
    sandbox.clear_calls()
    return order_id


def ask(run: Runner, order_id: str, kind: str = "P-384", **how: Any) -> dict[str, Any]:
    return run(OPERATION, order_id=order_id, **{"csr": csr(kind), "reason": "new key", **how})


def reissues(sandbox: Sandbox, order_id: str) -> int:
    return int(sandbox.admin("GET", f"/orders/{order_id}")["reissues"])


@pytest.mark.manual("7.reissues", "7.idempotence")
def test_new_key_is_reissued_once(sandbox: Sandbox, run: Runner, issued: str) -> None:
    charged = sandbox.state()["charged_orders"]
    first = ask(run, issued)
    assert (first["changed"], first["created"]) == (True, True)
    assert first["new_order_id"].lower() != issued.lower()
    assert first["order"]["id"] == first["new_order_id"]
    sandbox.clock(advance=60)
    again = ask(run, issued.swapcase())
    assert (again["changed"], again["created"]) == (False, False)
    assert again["new_order_id"].lower() == first["new_order_id"].lower()
    assert again["idempotence_id"] == first["idempotence_id"]
    assert reissues(sandbox, issued) == 1
    assert sandbox.state()["charged_orders"] == charged
    fetched = run(CERTIFICATE, order_id=first["new_order_id"], csr=csr("P-384"))
    assert pem_of_certificate_key(fetched["certificate"]) == public_pem("P-384")


def test_another_key_is_another_reissue(sandbox: Sandbox, run: Runner, issued: str) -> None:
    one, other = ask(run, issued, "P-384"), ask(run, issued, "P-384/other")
    assert one["idempotence_id"] != other["idempotence_id"]
    assert reissues(sandbox, issued) == 2


def test_the_key_that_the_order_has_is_no_reissue(sandbox: Sandbox, run: Runner, issued: str) -> None:
    result = ask(run, issued, "P-256")
    assert (result["changed"], result["created"], result["new_order_id"]) == (False, False, issued)
    assert sandbox.calls("reissue") == []


@pytest.mark.manual("7.same-order-id")
@pytest.mark.parametrize("answer", ["same", "null"])
def test_an_order_that_keeps_its_id_is_reissued_once(sandbox: Sandbox, run: Runner, issued: str, answer: str) -> None:
    sandbox.settings(reissue_answer=answer)
    sandbox.clock(advance=3600)
    first = ask(run, issued)
    assert (first["changed"], first["new_order_id"].lower()) == (True, issued.lower())
    fetched = run(CERTIFICATE, order_id=issued, csr=csr("P-384"))
    assert pem_of_certificate_key(fetched["certificate"]) == public_pem("P-384")
    again = ask(run, issued)
    assert (again["changed"], again["new_order_id"].lower()) == (False, issued.lower())
    assert reissues(sandbox, issued) == 1


@pytest.mark.parametrize("fault", ["drop_after", "cut", "drop_before", "status"])
def test_a_lost_answer_is_one_reissue(sandbox: Sandbox, run: Runner, issued: str, fault: str) -> None:
    sandbox.fault("reissue", fault)
    assert ask(run, issued)["created"] is True
    assert reissues(sandbox, issued) == 1


def test_refused_repeat_is_an_error_with_the_message_of_the_server(sandbox: Sandbox, run: Runner, issued: str) -> None:
    ask(run, issued)
    sandbox.settings(repeat_answer="refuse")
    failed = ask(run, issued)
    assert (failed["error_code"], failed["order_id"]) == ("rejected_by_api", issued)
    assert "幂等值已存在" in failed["msg"]
    assert reissues(sandbox, issued) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("pending", "order_not_issued"),
        ("pendingRevoke", "order_not_issued"),
        ("closed", "order_dead"),
        ("revoked", "order_dead"),
    ],
)
def test_only_a_live_order_is_reissued_and_nothing_is_sent_for_another(
    sandbox: Sandbox, run: Runner, issued: str, status: str, code: str
) -> None:
    sandbox.show(issued, status=status)
    failed = ask(run, issued)
    assert (failed["error_code"], failed["order_id"]) == (code, issued)
    assert [call["endpoint"] for call in sandbox.calls()] == ["query"]


@pytest.mark.manual("7.revokes-old", "7.file-type", "7.file-content")
def test_a_product_whose_old_certificate_is_revoked_needs_a_document(
    sandbox: Sandbox, run: Runner, order: dict[str, Any]
) -> None:
    order_id = str(run(ORDER, **{**order, "product": SSL})["order_id"])
    sandbox.order(order_id, "issue")
    sandbox.clear_calls()
    failed = ask(run, order_id)
    assert (failed["error_code"], "document" in failed["msg"]) == ("invalid_input", True)
    assert sandbox.calls("reissue") == []
    result = ask(run, order_id, document=DOCUMENT)
    assert (result["created"], result["revokes_old"]) == (True, True)


@pytest.mark.manual("7.others-not-revoked")
def test_a_pdf_product_keeps_its_old_certificate(run: Runner, issued: str) -> None:
    assert ask(run, issued)["revokes_old"] is False


def test_check_mode_only_queries(sandbox: Sandbox, run: Runner, issued: str) -> None:
    result = ask(run, issued, check=True, diff=True)
    assert (result["changed"], result["created"], result["new_order_id"]) == (True, True, None)
    assert result["idempotence_id"] in result["diff"]["after"]
    assert ask(run, issued, "P-256", check=True)["changed"] is False
    assert {call["method"] for call in sandbox.calls()} == {"GET"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"csr": "no CSR"}, "invalid_csr"),
        ({"csr": csr("RSA-1024")}, "invalid_csr"),
        ({"csr": None}, "invalid_input|invalid_csr"),
        ({"reason": " "}, "invalid_input"),
        ({"order_id": " "}, "invalid_input"),
        ({"document": {"path": "/no/such.pdf"}}, "invalid_document"),
        ({"document": {"content": "YQ=="}}, "invalid_input|invalid_document"),
    ],
)
def test_bad_input_fails_before_anything_is_sent(
    sandbox: Sandbox, run: Runner, change: dict[str, Any], code: str
) -> None:
    options = {"order_id": "x", "csr": csr("P-384"), "reason": "new key", **change}
    failed = run(OPERATION, **options)
    assert failed["error_code"] in code.split("|")
    assert sandbox.calls() == []
