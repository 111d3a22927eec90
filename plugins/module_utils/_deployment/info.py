# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_deployment_info``: live and pending certificates of a host.

``cryptography`` is imported only if the files do not match the record, since its import takes most of the time.
"""

from __future__ import annotations

import importlib
import os
import pathlib
import time
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RecordUnreadable, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import explain_os_errors
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.lock import shared_lock
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import read_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import (
    LiveFacts,
    PendingFacts,
    live_facts_from_record,
    pending_facts,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import shown

if t.TYPE_CHECKING:
    # Ansible packs the files that it sees imported. This line never runs, but adds the file to the module's archive.
    from ansible_collections.wotrus.pki.plugins.module_utils._store import inspection

_LONGEST_WAIT = 30
"""Seconds that reading waits for executions in all directories, as ``lock_timeout`` of ``wotrus_deployment``."""

_INSPECTION = "ansible_collections.wotrus.pki.plugins.module_utils._store.inspection"


ARGUMENTS: dict[str, t.Any] = {
    "paths": {"type": "list", "elements": "path", "required": True},
    "first_keys": {"type": "dict", "default": {}, "no_log": False},
}


def deployments_info(params: Params) -> dict[str, t.Any]:
    """Return a row for each path, in the order of the paths."""
    deadline = time.monotonic() + _LONGEST_WAIT
    first_keys = {_expanded(path): _expanded(file) for path, file in (params.get("first_keys") or {}).items()}
    rows = [_inspect_path(path, deadline, first_key=first_keys.get(path)) for path in params["paths"]]
    return {"changed": False, "deployments": rows}


def _inspect_path(path: str, deadline: float, *, first_key: str | None) -> dict[str, t.Any]:
    """Return the row of a directory.

    It has an ``error_code`` if something could not be read.

    :param first_key: the key file that ``key.import_from`` names; it is only read if it would be imported
    """
    row: dict[str, t.Any] = {"path": path, "live": None, "pending": None, "record": None}
    try:
        with explain_os_errors(pathlib.Path(path)):
            layout = Layout.at(path)
            with shared_lock(layout, deadline=deadline):
                record = _record(layout, row)
                pending = _pending(layout, record)
                row["pending"] = pending.to_dict() if pending else None
                live = _live(layout, record)
                row["live"] = live.to_dict(layout) if live else None
                if first_key is not None and live is None and not (pending and pending.has_key):
                    row["first_key"] = _first_key(first_key)
    except WotrusError as exc:
        row.update(_failure(exc))
    return row


def _failure(exc: WotrusError) -> dict[str, t.Any]:
    return {"error_code": exc.error_code, **shown(msg=exc.message)}


def _record(layout: Layout, row: dict[str, t.Any]) -> Record | None:
    """Read the record; a damaged one sets the row's error only."""
    try:
        record = read_record(layout)
    except RecordUnreadable as exc:
        row.update(_failure(exc))
        return None
    row["record"] = record.to_dict() if record else None
    return record


def _pending(layout: Layout, record: Record | None) -> PendingFacts | None:
    facts = pending_facts(layout, record)
    if facts is None or not facts.has_key or facts.public_key_sha256:
        return facts
    return _inspection(layout, record).pending(facts)


def _live(layout: Layout, record: Record | None) -> LiveFacts | None:
    release = layout.live_release()
    if release is None:
        return None
    return live_facts_from_record(layout, record, release) or _inspection(layout, record).live(release)


def _first_key(file: str) -> dict[str, t.Any]:
    """Return the facts of a key file, or why it is unusable."""
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.key_import import describe_key_file

    try:
        return describe_key_file(file)
    except WotrusError as exc:
        return _failure(exc)


def _expanded(path: object) -> str:
    """Return a path as Ansible expands options of the type ``path``."""
    return os.path.expanduser(os.path.expandvars(str(path)))


def _inspection(layout: Layout, record: Record | None) -> inspection.Inspection:
    found: inspection.Inspection = importlib.import_module(_INSPECTION).Inspection(layout, record)
    return found
