# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The messages that belong to error codes. Targets do without them."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

_HEADLINES = {
    "bad_answer": Message("error.bad_answer"),
    "bad_certificate": Message("error.bad_certificate"),
    "cancel_refused": Message("error.cancel_refused"),
    "certificate_expired": Message("error.certificate_expired"),
    "command_failed": Message("error.command_failed"),
    "error": Message("error.error"),
    "forbidden": Message("error.forbidden"),
    "host_unreadable": Message("error.host_unreadable"),
    "hostile_facts": Message("error.hostile_facts"),
    "invalid_csr": Message("error.invalid_csr"),
    "invalid_document": Message("error.invalid_document"),
    "invalid_input": Message("error.invalid_input"),
    "invalid_key": Message("error.invalid_key"),
    "key_mismatch": Message("error.key_mismatch"),
    "missing_library": Message("error.missing_library"),
    "not_found": Message("error.not_found"),
    "not_sent": Message("error.not_sent"),
    "not_served": Message("error.not_served"),
    "nothing_to_roll_back": Message("error.nothing_to_roll_back"),
    "order_dead": Message("error.order_dead"),
    "order_limit": Message("error.order_limit"),
    "order_mismatch": Message("error.order_mismatch"),
    "order_not_issued": Message("error.order_not_issued"),
    "pin_refused": Message("error.pin_refused"),
    "record_unreadable": Message("error.record_unreadable"),
    "rejected_by_api": Message("error.rejected_by_api"),
    "reload_failed": Message("error.reload_failed"),
    "revocation_refused": Message("error.revocation_refused"),
    "signature_failed": Message("error.signature_failed"),
    "sm2_unavailable": Message("error.sm2_unavailable"),
    "state_conflict": Message("error.state_conflict"),
    "store_failed": Message("error.store_failed"),
    "store_locked": Message("error.store_locked"),
    "timeout": Message("error.timeout"),
    "token_failed": Message("error.token_failed"),
    "token_unavailable": Message("error.token_unavailable"),
    "tls_failed": Message("error.tls_failed"),
    "unauthorized": Message("error.unauthorized"),
    "unavailable": Message("error.unavailable"),
    "unsafe_path": Message("error.unsafe_path"),
    "untrusted_chain": Message("error.untrusted_chain"),
    "weak_certificate": Message("error.weak_certificate"),
    "validation_failed": Message("error.validation_failed"),
    "handler_not_found": Message("error.handler_not_found"),
    "unfinished": Message("error.unfinished"),
}
_NEXT_STEPS = {
    "bad_answer": Message("next.bad_answer"),
    "bad_certificate": Message("next.bad_certificate"),
    "cancel_refused": Message("next.cancel_refused"),
    "certificate_expired": Message("next.certificate_expired"),
    "command_failed": Message("next.command_failed"),
    "error": Message("next.error"),
    "forbidden": Message("next.forbidden"),
    "host_unreadable": Message("next.host_unreadable"),
    "hostile_facts": Message("next.hostile_facts"),
    "invalid_csr": Message("next.invalid_csr"),
    "invalid_document": Message("next.invalid_document"),
    "invalid_input": Message("next.invalid_input"),
    "invalid_key": Message("next.invalid_key"),
    "key_mismatch": Message("next.key_mismatch"),
    "missing_library": Message("next.missing_library"),
    "not_found": Message("next.not_found"),
    "not_sent": Message("next.not_sent"),
    "not_served": Message("next.not_served"),
    "nothing_to_roll_back": Message("next.nothing_to_roll_back"),
    "order_dead": Message("next.order_dead"),
    "order_mismatch": Message("next.order_mismatch"),
    "order_not_issued": Message("next.order_not_issued"),
    "pin_refused": Message("next.pin_refused"),
    "record_unreadable": Message("next.record_unreadable"),
    "rejected_by_api": Message("next.rejected_by_api"),
    "reload_failed": Message("next.reload_failed"),
    "revocation_refused": Message("next.revocation_refused"),
    "signature_failed": Message("next.signature_failed"),
    "sm2_unavailable": Message("next.sm2_unavailable"),
    "state_conflict": Message("next.state_conflict"),
    "store_failed": Message("next.store_failed"),
    "store_locked": Message("next.store_locked"),
    "timeout": Message("next.timeout"),
    "token_failed": Message("next.token_failed"),
    "token_unavailable": Message("next.token_unavailable"),
    "tls_failed": Message("next.tls_failed"),
    "unauthorized": Message("next.unauthorized"),
    "unavailable": Message("next.unavailable"),
    "unsafe_path": Message("next.unsafe_path"),
    "untrusted_chain": Message("next.untrusted_chain"),
    "weak_certificate": Message("next.weak_certificate"),
    "validation_failed": Message("next.validation_failed"),
    "handler_not_found": Message("next.handler_not_found"),
    "unfinished": Message("next.unfinished"),
}


def headline(error_code: str) -> Message:
    """Return the sentence of an error code, for a failure without words.

    A host may answer any word, so there is a general one.
    """
    return _HEADLINES.get(error_code, _HEADLINES["error"])


def next_step(error_code: str) -> Message:
    """Return what a person can do about an error code."""
    return _NEXT_STEPS.get(error_code, _NEXT_STEPS["error"])
