# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alarms: certificate states that fail a run without an error."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import NotFound
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import CLOSED, Stage
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE, UKEY
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp, read_time
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import ASK_FOR_CHAIN, RUN_AGAIN
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import (
    is_live_revoked,
    other_names,
    unknown_names,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.live_revocation import revoked_alarm, unknown_alarm
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    A_DAY,
    days_left,
    has_path_alarm,
    window,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.signed_documents import documents_alarm
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import names_in

Alarm = tuple[str, str, Message]
"""``failure`` or ``warning``, an error code, and what is wrong."""

_STEPS = {
    code: next_step(code)
    for code in (
        *("wrong_usage", "other_name", "no_later_end", "ca_time_unknown", "certificate_expired"),
        *("reload_pending", "no_service_notified", "certificate_revoked", "issuer_revoked", "revocation_unknown"),
        *("signatures_superseded", "signatures_foreign", "signatures_missing"),
    )
}


def alarm_of(facts: Facts, decision: Decision, row: Json) -> dict[str, t.Any] | None:
    """Return the fields that an alarm changes in a result.

    These are ``alarm``, ``error_code``, ``msg`` and ``next_step``.

    :param row: the result so far
    :returns: ``alarm`` is ``failure`` or ``warning``; ``None`` if all is well
    """
    is_new = "deployed" in row["steps"]
    found = _alarm_of_new(facts) if is_new else _alarm(facts, row)
    if found is None:
        return None
    kind, code, msg = found
    step = row["next_step"] or _STEPS.get(code) or decision.next_step or Message("Run wotrus.pki.issue.")
    if is_new and code == "expires_soon":
        # What brought the chain again is done.
        step = ASK_FOR_CHAIN
    if code == "waiting_too_long" and step == RUN_AGAIN:
        # Another run alone brings nothing.
        step = Message("Ask WoTrus why order {order_id} still waits, then run again.", order_id=row["order_id"])
    return {
        "alarm": kind,
        "error_code": row["error_code"] or code,
        "msg": Message("{alarm} {msg}", alarm=msg, msg=row["msg"]),
        "next_step": step,
    }


def _alarm_of_new(facts: Facts) -> Alarm | None:
    return (
        revoked_alarm(facts)
        or _end_is_unmoved(facts)
        or _path_ends(facts)
        or _other_names(facts)
        or _has_not_begun(facts)
        or _is_unnotified(facts)
        or unknown_alarm(facts)
    )


def _end_is_unmoved(facts: Facts) -> Alarm | None:
    """Return an alarm if the reissue for the end of a certificate brought no later end."""
    used, pending = facts.host.live_certificate, facts.pending
    ended = read_time(pending.ended_not_after) if pending else None
    if used is None or ended is None or used.not_after - ended > A_DAY:
        return None
    unmoved = Message("The reissue brought no later end: {day}.", day=f"{used.not_after:%Y-%m-%d}")
    return "failure", "no_later_end", unmoved


def _alarm(facts: Facts, row: Json) -> Alarm | None:
    return (
        _live_is_gone(facts)
        or _live_is_revoked(facts)
        or revoked_alarm(facts)
        or _live_ends(facts)
        or _begins_later(facts)
        or _services_not_notified(facts, row)
        or documents_alarm(facts, "failure")
        or _live_may_not_sign(facts)
        or _nothing_live(facts, row)
        or _live_is_unrecorded(facts)
        or _waiting_too_long(facts, row)
        or _is_being_revoked(facts)
        or _other_names(facts)
        or documents_alarm(facts, "warning")
        or _has_not_begun(facts)
        or _is_unnotified(facts)
        or unknown_alarm(facts)
        or _is_not_asked(facts)
    )


def _live_is_gone(facts: Facts) -> Alarm | None:
    live = facts.host.live
    if live is None:
        return None
    if live.key_matches is False and facts.wanted.storage != UKEY:
        return "failure", "key_lost", Message("The private key of the live certificate is gone, or is another one.")
    if live.damaged:
        return "failure", "files_damaged", Message("Live files are missing or changed: {files}.", files=[*live.damaged])
    return None


def _live_is_revoked(facts: Facts) -> Alarm | None:
    return ("failure", "revoked", Message("The live certificate is revoked.")) if is_live_revoked(facts) else None


def _is_being_revoked(facts: Facts) -> Alarm | None:
    """Return an alarm if people review the revocation of what is live: it may have been requested elsewhere."""
    asked = facts.orders.get(id_key(facts.live.order_id or "")) if facts.live else None
    if asked is None or asked.order is None or asked.order.stage is not Stage.REVOKING:
        return None
    return "warning", "revoking", Message("Services use a certificate whose revocation somebody asked for.")


def _live_is_unrecorded(facts: Facts) -> Alarm | None:
    """Return an alarm if WoTrus's answers are not about what is live: whether it is revoked is not known."""
    used, live, pending = facts.host.live_certificate, facts.live, facts.pending
    asked = facts.orders.get(id_key(live.order_id or "")) if live else None
    if pending and pending.operation != REISSUE and asked and isinstance(asked.error, NotFound):
        unknown = Message("WoTrus does not know the order of the live certificate, which another order replaces.")
        return "failure", "live_unrecorded", unknown
    if used is not None and not (live and live.order_id) and pending is not None and pending.order_id:
        lost = Message("The record does not name the order of the live certificate, so WoTrus was not asked about it.")
        return "failure", "live_unrecorded", lost
    if facts.host.is_live_recorded:
        return None
    other = Message("What is live is not the certificate that the record names. Set order_id to its order.")
    return "warning", "live_unrecorded", other


def _other_names(facts: Facts) -> Alarm | None:
    """Return an alarm if the live certificate has another name than the entry, or one more."""
    used = facts.host.live_certificate
    if used is None:
        return None
    wrong = other_names(facts.wanted, names_in(used.subject)) if used.subject else []
    unknown = unknown_names(facts.wanted, used.alternative_names)
    if unknown:
        wrong.append(Message("it names {names}, and the entry does not", names=unknown))
    return (
        ("warning", "other_name", Message("The live certificate: {differences}.", differences=wrong)) if wrong else None
    )


def _live_ends(facts: Facts) -> Alarm | None:
    own = facts.host.live_certificate
    if own is None:
        return None
    usable = own.usable
    is_own, left = usable.not_after == own.not_after, days_left(usable, facts.now)
    day = f"{usable.not_after:%Y-%m-%d}"
    if left <= 0:
        if is_own:
            return "failure", "expired", Message("The live certificate expired on {day}.", day=day)
        return "failure", "expired", Message("The chain of the live certificate expired on {day}.", day=day)
    if not is_own:
        return _path_ends(facts)
    opens = window(own, facts.wanted, facts.wanted.months).opens
    half = (own.not_after - opens).total_seconds() / 86400 / 2
    if left < min(facts.wanted.alarm_days, half):
        return "failure", "expires_soon", Message("The live certificate expires on {day}.", day=day)
    return None


def _begins_later(facts: Facts) -> Alarm | None:
    """Return an alarm if the live certificate is not valid yet, by a time of which both clocks are sure."""
    used, ca_time = facts.host.live_certificate, facts.ca_time
    if used is None or ca_time is None or not facts.has_agreed_time:
        return None
    if used.not_before <= max(ca_time, facts.clock):
        return None
    msg = Message("The live certificate is valid from {begins} on.", begins=format_timestamp(used.not_before))
    return "failure", "certificate_expired", msg


def _has_not_begun(facts: Facts) -> Alarm | None:
    """Return an alarm if the live certificate is valid by one of two clocks alone, and only later by the other."""
    used, ca_time = facts.host.live_certificate, facts.ca_time
    if used is None or ca_time is None or facts.has_agreed_time or used.not_before <= min(ca_time, facts.clock):
        return None
    msg = Message(
        "The live certificate is valid from {begins} on. WoTrus's time is {ca_time}, and that of this machine {own}.",
        begins=f"{used.not_before:%Y-%m-%d}",
        ca_time=format_timestamp(ca_time),
        own=format_timestamp(facts.clock),
    )
    return "warning", "ca_time_unknown", msg


def _services_not_notified(facts: Facts, row: Json) -> Alarm | None:
    if not facts.host.record.reload_pending or row["error_code"] == "handler_not_found":
        return None
    return "failure", "reload_pending", Message("The services were not notified of the live certificate yet.")


def _is_not_asked(facts: Facts) -> Alarm | None:
    """Return an alarm if nothing says whether what is live is revoked: WoTrus does not, and nobody else was asked."""
    asked = facts.orders.get(id_key(facts.live.order_id or "")) if facts.live else None
    if facts.host.live_certificate is None or facts.host.revocation is not None or asked is None:
        return None
    if asked.order is not None and asked.order.status != CLOSED:
        return None
    if asked.order is None and not isinstance(asked.error, NotFound):
        return None
    msg = Message(
        "WoTrus closed order {order_id}. Whether its certificate is revoked is not known."
        if asked.order
        else "WoTrus does not show order {order_id}. Whether its certificate is revoked is not known.",
        order_id=facts.live.order_id if facts.live else None,
    )
    return "warning", "revocation_unknown", msg


def _is_unnotified(facts: Facts) -> Alarm | None:
    if not facts.host.record.unnotified or facts.wanted.reload == {}:
        return None
    nobody = Message("No service was notified of the live certificate, since neither its entry nor the play named one.")
    return "warning", "no_service_notified", nobody


def _path_ends(facts: Facts) -> Alarm | None:
    used = facts.host.live_certificate
    if used is None or not has_path_alarm(facts, used):
        return None
    ends = f"{used.usable.not_after:%Y-%m-%d}"
    return "failure", "expires_soon", Message("The chain of the live certificate expires on {day}.", day=ends)


def _live_may_not_sign(facts: Facts) -> Alarm | None:
    used = facts.host.live_certificate
    if used is None or used.document_signing is not False:
        return None
    kind = "failure" if facts.wanted.is_strict else "warning"
    return kind, "wrong_usage", Message("By its usages, the live certificate may not sign documents.")


def _nothing_live(facts: Facts, row: Json) -> Alarm | None:
    if facts.host.live is not None or row["result"] in ("waiting", "blocked", "failed"):
        return None
    record = facts.host.record
    is_lost = record.pending is not None or record.live is not None or row["order_id"] is not None
    # A host that lost its record looks like a new one, and only Create could tell.
    if not is_lost and row["result"] != "not_selected":
        return None
    return "failure" if is_lost else "warning", "nothing_live", Message("No certificate is deployed.")


def _waiting_too_long(facts: Facts, row: Json) -> Alarm | None:
    """Return an alarm for an order that waits too long."""
    since = read_time(row["waiting_since"]) if row["result"] == "waiting" else None
    if since is None:
        return None
    waited = facts.now - since
    # Days that are no number are no alarm.
    if not waited.total_seconds() / 86400 > facts.wanted.alarm_waiting_days:
        return None
    msg = Message("The order has waited for {days} days, since {since}.", days=waited.days, since=row["waiting_since"])
    return "failure" if facts.host.live is None else "warning", "waiting_too_long", msg
