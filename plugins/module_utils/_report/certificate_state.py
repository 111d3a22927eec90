# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a certificate stands, in one word, who has to act, and what comes first."""

from __future__ import annotations

import datetime as dt
import enum
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Stage
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import is_failing

Json = t.Mapping[str, t.Any]


class State(enum.Enum):
    """How a certificate stands, the most urgent first."""

    EXPIRED = "expired"
    BLOCKED = "blocked"
    WAITING_FOR_YOU = "waiting_for_you"
    NOT_READ = "not_read"
    NOT_ORDERED = "not_ordered"
    DUE = "due"
    WAITING_FOR_CA = "waiting_for_ca"
    REVOKING = "revoking"
    VALID = "valid"


class Group(enum.Enum):
    """Who has to act, the most urgent first."""

    ALARM = "alarm"
    YOU = "you"
    CA = "ca"
    RUN = "run"


_RESUMED = {Stage.WAITING_ON_CA.value: State.WAITING_FOR_CA, Stage.UNKNOWN.value: State.BLOCKED}
_NEXT_RUN = (Action.ORDER.value, Action.RENEW.value, Action.REISSUE.value)
_GROUPS = {
    State.EXPIRED: Group.ALARM,
    State.BLOCKED: Group.YOU,
    State.WAITING_FOR_YOU: Group.YOU,
    State.NOT_READ: Group.YOU,
    State.NOT_ORDERED: Group.RUN,
    State.DUE: Group.RUN,
    State.WAITING_FOR_CA: Group.CA,
    State.REVOKING: Group.CA,
}
_URGENCY = {state.value: number for number, state in enumerate(State)}


def state_of(plan: Json, *, expires: dt.datetime | None, as_of: dt.datetime, is_read: bool) -> State:
    """Return how a certificate stands.

    :param plan: the plan for it, empty if there is none
    :param expires: the end of the live certificate
    :param is_read: its host and its order could be read
    """
    if expires is not None and expires <= as_of:
        return State.EXPIRED
    if not plan:
        return State.VALID if is_read else State.NOT_READ
    action, stage = plan.get("action"), plan.get("stage")
    if action == Action.BLOCKED.value:
        return State.BLOCKED
    if stage == Stage.WAITING_ON_YOU.value:
        return State.WAITING_FOR_YOU
    if action == Action.ORDER.value and expires is None:
        return State.NOT_ORDERED
    if stage == Stage.REVOKING.value:
        return State.REVOKING
    if action in _NEXT_RUN or plan.get("reload_pending"):
        return State.DUE
    if action == Action.RESUME.value:
        return _RESUMED.get(str(stage), State.DUE)
    return State.VALID


def group_of(one: Json) -> Group | None:
    """Return who has to act for a certificate of the report; ``None`` if nobody has to."""
    return Group.ALARM if is_failing(one) else _GROUPS.get(State(one["state"]))


def urgency(one: Json) -> int:
    """Return a number by which certificates are sorted: alarms first, then warnings, then by state."""
    rank = 0 if is_failing(one) else 1 if one["alarm"] else 2
    return rank * len(_URGENCY) + _URGENCY[one["state"]]
