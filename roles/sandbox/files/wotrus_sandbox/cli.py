# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: runs, starts and stops the sandbox."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import http.client
import ipaddress
import json
import logging
import os
import signal
import ssl
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from urllib.parse import urlsplit

from .errors import AdminError, StartError
from .readings import WORDS, load
from .server import StartOptions, serve
from .settings import CHOICES, Settings
from .tls import TlsFault

ACCESS_VARIABLE = "WOTRUS_SANDBOX_TOKEN"
PUSH_VARIABLE = "WOTRUS_SANDBOX_PUSH_SECRET"
_NAME = "wotrus_sandbox: "
_LONGEST_START = 30.0
_LONGEST_STOP = 10.0
_PAUSE = 0.05


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    # aiohttp and asyncio log the text of requests.
    for name in ("aiohttp", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        if options.stop:
            return _stop(options)
        if options.detach:
            return _detach(options)
        asyncio.run(serve(_start(options)))
    except (StartError, AdminError) as error:
        _print(f"{_NAME}{error}", error=True)
        return 1
    except OSError as error:
        _print(f"{_NAME}{error.strerror}: {error.filename}", error=True)
        return 1
    return 0


def _start(options: argparse.Namespace) -> StartOptions:
    host = "127.0.0.1" if options.host == "localhost" else options.host
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise StartError(f"--host {options.host}: the sandbox listens on a loopback address only (127.0.0.1, ::1)")
    if not options.token.startswith("tk_") or not options.token.isascii() or not options.token.isprintable():
        raise StartError("--token must begin with tk_ and have ASCII characters only")
    wanted: dict[str, object] = {"push_secret": os.environ.get(PUSH_VARIABLE, "")}
    if options.readings_file:
        wanted["readings"] = load(options.readings_file)
    wanted |= _given_settings(options)
    return StartOptions(
        host=host,
        port=options.port,
        revocation_port=options.revocation_port,
        data=options.data_dir.absolute(),
        ready_file=options.ready_file.absolute() if options.ready_file else None,
        token=options.token,
        settings=Settings().with_changes(wanted),
        tls_fault=TlsFault(options.tls_fault),
    )


def _given_settings(options: argparse.Namespace) -> dict[str, object]:
    return {field.name: getattr(options, field.name) for field in fields(Settings) if hasattr(options, field.name)}


def _ready_file(options: argparse.Namespace) -> Path:
    path: Path = options.ready_file or options.data_dir / "ready.json"
    return path.absolute()


def _detach(options: argparse.Namespace) -> int:
    start = _start(options)
    ready_file = _ready_file(options)
    arguments = _arguments(options, start, ready_file=ready_file)
    # Every user of the machine can read a command line.
    secrets = {ACCESS_VARIABLE: start.token, PUSH_VARIABLE: start.settings.push_secret}
    facts, started = _background_start(
        arguments, secrets=secrets, ready_file=ready_file, log_file=start.data / "sandbox.log"
    )
    _print(f"{'started' if started else 'already running'}: {facts['url']}")
    return 0


def _stop(options: argparse.Namespace) -> int:
    _print("stopped" if _background_stop(_ready_file(options)) else "not running")
    return 0


def _arguments(options: argparse.Namespace, start: StartOptions, *, ready_file: Path) -> list[str]:
    """Return the command line for the background, with absolute paths."""
    arguments = [
        *("--host", start.host, "--port", str(start.port), "--data-dir", str(start.data)),
        *(("--revocation-port", str(start.revocation_port)) if start.revocation_port is not None else ()),
        *("--ready-file", str(ready_file), "--log-level", options.log_level, "--tls-fault", start.tls_fault),
    ]
    if options.readings_file:
        arguments += ["--readings", str(options.readings_file.absolute())]
    for name, value in _given_settings(options).items():
        if name != "push_secret":
            flag = "--" + name.replace("_", "-")
            arguments += [flag] if value is True else [flag, str(value)]
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wotrus_sandbox",
        description="A local test server for the WoTrus partner API. Its orders cost nothing.",
        epilog="\n".join(["words of the readings:", *(f"  {name}: {' | '.join(WORDS[name])}" for name in WORDS)]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="loopback address to listen on (default: %(default)s)")
    add("--port", type=int, default=0, help="port to listen on; 0 takes a free port (default: %(default)s)")
    add(
        "--revocation-port",
        type=int,
        help="port of OCSP and the revocation lists, which new certificates name; without it, they name none. Give the "
        "same port at each start.",
    )
    add(
        "--data-dir",
        type=Path,
        required=True,
        help="directory for its CA, orders and clock; kept after a stop",
    )
    add("--ready-file", type=Path, help="JSON file with the URL, the token and the CA files while it listens")
    token = os.environ.get(ACCESS_VARIABLE) or "tk_sandbox"
    add("--token", default=token, help=f"the WoTrusToken that it accepts (default: ${ACCESS_VARIABLE}, or tk_sandbox)")
    add("--detach", action="store_true", help="start in the background unless it runs, and wait until it is ready")
    add("--stop", action="store_true", help="stop the sandbox of this data directory or ready file")
    add("--log-level", default="info", choices=("debug", "info", "warning", "error"), help="default: %(default)s")
    add(
        "--readings",
        type=Path,
        help='JSON file with how the manual is read: {"readings": {"NAME": "WORD"}}; other options win over it',
        metavar="FILE",
        dest="readings_file",
    )
    add("--tls-fault", default="none", choices=list(TlsFault), help="a fault of the server certificate")
    _add_settings(parser)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("settings (also: POST /_sandbox/settings)")
    add = functools.partial(group.add_argument, default=argparse.SUPPRESS)
    add("--review-delay", type=float, help="seconds from an order to the end of its review", metavar="S")
    add("--ca-delay", type=float, help="seconds from the review to the certificate", metavar="S")
    add("--manual-review", action="store_true", help="only the admin API ends reviews")
    add("--unpaid", action="store_true", help="new orders are unpaid")
    add("--auto-issue", action="store_true", help="orders are issued automatically, without RetrievePem")
    add("--reject-new", action="store_true", help="new orders are rejected at once")
    add(
        "--query-delay",
        type=float,
        help="seconds in which Query answers 404 for a new order",
        metavar="S",
    )
    add("--backdate", type=float, help="days by which certificates begin and end earlier", metavar="D")
    add("--certificate-days", type=float, help="days for which certificates are valid at most", metavar="D")
    add("--weak-ca", action="store_true", help="an intermediate with an RSA key of 1024 bits issues certificates")
    add("--chain-ends", help="date on which the intermediate ends in the chains of RetrievePem", metavar="DATE")
    add("--usage", choices=CHOICES["usage"], help="what certificates are for")
    add(
        "--revoke-intermediates",
        action="store_true",
        help="OCSP and the revocation lists say that the intermediates are revoked",
    )
    add("--close-expired", action="store_true", help="issued orders are closed when their certificate expires")
    add("--repeat-answer", choices=CHOICES["repeat_answer"], help="answer to a repeated idempotence value")
    add("--idempotence-lifetime", type=float, help="seconds until an idempotence value is forgotten", metavar="S")
    add("--reissue-answer", choices=CHOICES["reissue_answer"], help="newOrderID in the answer to a reissue")
    add(
        "--reissue-old-order",
        choices=CHOICES["reissue_old_order"],
        help="old order after a reissue is issued",
    )
    add("--reissue-ends", choices=CHOICES["reissue_ends"], help="end of a reissue's certificate")
    add(
        "--reissue-serves-old",
        type=float,
        help="seconds in which the old certificate is returned",
        metavar="S",
    )
    add("--revoke-answer", choices=CHOICES["revoke_answer"], help="a revocation is reviewed, or takes effect at once")
    add("--id-style", choices=CHOICES["id_style"], help="form of order ids in answers")
    add("--numbers-as-text", action="store_true", help="numbers in answers are JSON strings")
    add("--push-url", help="URL that gets the pushes", metavar="URL")
    add("--push-secret", help=f"secret of the pushes' HMAC-SHA256 (default: ${PUSH_VARIABLE})", metavar="S")
    add("--push-header", help="header of the pushes' HMAC-SHA256", metavar="H")
    add("--push-ca", help="CA file for an HTTPS push URL", metavar="FILE")
    add("--push-when", choices=CHOICES["push_when"], help="push when the certificate is ready, or when it is issued")
    add("--push-retry-delay", type=float, help="seconds between two tries of a push", metavar="S")


def _find_running(ready_file: Path) -> dict[str, str | int] | None:
    """Return the ready file's content if the sandbox answers, else None."""
    try:
        facts: dict[str, str | int] = json.loads(ready_file.read_text())
        address = urlsplit(str(facts["admin_url"]))
        context = ssl.create_default_context(cafile=str(facts["tls_ca"]))
        connection = http.client.HTTPSConnection(address.hostname or "", address.port, timeout=5, context=context)
        try:
            connection.request("GET", f"{address.path}/clock")
            return facts if connection.getresponse().status == 200 else None
        finally:
            connection.close()
    except (OSError, ValueError, KeyError, http.client.HTTPException):
        return None


def _background_start(
    arguments: Sequence[str], *, secrets: Mapping[str, str], ready_file: Path, log_file: Path
) -> tuple[dict[str, str | int], bool]:
    """Start the sandbox unless it runs.

    Return the content of the ready file, and whether it was started.
    ``secrets`` are variables of its environment. StartError with its error or the end of its log.
    """
    found = _find_running(ready_file)
    if found is not None:
        return found, False
    ready_file.unlink(missing_ok=True)
    log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    program = str(Path(__file__).parent.resolve())
    with log_file.open("ab") as log, contextlib.chdir("/"):
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, program, *arguments],
            {**os.environ, **secrets},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 2),
            ],
            setsid=True,
        )
    deadline = time.monotonic() + _LONGEST_START
    while time.monotonic() < deadline:
        if ready_file.exists() and (found := _find_running(ready_file)) is not None:
            return found, True
        if os.waitpid(pid, os.WNOHANG) != (0, 0):
            break
        time.sleep(_PAUSE)
    else:
        os.kill(pid, signal.SIGTERM)
    raise StartError(_why_not_started(log_file))


def _background_stop(ready_file: Path) -> bool:
    """Stop the sandbox of the ready file, and return whether it ran.

    StartError if it does not stop.
    """
    facts = _find_running(ready_file)
    if facts is None:
        return False
    pid = int(facts["pid"])
    try:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _LONGEST_STOP
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            if not ready_file.exists() and _is_zombie(pid):
                return True
            time.sleep(_PAUSE)
    except ProcessLookupError:
        return True
    raise StartError(f"the sandbox (process {pid}) does not stop")


def _is_zombie(pid: int) -> bool:
    """Return whether a process has ended, but is still listed (Linux only)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def _why_not_started(log_file: Path) -> str:
    """Return the error that ends the log, else the end of the log."""
    words = "the sandbox did not start. The end of its log"
    try:
        lines = log_file.read_text(errors="replace").strip().splitlines()
    except OSError:
        return f"{words} {log_file} cannot be read"
    if lines and lines[-1].startswith(_NAME):
        return lines[-1].removeprefix(_NAME)
    return f"{words} {log_file}: {' | '.join(lines[-3:]) or '(nothing)'}"


def _print(text: str, *, error: bool = False) -> None:
    """Write a line to standard output or standard error."""
    stream = sys.stderr if error else sys.stdout
    stream.write(text + "\n")
    stream.flush()
