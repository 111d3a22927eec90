# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuse paths that another user could change."""

from __future__ import annotations

import os
import pathlib
import stat

from ansible_collections.wotrus.pki.plugins.module_utils._errors import UnsafePath
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout

_ROOT = 0

__all__ = ["require_safe_owners"]


def require_safe_owners(layout: Layout) -> None:
    """Check that only root and the current user can replace files of the collection.

    A parent directory may be writable by its group, which an administrator chose, or by all users if it is sticky.

    :raises UnsafePath: another user can replace files
    """
    releases = [layout.release(name) for name in layout.release_names()]
    for directory in (layout.path, layout.pending, layout.releases, *releases):
        _check(directory, writable_by=stat.S_IWGRP | stat.S_IWOTH)
    # Links in parent directories are resolved, and the directories that they lead to are checked. The owner of the root
    # directory is not checked, since it has no meaning inside a container.
    above = pathlib.Path(os.path.realpath(layout.path.parent))
    for directory in [above, *above.parents]:
        if directory != directory.parent:
            _check(directory, writable_by=stat.S_IWOTH, sticky_is_safe=True)


def _check(path: pathlib.Path, *, writable_by: int, sticky_is_safe: bool = False) -> None:
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        # A missing directory will be created with safe permissions. An invisible one cannot be used.
        return
    if status.st_uid not in (_ROOT, os.geteuid()):
        raise UnsafePath(
            f"{path} belongs to the user with the id {status.st_uid}, who could replace files of the collection. Change"
            " its owner to root, or run the task as that user."
        )
    if status.st_mode & writable_by and not (sticky_is_safe and status.st_mode & stat.S_ISVTX):
        raise UnsafePath(
            f"{path} can be written by other users, who could replace files of the collection. Run 'chmod go-w {path}'."
        )
