# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_deployment_info``: what is live and what is pending, for many certificates at once.

Its cost is that of starting Python, so ``cryptography`` is imported only where the files do not match the record.
"""

from __future__ import annotations

import importlib
import os
import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RecordUnreadable, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import explained
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.recordfile import read_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import (
    LiveFacts,
    PendingFacts,
    live_facts_of_record,
    pending_facts,
)

if t.TYPE_CHECKING:
    # Ansible packs what it sees imported: this line, which never runs, puts the file into the module's archive.
    from ansible_collections.wotrus.pki.plugins.module_utils._store import inspection

_INSPECTION = "ansible_collections.wotrus.pki.plugins.module_utils._store.inspection"

__all__ = ["ARGUMENTS", "deployments_info", "look_at", "row_of"]

ARGUMENTS: dict[str, t.Any] = {"paths": {"type": "list", "elements": "path", "required": True}}


def deployments_info(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return a row for each path, in the order of the paths; what cannot be read has an ``error_code`` in its row."""
    return {"changed": False, "deployments": [row_of(path) for path in params["paths"]]}


def look_at(paths: t.Sequence[str]) -> list[dict[str, t.Any]]:
    """Return a row for each path of the host that this runs on; a tilde and variables in a path are this host's."""
    return [row_of(os.path.expanduser(os.path.expandvars(path))) for path in paths]


def row_of(path: str) -> dict[str, t.Any]:
    """Return what is in a directory; what cannot be read has an ``error_code``."""
    row: dict[str, t.Any] = {"path": path, "live": None, "pending": None, "record": None}
    try:
        with explained(pathlib.Path(path)):
            layout = Layout.at(path)
            record = _record(layout, row)
            pending = _pending(layout, record)
            row["pending"] = pending.to_dict() if pending else None
            live = _live(layout, record)
            row["live"] = live.to_dict(layout) if live else None
    except WotrusError as exc:
        row.update(_failure(exc))
    return row


def _failure(exc: WotrusError) -> dict[str, str]:
    return {"error_code": exc.error_code, "msg": str(exc)}


def _record(layout: Layout, row: dict[str, t.Any]) -> Record | None:
    """Read the record. The other facts do not need it, so a damaged one is only noted."""
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
    return live_facts_of_record(layout, record, release) or _inspection(layout, record).live(release)


def _inspection(layout: Layout, record: Record | None) -> inspection.Inspection:
    found: inspection.Inspection = importlib.import_module(_INSPECTION).Inspection(layout, record)
    return found
