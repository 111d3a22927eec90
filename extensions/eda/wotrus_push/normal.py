# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One normal form for pushes, whichever way they came in (manual, section 8).

This much runs inside the event filter, also in EDA controller: it needs nothing but the standard library.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import Fields
from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadAnswer
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key

ISSUED = "issued"
REVOKED = "revoked"
CHANGED = "changed"

MAX_BODY = 16384
"""Bytes of a push that is looked at; the manual's example has 120."""

MAX_DEPTH = 32
"""Levels of nesting of a push; the manual's example has one."""

Event = dict[str, t.Any]

_ABOUT_AN_ORDER = "order"
# The manual's ids are GUIDs, and one of its examples is none. What else an id may hold would only serve to harm.
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_QUOTE, _BACKSLASH = b'"'[0], b"\\"[0]
_OPENING, _CLOSING = b"[{", b"]}"
_WORDS = {"true": True, "false": False, "1": True, "0": False}


class Malformed(Exception):
    """A push is not of a size and shape that WoTrus's have; the message says why, in words of ours alone."""


@dataclasses.dataclass(frozen=True)
class Claim:
    """What a push about an order says. It is a hint: Query tells what is true.

    :ivar order_id: the id, trimmed, in the spelling it came in
    """

    order_id: str
    issued: bool
    revoked: bool

    @property
    def key(self) -> str:
        """The id in the form under which all its spellings are equal."""
        return id_key(self.order_id)

    @property
    def event(self) -> str:
        """The event that it hints at. A certificate that was revoked may well be called issued too."""
        if self.revoked:
            return REVOKED
        return ISSUED if self.issued else CHANGED


def parse(body: bytes) -> dict[str, t.Any]:
    """Return the JSON object of a push's body.

    :raises Malformed: it is none
    """
    # First of all: beside the rule engine's Java, a parser that goes too deep is the end of the process.
    if _is_deep(body):
        raise Malformed("nested too deep")
    try:
        payload = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
        # Half of a surrogate pair passes as JSON, and is no text.
        json.dumps(payload, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Malformed("no JSON") from None
    if not isinstance(payload, dict):
        raise Malformed("no JSON object")
    return payload


def claim_of(payload: object) -> Claim | None:
    """Return what a push says of an order; None for one about something else, such as a unit.

    :raises Malformed: it is no push of WoTrus's
    """
    if not isinstance(payload, dict):
        raise Malformed("no JSON object")
    fields = Fields({str(name): value for name, value in payload.items()}, "push")
    action = _text(fields, "dataAction")
    if action is None:
        raise Malformed("no dataAction")
    if action.casefold() != _ABOUT_AN_ORDER:
        return None
    order_id = _text(fields, "orderId")
    if order_id is None or not is_order_id(order_id):
        raise Malformed("no orderId")
    return Claim(order_id, issued=_flag(fields, "isIssued"), revoked=_flag(fields, "isRevoked"))


def is_order_id(text: str) -> bool:
    """Tell whether a text can be an order's id: letters, digits and dashes, whatever came round it."""
    return _ID.fullmatch(text.strip()) is not None


def wotrus(
    event: str,
    order_id: str,
    *,
    status: str | None = None,
    stage: str | None = None,
    request_ids: t.Sequence[str] = (),
) -> dict[str, t.Any]:
    """Return the part of an event that rules look at, the same from the filter and the sources.

    :param status: what Query says, ``stage`` likewise; none from the filter, which asks nobody
    """
    return {
        "event": event,
        "order_id": id_key(order_id),
        "status": status,
        "stage": stage,
        "request_ids": list(request_ids),
    }


def as_push(order_id: str, *, issued: bool, revoked: bool) -> dict[str, t.Any]:
    """Return the payload that a push about an order has (manual, section 8.1)."""
    return {"dataAction": _ABOUT_AN_ORDER, "orderId": order_id, "isIssued": issued, "isRevoked": revoked}


def filtered(event: object, *, max_bytes: int = MAX_BODY) -> Event:
    """Return an event with its normal form, as the event filter gives it.

    :returns: the same event where the push is about something else than an order
    :raises Malformed: it is no push of WoTrus's
    """
    if not isinstance(event, dict):
        raise Malformed("no event")
    payload = event.get("payload")
    if _holds_deep(payload):
        raise Malformed("nested too deep")
    try:
        size = len(json.dumps(payload))
    except (TypeError, ValueError, RecursionError):
        raise Malformed("no JSON") from None
    if size > max_bytes:
        raise Malformed("too large")
    claim = claim_of(payload)
    return event if claim is None else {**event, "wotrus": wotrus(claim.event, claim.order_id)}


def _text(fields: Fields, name: str) -> str | None:
    try:
        return fields.text(name)
    except BadAnswer:
        raise Malformed(f"{name} is no text") from None


def _flag(fields: Fields, name: str) -> bool:
    """Read true or false, also where it was written as a text or a number; what is missing is false."""
    for read in (fields.flag, fields.number, fields.text):
        try:
            value = read(name)
        except BadAnswer:
            continue
        word = str(0 if value is None else value).casefold()
        if word in _WORDS:
            return _WORDS[word]
    raise Malformed(f"{name} is neither true nor false")


def _is_deep(body: bytes) -> bool:
    """Tell whether JSON is nested too deep, without parsing it."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    depth, inside, escaped = 0, False, False
    for char in body:
        if inside:
            inside, escaped = escaped or char != _QUOTE, char == _BACKSLASH and not escaped
        elif char == _QUOTE:
            inside = True
        elif char in _OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif char in _CLOSING:
            depth -= 1
    return False


def _holds_deep(value: object) -> bool:
    """Tell the same of what was parsed already, level by level."""
    level: list[t.Any] = [value]
    for _depth in range(MAX_DEPTH + 1):
        inner = [
            list(item.values()) if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list))
        ]
        level = [item for items in inner for item in items]
    return any(isinstance(item, (dict, list)) for item in level)


def _refuse(constant: str) -> t.NoReturn:
    raise ValueError(f"{constant} is no JSON")
