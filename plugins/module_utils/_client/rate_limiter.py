# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limit the requests a second of all runs of a user.

They share a page of memory, which is a file in the user's runtime directory, and its lock. Without such a
directory, the processes that Ansible forks for a run share a page and the lock of a file without a name. The lock of
a killed process is freed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import mmap
import os
import stat
import struct
import tempfile
import threading
import time
import typing as t

_BURST = 1.0
_SIZE = struct.calcsize("d")
# A later moment is from before the machine's last start, or damaged.
_LONGEST_SCHEDULE = 3600.0


class ForkLock:
    """A lock of a file for threads and processes, which a killed process frees.

    :param file: the descriptor of the file; without it, that of a file without a name, for processes forked later
    """

    def __init__(self, file: int | None = None) -> None:
        self._threads = threading.Lock()
        if file is None:
            file, path = tempfile.mkstemp()
            os.unlink(path)
        self.file = file

    @contextlib.contextmanager
    def held(self) -> t.Iterator[None]:
        """Hold the lock for a block."""
        with self._threads:
            fcntl.lockf(self.file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self.file, fcntl.LOCK_UN)


def _shared_file(api_url: str) -> int:
    """Open the file that the user's processes share for an API.

    :raises OSError: there is no folder into which no other user can write
    """
    user = os.geteuid()
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{user}"
    parent = runtime if os.path.isdir(runtime) and os.stat(runtime).st_uid == user else tempfile.gettempdir()
    folder = os.path.join(parent, f"wotrus-pki-{user}")
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user or found.st_mode & 0o022:
        raise OSError(f"another user can write into {folder}")
    name = hashlib.sha256(api_url.encode()).hexdigest()[:32]
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(os.path.join(folder, f"rate-limit-{name}"), flags, 0o600)


class RateLimiter:
    """Reserves the times of requests, for all processes that share a file.

    Without a file, these are the processes that are forked later.

    The requests of one second may be sent at once. This is the leaky bucket of ITU-T I.371, as a virtual schedule.
    """

    def __init__(self, file: int | None = None) -> None:
        self._lock = ForkLock(file)
        os.ftruncate(self._lock.file, _SIZE)
        self._shared = memoryview(mmap.mmap(self._lock.file, _SIZE)).cast("d")

    def reserve(self, rate: float) -> float:
        """Reserve the time of the next request.

        :param rate: requests a second, more than 0
        :returns: the seconds to wait; 0 if it can be sent now
        """
        with self._lock.held():
            now = time.monotonic()
            scheduled = self._shared[0]
            begin = scheduled if now < scheduled < now + _LONGEST_SCHEDULE else now
            self._shared[0] = begin + 1 / rate
        return float(max(0.0, begin + 1 / rate - now - max(_BURST, 1 / rate)))


_FORKED = RateLimiter()
_limiters: dict[str, RateLimiter] = {}


def limiter_of(api_url: str) -> RateLimiter:
    """Return the rate limiter of this user's processes for an API."""
    if api_url not in _limiters:
        made = _FORKED
        with contextlib.suppress(OSError):
            made = RateLimiter(_shared_file(api_url))
        # Two threads may both make one. They use the same, and the other stays open: closing it would free the lock.
        _limiters.setdefault(api_url, made)
    return _limiters[api_url]
