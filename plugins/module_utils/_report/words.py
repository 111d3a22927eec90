# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of the page."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import BY_ID, Message, rendered, translations

LANGUAGES = {"en": "en", "zh": "zh-CN"}
"""The languages of the page, with their HTML names."""

VALUES = {
    "urgency": {
        "broken": Message("report.urgency.broken"),
        "ends_in_7_days": Message("report.urgency.ends_in_7_days"),
        "ends_in_30_days": Message("report.urgency.ends_in_30_days"),
        "waiting_for_you": Message("report.urgency.waiting_for_you"),
        "waiting_for_ca": Message("report.urgency.waiting_for_ca"),
        "next_run": Message("report.urgency.next_run"),
    },
    "state": {
        "key_lost": Message("report.state.key_lost"),
        "expired": Message("report.state.expired"),
        "revoked": Message("report.state.revoked"),
        "files_damaged": Message("report.state.files_damaged"),
        "nothing_live": Message("report.state.nothing_live"),
        "blocked": Message("report.state.blocked"),
        "waiting_for_you": Message("report.state.waiting_for_you"),
        "not_read": Message("report.state.not_read"),
        "not_ordered": Message("report.state.not_ordered"),
        "due": Message("report.state.due"),
        "waiting_for_ca": Message("report.state.waiting_for_ca"),
        "revoking": Message("report.state.revoking"),
        "valid": Message("report.state.valid"),
    },
    "stage": {
        "waiting_on_you": Message("report.stage.waiting_on_you"),
        "waiting_on_ca": Message("report.stage.waiting_on_ca"),
        "issued": Message("report.stage.issued"),
        "revoking": Message("report.stage.revoking"),
        "dead": Message("report.stage.dead"),
        "unknown": Message("report.stage.unknown"),
    },
    "alarm": {
        "failure": Message("report.alarm.failure"),
        "warning": Message("report.alarm.warning"),
    },
    "operation": {
        "reissue": Message("report.operation.reissue"),
        "renew": Message("report.operation.renew"),
        "order": Message("report.operation.order"),
    },
    "reason": {
        "not_ordered": Message("report.reason.not_ordered"),
        "interrupted": Message("report.reason.interrupted"),
        "pending_review": Message("report.reason.pending_review"),
        "pending_payment": Message("report.reason.pending_payment"),
        "pending_validation": Message("report.reason.pending_validation"),
        "pending_ca": Message("report.reason.pending_ca"),
        "issued": Message("report.reason.issued"),
        "expiring": Message("report.reason.expiring"),
        "expired": Message("report.reason.expired"),
        "expires_soon": Message("report.reason.expires_soon"),
        "key_lost": Message("report.reason.key_lost"),
        "key_changed": Message("report.reason.key_changed"),
        "key_too_old": Message("report.reason.key_too_old"),
        "key_mismatch": Message("report.reason.key_mismatch"),
        "definition_changed": Message("report.reason.definition_changed"),
        "requested": Message("report.reason.requested"),
        "rolled_back": Message("report.reason.rolled_back"),
        "record_lost": Message("report.reason.record_lost"),
        "files_lost": Message("report.reason.files_lost"),
        "files_damaged": Message("report.reason.files_damaged"),
        "certificate_changed": Message("report.reason.certificate_changed"),
        "nothing_live": Message("report.reason.nothing_live"),
        "waiting_too_long": Message("report.reason.waiting_too_long"),
        "order_dead": Message("report.reason.order_dead"),
        "order_mismatch": Message("report.reason.order_mismatch"),
        "order_unknown": Message("report.reason.order_unknown"),
        "order_name_changed": Message("report.reason.order_name_changed"),
        "not_selected": Message("report.reason.not_selected"),
        "order_limit": Message("report.reason.order_limit"),
        "order_name_shared": Message("report.reason.order_name_shared"),
        "order_claimed_twice": Message("report.reason.order_claimed_twice"),
        "renewed_recently": Message("report.reason.renewed_recently"),
        "ca_time_unknown": Message("report.reason.ca_time_unknown"),
        "revoking": Message("report.reason.revoking"),
        "revoked": Message("report.reason.revoked"),
        "rejected": Message("report.reason.rejected"),
        "closed": Message("report.reason.closed"),
        "order_not_found": Message("report.reason.order_not_found"),
        "unknown_status": Message("report.reason.unknown_status"),
        "valid": Message("report.reason.valid"),
    },
    "column": {
        "name": Message("report.column.name"),
        "host": Message("report.column.host"),
        "state": Message("report.column.state"),
        "validity": Message("report.column.validity"),
        "expires": Message("report.column.expires"),
        "order": Message("report.column.order"),
        "why": Message("report.column.why"),
        "superseded_by": Message("report.column.superseded_by"),
        "until": Message("report.column.until"),
        "end": Message("report.column.end"),
    },
}
"""Words for the values of a report's fields, and for its columns."""


def word(english: str, language: str, **numbers: object) -> str:
    """Return a text of the page. A bar separates singular and plural.

    :param numbers: what is put in for the names in braces; ``n`` chooses between singular and plural
    """
    english = BY_ID.get(f"report.{english}", english)  # Until the next commit.
    forms = rendered(english, numbers, language).split("|")
    return forms[0 if numbers.get("n") == 1 else -1]


def dictionary(used: t.Collection[str]) -> dict[str, dict[str, str]]:
    """Return texts by language and English, for the page's own switch."""
    return {
        language: {english: chinese for english, chinese in translations(language).items() if english in used}
        for language in LANGUAGES
    }
