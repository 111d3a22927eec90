# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states ``rolled_back`` and ``absent``."""

from __future__ import annotations

import dataclasses

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.install_plan import with_former
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.present import previous_of, validate_release
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.kinds import storage_of_folders
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    CurrentState,
    Deployment,
    DeploymentResult,
    inspect_directory,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import KeyMismatch, NothingToRollBack
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import ROLLED_BACK
from ansible_collections.wotrus.pki.plugins.module_utils._model.record_changes import with_rollback
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import remove_directory, remove_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import inspect_release, read_certificate
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import PENDING_FILES, RELEASE_FILES, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import read_record, write_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.releases import former_release
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import read_files
from ansible_collections.wotrus.pki.plugins.module_utils._store.switch import go_live, set_symlink
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def roll_back(deployment: Deployment) -> DeploymentResult:
    """Make the former release live again; a repeat changes nothing.

    :raises NothingToRollBack: there is no former release
    :raises KeyMismatch: the former release does not have the key of its certificate
    """
    layout, options = deployment.layout, deployment.options
    current = inspect_directory(layout)
    release = _release_to_restore(layout, current)
    if release is None:
        raise NothingToRollBack("{path} has no former release to go back to.", path=layout.path)
    wants_reload = current.live != release and bool(options.record.get("reload_pending") or options.reload_command)
    return restore_release(deployment, current, release, reload_pending=wants_reload, validates=True)


def restore_release(
    deployment: Deployment, current: CurrentState, release: str, *, reload_pending: bool, validates: bool
) -> DeploymentResult:
    """Make an existing release live again.

    :param reload_pending: services must be reloaded; a reload that is already pending stays pending
    :param validates: the user's command may refuse the release
    :raises BadCertificate: its certificate is missing or damaged
    :raises KeyMismatch: it does not have the key of its certificate
    """
    layout, folder = deployment.layout, deployment.layout.release(release)
    facts = inspect_release(layout, release, current.record)
    if not facts.key_matches:
        raise KeyMismatch("{path} does not have the key of its certificate. It cannot be deployed again.", path=folder)
    before = with_former(current)
    switches = current.live != release
    needs_reload = before.reload_pending or reload_pending
    record = dataclasses.replace(with_rollback(before, facts.live), reload_pending=needs_reload)
    if not deployment.target.check_mode:
        storage = storage_of_folders(deployment, current, [folder])
        if switches:
            with storage.opened():
                key = storage.find_released(facts.live)
                if validates:
                    validate_release(deployment, release)
                storage.install(folder, read_certificate(folder), key)
                contents = read_files(folder)
                go_live(layout, release, contents, before=before, after=record, key=key.private)
        if record != current.record:
            write_record(layout, record)
    return DeploymentResult(
        changed=switches or record != current.record,
        record=record,
        facts=facts,
        previous=previous_of(layout, record, release),
    )


def _release_to_restore(layout: Layout, current: CurrentState) -> str | None:
    """Return the release to restore.

    After an earlier rollback, that is the live one.
    """
    record = current.record
    if record is not None and record.live is not None and current.live is not None:
        superseded = [former.release for former in record.superseded]
        if record.live.release != current.live and current.live in superseded:
            return current.live
        last = record.superseded[-1] if record.superseded else None
        if record.live.release == current.live and last is not None and last.operation == ROLLED_BACK:
            return current.live
    return former_release(layout, record, current.live)


def remove(deployment: Deployment) -> DeploymentResult:
    """Remove the collection's files, and the directory if no others are left."""
    layout = deployment.layout
    current = CurrentState(record=read_record(layout), live=None, facts=None)
    if not deployment.target.check_mode:
        folders = [layout.pending, *layout.refused_folders(), *layout.release_folders()]
        storage = storage_of_folders(deployment, current, folders)
        with storage.opened():
            # Services read the link, so it goes before the keys.
            set_symlink(layout, None)
            storage.discard(folders)
        for name in layout.release_names():
            remove_directory(layout.release(name), names=RELEASE_FILES)
        remove_directory(layout.releases, names=())
        for folder in (*layout.refused_folders(), layout.pending):
            remove_directory(folder, names=PENDING_FILES)
        remove_directory(layout.refused, names=())
        remove_file(layout.record)
        # The lock is last.
        remove_directory(layout.path, names=(layout.lock.name,))
        if layout.path.exists():
            deployment.target.warn(
                Message("{path} was not removed, since it has files that are not the collection's.", path=layout.path)
            )
    return DeploymentResult(changed=True)
