# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web server to which WoTrus pushes.

It checks the secret path and the size before it reads a body, then the signature and the format.
Then it stores the push, and answers 200.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import json
import logging
import ssl
import time
import typing as t

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._texts import message as texts

from .push_format import MalformedPushError, parse_body, parse_claim
from .store import AddResult, Message, StoreError
from .work_queue import WorkQueue, clock

if t.TYPE_CHECKING:
    from .options import PushOptions

logger = logging.getLogger("wotrus.pki.push.listener")

_http_logger = logging.getLogger("wotrus.pki.push.http")

_LONGEST_BODY_TIME = 10.0
_LONGEST_IDLE = 15.0
_MOST_CONNECTIONS = 500
_PAUSE_BETWEEN_SWEEPS = 0.25
_MOST_HEADER_BYTES = 8192
_LOG_PERIOD = 60.0
_MOST_RECORDS = 100
_RETRY_AFTER = {"Retry-After": "60"}
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization"}

_COUNTERS = {
    400: "malformed",
    401: "forged",
    404: "forged",
    408: "slow",
    413: "too_large",
    431: "too_large",
}


class _LogLimit(logging.Filter):
    """Passes some records a minute, so that nobody fills the disk."""

    def __init__(self) -> None:
        super().__init__()
        self._begin = 0.0
        self._passed = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged.

        Parameters
        ----------
        record : logging.LogRecord
            The record.

        Returns
        -------
        bool
            Whether a record is logged.

        """
        # Errors by invalid HTTP are not the server's own.
        if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
            return False
        now = time.monotonic()
        if now - self._begin > _LOG_PERIOD:
            self._begin, self._passed = now, 0
        self._passed += 1
        if self._passed == _MOST_RECORDS:
            record.msg, record.args = (
                f"{record.getMessage()} (further messages of this minute are not logged)",
                None,
            )
        return self._passed <= _MOST_RECORDS


for _logger in (logger, _http_logger):
    _logger.addFilter(_LogLimit())


class Listener:
    """Accepts pushes. It listens inside an ``async with`` statement."""

    def __init__(self, work_queue: WorkQueue, options: PushOptions) -> None:
        """Prepare to listen.

        Parameters
        ----------
        work_queue : WorkQueue
            The work queue.
        options : PushOptions
            The options.

        """
        self._work_queue = work_queue
        self._options = options
        self._busy: set[object] = set()
        self._last_active: dict[object, float] = {}
        self._other_count = 0
        app = web.Application(client_max_size=options.max_body)
        app.router.add_post("/push/{token}", self._push)
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/metrics", self._metrics)
        # No access log: the path is a secret.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=_http_logger,
            keepalive_timeout=_LONGEST_IDLE,
            lingering_time=1.0,
            max_line_size=2048,
            max_field_size=4096,
            max_headers=64,
            shutdown_timeout=5.0,
        )
        self._cleanup_task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> t.Self:
        """Begin to listen.

        Returns
        -------
        t.Self
            The listener.

        """
        await self._runner.setup()
        site = web.TCPSite(
            self._runner,
            self._options.host,
            self._options.port,
            ssl_context=_tls(self._options),
            backlog=512,
        )
        async with contextlib.AsyncExitStack() as on_failure:
            on_failure.push_async_callback(self._runner.cleanup)
            await site.start()
            on_failure.pop_all()
        self._cleanup_task = asyncio.create_task(self._close_idle_connections())
        if not (self._options.certfile or self._options.host in _LOOPBACK):
            logger.warning(
                "Listening on %s without TLS. Only a proxy should reach it.",
                self._options.host,
            )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Stop to listen.

        Parameters
        ----------
        *exc_info : object
            The error that ended the block.

        """
        if self._cleanup_task is not None:
            self._cleanup_task.cancel()
        # Requests in progress are stored and answered before this returns.
        await self._runner.cleanup()

    async def _push(self, request: web.Request) -> web.Response:
        connection = request.protocol
        try:
            message = await self._accept(request)
            # From here on the connection is not idle, whatever the disk needs.
            self._busy.add(connection)
            return await self._store(message)
        except web.HTTPException as refusal:
            self._work_queue.counts[_COUNTERS.get(refusal.status, "refused")] += 1
            if request.can_read_body:
                # Nobody reads the rest of a refused body.
                refusal.force_close()
            raise
        finally:
            self._busy.discard(connection)
            self._last_active[connection] = time.monotonic()

    async def _accept(self, request: web.Request) -> Message:
        if not hmac.compare_digest(
            _bytes(request.match_info["token"]),
            _bytes(self._options.path_token),
        ):
            raise web.HTTPNotFound
        hidden = {*_SECRET_HEADERS, self._options.hmac_header.casefold()}
        headers = {
            name: _text(value)
            for name, value in request.headers.items()
            if name.casefold() not in hidden
        }
        if sum(len(name) + len(value) for name, value in headers.items()) > _MOST_HEADER_BYTES:
            raise web.HTTPRequestHeaderFieldsTooLarge
        if (request.content_length or 0) > self._options.max_body:
            raise web.HTTPRequestEntityTooLarge(self._options.max_body, request.content_length or 0)
        body = await _body(request)
        if self._options.hmac_secret and not self._signed(request, body):
            raise web.HTTPUnauthorized
        try:
            payload = parse_body(body)
            claim = parse_claim(payload)
        except MalformedPushError as reason:
            raise web.HTTPBadRequest(text=f"{reason}\n") from None
        content = {"payload": payload, "meta": {"endpoint": "push", "headers": headers}}
        if claim is None:
            self._other_count += 1
            return Message(f"other {time.time_ns()} {self._other_count}", None, content)
        return Message(
            claim.key,
            claim.order_id,
            content,
            issued=claim.issued,
            revoked=claim.revoked,
        )

    async def _store(self, message: Message) -> web.Response:
        try:
            result = await self._work_queue.add(message, most=self._options.max_stored)
        except StoreError as exc:
            logger.warning("A push could not be stored: %s", exc)
            raise web.HTTPServiceUnavailable(headers=_RETRY_AFTER) from None
        self._work_queue.counts[result.value] += 1
        if result is AddResult.FULL:
            raise web.HTTPServiceUnavailable(headers=_RETRY_AFTER)
        return web.Response()

    def _signed(self, request: web.Request, body: bytes) -> bool:
        options = self._options
        wanted = hmac.new(options.hmac_secret.encode(), body, options.hmac_algo)
        text = (
            base64.b64encode(wanted.digest()).decode()
            if options.hmac_format == "base64"
            else wanted.hexdigest()
        )
        given = (
            request.headers.get(options.hmac_header, "")
            .strip()
            .removeprefix(f"{options.hmac_algo}=")
        )
        given = given if options.hmac_format == "base64" else given.lower()
        return hmac.compare_digest(_bytes(given), _bytes(text))

    async def _health(self, _request: web.Request) -> web.Response:
        # Answer the state, which has no secret.
        # The status is 503 if a push cannot be stored.
        state = await self._state()
        text = json.dumps({**state, "counts": dict(self._work_queue.counts)})
        status = 200 if state["status"] == "ok" else 503
        return web.Response(text=text, content_type="application/json", status=status)

    async def _state(self) -> dict[str, t.Any]:
        stored, most = self._work_queue.stored, self._options.max_stored
        can_store = await self._work_queue.can_store()
        try:
            deliveries = await self._work_queue.summary()
        except StoreError:
            can_store, deliveries = False, {}
        oldest = deliveries.pop("oldest", None)
        answered = self._work_queue.api_answered
        return {
            "status": "full" if stored >= most else "ok" if can_store else "disk",
            "stored": stored,
            "max_stored": most,
            "oldest_undelivered_seconds": None if oldest is None else round(oldest),
            "api_answered_seconds_ago": None if answered is None else round(clock() - answered),
            "orders": deliveries,
        }

    async def _metrics(self, _request: web.Request) -> web.Response:
        # Answer the same in the text format of Prometheus.
        state = await self._state()
        lines = [
            *_metric("up", "gauge", {"": int(state["status"] == "ok")}),
            *_metric("stored_pushes", "gauge", {"": state["stored"]}),
            *_metric(
                "oldest_undelivered_seconds",
                "gauge",
                {"": state["oldest_undelivered_seconds"] or 0},
            ),
            *_metric(
                "orders",
                "gauge",
                {f'delivery="{name}"': count for name, count in state["orders"].items()},
            ),
            *_metric(
                "events_total",
                "counter",
                {f'kind="{k}"': n for k, n in sorted(self._work_queue.counts.items())},
            ),
        ]
        if state["api_answered_seconds_ago"] is not None:
            lines += _metric(
                "api_answered_seconds_ago",
                "gauge",
                {"": state["api_answered_seconds_ago"]},
            )
        return web.Response(
            body="".join(lines).encode(),
            headers={"Content-Type": "text/plain; version=0.0.4"},
        )

    async def _close_idle_connections(self) -> None:
        # Close idle connections, so that nobody can occupy all of them.
        while True:
            await asyncio.sleep(_PAUSE_BETWEEN_SWEEPS)
            server = self._runner.server
            connections = server.connections if server else []
            now = time.monotonic()
            self._last_active = {one: self._last_active.get(one, now) for one in connections}
            idle = sorted(
                (one for one in connections if one not in self._busy),
                key=lambda one: self._last_active[one],
            )
            surplus = max(0, len(connections) - _MOST_CONNECTIONS)
            for number, one in enumerate(idle):
                if number < surplus or now - self._last_active[one] > _LONGEST_IDLE:
                    one.force_close()


def _metric(name: str, kind: str, values: dict[str, int]) -> list[str]:
    # Return the lines of a metric; the values are by their labels.
    full = f"wotrus_push_{name}"
    rows = [
        f"{full}{{{labels}}} {value}\n" if labels else f"{full} {value}\n"
        for labels, value in values.items()
    ]
    return [f"# TYPE {full} {kind}\n", *rows]


async def _body(request: web.Request) -> bytes:
    # Read a body in bounded time. The application bounds its size.
    try:
        async with asyncio.timeout(_LONGEST_BODY_TIME):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


def _tls(options: PushOptions) -> ssl.SSLContext | None:
    if not options.certfile:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(options.certfile, options.keyfile, options.password)
    except OSError as exc:
        raise InvalidInput(texts.Message("event.certfile", error=exc)) from None
    return context


def _text(value: str) -> str:
    # Return a header's value with invalid bytes replaced.
    return value.encode("utf-8", "replace").decode()


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")
