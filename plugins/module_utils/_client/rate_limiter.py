# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A limit of requests a second that holds over a whole run.

Ansible imports this once and forks a process for each task of each host. What they share is a page of memory, and a
file without a name whose lock ends with the process that holds it.
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
    """A lock among the threads of a process and all processes that are forked later; it ends with its holder."""

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
    """Open a file to lock; without a place for one, the lock holds in each process by itself."""
    try:
        file, path = tempfile.mkstemp()
        os.unlink(path)
    except OSError:
        return None
    return file


class RateLimiter:
    """Hands out the moments at which requests may be sent, to all threads and to all processes that are forked later.

    A second's worth of requests may be sent at once: it is the leaky bucket of ITU-T I.371, as a virtual schedule.
    """

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, struct.calcsize(_MOMENT))
        self._lock = ForkLock()

    def reserve(self, rate: float) -> float:
        """Reserve the next moment.

        :param rate: requests a second, more than 0
        :returns: seconds until then; 0 where it is now
        """
        with self._lock.held():
            now = time.monotonic()
            (scheduled,) = struct.unpack_from(_MOMENT, self._shared)
            begin = max(scheduled, now)
            struct.pack_into(_MOMENT, self._shared, 0, begin + 1 / rate)
        return float(max(0.0, begin + 1 / rate - now - max(_BURST, 1 / rate)))


SHARED = RateLimiter()
"""The rate limiter of this process and of all processes that it forks."""
