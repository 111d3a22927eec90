# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One execution at a time in a certificate's directory (flock(2)); the kernel frees the lock of a killed one."""

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

__all__ = ["locked"]


@contextlib.contextmanager
def locked(layout: Layout, *, timeout: float) -> t.Iterator[None]:
    """Hold the lock of a certificate's directory, which is made where it is missing.

    :param timeout: seconds to wait for another execution
    :raises StoreLocked: another one held it all that time
    """
    deadline = time.monotonic() + timeout
    descriptor = _acquire(layout)
    while descriptor is None:
        if time.monotonic() >= deadline:
            raise StoreLocked(
                f"{layout.path}: another run has been at work there for {timeout:g} seconds. Wait for it to end and run"
                " again, or raise lock_timeout."
            )
        time.sleep(_PAUSE)
        descriptor = _acquire(layout)
    try:
        yield
    finally:
        os.close(descriptor)


def _acquire(layout: Layout) -> int | None:
    """Try once. The file may have been removed with its directory while we waited: then ours locks nothing."""
    make_directory(layout.path)
    try:
        descriptor = os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), layout.lock.lstat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
