# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kill work around each of its changes of the disk.

It is killed by SIGKILL. The disk changes only by system calls, so a kill just before each of them stands for a kill at
any line since the one before. What is written to a file is no call of these, so kills after a file was opened for
writing find it empty. The work runs in a process of its own: no ``finally`` and no ``except`` is executed.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import traceback
import typing as t

CHANGES = ("open", "mkdir", "rename", "replace", "symlink", "link", "unlink", "rmdir", "fsync", "chmod", "fchmod")


def _wrap(function: t.Callable[..., t.Any], around: t.Callable[[functools.partial[t.Any]], t.Any]) -> t.Any:
    def wrapper(*arguments: t.Any, **options: t.Any) -> t.Any:
        return around(functools.partial(function, *arguments, **options))

    return wrapper


Changes = t.Sequence[tuple[t.Any, str]]
"""Other functions that change something, such as a token: their holders and names."""


def patch_changes(around: t.Callable[[functools.partial[t.Any]], t.Any], others: Changes = ()) -> None:
    """Wrap every change of the disk in this process.

    The function gets the change as a functools.partial.
    """
    for holder, name in others:
        setattr(holder, name, _wrap(getattr(holder, name), around))
    for name in CHANGES:
        setattr(os, name, _wrap(getattr(os, name), around))


def killed(work: t.Callable[[], t.Any], *, number: int, after: bool, others: Changes = ()) -> bool:
    """Do work in a child, and kill it around a change.

    :returns: whether the work made so many changes
    """
    child = os.fork()
    if child == 0:
        _be_killed(work, number=number, after=after, others=others)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the work failed by itself"
    return False


def _be_killed(work: t.Callable[[], t.Any], *, number: int, after: bool, others: Changes) -> t.NoReturn:
    seen = 0

    def around(change: functools.partial[t.Any]) -> t.Any:
        nonlocal seen
        is_open = change.func.__name__ == "open"
        if (is_open or after) and not (is_open and change.args[1] & (os.O_WRONLY | os.O_RDWR)):
            return change()
        seen += 1
        if seen == number and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return change()
        finally:
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    patch_changes(around, others)
    status = 1
    try:
        work()
        status = 0
    finally:  # the child must never return into the tests
        if status:
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(status)


def every_kill(work: t.Callable[[], t.Any], *, begin: t.Callable[[], None], others: Changes = ()) -> t.Iterator[None]:
    """Yield after each way in which a work can be killed.

    :param begin: puts the scene up anew before each
    """
    for after in (False, True):
        number = 1
        begin()
        while killed(work, number=number, after=after, others=others):
            yield
            number += 1
            begin()
