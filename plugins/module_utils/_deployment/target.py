# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operation on a target needs of Ansible, and what it gives back."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.commands import CommandOutcome
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions, State
from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.attributes import FileAttributes
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.recordfile import read_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import LiveFacts, live_facts_of_record

Params = t.Mapping[str, t.Any]

__all__ = ["CurrentState", "Deployment", "DeploymentResult", "Target", "inspect_directory", "is_anything_here"]


class Target(t.Protocol):
    """The host and how it may be touched."""

    check_mode: bool
    diff: bool

    def warn(self, warning: str) -> None:
        """Show the user a warning."""

    def run(self, command: t.Sequence[str]) -> tuple[int, str]:
        """Run a command; return its exit status and what it printed, errors last.

        :raises OSError: it cannot be run
        """

    def run_bounded(self, command: t.Sequence[str], *, seconds: float) -> CommandOutcome:
        """Run a command that may take so many seconds."""

    def file_attributes(self, options: Params) -> FileAttributes:
        """Return what applies Ansible's file options.

        :raises InvalidInput: they cannot be applied on this host
        """


@dataclasses.dataclass(frozen=True)
class CurrentState:
    """What was there when the operation began.

    :ivar live: name of the live release
    :ivar facts: of the live release; none without one, or where its certificate is damaged
    """

    record: Record | None
    live: str | None
    facts: LiveFacts | None


@dataclasses.dataclass(frozen=True)
class DeploymentResult:
    """What an operation did to one certificate, or would do in check mode.

    :ivar switched: the link was switched
    :ivar former: the release that the link was switched away from
    """

    changed: bool
    record: Record | None = None
    facts: LiveFacts | None = None
    previous: LiveCertificate | None = None
    csr: str | None = None
    public_key_sha256: str | None = None
    ukey_password: str | None = None
    switched: bool = False
    former: str | None = None


@dataclasses.dataclass
class Deployment:
    """One certificate of an execution, and how far it came.

    :ivar before: what ``--diff`` compares the result with
    :ivar reloaded: its reload command succeeded
    :ivar rolled_back: the former release is live again, because the reload failed
    :ivar error: why the reload failed
    """

    options: DeploymentOptions
    before: t.Mapping[str, t.Any]
    result: DeploymentResult
    reloaded: bool = False
    rolled_back: bool = False
    error: WotrusError | None = None

    @property
    def needs_reload(self) -> bool:
        """Whether a command has to be run for it."""
        record = self.result.record
        return bool(self.options.reload_command) and record is not None and record.reload_pending

    @property
    def release(self) -> str | None:
        """The name of the release that this execution found live, or made live."""
        return self.result.facts.live.release if self.result.facts else None

    @property
    def can_go_back(self) -> bool:
        """Whether this execution switched the link, and there was a release before."""
        return self.options.state is State.PRESENT and self.result.former is not None


def is_anything_here(layout: Layout) -> bool:
    """Whether the directory holds anything of ours, or nothing at all."""
    ours = (layout.live, layout.record, layout.pending, layout.releases, layout.lock)
    if any(path.is_symlink() or path.exists() for path in ours):
        return True
    return layout.path.is_dir() and not any(layout.path.iterdir())


def inspect_directory(layout: Layout) -> CurrentState:
    """Read what is there.

    :raises RecordUnreadable: the record must not be written over
    """
    record = read_record(layout)
    live = layout.live_release()
    if live is None:
        return CurrentState(record=record, live=None, facts=None)
    try:
        facts = live_facts_of_record(layout, record, live) or _read(layout, record, live)
    except BadCertificate:
        facts = None
    return CurrentState(record=record, live=live, facts=facts)


def _read(layout: Layout, record: Record | None, live: str) -> LiveFacts:
    """Read the certificate itself, where the record lacks its digests."""
    from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import Inspection

    return Inspection(layout, record).live(live)
