# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The target of an operation, a directory's state, and the result."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.directory_state import live_facts
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import REHEARSED, DeploymentOptions
from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import SetAttributes, cleanup
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import (
    BUNDLE,
    PRIVATE_FILES,
    PRIVATE_MODE,
    Layout,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.lock import locked
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import require_safe_owners
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import read_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import LiveFacts
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


class Target(t.Protocol):
    """The host, as Ansible gives access to it."""

    check_mode: bool
    diff: bool

    def run_bounded(self, *arguments: t.Any, **options: t.Any) -> CommandResult:
        """Run a command as :func:`_commands.run_bounded` does."""

    def warn(self, warning: Message) -> None:
        """Show the user a warning."""

    def file_attributes(
        self, options: Params, *, private_mode: int = PRIVATE_MODE, option: str | None = None
    ) -> t.Callable[..., bool]:
        """Return a function that applies Ansible's file options to a path.

        It takes as ``private`` whether the file has a key or a password, so that other users get no access.

        :param private_mode: the mode of files with a key or a password
        :param option: the option that has the owner and the group of a single file
        :raises InvalidInput: they cannot be applied on this host
        """


@dataclasses.dataclass(frozen=True)
class CurrentState:
    """The state of a directory before the operation.

    :ivar live: the name of the live release
    :ivar facts: the facts of the live release; ``None`` if there is none or its certificate is damaged
    """

    record: Record | None
    live: str | None
    facts: LiveFacts | None


@dataclasses.dataclass(frozen=True)
class DeploymentResult:
    """The result of an operation on one certificate.

    In check mode, it is the predicted result.

    :ivar former: the release that was live before; ``None`` if none was, or it is still live
    """

    changed: bool
    record: Record | None = None
    facts: LiveFacts | None = None
    previous: LiveCertificate | None = None
    csr: str | None = None
    public_key_sha256: str | None = None
    ukey_password: str | None = None
    former: str | None = None


@dataclasses.dataclass
class Deployment:
    """One certificate of an execution, with its results.

    :ivar before: the record before, for ``--diff``; ``None`` if it could not be read
    :ivar state_digest: of the state after it; ``None`` in check mode, or if another run changed the directory meanwhile
    :ivar reloaded: its reload command succeeded
    :ivar rolled_back: the former release is live again, because the reload failed
    :ivar error: the error of the operation or of the reload
    """

    options: DeploymentOptions
    target: Target
    before: Record | None = None
    result: DeploymentResult = DeploymentResult(changed=False)
    state_digest: str | None = None
    reloaded: bool = False
    rolled_back: bool = False
    error: WotrusError | None = None

    @functools.cached_property
    def layout(self) -> Layout:
        """The certificate's directory.

        :raises UnsafePath: its path is no usable one
        """
        return Layout.at(self.options.path)

    @property
    def needs_reload(self) -> bool:
        """Whether its reload command must be run."""
        record = self.result.record
        wants = bool(self.options.reload_command) and self.error is None
        if self.options.state == REHEARSED:
            return wants and self.release is not None and not self.target.check_mode
        return wants and record is not None and (record.reload_pending or record.unnotified)

    @property
    def release(self) -> str | None:
        """The release that is live after this execution."""
        return self.result.facts.live.release if self.result.facts else None

    def set_attributes(self) -> SetAttributes:
        """Return the function that sets the wanted attributes of a release's files.

        :raises InvalidInput: they cannot be applied on this host
        """
        files, pkcs12 = self.options.files, self.options.pkcs12
        usual = bundle = self.target.file_attributes(files)
        if pkcs12 is not None:
            bundle = self.target.file_attributes({**files, **pkcs12.files}, private_mode=pkcs12.mode, option="pkcs12")
        return lambda name, path: (bundle if name == BUNDLE else usual)(path, private=name in PRIVATE_FILES)

    def require_safe_owners(self) -> None:
        """Check that no other user can change the directory.

        :raises UnsafePath: another user can
        """
        require_safe_owners(self.layout, trusted_groups=self.options.trusted_groups)

    @contextlib.contextmanager
    def locked(self) -> t.Iterator[None]:
        """Hold the directory's lock, and remove what a killed run left."""
        with locked(self.layout, timeout=self.options.lock_timeout, check=self.require_safe_owners):
            cleanup(self.layout)
            yield


def is_ours_or_empty(layout: Layout) -> bool:
    """Return whether the directory has files of the collection, or is empty."""
    ours = (layout.live, layout.record, layout.pending, layout.releases, layout.refused, layout.lock)
    if any(path.is_symlink() or path.exists() for path in ours):
        return True
    return layout.path.is_dir() and not any(layout.path.iterdir())


def inspect_directory(layout: Layout) -> CurrentState:
    """Read the state of a directory.

    :raises RecordUnreadable: the record is damaged or of a newer version, and must not be replaced
    """
    record = read_record(layout)
    return CurrentState(record=record, live=layout.live_release(), facts=live_facts(layout, record))
