# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""States and urgencies of certificates, each with the most urgent first."""

from __future__ import annotations

import datetime as dt
import enum

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RecordUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import REVOKED, Stage
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import UKEY
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import HostState
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import is_failing


class CertificateState(enum.Enum):
    """The state of a certificate."""

    KEY_LOST = "key_lost"
    EXPIRED = "expired"
    REVOKED = "revoked"
    FILES_DAMAGED = "files_damaged"
    NOTHING_LIVE = "nothing_live"
    BLOCKED = "blocked"
    NOT_READ = "not_read"
    WAITING_FOR_YOU = "waiting_for_you"
    WAITING_FOR_CA = "waiting_for_ca"
    REVOKING = "revoking"
    NOT_ORDERED = "not_ordered"
    DUE = "due"
    VALID = "valid"


class Urgency(enum.Enum):
    """The urgency of a certificate: the order of the report."""

    BROKEN = "broken"
    ENDS_IN_7_DAYS = "ends_in_7_days"
    ENDS_IN_30_DAYS = "ends_in_30_days"
    WAITING_FOR_YOU = "waiting_for_you"
    WAITING_FOR_CA = "waiting_for_ca"
    NEXT_RUN = "next_run"
    NONE = "none"


_STATES = list(CertificateState)
_URGENCIES = list(Urgency)
_BROKEN = ("KEY_LOST", "EXPIRED", "REVOKED", "FILES_DAMAGED", "NOTHING_LIVE")
_OF_STATE = {
    **{CertificateState[name]: Urgency.BROKEN for name in _BROKEN},
    **{CertificateState[name]: Urgency.WAITING_FOR_YOU for name in ("BLOCKED", "NOT_READ", "WAITING_FOR_YOU")},
    **{CertificateState[name]: Urgency.WAITING_FOR_CA for name in ("WAITING_FOR_CA", "REVOKING")},
    **{CertificateState[name]: Urgency.NEXT_RUN for name in ("NOT_ORDERED", "DUE")},
    CertificateState.VALID: Urgency.NONE,
}
_RESUMED = {
    Stage.WAITING_ON_YOU.value: CertificateState.WAITING_FOR_YOU,
    Stage.WAITING_ON_CA.value: CertificateState.WAITING_FOR_CA,
    Stage.UNKNOWN.value: CertificateState.BLOCKED,
}
_BY_DATE = (Urgency.ENDS_IN_7_DAYS, Urgency.ENDS_IN_30_DAYS)


def state_of(plan: Json, result: Json, host: HostState, *, as_of: dt.datetime, is_read: bool) -> CertificateState:
    """Return the state of a certificate.

    :param plan: the plan for it, empty if there is none
    :param result: its result, empty if there is none
    :param host: the host's claims about it
    :param is_read: its host and its order could be read
    """
    broken = _broken(plan, result, host, as_of=as_of)
    if broken is not None:
        return broken
    if not plan:
        return CertificateState.VALID if is_read else CertificateState.NOT_READ
    action, stage = plan.get("action"), str(plan.get("stage"))
    if action == Action.BLOCKED.value:
        return CertificateState.BLOCKED
    if action == Action.RESUME.value:
        return _RESUMED.get(stage, CertificateState.DUE)
    if action == Action.ORDER.value and host.live is None:
        return CertificateState.NOT_ORDERED
    if stage == Stage.REVOKING.value:
        return CertificateState.REVOKING
    is_due = action != Action.NOTHING.value or plan.get("reload_pending")
    return CertificateState.DUE if is_due else CertificateState.VALID


def _broken(plan: Json, result: Json, host: HostState, *, as_of: dt.datetime) -> CertificateState | None:
    """Return the damage of the live certificate; ``None`` without any.

    There is none either if no live certificate is expected.
    """
    live = host.live
    if live is None:
        if host.fault is not None:
            is_damaged = host.fault[0] == RecordUnreadable.error_code
            return CertificateState.FILES_DAMAGED if is_damaged else None
        is_stuck = plan.get("action") == Action.BLOCKED.value and plan.get("order_id")
        was_live = host.record.live is not None or result.get("error_code") == CertificateState.NOTHING_LIVE.value
        return CertificateState.NOTHING_LIVE if was_live or is_stuck else None
    storage = plan.get("storage") or (host.record.live.storage if host.record.live else None)
    if live.key_matches is False and storage != UKEY:
        return CertificateState.KEY_LOST
    if live.certificate is not None and live.certificate.usable.not_after <= as_of:
        return CertificateState.EXPIRED
    if plan.get("revocation") == CertificateState.REVOKED.value:
        return CertificateState.REVOKED
    # While another order is pending, the plan is about that one, and the alarm about the live certificate.
    is_of_live = host.record.pending is None and REVOKED in (plan.get("status"), plan.get("reason"))
    if is_of_live or (result.get("alarm") == "failure" and result.get("error_code") == REVOKED):
        return CertificateState.REVOKED
    return CertificateState.FILES_DAMAGED if live.damaged else None


def urgency_of(row: Json) -> Urgency:
    """Return how urgent a certificate of the report is."""
    urgency = _OF_STATE[CertificateState(row["state"])]
    if urgency is Urgency.BROKEN:
        return urgency
    days = row["days_left"]
    if days is not None and days <= 30:
        return Urgency.ENDS_IN_7_DAYS if days <= 7 else Urgency.ENDS_IN_30_DAYS
    has_to_act = is_failing(row) and urgency in (Urgency.NEXT_RUN, Urgency.NONE)
    return Urgency.WAITING_FOR_YOU if has_to_act else urgency


def sort_key(row: Json) -> tuple[int, int, int, str, str, str]:
    """Return the sort key of a report's row, most urgent first.

    Within an urgency failures come first, then warnings. Certificates that end soon are sorted by their end, and others
    by their state and by how long they have waited.
    """
    urgency = Urgency(row["urgency"])
    alarm = 0 if is_failing(row) else 1 if row["alarm"] else 2
    state = 0 if urgency in _BY_DATE else _STATES.index(CertificateState(row["state"]))
    date = row["expires"] if urgency in _BY_DATE else row["waiting_since"] or row["expires"]
    return _URGENCIES.index(urgency), alarm, state, date or "9", row["host"] or "", row["name"] or ""
