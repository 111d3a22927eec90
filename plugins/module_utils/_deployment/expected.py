# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan saw on the host has to be there still when it is carried out: another run may have been at work since."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions
from ansible_collections.wotrus.pki.plugins.module_utils._errors import StateConflict
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import UKEY_FILE, Layout

__all__ = ["require_expected", "require_unknown_password"]


def require_expected(layout: Layout, options: DeploymentOptions, *, installed: str | None = None) -> None:
    """Refuse what was planned for something else. Call it under the directory's lock.

    :param installed: the release that is about to be live, which it may be already
    :raises StateConflict: another release is live, or a UKey password is pending that was not, or is gone
    """
    expected = options.expected_live
    if expected is not None:
        live = layout.live_release() or ""
        if live.upper() not in (expected.upper(), (installed or expected).upper()):
            raise _conflict(layout, f"live is {live or 'nothing'}, and was {expected or 'nothing'}")
    if options.expected_ukey_password is not None:
        pending = read_file(layout.pending / UKEY_FILE) is not None
        if pending is not options.expected_ukey_password:
            words = ("a", "none") if pending else ("no", "one")
            raise _conflict(layout, f"{words[0]} UKey password is pending, and {words[1]} was")


def require_unknown_password(layout: Layout, options: DeploymentOptions, record: Record) -> None:
    """Refuse to drop the password of an order that another run has noted as sent with it.

    :param record: what is noted so far
    :raises StateConflict: it did
    """
    noted, order_id = record.pending, options.record.get("order_id")
    if options.record.get("ukey_password_known") is not False or noted is None or noted.order_id is None:
        return
    if noted.ukey_password_known is not False and order_id is not None and is_same_id(noted.order_id, order_id):
        raise _conflict(layout, f"order {noted.order_id} is noted with its UKey password, and was not")


def _conflict(layout: Layout, words: str) -> StateConflict:
    return StateConflict(
        f"{layout.path}: {words} when this was planned. Another run was here meanwhile, or a person. Nothing was"
        " written: run again, to plan from what is there now."
    )
