# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a certificate's directory while no execution changes it.

An execution switches the live link and writes the record one after the other. Between the two, they do not match.
This file is not part of ``lock``, since reading needs none of its imports.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import StoreLocked
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout

_PAUSE = 0.05

__all__ = ["shared_lock"]


@contextlib.contextmanager
def shared_lock(layout: Layout, *, timeout: float) -> t.Iterator[None]:
    """Hold the directory's lock together with other readers.

    Nothing is locked if the file is missing or this user may not read it: then this user cannot change anything either.

    :param timeout: seconds to wait for an execution
    :raises StoreLocked: an execution holds the lock
    """
    descriptor = _open(layout)
    try:
        if descriptor is not None:
            _wait(descriptor, layout, timeout=timeout)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open(layout: Layout) -> int | None:
    try:
        return os.open(layout.lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None


def _wait(descriptor: int, layout: Layout, *, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        except OSError:
            # The file system has no locks, so there are no executions that change anything.
            return None
        if time.monotonic() >= deadline:
            raise StoreLocked(
                f"{layout.path} is locked by another run since {timeout:g} seconds or more. Wait until it ends and run"
                " again."
            )
        time.sleep(_PAUSE)
