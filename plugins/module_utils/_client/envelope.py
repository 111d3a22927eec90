# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The envelope around every answer: ``{isSuccess, errorMsg, successMsg, data, page}``."""

from __future__ import annotations

import json

from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import Fields, printable
from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadAnswer, RejectedByApi

_MAX_WORDS = 500


class Unparsable(BadAnswer):
    """The body is no JSON object: HTML, empty, or cut off. It may be whole at the next try."""


def parse(body: bytes) -> Fields:
    """Return the envelope of an answer's body.

    :raises Unparsable: the body is not one JSON object
    """
    try:
        value = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Unparsable(f"the answer is no JSON ({_glimpse(body)})") from None
    if not isinstance(value, dict):
        raise Unparsable("the answer is JSON, but not an object")
    return Fields(value, "envelope")


def data_of(envelope: Fields) -> Fields:
    """Return ``data`` of an answer that reports success.

    :raises RejectedByApi: ``isSuccess`` is false; the message has the server's words
    :raises BadAnswer: ``isSuccess`` is missing, or true without ``data``
    """
    success = envelope.flag("isSuccess")
    if success is None:
        raise BadAnswer("the answer has no isSuccess")
    if not success:
        words = server_words(envelope.text("errorMsg") or envelope.text("successMsg"))
        raise RejectedByApi(words or "isSuccess is false, without an errorMsg")
    data = envelope.object("data")
    if data is None:
        raise BadAnswer("the answer says isSuccess, but has no data")
    return data


def server_words(text: str | None) -> str:
    """Return the server's words for a message: kept as they are, less what does not print, and not without end."""
    words = printable(text or "", without=("Cc", "Cf", "Cs")).strip()
    return words if len(words) <= _MAX_WORDS else words[:_MAX_WORDS] + "…"


def _glimpse(body: bytes) -> str:
    text = body[:200].decode("utf-8", "replace").strip()
    if not text:
        return "it is empty"
    if text.startswith("<"):
        return "it looks like HTML: is api_url right, is a proxy in between?"
    return f"{len(body)} bytes, cut off or of another kind"
