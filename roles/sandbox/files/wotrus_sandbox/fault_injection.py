# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on request: which call meets which one, and how many times."""

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


class Kind(enum.StrEnum):
    """The faults; the guide has a table of what each does."""

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


# These let the call happen and spoil its answer, unless the tester says otherwise with ``when``.
_AFTER = frozenset(
    {
        Kind.SLOW,
        Kind.DROP_AFTER,
        Kind.CUT,
        Kind.HALF_JSON,
        Kind.DRIP,
        Kind.WRONG_TYPE,
        Kind.WRONG_FIELDS,
        Kind.NULL_DATA,
    }
)
_FIXED = {Kind.DROP_BEFORE: "before", Kind.DROP_AFTER: "after", Kind.HALF_JSON: "after"}
_DEFAULT_DELAY = {Kind.SLOW: 5.0, Kind.DRIP: 0.05}
_LONGEST_DELAY = 600.0
_LARGEST = 200_000_000


@dataclass(slots=True)
class Fault:
    """One fault that was asked for.

    times: how many calls still meet it (-1: every one). skip: how many calls pass before the first.
    when: ``before`` (the call has no effect) or ``after`` (it takes effect, its answer suffers).
    status, retry_after, location: of the answer. delay: seconds (of the whole, or between two bytes for drip).
    size: bytes of a huge answer.
    """

    endpoint: str
    fault: Kind
    times: int = 1
    skip: int = 0
    when: str = ""
    status: int = 500
    retry_after: str | None = None
    location: str | None = None
    delay: float = 0.0
    size: int = 10_000_000
    held: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def happens_first(self) -> bool:
        """Whether the call takes effect although the answer suffers."""
        return self.when == "after"

    def shown(self) -> dict[str, object]:
        """Return the fault as JSON has it."""
        return {name: getattr(self, name) for name in FIELDS}


FIELDS = tuple(entry.name for entry in fields(Fault) if entry.name != "released")


class Faults:
    """The faults that wait for their calls; the oldest that fits is met first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._holding: list[Fault] = []
        self._taken: dict[int, Fault] = {}
        self._changed = asyncio.Condition()

    def add(self, wanted: Mapping[str, object]) -> Fault:
        """Add a fault from the JSON of the admin API; AdminError when something in it is wrong."""
        fault = read_fault(wanted)
        self._faults.append(fault)
        return fault

    def take(self, endpoint: str) -> Fault | None:
        """Return the fault that this call meets, if any, and count it."""
        for fault in self._faults:
            if fault.endpoint not in (ANY, endpoint) or fault.times == 0:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times > 0:
                fault.times -= 1
            self._faults = [waiting for waiting in self._faults if waiting.times != 0]
            if fault.fault is Kind.HOLD:
                self._taken[id(fault)] = fault
            return fault
        return None

    def clear(self) -> None:
        """Forget all faults, and let go what is held, or is on its way to be."""
        for fault in self._taken.values():
            fault.released.set()
        self._faults, self._taken = [], {}

    def shown(self) -> list[dict[str, object]]:
        """Return the faults that wait, and those that hold a call."""
        return [fault.shown() for fault in [*self._faults, *(held for held in self._holding if held.times == 0)]]

    async def hold(self, fault: Fault) -> None:
        """Keep a call until it is released."""
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
        """Let all held calls go on; how many there were comes out."""
        count = len(self._holding)
        for fault in self._holding:
            fault.released.set()
        return count

    async def wait_for_hold(self, *, count: int, seconds: float) -> int:
        """Wait until ``count`` calls are held, at most ``seconds``; how many are held comes out."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: len(self._holding) >= count)
        except TimeoutError:
            pass
        return len(self._holding)


def read_fault(wanted: Mapping[str, object]) -> Fault:
    """Check the JSON of a fault; AdminError says what is wrong with it."""
    known = [name for name in FIELDS if name != "held"]
    unknown = sorted(wanted.keys() - set(known))
    if unknown:
        raise AdminError(f"unknown field {unknown[0]!r}; known: {', '.join(known)}")
    endpoint = wanted.get("endpoint", ANY)
    if endpoint not in (*ENDPOINTS, ANY):
        raise AdminError(f"endpoint must be one of: {', '.join(ENDPOINTS)}, *")
    try:
        kind = Kind(str(wanted.get("fault")))
    except ValueError:
        raise AdminError(f"fault must be one of: {', '.join(Kind)}") from None
    when = wanted.get("when", "after" if kind in _AFTER else "before")
    if when not in ("before", "after") or when != _FIXED.get(kind, when):
        raise AdminError("when must be before or after, and fit the fault")
    return Fault(
        endpoint=str(endpoint),
        fault=kind,
        times=_whole(wanted, "times", default=1, lowest=-1),
        skip=_whole(wanted, "skip", default=0),
        when=str(when),
        status=_whole(wanted, "status", default=302 if kind is Kind.REDIRECT else 500, lowest=200, highest=599),
        retry_after=_text(wanted, "retry_after"),
        location=_text(wanted, "location"),
        delay=_seconds(wanted, default=_DEFAULT_DELAY.get(kind, 0.0)),
        size=_whole(wanted, "size", default=10_000_000, highest=_LARGEST),
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

Answering = Callable[[], Awaitable[web.Response]]


async def spoil(request: web.Request, fault: Fault, *, faults: Faults, answering: Answering) -> web.StreamResponse:
    """Return the answer that ``fault`` leaves of a call.

    ``answering`` makes the call happen and gives its proper answer; it is not called where the fault strikes before.
    """
    if fault.fault in (Kind.SLOW, Kind.HOLD):
        return await _late(request, fault, faults=faults, answering=answering)
    answer = await answering() if fault.happens_first else None
    match fault.fault:
        case Kind.DROP_BEFORE | Kind.DROP_AFTER:
            return hang_up(request)
        case Kind.CUT:
            return await _cut(request, answer)
        case Kind.DRIP:
            return await _drip(request, answer, delay=fault.delay)
        case _:
            return _other(request, fault, answer)


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without a word; the response that comes out goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _late(request: web.Request, fault: Fault, *, faults: Faults, answering: Answering) -> web.StreamResponse:
    answer = await answering() if fault.happens_first else None
    if fault.fault is Kind.HOLD:
        await faults.hold(fault)
    else:
        await asyncio.sleep(fault.delay)
    if answer is not None:
        return answer
    if request.transport is None or request.transport.is_closing():
        # Whoever asked has given up: the call never happens.
        return web.Response(status=500)
    return await answering()


def _body(answer: web.Response | None) -> bytes:
    body = answer.body if answer is not None else None
    return body if isinstance(body, bytes) else b'{"isSuccess":false,"errorMsg":"x","data":null}'


async def _stream(request: web.Request, *, length: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
    response.content_length = length
    await response.prepare(request)
    return response


async def _cut(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
    body = _body(answer)
    response = await _stream(request, length=len(body))
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _drip(request: web.Request, answer: web.Response | None, *, delay: float) -> web.StreamResponse:
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


def _other(request: web.Request, fault: Fault, answer: web.Response | None) -> web.Response:
    match fault.fault:
        case Kind.STATUS:
            headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
            return web.Response(status=fault.status, text=HTML, content_type="text/html", headers=headers)
        case Kind.REDIRECT:
            # Another name of the same server: headers that follow to another host would show in the log of calls.
            port = request.host.rpartition(":")[2]
            location = fault.location or f"https://localhost:{port}{request.raw_path}"
            return web.Response(status=fault.status, headers={"Location": location})
        case Kind.HTML:
            return web.Response(text=HTML, content_type="text/html")
        case Kind.HALF_JSON:
            body = _body(answer)
            return web.Response(body=body[: len(body) // 2], content_type="application/json", charset="utf-8")
        case Kind.EMPTY:
            return web.Response(content_type="application/json")
        case Kind.HUGE:
            return _json({"isSuccess": False, "errorMsg": "x" * fault.size, "successMsg": "", "data": None})
        case Kind.NULL_DATA:
            return _json({"isSuccess": True, "errorMsg": None, "successMsg": "success", "data": None, "page": None})
        case Kind.WRONG_FIELDS:
            return _json(_wrong_fields(_body(answer)))
        case _:
            return _json(["isSuccess", True])


def _wrong_fields(body: bytes) -> object:
    """Return the answer with every value of ``data`` of a type that it should not have."""
    try:
        data = json.loads(body).get("data")
    except ValueError:
        data = None
    wrong = {name: {"value": value} if isinstance(value, str) else 17 for name, value in (data or {}).items()}
    return {"isSuccess": True, "errorMsg": 0, "successMsg": [], "data": wrong or "text", "page": "none"}


def _json(value: object) -> web.Response:
    return web.json_response(value)
