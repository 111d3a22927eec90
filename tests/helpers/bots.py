# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bots of DingTalk, WeCom and Feishu: what they accept, what they answer, and what they make of a text.

The rules are those of the public documentation:

- DingTalk: https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages and
  https://open.dingtalk.com/document/robots/customize-robot-security-settings
- WeCom: https://developer.work.weixin.qq.com/document/path/91770
- Feishu: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot and
  https://open.feishu.cn/document/common-capabilities/message-card/message-cards-content/using-markdown-tags
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import scripted_server
from .scripted_server import Handler, ReceivedRequest, Script

KINDS = ("dingtalk", "wecom", "feishu")
LARGEST = {"dingtalk": 20_000, "wecom": 4_096, "feishu": 20_480}
_HOUR = 3600

# What becomes something else than text. A bot of WeCom names a member by <@userid>, one of DingTalk only with "at"
# beside the text, for which the text must have the @ too.
MARKUP = {
    "a mention": re.compile(r"@(all|\d|[A-Za-z])|<@|<at\b", re.IGNORECASE),
    "a tag": re.compile(r"<[A-Za-z/!]"),
    "a link": re.compile(r"\]\("),
    "code": re.compile("`"),
    "an escape": re.compile(r"\\\\"),
    "bold or italic": re.compile(r"\*"),
}


def text_of(kind: str, document: Any) -> str:
    """Check that a document has the documented form, and return its Markdown.

    :raises AssertionError: the bot would refuse it
    """
    given = dict(document)
    if kind == "feishu":
        signature = {name: given.pop(name, "") for name in ("timestamp", "sign")}
        assert all(isinstance(value, str) for value in signature.values())
        assert given.keys() == {"msg_type", "card"}
        assert given["msg_type"] == "interactive"
        card = given["card"]
        assert card.keys() == {"header", "elements"}
        assert card["header"] == {"title": {"tag": "plain_text", "content": card["header"]["title"]["content"]}}
        (element,) = card["elements"]
        assert element == {"tag": "markdown", "content": element["content"]}
        text, counted = element["content"], _size(document)
    else:
        assert given.keys() == {"msgtype", "markdown"}
        assert given["msgtype"] == "markdown"
        assert given["markdown"].keys() == ({"content"} if kind == "wecom" else {"title", "text"})
        assert given["markdown"].get("title", "-")
        text = given["markdown"]["content" if kind == "wecom" else "text"]
        counted = len(text.encode("utf-8")) if kind == "wecom" else _size(document)
    assert isinstance(text, str)
    assert counted <= LARGEST[kind]
    return text


def markup_in(text: str) -> list[str]:
    """Return what a bot would make of a text of others, besides showing it."""
    return [name for name, form in MARKUP.items() if form.search(text)]


def _size(document: Any) -> int:
    return len(json.dumps(document, ensure_ascii=False).encode("utf-8"))


def answer_of(kind: str, request: ReceivedRequest, secret: str | None = None) -> dict[str, Any]:
    """Return what a bot answers to a request, always with the status 200.

    :param secret: the bot checks signatures
    """
    # json-lib of DingTalk and WeCom refuse other types (errcode 43004).
    if request.method != "POST" or "application/json" not in request.headers.get("content-type", ""):
        return {"errcode": 43004, "errmsg": "content-type is not application/json"}
    try:
        text_of(kind, request.json)
    except (AssertionError, KeyError, TypeError, ValueError) as exc:
        words = f"invalid message: {exc!r}"
        return {"code": 9499, "msg": words, "data": {}} if kind == "feishu" else {"errcode": 40035, "errmsg": words}
    if secret is not None and not _is_signed(kind, request, secret):
        if kind == "feishu":
            return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
        return {"errcode": 310000, "errmsg": "sign not match, more: [https://ding-doc.dingtalk.com/doc]"}
    if kind == "feishu":
        return {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}
    return {"errcode": 0, "errmsg": "ok"}


def _is_signed(kind: str, request: ReceivedRequest, secret: str) -> bool:
    """Return whether a request has the signature of a secret, and was signed within the last hour."""
    if kind == "dingtalk":
        query = parse_qs(urlsplit(request.path).query)
        stamp, sign = (query.get(name, [""])[0] for name in ("timestamp", "sign"))
        key, signed, unit = secret, f"{stamp}\n{secret}", 1000
    else:
        stamp, sign = (request.json.get(name, "") for name in ("timestamp", "sign"))
        key, signed, unit = f"{stamp}\n{secret}", "", 1
    if not re.fullmatch(r"\d{10}" if unit == 1 else r"\d{13}", stamp) or abs(int(stamp) / unit - time.time()) > _HOUR:
        return False
    digest = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return bool(sign == base64.b64encode(digest).decode())


@contextlib.contextmanager
def start(kind: str, secret: str | None = None) -> Iterator[Script]:
    """Run a bot for a block."""

    def answer(handler: Handler) -> None:
        scripted_server.raw(json.dumps(answer_of(kind, bot.requests[-1], secret)))(handler)

    with scripted_server.start() as bot:
        bot.will(answer)
        yield bot
