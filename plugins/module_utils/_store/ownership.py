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

__all__ = ["require_own"]


def require_own(layout: Layout) -> None:
    """Check that nobody but root and the user who runs this can put other files in the place of the collection's.

    A directory above may be writable by its group, which an administrator chose, or by all where it is sticky.

    :raises UnsafePath: somebody can; the message names the directory and what to do
    """
    releases = [layout.release(name) for name in layout.release_names()]
    for directory in (layout.path, layout.pending, layout.releases, *releases):
        _check(directory, writable_by=stat.S_IWGRP | stat.S_IWOTH)
    # A link above is followed, as those who made it want; who could change where it leads is seen there. Whose the root
    # directory is says nothing inside a container.
    above = pathlib.Path(os.path.realpath(layout.path.parent))
    for directory in [above, *above.parents]:
        if directory != directory.parent:
            _check(directory, writable_by=stat.S_IWOTH, sticky_is_safe=True)


def _check(path: pathlib.Path, *, writable_by: int, sticky_is_safe: bool = False) -> None:
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        # What is not there yet is made by us, and what cannot be seen cannot be used either.
        return
    if status.st_uid not in (_ROOT, os.geteuid()):
        raise UnsafePath(
            f"{path} belongs to the user with the id {status.st_uid}, who could put other files in the place of the"
            " collection's: give it to root, or run the task as that user."
        )
    if status.st_mode & writable_by and not (sticky_is_safe and status.st_mode & stat.S_ISVTX):
        raise UnsafePath(
            f"{path} can be written by other users, who could put other files in the place of the collection's:"
            f" run 'chmod go-w {path}'."
        )
