# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of the sandbox."""

from __future__ import annotations

import argparse
import asyncio
import functools
import http.client
import ipaddress
import json
import logging
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from urllib.parse import urlsplit

from .errors import AdminError, StartError
from .server import Start, serve
from .settings import CHOICES, Settings
from .tls import TlsFault


def say(text: str, *, error: bool = False) -> None:
    """Write a line to standard output, or standard error."""
    stream = sys.stderr if error else sys.stdout
    stream.write(text + "\n")
    stream.flush()


ACCESS_VARIABLE = "WOTRUS_SANDBOX_TOKEN"
PUSH_VARIABLE = "WOTRUS_SANDBOX_PUSH_SECRET"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sandbox (or start it in the background, or stop it); the exit code comes out."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    logging.basicConfig(level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    # aiohttp and asyncio would log requests as they came.
    for name in ("aiohttp", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        if options.stop:
            return _stop(options)
        if options.detach:
            return _detach(options)
        asyncio.run(serve(_start(options)))
    except (StartError, AdminError) as error:
        say(f"wotrus_sandbox: {error}", error=True)
        return 1
    except OSError as error:
        say(f"wotrus_sandbox: {error.strerror}: {error.filename}", error=True)
        return 1
    return 0


def _start(options: argparse.Namespace) -> Start:
    host = "127.0.0.1" if options.host == "localhost" else options.host
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise StartError(f"--host {options.host}: the sandbox listens on a loopback address only (127.0.0.1, ::1)")
    if not options.token.startswith("tk_") or not options.token.isascii() or not options.token.isprintable():
        raise StartError("--token must begin with tk_ and be plain ASCII, as WoTrus's tokens are")
    wanted = {"push_secret": os.environ.get(PUSH_VARIABLE, "")} | {
        field.name: getattr(options, field.name) for field in fields(Settings) if hasattr(options, field.name)
    }
    return Start(
        host=host,
        port=options.port,
        data=options.data_dir.absolute(),
        ready_file=options.ready_file.absolute() if options.ready_file else None,
        token=options.token,
        settings=Settings().changed(wanted),
        tls_fault=TlsFault(options.tls_fault),
    )


def _ready_file(options: argparse.Namespace) -> Path:
    path: Path = options.ready_file or options.data_dir / "ready.json"
    return path.absolute()


def _detach(options: argparse.Namespace) -> int:
    start = _start(options)
    ready_file = _ready_file(options)
    arguments = _arguments(options, start, ready_file=ready_file)
    # Secrets do not belong into a command line, which every user of the machine can read.
    secrets = {ACCESS_VARIABLE: start.token, PUSH_VARIABLE: start.settings.push_secret}
    facts, started = _background_start(
        arguments, secrets=secrets, ready_file=ready_file, log_file=start.data / "sandbox.log"
    )
    say(f"{'started' if started else 'already running'}: {facts['url']}")
    return 0


def _stop(options: argparse.Namespace) -> int:
    say("stopped" if _background_stop(_ready_file(options)) else "not running")
    return 0


def _arguments(options: argparse.Namespace, start: Start, *, ready_file: Path) -> list[str]:
    """Return the command line of the sandbox in the background, its paths absolute."""
    arguments = [
        *("--host", start.host, "--port", str(start.port), "--data-dir", str(start.data)),
        *("--ready-file", str(ready_file), "--log-level", options.log_level, "--tls-fault", start.tls_fault),
    ]
    default = Settings()
    for field in fields(Settings):
        value = getattr(start.settings, field.name)
        if value != getattr(default, field.name) and field.name != "push_secret":
            flag = "--" + field.name.replace("_", "-")
            arguments += [flag] if value is True else [flag, str(value)]
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wotrus_sandbox",
        description="A WoTrus partner API to rehearse on: real HTTPS and certificates, no money.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="loopback address to listen on (default: %(default)s)")
    add("--port", type=int, default=0, help="port; 0 takes a free one (default: %(default)s)")
    add("--data-dir", type=Path, required=True, help="folder for its CA, orders and clock; kept from start to start")
    add("--ready-file", type=Path, help="JSON file with URL, token and CA files, written once it listens")
    token = os.environ.get(ACCESS_VARIABLE) or "tk_sandbox"
    add("--token", default=token, help=f"the WoTrusToken it accepts (default: ${ACCESS_VARIABLE}, or tk_sandbox)")
    add("--detach", action="store_true", help="start in the background, unless it runs; return when it is ready")
    add("--stop", action="store_true", help="stop the one that was started with this data folder or ready file")
    add("--log-level", default="info", choices=("debug", "info", "warning", "error"), help="default: %(default)s")
    add("--tls-fault", default="none", choices=list(TlsFault), help="a server certificate that no client may accept")
    _add_settings(parser)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how this WoTrus behaves (also: POST /_sandbox/settings)")
    add = functools.partial(group.add_argument, default=argparse.SUPPRESS)
    add("--review-delay", type=float, help="seconds from an order to the end of its review", metavar="S")
    add("--ca-delay", type=float, help="seconds from the review to the certificate", metavar="S")
    add("--manual-review", action="store_true", help="reviews end only through the admin API")
    add("--unpaid", action="store_true", help="new orders begin unpaid")
    add("--auto-issue", action="store_true", help="orders become issued by themselves, without RetrievePem")
    add("--reject-new", action="store_true", help="new orders are rejected on arrival")
    add("--query-delay", type=float, help="seconds in which a new order is answered by 404", metavar="S")
    add("--backdate", type=float, help="days by which certificates are dated back", metavar="D")
    add("--close-expired", action="store_true", help="issued orders turn closed when their certificate expires")
    add("--repeat-answer", choices=CHOICES["repeat_answer"], help="answer to a repeated idempotence value")
    add("--idempotence-lifetime", type=float, help="seconds until an idempotence value is forgotten", metavar="S")
    add("--reissue-answer", choices=CHOICES["reissue_answer"], help="newOrderID of a reissue")
    add("--reissue-old-order", choices=CHOICES["reissue_old_order"], help="the old order once the new one is issued")
    add("--reissue-serves-old", type=float, help="seconds in which the old certificate is still given", metavar="S")
    add("--revoke-answer", choices=CHOICES["revoke_answer"], help="a revocation is reviewed, or immediate")
    add("--id-style", choices=CHOICES["id_style"], help="how answers spell the ids of orders")
    add("--numbers-as-text", action="store_true", help="numbers in answers are JSON strings")
    add("--push-url", help="where to push the states of orders", metavar="URL")
    add("--push-secret", help=f"secret of the pushes' HMAC-SHA256 (default: ${PUSH_VARIABLE})", metavar="S")
    add("--push-header", help="header of the pushes' HMAC-SHA256", metavar="H")
    add("--push-ca", help="CA file for an HTTPS push URL", metavar="FILE")
    add("--push-when", choices=CHOICES["push_when"], help="push when the certificate is ready, or once issued")
    add("--push-retry-delay", type=float, help="seconds between two tries of a push", metavar="S")


_LONGEST_START = 30.0
_LONGEST_STOP = 10.0
_PAUSE = 0.05


def running(ready_file: Path) -> dict[str, str | int] | None:
    """Return what the ready file says, where the sandbox it tells of answers; else None."""
    try:
        facts: dict[str, str | int] = json.loads(ready_file.read_text())
        where = urlsplit(str(facts["admin_url"]))
        context = ssl.create_default_context(cafile=str(facts["tls_ca"]))
        connection = http.client.HTTPSConnection(where.hostname or "", where.port, timeout=5, context=context)
        try:
            connection.request("GET", f"{where.path}/clock")
            return facts if connection.getresponse().status == 200 else None
        finally:
            connection.close()
    except (OSError, ValueError, KeyError, http.client.HTTPException):
        return None


def _background_start(
    arguments: Sequence[str], *, secrets: Mapping[str, str], ready_file: Path, log_file: Path
) -> tuple[dict[str, str | int], bool]:
    """Start the sandbox with ``arguments`` unless it runs; what its ready file says, and whether it was started.

    ``secrets``: variables of its environment. StartError with the end of its log when it does not come up.
    """
    found = running(ready_file)
    if found is not None:
        return found, False
    ready_file.unlink(missing_ok=True)
    log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd="/",
            env={**os.environ, **secrets},
            start_new_session=True,
        )
    deadline = time.monotonic() + _LONGEST_START
    while time.monotonic() < deadline:
        if ready_file.exists() and (found := running(ready_file)) is not None:
            return found, True
        if process.poll() is not None:
            break
        time.sleep(_PAUSE)
    if process.poll() is None:
        process.terminate()
    raise StartError(f"the sandbox did not start; its log {log_file} ends with: {_end(log_file)}")


def _background_stop(ready_file: Path) -> bool:
    """Stop the sandbox that the ready file tells of; whether one ran comes out. StartError when it does not stop."""
    facts = running(ready_file)
    if facts is None:
        return False
    pid = int(facts["pid"])
    try:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _LONGEST_STOP
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            if not ready_file.exists() and running_pid_is_gone(pid):
                return True
            time.sleep(_PAUSE)
    except ProcessLookupError:
        return True
    raise StartError(f"the sandbox (process {pid}) does not stop")


def running_pid_is_gone(pid: int) -> bool:
    """Whether a process has ended, a zombie whose parent is slow included (Linux; elsewhere the signal tells)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def _end(log_file: Path) -> str:
    try:
        lines = log_file.read_text(errors="replace").strip().splitlines()
    except OSError:
        return "(cannot be read)"
    return " | ".join(lines[-3:]) or "(nothing)"
