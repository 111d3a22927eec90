# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Injected faults: the affected calls, their answers and their effects."""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from wotrus_sandbox.fault_injection import FaultQueue

from tests.helpers.sandbox import Sandbox, SandboxFailed

from . import orders

CREATE = "/v1/Order/Create"


def charged(sandbox: Sandbox) -> int:
    return int(sandbox.state()["charged_orders"])


@pytest.mark.parametrize(("fault", "stored"), [("drop_before", 0), ("drop_after", 1)])
def test_dropped_connections(sandbox: Sandbox, body: dict[str, Any], fault: str, stored: int) -> None:
    before = charged(sandbox)
    sandbox.fault("create", fault)
    with pytest.raises(requests.ConnectionError):
        sandbox.call("POST", CREATE, body)
    assert charged(sandbox) == before + stored
    assert sandbox.calls("create")[-1]["status"] == 0
    orders.create(sandbox, body)
    assert charged(sandbox) == before + 1


def test_status_with_retry_after(sandbox: Sandbox, body: dict[str, Any]) -> None:
    before = charged(sandbox)
    sandbox.fault("create", "status", status=429, retry_after="7", times=2)
    for _unused in range(2):
        response = sandbox.call("POST", CREATE, body)
        assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    assert charged(sandbox) == before
    assert sandbox.call("POST", CREATE, body).status_code == 200


@pytest.mark.parametrize("fault", ["html", "empty", "huge"])
def test_answers_that_are_no_envelope(sandbox: Sandbox, body: dict[str, Any], fault: str) -> None:
    before = charged(sandbox)
    sandbox.fault("create", fault, size=100_000)
    response = sandbox.call("POST", CREATE, body)
    assert response.status_code == 200
    assert {"html": response.text.startswith("<!DOCTYPE"), "empty": not response.content}.get(fault, True)
    assert len(response.content) > 100_000 or fault != "huge"
    assert charged(sandbox) == before


def test_a_fault_can_happen_after_the_order_is_stored(sandbox: Sandbox, body: dict[str, Any]) -> None:
    before = charged(sandbox)
    sandbox.fault("create", "status", status=502, when="after")
    assert sandbox.call("POST", CREATE, body).status_code == 502
    assert charged(sandbox) == before + 1


def test_cut_answers_end_early(sandbox: Sandbox, body: dict[str, Any]) -> None:
    before = charged(sandbox)
    sandbox.fault("create", "cut")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        sandbox.call("POST", CREATE, body)
    assert charged(sandbox) == before + 1


def test_half_json_is_a_complete_http_answer(sandbox: Sandbox, body: dict[str, Any]) -> None:
    before = charged(sandbox)
    sandbox.fault("create", "half_json")
    response = sandbox.call("POST", CREATE, body)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert int(response.headers["Content-Length"]) == len(response.content) > 10
    assert response.text.startswith('{"isSuccess": true')
    with pytest.raises(ValueError, match=r"."):
        response.json()
    assert charged(sandbox) == before + 1
    with pytest.raises(SandboxFailed, match="400"):
        sandbox.fault("create", "half_json", when="before")


@pytest.mark.parametrize("fault", ["wrong_type", "wrong_fields", "null_data"])
def test_envelopes_that_are_wrong(sandbox: Sandbox, body: dict[str, Any], fault: str) -> None:
    sandbox.fault("create", fault)
    answer = sandbox.call("POST", CREATE, body).json()
    if fault == "wrong_type":
        assert isinstance(answer, list)
    else:
        assert answer["isSuccess"] is True
        assert answer["data"] is None or isinstance(next(iter(answer["data"].values())), (dict, int))


def test_an_answer_can_be_anything(sandbox: Sandbox, body: dict[str, Any]) -> None:
    before = charged(sandbox)
    sandbox.fault("create", "answer", body='{"isSuccess": false, "errorMsg": "沃通\\u202e"}')
    assert sandbox.call("POST", CREATE, body).json() == {"isSuccess": False, "errorMsg": "沃通\u202e"}
    assert charged(sandbox) == before + 1


def test_redirects_lead_to_another_name(sandbox: Sandbox) -> None:
    sandbox.fault("query", "redirect")
    response = sandbox.call("GET", "/v1/Order/x")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("https://localhost:")


def test_drip_sends_the_whole_answer_byte_by_byte(sandbox: Sandbox) -> None:
    sandbox.fault("query", "drip", delay=0)
    assert sandbox.call("GET", "/v1/Order/x").json()["errorMsg"] == "订单不存在"


def test_slow_answers_come_after_the_client_gave_up_and_count(sandbox: Sandbox, body: dict[str, Any]) -> None:
    before = charged(sandbox)
    sandbox.fault("create", "slow", delay=60, when="after")
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            sandbox.url + CREATE,
            json=body,
            headers={"WoTrusToken": sandbox.token},
            verify=sandbox.tls_ca,
            timeout=(60, 1),
        )
    # A busy sandbox may read the call only now.
    for _look in range(3000):
        if charged(sandbox) > before:
            break
        time.sleep(0.02)
    sandbox.fault("create", "slow", delay=0)
    orders.create(sandbox, body)
    assert charged(sandbox) == before + 1


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
def test_held_calls_wait_until_released(sandbox: Sandbox, body: dict[str, Any], when: str, stored: int) -> None:
    before = charged(sandbox)
    sandbox.fault("create", "hold", when=when)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(
            requests.post,
            sandbox.url + CREATE,
            json=body,
            headers={"WoTrusToken": sandbox.token},
            verify=sandbox.tls_ca,
            timeout=30,
        )
        assert sandbox.wait_for_hold() == 1
        assert charged(sandbox) == before + stored
        assert sandbox.release() == 1
        assert waiting.result().json()["isSuccess"] is True
    assert charged(sandbox) == before + 1


def test_a_held_call_has_no_effect_if_its_client_is_gone(sandbox: Sandbox, body: dict[str, Any]) -> None:
    before = charged(sandbox)
    sandbox.fault("create", "hold", when="before")
    address = urlsplit(sandbox.url + CREATE)
    context = ssl.create_default_context(cafile=sandbox.tls_ca)
    client = http.client.HTTPSConnection(address.netloc, timeout=300, context=context)
    headers = {"WoTrusToken": sandbox.token, "Content-Type": "application/json"}
    client.request("POST", address.path, json.dumps(body), headers)
    assert sandbox.wait_for_hold() == 1
    client.close()
    sandbox.release()
    assert charged(sandbox) == before


def test_removing_the_faults_releases_a_call_before_it_is_held() -> None:
    async def scene() -> None:
        faults = FaultQueue()
        faults.add({"endpoint": "create", "fault": "hold", "times": -1})
        met = faults.take("create")
        assert met is not None
        faults.clear()
        async with asyncio.timeout(300):
            await faults.hold(met)

    asyncio.run(scene())


def test_faults_apply_to_their_endpoint_in_order(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.fault("create", "status", skip=1)
    sandbox.fault("*", "status", status=503)
    assert sandbox.call("GET", "/v1/Order/x").status_code == 503
    assert sandbox.call("POST", CREATE, body).status_code == 200
    assert sandbox.admin("GET", "/faults")["faults"][0]["endpoint"] == "create"
    assert sandbox.call("POST", CREATE, body).status_code == 500
    assert sandbox.admin("GET", "/faults")["faults"] == []
    assert [call["fault"] for call in sandbox.calls()] == ["status", None, "status"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"fault": "nothing"},
        {"endpoint": "buy", "fault": "slow"},
        {"fault": "slow", "delay": -1},
        {"fault": "slow", "times": "2"},
        {"fault": "status", "status": 99},
        {"fault": "drop_before", "when": "after"},
        {"fault": "redirect", "location": "x\r\ny"},
        {"fault": "slow", "colour": "red"},
    ],
)
def test_wrong_faults_are_refused(sandbox: Sandbox, wanted: dict[str, Any]) -> None:
    with pytest.raises(SandboxFailed, match="400"):
        sandbox.admin("POST", "/faults", wanted)
    assert sandbox.admin("GET", "/faults")["faults"] == []
