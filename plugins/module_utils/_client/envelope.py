# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The envelope around every answer: ``{isSuccess, errorMsg, successMsg, data, page}``."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import Fields
from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadAnswer, RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text


class UnreadableAnswer(BadAnswer):
    """The body is not a JSON object, but HTML, empty or incomplete.

    Another try may get a complete one.
    """


class NoData(BadAnswer):
    """The answer has ``isSuccess`` true, and no ``data``."""


class UnreadableData(BadAnswer):
    """``isSuccess`` is true, and ``data`` is not what the manual says, in a part that is needed.

    :ivar field: the part, such as ``data.status``
    """

    def __init__(self, message: Text, /, *, field: str = "data", **others: t.Any) -> None:
        super().__init__(message, **others)
        self.field = field


def parse(body: bytes) -> Fields:
    """Return the envelope of an answer's body.

    :raises UnreadableAnswer: the body is not one JSON object
    """
    try:
        value = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UnreadableAnswer("The answer is not JSON ({shape}).", shape=_shape_of(body)) from None
    if not isinstance(value, dict):
        raise UnreadableAnswer("The answer is JSON, but not an object.")
    return Fields(value, "envelope")


def is_envelope(body: bytes) -> bool:
    """Return whether an answer has WoTrus's form (manual, section 2), whatever it says."""
    try:
        return parse(body).flag("isSuccess") is not None
    except BadAnswer:
        return False


def refusal_of(body: bytes) -> str | None:
    """Return the server's words of an answer with ``isSuccess`` false, which may be empty; ``None`` for any other."""
    try:
        envelope = parse(body)
        return None if envelope.flag("isSuccess") is not False else envelope.words("errorMsg") or ""
    except BadAnswer:
        return None


def data_of(envelope: Fields) -> Fields:
    """Return ``data`` of a successful answer.

    :raises RejectedByApi: ``isSuccess`` is false; the message has the server's words
    :raises NoData: ``isSuccess`` is true, and ``data`` is null or empty
    :raises UnreadableData: ``isSuccess`` is true, and ``data`` is no object
    :raises BadAnswer: ``isSuccess`` is missing
    """
    success = envelope.flag("isSuccess")
    if success is None:
        raise BadAnswer("The answer has no isSuccess.")
    if not success:
        words = envelope.words("errorMsg") or envelope.words("successMsg")
        raise RejectedByApi(
            Message("{words}", words=words) if words else Message("isSuccess is false, without an errorMsg.")
        )
    try:
        data = None if envelope.is_empty("data") else envelope.object("data")
    except BadAnswer as exc:
        raise UnreadableData(exc.message) from exc
    if data is None:
        raise NoData("The answer has isSuccess true, but no data.")
    return data


def _shape_of(body: bytes) -> Message:
    text = body[:200].decode("utf-8", "replace").strip()
    if not text:
        return Message("it is empty")
    if text.startswith("<"):
        return Message("it looks like HTML")
    return Message("it has {number} bytes, and is cut off or of another type", number=len(body))
