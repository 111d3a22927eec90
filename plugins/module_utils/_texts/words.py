# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of the page."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, rendered, translations

LANGUAGES = {"en": "en", "zh": "zh-CN"}
"""The languages of the page, with their HTML names."""

VALUES = {
    "urgency": {
        "broken": Message("Broken now"),
        "ends_in_7_days": Message("Ends within 7 days"),
        "ends_in_30_days": Message("Ends within 30 days"),
        "waiting_for_you": Message("Waiting for you"),
        "waiting_for_ca": Message("Waiting for the CA"),
        "next_run": Message("Done by the next run"),
        "unlisted": Message("Unlisted certificates"),
    },
    "state": {
        "key_lost": Message("Key lost"),
        "expired": Message("Expired"),
        "revoked": Message("Revoked"),
        "files_damaged": Message("Files damaged"),
        "nothing_live": Message("Nothing deployed"),
        "blocked": Message("Blocked"),
        "waiting_for_you": Message("Waiting for you"),
        "not_read": Message("Not read"),
        "not_ordered": Message("Not ordered"),
        "due": Message("Due"),
        "waiting_for_ca": Message("Waiting for the CA"),
        "revoking": Message("Being revoked"),
        "valid": Message("Valid"),
    },
    "stage": {
        "waiting_on_you": Message("Waiting for you"),
        "waiting_on_ca": Message("Waiting for the CA"),
        "issued": Message("Issued"),
        "revoking": Message("Being revoked"),
        "dead": Message("Closed, rejected or revoked"),
        "unknown": Message("Unknown"),
    },
    "alarm": {
        "failure": Message("alarm"),
        "warning": Message("warning"),
    },
    "operation": {
        "reissue": Message("Reissue"),
        "renew": Message("Renewal"),
        "order": Message("New order"),
    },
    "reason": {
        "not_ordered": Message("No order is recorded"),
        "interrupted": Message("A run was interrupted"),
        "pending_review": Message("Under review"),
        "pending_payment": Message("Not paid"),
        "pending_validation": Message("To be validated"),
        "pending_ca": Message("The CA has to issue it"),
        "issued": Message("Issued, to be deployed"),
        "expiring": Message("In its renewal window"),
        "expired": Message("Expired"),
        "expires_soon": Message("Expires soon"),
        "key_lost": Message("The key is gone"),
        "key_home": Message("The key is not in hardware"),
        "key_changed": Message("Another key is wanted"),
        "key_too_old": Message("The key is too old"),
        "key_mismatch": Message("The certificate is for another key"),
        "definition_changed": Message("The definition changed"),
        "requested": Message("A reissue was requested"),
        "rolled_back": Message("Was rolled back"),
        "record_lost": Message("The record was lost"),
        "files_lost": Message("Files were lost"),
        "files_damaged": Message("Files are damaged"),
        "certificate_changed": Message("WoTrus has a newer certificate"),
        "chain_changed": Message("WoTrus has a newer chain"),
        "chain_ends": Message("The chain ends before the certificate"),
        "nothing_live": Message("No certificate is deployed"),
        "waiting_too_long": Message("Waiting for too long"),
        "other_name": Message("The certificate has another name"),
        "wrong_usage": Message("It may not sign documents"),
        "live_unrecorded": Message("The record is of another certificate"),
        "no_service_notified": Message("No service was notified"),
        "signatures_superseded": Message("A service signs with a former certificate"),
        "signatures_foreign": Message("Documents are signed by another certificate"),
        "signatures_missing": Message("Signed documents are missing"),
        "reload_pending": Message("The services were not notified"),
        "reissue_refused": Message("WoTrus refused the reissue"),
        "root_unknown": Message("The order of the purchase is not known"),
        "ends_early": Message("Ends before the term of its order"),
        "order_dead": Message("The order is closed, rejected or revoked"),
        "order_mismatch": Message("The order is for another certificate"),
        "order_unknown": Message("WoTrus does not know the order"),
        "order_name_changed": Message("The order name changed"),
        "not_selected": Message("Skipped by this run"),
        "order_limit": Message("The order limit is exceeded"),
        "reissue_limit": Message("The reissue limit is exceeded"),
        "orders_stopped": Message("Another answer contradicts the manual"),
        "order_name_shared": Message("Several certificates have one order name"),
        "order_claimed_twice": Message("Several hosts claim the same order"),
        "no_later_end": Message("A reissue brings no later end"),
        "ca_time_unknown": Message("The time of the CA is unknown"),
        "revoking": Message("Revocation under review"),
        "revoked": Message("Revoked"),
        "certificate_revoked": Message("Revoked, by the CA's responders"),
        "issuer_revoked": Message("An intermediate certificate is revoked"),
        "revocation_unknown": Message("The revocation status is not known"),
        "rejected": Message("Rejected"),
        "closed": Message("Closed"),
        "unknown_status": Message("Unknown status"),
        "valid": Message("Valid"),
    },
    "hints": {
        "papers_missing": Message("Documents of the order are missing"),
        "csr_missing": Message("The CSR is missing"),
        "applicant_missing": Message("Data of the applicant are missing"),
        "organization_pending": Message("Documents of the organization are missing"),
        "issued_unpaid": Message("Issued, and not paid"),
    },
    "revocation": {
        "good": Message("Not revoked"),
        "revoked": Message("Revoked"),
        "stale": Message("The answer is too old"),
        "unusable": Message("The answer is unusable"),
        "unreachable": Message("No answer"),
        "no_address": Message("No address"),
    },
    "signed_documents": {
        "live": Message("live"),
        "former": Message("former, before the switch"),
        "superseded": Message("superseded"),
        "expired": Message("expired"),
        "foreign": Message("foreign"),
        "not_signed": Message("not signed"),
        "unreadable": Message("cannot be read"),
        "files": Message("files"),
        "newest": Message("newest"),
    },
    "key_evidence": {
        "manufacturer": Message("manufacturer"),
        "model": Message("model"),
        "serial": Message("serial number"),
        "firmware": Message("firmware"),
        "local": Message("made there"),
        "always_sensitive": Message("always sensitive"),
        "never_extractable": Message("never extractable"),
        "attestation_sha256": Message("SHA-256 of the attestation"),
    },
    "column": {
        "name": Message("Certificate"),
        "host": Message("Host"),
        "state": Message("State"),
        "validity": Message("Validity"),
        "expires": Message("Expires"),
        "order": Message("Order"),
        "why": Message("Why"),
        "superseded_by": Message("Superseded by"),
        "until": Message("Valid until"),
        "end": Message("Next"),
    },
}
"""Words for the values of a report's fields, and for its columns."""


def word(english: str, language: str, **numbers: object) -> str:
    """Return a text of the page. A bar separates singular and plural.

    :param numbers: what is put in for the names in braces; ``n`` chooses between singular and plural
    """
    forms = rendered(english, numbers, language).split("|")
    return forms[0 if numbers.get("n") == 1 else -1]


def dictionary(used: t.Collection[str]) -> dict[str, dict[str, str]]:
    """Return texts by language and English, for the page's own switch."""
    return {
        language: {english: chinese for english, chinese in translations(language).items() if english in used}
        for language in LANGUAGES
    }
