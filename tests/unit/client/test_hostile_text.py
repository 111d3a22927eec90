# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of an answer that cannot be written or controls terminals.

It has half of a surrogate pair, or control characters.
"""

from __future__ import annotations

import json

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors as errors
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import NewOrder
from tests.helpers.scripted_server import Script, envelope, raw, refusal

HALF = "\ud800"
ESCAPE = "\x1b[2J"


def test_id_with_half_a_surrogate_pair_can_be_queried(server: Script, api: Api) -> None:
    server.will(envelope({"orderId": f"A{HALF}B"}), envelope({"status": "pending"}))
    order_id = api.create(NewOrder("76ECE651", "沃通", 12, "value-1", {"name": "沃通"})).order_id

    assert order_id == "A B"
    assert api.query(order_id).status == "pending"
    assert server.requests[1].path == "/v1/Order/A%20B"


def test_fields_of_an_order_are_one_line_that_can_be_written(server: Script, api: Api) -> None:
    data = {"status": f"odd{ESCAPE}", "cn": f"沃通{HALF}", "pendingLink": f"https://example.com/{ESCAPE}\r\n"}
    server.will(envelope(data))

    order = api.query("A")
    shown = order.as_result()

    assert (shown["status"], shown["common_name"]) == ("odd [2J", "沃通")
    assert shown["pending_link"] is None
    assert order.unsafe_link == "https://example.com/ [2J"
    assert json.dumps(shown, ensure_ascii=False).encode("utf-8")


def test_message_of_the_server_can_be_written(server: Script, api: Api) -> None:
    server.will(refusal(f"余额不足{HALF}{ESCAPE}"))
    with pytest.raises(errors.RejectedByApi, match="余额不足") as caught:
        api.query("A")
    assert str(caught.value).isprintable()


def test_a_pem_text_keeps_its_lines(server: Script, api: Api) -> None:
    server.will(raw(json.dumps({"isSuccess": True, "data": {"pem_RSA": "one\r\ntwo\n"}})))

    bundle = api.retrieve("A").rsa

    assert bundle is not None
    assert bundle.certificate == "one\r\ntwo\n"
