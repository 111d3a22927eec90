# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state ``recorded``: write only the record, without importing a library."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    Deployment,
    DeploymentResult,
    inspect_directory,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.record_changes import with_request
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import UKEY_FILE
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import (
    is_pending_stale,
    remove_deployed_pending,
    remove_ukey_password,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import write_record


def update_record(deployment: Deployment) -> DeploymentResult:
    """Write the record.

    It also removes a UKey password that is wrong, and files that a killed run left in ``pending/`` although the live
    release has them.
    """
    layout, options = deployment.layout, deployment.options
    current = inspect_directory(layout)
    # With a command, the reload is pending until the command has succeeded.
    left_out = ("reload_pending",) if options.reload_command and not options.record.get("reload_pending") else ()
    statement = {name: value for name, value in options.record.items() if name not in left_out}
    record = with_request(current.record or Record(), statement)
    is_unknown = record.pending is not None and record.pending.ukey_password_known is False
    removes_password = is_unknown and read_file(layout.pending / UKEY_FILE) is not None
    stale_release = current.live if record.pending is None and is_pending_stale(layout, current.live) else None
    changed = record != (current.record or Record())
    if not deployment.target.check_mode:
        # Before the record: without a pending reload, no later run removes the stale files.
        if stale_release is not None:
            remove_deployed_pending(layout, stale_release)
        if changed:
            write_record(layout, record)
        if removes_password:
            remove_ukey_password(layout)
    return DeploymentResult(
        changed=changed or removes_password or stale_release is not None, record=record, facts=current.facts
    )
