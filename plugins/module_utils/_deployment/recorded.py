# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state ``recorded``: the record alone. It needs no library, as it runs after most others."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.expected import (
    require_unknown_password,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    CurrentState,
    DeploymentResult,
    Target,
    inspect_directory,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import NotServed
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import UKEY_FILE, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import (
    forget_ukey_password,
    is_pending_stale,
    remove_pending,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.recordfile import write_record

__all__ = ["update_record"]


def update_record(layout: Layout, options: DeploymentOptions, target: Target) -> DeploymentResult:
    """Write the record and nothing else.

    A UKey password that is known to be the wrong one is removed, and so is what a killed run left in ``pending/``
    although the live release has it.

    :raises StateConflict: another run noted that very order, and its UKey password
    :raises NotServed: a service was to serve what is live, and does not
    """
    current = inspect_directory(layout)
    require_unknown_password(layout, options, current.record or Record())
    # With a command, the reload is pending until that has succeeded.
    left_out = ("reload_pending",) if options.reload_command and not options.record.get("reload_pending") else ()
    said = {name: value for name, value in options.record.items() if name not in left_out}
    record = (current.record or Record()).with_request(said)
    unknown = record.pending is not None and record.pending.ukey_password_known is False
    forget = unknown and read_file(layout.pending / UKEY_FILE) is not None
    stale_release = current.live if record.pending is None and is_pending_stale(layout, current.live) else None
    changed = record != (current.record or Record())
    if not target.check_mode:
        if not options.reload_command:
            _require_served(options, current)
        # First of all: once no reload is pending, no run comes back for it.
        if stale_release is not None:
            remove_pending(layout, stale_release)
        if changed:
            write_record(layout, record)
        if forget:
            forget_ukey_password(layout)
    return DeploymentResult(changed=changed or forget or stale_release is not None, record=record, facts=current.facts)


def _require_served(options: DeploymentOptions, current: CurrentState) -> None:
    if options.served_at is None or current.facts is None:
        return
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.served import check_served

    fingerprint = current.facts.live.fingerprint_sha256 or ""
    try:
        check_served(options.served_at, fingerprint_sha256=fingerprint, seconds=options.served_timeout)
    except NotServed as exc:
        raise NotServed(f"{exc} The reload is still pending.") from exc
