# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests and answers of each call."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from wotrus_sandbox.settings import Settings

from tests.helpers.sandbox import Sandbox, start_sandbox

from . import orders

CREATE = "/v1/Order/Create"


def test_wrong_or_missing_token_is_401(sandbox: Sandbox, body: dict[str, Any]) -> None:
    for token in ("", "tk_other", "tk_sandboxx"):
        assert sandbox.call("POST", CREATE, body, WoTrusToken=token).status_code == 401
    assert sandbox.call("GET", "/v1/Order/anything", WoTrusToken="").status_code == 401


def test_create_answers_with_the_envelope_of_the_manual(sandbox: Sandbox, body: dict[str, Any]) -> None:
    answer = sandbox.call("POST", CREATE, body).json()
    assert answer.keys() == {"isSuccess", "errorMsg", "successMsg", "data", "page"}
    assert answer["isSuccess"] is True
    assert answer["errorMsg"], "the manual's example of a success has text here"
    assert answer["page"] == {"total": 0, "limit": 0, "skip": 0}


def test_mixed_ids_come_in_every_form_and_are_found_in_every_form(sandbox: Sandbox) -> None:
    sandbox.settings(id_style="mixed")
    forms, places = set(), set()
    for _unused in range(12):
        data = sandbox.call("POST", CREATE, orders.body()).json()["data"]
        places.add((data.get("orderId", "missing") is None, "orderId" in data, "orderId_RSA" in data))
        given = data.get("orderId_RSA") or data["orderId"]
        forms.add("blank" if given != given.strip() else "upper" if given.isupper() else "lower")
        plain = given.strip().lower()
        for spelled in (given, plain.upper(), plain, f"{plain}%20", f"%7B{plain.upper()}%7D", f"{{{plain}}}"):
            assert orders.same(orders.query(sandbox, spelled)["id"], given)
    assert forms == {"blank", "upper", "lower"}
    assert len(places) == 4, "either field is null or missing in turn"


def test_ids_are_plain_by_default(tmp_path: Path) -> None:
    with start_sandbox(tmp_path, "--id-style", Settings().id_style) as sandbox:
        for _unused in range(3):
            data = sandbox.call("POST", CREATE, orders.body()).json()["data"]
            given = data.get("orderId_RSA") or data["orderId"]
            assert given == str(uuid.UUID(given))
            assert orders.query(sandbox, given)["id"] == given


def test_ids_can_be_in_braces_in_one_answer_and_bare_in_another(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(id_style="braces")
    given = orders.create(sandbox, body)
    bare = str(uuid.UUID(given))
    assert given == f"{{{bare.upper()}}}"
    assert orders.create(sandbox, body) == given, "a repeat is answered alike"
    assert orders.query(sandbox, given)["id"] == bare
    assert orders.retrieve(sandbox, given)["isSuccess"] is True
    new_id = orders.reissue(sandbox, given)["data"]["newOrderID"]
    assert new_id == f"{{{str(uuid.UUID(new_id)).upper()}}}"
    assert sandbox.order(new_id, "issue")["reissue_of"] == bare
    sandbox.settings(repeat_answer="refuse_with_id")
    assert given in sandbox.call("POST", CREATE, body).json()["errorMsg"]
    assert orders.post(sandbox, "/v1/Order/Cancel", orderID=given)["isSuccess"] is True


def test_an_sm2_pair_has_both_ids_in_braces(sandbox: Sandbox) -> None:
    sandbox.settings(id_style="braces")
    data = sandbox.call("POST", CREATE, orders.body(productID=orders.SM2)).json()["data"]
    assert {name: value[0] + value[-1] for name, value in data.items()} == {"orderId": "{}", "orderId_RSA": "{}"}


def test_numbers_can_be_text(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(numbers_as_text=True)
    answer = sandbox.call("POST", CREATE, body).json()
    assert answer["page"] == {"total": "0", "limit": "0", "skip": "0"}
    assert answer["isSuccess"] is True
    data = orders.query(sandbox, answer["data"].get("orderId_RSA") or answer["data"]["orderId"])
    assert (data["duration"], data["durationType"], data["serverCount"], data["isPay"]) == ("12", "0", "1", "1")
    assert data["includeRSA"] is True


def test_the_case_of_keys_and_paths_does_not_matter(sandbox: Sandbox, body: dict[str, Any]) -> None:
    shouted = json.loads(json.dumps(body))
    shouted = {
        section.upper(): {name.upper(): value for name, value in fields.items()} if isinstance(fields, dict) else fields
        for section, fields in shouted.items()
    }
    answer = sandbox.call("POST", "/V1/ORDER/create", shouted).json()
    assert answer["isSuccess"] is True, answer


def test_query_returns_the_fields_of_create_and_personal_data(sandbox: Sandbox) -> None:
    person = {
        "IDCardNO": "110101199003071234",
        "UserMobile": "18610077459",
        "BusinessCategory": "Private Organization",
        "OtherName": None,
    }
    order_id = orders.create(sandbox, orders.body(person, month=13, documents=[{"documentType": 1, **orders.DOCUMENT}]))
    data = orders.query(sandbox, order_id)
    assert data["org"]["idCardNumber"] == "110101199003071234"
    assert data["org"]["userMobile"] == "18610077459"
    assert data["org"]["businessCategory"] == "Private Organization"
    assert data["org"]["otherName"] is None
    assert data["org"]["isUpload"] is True
    assert data["productName"] == "PDF 签名和加密证书"
    assert (data["cn"], data["duration"], data["isPay"]) == ("沃通电子认证", 13, 1)
    assert data["createTime"].endswith("+08:00")
    assert len(data["createTime"]) == len("2020-03-31T14:27:42.286+08:00")
    assert data["orderNumber"].isdigit()


def test_password_and_documents_are_never_returned(sandbox: Sandbox) -> None:
    sent = orders.body(
        csR_RSA=None,
        uKeyPassword="Secret-4711",
        uKeyShipAddress="深圳",
        documents=[{"documentType": 3, **orders.DOCUMENT}],
    )
    order_id = orders.create(sandbox, sent)
    seen = json.dumps([orders.query(sandbox, order_id), sandbox.state(), sandbox.calls()])
    assert "Secret-4711" not in seen
    assert orders.DOCUMENT["fileContent"] not in seen


def wrong(section: str, **fields: Any) -> dict[str, Any]:
    body = orders.body()
    body[section] = {name: value for name, value in {**body[section], **fields}.items() if value is not None}
    return body


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (wrong("orderinfoPost", productID=None), "productID"),
        (wrong("orderinfoPost", productID="00000000-0000-0000-0000-000000000000"), "产品不存在"),
        (wrong("orderinfoPost", commonName=" "), "commonName"),
        (wrong("orderinfoPost", commonName="x" * 65), "commonName"),
        (wrong("orderinfoPost", commonName=17), "commonName"),
        (wrong("orderinfoPost", month=None), "month"),
        (wrong("orderinfoPost", month=11), "month"),
        (wrong("orderinfoPost", month="12"), "month"),
        (wrong("orderinfoPost", month=True), "month"),
        (wrong("orderinfoPost", csR_RSA="-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"), "CSR"),
        (wrong("orderinfoPost", csR_RSA=orders.csr("RSA-1024")), "CSR"),
        (wrong("orderinfoPost", csR_RSA=orders.csr("P-521")), "CSR"),
        (wrong("organizationPost", OrgName=None), "OrgName"),
        (wrong("organizationPost", BusinessCategory="Company"), "businessCategory"),
        (wrong("organizationPost", countryCode="CHN"), "countryCode"),
        (orders.body(documents=[{"documentType": 4, **orders.DOCUMENT}]), "documentType"),
        (orders.body(documents=[{"documentType": 1, "fileType": ".png", "fileContent": "AAAA"}]), "fileType"),
        (orders.body(documents=[{"documentType": 1, "fileType": ".pdf", "fileContent": "%%%"}]), "fileContent"),
        (orders.body(documents=[{"documentType": 1, "fileType": ".pdf"}]), "fileContent"),
        ({**orders.body(), "documentsPost": {}}, "documentsPost"),
        ({**orders.body(), "organizationPost": None}, "organizationPost"),
        ({"OrderInfo": {}}, "orderinfoPost"),
        ([], "请求内容"),
    ],
)
def test_create_refuses_wrong_input_and_stores_nothing(sandbox: Sandbox, body: Any, word: str) -> None:
    before = sandbox.state()["charged_orders"]
    answer = sandbox.call("POST", CREATE, body).json()
    assert answer["isSuccess"] is False
    assert answer["data"] is None
    assert word in answer["errorMsg"]
    assert sandbox.state()["charged_orders"] == before


def test_another_content_type_and_broken_json_are_refused(sandbox: Sandbox, body: dict[str, Any]) -> None:
    answer = sandbox.call("POST", CREATE, body, content_type="text/plain").json()
    assert answer["isSuccess"] is False
    assert "Content-Type" in answer["errorMsg"]
    for raw in (b"{", b"\xff", b"[" * 100_000):
        answer = sandbox.call("POST", CREATE, raw=raw).json()
        assert answer["isSuccess"] is False
        assert "JSON" in answer["errorMsg"]


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/v1/Order/Cancel", {"orderID": "x", "reason": "r"}),
        ("/v1/Certificate/RevokeRequest", {"orderId": "x", "reason": "r", **orders.DOCUMENT}),
        ("/v1/Certificate/ReissueRequest", {"orderID": "x", "reason": "r", "csr": "c"}),
        ("/v1/Notification/email", {"orderID": "x", "collectUrl": "https://shop.example/x"}),
    ],
)
def test_unknown_orders_are_refused(sandbox: Sandbox, path: str, sent: dict[str, str]) -> None:
    assert orders.post(sandbox, path, **sent)["errorMsg"] == "订单不存在"


def test_unknown_orders_of_gets(sandbox: Sandbox) -> None:
    for path in ("/v1/Order/x", "/v1/Certificate/RetrievePem?orderID=x"):
        answer = sandbox.call("GET", path).json()
        assert (answer["isSuccess"], answer["errorMsg"], answer["data"]) == (False, "订单不存在", None)


@pytest.mark.parametrize("missing", ["orderId", "reason", "fileType", "fileContent"])
def test_every_field_of_a_revocation_is_required(sandbox: Sandbox, body: dict[str, Any], missing: str) -> None:
    sent = {"orderId": orders.issued(sandbox, body), "reason": "lost", **orders.DOCUMENT}
    del sent[missing]
    answer = orders.post(sandbox, "/v1/Certificate/RevokeRequest", **sent)
    assert answer["isSuccess"] is False
    assert missing in answer["errorMsg"]


def test_notification_needs_an_address_and_a_certificate(sandbox: Sandbox) -> None:
    def sent(order_id: str) -> bool:
        answer = orders.post(
            sandbox, "/v1/Notification/email", orderID=order_id, collectUrl="https://shop.example/collect"
        )
        return bool(answer["data"]["sentResult"])

    reachable = orders.create(sandbox, orders.body({"OrgEmail": "ldq@wotrus.com"}))
    assert sent(reachable) is False
    orders.retrieve(sandbox, reachable)
    assert sent(reachable) is True
    assert sent(orders.issued(sandbox, orders.body())) is False


def test_unknown_paths_are_404_and_logged(sandbox: Sandbox) -> None:
    assert sandbox.call("POST", "/v1/Unit/Create", {}).status_code == 404
    assert sandbox.call("DELETE", "/v1/Order/x").status_code == 404
    assert [call["endpoint"] for call in sandbox.calls()] == ["unknown", "unknown"]


def test_the_log_of_calls_has_endpoint_request_id_and_status(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.call("POST", CREATE, body, RequestID="request-1")
    call = sandbox.calls("create")[-1]
    assert (call["method"], call["path"], call["request_id"], call["status"]) == ("POST", CREATE, "request-1", 200)
    sandbox.clear_calls()
    assert sandbox.calls() == []


def test_the_log_of_calls_has_the_order_of_an_early_retrieve(sandbox: Sandbox) -> None:
    sandbox.settings(manual_review=True)
    order_id = orders.create(sandbox, orders.body())
    assert orders.retrieve(sandbox, order_id)["isSuccess"] is False
    assert sandbox.calls("retrieve")[-1]["order_id"] == order_id.strip().lower()
