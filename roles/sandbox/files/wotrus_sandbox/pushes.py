# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends pushes (manual, section 8.1): at most three tries, until HTTP 200."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import ssl
from collections.abc import Callable
from dataclasses import asdict, dataclass

import aiohttp

from .orders import Order
from .settings import Settings

logger = logging.getLogger(__name__)

TRIES = 3
TIMEOUT = 10
MAX_KEPT = 1000


@dataclass(slots=True)
class Push:
    """One push and its state.

    ``last``: the last HTTP status, or the name of the error.
    """

    order_id: str
    is_issued: bool
    is_revoked: bool
    tries: int = 0
    last: int | str | None = None
    done: bool = False


class Pushes:
    """Sends each push in a background task."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        """``settings`` returns the current settings."""
        self._settings = settings
        self._sent: list[Push] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, order: Order, *, is_issued: bool, is_revoked: bool) -> None:
        """Push the state of ``order`` if a URL is set."""
        self.add_custom(Push(order.format_id(self._settings().id_style), is_issued, is_revoked))

    def add_custom(self, push: Push) -> None:
        """Send ``push`` if a URL is set.

        Its content need not be true.
        """
        if not self._settings().push_url:
            return
        self._sent = [*self._sent, push][-MAX_KEPT:]
        task = asyncio.get_running_loop().create_task(self._deliver(push))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def to_json(self) -> list[dict[str, object]]:
        """Return the last pushes, oldest first."""
        return [asdict(push) for push in self._sent]

    async def close(self) -> None:
        """Cancel the pushes that are not delivered yet."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, push: Push) -> None:
        body = json.dumps(
            {
                "dataAction": "order",
                "orderId": push.order_id,
                "isIssued": push.is_issued,
                "isRevoked": push.is_revoked,
            }
        ).encode()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as session:
            while push.tries < TRIES:
                push.tries += 1
                push.last = await self._try(session, body=body)
                if push.last == 200:
                    push.done = True
                    return
                logger.warning("push of order %s: try %d failed with %s", push.order_id.strip(), push.tries, push.last)
                if push.tries < TRIES:
                    await asyncio.sleep(self._settings().push_retry_delay)

    async def _try(self, session: aiohttp.ClientSession, *, body: bytes) -> int | str:
        settings = self._settings()
        headers = {"Content-Type": "application/json"}
        if settings.push_secret:
            headers[settings.push_header] = hmac.new(settings.push_secret.encode(), body, hashlib.sha256).hexdigest()
        try:
            trust = ssl.create_default_context(cafile=settings.push_ca) if settings.push_ca else True
            async with session.post(
                settings.push_url, data=body, headers=headers, allow_redirects=False, ssl=trust
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return type(error).__name__
