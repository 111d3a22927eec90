# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fault injection: the faults, and the answers that they change."""

from __future__ import annotations

import asyncio
import enum
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields

from aiohttp import web

from .errors import AdminError

ENDPOINTS = ("create", "query", "retrieve", "cancel", "revoke", "reissue", "notify")
ANY = "*"


class FaultKind(enum.StrEnum):
    """The kinds of faults. The guide describes each."""

    SLOW = "slow"
    HOLD = "hold"
    STATUS = "status"
    REDIRECT = "redirect"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    CUT = "cut"
    HALF_JSON = "half_json"
    HTML = "html"
    EMPTY = "empty"
    HUGE = "huge"
    DRIP = "drip"
    WRONG_TYPE = "wrong_type"
    WRONG_FIELDS = "wrong_fields"
    NULL_DATA = "null_data"
    ANSWER = "answer"


# The faults that change the answer of a call that takes effect, unless ``when`` is set.
_AFTER = frozenset(
    {
        FaultKind.SLOW,
        FaultKind.DROP_AFTER,
        FaultKind.CUT,
        FaultKind.HALF_JSON,
        FaultKind.DRIP,
        FaultKind.WRONG_TYPE,
        FaultKind.WRONG_FIELDS,
        FaultKind.NULL_DATA,
        FaultKind.ANSWER,
    }
)
_FIXED = {FaultKind.DROP_BEFORE: "before", FaultKind.DROP_AFTER: "after", FaultKind.HALF_JSON: "after"}
_DEFAULT_DELAY = {FaultKind.SLOW: 5.0, FaultKind.DRIP: 0.05}
_LONGEST_DELAY = 600.0
_LARGEST = 200_000_000


@dataclass(slots=True)
class Fault:
    """A fault that is set.

    :ivar times: the number of calls that it still affects; -1 for every call
    :ivar skip: the number of calls that it does not affect before
    :ivar when: ``before`` (the call has no effect) or ``after`` (the call takes effect, and its answer is changed)
    :ivar delay: seconds before the answer, for ``drip`` between two bytes
    :ivar size: the bytes of a huge answer
    :ivar body: the text of another answer
    :ivar held: the number of calls that it holds now
    """

    endpoint: str
    fault: FaultKind
    times: int = 1
    skip: int = 0
    when: str = ""
    status: int = 500
    retry_after: str | None = None
    location: str | None = None
    delay: float = 0.0
    size: int = 10_000_000
    body: str = ""
    held: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def takes_effect(self) -> bool:
        """Whether the call takes effect although its answer is changed."""
        return self.when == "after"

    def to_json(self) -> dict[str, object]:
        """Return the fault as JSON."""
        return {name: getattr(self, name) for name in FIELDS}


FIELDS = tuple(entry.name for entry in fields(Fault) if entry.name != "released")


class FaultQueue:
    """The faults that are set.

    A call gets the oldest fault for its endpoint.
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._holding: list[Fault] = []
        self._taken: dict[int, Fault] = {}
        self._changed = asyncio.Condition()

    def add(self, wanted: Mapping[str, object]) -> Fault:
        """Add a fault from the JSON of the admin API.

        AdminError if the JSON is wrong.
        """
        fault = read_fault(wanted)
        self._faults.append(fault)
        return fault

    def take(self, endpoint: str) -> Fault | None:
        """Return the fault for this call, or None, and count the call."""
        for fault in self._faults:
            if fault.endpoint not in (ANY, endpoint) or fault.times == 0:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times > 0:
                fault.times -= 1
            self._faults = [waiting for waiting in self._faults if waiting.times != 0]
            if fault.fault is FaultKind.HOLD:
                self._taken[id(fault)] = fault
            return fault
        return None

    def clear(self) -> None:
        """Remove all faults, and release the calls that they hold."""
        for fault in self._taken.values():
            fault.released.set()
        self._faults, self._taken = [], {}

    def to_json(self) -> list[dict[str, object]]:
        """Return the faults that are set, and those that hold a call."""
        return [fault.to_json() for fault in [*self._faults, *(held for held in self._holding if held.times == 0)]]

    async def hold(self, fault: Fault) -> None:
        """Wait until the call is released."""
        async with self._changed:
            self._holding.append(fault)
            fault.held += 1
            self._changed.notify_all()
        try:
            await fault.released.wait()
        finally:
            fault.held -= 1
            self._holding.remove(fault)

    def release(self) -> int:
        """Release all held calls, and return their number."""
        count = len(self._holding)
        for fault in self._holding:
            fault.released.set()
        return count

    async def wait_for_hold(self, *, count: int, seconds: float) -> int:
        """Wait until ``count`` calls are held, and return their number.

        After ``seconds`` it returns the number at that time.
        """
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: len(self._holding) >= count)
        except TimeoutError:
            pass
        return len(self._holding)


def read_fault(wanted: Mapping[str, object]) -> Fault:
    """Check the JSON of a fault. AdminError if it is wrong."""
    known = [name for name in FIELDS if name != "held"]
    unknown = sorted(wanted.keys() - set(known))
    if unknown:
        raise AdminError(f"unknown field {unknown[0]!r}; known: {', '.join(known)}")
    endpoint = wanted.get("endpoint", ANY)
    if endpoint not in (*ENDPOINTS, ANY):
        raise AdminError(f"endpoint must be one of: {', '.join(ENDPOINTS)}, *")
    try:
        kind = FaultKind(str(wanted.get("fault")))
    except ValueError:
        raise AdminError(f"fault must be one of: {', '.join(FaultKind)}") from None
    when = wanted.get("when", "after" if kind in _AFTER else "before")
    if when not in ("before", "after") or when != _FIXED.get(kind, when):
        raise AdminError("when must be before or after, and possible for the fault")
    return Fault(
        endpoint=str(endpoint),
        fault=kind,
        times=_whole(wanted, "times", default=1, lowest=-1),
        skip=_whole(wanted, "skip", default=0),
        when=str(when),
        status=_whole(wanted, "status", default=302 if kind is FaultKind.REDIRECT else 500, lowest=200, highest=599),
        retry_after=_text(wanted, "retry_after"),
        location=_text(wanted, "location"),
        delay=_seconds(wanted, default=_DEFAULT_DELAY.get(kind, 0.0)),
        size=_whole(wanted, "size", default=10_000_000, highest=_LARGEST),
        body=str(wanted.get("body", "")),
    )


def _whole(wanted: Mapping[str, object], name: str, *, default: int, lowest: int = 0, highest: int = 10**6) -> int:
    value = wanted.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= max(highest, default):
        raise AdminError(f"{name} must be a whole number from {lowest} to {highest}")
    return value


def _seconds(wanted: Mapping[str, object], *, default: float) -> float:
    value = wanted.get("delay", default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_DELAY:
        raise AdminError(f"delay must be a number of seconds from 0 to {_LONGEST_DELAY:.0f}")
    return float(value)


def _text(wanted: Mapping[str, object], name: str) -> str | None:
    value = wanted.get(name)
    if value is None:
        return None
    text = str(value)
    if "\r" in text or "\n" in text:
        raise AdminError(f"{name} must be one line")
    return text


HTML = """<!DOCTYPE html>
<html><head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>
"""

AnswerCall = Callable[[], Awaitable[web.Response]]


async def inject_fault(
    request: web.Request, fault: Fault, *, faults: FaultQueue, answer_call: AnswerCall
) -> web.StreamResponse:
    """Return the answer of a call with ``fault``.

    ``answer_call`` carries out the call and returns its correct answer. It is not called if the call has no effect.
    """
    if fault.fault in (FaultKind.SLOW, FaultKind.HOLD):
        return await _delay_answer(request, fault, faults=faults, answer_call=answer_call)
    answer = await answer_call() if fault.takes_effect else None
    match fault.fault:
        case FaultKind.DROP_BEFORE | FaultKind.DROP_AFTER:
            return drop_connection(request)
        case FaultKind.CUT:
            return await _cut_answer(request, answer)
        case FaultKind.DRIP:
            return await _drip_answer(request, answer, delay=fault.delay)
        case _:
            return _replace_answer(request, fault, answer)


def drop_connection(request: web.Request) -> web.Response:
    """Reset the connection. The returned response is never sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _delay_answer(
    request: web.Request, fault: Fault, *, faults: FaultQueue, answer_call: AnswerCall
) -> web.StreamResponse:
    answer = await answer_call() if fault.takes_effect else None
    if fault.fault is FaultKind.HOLD:
        await faults.hold(fault)
    else:
        await asyncio.sleep(fault.delay)
    if answer is not None:
        return answer
    if request.transport is None or request.transport.is_closing():
        # The client has closed the connection: the call is not carried out.
        return web.Response(status=500)
    return await answer_call()


def _body(answer: web.Response | None) -> bytes:
    body = answer.body if answer is not None else None
    return body if isinstance(body, bytes) else b'{"isSuccess":false,"errorMsg":"x","data":null}'


async def _stream(request: web.Request, *, length: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
    response.content_length = length
    await response.prepare(request)
    return response


async def _cut_answer(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
    body = _body(answer)
    response = await _stream(request, length=len(body))
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _drip_answer(request: web.Request, answer: web.Response | None, *, delay: float) -> web.StreamResponse:
    body = _body(answer)
    response = await _stream(request, length=len(body))
    try:
        for place in range(len(body)):
            await response.write(body[place : place + 1])
            await asyncio.sleep(delay)
    except ConnectionError:
        return response
    await response.write_eof()
    return response


def _replace_answer(request: web.Request, fault: Fault, answer: web.Response | None) -> web.Response:
    match fault.fault:
        case FaultKind.STATUS:
            headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
            return web.Response(status=fault.status, text=HTML, content_type="text/html", headers=headers)
        case FaultKind.REDIRECT:
            # Another name of this server: the log of calls shows if a client follows with its headers.
            port = request.host.rpartition(":")[2]
            location = fault.location or f"https://localhost:{port}{request.raw_path}"
            return web.Response(status=fault.status, headers={"Location": location})
        case FaultKind.HTML:
            return web.Response(text=HTML, content_type="text/html")
        case FaultKind.HALF_JSON:
            body = _body(answer)
            return web.Response(body=body[: len(body) // 2], content_type="application/json", charset="utf-8")
        case FaultKind.ANSWER:
            return web.Response(text=fault.body, content_type="application/json")
        case FaultKind.EMPTY:
            return web.Response(content_type="application/json")
        case FaultKind.HUGE:
            return _json({"isSuccess": False, "errorMsg": "x" * fault.size, "successMsg": "", "data": None})
        case FaultKind.NULL_DATA:
            return _json({"isSuccess": True, "errorMsg": None, "successMsg": "success", "data": None, "page": None})
        case FaultKind.WRONG_FIELDS:
            return _json(_wrong_fields(_body(answer)))
        case _:
            return _json(["isSuccess", True])


def _wrong_fields(body: bytes) -> object:
    """Return the answer with a wrong type for every value of ``data``."""
    try:
        data = json.loads(body).get("data")
    except ValueError:
        data = None
    wrong = {name: {"value": value} if isinstance(value, str) else 17 for name, value in (data or {}).items()}
    return {"isSuccess": True, "errorMsg": 0, "successMsg": [], "data": wrong or "text", "page": "none"}


def _json(value: object) -> web.Response:
    return web.json_response(value)
