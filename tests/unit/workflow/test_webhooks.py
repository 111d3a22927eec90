# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Webhooks get the messages, and neither a dead nor a hostile one harms the run."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._planning.variables import webhook_mistakes
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.webhooks import notify
from tests.helpers import bots, scripted_server, tls
from tests.unit.workflow.test_notification import for_you, row

Json = dict[str, t.Any]
SECRET = "SEC0123456789abcdef"
TOKEN = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
PATHS = {
    "dingtalk": f"/robot/send?access_token={TOKEN}",
    "wecom": f"/cgi-bin/webhook/send?key={TOKEN}",
    "feishu": f"/open-apis/bot/v2/hook/{TOKEN}",
    "json": f"/hooks/{TOKEN}",
}
CONNECTION: Json = {"ca_path": None, "validate_certs": True, "proxy": None}


def webhook(kind: str, server: scripted_server.Script, **more: t.Any) -> Json:
    return {"kind": kind, "url": f"{server.url}{PATHS[kind]}", "secret": None, **more}


def notified(*webhooks: Json, rows: t.Sequence[Json] = (), language: str = "en", **connection: t.Any) -> list[str]:
    return notify(rows or [row()], lambda _host: webhooks, {**CONNECTION, **connection}, language)


@pytest.mark.parametrize(
    ("kind", "secret"), [("dingtalk", SECRET), ("feishu", SECRET), *((k, None) for k in bots.KINDS)]
)
def test_each_bot_takes_its_message(kind: str, secret: str | None) -> None:
    with bots.start(kind, secret) as bot:
        assert notified(webhook(kind, bot, secret=secret)) == []

    (request,) = bot.requests
    assert request.path.startswith(PATHS[kind])
    assert "sign-1 contracts" in bots.text_of(kind, request.json)
    assert "wotrustoken" not in request.headers
    assert SECRET.encode() not in request.body + request.path.encode()


def test_program_gets_plain_json() -> None:
    with scripted_server.start() as server:
        server.will(scripted_server.raw(b"", status=204))
        assert notified(webhook("json", server)) == []

    (request,) = server.requests
    assert request.json["certificates"][0]["host"] == "sign-1"


def test_each_webhook_is_sent_once_of_its_own_hosts() -> None:
    with bots.start("wecom") as one, bots.start("wecom") as other:
        of_host = {"a": [webhook("wecom", one)], "b": [webhook("wecom", one), webhook("wecom", other)], "c": []}
        rows = [row(host=host) for host in "aabc"]
        assert notify(rows, of_host.__getitem__, CONNECTION) == []

    texts = [[bots.text_of("wecom", request.json) for request in bot.requests] for bot in (one, other)]
    assert [len(sent) for sent in texts] == [1, 1]
    assert "a contracts, a contracts, b contracts" in texts[0][0]
    assert "a contracts" not in texts[1][0]


FAULTS = {
    "a dead one": scripted_server.drop(),
    "an error": scripted_server.raw("no", status=500),
    "no JSON": scripted_server.raw("<html>"),
    "no code": scripted_server.raw("{}"),
    "a list": scripted_server.raw("[1]"),
    "lists in lists": scripted_server.raw("[" * 100_000),
    "a code that is text": scripted_server.raw('{"errcode": "0"}'),
    "a refusal": scripted_server.raw('{"errcode": 310000, "errmsg": "keywords not in content"}'),
    "an endless answer": scripted_server.raw(b"x" * (5 * 1024 * 1024)),
    # An answer that shows the address and the secret.
    "an echo": scripted_server.raw(
        json.dumps({"errcode": 1, "errmsg": f"bad \x1b[31m {TOKEN} {SECRET} {PATHS['dingtalk']}"})
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_webhook_that_fails_is_a_warning_without_its_address(fault: str, language: str) -> None:
    with scripted_server.start() as server, bots.start("dingtalk") as other:
        server.will(FAULTS[fault])
        bad = webhook("dingtalk", server, secret=SECRET)
        (warning,) = notified(bad, webhook("dingtalk", other), language=language)

    assert warning.replace("（", " (").replace("）", ")").startswith("wotrus_webhooks[0] (dingtalk)")
    assert not [one for one in (TOKEN, SECRET, "127.0.0.1", str(server.port)) if one in warning]
    assert warning.isprintable()
    assert len(server.requests) == len(other.requests) == 1


SPELLINGS = {
    "upper case": TOKEN.upper(),
    "percent-encoded": "".join(f"%{ord(one):02x}" for one in TOKEN),
    "percent-encoded twice": "".join(f"%25{ord(one):02X}" for one in TOKEN),
    "zero width space": "\u200b".join(TOKEN),
    "soft hyphen": "\u00ad".join(TOKEN),
    "combining joiner": "\u034f".join(TOKEN),
    "bidirectional marks": "\u202e\u2066".join(TOKEN),
    "blanks": " ".join(TOKEN),
    "control characters": "\x00".join(TOKEN),
    "at the cut": "." * 180 + TOKEN,
    "at the cut of what is read": "\u200b" * 7990 + TOKEN,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("field", ["errmsg", "errcode"])
def test_no_spelling_of_a_token_is_shown(spelling: str, field: str) -> None:
    with scripted_server.start() as server:
        server.will(scripted_server.raw(json.dumps({"errcode": 1, field: SPELLINGS[spelling]})))
        (warning,) = notified(webhook("wecom", server))

    letters = "".join(one for one in warning if one.isascii() and one.isalnum()).lower()
    assert TOKEN[:6] not in letters
    assert "%" not in warning


@pytest.mark.parametrize("letters", ["A", "aA%", "\u200b"])
def test_long_words_are_cut(letters: str) -> None:
    words = letters * (1_000_000 // len(letters))
    with scripted_server.start() as server:
        server.will(scripted_server.raw(json.dumps({"errcode": 1, "errmsg": words})))
        (warning,) = notified({**webhook("wecom", server), "secret": "a" * 32})

    assert len(warning) < 700


def test_certificate_of_a_webhook_is_always_verified(tmp_path: pathlib.Path) -> None:
    authority = tls.make_authority(tmp_path)
    with scripted_server.start(authority.server("127.0.0.1")) as bot:
        bot.will(scripted_server.raw('{"errcode": 0}'))
        (warning,) = notified(webhook("wecom", bot), validate_certs=False)
        assert bot.requests == []
        assert notified(webhook("wecom", bot), validate_certs=False, ca_path=str(authority.path)) == []

    assert "does not verify" in warning


def test_refusal_says_what_the_bot_says() -> None:
    with scripted_server.start() as server:
        server.will(FAULTS["a refusal"])
        (warning,) = notified(webhook("wecom", server))

    assert "310000: keywords not in content" in warning


def test_webhook_that_does_not_exist_is_a_warning() -> None:
    with scripted_server.start() as server:
        gone = webhook("feishu", server)
    (warning,) = notified(gone)

    assert "Connection refused" in warning
    assert gone["url"] not in warning


def test_redirect_is_not_followed() -> None:
    with scripted_server.start() as server, bots.start("dingtalk") as other:
        server.will(scripted_server.raw(b"", status=307, Location=f"{other.url}{PATHS['dingtalk']}"))
        (warning,) = notified(webhook("dingtalk", server, secret=SECRET))

    assert "HTTP 307" in warning
    assert other.requests == []


def test_missing_ca_file_is_a_warning() -> None:
    with bots.start("wecom") as bot:
        (warning,) = notified(webhook("wecom", bot), ca_path="/nowhere/ca.pem")

    assert "/nowhere/ca.pem" in warning


def test_proxy_is_used() -> None:
    with scripted_server.start() as proxy:
        proxy.will(scripted_server.raw('{"errcode": 0}'))
        assert notified({"kind": "wecom", "url": f"http://127.0.0.1:1{PATHS['wecom']}"}, proxy=proxy.url) == []

    assert proxy.requests[0].path.startswith("http://127.0.0.1:1/")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": "slack", "url": "https://a.example/"}, "wotrus_webhooks[0].kind must be one of dingtalk"),
        ({"kind": "json"}, "wotrus_webhooks[0].url is missing."),
        ({"kind": "json", "url": f"http://a.example/{TOKEN}"}, "wotrus_webhooks[0].url must be an address with https."),
        ({"kind": "json", "url": f"https://user:{TOKEN}@a.example/"}, "must be an address with https."),
        ({"kind": "json", "url": f"https://a.example/{TOKEN} b"}, "must be an address with https."),
        ({"kind": "json", "url": f"ftp://a.example/{TOKEN}"}, "must be an address with https."),
        ({"kind": "json", "url": TOKEN}, "must be an address with https."),
        ({"kind": "json", "url": f"https://[{TOKEN}"}, "must be an address with https."),
        (
            {"kind": "wecom", "url": "https://a.example/", "secret": TOKEN},
            "wotrus_webhooks[0].secret has no use, since wecom takes no signature.",
        ),
        (f"https://a.example/{TOKEN}", "wotrus_webhooks[0] must be a dictionary."),
        ({"kind": "json", "url": "https://a.example/", "secrets": TOKEN}, "wotrus_webhooks[0].secrets is no option."),
    ],
)
def test_mistake_is_named_without_the_address(wrong: t.Any, words: str) -> None:
    (found,) = webhook_mistakes([wrong])

    assert words in text(found)
    assert TOKEN not in text(found)


@pytest.mark.parametrize("kind", PATHS)
def test_address_of_each_bot_is_accepted(kind: str) -> None:
    assert webhook_mistakes([{"kind": kind, "url": f"https://oapi.example.com{PATHS[kind]}"}]) == []


def test_message_that_needs_you_is_sent_too() -> None:
    with bots.start("dingtalk") as bot:
        assert notified(webhook("dingtalk", bot), rows=[for_you()], language="zh") == []

    assert "等待您处理" in bots.text_of("dingtalk", bot.requests[0].json)
