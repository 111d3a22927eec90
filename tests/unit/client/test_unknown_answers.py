# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that do not say whether an order was placed: the server may have acted."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors as errors
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import NewOrder, ReissueRequest
from tests.helpers.scripted_server import (
    Answer,
    Script,
    after_interim,
    drop,
    envelope,
    longer,
    raw,
    refusal,
    silence,
    wire,
)

MakeApi = t.Callable[..., Api]

ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
OTHER = "4798ED51-DB0E-4A79-BBAC-5F86A7A122B1"
ZERO = "00000000-0000-0000-0000-000000000000"
PLACED = json.dumps({"isSuccess": True, "data": {"orderId": ID, "newOrderID": ID}}).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(PLACED)
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"

UNKNOWN: dict[str, Answer] = {
    "two lengths": wire(HEAD + LENGTH + b"Content-Length: 3\r\n\r\n" + PLACED),
    "two lengths in one line": wire(HEAD + b"Content-Length: 3, %d\r\n\r\n" % len(PLACED) + PLACED),
    "302": raw(PLACED, status=302, Location="https://example.com/"),
    "307": raw(PLACED, status=307, Location="https://example.com/"),
    "304": raw("", status=304),
    "101": wire(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" + HEAD + LENGTH + b"\r\n" + PLACED),
    "400": raw("", status=400),
    "404": raw("", status=404),
    "404 of a proxy": raw("<html>Not Found</html>", status=404),
    "409": raw('{"title": "Conflict"}', status=409),
    "409 with a success": raw(PLACED, status=409),
    "500 with a success": raw(PLACED, status=500),
    "cut body": longer(PLACED.decode()),
    "cut JSON": raw(PLACED[:-9]),
    "HTML": raw("<!DOCTYPE html><html>"),
    "no data": raw('{"isSuccess": true, "data": null}'),
    "number for an id": envelope({"orderId": 17, "newOrderID": 17}),
    "no id": envelope({"orderId": "../x", "newOrderID": "../x"}),
    "dropped": drop(),
}
"""What came after a request was delivered."""

WITHOUT_ID: dict[str, Answer] = {
    "no ids": envelope({}),
    "null": envelope({"orderId": None, "orderId_RSA": None}),
    "zero id": envelope({"orderId": ZERO, "orderId_RSA": None}),
    "zero ids": envelope({"orderId": ZERO, "orderId_RSA": f"{{{ZERO}}}"}),
    "zeros without dashes": envelope({"orderId": "0" * 32}),
}


def new_order() -> NewOrder:
    return NewOrder(
        product_id="76ECE651-B59E-48F2-A47B-135614AADAD9",
        common_name="沃通",
        months=12,
        idempotence_id="value-1",
        organization={"name": "沃通"},
    )


def reissue() -> ReissueRequest:
    return ReissueRequest(OTHER, "CSR", "r", "value-2")


def assert_unknown(error: errors.WotrusError) -> None:
    """Check that an error leaves open what the server did, and advises nothing about the way to it."""
    assert error.answer_lost
    assert error.error_code in ("bad_answer", "unavailable", "timeout")
    assert "api_url" not in str(error)
    assert "network" not in str(error)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_server_may_have_acted_if_its_answer_is_not_understood(
    server: Script, make_api: MakeApi, new_run: t.Callable[[], None], answer: Answer
) -> None:
    server.will(answer)
    api = make_api(retries=0)

    with pytest.raises(errors.WotrusError) as created:
        api.create(new_order())
    new_run()
    with pytest.raises(errors.WotrusError) as reissued:
        api.reissue(reissue())

    assert_unknown(created.value)
    assert_unknown(reissued.value)
    assert len(server.requests) == 2


@pytest.mark.parametrize("answer", WITHOUT_ID.values(), ids=WITHOUT_ID)
def test_order_without_an_id_may_have_been_placed(server: Script, api: Api, answer: Answer) -> None:
    server.will(answer)

    with pytest.raises(errors.BadAnswer, match="no order id") as caught:
        api.create(new_order())

    assert_unknown(caught.value)
    assert len(server.requests) == 1


def test_silent_server_may_have_acted(server: Script, make_api: MakeApi) -> None:
    server.will(silence())

    with pytest.raises(errors.TimedOut) as caught:
        make_api(timeout=0.5, retries=0).create(new_order())

    assert_unknown(caught.value)


@pytest.mark.parametrize(
    ("data", "order_id", "companion"),
    [
        ({"orderId": ZERO, "orderId_RSA": ID}, ID, None),
        ({"orderId": ID, "orderId_RSA": ZERO}, ID, None),
        ({"orderId": f" {{{ZERO}}} ", "orderId_RSA": ID}, ID, None),
    ],
)
def test_zero_guid_is_no_id_of_an_order(
    server: Script, api: Api, data: dict[str, t.Any], order_id: str, companion: str | None
) -> None:
    server.will(envelope(data))

    placed = api.create(new_order())

    assert (placed.order_id, placed.companion_order_id) == (order_id, companion)


def test_reissue_with_a_zero_guid_keeps_the_id_of_its_order(server: Script, api: Api) -> None:
    server.will(envelope({"newOrderID": ZERO}))
    assert api.reissue(reissue()).order_id == OTHER


def test_query_of_a_zero_guid_sends_nothing(server: Script, api: Api) -> None:
    with pytest.raises(errors.NotFound):
        api.query(ZERO)
    assert server.requests == []


@pytest.mark.parametrize(
    "interim",
    [
        EARLY_HINTS,
        EARLY_HINTS * 3,
        b"HTTP/1.1 100 Continue\r\n\r\n" + EARLY_HINTS,
        EARLY_HINTS + b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\nConnection: close\r\nContent-Length: 3\r\n\r\n",
    ],
)
def test_interim_answer_is_skipped(server: Script, api: Api, interim: bytes) -> None:
    query = envelope({"id": ID, "status": "issued"})
    server.will(after_interim(interim, envelope({"orderId": ID})), query, after_interim(interim, query))

    assert api.create(new_order()).order_id == ID
    # The next answer on the connection is that of the next request.
    assert [api.query(ID).status, api.query(ID).status] == ["issued", "issued"]

    assert len(server.requests) == 3
    assert server.connections == 1


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_refusal_may_have_any_status_of_an_error(server: Script, api: Api, status: int) -> None:
    server.will(refusal("余额不足", status=status))

    for call in (lambda: api.create(new_order()), lambda: api.reissue(reissue())):
        with pytest.raises(errors.RejectedByApi, match="余额不足") as caught:
            call()
        assert not caught.value.answer_lost

    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_error_of_the_server_in_words_is_tried_again_and_shows_them(
    server: Script, make_api: MakeApi, status: int
) -> None:
    server.will(refusal("系统繁忙，请稍后再试", status=status))
    api = make_api(retries=2)

    for call in (lambda: api.create(new_order()), lambda: api.query(ID), lambda: api.retrieve(ID)):
        with pytest.raises(errors.RejectedByApi, match="系统繁忙，请稍后再试") as caught:
            call()
        # It may have failed after the order was stored.
        assert caught.value.answer_lost
        assert caught.value.is_temporary

    assert len(server.requests) == 9


def test_failing_server_does_not_say_that_an_order_is_unknown(server: Script, make_api: MakeApi) -> None:
    server.will(refusal("缓存服务 not found", status=500))
    with pytest.raises(errors.RejectedByApi):
        make_api(retries=0).query(ID)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_token_is_no_unknown_answer(server: Script, api: Api, status: int) -> None:
    server.will(raw("", status=status))
    with pytest.raises(errors.WotrusError) as caught:
        api.create(new_order())
    assert not caught.value.answer_lost


def test_lost_answer_stays_lost_if_the_next_try_is_refused(server: Script, api: Api) -> None:
    server.will(drop(), raw("", status=401))
    with pytest.raises(errors.Unauthorized) as caught:
        api.create(new_order())
    assert caught.value.answer_lost
