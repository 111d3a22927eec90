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


def _row(check: str, msg: str, *, passed: bool = True) -> Row:
    return {"check": check, "passed": passed, "msg": msg}


def _python() -> Row:
    version = ".".join(map(str, sys.version_info[:3]))
    found = f"Python {version} is new enough."
    if sys.version_info >= _OLDEST_PYTHON:
        return _row("python", found)
    return _row("python", f"{sys.executable} is Python {version}, older than 3.9.", passed=False)


def _cryptography() -> Row:
    try:
        require_cryptography()
    except WotrusError as exc:
        return _row("cryptography", str(exc), passed=False)
    return _row("cryptography", "The library cryptography is new enough.")


def _user(base_dir: pathlib.Path, above: pathlib.Path) -> Row:
    """Return whether this user may create files below the base directory."""
    user = _user_name()
    if os.access(above, os.W_OK | os.X_OK):
        return _row("user", f"{user} may write in {above}.")
    return _row("user", f"{user} may not write in {above}, where {base_dir} is.", passed=False)


def _user_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"the user with the id {os.geteuid()}"


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
    except (WotrusError, OSError) as exc:
        return _row("path", str(exc), passed=False)
    return _row("path", f"Only root and this user can change {params['base_dir']}.")


def _space(above: pathlib.Path) -> Row:
    """Return whether the file system has space and file numbers."""
    try:
        status = os.statvfs(above)
    except OSError as exc:
        return _row("space", f"The space of {above} cannot be read: {exc.strerror}.", passed=False)
    size = status.f_bavail * status.f_frsize
    if status.f_flag & os.ST_RDONLY:
        return _row("space", f"{above} is on a read-only file system.", passed=False)
    if size < _FEWEST_BYTES or (status.f_files and status.f_favail < _FEWEST_FILES):
        return _row("space", f"{above} has {size // 1024} KiB and {status.f_favail} files left.", passed=False)
    return _row("space", f"{above} has enough space.")


def _accounts(params: Params) -> t.Iterator[Row]:
    owners = [params["owner"], *params["file_owners"]]
    groups = [params["group"], *params["file_groups"], *params["trusted_groups"]]
    looked_up: list[tuple[str, str, t.Callable[[str], object]]] = [
        (what, name, look_up)
        for what, names, look_up in (("owner", owners, pwd.getpwnam), ("group", groups, grp.getgrnam))
        for name in dict.fromkeys(names)
        if name and not name.isdigit()
    ]
    missing = [(what, name) for what, name, look_up in looked_up if not _exists(name, look_up)]
    for what, name in missing:
        yield _row("accounts", f"This host has no {what} {name!r}.", passed=False)
    if looked_up and not missing:
        yield _row("accounts", "The owner and the groups exist.")


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
        return _row("commands", f"A command cannot be split into words: {exc}.", passed=False)
    if shutil.which(program):
        return _row("commands", f"{program} is on the host.")
    return _row("commands", f"{program or 'An empty command'} is no program of the host.", passed=False)


def _key_file(path: str) -> Row:
    if os.access(path, os.R_OK):
        return _row("key_files", f"{path} can be read.")
    return _row("key_files", f"{path} does not exist, or cannot be read.", passed=False)


def _token(options: Params) -> Row:
    """Return whether a token is there, without a login."""
    try:
        require_cryptography()
        from ansible_collections.wotrus.pki.plugins.module_utils._token.session import find_token

        find_token(TokenOptions.read(options, name="", order_name=""))
    except WotrusError as exc:
        return _row("tokens", str(exc), passed=False)
    return _row("tokens", "The token is there.")


def _nearest_directory(path: pathlib.Path) -> pathlib.Path:
    """Return a directory, or the nearest one above it that exists."""
    for one in (path, *path.parents):
        if os.path.isdir(one):
            return one
    return pathlib.Path(path.anchor or ".")
