# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limit the requests a second of a whole run.

Ansible imports this module once and forks a process for each task of each host. The processes share a page of memory
and the lock of a file without a name. The lock of a killed process is freed.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import struct
import tempfile
import threading
import time
import typing as t

_BURST = 1.0
_MOMENT = "d"


class ForkLock:
    """A lock for threads of a process and processes forked later.

    A killed process frees it.
    """

    def __init__(self) -> None:
        self._threads = threading.Lock()
        self._file = _nameless_file()

    @contextlib.contextmanager
    def held(self) -> t.Iterator[None]:
        """Hold the lock for a block."""
        with self._threads:
            if self._file is not None:
                fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if self._file is not None:
                    fcntl.lockf(self._file, fcntl.LOCK_UN)


def _nameless_file() -> int | None:
    """Open a file for the lock.

    ``None`` if no file can be created, so that each process has its own lock.
    """
    try:
        file, path = tempfile.mkstemp()
        os.unlink(path)
    except OSError:
        return None
    return file


class RateLimiter:
    """Reserves the times of requests, across threads and forked processes.

    The requests of one second may be sent at once. This is the leaky bucket of ITU-T I.371, as a virtual schedule.
    """

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, struct.calcsize(_MOMENT))
        self._lock = ForkLock()

    def reserve(self, rate: float) -> float:
        """Reserve the time of the next request.

        :param rate: requests a second, more than 0
        :returns: the seconds to wait; 0 if it can be sent now
        """
        with self._lock.held():
            now = time.monotonic()
            (scheduled,) = struct.unpack_from(_MOMENT, self._shared)
            begin = max(scheduled, now)
            struct.pack_into(_MOMENT, self._shared, 0, begin + 1 / rate)
        return float(max(0.0, begin + 1 / rate - now - max(_BURST, 1 / rate)))


SHARED = RateLimiter()
"""The rate limiter of this process and of all processes that it forks."""
