# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the server: builds the application, listens, and stops on a signal."""

from __future__ import annotations

import asyncio
import contextlib
import errno
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
from .answer_forms import http_date
from .api import Api, CallLog
from .authority import Authority
from .clock import Clock
from .endpoints import Endpoints
from .errors import StartError
from .fault_injection import FaultQueue
from .manual_actions import build_order_page
from .order_lifecycle import Lifecycle
from .order_placement import OrderPlacement
from .pushes import Pushes
from .revocation import Responder, build_revocation_app
from .settings import Settings
from .sm2 import Sm2Authority
from .store import Store
from .tls import TlsAuthority, TlsFault

logger = logging.getLogger(__name__)

# Documents are sent in base64.
LARGEST_BODY = 64 * 1024 * 1024
# The seconds after which open calls are closed when the sandbox stops.
SHUTDOWN_TIMEOUT = 1.0
BACKLOG = 512
REVOCATION_APP = web.AppKey("revocation", web.Application)


@dataclass(frozen=True, slots=True)
class StartOptions:
    """The options of a start. Port 0 takes a free port."""

    host: str
    port: int
    revocation_port: int | None
    data: Path
    ready_file: Path | None
    token: str
    settings: Settings
    tls_fault: TlsFault = TlsFault.NONE


async def serve(start: StartOptions) -> None:
    """Run until SIGTERM or SIGINT.

    StartError if the directory or the address is in use.
    """
    with _lock(start.data):
        tls = TlsAuthority(start.data / "tls")
        with contextlib.ExitStack() as sockets:
            listening = sockets.enter_context(_listen(start.host, start.port, option="--port"))
            revocation = None
            if start.revocation_port is not None:
                revocation = sockets.enter_context(
                    _listen(start.host, start.revocation_port, option="--revocation-port")
                )
            authority = Authority(start.data / "ca", f"http://{_address(revocation)}" if revocation else "")
            await _serve(start, listening=listening, revocation=revocation, tls=tls, authority=authority)


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _serve(
    start: StartOptions,
    *,
    listening: socket.socket,
    revocation: socket.socket | None,
    tls: TlsAuthority,
    authority: Authority,
) -> None:
    url = f"https://{_address(listening)}"
    app = build_app(data=start.data, authority=authority, settings=start.settings, token=start.token, base_url=url)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT)
    await runner.setup()
    beside = web.AppRunner(app[REVOCATION_APP], access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT)
    await beside.setup()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        await web.SockSite(runner, listening, ssl_context=tls.context(fault=start.tls_fault), backlog=BACKLOG).start()
        if revocation is not None:
            await web.SockSite(beside, revocation, backlog=BACKLOG).start()
        facts: dict[str, str | int] = {
            "url": url,
            "admin_url": url + PREFIX,
            "token": start.token,
            "tls_ca": str(tls.ca_path.resolve()),
            "root_ca": str(authority.root_path.resolve()),
            "pid": os.getpid(),
        }
        _announce(facts, ready_file=start.ready_file)
        await stopped.wait()
        logger.info("stopping")
    finally:
        if start.ready_file is not None:
            _remove_ready_file(start.ready_file)
        await beside.cleanup()
        await runner.cleanup()


def _lock(data: Path) -> _DirectoryLock:
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _DirectoryLock(data / "lock")


class _DirectoryLock:
    """A lock on the data directory, which only one sandbox may use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a")

    def __enter__(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise StartError(f"another sandbox uses {self._path.parent}. Stop it, or use another --data-dir.") from None

    def __exit__(self, *_details: object) -> None:
        self._file.close()


def _listen(host: str, port: int, *, option: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(f"Port {port} of {host} is in use. Set {option} to another port.") from None
        raise StartError(f"cannot listen on {host} port {port}: {error.strerror or error}") from None


def _announce(facts: dict[str, str | int], *, ready_file: Path | None) -> None:
    """Write the addresses to standard output and to the ready file.

    The ready file is never incomplete.
    """
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
    # mkstemp creates the file with mode 0600, because it contains the token.
    descriptor, name = tempfile.mkstemp(prefix=".ready-", dir=ready_file.parent)
    with os.fdopen(descriptor, "w") as file:
        json.dump(facts, file)
        file.write("\n")
    os.replace(name, ready_file)


def _remove_ready_file(ready_file: Path) -> None:
    """Remove the ready file, unless another sandbox has written it."""
    try:
        if json.loads(ready_file.read_text()).get("pid") == os.getpid():
            ready_file.unlink()
    except (OSError, ValueError):
        return


def build_app(*, data: Path, authority: Authority, settings: Settings, token: str, base_url: str) -> web.Application:
    """Return the application.

    ``data``: the data directory. ``base_url``: the address of the server.
    """
    store = Store(data / "sandbox.sqlite")
    clock = Clock(store)
    sm2 = Sm2Authority(data / "sm2")
    calls, faults = CallLog(), FaultQueue()
    pushes = Pushes(lambda: lifecycle.settings)
    lifecycle = Lifecycle(store=store, clock=clock, authority=authority, sm2=sm2, pushes=pushes, settings=settings)
    placement = OrderPlacement(store=store, clock=clock, lifecycle=lifecycle)
    endpoints = Endpoints(
        store=store, lifecycle=lifecycle, placement=placement, authority=authority, sm2=sm2, base_url=base_url
    )
    api = Api(endpoints=endpoints, faults=faults, calls=calls, clock=clock, token=token)
    admin = Admin(store=store, clock=clock, lifecycle=lifecycle, calls=calls, faults=faults, pushes=pushes, sm2=sm2)

    async def date(_request: web.Request, response: web.StreamResponse) -> None:
        moment = http_date(clock.now(), lifecycle.settings.readings)
        if moment is None:
            response.headers.popall("Date", None)
        else:
            response.headers["Date"] = moment

    async def background(_app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(lifecycle.run())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await pushes.close()
        store.close()

    async def release_held_calls(_app: web.Application) -> None:
        faults.clear()

    app = web.Application(client_max_size=LARGEST_BODY)
    responder = Responder(authority=authority, store=store, clock=clock, settings=lambda: lifecycle.settings)
    app[REVOCATION_APP] = build_revocation_app(responder)
    app.on_response_prepare.append(date)
    app.on_shutdown.append(release_held_calls)
    app.cleanup_ctx.append(background)
    app.add_routes(admin.routes())
    app.router.add_get("/ProductV4/OrderSuccess/{name}.html", build_order_page(store))
    app.router.add_route("*", "/{path:.*}", api.serve)
    return app
