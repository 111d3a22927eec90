# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the sandbox for a test, and calls its admin API."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "roles" / "sandbox" / "files" / "wotrus_sandbox"
DAY = 86400
_LONGEST_START = 120.0
_LONGEST_STOP = 60.0
_LONGEST_HOLD = 600.0
_TIMEOUT = 60


class SandboxFailed(Exception):
    """The sandbox did not start, or its admin API refused something."""


class Sandbox:
    """A running sandbox. ``log``: the file of its standard error."""

    def __init__(self, process: subprocess.Popen[bytes], *, facts: Mapping[str, Any], log: Path) -> None:
        self.process = process
        self.log = log
        self.url: str = facts["url"]
        self.admin_url: str = facts["admin_url"]
        self.token: str = facts["token"]
        self.tls_ca: str = facts["tls_ca"]
        self.root_ca: str = facts["root_ca"]
        self._session = requests.Session()
        # A proxy or CA bundle of the machine's must not come between a test and its sandbox.
        self._session.trust_env = False

    def admin(self, method: str, path: str, body: object = None, **query: str | float) -> Any:
        """Call the admin API, and return its JSON. SandboxFailed if it refuses."""
        timeout = _TIMEOUT + float(query.get("wait", 0))
        response = self._session.request(
            method, self.admin_url + path, json=body, params=query, verify=self.tls_ca, timeout=timeout
        )
        if not response.ok:
            raise SandboxFailed(f"{method} {path}: {response.status_code} {response.text}")
        return response.json()

    def state(self) -> dict[str, Any]:
        """Return counts, ``charged_orders`` and the list of ``orders``."""
        return dict(self.admin("GET", "/state"))

    def calls(self, endpoint: str | None = None) -> list[dict[str, Any]]:
        """Return the API calls so far, oldest first, of an endpoint.

        Without one, the calls of all endpoints are returned.
        """
        calls: list[dict[str, Any]] = self.admin("GET", "/calls")["calls"]
        return [call for call in calls if endpoint in (None, call["endpoint"])]

    def clear_calls(self) -> None:
        """Remove the calls so far."""
        self.admin("DELETE", "/calls")

    def fault(self, endpoint: str, fault: str, **details: object) -> None:
        """Inject a fault into the next call of an endpoint.

        ``*`` is any endpoint. The guide describes ``details``.
        """
        self.admin("POST", "/faults", {"endpoint": endpoint, "fault": fault, **details})

    def clear_faults(self) -> None:
        """Remove the faults, and release the calls that are held."""
        self.admin("DELETE", "/faults")

    def wait_for_hold(self, count: int = 1, *, seconds: float = _LONGEST_HOLD) -> int:
        """Wait until a ``hold`` fault holds ``count`` calls, and return their number."""
        end = time.monotonic() + seconds
        # The sandbox waits for a minute at most.
        while True:
            held = int(self.admin("GET", "/holds", count=count, wait=min(seconds, _TIMEOUT))["held"])
            if held >= count or time.monotonic() >= end:
                return held

    def release(self) -> int:
        """Release the held calls."""
        return int(self.admin("DELETE", "/holds")["released"])

    def order(self, order_id: str, action: str) -> dict[str, Any]:
        """Do an action on an order, such as approve or refuse-reissue.

        The guide lists the actions.
        """
        return dict(self.admin("POST", f"/orders/{order_id.strip()}/{action}"))

    def status(self, order_id: str) -> str:
        """Return the status of an order."""
        return str(self.admin("GET", f"/orders/{order_id.strip()}")["status"])

    def show(self, order_id: str, **words: object) -> dict[str, Any]:
        """Set the ``status``, ``pendingLink`` or ``isPay`` that Query shows."""
        return dict(self.admin("PATCH", f"/orders/{order_id.strip()}", words))

    def clock(self, *, advance: float | None = None, to: str | None = None, offset: float | None = None) -> str:
        """Move the clock by seconds, to a time, or to an offset.

        The offset is from the system's clock.

        The new time is returned (``2027-01-31T08:00:00.000Z``).
        """
        wanted = {"advance": advance, "set": to, "offset": offset}
        moved = {name: value for name, value in wanted.items() if value is not None}
        return str(self.admin("POST" if moved else "GET", "/clock", moved or None)["now"])

    def settings(self, **changes: object) -> dict[str, Any]:
        """Change settings, and return all of them."""
        return dict(self.admin("POST", "/settings", changes))

    def restore_settings(self) -> None:
        """Restore the settings of the start."""
        self.admin("DELETE", "/settings")

    def pushes(self) -> list[dict[str, Any]]:
        """Return the pushes so far, oldest first."""
        pushes: list[dict[str, Any]] = self.admin("GET", "/pushes")["pushes"]
        return pushes

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> requests.Response:
        """Call the API with the token, without the collection's client.

        ``raw`` is sent instead of JSON.
        """
        return self._session.request(
            method,
            self.url + path,
            json=body,
            data=raw,
            headers={
                "WoTrusToken": self.token,
                **({"Content-Type": content_type} if method == "POST" else {}),
                **headers,
            },
            verify=self.tls_ca,
            timeout=_TIMEOUT,
            allow_redirects=False,
        )

    def stop(self) -> int:
        """Stop the sandbox with SIGTERM, and return its exit code."""
        self._session.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(_LONGEST_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@contextlib.contextmanager
def start_sandbox(folder: Path, *arguments: str) -> Iterator[Sandbox]:
    """Run a sandbox with its data in a folder, for a block.

    Again with the same folder: the same CA, orders and clock. ``arguments``: further options of its command line.
    """
    data = folder / "sandbox"
    ready = folder / "sandbox-ready.json"
    ready.unlink(missing_ok=True)
    log = folder / "sandbox.log"
    command: list[str | Path] = [
        sys.executable,
        PROGRAM,
        "--port",
        "0",
        "--data-dir",
        data,
        "--ready-file",
        ready,
        # Clients must survive ids in every form. A file of readings has their form.
        *(() if "--readings" in arguments else ("--id-style", "mixed")),
        *arguments,
    ]
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, env=dict(os.environ)
        )
    try:
        sandbox = Sandbox(process, facts=_wait(process, ready=ready, log=log), log=log)
    except BaseException:
        process.kill()
        process.wait()
        raise
    try:
        yield sandbox
    finally:
        sandbox.stop()


def _wait(process: subprocess.Popen[bytes], *, ready: Path, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _LONGEST_START
    while time.monotonic() < deadline:
        if ready.exists():
            return dict(json.loads(ready.read_text()))
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise SandboxFailed(f"the sandbox did not start: {log.read_text(errors='replace')[-2000:]}")
