# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stops a host's Python before a chosen change of the disk.

The sandbox holds calls in the same way.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shlex
import socketserver
import threading
from pathlib import Path

from tests.integration.harness import BIN, ROOT, Started

_FAULT_POINT = Path(__file__).parent / "fault_point"


@dataclasses.dataclass(frozen=True)
class Change:
    """A pending change of the disk, or a try to lock."""

    pid: int
    name: str
    path: Path


class Breakpoint(socketserver.ThreadingUnixStreamServer):
    """Holds every change of a host's directories until it is allowed.

    The changes are made one after the other.

    :ivar seen: the changes that were made or are held since the number was set
    :ivar interpreter: the Python of hosts whose changes wait here
    """

    daemon_threads = True

    def __init__(self, folder: Path, *, below: Path) -> None:
        address = folder / "breakpoint"
        super().__init__(str(address), _Connection)
        self.seen: list[Change] = []
        self.interpreter = folder / "python"
        values = {
            "WOTRUS_TEST_BREAKPOINT": address,
            "WOTRUS_TEST_BREAKPOINT_BELOW": below,
            "PYTHONPATH": f"{_FAULT_POINT}:{ROOT}",
        }
        settings = " ".join(f"{name}={shlex.quote(str(value))}" for name, value in values.items())
        self.interpreter.write_text(f'#!/bin/sh\n{settings} exec {shlex.quote(str(BIN / "python"))} "$@"\n')
        self.interpreter.chmod(0o755)
        self._number = 0
        self._state = threading.Condition()
        self._held: Change | None = None
        self._ended = False

    def set(self, number: int) -> None:
        """Hold the change of this number, counted from now; 0 holds none."""
        with self._state:
            self.seen.clear()
            self._number = number
            self._held = None
            self._ended = False

    def wait(self, run: Started) -> Change | None:
        """Wait for a held change; ``None`` if the run ended before."""
        threading.Thread(target=self._watch, args=(run,), daemon=True).start()
        with self._state:
            self._state.wait_for(lambda: self._held or self._ended)
            return self._held

    def release(self) -> None:
        """Let the held change be made."""
        with self._state:
            self._number = 0
            self._held = None
            self._state.notify_all()

    def wait_for_another(self, run: Started) -> None:
        """Wait until another process wants a lock, or its run ends."""
        threading.Thread(target=self._watch, args=(run,), daemon=True).start()
        with self._state:
            self._state.wait_for(lambda: self._ended or any(self._others_at_locks()))

    def _others_at_locks(self) -> list[Change]:
        held = self._held.pid if self._held else 0
        return [change for change in self.seen if change.name == "flock" and change.pid != held]

    def _watch(self, run: Started) -> None:
        run.wait()
        with self._state:
            self._ended = True
            self._state.notify_all()

    def reach(self, change: Change) -> None:
        """Return once the change may be made."""
        with self._state:
            self.seen.append(change)
            self._state.notify_all()
            if len(self.seen) == self._number:
                self._held = change
                self._state.wait_for(lambda: self._held is not change)


class _Connection(socketserver.StreamRequestHandler):
    server: Breakpoint

    def handle(self) -> None:
        for line in self.rfile:
            pid, name, path = json.loads(line)
            self.server.reach(Change(pid, name, Path(path)))
            with contextlib.suppress(BrokenPipeError):  # killed where it was held
                self.wfile.write(b".")
