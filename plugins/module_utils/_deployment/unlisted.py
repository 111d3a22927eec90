# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the certificates of a base directory that no entry of the inventory names."""

from __future__ import annotations

import itertools
import os
import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.directory_state import failure
from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import explain_os_errors
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import CERTIFICATE_NAME, MOST_UNLISTED, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import read_record


def base_row(base_dir: str, listed: t.Collection[str]) -> dict[str, t.Any]:
    """Return the row of a base directory: its folders with a record that are not listed, the first by name.

    It has an ``error_code`` if the directory cannot be read.
    """
    row: dict[str, t.Any] = {"path": base_dir, "unlisted": []}
    try:
        with explain_os_errors(pathlib.Path(base_dir)):
            found = map(_folder_row, _names(base_dir, frozenset(listed)), itertools.repeat(pathlib.Path(base_dir)))
            row["unlisted"] = list(itertools.islice(filter(None, found), MOST_UNLISTED))
    except WotrusError as exc:
        row.update(failure(exc))
    return row


def _names(base_dir: str, listed: t.Collection[str]) -> list[str]:
    """Return the names of the other folders that a certificate can have, sorted."""
    try:
        with os.scandir(base_dir) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    return sorted(name for name in names if name not in listed and CERTIFICATE_NAME.fullmatch(name))


def _folder_row(name: str, base_dir: pathlib.Path) -> dict[str, t.Any] | None:
    """Return what the record of a folder says; ``None`` without a record."""
    layout = Layout(base_dir / name)
    if not os.path.lexists(layout.record):
        return None
    try:
        with explain_os_errors(layout.record):
            record = read_record(layout) or Record()
    except WotrusError:
        record = Record()
    live, pending = record.live, record.pending
    order_id = live.order_id if live else pending.order_id if pending else None
    ends = [end for end in (live.not_after, live.path_not_after) if end] if live else []
    return {"name": name, "order_id": order_id, "expires": min(ends, default=None)}
