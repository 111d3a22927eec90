# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_host_info``, which writes nothing."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import pathlib
import pwd
import shutil
import sys
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._commands import split_command
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import explain_os_errors
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import (
    is_missing,
    read_groups,
    require_safe_owners,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import read_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import pending_facts
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text, shown
from ansible_collections.wotrus.pki.plugins.module_utils._token.options import PKCS11, TokenOptions
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import require_cryptography

_LIST: dict[str, t.Any] = {"type": "list", "elements": "str", "default": []}
ARGUMENTS: dict[str, t.Any] = {
    "base_dir": {"type": "path", "required": True},
    "owner": {"type": "str"},
    "group": {"type": "str"},
    **dict.fromkeys(("names", "file_owners", "file_groups", "trusted_groups", "commands"), _LIST),
    "first_keys": {"type": "dict", "default": {}, "no_log": False},
    "tokens": {
        **_LIST,
        "elements": "dict",
        "no_log": False,
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
    above = next(folder for folder in (base_dir, *base_dir.parents) if folder.is_dir())
    version, user = ".".join(map(str, sys.version_info[:3])), _user_name()
    is_old, is_writable = sys.version_info < _OLDEST_PYTHON, os.access(above, os.W_OK | os.X_OK)
    old = Message("{python} is Python {version}, older than 3.9.", python=sys.executable, version=version)
    denied = Message("{user} may not write in {above}, where {path} is.", user=user, above=above, path=base_dir)
    rows = [
        _row("python", old if is_old else None),
        _row("cryptography", _error_of(require_cryptography)),
        _row("user", None if is_writable else denied),
        _row("path", _error_of(_check_path, params)),
        _row("space", _space(above)),
        *_accounts(params),
        *map(_command, params["commands"]),
        *(row for name, file in params["first_keys"].items() for row in _first_key(params["base_dir"], name, file)),
        *(_row("tokens", _error_of(_find_token, token)) for token in params["tokens"]),
        *(row for name in params["names"] for row in _revocation_servers(params["base_dir"], name)),
    ]
    return {
        "changed": False,
        "checks": rows,
        "order_ids": [order_id for name in params["names"] for order_id in _recorded_orders(params["base_dir"], name)],
        "time": format_timestamp(dt.datetime.now(dt.timezone.utc)),
    }


def _row(check: str, problem: Message | None) -> Row:
    return {"check": check, "passed": problem is None, **shown(msg=problem or Message("No problem was found."))}


def _error_of(function: t.Callable[..., object], *arguments: t.Any) -> Message | None:
    """Return the error of a function; ``None`` without one."""
    try:
        function(*arguments)
    except WotrusError as exc:
        return exc.message
    return None


def _user_name() -> Text:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return Message("the user with the id {user}", user=os.geteuid())


def _check_path(params: Params) -> None:
    """Check that no other user can change the certificates' directories."""
    # A group that is not there is a mistake of the accounts, which have a check of their own.
    groups = read_groups(name for name in params["trusted_groups"] if not is_missing(name, "group"))
    with explain_os_errors(pathlib.Path(params["base_dir"])):
        for name in params["names"] or ["certificate"]:
            require_safe_owners(Layout.at(f"{params['base_dir']}/{name}"), trusted_groups=groups)


def _space(above: pathlib.Path) -> Message | None:
    """Return why the file system has too little space or file numbers."""
    try:
        status = os.statvfs(above)
    except OSError as exc:
        return Message("The space of {above} cannot be read: {error}.", above=above, error=exc.strerror)
    size = status.f_bavail * status.f_frsize
    if status.f_flag & os.ST_RDONLY:
        return Message("{above} is on a read-only file system.", above=above)
    if size >= _FEWEST_BYTES and (not status.f_files or status.f_favail >= _FEWEST_FILES):
        return None
    return Message(
        "{above} has {size} KiB and {number} files left.", above=above, size=size // 1024, number=status.f_favail
    )


def _accounts(params: Params) -> t.Iterator[Row]:
    """Yield a row for each account that is missing, or one if all are there."""
    owners = dict.fromkeys([params["owner"], *params["file_owners"]])
    groups = dict.fromkeys([params["group"], *params["file_groups"], *params["trusted_groups"]])
    missing: list[Message | None] = [
        *(Message("This host has no owner {name!r}.", name=owner) for owner in owners if is_missing(owner, "owner")),
        *(Message("This host has no group {name!r}.", name=group) for group in groups if is_missing(group, "group")),
    ]
    if any(owners) or any(groups):
        yield from (_row("accounts", account) for account in missing or (None,))


def _first_key(base_dir: str, name: str, file: t.Any) -> t.Iterator[Row]:
    """Yield whether the key file of a certificate can be read, unless the certificate has a key already."""
    with contextlib.suppress(OSError, WotrusError):
        layout = Layout(pathlib.Path(base_dir, name))
        pending = pending_facts(layout, read_record(layout))
        if layout.live_release() is not None or (pending is not None and pending.has_key):
            return
    path = os.path.expanduser(os.path.expandvars(str(file)))
    problem = Message("{path} does not exist, or cannot be read.", path=path)
    yield _row("key_files", None if os.access(path, os.R_OK) else problem)


def _command(command: str) -> Row:
    """Return whether the program of a command is on the host."""
    try:
        # A command may have a secret, so no message shows more than its program.
        program = (split_command(command, option="commands") or ("''",))[0]
        problem = None if shutil.which(program) else Message("{program} is no program of the host.", program=program)
    except InvalidInput as exc:
        problem = exc.message
    return _row("commands", problem)


def _recorded_orders(base_dir: str, name: str) -> t.Iterator[str]:
    """Yield the ids of the live and the pending order that a certificate's record names."""
    with contextlib.suppress(OSError, WotrusError):
        record = read_record(Layout(pathlib.Path(base_dir, name)))
        parts = (record.live, record.pending) if record else ()
        yield from (part.order_id for part in parts if part is not None and part.order_id)


def _revocation_servers(base_dir: str, name: str) -> t.Iterator[Row]:
    """Yield a row with the servers that readers ask about the certificate that is live, if one is."""
    layout = Layout(pathlib.Path(base_dir, name))
    with contextlib.suppress(OSError, WotrusError):
        release = layout.live_release()
        if release is None:
            return
        from ansible_collections.wotrus.pki.plugins.module_utils._revocation.check import addresses_of
        from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import read_path

        *path, _root = read_path(layout.release(release))
        servers = sorted({address.server for certificate in path for address in addresses_of(certificate)})
        asked = Message(
            "Certificate {name!r}: readers ask {servers}."
            if servers
            else "Certificate {name!r} names no servers for revocation.",
            name=name,
            servers=servers,
        )
        yield {"check": "revocation", "passed": True, **shown(msg=asked)}


def _find_token(options: Params) -> None:
    """Find a token, without a login."""
    require_cryptography()
    from ansible_collections.wotrus.pki.plugins.module_utils._token.session import find_token

    find_token(TokenOptions.read(options, name="", order_name=""))
