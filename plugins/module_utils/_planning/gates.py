# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gates: each only weakens a decision of the tables.

The others are the window (``questions.py``), the limits of the batch (``_workflow/limit.py``), an approval, and what is
sent (``_workflow/send.py``).
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.bodies import create_body, encode
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_entry import (
    CertificateEntry,
    planned_order,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import (
    DOING,
    PLACING,
    Action,
    Decision,
    Handling,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import failed
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import needs_preparation
from ansible_collections.wotrus.pki.plugins.module_utils._planning.key_home import blocked_by_home
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def gated(decision: Decision, facts: Facts, entry: CertificateEntry, actions: t.Sequence[Action]) -> Decision:
    """Return a decision within the allowed actions, and as far as it can be sent and deployed.

    It is blocked if its order cannot be sent, if it needs an unusable key file, an account that the host does not have,
    or a key that is not where the entry wants it.
    """
    decision = _importable(_sendable(restrict_to_actions(decision, facts, actions), entry), facts)
    return blocked_by_home(_deployable(decision, facts, entry), facts)


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
            handling=Handling.SKIPPED,
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
            handling=None,
            msg=Message("A reissue was requested, and cannot be done now. {msg}", msg=decision.msg),
        )
    return decision


def reissue_skipped(decision: Decision, facts: Facts) -> bool:
    """Return whether the run skips a reissue that a person requested."""
    if not facts.wanted.reissue_requested or decision.action in (Action.REISSUE, Action.BLOCKED):
        return False
    return not (decision.action is Action.RESUME and facts.pending and facts.pending.operation == REISSUE)


def _sendable(decision: Decision, entry: CertificateEntry) -> Decision:
    """Block an order that cannot be sent, before a key is made."""
    if decision.action not in PLACING:
        return decision
    try:
        encode(create_body(planned_order(entry, decision)))
    except WotrusError as exc:
        return failed(exc)
    return decision


def _importable(decision: Decision, facts: Facts) -> Decision:
    """Block a decision that needs an unusable key file.

    The message is the host's.
    """
    first = facts.host.first_key
    if first is None or first.fault is None or not needs_preparation(facts, decision):
        return decision
    code, msg = first.fault
    advice = Message("Correct key.import_from in the entry, or remove it. Then run again.")
    return Decision(Action.BLOCKED, code, msg, order_id=decision.order_id, next_step=advice, is_failure=True)


def _deployable(decision: Decision, facts: Facts, entry: CertificateEntry) -> Decision:
    """Block a decision that needs an account that the host does not have."""
    missing = [account for account in entry.accounts if account[1:] in facts.host.missing_accounts]
    if not missing or not (decision.is_ready or needs_preparation(facts, decision)):
        return decision
    option, _kind, name = missing[0]
    msg = Message("{option}: this host has no {name!r}. Create it, or correct the name.", option=option, name=name)
    code, advice = InvalidInput.error_code, Message("Run again.")
    return Decision(Action.BLOCKED, code, msg, order_id=decision.order_id, next_step=advice, is_failure=True)
