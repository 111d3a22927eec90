# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuse paths that another user could change.

Each directory of the path must belong to root or the current user, and only they may write to it. Then no other user
can replace a part of the path, and it stays as it was checked under the lock.
"""

from __future__ import annotations

import errno
import grp
import os
import pathlib
import pwd
import stat
import struct
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, UnsafePath
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

_ROOT = 0
_MOST_LINKS = 40
# acl(5) and linux/posix_acl_xattr.h: a version, and for each entry its tag, permissions and id, in little endian.
_ACL = "system.posix_acl_access"
_ACL_VERSION = 2
_ACL_ENTRY = struct.Struct("<HHI")
_ACL_USER, _ACL_GROUP, _ACL_MASK = 0x02, 0x08, 0x10
_WRITE = 2

_NO_ACL = (errno.ENODATA, errno.ENOTSUP, errno.ENOENT, errno.ENOSYS)


def read_groups(names: t.Iterable[str]) -> frozenset[int]:
    """Return the ids of groups, given by name or id.

    :raises InvalidInput: the host has no such group
    """
    ids = set()
    for name in names:
        try:
            ids.add(int(name) if name.isdigit() else grp.getgrnam(name).gr_gid)
        except KeyError:
            raise InvalidInput(
                "trusted_groups (wotrus_trusted_groups of the role): the host has no group {name!r}.", name=name
            ) from None
    return frozenset(ids)


def is_missing(name: str | None, kind: str) -> bool:
    """Return whether an account is given by a name that the host does not have.

    :param kind: ``owner`` or ``group``
    """
    try:
        return not (name is None or name.isdigit() or {"owner": pwd.getpwnam, "group": grp.getgrnam}[kind](name))
    except KeyError:
        return True


def require_safe_owners(layout: Layout, *, trusted_groups: t.Collection[int] = ()) -> None:
    """Check that only root and the current user can replace files.

    Call it before anything is created, and again under the lock: another user may have created a missing directory.

    :param trusted_groups: ids of groups whose members may write in the directories above
    :raises UnsafePath: another user can replace files
    """
    _check_way(layout.path.parent, trusted_groups, has_option=True)
    own = (layout.path, layout.pending, layout.releases, layout.refused)
    for directory in (*own, *layout.release_folders(), *layout.refused_folders()):
        _check(directory)


def require_safe_file(path: pathlib.Path, *, trusted_groups: t.Collection[int] = ()) -> None:
    """Check that no other user can replace or change a file.

    A link is left to the reader, who refuses it. No group is trusted with a key, since its members would choose it.

    :param trusted_groups: ids of groups whose members may write in the directories above
    :raises UnsafePath: another user can
    """
    _check_way(path.parent, trusted_groups)
    if not os.path.islink(path):
        _check(path)


def _check_way(path: pathlib.Path, trusted_groups: t.Collection[int], *, has_option: bool = False) -> None:
    """Check each directory on the way to a path, and each link.

    The owner of the root directory is not checked, since it has no meaning inside a container.

    :param has_option: a user can name further groups
    """
    done, rest = pathlib.Path(path.anchor), list(path.parts[1:])
    links = 0
    while rest:
        part = rest.pop(0)
        done = done.parent if part == ".." else done / part
        status = _status(done)
        if status is None:
            # A missing directory will be created with safe permissions. An invisible one cannot be used.
            return
        if not stat.S_ISLNK(status.st_mode):
            _check(done, is_above=True, trusted_groups=trusted_groups, has_option=has_option)
            continue
        _require_owner(done, status)
        links += 1
        if links > _MOST_LINKS:
            raise UnsafePath("{path} goes through more than {most} symbolic links.", path=path, most=_MOST_LINKS)
        target = pathlib.PurePath(os.readlink(done))
        rest[:0] = target.parts[1:] if target.is_absolute() else target.parts
        done = pathlib.Path(target.anchor) if target.is_absolute() else done.parent


def _check(
    path: pathlib.Path,
    *,
    is_above: bool = False,
    trusted_groups: t.Collection[int] = (),
    has_option: bool = False,
) -> None:
    """Check a directory or file if it exists.

    :param is_above: it may be sticky, and groups may write to it
    :param trusted_groups: these groups
    :param has_option: as for :func:`_check_way`
    """
    status = _status(path)
    if status is None:
        return
    _require_owner(path, status)
    if is_above and status.st_mode & stat.S_ISVTX:
        return
    if status.st_mode & (stat.S_IWOTH if is_above else stat.S_IWGRP | stat.S_IWOTH):
        raise UnsafePath(
            "{path} can be written by other users, who could replace files of the collection. Run 'chmod go-w {path}'.",
            path=path,
        )
    # With an access control list, the permissions of the group are the mask: without them, no other entry may write.
    if status.st_mode & stat.S_IWGRP:
        _check_writers(path, status, trusted_groups, has_option=has_option)


def _status(path: pathlib.Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None


def _require_owner(path: pathlib.Path, status: os.stat_result) -> None:
    if status.st_uid in (_ROOT, os.geteuid()):
        return
    raise UnsafePath(
        "{path} belongs to the user with the id {user}, who could replace files of the collection. Change its "
        "owner to root, or run the task as that user.",
        path=path,
        user=status.st_uid,
    )


def _check_writers(
    path: pathlib.Path, status: os.stat_result, trusted_groups: t.Collection[int], *, has_option: bool
) -> None:
    """Check the other writers of a directory besides its owner.

    These are its group, and the entries of its access control list.
    """
    entries = _acl(path)
    groups = [status.st_gid, *(number for tag, number in entries if tag == _ACL_GROUP)]
    others = [
        Message("the user with the id {user}", user=number)
        for tag, number in entries
        if tag == _ACL_USER and number not in (_ROOT, os.geteuid())
    ] + [
        Message("the group with the id {group}", group=number)
        for number in groups
        if number not in trusted_groups and not _is_private_group(number)
    ]
    if others:
        raise UnsafePath(
            "{path} can be written by {others}, who could replace files of the collection. Run 'chmod g-w {path}'."
            if not has_option
            else "{path} can be written by {others}, who could replace files of the collection. Run "
            "'chmod g-w {path}', or name the group in trusted_groups (wotrus_trusted_groups of the role).",
            path=path,
            others=others,
        )


def _acl(path: pathlib.Path) -> list[tuple[int, int]]:
    """Return the tags and ids of the entries that may write."""
    problem: object = Message("it is of an unknown kind")
    try:
        data = os.getxattr(path, _ACL, follow_symlinks=False)
    except AttributeError:
        return []
    except OSError as exc:
        if exc.errno in _NO_ACL:
            return []
        data, problem = b"", exc.strerror
    if len(data) < 4 or struct.unpack_from("<I", data)[0] != _ACL_VERSION:
        raise UnsafePath(
            "The access list of {path} cannot be read: {error}. Run 'chmod g-w {path}'.", path=path, error=problem
        )
    entries = list(_ACL_ENTRY.iter_unpack(data[4 : len(data) - (len(data) - 4) % _ACL_ENTRY.size]))
    mask = next((permissions for tag, permissions, _number in entries if tag == _ACL_MASK), _WRITE)
    return [(tag, number) for tag, permissions, number in entries if permissions & mask & _WRITE]


def _is_private_group(number: int) -> bool:
    """Return whether a group has only the current user and root.

    Many distributions create such a group for each user.

    Some distributions give system accounts root's group as their primary one. They are trusted as root is.
    """
    try:
        group = grp.getgrgid(number)
    except KeyError:
        return False
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        # A container may run as a user without a name.
        user = ""
    if not set(group.gr_mem) <= {user, "root"}:
        return False
    if number == _ROOT:
        return True
    return group.gr_name == user and not any(
        account.pw_gid == number and account.pw_uid not in (_ROOT, os.geteuid()) for account in pwd.getpwall()
    )
