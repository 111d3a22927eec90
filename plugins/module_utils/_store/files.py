# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write files completely or not at all, even if the host crashes.

A file is written under a temporary name, synced and renamed. Then its directory is synced.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import shutil
import stat
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import StoreFailed, UnsafePath
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import TEMPORARY_PREFIX, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

_LARGEST_FILE = 4 * 1024 * 1024
# Some network and container file systems cannot sync a directory.
_NO_DIRECTORY_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


SetAttributes = t.Callable[[str, pathlib.Path], bool]
"""Sets the wanted owner, group, mode and SELinux context of a release's file, and returns whether any differed.

It takes the file's name in the release, and its path, whose name may be a temporary one. Check mode sets none.
"""


@contextlib.contextmanager
def explain_os_errors(path: pathlib.Path) -> t.Iterator[None]:
    """Raise StoreFailed instead of an OSError, with the path and a remedy.

    :param path: the path to name if the error has none
    """
    try:
        yield
    except OSError as exc:
        where = os.fsdecode(exc.filename) if isinstance(exc.filename, (str, bytes, os.PathLike)) else str(path)
        raise StoreFailed(_explained(exc, path=where)) from exc


def _explained(exc: OSError, *, path: str) -> Message:
    """Return a message with a remedy, if there is one."""
    space = Message("Free space or raise the quota, then run again. The live release is unchanged.")
    rights = Message(
        "The user with the id {user} may not do this. Run the task with 'become: true', or choose another directory "
        "(wotrus_base_dir of the role).",
        user=os.geteuid(),
    )
    remedies = {
        errno.EACCES: rights,
        errno.EPERM: rights,
        errno.EROFS: Message("Choose another directory (wotrus_base_dir of the role)."),
        errno.ENOSPC: space,
        errno.EDQUOT: space,
        errno.ENOTDIR: Message("A part of the path is a file, not a directory."),
        errno.ENOLCK: Message("The file system has no locks. Choose a directory on a local file system."),
    }
    failed = Message("{path}: {error}.", path=path, error=exc.strerror or exc)
    remedy = remedies.get(exc.errno or 0)
    return Message("{what} {remedy}", what=failed, remedy=remedy) if remedy else failed


def require_writable(path: pathlib.Path) -> None:
    """Check that the user may write in or create a directory.

    Check mode uses this.

    :raises PermissionError: the user may not
    """
    while not path.exists():
        path = path.parent
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def read_file(path: pathlib.Path) -> bytes | None:
    """Return the content of a file; ``None`` if there is no file.

    :raises UnsafePath: it is a link, or not a regular file
    :raises StoreFailed: it is larger than any file of the collection
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as exc:
        if exc.errno == errno.ELOOP:
            raise UnsafePath("{path} is not a regular file. Move it away.", path=path) from exc
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnsafePath("{path} is not a regular file. Move it away.", path=path)
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(_LARGEST_FILE + 1)
        if len(data) > _LARGEST_FILE:
            raise StoreFailed("{path} is larger than any file of the collection. Move it away.", path=path)
        return data
    finally:
        os.close(descriptor)


def temporary_name(directory: pathlib.Path) -> pathlib.Path:
    """Return a new temporary name in a directory, which :func:`cleanup` recognizes."""
    return directory / f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}"


def write_new_file(path: pathlib.Path, data: bytes, *, mode: int) -> None:
    """Create a file and sync it, with mode 0600 until complete."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)


def write_file(
    path: pathlib.Path,
    data: bytes,
    *,
    mode: int,
    finish: t.Callable[[pathlib.Path], object] | None = None,
) -> None:
    """Create or replace a file atomically.

    :param finish: called with the temporary file before it is renamed
    """
    temporary = temporary_name(path.parent)
    try:
        write_new_file(temporary, data, mode=mode)
        if finish is not None:
            finish(temporary)
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_directory(path.parent)


def make_directory(path: pathlib.Path) -> None:
    """Create a missing directory and missing parents with mode 0755."""
    if path.is_dir():
        return
    make_directory(path.parent)
    umask = os.umask(0o022)
    try:
        path.mkdir(0o755, exist_ok=True)
    finally:
        os.umask(umask)
    sync_directory(path.parent)


def sync_directory(path: pathlib.Path) -> None:
    """Sync a directory, so that created and renamed files survive a crash."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as exc:
        if exc.errno not in _NO_DIRECTORY_SYNC:
            raise
    finally:
        os.close(descriptor)


def remove_file(path: pathlib.Path) -> bool:
    """Remove a file, and return whether there was one."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def remove_directory(path: pathlib.Path, *, names: t.Collection[str]) -> None:
    """Remove files and their directory, which stays if other files remain."""
    for name in names:
        remove_file(path / name)
    try:
        path.rmdir()
    except OSError as exc:
        if exc.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST):
            raise


def cleanup(layout: Layout) -> None:
    """Remove the temporary files of a killed run, under the lock."""
    folders = (layout.path, layout.pending, layout.releases, *layout.release_folders(), *layout.refused_folders())
    paths = [path for folder in folders if folder.is_dir() for path in folder.iterdir()]
    for path in paths:
        if not path.name.startswith(TEMPORARY_PREFIX):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            remove_file(path)
