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
    """Wait until all of them ended by themselves."""
    while descriptors := _open(mark):
        _wait(descriptors)


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
