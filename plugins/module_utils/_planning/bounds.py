# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run was asked for: what is due besides is left to another run, what a person named is not left in silence."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.status import Stage
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import DOING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.policies_live import reissue_asked

NOT_ASKED = "not_asked"
_REQUESTED = "requested"


def within(decision: Decision, facts: Facts, asked: t.Sequence[Action]) -> Decision:
    """Keep a decision to the actions that a run was asked for, and say so where it is another one.

    A dead order is a failure whether or not it may be replaced, and an order that was found again for a lost key is no
    certificate yet: green would say that all is well. The same goes for a reissue that a person named.

    :param asked: the actions that may be taken
    """
    decision = _only(decision, facts, asked)
    if decision.action is Action.NOTHING and facts.wanted.reissue_asked:
        return dataclasses.replace(
            decision,
            action=Action.BLOCKED,
            reason=_REQUESTED,
            msg=f"A reissue was asked for, and cannot be done now. {decision.msg}",
        )
    return decision


def passed_over(decision: Decision, facts: Facts) -> bool:
    """Tell whether a person named the certificate for a reissue, and the run does something else for it."""
    if not facts.wanted.reissue_asked or decision.action in (Action.REISSUE, Action.BLOCKED):
        return False
    return not (decision.action is Action.RESUME and facts.asked and facts.asked.operation == Action.REISSUE.value)


def _only(decision: Decision, facts: Facts, asked: t.Sequence[Action]) -> Decision:
    if decision.action not in DOING or decision.action in asked:
        return decision
    requested = reissue_asked(facts) if facts.order is not None and facts.order.stage is Stage.ISSUED else None
    if decision.reason == "expiring" and requested and requested.action in asked:
        # A new key is wanted now; the renewal is due all the same, and another run sees to it.
        return requested
    left = f"Run it for {decision.action.value}"
    if facts.order is not None and facts.order.dead:
        return Decision(
            Action.BLOCKED,
            decision.reason,
            explain(facts.order),
            next_action=f"{left}, which is charged",
            order_id=facts.order.id,
        )
    words = ", ".join(action.value for action in asked)
    return Decision(
        Action.BLOCKED if facts.foreign and decision.action is not Action.RESUME else Action.NOTHING,
        NOT_ASKED,
        f"{decision.msg}. That is left to another run, since this one was asked for {words} alone",
        next_action=left,
        pending_link=decision.pending_link,
        order_id=decision.order_id,
    )
