# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for a test before each change below a directory.

See breakpoint.py. Python imports a file of this name at its start if it is on its path, and only the tests' own
interpreter puts it there.
"""

from __future__ import annotations

import fcntl
import functools
import json
import os
import socket
import sys
import typing as t

from tests.unit.store.killing import patch_changes

_BELOW = os.environ.pop("WOTRUS_TEST_BREAKPOINT_BELOW")
_ADDRESS = os.environ.pop("WOTRUS_TEST_BREAKPOINT")
# What the tests bring is for this process, not for the commands that it runs.
for _place in os.environ.pop("PYTHONPATH").split(os.pathsep):
    sys.path.append(sys.path.pop(sys.path.index(_place)))

_connection: list[socket.socket] = []


def _ask(name: str, path: str) -> None:
    """Send the change to the test, and wait for its permission."""
    if not _connection:
        _connection.append(socket.socket(socket.AF_UNIX))
        _connection[0].connect(_ADDRESS)
    _connection[0].sendall(json.dumps([os.getpid(), name, path]).encode() + b"\n")
    _connection[0].recv(1)


def _path(place: t.Any, folder: int | None) -> str:
    if isinstance(place, int):
        return os.readlink(f"/proc/self/fd/{place}")
    above = os.readlink(f"/proc/self/fd/{folder}") if folder is not None else ""
    return os.path.join(above, os.fspath(place))


def _around(change: functools.partial[t.Any]) -> t.Any:
    name = change.func.__name__
    places = change.args[:2] if name in ("rename", "replace", "symlink", "link") else change.args[:1]
    path = _path(places[-1], change.keywords.get("dir_fd"))
    reads = name == "open" and not change.args[1] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if path.startswith(_BELOW) and not reads:
        _ask(name, path)
    return change()


def _locking(descriptor: int, operation: int) -> None:
    path = _path(descriptor, None)
    if path.startswith(_BELOW):
        _ask("flock", path)
    _flock(descriptor, operation)


_flock = fcntl.flock
fcntl.flock = _locking
patch_changes(_around)
