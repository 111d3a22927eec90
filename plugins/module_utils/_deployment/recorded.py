# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state ``recorded``: the record alone. It needs no library, as it runs after most others."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.expected import (
    require_unknown_password,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import Done, Target, look
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import UKEY_FILE, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import (
    forget_ukey_password,
    has_leftover,
    remove_pending,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.recordfile import write_record

__all__ = ["write_down"]


def write_down(layout: Layout, options: DeploymentOptions, target: Target) -> Done:
    """Write the record and nothing else.

    A UKey password that is known to be the wrong one is removed, and so is what a killed run left in ``pending/``
    although the live release has it.

    :raises Overtaken: another run noted that very order, and its UKey password
    :raises NotServed: a service was to serve what is live, and does not
    """
    found = look(layout)
    require_unknown_password(layout, options, found.record or Record())
    record = (found.record or Record()).with_request(options.record)
    unknown = record.pending is not None and record.pending.ukey_password_known is False
    forget = unknown and read_file(layout.pending / UKEY_FILE) is not None
    leftover = found.live if record.pending is None and has_leftover(layout, found.live) else None
    changed = record != (found.record or Record())
    if not target.check_mode:
        if options.served_at is not None and found.facts is not None:
            from ansible_collections.wotrus.pki.plugins.module_utils._deployment.served import check_served

            fingerprint = found.facts.live.fingerprint_sha256 or ""
            check_served(options.served_at, fingerprint_sha256=fingerprint, seconds=options.served_timeout)
        # First of all: once the record owes nothing more, no run comes back for what is left.
        if leftover is not None:
            remove_pending(layout, leftover)
        if changed:
            write_record(layout, record)
        if forget:
            forget_ukey_password(layout)
    return Done(changed=changed or forget or leftover is not None, record=record, facts=found.facts)
