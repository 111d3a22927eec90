# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures of connections: their error, number of tries, and sent requests."""

from __future__ import annotations

import json
import traceback
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors as errors
from ansible_collections.wotrus.pki.plugins.module_utils._client import http
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Document, NewOrder, ReissueRequest
from tests.helpers import scripted_server
from tests.helpers.scripted_server import Answer, Script, drop, envelope, longer, raw, refusal, silence

MakeApi = t.Callable[..., Api]

TOKEN = "tk_do-not-show-this"
ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
PLACED = envelope({"orderId": ID})
HTML = "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"
CUT = '{"isSuccess": true, "data": {"orderId": "89CB'
# What may be better at the next try.
PASSING: dict[str, tuple[Answer, type[errors.WotrusError]]] = {
    "429": (raw("", status=429), errors.Unavailable),
    "500": (raw(HTML, status=500), errors.Unavailable),
    "502": (raw(HTML, status=502), errors.Unavailable),
    "503": (raw(HTML, status=503), errors.Unavailable),
    "HTML": (raw(HTML), errors.BadAnswer),
    "empty": (raw(""), errors.BadAnswer),
    "cut JSON": (raw(CUT), errors.BadAnswer),
    "cut body": (longer(CUT), errors.WotrusError),
    "array": (raw("[1]"), errors.BadAnswer),
    "binary": (raw(b"\xff\xfe\x00"), errors.BadAnswer),
    "deep": (raw("[" * 100_000), errors.BadAnswer),
    "dropped": (drop(), errors.Unavailable),
}
# What stays as it is however often it is asked.
FINAL: dict[str, tuple[Answer, type[errors.WotrusError]]] = {
    "401": (raw("", status=401), errors.Unauthorized),
    "403": (raw("", status=403), errors.Forbidden),
    "400": (raw("", status=400), errors.BadAnswer),
    "400 with words": (raw(json.dumps({"isSuccess": False, "errorMsg": "参数错误"}), status=400), errors.RejectedByApi),
    "302": (raw("", status=302, Location="https://example.com/"), errors.BadAnswer),
    "302 to nonsense": (raw("", status=302, Location="http://[nonsense"), errors.BadAnswer),
    "304": (raw("", status=304), errors.BadAnswer),
    "refused": (refusal("余额不足"), errors.RejectedByApi),
    "null data": (envelope(None), errors.BadAnswer),
    "no isSuccess": (raw('{"data": {"orderId": "1"}}'), errors.BadAnswer),
    "isSuccess of text": (raw('{"isSuccess": "true", "data": {}}'), errors.BadAnswer),
    "data of text": (envelope("done"), errors.BadAnswer),
    "number for an id": (envelope({"orderId": 17}), errors.BadAnswer),
    "huge": (raw(b" " * (5 * 1024 * 1024)), errors.BadAnswer),
}


def new_order() -> NewOrder:
    return NewOrder(
        product_id="76ECE651-B59E-48F2-A47B-135614AADAD9",
        common_name="沃通",
        months=12,
        idempotence_id="value-1",
        organization={"name": "沃通", "id_card_number": "440301199001011234"},
        ukey_password="ukey-secret",
    )


def all_text(exc: BaseException) -> str:
    """Return all text of an exception, with its causes and attributes."""
    text = "".join(traceback.format_exception(type(exc), exc, exc.__traceback__))
    return text + repr(exc) + repr(vars(exc))


@pytest.mark.manual("1.3-reliable", "2.idempotence", "V1.05.request-id")
@pytest.mark.parametrize("name", PASSING)
def test_a_create_is_tried_again_with_the_same_value_and_a_request_id_of_its_own(
    server: Script, api: Api, name: str
) -> None:
    answer, _error = PASSING[name]
    server.will(answer, answer, PLACED)
    assert api.create(new_order()).order_id == ID
    assert len(server.requests) == 3
    assert len({request.headers["requestid"] for request in server.requests}) == 3
    assert len({request.body for request in server.requests}) == 1
    assert server.requests[0].json["orderinfoPost"]["idempotenceID"] == "value-1"
    assert api.http.request_ids == [request.headers["requestid"] for request in server.requests]


@pytest.mark.parametrize(("answer", "error"), PASSING.values(), ids=PASSING)
def test_permanent_failure_ends_after_the_allowed_tries(
    server: Script, make_api: MakeApi, answer: Answer, error: type[errors.WotrusError]
) -> None:
    server.will(answer)
    with pytest.raises(error, match=r"POST /v1/Order/Create: .*after 3 tries") as caught:
        make_api(retries=2).create(new_order())
    assert len(server.requests) == 3
    assert caught.value.answer_lost
    assert caught.value.error_code in ("unavailable", "bad_answer")


@pytest.mark.parametrize(("answer", "error"), FINAL.values(), ids=FINAL)
def test_final_failure_is_tried_once(server: Script, api: Api, answer: Answer, error: type[errors.WotrusError]) -> None:
    server.will(answer)
    with pytest.raises(errors.WotrusError) as caught:
        api.create(new_order())
    assert isinstance(caught.value, error)
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", [*PASSING, *FINAL])
def test_no_failure_shows_a_secret(server: Script, make_api: MakeApi, name: str) -> None:
    server.will({**PASSING, **FINAL}[name][0])
    api = make_api(retries=0)
    with pytest.raises(errors.WotrusError) as caught:
        api.create(new_order())
    # A traceback shows the lines of this file too, so that no secret stands in this function.
    said = all_text(caught.value) + repr(api.http._settings) + repr(new_order())
    for secret in (TOKEN, "ukey-secret", "440301199001011234"):
        assert secret not in said


@pytest.mark.parametrize(("answer", "error"), PASSING.values(), ids=PASSING)
def test_a_post_without_an_idempotence_value_is_sent_once(
    server: Script, api: Api, answer: Answer, error: type[errors.WotrusError]
) -> None:
    calls: list[t.Callable[[], object]] = [
        lambda: api.cancel(ID, reason="not wanted"),
        lambda: api.revoke(ID, reason="lost", document=Document(".pdf", "JVBERi0=")),
        lambda: api.notify(ID, collect_url="https://example.com"),
    ]
    server.will(answer)
    for number, call in enumerate(calls, start=1):
        with pytest.raises(error) as caught:
            call()
        assert caught.value.answer_lost
        assert len(server.requests) == number


@pytest.mark.manual("1.3-reliable")
@pytest.mark.parametrize("name", PASSING)
def test_reading_and_reissuing_are_tried_again(server: Script, api: Api, name: str) -> None:
    answer, _error = PASSING[name]
    server.will(answer, envelope({"id": ID, "status": "issued"}))
    assert api.query(ID).status == "issued"
    server.will(answer, envelope({"pem_RSA": "-----BEGIN CERTIFICATE-----"}))
    assert api.retrieve(ID)
    server.will(answer, envelope({"newOrderID": None}))
    assert api.reissue(ReissueRequest(ID, "CSR", "r", "v")).order_id == ID


@pytest.mark.manual("2.is-success", "2.error-msg")
def test_refusal_has_the_message_of_the_server_and_is_no_lost_answer(server: Script, api: Api) -> None:
    server.will(refusal("余额不足，请充值\r\n\x1b[31m"))
    with pytest.raises(errors.RejectedByApi, match="余额不足，请充值") as caught:
        api.create(new_order())
    assert not caught.value.answer_lost
    assert str(caught.value).isprintable()


def test_endless_messages_are_cut(server: Script, api: Api) -> None:
    server.will(refusal("长" * 10_000))
    with pytest.raises(errors.RejectedByApi) as caught:
        api.create(new_order())
    assert len(str(caught.value)) < 1000


def test_refusal_without_a_message_says_so(server: Script, api: Api) -> None:
    server.will(envelope(None, isSuccess=False, successMsg=None))
    with pytest.raises(errors.RejectedByApi, match="isSuccess is false"):
        api.create(new_order())


def test_a_byte_order_mark_does_no_harm(server: Script, api: Api) -> None:
    server.will(raw(b"\xef\xbb\xbf" + json.dumps({"isSuccess": True, "data": {"orderId": ID}}).encode()))
    assert api.create(new_order()).order_id == ID


@pytest.mark.parametrize("header", ["7", "Thu, 01 May 2031 12:00:07 GMT"])
def test_retry_after_sets_the_wait(server: Script, api: Api, pauses: list[float], header: str) -> None:
    server.will(raw("", status=429, date="Thu, 01 May 2031 12:00:00 GMT", Retry_After=header), PLACED)
    api.create(new_order())
    (pause,) = pauses
    assert 7 <= pause < 8


@pytest.mark.parametrize("header", ["soon", "", "-5", "1e9", "²", "Thu, 01 May 1999 12:00:00 GMT"])
def test_unusual_retry_after_is_ignored(server: Script, api: Api, pauses: list[float], header: str) -> None:
    server.will(raw("", status=503, Retry_After=header), PLACED)
    assert api.create(new_order()).order_id == ID
    assert pauses[0] < 1


def test_too_long_retry_after_ends_the_tries(server: Script, api: Api, pauses: list[float]) -> None:
    server.will(raw("", status=429, Retry_After="3600"))
    with pytest.raises(errors.Unavailable, match="it asks to wait 3600 s") as caught:
        api.create(new_order())
    assert (caught.value.retry_after, pauses) == (3600, [])
    assert len(server.requests) == 1


def test_no_try_is_planned_beyond_the_deadline(server: Script, api: Api, pauses: list[float]) -> None:
    server.will(raw("", status=429, Retry_After="30"))
    with pytest.raises(errors.Unavailable):
        api.query(ID, deadline=Deadline.after(20))
    assert (len(server.requests), pauses) == (1, [])


def test_pauses_grow_and_are_never_the_same_for_all(server: Script, make_api: MakeApi, pauses: list[float]) -> None:
    server.will(raw("", status=503))
    with pytest.raises(errors.Unavailable):
        make_api(retries=8).query(ID)
    assert len(pauses) == 8
    for number, pause in enumerate(pauses):
        ceiling = min(20.0, 0.5 * 2**number)
        assert ceiling / 2 <= pause <= ceiling


def test_no_retries_means_one_try(server: Script, make_api: MakeApi) -> None:
    server.will(raw("", status=503))
    with pytest.raises(errors.Unavailable) as caught:
        make_api(retries=0).query(ID)
    assert "tries" not in str(caught.value)
    assert len(server.requests) == 1


def test_an_answer_that_does_not_come_is_a_timeout_that_may_have_acted(server: Script, make_api: MakeApi) -> None:
    server.will(silence())
    with pytest.raises(errors.TimedOut, match="did not answer in time") as caught:
        make_api(timeout=2.0, retries=1).create(new_order())
    assert caught.value.answer_lost
    assert len(server.requests) == 2


@pytest.mark.parametrize("part", scripted_server.ENDLESS)
def test_answer_that_never_ends_is_a_timeout(server: Script, make_api: MakeApi, part: str) -> None:
    start, again = scripted_server.ENDLESS[part]
    server.will(scripted_server.endless(start, again, pause=0.05))

    with pytest.raises(errors.TimedOut, match="did not answer in time") as caught:
        make_api(timeout=0.5, retries=0).create(new_order())

    assert caught.value.answer_lost
    assert len(server.requests) == 1


def test_answer_is_read_up_to_its_size_limit(server: Script, api: Api) -> None:
    server.will(raw(b'{"isSuccess": true, "data": "' + b"x" * (5 * 1024 * 1024)))
    with pytest.raises(errors.BadAnswer, match="larger than 4 MiB") as caught:
        api.create(new_order())
    assert caught.value.answer_lost


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("unverified", [{}, {"validate_certs": False, "ca_path": None}])
def test_a_redirect_is_not_followed_and_the_token_stays(
    server: Script, make_api: MakeApi, status: int, unverified: dict[str, t.Any]
) -> None:
    api = make_api(**unverified)
    with scripted_server.start() as elsewhere:
        server.will(raw("", status=status, Location=f"{elsewhere.url}/v1/Order/Create"))
        with pytest.raises(errors.BadAnswer, match=r"redirect to http://127\.0\.0\.1") as caught:
            api.create(new_order())
        assert elsewhere.requests == []
    assert len(server.requests) == 1
    # A proxy may redirect after it forwarded the request.
    assert caught.value.answer_lost


def test_body_of_a_redirect_has_a_size_limit(server: Script, api: Api) -> None:
    server.will(raw(b"x" * (5 * 1024 * 1024), status=302, Location="/elsewhere"))
    with pytest.raises(errors.BadAnswer, match="larger than 4 MiB"):
        api.create(new_order())


def test_the_last_requests_are_kept_and_not_all(
    server: Script, make_api: MakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_KEPT_REQUEST_IDS", 10)
    server.will(raw("", status=503))
    api = make_api(retries=14)
    with pytest.raises(errors.Unavailable):
        api.query(ID)
    assert len(server.requests) == 15
    assert len(api.http.request_ids) == 10
    assert api.http.request_ids[-1] == server.requests[-1].headers["requestid"]


def test_cookies_are_not_kept(server: Script, api: Api) -> None:
    server.will(raw("", status=503, Set_Cookie="session=1"), PLACED)
    api.create(new_order())
    assert "cookie" not in server.requests[1].headers
