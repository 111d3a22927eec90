# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open files on the controller that no other user can replace, change or withhold.

Several processes use such a file, under the lock of another one: who may only read it could hold its own.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import grp
import os
import pathlib
import stat
import time
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._errors import StoreFailed, UnsafePath
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import require_safe_file

_PAUSE = 0.02
_LOG_GROUP = "syslog"
"""The group that may write in ``/var/log`` on Ubuntu. Its program keeps logs, and so a journal in syslog."""


def lock_of(path: str) -> str:
    """Return the path of the file whose lock is held to write."""
    return f"{path}.lock"


def open_private(path: str, flags: int) -> int:
    """Open a file that no other user can replace, change or withhold.

    :raises UnsafePath: another user can, or it is a link or no regular file
    :raises OSError: it cannot be opened
    """
    require_private(path)
    unsafe = UnsafePath(
        "{path} is a link, not a regular file, or a file of another user. Remove it, or choose another path.", path=path
    )
    try:
        # A named pipe would wait for its other end.
        file = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        if exc.errno == errno.ELOOP:
            raise unsafe from exc
        raise
    status = os.fstat(file)
    if stat.S_ISREG(status.st_mode) and status.st_nlink <= 1:
        return file
    os.close(file)
    raise unsafe


def require_private(path: str) -> None:
    """Check that no other user can replace or change a file.

    :raises UnsafePath: another user can
    """
    try:
        groups = [grp.getgrnam(_LOG_GROUP).gr_gid]
    except KeyError:
        groups = []
    require_safe_file(pathlib.Path(path), trusted_groups=groups)


@contextlib.contextmanager
def locked(path: str, *, seconds: float | None = None) -> t.Iterator[None]:
    """Hold the lock of a file.

    :param seconds: to wait for it; ``None`` for no limit
    :raises UnsafePath, OSError: as for :func:`open_private`
    :raises StoreFailed: another process held it all the time
    """
    file = open_private(lock_of(path), os.O_RDWR | os.O_CREAT)
    try:
        # Somebody may have let a group read all files of the folder.
        os.fchmod(file, 0o600)
        if seconds is None:
            fcntl.flock(file, fcntl.LOCK_EX)
        else:
            _lock_within(file, path, seconds)
        yield
    finally:
        os.close(file)


def _lock_within(file: int, path: str, seconds: float) -> None:
    deadline = Deadline.after(seconds)
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            if deadline.passed:
                raise StoreFailed("another process holds {path}", path=lock_of(path)) from exc
        time.sleep(_PAUSE)


def sync_folder(path: str) -> None:
    """Sync the name of a new file."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def replace_private(path: str, content: bytes) -> None:
    """Replace a file, completely or not at all. Hold its lock.

    :raises UnsafePath, OSError: the former one stays
    """
    require_private(path)
    new = f"{path}.new"
    with contextlib.suppress(FileNotFoundError):
        # Of a process that was killed.
        os.unlink(new)
    file = open_private(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with open(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(new, path)
    finally:
        # It is gone, unless something failed.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)
    sync_folder(os.path.dirname(path))
