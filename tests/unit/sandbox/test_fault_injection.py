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
