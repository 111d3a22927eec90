# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seven calls, and the objects from their answers.

tests/unit/manual checks the bodies that are sent.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import typing as t
import uuid

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import PemBundle
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadAnswer,
    CancelRefused,
    InvalidInput,
    NotFound,
    RejectedByApi,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import (
    Document,
    DocumentType,
    NewOrder,
    Order,
    Organization,
    ReissueRequest,
)
from tests.helpers.scripted_server import Answer, Script, envelope, raw, refusal

TOKEN = "tk_do-not-show-this"
ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
OTHER = "4798ed51-db0e-4a79-bbac-5f86a7a122b1"
DOCUMENT = Document(".pdf", "JVBERi0=", DocumentType.AUTHORIZATION)
# The manual's example, shortened; org.status is not the order's.
QUERY: dict[str, t.Any] = {
    "id": ID.lower(),
    "productName": "超快 SSL V1",
    "productID": "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D",
    "cn": "沃通电子认证",
    "sn": "沃通电子认证",
    "org": {
        "id": "31cd6419-0fc2-4273-8f7f-5193d4900423",
        "orgName": "沃通",
        "idCardNumber": "440301",
        "isUpload": True,
        "status": "issued",
    },
    "orderNumber": "200331142742552",
    "duration": 12,
    "durationType": 0,
    "createTime": "2020-03-31T14:27:42.286+08:00",
    "status": "pendingAutoIssue",
    "isPay": 1,
    "pendingLink": "https://buy.wosign.com/1.html",
}


def new_order(**fields: t.Any) -> NewOrder:
    known: dict[str, t.Any] = {
        "product_id": "76ECE651-B59E-48F2-A47B-135614AADAD9",
        "common_name": "沃通电子认证",
        "months": 12,
        "idempotence_id": "value-1",
        "organization": {"name": "沃通"},
    }
    return NewOrder(**{**known, **fields})


@pytest.mark.manual("1.2-token-header", "1.6-content-type", "V1.05.request-id")
def test_every_request_has_the_token_a_request_id_and_its_content_type(server: Script, api: Api) -> None:
    server.will(envelope({"orderId": ID}), envelope(QUERY))
    api.create(new_order())
    api.query(ID)
    post, get = server.requests
    for request in (post, get):
        assert request.headers["wotrustoken"] == TOKEN
        assert uuid.UUID(request.headers["requestid"])
    assert post.headers["content-type"] == "application/json"
    assert "content-type" not in get.headers
    assert [one.headers["requestid"] for one in server.requests] == api.http.request_ids


@pytest.mark.manual("2.order-id", "2.order-id-rsa", "2.one-order-id")
@pytest.mark.parametrize(
    ("data", "order_id", "companion"),
    [
        ({"orderId": None, "orderId_RSA": ID}, ID, None),
        ({"orderId": ID, "orderId_RSA": None}, ID, None),
        ({"orderId": ID}, ID, None),
        ({"orderId_RSA": ID}, ID, None),
        ({"OrderID": f" {ID} ", "orderid_rsa": ""}, ID, None),
        # Two orders: our CSR belongs to the RSA one.
        ({"orderId": OTHER, "orderId_RSA": f"{ID} "}, ID, OTHER),
        ({"orderId": ID.lower(), "orderId_RSA": f"{ID} "}, ID, None),
        ({"orderId": f"{{{ID}}}", "orderId_RSA": ID}, ID, None),
        ({"orderId": f"{{{OTHER}}}", "orderId_RSA": f"{{ {ID} }}"}, ID, OTHER),
        # The manual has an example of 37 characters.
        ({"orderId": ID + "7"}, ID + "7", None),
    ],
)
def test_the_order_is_the_one_that_the_csr_belongs_to(
    server: Script, api: Api, data: dict[str, t.Any], order_id: str, companion: str | None
) -> None:
    server.will(envelope(data))
    placed = api.create(new_order())
    assert (placed.order_id, placed.companion_order_id) == (order_id, companion)


@pytest.mark.parametrize("data", [{}, {"orderId": None, "orderId_RSA": None}, {"orderId": " ", "orderId_RSA": ""}])
def test_a_success_without_an_order_id_is_a_bad_answer(server: Script, api: Api, data: dict[str, t.Any]) -> None:
    server.will(envelope(data))
    with pytest.raises(BadAnswer, match="no order id"):
        api.create(new_order())


@pytest.mark.manual("2.example-error-msg")
def test_a_success_may_have_words_in_its_error_message(server: Script, api: Api) -> None:
    # The manual's example of a success has.
    server.will(envelope({"orderId": ID}, errorMsg="string"))
    assert api.create(new_order()).order_id == ID


def test_extra_fields_do_not_replace_options(server: Script, api: Api) -> None:
    for name in ("month", " Month ", "idempotenceid", "csr_RSA", "csR_RSA"):
        with pytest.raises(InvalidInput, match="the option of its own"):
            api.create(new_order(extra={name: 24}))
    assert server.requests == []


def test_a_value_without_a_json_form_is_refused_before_it_is_sent(server: Script, api: Api) -> None:
    with pytest.raises(InvalidInput, match="cannot be written as JSON"):
        api.create(new_order(extra={"when": dt.date(2026, 1, 1)}))
    assert server.requests == []


@pytest.mark.manual("3.as-created", "3.org-status", "3.create-time")
def test_query_reads_the_order_without_personal_data(server: Script, api: Api) -> None:
    server.will(envelope(QUERY))
    order = api.query(f" {ID} ")
    assert (server.requests[0].method, server.requests[0].path) == ("GET", f"/v1/Order/{ID}")
    assert order.as_result() == {
        "id": ID,
        "status": "pendingAutoIssue",
        "stage": "waiting_on_ca",
        "product_id": "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D",
        "product_name": "超快 SSL V1",
        "common_name": "沃通电子认证",
        "months": 12,
        "created_at": "2020-03-31T06:27:42Z",
        "order_number": "200331142742552",
        "organization": {
            "id": "31cd6419-0fc2-4273-8f7f-5193d4900423",
            "name": "沃通",
            "status": "issued",
            "documents_uploaded": True,
        },
        "paid": True,
        "payment": "paid",
        "hints": [],
        "pending_link": "https://buy.wosign.com/1.html",
    }
    assert "440301" not in repr(order)


@pytest.mark.parametrize(
    ("asked", "answered"), [(ID, f"{{{ID}}}"), (f"{{{ID}}}", ID), (f"{{{ID}}}", f" {ID.lower()} ")]
)
def test_braces_around_an_id_in_one_answer_only_are_no_other_order(
    server: Script, api: Api, asked: str, answered: str
) -> None:
    server.will(envelope({"id": answered, "status": "issued", "org": {"id": f"{{{OTHER}}}"}}))

    order = api.query(asked)

    assert is_same_id(order.id, ID)
    assert order.organization.id == OTHER


@pytest.mark.manual("2.spelling")
def test_names_are_read_in_any_case(server: Script, api: Api) -> None:
    server.will(envelope({name.upper(): value for name, value in QUERY.items()}))
    assert api.query(ID).status == "pendingAutoIssue"


def test_an_order_of_nulls_is_an_order_of_unknown_status(server: Script, api: Api) -> None:
    server.will(envelope(dict.fromkeys(QUERY)))
    assert api.query(ID) == Order(id=ID, status="unknown")


@pytest.mark.manual("3.duration")
@pytest.mark.parametrize(
    ("fields", "months"),
    [
        ({}, 12),
        ({"duration": "24"}, 24),
        ({"durationType": None}, 12),
        ({"durationType": 1}, None),
        ({"duration": 0}, None),
    ],
)
def test_the_term_is_known_if_its_unit_is(
    server: Script, api: Api, fields: dict[str, t.Any], months: int | None
) -> None:
    server.will(envelope({**QUERY, **fields}))
    assert api.query(ID).months == months


@pytest.mark.parametrize(
    "unset", [None, "", "0001-01-01T00:00:00", " 0001-01-01T00:00:00.0000000+08:00", "0001-01-01T00:00:00Z"]
)
def test_a_creation_time_that_was_never_set_is_none(server: Script, api: Api, unset: str | None) -> None:
    server.will(envelope({**QUERY, "createTime": unset}))
    assert api.query(ID).created_at is None


@pytest.mark.parametrize(
    ("field", "value", "error", "words"),
    [
        ("status", ["issued"], BadAnswer, "data.status is a JSON array"),
        ("id", OTHER, NotFound, f"for order {OTHER}, not for {ID}"),
    ],
)
def test_a_wrong_value_in_an_order_is_an_error_that_names_it(
    server: Script, api: Api, field: str, value: object, error: type[Exception], words: str
) -> None:
    server.will(envelope({**QUERY, field: value}))
    with pytest.raises(error, match=words):
        api.query(ID)


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("orderNumber", 261129100310573, {"order_number": "261129100310573"}),
        ("org", "沃通", {"organization": Organization()}),
        (
            "org",
            {"orgName": "沃通", "isUpload": 0},
            {
                "organization": Organization(name="沃通", documents_uploaded=False),
                "missing": ("organization_pending",),
            },
        ),
        ("isPay", "yes", {"payment": None}),
        ("duration", "12个月", {"months": None}),
        ("createTime", "yesterday", {"created_at": None}),
        (
            "createTime",
            "2026/11/29 03:54:26",
            {"created_at": dt.datetime(2026, 11, 28, 19, 54, 26, tzinfo=dt.timezone.utc)},
        ),
    ],
)
def test_field_without_which_an_order_can_be_decided_on_never_fails_a_reading(
    server: Script, api: Api, field: str, value: object, read: dict[str, t.Any]
) -> None:
    server.will(envelope(QUERY), envelope({**QUERY, field: value}))

    assert dataclasses.replace(api.query(ID), **read) == api.query(ID)


@pytest.mark.parametrize("success", ["true", 1])
def test_success_may_be_text_or_a_number(server: Script, api: Api, success: object) -> None:
    server.will(envelope(QUERY, isSuccess=success))
    assert api.query(ID).id == ID


def test_an_id_cannot_leave_its_place_in_the_path(server: Script, api: Api) -> None:
    server.will(refusal("订单不存在"))
    with pytest.raises(NotFound):
        api.query("../x?y=1#z/%2e")
    assert server.requests[0].path == "/v1/Order/..%2Fx%3Fy%3D1%23z%2F%252e"


def test_unknown_order_is_not_found_with_the_message_of_the_server(server: Script, api: Api) -> None:
    server.will(refusal("订单不存在"), raw("", status=404))
    with pytest.raises(NotFound, match="订单不存在"):
        api.query(ID)
    with pytest.raises(NotFound, match="HTTP 404") as caught:
        api.query(ID)
    assert caught.value.order_id == ID


@pytest.mark.manual("4.request", "4.order-id")
def test_retrieve_sends_its_parameter_and_reads_the_certificates(server: Script, api: Api) -> None:
    chains = ["ROOT", "", None, "CA"]
    server.will(envelope({"pem_RSA": "LEAF", "chains_RSA": chains, "pem_Sign": "", "chains_Sign": None}))
    pems = api.retrieve(f"{ID} ")
    assert server.requests[0].path == f"/v1/Certificate/RetrievePem?orderID={ID}"
    assert pems == {"rsa": PemBundle("LEAF", ("ROOT", "CA"))}


@pytest.mark.parametrize(
    "answer",
    [
        envelope({"pem_RSA": None, "chains_RSA": []}),
        envelope({}),
        envelope(None),
        envelope(""),
        envelope([]),
        raw("", status=404),
        refusal("证书不存在", status=404),
    ],
)
def test_retrieve_of_nothing_has_no_certificate_yet(server: Script, api: Api, answer: Answer) -> None:
    server.will(answer)
    with pytest.raises(RejectedByApi) as caught:
        api.retrieve(ID)
    assert caught.value.order_id == ID
    assert not caught.value.is_temporary


@pytest.mark.manual("4.before-issue", "4.error-msg")
def test_retrieve_without_a_certificate_fails_with_the_message_of_the_server(server: Script, api: Api) -> None:
    server.will(refusal("证书未签发，请稍后再试"))
    with pytest.raises(RejectedByApi, match="证书未签发，请稍后再试") as caught:
        api.retrieve(ID)
    assert (caught.value.order_id, caught.value.answer_lost) == (ID, False)


@pytest.mark.manual("5.cancel-result", "5.cancel-failed-reason")
def test_cancel_reads_its_result_and_not_the_envelope(server: Script, api: Api) -> None:
    server.will(
        envelope({"cancelResult": True, "cancelFailedReason": ""}),
        envelope({"cancelResult": False, "cancelFailedReason": "证书已签发"}),
        envelope({}),
    )
    api.cancel(ID, reason="not wanted")
    with pytest.raises(CancelRefused, match="证书已签发"):
        api.cancel(ID, reason="not wanted")
    with pytest.raises(CancelRefused, match="no reason given"):
        api.cancel(ID, reason="not wanted")


@pytest.mark.manual("6.revoke-status", "6.revoked")
@pytest.mark.parametrize("answer", [{"revokeStatus": "pendingAudit", "revoked": False}, {"revoked": True}, {}])
def test_revoke_takes_each_answer_since_query_shows_the_status(
    server: Script, api: Api, answer: dict[str, t.Any]
) -> None:
    server.will(envelope(answer))
    api.revoke(ID, reason="lost", document=DOCUMENT)
    assert len(server.requests) == 1


@pytest.mark.manual("7.new-order-id", "7.same-order-id")
@pytest.mark.parametrize(
    ("answer", "order_id"),
    [(f"{OTHER} ", OTHER), (f"{{{OTHER}}}", OTHER), (ID.lower(), ID.lower()), (None, ID), ("", ID)],
)
def test_reissue_returns_a_new_order_or_its_own(server: Script, api: Api, answer: str | None, order_id: str) -> None:
    server.will(envelope({"newOrderID": answer}))
    placed = api.reissue(ReissueRequest(f"{ID} ", "CSR", "new key", "value-2"))
    assert placed.order_id == order_id


@pytest.mark.manual("9.sent-result")
def test_notify_returns_whether_the_email_was_sent(server: Script, api: Api) -> None:
    server.will(envelope({"sentResult": True}), envelope({"sentResult": False}), envelope({}))
    url = "https://example.com/collect"
    assert [api.notify(ID, collect_url=url) for _number in range(3)] == [True, False, False]


@pytest.mark.parametrize("seconds_before", [0, 1, 3600])
def test_existing_order_is_recognized_by_the_clock_of_the_server(server: Script, api: Api, seconds_before: int) -> None:
    # A server whose clock is years off from ours.
    answered = dt.datetime(2031, 5, 1, 12, 0, 30, tzinfo=dt.timezone.utc)
    server.will(envelope_at("Thu, 01 May 2031 12:00:30 GMT"))
    order = Order(id=ID, status="pending", created_at=answered - dt.timedelta(seconds=seconds_before))
    placed = dataclasses.replace(api.create(new_order()), order=order)
    assert placed.created is (seconds_before <= 1)


def test_without_a_date_it_is_unknown_whether_an_order_is_new(server: Script, api: Api) -> None:
    server.will(envelope_at(None))
    order = Order(id=ID, status="pending", created_at=dt.datetime(2031, 5, 1, tzinfo=dt.timezone.utc))
    assert dataclasses.replace(api.create(new_order()), order=order).created is None
    server.will(envelope_at("Thu, 01 May 2031 12:00:30 GMT"))
    assert dataclasses.replace(api.create(new_order()), order=Order(id=ID, status="pending")).created is None


def envelope_at(date: str | None) -> t.Any:
    return raw(json.dumps({"isSuccess": True, "data": {"orderId": ID}}), date=date)
