# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The messages that belong to error codes. Targets do without them."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

_NEXT_STEPS = {
    "bad_answer": Message("Check what answers at wotrus_api_url, then run again."),
    "bad_certificate": Message("Run again. If it stays so, ask WoTrus with the request ids of this result."),
    "ca_time_unknown": Message(
        "Correct the clock of the machine that runs Ansible. If it is right, ask WoTrus. Then run again."
    ),
    "cancel_refused": Message("If the order has a certificate, revoke it instead. Otherwise ask WoTrus."),
    "certificate_revoked": Message(
        "Ask WoTrus why it was revoked. To replace it, run wotrus.pki.reissue. If WoTrus refuses that, name its order "
        "in replace_orders. The order that follows it may be charged."
    ),
    "certificate_expired": Message("Check the clock of this machine and of the host, then run again."),
    "command_failed": Message("Fix key.csr_command or key.install_command, then run again."),
    "error": Message("Fix what the message names, then run again."),
    "forbidden": Message("Ask WoTrus what the account of wotrus_api_token may do, then run again."),
    "host_unreadable": Message("Run ansible -m ping for the host and fix what it shows, then run again."),
    "hostile_facts": Message("Remove these facts from the host and from the fact cache, then run again."),
    "internal_error": Message("Run again with -vvv, and report the lines that it shows."),
    "invalid_csr": Message("Move pending/ away on the host, and keep its key. Then run again."),
    "invalid_document": Message("Fix the document in the entry, then run again."),
    "invalid_input": Message("Fix the entry, then run again."),
    "invalid_key": Message("Provide an RSA key from 2048 bits, or a P-256 or P-384 key, without a passphrase."),
    "journal_failed": Message("Make wotrus_journal a place that can be written, then run again."),
    "key_home": Message(
        "Set key.storage to pkcs11 with a token whose keys cannot be exported, or to ukey. If the token stays the "
        "same, remove the pending key from it. If key.csr_command stays, let it write an attestation, and move "
        "pending/ away on the host. Then run again. To accept this key, set key_home to any."
    ),
    "key_mismatch": Message(
        "If you changed key.storage, change it back, and run again. Otherwise do not deploy the certificate, and ask "
        "WoTrus about the order."
    ),
    "missing_library": Message("Install the library for the Python that the message names, then run again."),
    "not_found": Message(
        "Check that wotrus_api_token is of the account that placed the order. Otherwise ask WoTrus, with the request "
        "ids of this result."
    ),
    "not_sent": Message("Send the link to the applicant yourself."),
    "no_later_end": Message("Ask WoTrus for a certificate until the end of the paid term, then run again."),
    "nothing_to_roll_back": Message("Run wotrus.pki.reissue instead, which places no order."),
    "order_dead": Message("Ask WoTrus why the order has ended."),
    "order_mismatch": Message(
        "If WoTrus corrected the name, use its spelling, or set order_id and root_order_id to the order. If you "
        "changed the entry, change it back. Otherwise do not trust the record on this host."
    ),
    "order_not_issued": Message("Wait until the order is issued, or cancel it."),
    "orders_stopped": Message(
        "Report the answer that the message names, with its request ids. The other certificates are ordered by a run "
        "without that one, with --limit or without its entry."
    ),
    "other_name": Message(
        "If the names are right, write them into the entry. Otherwise ask WoTrus where they are from, and reissue the "
        "certificate."
    ),
    "other_key_pending": Message(
        "Wait until that order is finished. If it is not wanted, move pending/ away on the host, and keep its key. "
        "Then run again. The order of its name may be charged, unless it exists already."
    ),
    "pin_refused": Message("Correct key.pkcs11.pin or the file of key.pkcs11.pin_file, then run again."),
    "record_unreadable": Message(
        "Update the collection, if the message says so. Otherwise restore record.json from a backup, or move it away. "
        "Then run again. "
        "The order of its name may be charged, unless it exists already."
    ),
    "rejected_by_api": Message("Fix what WoTrus names in the message, then run again."),
    "reload_failed": Message("Fix the reload command or the service, then run again."),
    "issuer_revoked": Message(
        "Ask WoTrus for another chain or a reissue. Until then, sign with a certificate of another intermediate."
    ),
    "revocation_unknown": Message(
        "If wotrus_check_revocation is off, or WoTrus no longer sends the certificate, set it to hosts. Otherwise "
        "allow the addresses that the message names in the firewall or the proxy. If the CA's own answer is wrong, ask "
        "WoTrus."
    ),
    "revocation_refused": Message("Ask WoTrus why. Then request the revocation again with other evidence."),
    "signatures_foreign": Message(
        "Find the service that signs with that certificate, and let it read live/. If the documents are not of this "
        "entry, correct signed_documents.path."
    ),
    "signatures_missing": Message(
        "Check the service that signs. If it signs as it should, correct signed_documents of the entry, or who may "
        "read the documents."
    ),
    "signatures_superseded": Message(
        "Restart the service that signs, so that it reads live/ again. Then correct reload of the entry, and add "
        "test_signature, so that the next renewal shows it."
    ),
    "signing_failed": Message("Check that the service reads live/ again after its reload, then run again."),
    "signature_failed": Message("Reissue the certificate with wotrus_reissue, which makes a new key."),
    "sm2_unavailable": Message("Install OpenSSL 3 with SM2 on the controller, then run again."),
    "state_conflict": Message("Run again. The new plan starts from the present state."),
    "store_failed": Message("Fix the path that the message names, then run again."),
    "store_locked": Message("Wait until the other run has ended, then run again."),
    "timeout": Message("Run again. If the connection is slow, set a larger timeout."),
    "token_failed": Message("Fix what the token names in the message, then run again."),
    "token_unavailable": Message("Insert the token, or correct key.pkcs11, then run again."),
    "tls_failed": Message(
        "If a company's proxy opens TLS, ask for an exemption first, since it would read the token. Otherwise set "
        "wotrus_ca_path to the CA of the server or the proxy. Then run again."
    ),
    "unauthorized": Message("Check wotrus_api_token, then run again."),
    "unavailable": Message("Check the network. Run again later."),
    "unsafe_path": Message("Check who owns the path that the message names, then run again."),
    "untrusted_chain": Message("Compare wotrus_root_ca_path with the roots that WoTrus publishes, then run again."),
    "weak_certificate": Message(
        "Ask WoTrus for a certificate that keeps the rule. To accept the risk, set wotrus_verification to compatible."
    ),
    "wrong_usage": Message(
        "Ask WoTrus for a certificate that signs documents. To accept this one, set wotrus_verification to compatible."
    ),
    "validation_failed": Message("Fix wotrus_validate or the file that it checks, then run again."),
    "handler_not_found": Message(
        "Run a play that has the handler, or set reload.command instead. If no service needs it, set reload: none."
    ),
    "no_service_notified": Message(
        "Set reload.command, or let a handler listen to 'wotrus certificate changed', then run again. If no service "
        "needs it, set reload: none."
    ),
    "reload_pending": Message("Run wotrus.pki.renew. If the services have handlers, run the play that has them."),
    "unfinished": Message("Run again."),
}


def next_step(error_code: str) -> Message:
    """Return what a person can do about an error code."""
    return _NEXT_STEPS.get(error_code, _NEXT_STEPS["error"])
