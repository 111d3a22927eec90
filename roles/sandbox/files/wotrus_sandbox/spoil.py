# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives a call the fault it meets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from .faults import Fault, Faults, Kind

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
