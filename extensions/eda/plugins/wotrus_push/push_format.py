# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The format of pushes, and their events (manual, section 8).

The event filter uses this in EDA controller too, where only the standard library is there.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import Fields
from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadAnswer
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import (
    clean_id,
    id_key,
    is_order_id,
)

ISSUED = "issued"
REVOKED = "revoked"
CHANGED = "changed"
UNDELIVERED = "failed"

MAX_BODY = 16384
"""The most bytes of a push; the manual's example has 120."""

MAX_DEPTH = 32
"""The deepest nesting of a push; the manual's example has one level."""

Event = dict[str, t.Any]

_ABOUT_AN_ORDER = "order"
_QUOTE, _BACKSLASH = b'"'[0], b"\\"[0]
_OPENING, _CLOSING = b"[{", b"]}"
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


class MalformedPushError(Exception):
    """A push does not have the size and format of WoTrus's pushes.

    The message repeats nothing of the push.
    """


@dataclasses.dataclass(frozen=True)
class PushClaim:
    """The claims of a push about an order, which prove nothing.

    :ivar order_id: the id as it was sent, without surrounding spaces and braces
    """

    order_id: str
    issued: bool
    revoked: bool

    @property
    def key(self) -> str:
        """The id in the form in which all its spellings are equal.

        Returns
        -------
        str
            The id in the form in which all its spellings are equal.

        """
        return id_key(self.order_id)

    @property
    def event(self) -> str:
        """The event that the push claims.

        A revocation counts even if the push also claims that the order is issued.

        Returns
        -------
        str
            The event that the push claims.

        """
        if self.revoked:
            return REVOKED
        return ISSUED if self.issued else CHANGED


def parse_body(body: bytes) -> dict[str, t.Any]:
    """Return the JSON object of a push's body.

    Parameters
    ----------
    body : bytes
        The body of the push.

    Returns
    -------
    dict[str, t.Any]
        The JSON object of a push's body.

    Raises
    ------
    MalformedPushError
        It is not one.

    """
    # This comes before the parser: deep recursion would crash the process, which also runs the
    # rule engine's Java.
    if _is_deep_body(body):
        msg = "nested too deep"
        raise MalformedPushError(msg)
    try:
        payload = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
        # JSON allows half of a surrogate pair, which cannot be encoded.
        json.dumps(payload, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        msg = "no JSON"
        raise MalformedPushError(msg) from None
    if not isinstance(payload, dict):
        msg = "no JSON object"
        raise MalformedPushError(msg)
    return payload


def parse_claim(payload: object) -> PushClaim | None:
    """Return the claims of a push; ``None`` if it concerns no order.

    WoTrus also sends pushes about units and the like.

    Parameters
    ----------
    payload : object
        The parsed body of the push.

    Returns
    -------
    PushClaim | None
        The claims of a push; ``None`` if it concerns no order.

    Raises
    ------
    MalformedPushError
        It is not a push of WoTrus.

    """
    if not isinstance(payload, dict):
        msg = "no JSON object"
        raise MalformedPushError(msg)
    fields = Fields({str(name): value for name, value in payload.items()}, "push")
    action = _text(fields, "dataAction")
    if action is None:
        msg = "no dataAction"
        raise MalformedPushError(msg)
    if action.casefold() != _ABOUT_AN_ORDER:
        return None
    order_id = clean_id(_text(fields, "orderId"))
    if order_id is None or not is_order_id(order_id):
        msg = "no orderId"
        raise MalformedPushError(msg)
    return PushClaim(order_id, issued=_flag(fields, "isIssued"), revoked=_flag(fields, "isRevoked"))


def event_part(event: str, order_id: str) -> dict[str, t.Any]:
    """Return the part ``wotrus`` that the filter adds to an event.

    The filter sends no request.

    Parameters
    ----------
    event : str
        The event.
    order_id : str
        The order's id.

    Returns
    -------
    dict[str, t.Any]
        The part ``wotrus`` that the filter adds to an event.

    """
    return {
        "event": event,
        "order_id": id_key(order_id),
        "status": None,
        "stage": None,
        "request_ids": [],
    }


def batch_part(
    event: str,
    orders: t.Mapping[str, Event],
    *,
    hosts: t.Sequence[str],
    report: str,
) -> dict[str, t.Any]:
    """Return the part ``wotrus`` of an event of a source.

    Parameters
    ----------
    event : str
        The event.
    orders : t.Mapping[str, Event]
        The details of each order by its key.
    hosts : t.Sequence[str]
        The hosts on which these orders were seen; empty if one of them is not known.
    report : str
        The file into which the run writes its report.

    Returns
    -------
    dict[str, t.Any]
        The part ``wotrus`` of an event of a source.

    """
    rows = [{"order_id": key, **details} for key, details in orders.items()]
    return {
        "event": event,
        "order_ids": list(orders),
        "orders": rows,
        "hosts": list(hosts),
        "report": report,
    }


def normalize(event: object, *, max_bytes: int = MAX_BODY) -> Event:
    """Return an event with its part ``wotrus``, for the event filter.

    Parameters
    ----------
    event : object
        The event.
    max_bytes : int
        The most bytes of a payload.

    Returns
    -------
    Event
        The same event if the push is not about an order.

    Raises
    ------
    MalformedPushError
        It is not a push of WoTrus.

    """
    if not isinstance(event, dict):
        msg = "no event"
        raise MalformedPushError(msg)
    payload = event.get("payload")
    if _is_deep_value(payload):
        msg = "nested too deep"
        raise MalformedPushError(msg)
    try:
        size = len(json.dumps(payload))
    except (TypeError, ValueError, RecursionError):
        msg = "no JSON"
        raise MalformedPushError(msg) from None
    if size > max_bytes:
        msg = "too large"
        raise MalformedPushError(msg)
    claim = parse_claim(payload)
    return event if claim is None else {**event, "wotrus": event_part(claim.event, claim.order_id)}


def _text(fields: Fields, name: str) -> str | None:
    try:
        return fields.text(name)
    except BadAnswer:
        msg = f"{name} is no text"
        raise MalformedPushError(msg) from None


def _flag(fields: Fields, name: str) -> bool:
    # Return a flag from a boolean, text or number; default false.
    for read in (fields.flag, fields.number, fields.text):
        try:
            value = read(name)
        except BadAnswer:
            continue
        word = str(0 if value is None else value).casefold()
        if word in _BOOLEANS:
            return _BOOLEANS[word]
    msg = f"{name} is neither true nor false"
    raise MalformedPushError(msg)


def _is_deep_body(body: bytes) -> bool:
    # Return whether JSON is nested too deep, without parsing it.
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    depth, in_text, escaped = 0, False, False
    for char in body:
        if in_text:
            in_text, escaped = escaped or char != _QUOTE, char == _BACKSLASH and not escaped
        elif char == _QUOTE:
            in_text = True
        elif char in _OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif char in _CLOSING:
            depth -= 1
    return False


def _is_deep_value(value: object) -> bool:
    # Return whether a parsed value is nested too deep.
    level: list[t.Any] = [value]
    for _depth in range(MAX_DEPTH + 1):
        inner = [
            list(item.values()) if isinstance(item, dict) else item
            for item in level
            if isinstance(item, (dict, list))
        ]
        level = [item for items in inner for item in items]
    return any(isinstance(item, (dict, list)) for item in level)


def _refuse(constant: str) -> t.NoReturn:
    msg = f"{constant} is no JSON"
    raise ValueError(msg)
