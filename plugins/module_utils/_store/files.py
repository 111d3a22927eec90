# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are there whole or not at all, after a crash too: temporary file, fsync, rename, directory fsync."""

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

_LARGEST_FILE = 4 * 1024 * 1024
_NOT_WRITABLE = (errno.EACCES, errno.EPERM)
# Some network and container file systems cannot sync a directory; their renames are as durable as they make them.
_NO_DIRECTORY_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)

__all__ = [
    "cleanup",
    "explained",
    "make_directory",
    "read_file",
    "remove_directory",
    "remove_file",
    "require_writable",
    "stale_files",
    "sync_directory",
    "temporary_name",
    "write_file",
    "write_new_file",
]


@contextlib.contextmanager
def explained(path: pathlib.Path) -> t.Iterator[None]:
    """Turn an OSError into StoreFailed that says where, what and what to do.

    :param path: what to name where the error names no file
    """
    try:
        yield
    except OSError as exc:
        where = os.fsdecode(exc.filename) if isinstance(exc.filename, (str, bytes, os.PathLike)) else str(path)
        raise StoreFailed(f"{where}: {exc.strerror or exc}.{_advice(exc.errno)}") from exc


def _advice(number: int | None) -> str:
    if number in _NOT_WRITABLE:
        return (
            f" The user with the id {os.geteuid()} may not do this: run the task with 'become: true',"
            " or choose another directory (wotrus_base_dir of the role)."
        )
    advice = {
        errno.EROFS: " The file system is read-only: choose another directory (wotrus_base_dir of the role).",
        errno.ENOSPC: " Make room on the file system and run again: nothing that was live has changed.",
        errno.EDQUOT: " Raise the quota and run again: nothing that was live has changed.",
        errno.ENOTDIR: " A part of the path is a file, not a directory.",
        errno.ENOLCK: " The file system has no locks: choose a directory on a local one.",
    }
    return advice.get(number or 0, "")


def require_writable(path: pathlib.Path) -> None:
    """Check what check mode can: that this user may write in the directory, or make it.

    :raises PermissionError: it may not
    """
    while not path.exists():
        path = path.parent
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def read_file(path: pathlib.Path) -> bytes | None:
    """Return a file's content; None where there is none.

    :raises UnsafePath: it is a link or no regular file
    :raises StoreFailed: it is larger than anything of ours
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as exc:
        if exc.errno == errno.ELOOP:
            raise UnsafePath(f"{path} is a symbolic link: move it away, a file of ours belongs here.") from exc
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnsafePath(f"{path} is no regular file: move it away.")
        if status.st_size > _LARGEST_FILE:
            raise StoreFailed(f"{path} has {status.st_size} bytes, far more than any file of the collection.")
        return b"".join(iter(lambda: os.read(descriptor, _LARGEST_FILE), b""))
    finally:
        os.close(descriptor)


def temporary_name(directory: pathlib.Path) -> pathlib.Path:
    """Return a new name in a directory that :func:`cleanup` recognizes."""
    return directory / f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}"


def write_new_file(path: pathlib.Path, data: bytes, *, mode: int) -> None:
    """Write a file that is not there yet, and sync it. It is 0600 until its content is complete."""
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
    finish: t.Callable[[pathlib.Path], None] | None = None,
) -> None:
    """Put a file in place, or replace it: a reader finds the old content or the new one.

    :param finish: is given the temporary file before that takes its place
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
    """Make a directory, 0755 whatever the umask, with those above it; one that is there stays as it is."""
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
    """Make the names in a directory durable."""
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


def remove_directory(path: pathlib.Path, *, names: t.Collection[str]) -> bool:
    """Remove files of ours and then their directory; return whether it is gone: other files in it keep it."""
    for name in names:
        remove_file(path / name)
    try:
        path.rmdir()
    except FileNotFoundError:
        return True
    except OSError as exc:
        if exc.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return False
    return True


def stale_files(layout: Layout) -> list[pathlib.Path]:
    """Return what a killed run left half-made."""
    found = []
    releases = [layout.release(name) for name in layout.release_names()]
    for directory in (layout.path, layout.pending, layout.releases, *releases):
        if directory.is_dir():
            found += [path for path in directory.iterdir() if path.name.startswith(TEMPORARY_PREFIX)]
    return found


def cleanup(layout: Layout) -> None:
    """Remove what a killed run left half-made. Call it with the lock held: nobody else can be at work on it."""
    for path in stale_files(layout):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            remove_file(path)
