# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds and kills the processes of a run, wherever they went."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path

_LOOK_AGAIN = 1.0
"""Seconds after which the state of a process is read again."""


def marked(mark: str) -> Iterator[int]:
    """Yield the processes that have a setting in their environment.

    It is written as ``NAME=value``.

    ansible-core gives its workers sessions of their own, and they outlive their parent; the environment stays.
    """
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in environment.read_bytes().split(b"\0"):
                yield int(environment.parent.name)


def kill_all(mark: str) -> None:
    """Kill the processes with SIGKILL, and wait until they are gone.

    They are killed at the same time. Processes that they start meanwhile are killed too.
    """
    while descriptors := _open(mark):
        for descriptor in descriptors:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        _wait(descriptors)


def wait_for_all(mark: str) -> None:
    """Wait until all of them ended by themselves, or can do nothing more."""
    while left := set(marked(mark)):
        if all(_waits_for_its_parent(pid, left) for pid in left):
            kill_all(mark)
            return
        for descriptor in _open(mark):
            select.select([descriptor], [], [], _LOOK_AGAIN)
            os.close(descriptor)


def _waits_for_its_parent(pid: int, others: set[int]) -> bool:
    """Return whether a worker of ansible-core sends a result to its parent, which was killed.

    A pipe holds 64 KiB. The result of a check of options has their specification, and that of the role is larger.
    """
    with contextlib.suppress(OSError):
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        return parent not in others and "pipe_write" in Path(f"/proc/{pid}/wchan").read_text()
    return False


def _open(mark: str) -> list[int]:
    descriptors = []
    for pid in sorted(marked(mark)):
        with contextlib.suppress(ProcessLookupError):
            descriptors.append(os.pidfd_open(pid))
    return descriptors


def _wait(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        # It can be read once its process ended.
        select.select([descriptor], [], [])
        os.close(descriptor)
