# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manual's section 1: address, token, headers, JSON, and envelope."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.wotrus.pki.plugins.module_utils._module import argument_spec
from tests.helpers import scripted_server
from tests.unit.manual.manual_api import CALLS, ID, OTHER, ManualApi, error_of, refusal, success

ENDPOINTS = {
    "create": ("POST", "/v1/Order/Create"),
    "query": ("GET", f"/v1/Order/{ID}"),
    "retrieve": ("GET", f"/v1/Certificate/RetrievePem?orderID={ID}"),
    "cancel": ("POST", "/v1/Order/Cancel"),
    "revoke": ("POST", "/v1/Certificate/RevokeRequest"),
    "reissue": ("POST", "/v1/Certificate/ReissueRequest"),
    "notify": ("POST", "/v1/Notification/email"),
}


@pytest.mark.manual("1.4-post")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("create", marks=pytest.mark.manual("2.request")),
        pytest.param("query", marks=pytest.mark.manual("3.request")),
        pytest.param("retrieve", marks=pytest.mark.manual("4.request", "4.order-id")),
        pytest.param("cancel", marks=pytest.mark.manual("5.request")),
        pytest.param("revoke", marks=pytest.mark.manual("6.request")),
        pytest.param("reissue", marks=pytest.mark.manual("7.request")),
        pytest.param("notify", marks=pytest.mark.manual("9.request", "V1.08.notify")),
    ],
)
def test_each_call_has_the_method_and_address_of_its_section(api: ManualApi, name: str) -> None:
    result, request = api(name)

    assert (request.method, request.path) == ENDPOINTS[name]
    assert error_of(result)[0] is None


@pytest.mark.manual("1.6-address")
@pytest.mark.parametrize("name", CALLS)
def test_each_call_is_sent_to_wotrus_by_default(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WOTRUS_API_URL", raising=False)
    call = CALLS[name]
    checked = ArgumentSpecValidator(argument_spec(call.operation)).validate({**call.options, "api_token": "tk_any"})

    assert checked.validated_parameters["api_url"] == "https://restapi.wosign.com"


@pytest.mark.manual("1.2-token-first")
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("token", ["", " "])
def test_without_a_token_nothing_is_sent_and_the_option_is_named(api: ManualApi, name: str, token: str) -> None:
    failed = api.refused(name, api_token=token)

    assert failed["error_code"] == "invalid_input"
    assert "WOTRUS_API_TOKEN" in failed["msg"]
    assert api.server.requests == []


@pytest.mark.manual("1.2-unauthorized")
@pytest.mark.parametrize("name", CALLS)
def test_status_401_is_an_error_of_its_own_for_each_call(api: ManualApi, name: str) -> None:
    failed, _request = api(name, scripted_server.raw("", status=401))

    assert (failed["failed"], failed["error_code"]) == (True, "unauthorized")
    assert "api_token" in failed["msg"]
    assert len(api.server.requests) == len(CALLS[name].before) + 1


@pytest.mark.manual("1.2-partner-account")
@pytest.mark.parametrize("name", CALLS)
def test_an_account_that_is_refused_has_an_error_code_for_each_refusal(api: ManualApi, name: str) -> None:
    codes = []
    for answer in (scripted_server.raw("", status=401), scripted_server.raw("", status=403), refusal("您不是代理商")):
        code, msg = error_of(api(name, answer)[0])
        codes.append(code)

    assert codes == ["unauthorized", "forbidden", "rejected_by_api"]
    assert "您不是代理商" in msg


@pytest.mark.manual("1.4-json", "1.6-content-type")
@pytest.mark.parametrize("name", CALLS)
def test_each_body_is_json_with_its_content_type(api: ManualApi, name: str) -> None:
    _result, request = api(name)

    if request.method == "POST":
        assert request.headers["content-type"] == "application/json"
        assert isinstance(json.loads(request.body.decode("utf-8")), dict)
    else:
        assert request.body == b""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("create", marks=pytest.mark.manual("2.is-success", "2.error-msg", "2.success-msg")),
        pytest.param("query"),
        pytest.param("retrieve", marks=pytest.mark.manual("4.is-success", "4.error-msg")),
        pytest.param("cancel", marks=pytest.mark.manual("5.is-success", "5.messages")),
        pytest.param("revoke", marks=pytest.mark.manual("6.is-success", "6.messages")),
        pytest.param("reissue", marks=pytest.mark.manual("7.is-success", "7.messages")),
        pytest.param("notify", marks=pytest.mark.manual("9.is-success", "9.messages")),
    ],
)
def test_is_success_false_is_a_failure_with_the_error_message(api: ManualApi, name: str) -> None:
    # With the data of a success: it is not looked at.
    answer = success(CALLS[name].data, isSuccess=False, errorMsg="余额不足，请充值", successMsg="申请成功")
    code, msg = error_of(api(name, answer)[0])

    assert code == "rejected_by_api"
    assert "余额不足，请充值" in msg
    assert "申请成功" not in msg


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("create", marks=pytest.mark.manual("2.is-success", "2.example-error-msg")),
        pytest.param("query"),
        pytest.param("retrieve", marks=pytest.mark.manual("4.is-success", "4.success-msg")),
        pytest.param("cancel", marks=pytest.mark.manual("5.is-success")),
        pytest.param("revoke", marks=pytest.mark.manual("6.is-success")),
        pytest.param("reissue", marks=pytest.mark.manual("7.is-success")),
        pytest.param("notify", marks=pytest.mark.manual("9.is-success")),
    ],
)
@pytest.mark.parametrize("words", [None, "", "string", ...], ids=str)
def test_is_success_true_is_a_success_with_any_messages(api: ManualApi, name: str, words: t.Any) -> None:
    answer = success(CALLS[name].data, errorMsg=words, successMsg=words)

    assert error_of(api(name, answer)[0])[0] is None


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("create", marks=pytest.mark.manual("2.page")),
        pytest.param("query"),
        pytest.param("retrieve", marks=pytest.mark.manual("4.page")),
        pytest.param("cancel"),
        pytest.param("revoke", marks=pytest.mark.manual("6.page")),
        pytest.param("reissue", marks=pytest.mark.manual("7.page")),
        pytest.param("notify"),
    ],
)
def test_statistics_change_nothing_whether_they_are_there_or_not(api: ManualApi, name: str) -> None:
    pages: list[t.Any] = [{"total": 0, "limit": 0, "skip": 0}, {"total": 17, "limit": 1, "skip": 16}, {}, None, ...]
    results = [api(name, success(CALLS[name].data, page=page))[0] for page in pages]
    for result in results:
        assert result.pop("request_ids")
        result.pop("waited", None)

    assert error_of(results[0])[0] is None
    assert all(result == results[0] for result in results)


@pytest.mark.manual("1.3-extensible")
@pytest.mark.parametrize("name", CALLS)
def test_unknown_fields_of_an_answer_are_ignored(api: ManualApi, name: str) -> None:
    plain = api(name)[0]
    data = {**CALLS[name].data, "newField": "x", "newObject": {"status": "revoked", "isSuccess": False}, "newList": [1]}
    richer = api(name, success(data, newField="x", code=0, trace={"id": OTHER}))[0]

    for result in (plain, richer):
        assert result.pop("request_ids")
        result.pop("waited", None)
    assert richer == plain
