# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lock a certificate's directory with flock(2).

The kernel frees the lock of a killed process.
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
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import require_safe_owners

_PAUSE = 0.05

__all__ = ["locked"]


@contextlib.contextmanager
def locked(layout: Layout, *, timeout: float, trusted_groups: t.Collection[int] = ()) -> t.Iterator[None]:
    """Hold the lock of a certificate's directory, and create the directory.

    Its path is checked before and under the lock. From then on no other user can change it.

    :param timeout: seconds to wait for another process
    :param trusted_groups: of :func:`require_safe_owners`
    :raises UnsafePath: another user can replace files
    :raises StoreLocked: another process holds the lock
    """
    require_safe_owners(layout, trusted_groups=trusted_groups)
    deadline = time.monotonic() + timeout
    descriptor = _acquire(layout, trusted_groups)
    while descriptor is None:
        if time.monotonic() >= deadline:
            raise StoreLocked(
                f"{layout.path} is locked by another run since {timeout:g} seconds or more. Wait until it ends and run"
                " again, or raise lock_timeout."
            )
        time.sleep(_PAUSE)
        descriptor = _acquire(layout, trusted_groups)
    try:
        require_safe_owners(layout, trusted_groups=trusted_groups)
        yield
    finally:
        os.close(descriptor)


def _acquire(layout: Layout, trusted_groups: t.Collection[int]) -> int | None:
    """Try to get the lock once; return its descriptor, or ``None``.

    Another process may remove the file with its directory meanwhile. A lock on a removed file is not used.
    """
    make_directory(layout.path)
    # Another user may have planted a link meanwhile. Afterwards no other user can change the path.
    require_safe_owners(layout, trusted_groups=trusted_groups)
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
