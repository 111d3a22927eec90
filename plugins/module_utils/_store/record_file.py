# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and write ``record.json``."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RecordUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import NewerRecord, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file, write_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout


def read_record(layout: Layout) -> Record | None:
    """Return the record; ``None`` if there is no file.

    :raises RecordUnreadable: it is damaged or of a newer version, and must not be replaced
    """
    data = read_file(layout.record)
    try:
        return Record.from_text(data) if data is not None else None
    except RecordUnreadable as exc:
        raise RecordUnreadable(
            "{path} cannot be used: {error}. Nothing was written. Update the collection to the release that the other "
            "runs on this host have."
            if isinstance(exc, NewerRecord)
            else "{path} cannot be used: {error}. Restore it from a backup, or move it away. A new record is then "
            "written, and the orders are adopted by their names.",
            path=layout.record,
            error=exc,
        ) from exc


def write_record(layout: Layout, record: Record) -> None:
    """Write the record, which has no secrets: all users may read it."""
    write_file(layout.record, record.to_text().encode("utf-8"), mode=0o644)
