# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions about what a host has: what is live, what is pending, and a first order."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import READY_AT_CA, Stage
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain, link_of, with_hints
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision, Handling
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import (
    ASK_FOR_CHAIN,
    RUN_AGAIN,
    blocked,
    day,
    failed,
    order_of_live,
    resume,
    until_paid,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.on_host import (
    damaged_files,
    issued_certificate,
    issued_error,
    key_made_at,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import days_left
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import (
    Said,
    Situation,
    of_entry,
    of_live,
    order_of,
    order_to_replace,
    sure,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.table import find
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

_Says = t.Callable[[Situation], Said]

# What is live


def _of_live(reason: str, handling: Handling | None = None) -> t.Callable[[t.Callable[[Situation], Message]], _Says]:
    """Make why into what is said of a reissue of the newest certificate's order."""

    def says_of(why: t.Callable[[Situation], Message]) -> _Says:
        def says(case: Situation) -> Said:
            months = case.newest.months if case.newest else None
            return Said(reason, why(case), months, case.dropped.id if case.dropped else None, handling=handling)

        return says

    return says_of


@_of_live("key_lost", Handling.KEY_LOST)
def key_lost(_case: Situation) -> Message:
    return Message("The private key of the certificate is not on the host.")


@_of_live("requested")
def requested(_case: Situation) -> Message:
    return Message("A reissue was requested.")


@_of_live("key_too_old")
def key_old(case: Situation) -> Message:
    return Message("The key was made on {day}, before wotrus_keys_since.", day=day(key_made_at(case)))


@_of_live("key_changed")
def key_changed(_case: Situation) -> Message:
    return Message("The entry asks for another key than the live certificate has.")


@_of_live("definition_changed")
def subject_changed(_case: Situation) -> Message:
    return Message("The entry asks for another subject than the live certificate has.")


@_of_live("chain_ends")
def chain_ends_first(case: Situation) -> Message:
    found = case.facts.known_certificate(case.claim.order_id)
    return Message(
        "The certificate of order {order_id} expires on {day}, but its chain on {end}, and WoTrus has no newer chain.",
        order_id=order_of(case).id,
        day=day(found.not_after if found else None),
        end=day(found.usable.not_after if found else None),
    )


def said_chain_ends(case: Situation) -> Said:
    """Say that the chain ends before its certificate."""
    found, said = sure(case.facts.known_certificate(case.claim.order_id)), chain_ends_first(case)
    ended = (found.serial_number, format_timestamp(found.usable.not_after))
    return dataclasses.replace(said, ended=ended, handling=Handling.DUE)


def said_ended_with_key(case: Situation) -> Said:
    return Said("key_changed", explain(order_of(case)))


def change_refused(case: Situation) -> Decision:
    said = case.said
    why = Message("{why} Nothing is done, since on_change is fail.", why=said.why)
    return blocked(said.reason, why, Message("Set on_change to reissue, or change the entry back."), case.claim)


def rolled_back(case: Situation) -> Decision:
    order = order_of(case)
    why = Message("The certificate of order {order_id} was rolled back. It is deployed again.", order_id=order.id)
    return resume(order, case.claim, "rolled_back", why)


def revoking(case: Situation) -> Decision:
    order = order_of(case)
    step = Message("WoTrus decides on it. If none of you asked for the revocation, tell WoTrus at once.")
    return Decision(Action.NOTHING, "revoking", explain(order), order_id=order.id, next_step=step)


def files_lost(case: Situation) -> Decision:
    gone = Message("The certificate's files are gone. They are deployed again.")
    return resume(order_of(case), case.claim, "files_lost", gone)


def _repair(case: Situation, why: Message) -> Decision:
    return dataclasses.replace(resume(order_of(case), case.claim, "files_damaged", why), handling=Handling.REPAIR)


def files_damaged(case: Situation) -> Decision:
    files = damaged_files(case.facts)
    msg = Message("Live files are missing or changed: {files}. They are deployed again.", files=files)
    return _repair(case, msg)


def certificate_changed(case: Situation) -> Decision:
    order, found = order_of(case), sure(case.facts.known_certificate(case.claim.order_id))
    msg = Message(
        "WoTrus has a newer certificate of order {order_id}, which expires on {day}. It is deployed.",
        order_id=order.id,
        day=day(found.usable.not_after),
    )
    return resume(order, case.claim, "certificate_changed", msg)


def newer_for_other_key(case: Situation) -> Decision:
    order, found = order_of(case), sure(case.facts.known_certificate(case.claim.order_id))
    msg = Message(
        "WoTrus has a newer certificate of order {order_id}, which expires on {day}. It is for another key "
        "(SHA-256 {key}), and is not deployed.",
        order_id=order.id,
        day=day(found.usable.not_after),
        key=found.public_key_sha256,
    )
    return blocked("key_mismatch", msg, Message("Run wotrus.pki.reissue for it."), case.claim, is_failure=True)


def chain_changed(case: Situation) -> Decision:
    order, found = order_of(case), sure(case.facts.known_certificate(case.claim.order_id))
    msg = Message(
        "WoTrus has a newer chain for the certificate of order {order_id}, which expires on {day}. It is deployed.",
        order_id=order.id,
        day=day(found.path_not_after),
    )
    return resume(order, case.claim, "chain_changed", msg)


def chain_stays(case: Situation) -> Decision:
    return blocked("chain_ends", said_chain_ends(case).why, ASK_FOR_CHAIN, case.claim)


def live_expired(case: Situation) -> Decision:
    why = Message("What is live has expired, and WoTrus has a valid certificate of its order. It is deployed.")
    return _repair(case, why)


def valid(case: Situation) -> Decision:
    facts, order = case.facts, order_of(case)
    used = facts.host.live_certificate
    left = days_left(used.usable, facts.now) if used else 0
    return Decision(
        Action.NOTHING,
        "valid",
        with_hints(Message("The certificate is valid for {days:.0f} more days.", days=left), order),
        order_id=order.id,
        root_order_id=case.claim.root_order_id,
        companion_order_id=case.claim.companion_order_id,
    )


# An order that is not deployed


def waiting(case: Situation) -> Decision:
    order = order_of(case)
    steps = {
        Stage.WAITING_ON_YOU: Message("Open the pending link{link}, then run again.", link=link_of(order)),
        Stage.UNKNOWN: Message(
            "Ask WoTrus about order {order_id}, with the request ids of this result. If it has ended, add it to "
            "replace_orders of the entry. The order that follows it may be charged, unless it exists already.",
            order_id=order.id,
        ),
    }
    return dataclasses.replace(
        resume(order, case.claim),
        is_ready=order.status == READY_AT_CA,
        pending_link=order.pending_link,
        next_step=steps.get(order.stage, RUN_AGAIN),
    )


def reissued_under_own_id(case: Situation) -> Decision:
    order = order_of(case)
    decision = dataclasses.replace(
        waiting(case),
        reason="pending_ca",
        msg=Message(
            "Order {order_id} is reissued under its own id, and WoTrus still sends the old certificate.",
            order_id=order.id,
        ),
    )
    if case.value("late") == "no":
        return decision
    asked = Message(
        "Ask WoTrus about the reissue. If it was refused, run wotrus.pki.reissue for it. If it is refused again, move "
        "pending/ away on the host before that, and keep its key."
    )
    return dataclasses.replace(decision, next_step=asked)


def said_requested_late(case: Situation) -> Said:
    order = order_of(case)
    return Said("requested", Message("A reissue was requested."), order.months, order.id)


def said_reissue_key_lost(case: Situation) -> Said:
    why = Message("The key of the reissue {order_id} is not on the host.", order_id=order_of(case).id)
    return Said("key_lost", why, handling=Handling.KEY_LOST)


def said_dropped_key_lost(case: Situation) -> Said:
    why = Message("The certificate of order {order_id} is for a lost key.", order_id=case.claim.order_id)
    pending = case.facts.pending
    months = pending.months if pending else None
    return Said("key_lost", why, months, sure(case.dropped).id, handling=Handling.KEY_LOST)


def said_adopted_key_lost(case: Situation) -> Said:
    order = order_of(case)
    why = Message(
        "Order {order_id} ({common_name}, placed on {day}) was adopted. Its certificate is for a key that is not on "
        "this host.",
        order_id=order.id,
        common_name=order.common_name,
        day=day(order.created_at),
    )
    return Said("key_lost", why, order.months, warnings=(why,), handling=Handling.KEY_LOST)


def said_elsewhere(case: Situation) -> Said:
    msg = Message(
        "Order {order_id} was placed for a key in another storage than the entry names.", order_id=order_of(case).id
    )
    return Said("key_changed", msg)


def original_without_key(case: Situation) -> Situation:
    order = order_of(case)
    why = Message("The key of the reissue {order_id} is not on the host.", order_id=order.id)
    said = Said("key_lost", why, refused_order_id=order.id, handling=Handling.KEY_LOST)
    return case.about(case.claim.original, said=said)


def chain_of_live(case: Situation) -> Decision:
    return chain_changed(case.other(of_live))


def under_revocation(case: Situation) -> Decision:
    order = order_of(case)
    advice = Message(
        "WoTrus decides on it: run again later. If none of you asked for the revocation, tell WoTrus at once. To buy "
        "another order now, add {order_id} to replace_orders of the entry. The order that follows it may be charged, "
        "unless it exists already.",
        order_id=order_to_replace(case.facts, order.id, case.claim.root_order_id),
    )
    return blocked("revoking", explain(order), advice, case.claim)


def ready(case: Situation) -> Decision:
    return resume(order_of(case), case.claim)


def unpaid(case: Situation) -> Decision:
    return until_paid(ready(case), order_of(case))


def issued_unread(case: Situation) -> Decision:
    error = issued_error(case)
    found = failed(error, case.claim)
    if not isinstance(error, RejectedByApi) or error.next_step is not None:
        return found
    advice = Message(
        "Fix what WoTrus names in the message, then run again. Only if the certificate has expired before its paid "
        "term, ask WoTrus for another one, or add {root_order_id} to replace_orders of the entry. The order that "
        "follows it may be charged.",
        root_order_id=case.claim.root_order_id or case.claim.order_id,
    )
    return dataclasses.replace(found, next_step=advice)


def live_unrecorded(case: Situation) -> Decision:
    why = Message(
        "The certificate of order {order_id} ends earlier than what is live, which the record does not name.",
        order_id=order_of(case).id,
    )
    live = case.facts.host.live
    return blocked("live_unrecorded", why, order_of_live(live.release if live else ""), case.claim)


def record_lost(case: Situation) -> Decision:
    order = order_of(case)
    live = Message("The certificate of order {order_id} is live already. It is recorded.", order_id=order.id)
    return resume(order, case.claim, "record_lost", live)


def key_mismatch(case: Situation) -> Decision:
    found = sure(issued_certificate(case))
    why = Message(
        "Order {order_id} was placed for the key of this host, and its certificate is for another key (SHA-256 {key}). "
        "It is not deployed.",
        order_id=order_of(case).id,
        key=found.public_key_sha256,
    )
    advice = Message(
        "Ask WoTrus about the order. If it is no reissue for this host's key, do not trust the record on this host. "
        "Move it away, then run again. "
        "The order of its name may be charged, unless it exists already."
    )
    return blocked("key_mismatch", why, advice, case.claim, is_failure=True)


def said_interrupted(case: Situation) -> Said:
    pending = sure(case.facts.pending)
    why = Message(
        "An earlier run prepared a reissue of order {order_id}, and its answer is not recorded.",
        order_id=order_of(case).id,
    )
    ended = (pending.ended_serial_number, pending.ended_not_after)
    return Said("interrupted", why, pending.months, pending.refused_order_id, ended)


def look_for_live(case: Situation) -> Decision:
    """The order of what is live, which is valid and not recorded, is unknown, and the known one has ended."""
    wanted, live = case.facts.wanted, case.facts.host.live
    found = find("stages", case)
    if case.value("stuck_in_entry") == "no" and case.value("entry_stage") == "stuck":
        found = find("undeployed", case.other(of_entry))
    decision, serial_number = found.decision(), live.release if live else ""
    # A person may have looked for it already, or it is the order of the live certificate, which the CA ended.
    if not (is_same_id(wanted.order_id, decision.order_id) and wanted.root_order_id is not None):
        return dataclasses.replace(decision, next_step=order_of_live(serial_number))
    advice = Message(
        "The certificate {serial_number} is live and valid. If it is of order {order_id}, restore record.json from a "
        "backup. Otherwise name its own order. To replace it before it ends, add {root_order_id} to replace_orders of "
        "the entry. The order that follows it may be charged, unless it exists already.",
        serial_number=serial_number,
        order_id=decision.order_id,
        root_order_id=order_to_replace(case.facts, str(decision.order_id), decision.root_order_id),
    )
    return dataclasses.replace(decision, next_step=advice)
