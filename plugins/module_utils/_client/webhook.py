# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Post a JSON document to a webhook, whose address and secret are secrets.

The signatures are those of the documentation of DingTalk (Custom robots, security settings) and Feishu (Custom bot
usage guide, signature verification). WeCom (Group robots) has none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import typing as t
import urllib.parse

from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Answer, Request
from ansible_collections.wotrus.pki.plugins.module_utils._client.bodies import encode
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._client.transport import Transport
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, RejectedByApi

DINGTALK, WECOM, FEISHU, JSON = "dingtalk", "wecom", "feishu", "json"

SIGNED = (DINGTALK, FEISHU)
"""The kinds whose requests a secret may sign."""

# The fields of the answers: those of DingTalk and WeCom, and those of Feishu.
_CODES, _WORDS = ("errcode", "code"), ("errmsg", "msg")


class _Webhook(Transport):
    """A connection that has nothing of WoTrus's API, such as its token."""

    def _headers(self, *_arguments: t.Any, **_options: t.Any) -> dict[str, str]:
        return {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "ansible-wotrus.pki",
        }


def post(
    kind: str,
    url: str,
    body: t.Mapping[str, t.Any],
    *,
    secret: str | None = None,
    seconds: float,
    connection: t.Mapping[str, t.Any],
) -> None:
    """Post a document once, and follow no redirect.

    The certificate of the server is always verified: ``validate_certs`` of the API is about another server.

    :param secret: signs the request of a bot of DingTalk or Feishu
    :param seconds: after them, the call is given up
    :param connection: ``ca_path`` and ``proxy`` of the API's options
    :raises WotrusError: the document was not taken; the message may have the address, and words of any length
    """
    url, body = _signed(kind, url, body, secret) if secret else (url, body)
    parts = urllib.parse.urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    path = url[len(origin) :]
    # The transport needs the text of a token, and gives up a call after twice its timeout.
    ca_path, proxy = connection["ca_path"], connection["proxy"]
    transport = _Webhook(Settings("-", origin, ca_path=ca_path, proxy=proxy, timeout=seconds / 2))
    try:
        answer = transport.send(Request("POST", path, body=encode(body)), request_id="")
    finally:
        transport.close()
    _check(kind, answer)


def is_webhook_url(url: str) -> bool:
    """Return whether a webhook may have this address: ``https``, or ``http`` on this machine, as of the API."""
    try:
        parts = urllib.parse.urlsplit(url)
        Settings("-", f"{parts.scheme}://{parts.netloc}")
    except (ValueError, InvalidInput):
        return False
    return url.isascii() and url.isprintable() and " " not in url and not parts.fragment


def _signed(kind: str, url: str, body: t.Mapping[str, t.Any], secret: str) -> tuple[str, t.Mapping[str, t.Any]]:
    """Return the address and the document with a signature: DingTalk has it in the address, Feishu in the document."""
    now = time.time()
    if kind == DINGTALK:
        stamp = str(round(now * 1000))
        sign = _hmac(secret, f"{stamp}\n{secret}")
        return f"{url}{'&' if '?' in url else '?'}{urllib.parse.urlencode({'timestamp': stamp, 'sign': sign})}", body
    stamp = str(round(now))
    return url, {"timestamp": stamp, "sign": _hmac(f"{stamp}\n{secret}", ""), **body}


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode("ascii")


def _check(kind: str, answer: Answer) -> None:
    """Refuse an answer that does not say that the message was taken.

    :raises RejectedByApi: the status is no success, or the answer of a bot has no code 0
    """
    if not 200 <= answer.status < 300:
        raise RejectedByApi("HTTP {status}.", status=answer.status)
    if kind == JSON:
        return
    try:
        fields = dict(json.loads(answer.body))
    except (ValueError, TypeError, RecursionError):
        fields = {}
    code = next((fields[name] for name in _CODES if name in fields), None)
    if code != 0:
        words = next((str(fields[name]) for name in _WORDS if name in fields), "-")
        raise RejectedByApi("It answers {code}: {words}.", code=str(code), words=words)
