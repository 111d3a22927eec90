# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the CA must be asked, and then the decision about a certificate."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._planning import (
    due_outcomes,
    live_outcomes,
    outcomes,
    situation,
    stages,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import failed, wall_time
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts, Question, Unasked
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import is_live_usable
from ansible_collections.wotrus.pki.plugins.module_utils._planning.rows import ROWS
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import CallFailed, Situation
from ansible_collections.wotrus.pki.plugins.module_utils._planning.table import (
    TABLES,
    Found,
    Unforeseen,
    find,
    read_tables,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def _function(name: str) -> t.Callable[[Situation], t.Any]:
    modules = (outcomes, due_outcomes, live_outcomes, stages, situation)
    module = next((module for module in modules if hasattr(module, name)), None)
    if module is None:
        raise ValueError(name)
    return t.cast(t.Callable[[Situation], t.Any], getattr(module, name))


TABLES.update(read_tables(ROWS, _function))


def look(facts: Facts) -> Found:
    """Return the row that decides about a certificate.

    :raises Unasked: the CA must be asked first
    :raises CallFailed: it was asked, and did not answer
    """
    return find("decision", Situation(facts))


def question(facts: Facts) -> Question | None:
    """Return what the CA must be asked next; ``None`` if a decision needs nothing more."""
    try:
        decide(facts)
    except Unasked as exc:
        return exc.question
    return None


def decide(facts: Facts) -> Decision:
    """Return what is to be done for a certificate.

    :raises Unasked: the CA must be asked first
    """
    try:
        decision = look(facts).decision()
    except CallFailed as exc:
        return failed(exc.error, exc.claim)
    except Unforeseen as exc:
        msg = Message("No row of the decision {table} fits. Nothing is sent. Please report this.", table=str(exc))
        return failed(WotrusError(msg))
    return hold_until_window(facts, decision)


def hold_until_window(facts: Facts, decision: Decision) -> Decision:
    """Let a good certificate stay live until its window opens, unless it ends before that.

    One of a lost record is not known to be good: WoTrus may have revoked its order.
    """
    window_of, used, recorded = facts.wanted.deploy_window, facts.host.live_certificate, facts.live
    if window_of is None or used is None or recorded is None or recorded.order_id is None:
        return decision
    if decision.action is not Action.RESUME or not decision.is_ready or window_of.is_open(facts.now):
        return decision
    facts.answer(recorded.order_id)
    if not is_live_usable(facts):
        return decision
    opens, order_id = window_of.next_opening(facts.now), str(decision.order_id)
    if opens >= used.usable.not_after:
        return decision
    order = facts.known_order(order_id)
    if order is not None and order.is_issued:
        # A killed run may have made it live, and only the rest is missing.
        certificate = facts.certificate(order_id).certificate
        if certificate is None or certificate.fingerprint_sha256 == used.fingerprint_sha256:
            return decision
    at = wall_time(opens)
    return dataclasses.replace(
        decision,
        opens=opens,
        msg=Message("{msg} It is waiting for the window until {opens}.", msg=decision.msg, opens=at),
        next_step=Message("A run in the window deploys it, from {opens} on.", opens=at),
    )
