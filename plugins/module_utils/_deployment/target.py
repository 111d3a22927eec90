# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operation on a target needs of Ansible, and what it gives back."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Live, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.attributes import FileAttributes
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.recordfile import read_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import LiveFacts, live_facts_of_record

Params = t.Mapping[str, t.Any]

__all__ = ["Done", "Found", "Target", "is_anything_here", "look"]


class Target(t.Protocol):
    """The host and how it may be touched."""

    check_mode: bool
    diff: bool

    def warn(self, warning: str) -> None:
        """Tell the user what is no failure, but should be known."""

    def run(self, command: t.Sequence[str]) -> tuple[int, str]:
        """Run a command; return its exit status and what it printed, errors last.

        :raises OSError: it cannot be run
        """

    def file_attributes(self, options: Params) -> FileAttributes:
        """Return what applies Ansible's file options.

        :raises InvalidInput: they cannot be applied on this host
        """


@dataclasses.dataclass(frozen=True)
class Found:
    """What was there when the operation began.

    :ivar live: name of the live release
    :ivar facts: of the live release; none without one, or where its certificate is damaged
    """

    record: Record | None
    live: str | None
    facts: LiveFacts | None


@dataclasses.dataclass(frozen=True)
class Done:
    """What an operation did to one certificate, or would do in check mode."""

    changed: bool
    record: Record | None = None
    facts: LiveFacts | None = None
    previous: Live | None = None
    csr: str | None = None
    public_key_sha256: str | None = None
    ukey_password: str | None = None


def is_anything_here(layout: Layout) -> bool:
    """Whether the directory holds anything of ours, or nothing at all."""
    ours = (layout.live, layout.record, layout.pending, layout.releases, layout.lock)
    if any(path.is_symlink() or path.exists() for path in ours):
        return True
    return layout.path.is_dir() and not any(layout.path.iterdir())


def look(layout: Layout) -> Found:
    """Read what is there.

    :raises RecordUnreadable: the record must not be written over
    """
    record = read_record(layout)
    live = layout.live_release()
    if live is None:
        return Found(record=record, live=None, facts=None)
    try:
        facts = live_facts_of_record(layout, record, live) or _read(layout, record, live)
    except BadCertificate:
        facts = None
    return Found(record=record, live=live, facts=facts)


def _read(layout: Layout, record: Record | None, live: str) -> LiveFacts:
    """Read the certificate itself, where the record does not vouch for it."""
    from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import Inspection

    return Inspection(layout, record).live(live)
