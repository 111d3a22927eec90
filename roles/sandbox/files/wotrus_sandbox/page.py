# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page behind ``pendingLink``: on the real server a person uploads documents or pays there."""

from __future__ import annotations

import html
import uuid

from aiohttp import web
from aiohttp.typedefs import Handler

from .store import Store

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>WoTrus sandbox: order {id}</title></head>
<body><h1>Order {id}</h1><p>Status: {status}. On the real server a person goes on from here.
In the sandbox: <code>POST /_sandbox/orders/{id}/approve</code> (or <code>paid</code>, <code>issue</code>).</p>
</body></html>
"""


def order_page(store: Store) -> Handler:
    """Return the handler of the page."""

    async def show(request: web.Request) -> web.StreamResponse:
        try:
            order = store.find(str(uuid.UUID(request.match_info["name"])))
        except ValueError:
            order = None
        if order is None:
            return web.Response(status=404, text="no such order")
        page = _PAGE.format(id=order.id, status=html.escape(order.status))
        return web.Response(text=page, content_type="text/html")

    return show
