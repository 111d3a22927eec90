# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server of the API, and the log of calls."""

from __future__ import annotations

import hmac
import json
import logging
from collections import deque
from dataclasses import asdict, dataclass, field

from aiohttp import web

from .answer_forms import refuse, write
from .clock import Clock
from .endpoints import Call, CallAnswer, Endpoints
from .errors import NotKnownYet, Refusal
from .fault_injection import FaultQueue, inject_fault
from .request_bodies import Fields

logger = logging.getLogger(__name__)

# The longest text and the most calls that the log keeps.
LONGEST = 200
MAX_KEPT = 200_000
# The paths of the manual, sections 2 to 9. Their case does not matter, as with ASP.NET.
_POSTS = {
    "/v1/order/create": "create",
    "/v1/order/cancel": "cancel",
    "/v1/certificate/revokerequest": "revoke",
    "/v1/certificate/reissuerequest": "reissue",
    "/v1/notification/email": "notify",
}
_RETRIEVE = "/v1/certificate/retrievepem"
_QUERY = "/v1/order/"
UNKNOWN = "unknown"


@dataclass(slots=True)
class CallResult:
    """The success and the order of a call, for the log."""

    success: bool | None = None
    order_id: str | None = field(default=None)


class Api:
    """Answers every call outside the admin API."""

    def __init__(self, *, endpoints: Endpoints, faults: FaultQueue, calls: CallLog, clock: Clock, token: str) -> None:
        self._endpoints = endpoints
        self._faults = faults
        self._calls = calls
        self._clock = clock
        self._token = token.encode()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a call, with a fault if one is set for it."""
        name, order_id = find_endpoint(request)
        result = CallResult()

        async def answer_call() -> web.Response:
            return await self._answer(request, name=name, order_id=order_id, result=result)

        fault = self._faults.take(name) if name != UNKNOWN else None
        status = 0
        try:
            if fault is None:
                response: web.StreamResponse = await answer_call()
            else:
                response = await inject_fault(request, fault, faults=self._faults, answer_call=answer_call)
            gone = request.transport is None or request.transport.is_closing()
            status = 0 if gone and not response.prepared else response.status
            return response
        finally:
            self._log(request, name=name, result=result, status=status, fault=fault.fault if fault else None)

    def _log(self, request: web.Request, *, name: str, result: CallResult, status: int, fault: str | None) -> None:
        request_id = request.headers.get("RequestID")
        call = LoggedCall(
            endpoint=name,
            method=request.method,
            path=request.path[:LONGEST],
            request_id=request_id[:LONGEST] if request_id else None,
            status=status,
            success=result.success,
            order_id=result.order_id,
            fault=fault,
            time=self._clock.now(),
        )
        self._calls.add(call)
        # The path is not logged: it may contain any text of the caller.
        logger.info("%s %s %s%s", name, status, result.order_id or "-", f" fault={fault}" if fault else "")

    async def _answer(self, request: web.Request, *, name: str, order_id: str, result: CallResult) -> web.Response:
        token = request.headers.get("WoTrusToken", "")
        if not hmac.compare_digest(token.encode(errors="surrogateescape"), self._token):
            return web.Response(status=401)
        if name == UNKNOWN:
            return web.Response(status=404)
        try:
            body = await _read_body(request) if request.method == "POST" else Fields({}, name="")
            done = await self._endpoints.answer(name, Call(order_id, body))
        except Refusal as refusal:
            done = CallAnswer(refuse(name, str(refusal), self._endpoints.settings.readings), refusal.order_id)
        except NotKnownYet as unknown:
            done = CallAnswer(None, unknown.order_id)
        result.order_id = done.order_id
        if done.answer is None:
            return web.Response(status=404)
        result.success = done.answer["isSuccess"] is not False
        # A refused call has HTTP 200 too, as at the real API.
        return web.json_response(write(done.answer, self._endpoints.settings))


def find_endpoint(request: web.Request) -> tuple[str, str]:
    """Return a request's endpoint, and the order's id of its address."""
    path = request.path.lower().rstrip("/")
    if request.method == "POST":
        return _POSTS.get(path, UNKNOWN), ""
    if request.method != "GET":
        return UNKNOWN, ""
    if path == _RETRIEVE:
        query = {name.lower(): value for name, value in request.query.items()}
        return "retrieve", query.get("orderid", "")
    if path.startswith(_QUERY) and "/" not in path[len(_QUERY) :]:
        return "query", path[len(_QUERY) :]
    return UNKNOWN, ""


async def _read_body(request: web.Request) -> Fields:
    """Return the JSON object of a POST.

    Refusal for another content type (manual, section 1.6) or bad JSON.
    """
    if request.content_type != "application/json":
        raise Refusal("Content-Type 不正确，应为 application/json")
    try:
        value = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise Refusal("请求内容不是有效的 JSON") from None
    return Fields(value, name="请求内容")


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A call in the log.

    :ivar endpoint: create, query, … or ``unknown``
    :ivar status: the HTTP status of the answer, 0 without an answer
    :ivar fault: the injected fault, or None
    """

    endpoint: str
    method: str
    path: str
    request_id: str | None
    status: int
    success: bool | None
    order_id: str | None
    fault: str | None
    time: float


class CallLog:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[LoggedCall] = deque(maxlen=MAX_KEPT)

    def add(self, call: LoggedCall) -> None:
        """Add a call."""
        self._calls.append(call)

    def clear(self) -> None:
        """Remove all calls."""
        self._calls.clear()

    def to_json(self) -> list[dict[str, object]]:
        """Return the calls as JSON."""
        return [asdict(call) for call in self._calls]
