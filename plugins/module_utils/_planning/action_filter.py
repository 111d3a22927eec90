# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restrict a run to the selected actions."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import DOING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def restrict_to_actions(decision: Decision, facts: Facts, actions: t.Sequence[Action]) -> Decision:
    """Keep a decision to the actions that a run was asked for.

    A reissue that a person named is never skipped in silence.

    :param actions: the actions that may be taken
    """
    if decision.action in DOING and decision.action not in actions:
        names = [action.value for action in actions]
        decision = dataclasses.replace(
            decision,
            # A dead order is a failure, whether or not this run may replace it.
            action=Action.BLOCKED if decision.action is Action.ORDER and decision.follows else Action.NOTHING,
            reason="not_selected",
            msg=Message("{msg} Skipped: this run may only {actions}.", msg=decision.msg, actions=names),
            may_be_charged=False,
            is_ready=False,
            next_step=Message("To {action} it, run wotrus.pki.issue.", action=decision.action.value),
        )
    if decision.action is Action.NOTHING and facts.wanted.reissue_requested:
        return dataclasses.replace(
            decision,
            action=Action.BLOCKED,
            reason="requested",
            msg=Message("A reissue was requested, and cannot be done now. {msg}", msg=decision.msg),
        )
    return decision


def reissue_skipped(decision: Decision, facts: Facts) -> bool:
    """Return whether the run skips a reissue that a person requested."""
    if not facts.wanted.reissue_requested or decision.action in (Action.REISSUE, Action.BLOCKED):
        return False
    return not (decision.action is Action.RESUME and facts.pending and facts.pending.operation == REISSUE)
