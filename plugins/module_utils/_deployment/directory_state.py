# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a certificate's directory, and its digest.

``cryptography`` is imported only if the files do not match the record, since its import takes most of the time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RecordUnreadable, StateConflict, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import read_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import (
    LiveFacts,
    PendingFacts,
    live_facts_from_record,
    pending_facts,
    state_digest,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import shown

EMPTY_ROW: t.Mapping[str, t.Any] = {"record": None, "live": None, "pending": None, "state_digest": None}
"""The row of a directory before it is read."""


def read_state(layout: Layout, row: dict[str, t.Any]) -> Record | None:
    """Read a directory into a row of results, which is empty, and return its record.

    The caller holds the directory's lock. A row that was read completely has a ``state_digest``, another one has an
    ``error_code``.
    """
    record = None
    try:
        record = read_record(layout)
        row["record"] = record.to_dict() if record else None
    except RecordUnreadable as exc:
        row.update(failure(exc))
    try:
        pending = _pending(layout, record)
        row["pending"] = dataclasses.asdict(pending) if pending else None
        live = live_facts(layout, record)
        row["live"] = live.to_dict(layout) if live else None
    except WotrusError as exc:
        row.update(failure(exc))
    if "error_code" not in row:
        row["state_digest"] = state_digest(row)
    return record


def encryption_keys(layout: Layout, record: Record | None) -> list[str]:
    """Return the former releases whose keys may be needed to decrypt, which are not pruned."""
    live = layout.live_release()
    known = {former.release: former.encryption for former in record.superseded} if record else {}
    return sorted(name for name in layout.release_names() if name != live and _may_decrypt(layout, name, known))


def _may_decrypt(layout: Layout, name: str, known: t.Mapping[str, bool | None]) -> bool:
    encryption = known.get(name)
    if encryption is not None:
        return encryption
    # The record was lost, or the release is not in it.
    from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import may_decrypt

    return may_decrypt(layout.release(name))


def state_now(layout: Layout) -> str | None:
    """Return the ``state_digest`` of a directory; ``None`` if it is unreadable.

    The caller holds the directory's lock.
    """
    row = dict(EMPTY_ROW)
    with contextlib.suppress(OSError):
        read_state(layout, row)
    digest: str | None = row["state_digest"]
    return digest


def require_state(layout: Layout, expected: str | None) -> None:
    """Refuse a plan for another state.

    The caller holds the directory's lock.

    :param expected: the digest of that state; ``None`` if it is not checked
    :raises StateConflict: something that decides was changed
    """
    if expected is not None and state_now(layout) != expected.lower():
        raise StateConflict(
            "Another run or a person changed {path} after this run had read it. Run again to make a new plan.",
            path=layout.path,
        )


def failure(exc: WotrusError) -> dict[str, t.Any]:
    """Return the fields of a row that say what failed."""
    return {"error_code": exc.error_code, **shown(msg=exc.message)}


def _pending(layout: Layout, record: Record | None) -> PendingFacts | None:
    facts = pending_facts(layout, record)
    if facts is None or not facts.has_key or facts.public_key_sha256:
        return facts
    from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import inspect_pending

    return inspect_pending(layout, facts)


def live_facts(layout: Layout, record: Record | None) -> LiveFacts | None:
    """Return the facts of the live release; ``None`` without one.

    :raises BadCertificate: the certificate is missing or damaged, and the record does not have its facts
    """
    release = layout.live_release()
    facts = live_facts_from_record(layout, record, release) if release else None
    if release is None or facts is not None:
        return facts
    from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import inspect_live

    return inspect_live(layout, release, record)
