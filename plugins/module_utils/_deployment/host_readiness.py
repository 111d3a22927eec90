# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_host_info``, which writes nothing."""

from __future__ import annotations

import datetime as dt
import grp
import os
import pathlib
import pwd
import shlex
import shutil
import sys
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import read_groups, require_safe_owners
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text, shown
from ansible_collections.wotrus.pki.plugins.module_utils._token.options import PKCS11, TokenOptions
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import require_cryptography

ARGUMENTS: dict[str, t.Any] = {
    "base_dir": {"type": "path", "required": True},
    "names": {"type": "list", "elements": "str", "default": []},
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "file_owners": {"type": "list", "elements": "str", "default": []},
    "file_groups": {"type": "list", "elements": "str", "default": []},
    "trusted_groups": {"type": "list", "elements": "str", "default": []},
    "commands": {"type": "list", "elements": "str", "default": []},
    "key_files": {"type": "list", "elements": "path", "no_log": False, "default": []},
    "tokens": {
        "type": "list",
        "elements": "dict",
        "no_log": False,
        "default": [],
        "options": {name: PKCS11["options"][name] for name in ("module", "token", "slot")},
    },
}

_OLDEST_PYTHON = (3, 9)
# A release has some 20 KB. What is left is for the releases that are kept, and for other programs.
_FEWEST_BYTES = 4 * 1024 * 1024
_FEWEST_FILES = 100

Row = dict[str, t.Any]


def host_info(params: Params) -> dict[str, t.Any]:
    """Return a row for each check, and the host's time."""
    base_dir = pathlib.Path(params["base_dir"])
    above = _nearest_directory(base_dir)
    rows = [
        _python(),
        _cryptography(),
        _user(base_dir, above),
        _path(params),
        _space(above),
        *_accounts(params),
        *(_command(command) for command in params["commands"]),
        *(_key_file(path) for path in params["key_files"]),
        *(_token(one) for one in params["tokens"]),
    ]
    now = dt.datetime.now(dt.timezone.utc)
    return {"changed": False, "checks": rows, "time": format_timestamp(now)}


def _row(check: str, msg: Message, *, passed: bool = True) -> Row:
    return {"check": check, "passed": passed, **shown(msg=msg)}


def _python() -> Row:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= _OLDEST_PYTHON:
        return _row("python", Message("Python {version} is new enough.", version=version))
    return _row(
        "python",
        Message("{python} is Python {version}, older than 3.9.", python=sys.executable, version=version),
        passed=False,
    )


def _cryptography() -> Row:
    try:
        require_cryptography()
    except WotrusError as exc:
        return _row("cryptography", exc.message, passed=False)
    return _row("cryptography", Message("The library cryptography is new enough."))


def _user(base_dir: pathlib.Path, above: pathlib.Path) -> Row:
    """Return whether this user may create files below the base directory."""
    user = _user_name()
    if os.access(above, os.W_OK | os.X_OK):
        return _row("user", Message("{user} may write in {above}.", user=user, above=above))
    return _row(
        "user",
        Message("{user} may not write in {above}, where {path} is.", user=user, above=above, path=base_dir),
        passed=False,
    )


def _user_name() -> Text:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return Message("the user with the id {user}", user=os.geteuid())


def _path(params: Params) -> Row:
    """Return whether no other user can change the certificates' directories."""
    try:
        groups = read_groups(params["trusted_groups"])
    except WotrusError:
        # That is a mistake of the accounts, which have a check of their own.
        groups = frozenset()
    try:
        for name in params["names"] or ["certificate"]:
            require_safe_owners(Layout.at(f"{params['base_dir']}/{name}"), trusted_groups=groups)
    except WotrusError as exc:
        return _row("path", exc.message, passed=False)
    except OSError as exc:
        return _row("path", Message("{path}: {error}.", path=params["base_dir"], error=exc), passed=False)
    return _row("path", Message("Only root and this user can change {path}.", path=params["base_dir"]))


def _space(above: pathlib.Path) -> Row:
    """Return whether the file system has space and file numbers."""
    try:
        status = os.statvfs(above)
    except OSError as exc:
        return _row(
            "space",
            Message("The space of {above} cannot be read: {error}.", above=above, error=exc.strerror),
            passed=False,
        )
    size = status.f_bavail * status.f_frsize
    if status.f_flag & os.ST_RDONLY:
        return _row("space", Message("{above} is on a read-only file system.", above=above), passed=False)
    if size < _FEWEST_BYTES or (status.f_files and status.f_favail < _FEWEST_FILES):
        left = Message(
            "{above} has {size} KiB and {number} files left.", above=above, size=size // 1024, number=status.f_favail
        )
        return _row("space", left, passed=False)
    return _row("space", Message("{above} has enough space.", above=above))


def _accounts(params: Params) -> t.Iterator[Row]:
    owners = _names(params["owner"], *params["file_owners"])
    groups = _names(params["group"], *params["file_groups"], *params["trusted_groups"])
    missing = [
        Message("This host has no owner {name!r}.", name=name) for name in owners if not _exists(name, pwd.getpwnam)
    ]
    missing += [
        Message("This host has no group {name!r}.", name=name) for name in groups if not _exists(name, grp.getgrnam)
    ]
    for one in missing:
        yield _row("accounts", one, passed=False)
    if (owners or groups) and not missing:
        yield _row("accounts", Message("The owner and the groups exist."))


def _names(*accounts: str | None) -> list[str]:
    """Return the accounts that are given by their names."""
    return [one for one in dict.fromkeys(accounts) if one and not one.isdigit()]


def _exists(name: str, look_up: t.Callable[[str], object]) -> bool:
    try:
        look_up(name)
    except KeyError:
        return False
    return True


def _command(command: str) -> Row:
    """Return whether the program of a command is on the host."""
    try:
        program = (shlex.split(command) or [""])[0]
    except ValueError as exc:
        # A command may have a secret, so no message shows more than its program.
        return _row("commands", Message("A command cannot be split into words: {error}.", error=exc), passed=False)
    if shutil.which(program):
        return _row("commands", Message("{program} is on the host.", program=program))
    found = (
        Message("{program} is no program of the host.", program=program)
        if program
        else Message("An empty command is no program of the host.")
    )
    return _row("commands", found, passed=False)


def _key_file(path: str) -> Row:
    if os.access(path, os.R_OK):
        return _row("key_files", Message("{path} can be read.", path=path))
    return _row("key_files", Message("{path} does not exist, or cannot be read.", path=path), passed=False)


def _token(options: Params) -> Row:
    """Return whether a token is there, without a login."""
    try:
        require_cryptography()
        from ansible_collections.wotrus.pki.plugins.module_utils._token.session import find_token

        find_token(TokenOptions.read(options, name="", order_name=""))
    except WotrusError as exc:
        return _row("tokens", exc.message, passed=False)
    return _row("tokens", Message("The token is there."))


def _nearest_directory(path: pathlib.Path) -> pathlib.Path:
    """Return a directory, or the nearest one above it that exists."""
    for one in (path, *path.parents):
        if os.path.isdir(one):
            return one
    return pathlib.Path(path.anchor or ".")
