# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that a directory is still as the plan read it."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions
from ansible_collections.wotrus.pki.plugins.module_utils._errors import StateConflict
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import UKEY_FILE, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import read_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import pending_facts
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def require_expected(layout: Layout, options: DeploymentOptions, *, installed: str | None = None) -> None:
    """Refuse a plan for another state. The caller holds the directory's lock.

    :param installed: the release to deploy, which may be live already
    :raises StateConflict: another release is live, the directory is no longer empty, or a UKey password was added or
        removed
    """
    expected = options.expected_live
    if expected is not None:
        live = layout.live_release() or ""
        if live.upper() not in (expected.upper(), (installed or expected).upper()):
            nothing = Message("part.nothing")
            raise _conflict(layout, Message("part.other_live", found=live or nothing, expected=expected or nothing))
    if options.expected_empty and (read_record(layout) or layout.live_release() or pending_facts(layout, None)):
        raise _conflict(layout, Message("part.not_empty"))
    if options.expected_ukey_password is not None:
        pending = read_file(layout.pending / UKEY_FILE) is not None
        if pending is not options.expected_ukey_password:
            raise _conflict(layout, Message("part.password_is_new" if pending else "part.password_is_missing"))


def require_unknown_password(layout: Layout, options: DeploymentOptions, record: Record) -> None:
    """Refuse to remove the recorded UKey password of another run's order.

    :param record: the record on the disk
    :raises StateConflict: another run recorded the same order with its password
    """
    pending, order_id = record.pending, options.record.get("order_id")
    if options.record.get("ukey_password_known") is not False or pending is None or pending.order_id is None:
        return
    if pending.ukey_password_known is not False and order_id is not None and is_same_id(pending.order_id, order_id):
        raise _conflict(layout, Message("part.password_is_unknown", order_id=pending.order_id))


def _conflict(layout: Layout, difference: Message) -> StateConflict:
    return StateConflict(Message("store.conflict", path=layout.path, difference=difference))
