# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of an answer that cannot be written or controls terminals.

It has half of a surrogate pair, or control characters.
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors as errors
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import NewOrder, ReissueRequest
from tests.helpers.scripted_server import Script, envelope, raw, refusal

HALF = "\ud800"
ESCAPE = "\x1b[2J"
Json = dict[str, t.Any]
HOSTILE_IDS = [
    "{{ lookup('pipe', 'id') }}",
    "{{x}}",
    "{% raw %}",
    "../Cancel",
    ".",
    "-x",
    "A/B",
    "A..B",
    "A\\B",
    "A B",
    "A?x=1",
    "A%2FB",
    f"A{HALF}B",
    f"A{ESCAPE}",
    "A\u202eB",
    "A\nB",
    "<b>",
    "A" * 101,
]


ORDER = NewOrder("76ECE651", "沃通", 12, "value-1", {"name": "沃通"})
CALLS: dict[str, Callable[[Api], object]] = {
    "create": lambda api: api.create(ORDER),
    "query": lambda api: api.query("A-1"),
    "reissue": lambda api: api.reissue(ReissueRequest("A-1", "csr", "lost", "value-2")),
}
IDS = [
    ("create", lambda text: {"orderId": text}),
    ("create", lambda text: {"orderId": "A-1", "orderId_RSA": text}),
    ("query", lambda text: {"id": text, "status": "pending"}),
    ("query", lambda text: {"productID": text, "status": "pending"}),
    ("reissue", lambda text: {"newOrderID": text}),
]


@pytest.mark.parametrize(("call", "answer"), IDS)
def test_text_that_is_no_id_is_a_bad_answer(
    server: Script, api: Api, new_run: Callable[[], None], call: str, answer: Callable[[str], Json]
) -> None:
    for text in HOSTILE_IDS:
        new_run()
        server.will(envelope(answer(text)))

        with pytest.raises(errors.BadAnswer, match="is not an id") as caught:
            CALLS[call](api)

        assert str(caught.value).isprintable()


def test_braces_around_an_id_are_accepted_in_every_answer(server: Script, api: Api) -> None:
    server.will(
        envelope({"orderId": "{B-2}", "orderId_RSA": " {A-1} "}),
        envelope({"id": "{A-1}", "productID": "{C-3}", "org": {"id": "{D-4}"}, "status": "issued"}),
        envelope({"newOrderID": "{E-5}"}),
    )

    placed = api.create(ORDER)
    order = api.query("{a-1}")
    reissued = api.reissue(ReissueRequest("{A-1}", "csr", "lost", "value-2"))

    assert (placed.order_id, placed.companion_order_id, reissued.order_id) == ("A-1", "B-2", "E-5")
    assert (order.id, order.product_id, order.organization.id) == ("a-1", "C-3", "D-4")
    assert server.requests[1].path == "/v1/Order/a-1"
    assert server.requests[2].json["orderID"] == "A-1"


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

    bundle = api.retrieve("A").get("rsa")

    assert bundle is not None
    assert bundle.certificate == "one\r\ntwo\n"
