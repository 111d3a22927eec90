# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent and what comes back, call by call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox

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


def test_ids_come_in_every_form_and_are_found_in_every_form(sandbox: Sandbox) -> None:
    forms, places = set(), set()
    for _unused in range(12):
        data = sandbox.call("POST", CREATE, orders.body()).json()["data"]
        places.add((data.get("orderId", "missing") is None, "orderId" in data, "orderId_RSA" in data))
        given = data.get("orderId_RSA") or data["orderId"]
        forms.add("blank" if given != given.strip() else "upper" if given.isupper() else "lower")
        for spelled in (given, given.strip().upper(), given.strip().lower(), f"{given.strip()}%20"):
            assert orders.same(orders.query(sandbox, spelled)["id"], given)
    assert forms == {"blank", "upper", "lower"}
    assert len(places) == 4, "either field is null or missing in turn"


def test_keys_and_paths_are_read_without_regard_to_case(sandbox: Sandbox, body: dict[str, Any]) -> None:
    shouted = json.loads(json.dumps(body))
    shouted = {
        section.upper(): {name.upper(): value for name, value in fields.items()} if isinstance(fields, dict) else fields
        for section, fields in shouted.items()
    }
    answer = sandbox.call("POST", "/V1/ORDER/create", shouted).json()
    assert answer["isSuccess"] is True, answer


def test_query_gives_back_what_was_sent_personal_data_too(sandbox: Sandbox) -> None:
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


def test_password_and_documents_never_come_back(sandbox: Sandbox) -> None:
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
def test_create_refuses_what_is_wrong_and_stores_nothing(sandbox: Sandbox, body: Any, word: str) -> None:
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
def test_unknown_orders_are_told_apart(sandbox: Sandbox, path: str, sent: dict[str, str]) -> None:
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


def test_notification_reaches_only_who_has_an_address_and_a_certificate(sandbox: Sandbox) -> None:
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


def test_the_log_of_calls_tells_endpoint_request_id_and_status(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.call("POST", CREATE, body, RequestID="request-1")
    call = sandbox.calls("create")[-1]
    assert (call["method"], call["path"], call["request_id"], call["status"]) == ("POST", CREATE, "request-1", 200)
    sandbox.clear_calls()
    assert sandbox.calls() == []


def test_the_log_of_calls_names_the_order_of_a_retrieve_that_came_too_early(sandbox: Sandbox) -> None:
    sandbox.settings(manual_review=True)
    order_id = orders.create(sandbox, orders.body())
    assert orders.retrieve(sandbox, order_id)["isSuccess"] is False
    assert sandbox.calls("retrieve")[-1]["order_id"] == order_id.strip().lower()
