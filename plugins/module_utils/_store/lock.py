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

    def open_file() -> int | None:
        make_directory(layout.path)
        # Another user may have planted a link meanwhile.
        check()
        try:
            return os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            return None

    check()
    deadline = time.monotonic() + timeout
    descriptor = _acquire(layout, open_file, fcntl.LOCK_EX, deadline=deadline)
    try:
        check()
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def shared_lock(layout: Layout, *, deadline: float) -> t.Iterator[None]:
    """Hold the directory's lock together with other readers.

    An execution switches the live link and writes the record one after the other. Between the two, they do not match.

    :param deadline: the time of ``time.monotonic`` until which it waits for other processes
    :raises StoreLocked: another process changes the directory
    """

    def open_file() -> int:
        return os.open(layout.lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)

    descriptor: int | None = None
    # Without the file or the right to read it, no execution of this user can change anything. Some file systems have no
    # locks.
    with contextlib.suppress(OSError):
        descriptor = _acquire(layout, open_file, fcntl.LOCK_SH, deadline=deadline)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _acquire(layout: Layout, open_file: t.Callable[[], int | None], kind: int, *, deadline: float) -> int:
    """Wait for the lock and return its descriptor.

    It tries once more after the deadline has passed, since one deadline may be for several directories.
    """
    while (descriptor := _try(layout, open_file, kind)) is None:
        if time.monotonic() >= deadline:
            raise StoreLocked(
                (
                    "{path} is locked by another run, and the time to wait for it is over. To wait longer, raise "
                    "lock_timeout."
                )
                if kind == fcntl.LOCK_EX
                else "{path} is locked by another run, and the time to wait for it is over.",
                path=layout.path,
            )
        time.sleep(_PAUSE)
    return descriptor


def _try(layout: Layout, open_file: t.Callable[[], int | None], kind: int) -> int | None:
    """Try to get the lock once; return its descriptor, or ``None``.

    Another process may remove the file with its directory meanwhile. A lock on a removed file is not used.
    """
    descriptor = open_file()
    if descriptor is None:
        return None
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), layout.lock.lstat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
