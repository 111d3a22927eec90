# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the parts together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from .accounts import Accounts
from .admin import Admin
from .api import Api
from .authority import Authority
from .calls import Calls
from .clock import Clock
from .endpoints import Endpoints
from .faults import Faults
from .life import Life
from .page import order_page
from .pushes import Pushes
from .settings import Settings
from .sm2 import Sm2Authority
from .store import Store

# Scanned documents are sent in base64.
LARGEST_BODY = 64 * 1024 * 1024


def build_app(*, data: Path, authority: Authority, settings: Settings, token: str, base_url: str) -> web.Application:
    """Return the application. ``data``: the folder with the sandbox's memory; ``base_url``: where it listens."""
    store = Store(data / "sandbox.sqlite")
    clock = Clock(store)
    sm2 = Sm2Authority(data / "sm2")
    calls, faults = Calls(), Faults()
    pushes = Pushes(lambda: life.settings)
    life = Life(store=store, clock=clock, authority=authority, sm2=sm2, pushes=pushes, settings=settings)
    accounts = Accounts(store=store, clock=clock, life=life)
    endpoints = Endpoints(store=store, life=life, accounts=accounts, authority=authority, sm2=sm2, base_url=base_url)
    api = Api(endpoints=endpoints, faults=faults, calls=calls, clock=clock, token=token)
    admin = Admin(store=store, clock=clock, life=life, calls=calls, faults=faults, pushes=pushes, sm2=sm2)

    async def date(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = clock.http_date()

    async def background(_app: web.Application) -> AsyncIterator[None]:
        looking = asyncio.create_task(life.run())
        yield
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
        await pushes.close()
        store.close()

    async def let_go(_app: web.Application) -> None:
        faults.clear()

    app = web.Application(client_max_size=LARGEST_BODY)
    app.on_response_prepare.append(date)
    app.on_shutdown.append(let_go)
    app.cleanup_ctx.append(background)
    app.add_routes(admin.routes())
    app.router.add_get("/ProductV4/OrderSuccess/{name}.html", order_page(store))
    app.router.add_route("*", "/{path:.*}", api.serve)
    return app
