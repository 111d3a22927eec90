# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the revocation of what a run deployed, or of what was read again since the plan."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import HOSTS, OFF, unchecked
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import HostState
from ansible_collections.wotrus.pki.plugins.module_utils._planning.live_revocation import check_from_controller
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.task import CertificateTask


def check_again(tasks: t.Sequence[CertificateTask], where: str, networks: t.Sequence[str]) -> None:
    """Check each live certificate whose status the plan does not have.

    :param where: the value of ``wotrus_check_revocation``
    :param networks: that of ``wotrus_revocation_networks``
    """
    left = [task for task in tasks if task.is_deployed or task.facts.host.revocation is None]
    if where == OFF or not left:
        return
    if where == HOSTS:
        _check_from_host(left)
        return
    deployed = {task.entry.path: task.decision.order_id for task in left if task.is_deployed}
    checked = check_from_controller(left[0].context.reader, [task.facts for task in left], networks, deployed)
    for task, facts in zip(left, checked):
        task.facts = facts


def _check_from_host(tasks: t.Sequence[CertificateTask]) -> None:
    """Let the host check its live certificates; one that does not answer has no status."""
    paths = [task.entry.path for task in tasks]
    try:
        rows = tasks[0].context.run.inspect_host(paths, {}, check_revocation=True).rows
        found = [HostState.read(row, path=path).revocation for row, path in zip(rows, paths)]
    except HostUnreadable as exc:
        found = [(unchecked(exc.message),) for _path in paths]
    for task, statuses in zip(tasks, found):
        task.facts = task.facts.with_host(revocation=statuses or ())
