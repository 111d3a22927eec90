# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lock a certificate's directory with flock(2).

The lock is exclusive for a change, and shared for reading. The kernel frees the lock of a killed process. This file
imports nothing that reading does not need, since imports take time on a target.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import StoreLocked
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import make_directory
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout

_PAUSE = 0.05


@contextlib.contextmanager
def locked(layout: Layout, *, timeout: float, check: t.Callable[[], None]) -> t.Iterator[None]:
    """Hold the lock of a certificate's directory, and create the directory.

    :param timeout: seconds to wait for another process
    :param check: refuses a path that another user can change. It is called before and under the lock; from then on no
        other user can change the path
    :raises UnsafePath: another user can replace files
    :raises StoreLocked: another process holds the lock
    """

    def open_file() -> int:
        make_directory(layout.path)
        # Another user may have planted a link meanwhile.
        check()
        return os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

    check()
    with _held(layout, open_file, fcntl.LOCK_EX, deadline=time.monotonic() + timeout):
        check()
        yield


@contextlib.contextmanager
def shared_lock(layout: Layout, *, deadline: float) -> t.Iterator[None]:
    """Hold the directory's lock together with other readers.

    An execution switches the live link and writes the record one after the other. Between the two, they do not match.

    :param deadline: the time of ``time.monotonic`` until which it waits for other processes
    :raises StoreLocked: another process changes the directory
    """

    def open_file() -> int:
        return os.open(layout.lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)

    with contextlib.ExitStack() as stack:
        # Without the file or the right to read it, no execution of this user can change anything. Some file systems
        # have no locks.
        with contextlib.suppress(OSError):
            stack.enter_context(_held(layout, open_file, fcntl.LOCK_SH, deadline=deadline))
        yield


@contextlib.contextmanager
def _held(layout: Layout, open_file: t.Callable[[], int], kind: int, *, deadline: float) -> t.Iterator[None]:
    """Wait for the lock and hold it.

    It tries once more after the deadline has passed, since one deadline may be for several directories. Another process
    may remove the file with its directory meanwhile. A lock on a removed file is not used.
    """
    in_the_way = (BlockingIOError, FileNotFoundError) if kind == fcntl.LOCK_EX else (BlockingIOError,)
    while True:
        descriptor, is_held, failure = None, False, None
        try:
            try:
                descriptor = open_file()
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
                is_held = os.path.samestat(os.fstat(descriptor), layout.lock.lstat())
            except in_the_way as exc:
                failure = exc
            if is_held:
                yield
                return
        finally:
            if descriptor is not None:
                os.close(descriptor)
        if time.monotonic() >= deadline:
            if isinstance(failure, FileNotFoundError):
                # No other run is in the way: some file systems, such as /proc, take no folders.
                raise failure
            raise StoreLocked(
                "{path} is locked by another run, and the time to wait (lock_timeout) is over.", path=layout.path
            )
        time.sleep(_PAUSE)
