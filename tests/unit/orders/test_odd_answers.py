# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that the sandbox never gives: each has a defined result."""

from __future__ import annotations

import base64
import datetime as dt
import typing as t

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import OPERATION as CERTIFICATE
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION as ORDER
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_info import OPERATION as INFO
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import OPERATION as REISSUE
from ansible_collections.wotrus.pki.plugins.module_utils._orders.revoke import OPERATION as REVOKE
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import to_pem
from tests.helpers.operations import Runner, csr
from tests.helpers.scripted_server import Answer, Script, envelope, raw, refusal
from tests.unit.x509 import pki

ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
ZERO = "00000000-0000-0000-0000-000000000000"
OTHER = "4798ed51-db0e-4a79-bbac-5f86a7a122b1"
PENDING = {
    "id": ID.lower(),
    "status": "pending",
    "isPay": 1,
    # Placed after each of these tests began.
    "createTime": (dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=1)).isoformat(timespec="seconds"),
}


def test_both_ids_null_is_a_bad_answer_and_no_second_order(
    run_scripted: Runner, server: Script, order: dict[str, t.Any]
) -> None:
    server.will(envelope({"orderId": None, "orderId_RSA": None}))
    failed = run_scripted(ORDER, **order)
    assert (failed["failed"], failed["error_code"]) == (True, "bad_answer")
    assert len(server.requests) == 1


OPEN = {
    "zero id": (envelope({"orderId": ZERO, "orderId_RSA": ZERO, "newOrderID": 7}), "bad_answer"),
    "redirect": (raw("", status=307, Location="/elsewhere"), "bad_answer"),
    "404": (raw("", status=404), "bad_answer"),
    "busy": (refusal("系统繁忙"), "rejected_by_api"),
    "409": (refusal("系统繁忙", status=409), "rejected_by_api"),
}


@pytest.mark.parametrize(("answer", "code"), OPEN.values(), ids=OPEN)
def test_failed_order_or_reissue_says_that_it_may_be_there_and_what_a_repeat_is(
    run_scripted: Runner, server: Script, order: dict[str, t.Any], answer: Answer, code: str
) -> None:
    server.will(answer)
    ordered = run_scripted(ORDER, **order)
    pem = envelope({"pem_RSA": to_pem(WEAK.certificate)})
    server.will(envelope({**PENDING, "status": "issued"}), pem, answer)
    reissued = run_scripted(REISSUE, order_id=ID, csr=csr(), reason="new key")

    assert (ordered["error_code"], reissued["error_code"]) == (code, code)
    assert ordered["msg"].endswith(". The order may have been placed, and charged. A repeat is the same order.")
    assert reissued["msg"].endswith(". The reissue may have been requested. A repeat is the same reissue.")
    assert "api_url" not in f"{ordered['msg']} {reissued['msg']}"


def test_refused_token_says_nothing_about_a_repeat(
    run_scripted: Runner, server: Script, order: dict[str, t.Any]
) -> None:
    server.will(raw("", status=401))
    assert "repeat" not in run_scripted(ORDER, **order)["msg"]


def test_order_of_the_csr_and_its_companion_are_returned(
    run_scripted: Runner, server: Script, order: dict[str, t.Any]
) -> None:
    server.will(envelope({"orderId": OTHER, "orderId_RSA": f"{ID} "}), envelope(PENDING))
    result = run_scripted(ORDER, **order)
    assert (result["order_id"], result["companion_order_id"]) == (ID, OTHER)
    assert server.requests[1].path == f"/v1/Order/{ID}"


def test_a_server_without_a_date_makes_a_warning(run_scripted: Runner, server: Script, order: dict[str, t.Any]) -> None:
    server.will(raw('{"isSuccess": true, "data": {"orderId": "A"}}', date=None), envelope({"status": "pending"}))
    result = run_scripted(ORDER, **order)
    assert result["created"] is True
    assert any("may be new or may have existed" in warning for warning in run_scripted.warnings)


def test_new_order_that_query_does_not_know_is_queried_again(
    run_scripted: Runner, server: Script, order: dict[str, t.Any], pauses: list[float]
) -> None:
    server.will(envelope({"orderId": ID}), raw("", status=404), raw("", status=404), envelope(PENDING))
    result = run_scripted(ORDER, **order)
    assert (result["order_id"], result["created"], result["order"]["status"]) == (ID, True, "pending")
    assert len(pauses) == 2
    assert run_scripted.warnings == []


def test_new_order_that_query_never_shows_keeps_its_id(
    run_scripted: Runner, server: Script, order: dict[str, t.Any], pauses: list[float]
) -> None:
    server.will(envelope({"orderId": ID}), raw("", status=404))
    result = run_scripted(ORDER, **order)
    assert (result["order_id"], result["order"]) == (ID, None)
    assert any(ID in warning for warning in run_scripted.warnings)
    assert 0 < sum(pauses) < 60


@pytest.mark.parametrize(
    "answer",
    [
        raw(""),
        raw("<html>"),
        raw('{"isSuccess": true, "data": {"id": 7}}'),
        raw("[]"),
        envelope(None),
        envelope([]),
        envelope({"id": "another order", "status": "issued"}),
        raw('{"isSuccess": true'),
        raw("", status=418),
    ],
)
def test_bad_answer_about_a_placed_order_keeps_the_id(
    run_scripted: Runner, server: Script, order: dict[str, t.Any], answer: Answer
) -> None:
    server.will(envelope({"orderId": ID}), answer)
    result = run_scripted(ORDER, **order)
    assert "failed" not in result
    assert (result["order_id"], result["created"], result["order"]) == (ID, True, None)
    assert result["request_ids"] == [request.headers["requestid"] for request in server.requests]
    assert any(ID in warning for warning in run_scripted.warnings)


@pytest.mark.parametrize(
    ("pems", "code"),
    [
        ({"pem_RSA": None, "pem_Sign": None}, "rejected_by_api"),
        ({"pem_RSA": "no certificate"}, "bad_certificate"),
        ({"pem_RSA": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}, "bad_certificate"),
        ({"pem_RSA": 7}, "bad_answer"),
        ({"pem_RSA": "x", "chains_RSA": [7]}, "bad_answer"),
        ({"pem_RSA": "x", "chains_RSA": {}}, "bad_answer"),
    ],
)
def test_empty_or_damaged_certificate_is_never_returned(
    run_scripted: Runner, server: Script, pems: dict[str, t.Any], code: str
) -> None:
    server.will(envelope({"status": "issued"}), envelope(pems))
    failed = run_scripted(CERTIFICATE, order_id=ID, csr=csr())
    assert (failed["failed"], failed["error_code"], failed["order_id"]) == (True, code, ID)
    assert "certificate" not in failed


EMPTY = {
    "null": envelope({"pem_RSA": None}),
    "no data": envelope(None),
    "404": raw("", status=404),
    "refused": refusal("订单未支付"),
}


@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY)
@pytest.mark.parametrize("is_pay", [0, 2])
def test_issued_order_without_its_certificate_waits_for_its_payment(
    run_scripted: Runner, server: Script, empty: Answer, is_pay: int
) -> None:
    link = "https://buy.example/pay"
    server.will(envelope({"status": "issued", "isPay": is_pay, "pendingLink": link}), empty)

    result = run_scripted(CERTIFICATE, order_id=ID, csr=csr())

    assert (result["issued"], result["status"], result["pending_link"]) == (False, "issued", link)
    assert "not paid" in result["msg"]


@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY)
def test_order_at_the_ca_has_no_certificate_yet(run_scripted: Runner, server: Script, empty: Answer) -> None:
    server.will(envelope({"status": "pendingCAIssued", "isPay": 1}), empty)

    result = run_scripted(CERTIFICATE, order_id=ID, csr=csr())

    assert (result["issued"], result["stage"]) == (False, "waiting_on_ca")


def test_server_that_is_busy_does_not_end_a_wait(run_scripted: Runner, server: Script, fast_waits: list[float]) -> None:
    # More answers than a poll has tries.
    server.will(envelope(PENDING), *[refusal("系统繁忙", status=503)] * 6, envelope({**PENDING, "status": "closed"}))

    (row,) = run_scripted(INFO, order_ids=[ID], wait=True, wait_timeout=3600)["orders"]

    assert (row["status"], row["error_code"]) == ("closed", None)
    assert fast_waits


SMALL_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
WEAK_ROOT = pki.root("Root", days=(-1000, 20000))
WEAK_CA = WEAK_ROOT.issue("Issuing CA", ca=True, key=SMALL_KEY, days=(-10, 20000))
WEAK = WEAK_CA.issue("Signer", days=(-10, 20000))
WEAK_PEMS = {
    "pem_RSA": to_pem(WEAK.certificate),
    "chains_RSA": [to_pem(one.certificate) for one in (WEAK_ROOT, WEAK_CA)],
}


def test_chain_with_a_small_key_is_never_returned(run_scripted: Runner, server: Script) -> None:
    server.will(envelope({"status": "issued", "cn": "Signer"}), envelope(WEAK_PEMS))

    failed = run_scripted(CERTIFICATE, order_id=ID)

    assert (failed["failed"], failed["error_code"]) == (True, "weak_certificate")
    assert "RSA key of 1024 bits" in failed["msg"]
    assert "certificate" not in failed


def test_a_chain_with_a_small_key_is_accepted_by_compatible_verification(run_scripted: Runner, server: Script) -> None:
    server.will(envelope({"status": "issued", "cn": "Signer"}), envelope(WEAK_PEMS))

    result = run_scripted(CERTIFICATE, order_id=ID, verification="compatible")

    assert result["certificate"] == to_pem(WEAK.certificate)
    assert [warning for warning in run_scripted.warnings if "RSA key of 1024 bits" in warning]


@pytest.mark.parametrize(
    ("ordered", "option", "code"),
    [
        ("Signer", None, None),
        ("Other", None, "order_mismatch"),
        ("Other", "Signer", None),
        ("Signer", "Other", "order_mismatch"),
    ],
)
def test_certificate_without_a_key_must_have_the_name_of_the_option_or_of_the_order(
    run_scripted: Runner, server: Script, ordered: str, option: str | None, code: str | None
) -> None:
    server.will(envelope({"status": "issued", "cn": ordered}), envelope(WEAK_PEMS))

    result = run_scripted(CERTIFICATE, order_id=ID, common_name=option, verification="compatible")

    assert result.get("error_code") == code
    assert code is None or result["msg"].startswith("The certificate is for 'Signer', and the order for 'Other'.")


def test_row_keeps_the_order_from_before_the_failure(
    run_scripted: Runner, server: Script, fast_waits: list[float]
) -> None:
    server.will(envelope(PENDING), raw("", status=500))
    result = run_scripted(INFO, order_ids=[ID], wait=True, wait_timeout=20)
    (row,) = result["orders"]
    assert (row["status"], row["error_code"], result["all_done"]) == ("pending", "unavailable", False)
    assert fast_waits


def test_polls_of_a_wait_become_less_frequent(run_scripted: Runner, server: Script, fast_waits: list[float]) -> None:
    server.will(envelope(PENDING))
    run_scripted(INFO, order_ids=[ID], wait=True, wait_timeout=3600)
    assert fast_waits[0] <= 1.0
    assert max(fast_waits) <= 60.0
    assert len(server.requests) < 100


def test_revocation_that_query_does_not_show_is_a_warning(run_scripted: Runner, server: Script) -> None:
    issued = envelope({**PENDING, "status": "issued"})
    server.will(issued, envelope({"revokeStatus": "pendingAudit", "revoked": False}), issued)
    evidence = {"content": base64.b64encode(b"%PDF-1.4").decode(), "file_type": ".pdf"}
    result = run_scripted(REVOKE, order_id=ID, reason="x", document=evidence)
    assert (result["changed"], result["revoked"]) == (True, False)
    assert any("is still issued" in warning for warning in run_scripted.warnings)
