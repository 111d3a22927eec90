# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The admin API under ``/_sandbox``.

It needs no token: the sandbox listens on loopback only.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from .answers import summarize_order
from .api import CallLog
from .clock import Clock, iso
from .errors import AdminError, Refusal
from .fault_injection import FaultQueue
from .manual_actions import change_shown_fields, perform_action
from .order_lifecycle import Lifecycle
from .orders import Order, OrderKind, Status
from .pushes import Push, Pushes
from .sm2 import Sm2Authority
from .store import Store

PREFIX = "/_sandbox"
_LONGEST_WAIT = 60.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Admin:
    """The handlers of the admin API."""

    store: Store
    clock: Clock
    lifecycle: Lifecycle
    calls: CallLog
    faults: FaultQueue
    pushes: Pushes
    sm2: Sm2Authority

    def routes(self) -> list[web.RouteDef]:
        """Return the routes. The guide describes each."""
        table: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/state", self._state),
            ("GET", "/calls", self._get_calls),
            ("DELETE", "/calls", self._delete_calls),
            ("GET", "/orders/{id:[^/]+}", self._get_order),
            ("PATCH", "/orders/{id:[^/]+}", self._patch_order),
            ("POST", "/orders/{id:[^/]+}/{action}", self._act),
            ("GET", "/faults", self._get_faults),
            ("POST", "/faults", self._post_fault),
            ("DELETE", "/faults", self._delete_faults),
            ("GET", "/holds", self._get_holds),
            ("DELETE", "/holds", self._delete_holds),
            ("GET", "/clock", self._get_clock),
            ("POST", "/clock", self._post_clock),
            ("GET", "/settings", self._get_settings),
            ("POST", "/settings", self._post_settings),
            ("DELETE", "/settings", self._delete_settings),
            ("GET", "/pushes", self._get_pushes),
            ("POST", "/pushes", self._post_push),
        )
        return [web.route(method, PREFIX + path, _with_json_errors(handler)) for method, path, handler in table]

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        await self.lifecycle.run_all_due_steps()
        orders = self.store.all_orders()
        counts = {kind: sum(order.kind is kind for order in orders) for kind in OrderKind}
        root = self.sm2.root
        return web.json_response(
            {
                "now": iso(self.clock.now()),
                "charged_orders": counts[OrderKind.ORDER],
                "counts": {
                    **counts,
                    **{status: n for status in Status if (n := sum(order.status is status for order in orders))},
                },
                "calls": len(self.calls.to_json()),
                "sm2_root_ca": str(root) if root else None,
                "settings": self.lifecycle.settings.to_json(),
                "orders": [self._summary(order) for order in orders],
            }
        )

    def _summary(self, order: Order) -> dict[str, object]:
        shown = summarize_order(order, self.store.certificates(order.id, former=True))
        return {**shown, "created": iso(order.created)}

    async def _get_calls(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"calls": self.calls.to_json()})

    async def _delete_calls(self, _request: web.Request) -> web.StreamResponse:
        self.calls.clear()
        return web.json_response({"calls": []})

    async def _order(self, request: web.Request) -> Order:
        order = self.store.find(request.match_info["id"])
        if order is None:
            raise AdminError("no such order", status=404)
        return await self.lifecycle.run_due_steps(order)

    async def _get_order(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._summary(await self._order(request)))

    async def _patch_order(self, request: web.Request) -> web.StreamResponse:
        order = await self._order(request)
        change_shown_fields(order, await _read(request), store=self.store)
        self.lifecycle.wake()
        return web.json_response(self._summary(self.lifecycle.reload(order)))

    async def _act(self, request: web.Request) -> web.StreamResponse:
        order = await self._order(request)
        await perform_action(
            order, request.match_info["action"], lifecycle=self.lifecycle, store=self.store, now=self.clock.now()
        )
        updated = await self.lifecycle.run_due_steps(self.lifecycle.reload(order))
        return web.json_response(self._summary(updated))

    async def _get_faults(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"faults": self.faults.to_json()})

    async def _post_fault(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self.faults.add(await _read(request)).to_json(), status=201)

    async def _delete_faults(self, _request: web.Request) -> web.StreamResponse:
        self.faults.clear()
        return web.json_response({"faults": []})

    async def _get_holds(self, request: web.Request) -> web.StreamResponse:
        try:
            count = int(request.query.get("count", "1"))
            seconds = min(float(request.query.get("wait", "0")), _LONGEST_WAIT)
        except ValueError:
            raise AdminError("count and wait must be numbers") from None
        return web.json_response({"held": await self.faults.wait_for_hold(count=count, seconds=seconds)})

    async def _delete_holds(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"released": self.faults.release()})

    def _clock_state(self) -> dict[str, object]:
        return {"now": iso(self.clock.now()), "offset": self.clock.offset}

    async def _get_clock(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(self._clock_state())

    async def _post_clock(self, request: web.Request) -> web.StreamResponse:
        wanted = await _read(request)
        match dict(wanted):
            case {"advance": int() | float() as seconds}:
                self.clock.advance(float(seconds))
            case {"offset": int() | float() as seconds}:
                self.clock.set_offset(float(seconds))
            case {"set": str() as text}:
                self.clock.set(text)
            case _:
                raise AdminError('send {"advance": seconds}, {"offset": seconds} or {"set": "2027-01-31T08:00:00Z"}')
        await self.lifecycle.run_all_due_steps()
        self.lifecycle.wake()
        return web.json_response(self._clock_state())

    async def _get_settings(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(self.lifecycle.settings.to_json())

    async def _post_settings(self, request: web.Request) -> web.StreamResponse:
        self.lifecycle.settings = self.lifecycle.settings.with_changes(await _read(request))
        self.lifecycle.wake()
        return await self._get_settings(request)

    async def _delete_settings(self, request: web.Request) -> web.StreamResponse:
        self.lifecycle.settings = self.lifecycle.settings_at_start
        self.lifecycle.wake()
        return await self._get_settings(request)

    async def _get_pushes(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"pushes": self.pushes.to_json()})

    async def _post_push(self, request: web.Request) -> web.StreamResponse:
        wanted = await _read(request)
        order_id, issued, revoked = (wanted.get(name) for name in ("orderId", "isIssued", "isRevoked"))
        if not isinstance(order_id, str) or not isinstance(issued, bool) or not isinstance(revoked, bool):
            raise AdminError('send {"orderId": "…", "isIssued": true, "isRevoked": false}')
        if not self.lifecycle.settings.push_url:
            raise AdminError("no push_url is set", status=409)
        self.pushes.add_custom(Push(order_id, issued, revoked))
        return await self._get_pushes(request)


def _with_json_errors(handler: Handler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except AdminError as error:
            return web.json_response({"error": str(error)}, status=error.status)
        except Refusal as error:
            return web.json_response({"error": str(error)}, status=409)

    return handle


async def _read(request: web.Request) -> Mapping[str, object]:
    try:
        value = json.loads(await request.read())
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise AdminError("send a JSON object")
    return {str(name): item for name, item in value.items()}
