# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a certificate stands, in one word, and who has to act."""

from __future__ import annotations

import datetime as dt
import enum
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.status import Stage
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action

Json = t.Mapping[str, t.Any]


class State(enum.Enum):
    """How a certificate stands, the most urgent first."""

    EXPIRED = "expired"
    BLOCKED = "blocked"
    WAITING_ON_YOU = "waiting_on_you"
    NOT_READ = "not_read"
    NOT_ORDERED = "not_ordered"
    DUE = "due"
    WAITING_ON_CA = "waiting_on_ca"
    REVOKING = "revoking"
    VALID = "valid"


_RESUMED = {Stage.WAITING_ON_CA.value: State.WAITING_ON_CA, Stage.UNKNOWN.value: State.BLOCKED}
_NEXT_RUN = (Action.ORDER.value, Action.RENEW.value, Action.REISSUE.value)


def state_of(plan: Json, *, not_after: dt.datetime | None, as_of: dt.datetime, read: bool) -> State:
    """Return how a certificate stands.

    :param plan: the plan for it, empty where there is none
    :param not_after: the end of the certificate that is live
    :param read: its host and its order could be looked at
    """
    if not_after is not None and not_after <= as_of:
        return State.EXPIRED
    if not plan:
        return State.VALID if read else State.NOT_READ
    return _by_plan(plan, has_certificate=not_after is not None)


def _by_plan(plan: Json, *, has_certificate: bool) -> State:
    action, stage = plan.get("action"), plan.get("stage")
    if action == Action.BLOCKED.value:
        return State.BLOCKED
    if stage == Stage.WAITING_ON_YOU.value:
        return State.WAITING_ON_YOU
    if action == Action.ORDER.value and not has_certificate:
        return State.NOT_ORDERED
    if stage == Stage.REVOKING.value:
        return State.REVOKING
    if action in _NEXT_RUN or plan.get("reload_owed"):
        return State.DUE
    if action == Action.RESUME.value:
        return _RESUMED.get(str(stage), State.DUE)
    return State.VALID


def waits_for(plan: Json, state: State) -> str | None:
    """Return who has to act: ``you``, ``ca``, or ``run`` where the next run does; None where nobody has to."""
    if state in (State.BLOCKED, State.WAITING_ON_YOU, State.NOT_READ):
        return "you"
    if state is State.EXPIRED:
        return waits_for(plan, _by_plan(plan, has_certificate=True)) if plan else "you"
    if state in (State.WAITING_ON_CA, State.REVOKING):
        return "ca"
    return "run" if state in (State.DUE, State.NOT_ORDERED) else None
