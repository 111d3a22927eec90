# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans and results as plain data, with the same words everywhere.

Tables, summaries, reports and metrics use them.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order, Payment, Stage
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import worst_state
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import (
    format_timestamp,
    read_time,
    shown_time,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.alarms import alarm_of
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_changes import planned_changes
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import PLACING, Action, Decision, Handling
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import needs_preparation
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.key_home import key_evidence
from ansible_collections.wotrus.pki.plugins.module_utils._planning.live_revocation import revocation_answers
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import days_left, term, window
from ansible_collections.wotrus.pki.plugins.module_utils._planning.services import TOPIC
from ansible_collections.wotrus.pki.plugins.module_utils._planning.signed_documents import (
    document_counts,
    document_rows,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Text, shown

UNCHANGED = "unchanged"
DEPLOYED = "deployed"
WAITING = "waiting"
BLOCKED = "blocked"
FAILED = "failed"
NOT_SELECTED = "not_selected"

_FAILING = (BLOCKED, FAILED)
_OF_WAITING = ("waiting_for", "waiting_since", "pending_link")


def is_failing(row: Json) -> bool:
    """Return whether a result fails the run."""
    return row["result"] in _FAILING or row.get("alarm") == "failure"


CHARGED, MAYBE_CHARGED, NOT_CHARGED = "yes", "maybe", "no"
"""Whether this run was charged for an order. If it may have been, a repeat is the same order."""


def most_charged(*said: str | None) -> str:
    """Return the strongest of several words about a charge: ``yes``, ``maybe`` or ``no``."""
    return next((word for word in (CHARGED, MAYBE_CHARGED) if word in said), NOT_CHARGED)


def _row(facts: Facts, decision: Decision) -> dict[str, t.Any]:
    """Return what a plan and a result have in common."""
    order = facts.known_order(decision.order_id)
    certificate = _usable(facts)
    is_waiting = decision.action is Action.RESUME and not _is_deployable(decision, order)
    is_open = order is not None and order.stage is Stage.WAITING_ON_YOU
    acts = "you" if is_open or decision.handling is Handling.UNPAID else "ca"
    if decision.opens:
        acts = "window"
    return {
        "host": facts.wanted.host,
        "name": facts.wanted.name,
        "path": facts.host.path,
        "order_id": decision.order_id,
        "root_order_id": decision.root_order_id,
        "waiting_for": acts if is_waiting else None,
        "waiting_since": _waiting_since(facts, decision, order) if is_waiting else None,
        "pending_link": decision.pending_link,
        "hints": order.hints if order is not None else [],
        "expires": shown_time(certificate.not_after) if certificate else None,
        "revocation": worst_state(facts.host.revocation or ()),
    }


def _usable(facts: Facts) -> Certificate | None:
    """Return the live certificate until the end of its path; ``None`` without one."""
    used = facts.host.live_certificate
    return used.usable if used else None


def plan_row(
    facts: Facts, decision: Decision, *, value: str | None, is_notified: bool = False, fingerprint: Json | None = None
) -> dict[str, t.Any]:
    """Return a plan as a result has it.

    :param value: the idempotence value of the order that it places
    :param is_notified: services wait for a notification, and the play can deliver it
    :param fingerprint: what a person approves of it
    """
    want, order = facts.wanted, facts.known_order(decision.order_id)
    certificate = _usable(facts)
    months = term(facts, order) if order is not None else want.months
    return {
        **_row(facts, decision),
        "product": want.product,
        "common_name": want.common_name,
        "organization": want.organization,
        "planned_at": format_timestamp(facts.now),
        "action": decision.action.value,
        "reason": decision.reason,
        "due": decision.is_due,
        **shown(msg=decision.msg, next_step=decision.next_step),
        "may_be_charged": decision.may_be_charged,
        "months": decision.months if decision.action in PLACING else None,
        "days_left": round(days_left(certificate, facts.now), 1) if certificate else None,
        "renew_at": format_timestamp(window(certificate, want, months).opens) if certificate else None,
        "order_name": want.order_name,
        "follows": decision.follows,
        "idempotence_id": value,
        "order_number": order.order_number if order else None,
        "status": order.status if order else None,
        "stage": order.stage.value if order else None,
        "storage": want.storage,
        "provided_key": want.public_key_sha256,
        "replace_orders": sorted(want.replace_orders),
        "entry_order_ids": [order_id for order_id in (want.order_id, want.root_order_id) if order_id],
        "claims": _claims(facts, decision),
        "reload_pending": facts.host.record.reload_pending,
        "handler": want.handler or (TOPIC if want.reload is None else None),
        "encryption_keys": list(facts.host.encryption_keys),
        "key_evidence": key_evidence(facts.host.record),
        "signed_documents": document_counts(facts),
        "certificate_changes": planned_changes(facts, decision),
        "would_change": would_change(facts, decision, is_notified=is_notified),
        "fingerprint": fingerprint,
    }


def would_change(facts: Facts, decision: Decision, *, is_notified: bool) -> bool:
    """Return whether a run would change something.

    An order that is not paid has no certificate, though its status says that it is ready.
    """
    order = facts.known_order(decision.order_id)
    is_unpaid = order is not None and order.payment is Payment.UNPAID
    is_ready = decision.action is Action.RESUME and decision.is_ready and not (is_unpaid or decision.opens)
    return is_ready or needs_preparation(facts, decision) or is_notified


def preview(facts: Facts, decision: Decision) -> dict[str, t.Any]:
    """Return the result of a certificate for which nothing is done."""
    words = {Action.RESUME: WAITING, Action.BLOCKED: FAILED if decision.is_failure else BLOCKED}
    is_skipped = decision.action is Action.NOTHING and decision.handling is Handling.SKIPPED
    return result_row(facts, decision, NOT_SELECTED if is_skipped else words.get(decision.action, UNCHANGED))


def result_row(
    facts: Facts,
    decision: Decision,
    result: str,
    *,
    error_code: str | None = None,
    msg: Text | None = None,
    next_step: Text | None = None,
    **done: t.Any,
) -> dict[str, t.Any]:
    """Return the result of one certificate.

    :param msg: why, if the decision does not say it
    :param next_step: what to do, in place of what the decision says
    :param done: what this run did, such as ``steps``
    """
    failed = result in _FAILING
    row = {
        **result_fields(result),
        **_row(facts, decision),
        "revocation_answers": revocation_answers(facts),
        "signed_documents": document_rows(facts),
        "certificate_changes": planned_changes(facts, decision),
        "error_code": error_code or (decision.reason if failed else None),
        "msg": msg or decision.msg,
        "next_step": next_step or (decision.next_step if failed or result in (WAITING, NOT_SELECTED) else None),
        **(dict.fromkeys(_OF_WAITING) if result != WAITING else {}),
        **done,
    }
    row.update(alarm_of(facts, decision, row) or {})
    return {**row, **shown(msg=row["msg"], next_step=row["next_step"])}


def result_fields(result: str, **fields: t.Any) -> dict[str, t.Any]:
    """Return the fields of a result, of a certificate or of an order to cancel or revoke."""
    unset = ("root_order_id", *_OF_WAITING, "expires", "error_code", "alarm")
    return {"result": result, "steps": [], "charged": NOT_CHARGED, **dict.fromkeys(unset), **fields}


def _is_deployable(decision: Decision, order: Order | None) -> bool:
    """Return whether the certificate of an order can be deployed now, so nobody has to act."""
    return decision.is_ready and not decision.opens and order is not None and order.is_issued


def _waiting_since(facts: Facts, decision: Decision, order: Order | None) -> str | None:
    """Return since when an order is pending; ``None`` if its certificate waits for its window.

    It is the CA's date of the order, or the record's date for a reissue. Each replaces the other if that is missing.
    """
    pending = facts.pending
    if decision.opens:
        return None
    created = shown_time(order.created_at) if order else None
    requested = shown_time(read_time(pending.requested_at)) if pending else None
    if pending is not None and pending.operation == Action.REISSUE.value:
        return requested or created
    return created or requested


def _claims(facts: Facts, decision: Decision) -> list[str]:
    """Return the ids of the orders that are one host's alone.

    These are what the record names, with roots and predecessors, and what the decision is about; else the entry's id.
    An order that is not the certificate's is none of them, so a claim that fails counts against its own host alone.
    """
    if decision.handling is Handling.FOREIGN:
        return []
    pending, live = facts.host.record.pending, facts.host.record.live
    claimed = [decision.order_id, decision.root_order_id, decision.follows]
    claimed += [live.order_id, live.root_order_id] if live else []
    claimed += (
        [pending.order_id, pending.root_order_id, pending.superseded_order_id, pending.follows] if pending else []
    )
    claimed = claimed if any(claimed) else [facts.wanted.order_id]
    return sorted({id_key(order_id) for order_id in claimed if order_id})
