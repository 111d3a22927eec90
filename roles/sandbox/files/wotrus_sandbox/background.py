# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the sandbox in the background and stops it, both as often as one likes."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from .errors import StartError

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


def start(
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


def stop(ready_file: Path) -> bool:
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
