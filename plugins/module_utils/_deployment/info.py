# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_deployment_info``: read the directories of certificates."""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import time
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.directory_state import (
    EMPTY_ROW,
    encryption_keys,
    failure,
    read_state,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.unlisted import base_row
from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError, boundary
from ansible_collections.wotrus.pki.plugins.module_utils._internal_error import internal_error
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import explain_os_errors
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.lock import shared_lock
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import is_missing

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import RevocationStatus
    from ansible_collections.wotrus.pki.plugins.module_utils._revocation.http import Downloads

_LONGEST_WAIT = 30
"""Seconds that reading waits for executions in all directories, as ``lock_timeout`` of ``wotrus_deployment``."""


ARGUMENTS: dict[str, t.Any] = {
    "paths": {"type": "list", "elements": "path", "required": True},
    "first_keys": {"type": "dict", "default": {}, "no_log": False},
    "check_revocation": {"type": "bool", "default": False},
    "signed_documents": {"type": "dict", "default": {}},
    "owners": {"type": "list", "elements": "str", "default": []},
    "groups": {"type": "list", "elements": "str", "default": []},
    "base_dir": {"type": "path"},
    "listed": {"type": "list", "elements": "str", "default": []},
}


def deployments_info(params: Params) -> dict[str, t.Any]:
    """Return a row for each path, in the order of the paths, and one for the base directory if it is given."""
    deadline = time.monotonic() + _LONGEST_WAIT
    first_keys = {_expanded(path): _expanded(file) for path, file in (params.get("first_keys") or {}).items()}
    rows = [_inspect_path(path, deadline, first_key=first_keys.get(path)) for path in params["paths"]]
    if params.get("check_revocation"):
        _add_revocation(rows)
    wanted = {_expanded(path): pattern for path, pattern in (params.get("signed_documents") or {}).items()}
    if wanted:
        _add_signed_documents([row for row in rows if row["path"] in wanted], wanted)
    asked = {"owner": params.get("owners") or (), "group": params.get("groups") or ()}
    missing = {f"missing_{kind}s": [name for name in names if is_missing(name, kind)] for kind, names in asked.items()}
    for row in rows:
        row.update({name: found for name, found in missing.items() if found})
    base_dir = params.get("base_dir")
    further = {"base_dir": base_row(base_dir, params["listed"])} if base_dir else {}
    return {"changed": False, "deployments": rows, **further}


def _inspect_path(path: str, deadline: float, *, first_key: str | None) -> dict[str, t.Any]:
    """Return the row of a directory.

    It has an ``error_code`` if something could not be read.

    :param first_key: the key file that ``key.import_from`` names; it is only read if it would be imported
    """
    row: dict[str, t.Any] = {"path": path, **EMPTY_ROW, "encryption_keys": [], "releases": []}
    try:
        with boundary(internal_error), explain_os_errors(pathlib.Path(path)):
            layout = Layout.at(path)
            with shared_lock(layout, deadline=deadline):
                record = read_state(layout, row)
                row["encryption_keys"] = encryption_keys(layout, record)
                row["releases"] = layout.release_names()
                has_key = row["live"] is not None or (row["pending"] or {}).get("has_key")
                if first_key is not None and "error_code" not in row and not has_key:
                    row["first_key"] = _first_key(first_key)
    except WotrusError as exc:
        row.update(failure(exc))
    return row


def _add_revocation(rows: t.Sequence[dict[str, t.Any]]) -> None:
    """Add the revocation status of what is live, without the directories' locks: a release does not change."""
    from ansible_collections.wotrus.pki.plugins.module_utils._revocation.http import Downloads

    downloads = Downloads()
    for row in rows:
        live = row["live"]
        statuses = _release_statuses(Layout.at(row["path"]), live["release"], downloads) if live else []
        row["revocation"] = [status.as_dict() for status in statuses]


def _release_statuses(layout: Layout, release: str, downloads: Downloads) -> list[RevocationStatus]:
    """Return the status of each certificate of a release but its root, by the host's clock."""
    from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import unchecked
    from ansible_collections.wotrus.pki.plugins.module_utils._revocation.check import check_path
    from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import read_path

    try:
        return check_path(read_path(layout.release(release)), now=dt.datetime.now(dt.timezone.utc), downloads=downloads)
    except WotrusError as exc:
        return [unchecked(exc.message)]


def _add_signed_documents(rows: t.Sequence[dict[str, t.Any]], wanted: t.Mapping[str, t.Any]) -> None:
    """Add who signed the newest documents, without the directories' locks: nothing depends on it."""
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.signed_documents import (
        LONGEST_SEARCH,
        signed_documents,
    )
    from ansible_collections.wotrus.pki.plugins.module_utils._model.signed_documents import SignedDocuments

    end = time.monotonic() + LONGEST_SEARCH
    for number, row in enumerate(rows):
        now = time.monotonic()
        # The time that one leaves is shared by those after it.
        deadline = now + (end - now) / (len(rows) - number)
        record = Record.from_dict(row["record"]) if row["record"] else Record()
        try:
            with boundary(internal_error):
                found = signed_documents(Layout.at(row["path"]), record, wanted[row["path"]], deadline=deadline)
        except WotrusError as exc:
            found = SignedDocuments(msg=exc.message)
        row["signed_documents"] = found.as_dict()


def _first_key(file: str) -> dict[str, t.Any]:
    """Return the facts of a key file, or why it is unusable."""
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.key_import import describe_key_file

    try:
        return describe_key_file(file)
    except WotrusError as exc:
        return failure(exc)


def _expanded(path: object) -> str:
    """Return a path as Ansible expands options of the type ``path``."""
    return os.path.expanduser(os.path.expandvars(str(path)))
