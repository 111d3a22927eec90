# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listens, tells where, and stops when asked."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from .admin import PREFIX, Admin
from .api import Api, Calls
from .authority import Authority
from .clock import Clock
from .endpoints import Endpoints
from .errors import StartError
from .fault_injection import Faults
from .manual_actions import order_page
from .order_lifecycle import Life
from .order_placement import Accounts
from .pushes import Pushes
from .settings import Settings
from .sm2 import Sm2Authority
from .store import Store
from .tls import TlsAuthority, TlsFault

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


logger = logging.getLogger(__name__)

# Calls that are still held or slow when the sandbox stops are cut after this many seconds.
PATIENCE = 1.0
BACKLOG = 512


@dataclass(frozen=True, slots=True)
class Start:
    """How to start: an address (loopback; port 0: any free one), folders and files, the token, the behaviour."""

    host: str
    port: int
    data: Path
    ready_file: Path | None
    token: str
    settings: Settings
    tls_fault: TlsFault = TlsFault.NONE


async def serve(start: Start) -> None:
    """Run until SIGTERM or SIGINT; StartError where the folder is in use or the address cannot be had."""
    with _lock(start.data):
        tls = TlsAuthority(start.data / "tls")
        authority = Authority(start.data / "ca")
        with _listen(start.host, start.port) as listening:
            await _serve(start, listening=listening, tls=tls, authority=authority)


async def _serve(start: Start, *, listening: socket.socket, tls: TlsAuthority, authority: Authority) -> None:
    port = listening.getsockname()[1]
    host = f"[{start.host}]" if ":" in start.host else start.host
    url = f"https://{host}:{port}"
    app = build_app(data=start.data, authority=authority, settings=start.settings, token=start.token, base_url=url)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=PATIENCE)
    await runner.setup()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        await web.SockSite(runner, listening, ssl_context=tls.context(fault=start.tls_fault), backlog=BACKLOG).start()
        facts: dict[str, str | int] = {
            "url": url,
            "admin_url": url + PREFIX,
            "token": start.token,
            "tls_ca": str(tls.ca_path.resolve()),
            "root_ca": str(authority.root_path.resolve()),
            "pid": os.getpid(),
        }
        _tell(facts, ready_file=start.ready_file)
        await stopped.wait()
        logger.info("stopping")
    finally:
        if start.ready_file is not None:
            _remove_own(start.ready_file)
        await runner.cleanup()


def _lock(data: Path) -> _Locked:
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _Locked(data / "lock")


class _Locked:
    """One sandbox for a folder: two would each believe the orders theirs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a")

    def __enter__(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise StartError(
                f"another sandbox uses {self._path.parent}: stop it, or give this one another --data-dir"
            ) from None

    def __exit__(self, *_details: object) -> None:
        self._file.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise StartError(f"cannot listen on {host} port {port}: {error.strerror or error}") from None


def _tell(facts: dict[str, str | int], *, ready_file: Path | None) -> None:
    """Say where the sandbox is: on standard output, and in the ready file, which appears complete."""
    lines = ["WoTrus sandbox is ready. No order here costs anything."]
    for name, label in (
        ("url", "URL"),
        ("admin_url", "admin URL"),
        ("token", "token"),
        ("tls_ca", "TLS CA (ca_path)"),
        ("root_ca", "root of the certificates"),
    ):
        lines.append(f"  {label + ':':26}{facts[name]}")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    if ready_file is None:
        return
    ready_file.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp gives mode 0600: the token is in it.
    descriptor, name = tempfile.mkstemp(prefix=".ready-", dir=ready_file.parent)
    with os.fdopen(descriptor, "w") as file:
        json.dump(facts, file)
        file.write("\n")
    os.replace(name, ready_file)


def _remove_own(ready_file: Path) -> None:
    """Remove the ready file, unless another sandbox has written its own there."""
    try:
        if json.loads(ready_file.read_text()).get("pid") == os.getpid():
            ready_file.unlink()
    except (OSError, ValueError):
        return
