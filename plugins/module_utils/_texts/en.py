# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All text for people, in English, by a stable id.

Another language is another file like this one, with the same ids. Braces hold inserted values. A message is one to
three short sentences, and ends with a full stop.
"""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._texts import host_en

ORDERS = {
    "order.pending_payment": "Order {order_id} waits for your payment{link}.",
    "order.pending_validation": "Order {order_id} waits for your validation ({validation}){link}.",
    "order.pending_review": "Order {order_id} is under review at WoTrus ({status}).",
    "order.pending_ca": "Order {order_id} waits for the CA to issue the certificate.",
    "order.issued": "Order {order_id} is issued.",
    "order.revoking": "Order {order_id} is issued, and its revocation is under review.",
    "order.dead": "Order {order_id} is {status}.",
    "order.unknown_status": "Order {order_id} has the status {status!r}, which the manual does not explain.",
}
"""The state of an order, and who has to act."""

PLANS = {
    # An order is placed, or sent again.
    "plan.not_ordered": "No order is recorded. A new order will be placed, or an existing one adopted.",
    "plan.order_interrupted": (
        "An earlier run prepared an order, and its answer is not recorded. The order is sent again with the same "
        "idempotence value."
    ),
    "plan.order_name_changed": (
        "An earlier run prepared an order under the name {former!r}, and that order may exist. The name is now "
        "{name!r}."
    ),
    "plan.order_replaced": "{why} Another order follows it.",
    "plan.renewal": "The certificate of order {order_id} expires on {day}. It is renewed for {months} months.",
    "plan.renewal_expired": "The certificate of order {order_id} expired on {day}. It is renewed for {months} months.",
    "plan.renewal_ended": "Order {order_id} has ended. It is renewed for {months} months.",
    "plan.renewed_recently": (
        "The certificate of order {order_id} is due. The order was placed on {day}, which is less than a third of its "
        "term ago."
    ),
    "plan.ca_time_unknown": (
        "The certificate of order {order_id} seems due, and WoTrus sends no time. Nothing is renewed by this machine's "
        "clock alone."
    ),
    "plan.certificate_unreadable": "The certificate of order {order_id} cannot be read: {error}.",
    # An order is waited for, or its certificate is deployed.
    "plan.order_too_new": "Order {order_id} is placed, and WoTrus does not show it yet.",
    "plan.order_unknown": "WoTrus does not know order {order_id}.",
    "plan.old_certificate": (
        "Order {order_id} is reissued under its own id, and WoTrus still sends the old certificate."
    ),
    "plan.record_lost": "The certificate of order {order_id} is live already. It is recorded.",
    "plan.rolled_back": "The certificate of order {order_id} was rolled back. It is deployed again.",
    "plan.files_lost": "The certificate's files are gone. They are deployed again.",
    "plan.files_damaged": "Live files are missing or changed: {files}. They are deployed again.",
    "plan.certificate_changed": (
        "WoTrus has a newer certificate of order {order_id}, which expires on {day}. It is deployed."
    ),
    "plan.valid": "The certificate is valid for {days:.0f} more days.",
    # An order is reissued.
    "plan.reissue": "{why} Order {order_id} is reissued, which is free.",
    "plan.reissue_interrupted": (
        "An earlier run prepared a reissue of order {order_id}, and its answer is not recorded."
    ),
    "plan.reissue_refused": (
        "The reissue {reissue_id} was {status}, and the certificate of order {order_id} is for a lost key."
    ),
    "plan.reissue_requested": "A reissue was requested.",
    "plan.reissue_unidentified": (
        "WoTrus does not say yet whom order {order_id} is for. It is not reissued before that is known."
    ),
    "plan.key_lost": "The private key of the certificate is not on the host.",
    "plan.key_of_adopted_lost": (
        "Order {order_id} ({common_name}, placed on {day}) was adopted. Its certificate is for a key that is not on "
        "this host."
    ),
    "plan.key_too_old": "The key was made on {day}, before wotrus_keys_since.",
    "plan.key_changed": "The entry asks for another key than the live certificate has.",
    "plan.definition_changed": "The entry asks for another subject than the live certificate has.",
    "plan.on_change_is_fail": "{why} Nothing is done, since on_change is fail.",
    "plan.no_csr_of_ukey": "{why} A reissue needs a CSR of the UKey, and key.pkcs11 does not name its token.",
    # An order is not what it should be.
    "plan.other_key": (
        "Order {order_id} was placed for the key of this host, and its certificate is for another key (SHA-256 {key}). "
        "It is not deployed."
    ),
    "plan.newer_other_key": (
        "WoTrus has a newer certificate of order {order_id}, which expires on {day}. It is for another key (SHA-256 "
        "{key}), and is not deployed."
    ),
    "plan.order_mismatch": "Order {order_id} is not for this certificate: {differences}.",
    "plan.root_mismatch": "The record calls {root_order_id} the root of order {order_id}, which does not fit.",
    "plan.record_unusable": "The record of {path} cannot be used: {error}.",
    "plan.host_answer_unusable": "The host's answer about {path} cannot be used.",
    # The run may not do it.
    "plan.not_selected": "{msg} Skipped: this run may only {actions}.",
    "plan.reissue_not_now": "A reissue was requested, and cannot be done now. {msg}",
    # Two certificates of a batch are in each other's way.
    "plan.order_name_shared": ("{number} certificates have the order name {name!r}, and do not share a provided key."),
    "plan.order_claimed_twice": "The records of {hosts} name the same order {order_id}.",
}
"""Why a plan is as it is: ``msg`` of a plan, and of a result for which nothing else was done."""

WARNINGS = {
    "warn.certificate": "Certificate {name!r}: {msg}",
    "warn.reissue_later": "A reissue was requested, and this run does something else first. {msg}",
    "warn.order_name_differs": (
        "Its order was placed under the name {former!r}, and the name is now {name!r}. If the disk is lost, the order "
        "is adopted only if order_name is the former name, or order_id is the order."
    ),
    "warn.first_key_differs": (
        "The key of key.import_from is {kind}, and the entry names {wanted}. Once this key is live, the certificate is "
        "reissued for a key as named. Leave key.type, key.size and key.curve out to keep it."
    ),
    "warn.keys_since_skipped": "wotrus_keys_since is skipped, since the key is not made on the host.",
    "warn.other_organization": "Order {order_id} is for the organization {found!r}, not {wanted!r}.",
    "warn.window_cut": (
        "Its renewal window would be longer than a third of its life, and is cut to that. It is renewed from {day} on."
    ),
    "warn.companion_dead": "The companion order {order_id} is {status}. Its certificates are left out.",
    "warn.order_unread": "Order {order_id} is placed or adopted, and cannot be read yet: {error}.",
    "warn.reissue_unread": "The reissue is order {order_id}, and cannot be read yet: {error}.",
    "warn.no_time": "WoTrus sends no time, so order {order_id} may be new or may have existed before.",
    "warn.revocation_unseen": (
        "WoTrus accepted the request to revoke order {order_id}, and its status is still {status}. Check it later."
    ),
    "warn.no_document_signing": (
        "The certificate of order {order_id} has no usage for signing documents. The CA decides that."
    ),
    "warn.broken_rule": "{rule} It is accepted, since the verification is compatible.",
    "warn.other_name": "{why} The CA decides the name. The certificate's key is the right one.",
    "warn.no_validation": "validate_certs is false, so anyone in the network can read the token and forge answers.",
    "warn.unknown_variable": "{name} is no variable of the collection, and has no effect.",
}
"""Warnings. Those of the role begin with the certificate's name."""

RESULTS = {
    "result.deployed": "The certificate of order {order_id} is deployed.",
    "result.companion_waits": "The companion order {order_id} has no certificate yet.",
    "result.companion_mismatch": (
        "The companion order {order_id} is for {found!r}, not {wanted!r}. It is not deployed."
    ),
    "result.handler_not_found": (
        "reload.handler {handler!r} is no handler of this play, so the service was not notified."
    ),
    "result.no_plan": (
        "This run has no plan for the host, since --start-at-task began after it. Run again without --start-at-task."
    ),
    "result.unfinished": "{msg} This run did not get that far.",
    "result.order_limit": (
        "This run may place {charged} charged orders, and wotrus_max_charged_orders allows {limit}. This order was not "
        "sent. A host without a record counts, since only Create can tell whether its order exists."
    ),
    "result.reissue_of_dead": "Order {order_id} is {status}, and its reissue was refused: {error}.",
    "result.no_answer": "Order {order_id}: there is no answer.",
    "result.no_certificate": "WoTrus sent no certificate.",
    "result.of_sm2": "The SM2 {kind} certificate: {error}.",
    "result.certificate_empty": "Order {order_id} is {status}, and the answer has no certificate.",
    "result.words": "{words}",
    "result.host_no_message": "The module on the host returned no message.",
    "result.see_output": "See the run's output for the reason.",
    "result.host_no_csr": "The host prepared no CSR.",
    "result.host_shows_nothing": "The host does not show the certificate that it was given.",
    "result.host_other_directory": "The host answered for {found}, not for {path}. Its answer is not used.",
    "result.host_rows": "The host answered {rows} rows for {certificates} certificates.",
    "result.controller_only": (
        "This module runs only in the controller's process. Call it in a playbook's task, and remove "
        "wotrus_in_process: false."
    ),
    "result.too_many_questions": "A decision took too many questions to WoTrus. Please report this.",
    # What the modules did, or would do.
    "result.would_order": "Would place the order, or adopt the one that was placed with the same idempotence value.",
    "result.would_cancel": "Would ask WoTrus to cancel the order.",
    "result.would_revoke": "Would ask WoTrus to revoke the certificate.",
    "result.would_notify": "Would send the e-mail.",
    "result.order_dead": (
        "Order {order_id} is {status}. Nothing was ordered in its place. To replace it, set the option "
        "follows to its id."
    ),
    "result.order_differs": (
        "Order {order_id} was placed with other values: {differences}. Nothing new was ordered. Use the values of that "
        "order, or another name for another order."
    ),
    "result.order_mismatch": "Order {order_id} is not the one that is meant: {differences}.",
    "result.certificate_mismatch": "Order {order_id} does not have the certificate that is meant.",
    "result.other_name": "The certificate is for {found!r}, and the order for {wanted!r}.",
    "result.other_name_of_ukey": "{why} There is no key here to compare it with, so it is not used.",
    "result.nothing_to_install": "{order} There is no certificate to install.",
    "result.nothing_to_reissue": "{order} It cannot be reissued.",
    "result.not_issued_to_reissue": "{order} Only an issued order can be reissued.",
    "result.nothing_to_revoke": "{order} There is nothing to revoke.",
    "result.not_issued_to_revoke": "{order} It has no certificate to revoke. Cancel it instead.",
    "result.nothing_to_notify": "{order} There is no certificate to send an e-mail about.",
    "result.revocation_refused": "WoTrus did not revoke order {order_id}. Its status is {status} again.",
    "result.email_not_sent": "WoTrus did not send the e-mail for order {order_id} (sentResult is false).",
    "result.email_unknown": "{error}. The e-mail may have been sent, and was not sent again.",
    "result.document_for_reissue": (
        "Product {product} needs a document for a reissue, since WoTrus revokes the old certificate."
    ),
    "result.document_for_revocation": (
        "document is missing. WoTrus revokes nothing without the evidence that its template asks for."
    ),
    "result.not_asked_in_time": "Order {order_id} was not asked for in time.",
    # What the playbooks cancel and revoke did.
    "result.revoked": "Order {order_id} is revoked.",
    "result.revoking": "WoTrus reviews the revocation of order {order_id}.",
    "result.cancelled": "Order {order_id} is cancelled.",
    "result.nothing_to_cancel": "Order {order_id} is {status}, so there is nothing to cancel.",
}
"""What was done, or why not: ``msg`` of a result or of a failure."""

ALARMS = {
    "alarm.with_result": "{alarm} {msg}",
    "alarm.key_lost": "The private key of the live certificate is gone, or is another one.",
    "alarm.files_damaged": "Live files are missing or changed: {files}.",
    "alarm.expired": "The live certificate expired on {day}.",
    "alarm.expires_soon": "The live certificate expires on {day}.",
    "alarm.nothing_live": "No certificate is deployed.",
    "alarm.waiting_too_long": "The order has waited for {days} days, since {since}.",
}
"""What needs attention although no error happened."""

REFUSED = {
    "refused.no_record": "{path} has no record.",
    "refused.record_unusable": "The record cannot be used.",
    "refused.nothing_live": "No certificate is live.",
    "refused.no_order": "The record does not name the order of the live certificate.",
    "refused.same_id": (
        "The reissue has the same id as the order that it is a reissue of. That order would be cancelled too."
    ),
    "refused.reissue_unknown": (
        "A reissue of order {order_id} is prepared, and whether WoTrus has it is not recorded. Run the role again, "
        "which sends the same reissue."
    ),
    "refused.order_unknown": (
        "Whether WoTrus has the prepared order is not recorded. Search there for the idempotence value "
        "{idempotence_id} and cancel that order by its id. Or run the role again, which sends the same order."
    ),
}
"""Why no order of a certificate is cancelled or revoked."""

ERRORS = {
    "error.bad_answer": "WoTrus's answer is not what the manual describes.",
    "error.bad_certificate": "A certificate cannot be read, or is missing.",
    "error.cancel_refused": "WoTrus did not cancel the order.",
    "error.certificate_expired": "A certificate of the chain is expired, or not valid yet.",
    "error.command_failed": "A command for the key failed.",
    "error.error": "Something failed.",
    "error.forbidden": "The token may not do this (HTTP 403).",
    "error.host_unreadable": "The host could not be read.",
    "error.hostile_facts": "The host's facts have names that begin with wotrus_.",
    "error.invalid_csr": "A certificate signing request cannot be used.",
    "error.invalid_document": "A document cannot be used.",
    "error.invalid_input": "An option, a file or an entry cannot be used.",
    "error.invalid_key": "A private key cannot be used.",
    "error.key_mismatch": "No certificate belongs to the key.",
    "error.missing_library": "A Python library is missing, or too old.",
    "error.not_found": "WoTrus does not know the order.",
    "error.not_sent": "WoTrus did not send the e-mail.",
    "error.not_served": "A service does not serve the live certificate.",
    "error.nothing_to_roll_back": "There is no former release.",
    "error.order_dead": "The order is closed, rejected or revoked.",
    "error.order_limit": "The run would place more charged orders than wotrus_max_charged_orders allows.",
    "error.order_mismatch": "The order is for another product, common name or term.",
    "error.order_not_issued": "The order has no certificate yet.",
    "error.pin_refused": "A token refused its PIN.",
    "error.record_unreadable": "record.json is damaged, or from a newer release of the collection.",
    "error.rejected_by_api": "WoTrus refused the request.",
    "error.reload_failed": "A reload command failed.",
    "error.revocation_refused": "WoTrus refused the revocation.",
    "error.signature_failed": "The live key does not sign for the live certificate.",
    "error.sm2_unavailable": "SM2 signatures cannot be checked here.",
    "error.state_conflict": "Another run or a person changed the certificate's directory.",
    "error.store_failed": "A file operation on the host failed.",
    "error.store_locked": "Another run has locked the certificate's directory.",
    "error.timeout": "WoTrus did not answer in time.",
    "error.token_failed": "A token with keys refused an operation.",
    "error.token_unavailable": "A PKCS#11 library or its token cannot be used.",
    "error.tls_failed": "The server's certificate does not verify, or TLS could not be set up.",
    "error.unauthorized": "WoTrus refused the token (HTTP 401).",
    "error.unavailable": "WoTrus could not be reached.",
    "error.unsafe_path": "A path on the host is not safe.",
    "error.untrusted_chain": "The chain does not lead to a trust anchor.",
    "error.weak_certificate": "A certificate of the chain breaks a rule of verification.",
    "error.validation_failed": "Your validate command refused the new release.",
    # Errors that are not of a class.
    "error.handler_not_found": "The play has no such handler.",
    "error.unauthenticated": "No API token. Set WOTRUS_API_TOKEN or the variable wotrus_api_token.",
    "error.unfinished": "The run did not get that far.",
}
"""A sentence for each ``error_code``, for a failure that has no words of its own."""

NEXT_STEPS = {
    # By error code.
    "next.bad_answer": "Check what answers at wotrus_api_url, then run again.",
    "next.bad_certificate": "Run again. If it stays so, ask WoTrus with the request ids of this result.",
    "next.cancel_refused": "If the order has a certificate, revoke it instead. Otherwise ask WoTrus.",
    "next.certificate_expired": "Check the clock of this machine and of the host, then run again.",
    "next.command_failed": "Fix key.csr_command or key.install_command, then run again.",
    "next.error": "Fix what the message names, then run again.",
    "next.forbidden": "Ask WoTrus what the account of wotrus_api_token may do, then run again.",
    "next.host_unreadable": "Run ansible -m ping for the host and fix what it shows, then run again.",
    "next.hostile_facts": "Remove these facts from the host and from the fact cache, then run again.",
    "next.invalid_csr": "Move pending/ away on the host, and keep its key. Then run again.",
    "next.invalid_document": "Fix the document in the entry, then run again.",
    "next.invalid_input": "Fix the entry, then run again.",
    "next.invalid_key": "Provide an RSA key from 2048 bits, or a P-256 or P-384 key, without a passphrase.",
    "next.key_mismatch": "Do not deploy the certificate. Ask WoTrus about the order.",
    "next.missing_library": "Install the library for the Python that the message names, then run again.",
    "next.not_found": (
        "Check that wotrus_api_token is of the account that placed the order. Otherwise ask WoTrus, with the request "
        "ids of this result."
    ),
    "next.not_sent": "Send the link to the applicant yourself.",
    "next.not_served": "Check that the service reads live/, then run again.",
    "next.nothing_to_roll_back": "Run wotrus.pki.reissue instead, which is free.",
    "next.order_dead": "Ask WoTrus why the order has ended.",
    "next.order_limit": (
        "Check the plan with --check. To place these orders, set wotrus_max_charged_orders to {charged} for this run."
    ),
    "next.order_mismatch": (
        "If you changed the entry, change it back, or add the order to wotrus_replace_orders to buy another. If WoTrus "
        "corrected the name, use its spelling. Otherwise do not trust the record on this host."
    ),
    "next.order_not_issued": "Wait until the order is issued, or cancel it.",
    "next.pin_refused": "Correct key.pkcs11.pin or the file of key.pkcs11.pin_file, then run again.",
    "next.record_unreadable": "Restore record.json from a backup, or move it away. Then run again.",
    "next.rejected_by_api": "Fix what WoTrus names in the message, then run again.",
    "next.reload_failed": "Fix the reload command or the service, then run again.",
    "next.revocation_refused": "Ask WoTrus why. Then request the revocation again with other evidence.",
    "next.signature_failed": "Reissue the certificate with wotrus_reissue, which makes a new key.",
    "next.sm2_unavailable": "Install OpenSSL 3 with SM2 on the controller, then run again.",
    "next.state_conflict": "Run again. The new plan starts from the present state.",
    "next.store_failed": "Fix the path that the message names, then run again.",
    "next.store_locked": "Wait until the other run has ended, then run again.",
    "next.timeout": "Run again. If the connection is slow, set a larger timeout.",
    "next.token_failed": "Fix what the token names in the message, then run again.",
    "next.token_unavailable": "Insert the token, or correct key.pkcs11, then run again.",
    "next.tls_failed": "Set wotrus_ca_path to the CA of the server or the proxy, then run again.",
    "next.unauthorized": "Check wotrus_api_token, then run again.",
    "next.unavailable": "Check the network. Run again later.",
    "next.unsafe_path": "Check who owns the path that the message names, then run again.",
    "next.untrusted_chain": "Compare wotrus_root_ca_path with the roots that WoTrus publishes, then run again.",
    "next.weak_certificate": (
        "Ask WoTrus for a certificate that keeps the rule. To accept the risk, set wotrus_verification to compatible."
    ),
    "next.validation_failed": "Fix wotrus_validate or the file that it checks, then run again.",
    "next.handler_not_found": "Add the handler to the play, or change reload.handler. Then run again.",
    "next.unfinished": "Run again.",
    # By plan.
    "next.run_again": "Run again later.",
    "next.companion": "Run again later, for the certificate of the companion order {order_id}.",
    "next.open_link": "Open the pending link{link}, then run again.",
    "next.ask_wotrus": "Ask WoTrus about the order, with the request ids of this result.",
    "next.wotrus_decides": "WoTrus decides on it.",
    "next.deployment": "The role verifies and deploys its certificate.",
    "next.order_name_changed": (
        "Set order_name to {former!r}. If WoTrus has no such order, move pending/ and record.json away."
    ),
    "next.renewed_recently": (
        "Check the certificate's dates. To renew all the same, add {root_order_id} to wotrus_replace_orders."
    ),
    "next.no_csr_of_ukey": "Insert the UKey and set key.pkcs11, or have WoTrus reissue it.",
    "next.on_change": "Set on_change to reissue, or change the entry back.",
    "next.reissue": "Run wotrus.pki.reissue for it, which is free.",
    "next.replace": (
        "Add {order_id} to wotrus_replace_orders. The order that follows is charged, unless it exists already."
    ),
    "next.replace_or_reissue": (
        "If the order was reissued, set order_id to the id of the reissue, which the report and WoTrus's console show. "
        "Otherwise add {order_id} to wotrus_replace_orders. The order that follows is charged, unless it exists "
        "already."
    ),
    "next.move_record": "Do not trust the record on this host. Move it away, then run again.",
    "next.not_selected": "Run it for {action}.",
    "next.issue": "Run wotrus.pki.issue.",
    "next.order_name_shared": (
        "If one host replaces another, set order_id in its entry in place of order_name, run with --limit to it, then "
        "remove the other host. This is free. Otherwise give each entry an order_name of its own, which is one more "
        "order that is charged, or provide the key (key.storage is provided)."
    ),
    "next.order_name_taken": (
        "If another host replaces {host}, set order_id to {order_id} in its entry in place of order_name, run with "
        "--limit to it, then remove {host}. This is free. Otherwise give each entry an order_name of its own, which is "
        "one more order that is charged, or provide the key (key.storage is provided)."
    ),
    "next.order_claimed_twice": (
        "Remove the record from the host that does not own the order, or set order_id to {order_id} in the entry of "
        "its owner."
    ),
    "next.repeat_refused": (
        "Set order_id in the entry to {order_id}, if that is yours. Otherwise fix what the message names, then run "
        "again."
    ),
    "next.repeat_refused_unknown": (
        "If the message names an order of yours, set order_id in the entry to the id of that order. Otherwise fix what "
        "the message names, then run again."
    ),
}
"""What a person can do, or what comes next."""

MISTAKES = {
    # Where a mistake is.
    "mistake.certificate": "Certificate {name!r}: {msg}",
    "mistake.certificate_number": "Certificate {number} of wotrus_certificates: {msg}",
    # Of any option.
    "mistake.missing": "{option} is missing.",
    "mistake.empty": "{option} is empty.",
    "mistake.unknown": "{option} is no option.",
    "mistake.unknown_similar": "{option} is no option. Perhaps {similar} is meant.",
    "mistake.number": (
        "{option} is the number {value}, not text. YAML changes numbers such as 010010, so write the value in quotes."
    ),
    "mistake.secret_number": (
        "{option} is a number, not text. YAML changes numbers such as 010010, so write the value in quotes."
    ),
    "mistake.boolean": (
        "{option} is {value}, not text. YAML reads words such as NO and ON as booleans, so write the value in quotes."
    ),
    "mistake.date": "{option} is a date, not text. Write the value in quotes.",
    "mistake.mode": (
        "{option} is the number {value}. YAML reads 0640 as another number, so write the mode in quotes, such as "
        "'0640'."
    ),
    "mistake.type": "{option} must be {wanted}.",
    "mistake.value": "{option} is {value}, but must be {wanted}.",
    "mistake.choice": "{option} is {value!r}, but must be one of {choices}.",
    "mistake.secret_choice": "{option} must be one of {choices}.",
    "mistake.together": "{options} are given together. Keep one of them.",
    "mistake.one_of": "One of {options} is required.",
    "mistake.needs": "{option} needs {other}.",
    "mistake.template": "{option} cannot be read: {error}.",
    # Of a certificate's entry.
    "mistake.name": (
        "name is {value!r}, and a name becomes a folder. It has letters, digits, dots, dashes and underscores, and "
        "begins with a letter or digit."
    ),
    "mistake.no_organization": "organization is missing. Its name is part of every order.",
    "mistake.days": "{option} is {value:g}. It must not be negative, nor more than {most} days.",
    "mistake.import_from": "key.import_from is given, but key.storage is not host.",
    "mistake.ship_address": "key.storage is ukey, but ukey.ship_address does not say where the UKey is sent.",
    "mistake.no_pkcs11": "key.storage is pkcs11. Give key.pkcs11 with the library, the token and its PIN.",
    "mistake.pkcs11": "key.pkcs11 is given, but key.storage is neither pkcs11 nor ukey.",
    "mistake.no_csr_command": "key.storage is external. Give key.csr_command, which prints the CSR.",
    "mistake.command": "key.{option} is given, but key.storage is not external.",
    "mistake.ukey": "ukey is given, but key.storage is not ukey.",
    "mistake.no_key_for_file": "{option} needs the private key, which is not on the host.",
    "mistake.pkcs12_mode": (
        "pkcs12.mode is {value!r}. Write it in octal with quotes, and give others nothing, such as '0640'."
    ),
    "mistake.key_content": "key.content is given, but key.storage is not provided.",
    "mistake.no_key_content": "key.storage is provided. Give the private key as key.content, from your secret store.",
    "mistake.order_name_long": "order_name has {length} characters, more than {longest}.",
    "mistake.twice": "Two certificates have the {what} {value!r}. Each needs its own.",
    # Of the role's other variables.
    "mistake.variable": "{name} is no variable of the collection. Perhaps {similar} is meant.",
    "mistake.relative_path": "{option} is {value!r}, a relative path. Write an absolute path, such as /etc/ssl/wotrus.",
    "mistake.control_characters": "{option} has control characters.",
    "mistake.price_terms": "wotrus_prices: {product} needs a price for each term, such as 12: 1200.",
    "mistake.price_months": "{option} is no number of months.",
    "mistake.price": "{option} needs a price, such as 1200 or 1200.50.",
    "mistake.product": "product {product!r} is unknown. Use {names}, or a product GUID.",
    "mistake.revocation": ("wotrus_revoke_superseded needs wotrus_revocation_document and wotrus_revocation_reason."),
    "mistake.tags": (
        "The option --skip-tags leaves out a part of the role that the run needs. Use --tags wotrus_plan, "
        "wotrus_apply or wotrus_reload."
    ),
    # Of the options of the modules.
    "mistake.missing_or_empty": "{option} is missing or empty.",
    "mistake.half_character": "{option} has an incomplete character, half of a surrogate pair. It cannot be written.",
    "mistake.unreadable": "{option}: cannot read {path}: {why}.",
    "mistake.no_pem": "{option}: {path} is not a PEM file.",
    "mistake.time": "{option} is {problem}. Write it as 2026-11-25T00:00:00Z.",
    "mistake.order_needs": "An order cannot be placed without {options}.",
    "mistake.country": "organization.country_code is {value!r}. It has two letters, such as CN.",
    "mistake.follows": "follows is no order id.",
    "mistake.empty_id": "order_ids has an empty id.",
    "mistake.collect_url": "collect_url {url!r} is not the URL of a page.",
    "mistake.extra_field": "extra must not have {names}. Use the option of its own.",
    "mistake.extra_value": "extra has a value that cannot be written as JSON. Use texts, numbers, lists and maps.",
    "mistake.csr_encrypt": "csr_encrypt: {error}.",
    "mistake.no_csr_encrypt": "csr has an SM2 key. Give csr_encrypt too, since SM2 certificates come as a pair.",
    "mistake.csr_pair": "csr_encrypt is for an SM2 pair. It and csr must both have SM2 keys.",
    "mistake.document_source": "{option}: set either path, or content with file_type.",
    "mistake.document_base64": "{option}: content is not base64. Use the filter b64encode.",
    "mistake.document_type": "{option}: type {value} is not accepted. Use {types}.",
    "mistake.document_empty": "{option}: the document is empty.",
    "mistake.document_large": "{option}: the document is larger than {limit} MiB.",
    "mistake.document_content": "{option}: the content is not a {kind} file. Correct the file or its type.",
    "mistake.masked": (
        "{option} of certificate {name!r} is also part of the {field} of certificate {other!r}, where Ansible would "
        "mask it. Choose another one."
    ),
    "mistake.token": "api_token has blanks, line breaks or non-ASCII characters. A token has none.",
    "mistake.no_url": "api_url is not a URL: {error}.",
    "mistake.url_parts": "api_url must have neither credentials nor a query.",
    "mistake.url": "api_url {url!r} must look like {example}.",
    "mistake.plain_http": "api_url {url!r} must begin with https, since plain http shows the token to the network.",
    "mistake.ca_path": "ca_path {path} does not exist or is not readable.",
    "mistake.proxy": "proxy must be a URL such as http://proxy.example.com:3128.",
    "mistake.timeout": "timeout must be more than 0 and at most {longest} seconds, not {value:g}.",
    "mistake.rate_limit": "rate_limit must be 0 or more requests a second, not {value:g}.",
    "mistake.retries": "retries must be 0 or more, not {value}.",
    # Of a task.
    "mistake.own_host": (
        "{module} runs inside the controller for the task's own host. Leave out async, delegate_to and "
        "wotrus_in_process."
    ),
    "mistake.async": (
        "{module} runs inside the controller, where async has no effect. Leave async out, or set the variable "
        "wotrus_in_process to false."
    ),
    "mistake.facts": (
        "The host's facts have {names}, which would replace variables of the inventory. Check the host. No fact may "
        "begin with wotrus_."
    ),
    "mistake.no_requests": (
        "The Python {python} lacks the library requests >= 2.25. Install it there, for example with 'pip install "
        "requests', or in the execution environment."
    ),
    # Of the report.
    "mistake.report_form": "A report is one of {forms}, not {form!r}.",
    "mistake.report_language": "The language of the page is one of {languages}, not {language!r}.",
    # For the whole run.
    "mistake.one": "{msg} Nothing was sent.",
    "mistake.several": "This host's variables have {number} mistakes, which the result lists. Nothing was sent.",
    "mistake.more": "{number} more mistakes are not shown.",
}
"""Mistakes in the variables of a host."""

ANSWERS = {
    "answer.call_failed": "{call}: {error}{wait}{tries}.",
    "answer.words": "{words}",
    "answer.hint": "{error} ({hint}).",
    # There is no usable answer.
    "answer.not_tried": "{call}: not tried.",
    "answer.rate_limit": "{call}: rate_limit delays it beyond the time limit.",
    "answer.not_in_time": "{host} did not answer in time.",
    "answer.no_connection": "Cannot connect to {host}: {why}.",
    "answer.connection_broke": "The connection to {host} broke: {why}.",
    "answer.not_sendable": "Cannot send to {host}: {why}. Check api_url and proxy.",
    "answer.tls_unverified": "The TLS certificate of {host} does not verify ({hint}): {why}.",
    "answer.tls_failed": "Cannot set up TLS with {host} ({hint}): {why}.",
    "answer.large": "The answer is larger than {limit} MiB.",
    "answer.slow": "The answer was not complete after {seconds:g} s.",
    # By its HTTP status.
    "answer.unauthorized": (
        "HTTP {status}: the API refuses the token (api_token, wotrus_api_token or WOTRUS_API_TOKEN){words}."
    ),
    "answer.forbidden": "HTTP {status}: the token may not do this{words}.",
    "answer.not_found": "HTTP {status}: the API does not know this{words}.",
    "answer.redirect": "HTTP {status}: the redirect to {target} is not followed, to protect the token.",
    "answer.status": "HTTP {status}{words}.",
    # By its content.
    "answer.not_json": "The answer is not JSON ({shape}).",
    "answer.no_object": "The answer is JSON, but not an object.",
    "answer.no_success": "The answer has no isSuccess.",
    "answer.no_message": "isSuccess is false, without an errorMsg.",
    "answer.no_data": "The answer has isSuccess true, but no data.",
    "answer.id": "The answer's {field} is not an id.",
    "answer.no_order_id": "The answer has isSuccess true, but no order id.",
    "answer.other_order": "The answer is for order {found}, not for {order_id}.",
    "answer.type": "The answer's {field} is a JSON {kind}.",
    "answer.long": "The answer's {field} has {length:,} characters.",
    "answer.number": "The answer's {field} is not a number.",
    "answer.strings": "The answer's {field} is not a list of strings.",
    "answer.create_time": "The answer's createTime is {problem}.",
    "answer.not_cancelled": "The API did not cancel order {order_id}: {why}.",
}
"""What is wrong with a call of the API, or with its answer."""

HOSTS = {
    "hosts.none": (
        "No host of the inventory matches wotrus_hosts, which is {pattern!r}. Set wotrus_hosts to your group, such as "
        "-e wotrus_hosts=signers, or name the group wotrus."
    ),
    "hosts.limit": "No host of {pattern!r} is in --limit {limit!r}. Nothing was done.",
    "hosts.tags": "The tags of this run leave out every task. The tags of this playbook are {tags}.",
    "hosts.no_tags": "The tags of this run leave out every task. This playbook has no tags.",
}
"""Why a playbook has no hosts."""

BATCH = {
    "batch.reissue_unknown": (
        "wotrus_reissue names {names}, and no host of this play has a certificate of that name. Nothing was sent. "
        "There are {known}."
    ),
    "batch.plan_stale": "The approved plan is stale, so nothing was sent. Make a new plan. {words}",
    "batch.cancel_unclear": "Nothing was cancelled on this host. {words}",
    "batch.revoke_unclear": "Nothing was revoked on this host. {words}",
}
"""Why a phase of ``wotrus_batch`` fails."""

TASKS = {
    # The role.
    "task.no_plan_file": (
        "wotrus_plan_file is not set for localhost. Set it as an extra variable, in group_vars/all or for localhost."
    ),
    "task.unsafe_file": (
        "{path} is a link, not a regular file, or a file of another user. Remove it, or choose another path."
    ),
    "task.cancel_unnamed": "wotrus_cancel names no certificate. Nothing was cancelled.",
    "task.cancel_idle": "No order is pending, so none is cancelled: {names}.",
    "task.revoke_unnamed": "wotrus_revoke names no certificate. Nothing was revoked.",
    "task.hosts_unseen": (
        "No superseded certificate is revoked, since this run does not see all hosts that have certificates. These "
        "were not read, or have wotrus_certificates outside the inventory: {hosts}."
    ),
    "task.changed": "A certificate of this host changed.",
    # The playbooks.
    "task.reissue_unnamed": "wotrus_reissue names no certificate. Nothing was sent.",
    "task.no_plan": (
        "There is no plan. Run wotrus.pki.issue in check mode, and pass its artifact wotrus_plan or the file of "
        "wotrus_plan_file to this playbook. Each slice has only a part of the plan, so plan in one job."
    ),
    "task.absent_hosts": "These hosts of the plan are not in this run: {hosts}.",
    "task.planned_missing": ("The plan has {names}, but wotrus_certificates does not. Nothing was sent for this host."),
    "task.plan_exceeded": (
        "An extra variable or a fact sets wotrus_certificates or wotrus_max_charged_orders, which would exceed the "
        "plan. Remove it, since the plan sets both. Nothing was sent for this host."
    ),
    "task.no_approval_needed": "The plan changes nothing, so nobody is asked.",
    "task.approval_needed": "A person must approve the plan. {words}",
    "task.no_approval": (
        "There is no plan. Run wotrus.pki.issue in check mode, and pass its artifact wotrus_approval to this playbook."
    ),
    "task.report_excluded": ("Localhost writes the report, but --limit excludes it. Use --limit '{limit},localhost'."),
    "task.host_unread": "This host could not be read. The report shows that.",
    # After a push.
    "task.push_invalid": "wotrus_order_ids must have the ids of orders. Nothing was done.",
    "task.push_no_certificates": (
        "No host of this play has wotrus_certificates. Nothing was done. If ansible-rulebook started this run, its "
        "inventory must be a folder with group_vars, because it copies nothing beside a file."
    ),
    "task.push_issued": "No record on the hosts of this play names these orders, which WoTrus has issued: {order_ids}.",
    "task.push_unread": (
        "No record on the hosts of this play names these orders, and WoTrus did not say what they are: {words}"
    ),
    "task.push_missing": ("No record on the hosts of this play names order {order_ids}. There is nothing to do."),
}
"""What the tasks of the role and of the playbooks show, or fail with."""

CHECKS = {
    "check.controller": "The controller's Python has the libraries.",
    "check.macos": "macOS is not supported as a controller, since its proxy look-up can end a forked worker.",
    "check.token": "WoTrus accepts the token.",
    "check.url": "{host} answers as WoTrus does.",
    "check.tls": "The server's certificate verifies.",
    "check.no_tls": "The server's certificate is not verified, since validate_certs is false.",
    "check.proxy": "The proxy {proxy} is used.",
    "check.no_proxy": "No proxy is used.",
    "check.proxy_failed": "WoTrus cannot be reached through the proxy {proxy}: {error}.",
    "check.clock": "The clock agrees with WoTrus's.",
    "check.other_clock": "The clock differs from WoTrus's by {seconds} s.",
    "check.no_time": "WoTrus's time is not known.",
    "check.many_rows": "The host answered {number} checks, of which {most} are read.",
    "check.no_host_time": "The host answered no time.",
    "check.connection": "Ansible's modules run on the host.",
    "check.python": "The host's Python is new enough.",
    "check.cryptography": "The host's library cryptography is new enough.",
    "check.user": "The user may write the certificates.",
    "check.path": "No other user can change the directory.",
    "check.space": "The file system has enough space.",
    "check.accounts": "The owner and the groups exist.",
    "check.commands": "The programs are on the host.",
    "check.tokens": "The tokens are there. Their PINs were not tried.",
    "check.key_files": "The existing keys can be read.",
    "check.sm2": "The controller's openssl checks SM2 signatures.",
    "check.variables": "The variables have no mistakes.",
    "check.left_out": "The tags of this run leave out the role.",
    "check.no_handler": "Certificate {name!r}: reload.handler {handler!r} is no handler of this play.",
}
"""What the checks before the first order found."""

CURES = {
    "cure.default": "Fix what was found, then run again.",
    "cure.variables": "Fix the variable in the inventory or the playbook.",
    "cure.names": "Remove the variable, or correct its name.",
    "cure.setting": "Fix the setting, then run again.",
    "cure.macos": "Run Ansible in an execution environment or another Linux container.",
    "cure.url": "Check wotrus_api_url, the network and the proxy.",
    "cure.proxy": "Check the option proxy, or HTTPS_PROXY and NO_PROXY.",
    "cure.tls": "Set validate_certs to true, and wotrus_ca_path to the CA to trust.",
    "cure.clock": "Synchronize the clock, such as with chrony.",
    "cure.no_time": "Fix the connection to WoTrus first.",
    "cure.sm2": "Install OpenSSL 3 with SM2 on the controller, if the product has SM2 certificates.",
    "cure.handler": (
        "Use reload.command, or run the role in a play of yours that has the handler. The playbooks of the collection "
        "have no handlers."
    ),
    "cure.connection": "Run ansible -m ping for the host, with the same become, and fix what it shows.",
    "cure.python": "Install Python 3.9 or newer on the host, or set ansible_python_interpreter.",
    "cure.cryptography": "Install the package python3-cryptography on the host, or set ansible_python_interpreter.",
    "cure.user": "Run with --become, or set wotrus_base_dir to a directory of that user.",
    "cure.path": "Fix the owner or the permissions of the path that is named.",
    "cure.space": "Free some space on the host, or set wotrus_base_dir to another file system.",
    "cure.accounts": "Create it on the host, or correct wotrus_owner, wotrus_group or wotrus_trusted_groups.",
    "cure.commands": "Install the program on the host, or correct the command.",
    "cure.tokens": "Correct key.pkcs11, insert the token, or install the library that the message names.",
    "cure.key_files": "Correct key.import_from, or run with --become.",
}
"""What a person can do about a check that failed."""

LABELS = {
    # What is put into a message.
    "label.unknown_day": "an unknown day",
    "label.unidentified": "WoTrus says neither in Query nor by a certificate whom it is for",
    "label.other_product": "product is {found}, not {wanted}",
    "label.other_name": "common_name is {found!r}, not {wanted!r}",
    "label.other_months": "months is {found}, not {wanted}",
    "label.certificate_name": "its certificate is for {found!r}, not {wanted!r}",
    "label.link": " ({url})",
    "label.unsafe_link": " (WoTrus sent no safe https link, but the text {text!r})",
    "label.no_reason": "no reason given",
    "label.empty": "it is empty",
    "label.html": "it looks like HTML: check api_url and the proxy",
    "label.cut_off": "it has {number} bytes, and is cut off or of another type",
    "label.ca_path": "ca_path is {path}",
    "label.no_ca_path": "set ca_path or wotrus_ca_path to the CA to trust",
    "label.retry_after": " (it asks to wait {seconds:g} s)",
    "label.tries": " after {number} tries",
    "label.check_url": "check api_url",
    "label.closed": "closed",
    "label.rejected": "rejected",
    "label.revoked": "revoked",
    "label.sign": "signing",
    "label.encrypt": "encryption",
    # What an option must be.
    "want.entry": "the entry",
    "want.text": "text",
    "want.whole_number": "a whole number",
    "want.number": "a number",
    "want.boolean": "true or false",
    "want.list": "a list",
    "want.dictionary": "a dictionary",
    "want.dictionaries": "a list of dictionaries",
    "want.at_least": "{least} or more",
    "want.plain_path": "a path without '..'",
    "want.mode": "octal, such as '0640', or symbolic, such as 'u=rw,g=r'",
    "want.readable_file": "a file that can be read",
    # Heads of the tables.
    "head.action": "action",
    "head.charged": "charged",
    "head.days_left": "days left",
    "head.expires": "expires",
    "head.host": "host",
    "head.may_be_charged": "may be charged",
    "head.months": "months",
    "head.name": "certificate",
    "head.next_step": "next step",
    "head.order_id": "order",
    "head.order_number": "order number",
    "head.pending_link": "link",
    "head.reason": "reason",
    "head.result": "result",
    "head.stage": "stage",
    "head.status": "status",
    "head.waiting_for": "waiting for",
    "head.waiting_since": "waiting since",
    "head.check": "check",
    "head.hosts": "hosts",
    "head.msg": "found",
    "title.variables": "variables",
    "title.names": "variable names",
    "title.order_names": "order names",
    "title.documents": "documents",
    "title.handlers": "handlers",
    "title.controller": "controller",
    "title.token": "token",
    "title.url": "API address",
    "title.tls": "TLS",
    "title.proxy": "proxy",
    "title.clock": "controller's clock",
    "title.sm2": "SM2",
    "title.connection": "connection",
    "title.python": "Python",
    "title.cryptography": "cryptography",
    "title.user": "user",
    "title.path": "directory",
    "title.space": "space",
    "title.accounts": "owner and group",
    "title.commands": "commands",
    "title.tokens": "tokens with keys",
    "title.key_files": "existing keys",
    "title.host_clock": "host's clock",
    "title.run": "run",
    # Values of columns.
    "word.action.nothing": "do nothing",
    "word.action.resume": "resume",
    "word.action.order": "place an order",
    "word.action.renew": "renew",
    "word.action.reissue": "reissue",
    "word.action.blocked": "blocked",
    "word.result.unchanged": "unchanged",
    "word.result.deployed": "deployed",
    "word.result.waiting": "waiting",
    "word.result.blocked": "blocked",
    "word.result.failed": "failed",
    "word.result.not_selected": "not selected",
    "word.result.revoked": "revoked",
    "word.result.revoking": "revoking",
    "word.result.cancelled": "cancelled",
    "word.result.passed": "passed",
    "word.result.warning": "warning",
    "word.result.FAILED": "FAILED",
    "word.waiting_for.you": "you",
    "word.waiting_for.ca": "the CA",
    "cell.all_hosts": "all {number}",
    "cell.more_hosts": " and {number} more",
    "cell.yes": "yes",
    "cell.no": "no",
    # Lines below the plans, and of the summary.
    "line.no_certificate": "No host has a certificate.",
    "line.limit": "may be charged: {charged} orders; wotrus_max_charged_orders allows {limit}",
    "line.limit_exceeded": ("The run would place none of them, and fail. Set wotrus_max_charged_orders to {charged}."),
    "line.blocked": "blocked: {host}: {name}: {msg} {next_step}",
    "line.cost": "estimated cost: {cost} at most, for {orders} orders",
    "line.cost_unpriced": "estimated cost: {cost} at most, for {orders} orders; {unpriced} of them have no price",
    "line.plan_title": "### Plan for WoTrus certificates",
    "line.plan_empty": "Nothing to do for {certificates} certificates.",
    "line.not_planned": "{number} hosts could not be planned for: {hosts}",
    "line.now": "now",
    "line.certificates": "certificates         {certificates} on {hosts} hosts",
    "line.results": "results              {results}",
    "line.charged": "charged orders       {number}",
    "line.deployed": "deployed             {number}",
    "line.waiting_for_you": "waiting for you      {number}",
    "line.waiting_for_ca": "waiting for the CA   {number}",
    "line.failing": "failing              {number}",
    "line.not_selected": "not selected         {number}",
    "line.not_reached": "not reached          {number}",
    "line.more": "  and {number} more",
    "line.waits_for_you": "{name} waits for you: {link}",
    "line.approval": "charged orders: {number}, certificates: {certificates}",
    "line.approval_cost": ", cost: {cost} at most",
    "line.approval_unpriced": ", orders without a price: {number}",
    "line.approval_charged": "{action} (charged)",
    "line.approval_free": "{action} (free)",
    "line.preflight_passed": "Nothing would fail. Run wotrus.pki.issue with --check next, which shows the plan.",
    "line.preflight_failed": "{number} checks failed. Nothing was ordered or changed.",
    # The line about a long wait, and those about orders that were answered.
    "wait.progress": "wotrus: {counts}, {time}",
    "wait.issued": "issued {number}/{orders}",
    "wait.revoked": "revoked {number}/{orders}",
    "wait.waiting_on_ca": "waiting for the CA {number}",
    "wait.waiting_on_you": "waiting for you {number}",
    "show.order": "wotrus: {host}: {name}: order {order_id}",
    "show.reissue": "wotrus: {host}: {name}: order {former} is reissued as order {order_id}",
}
"""Words and lines that are no sentences."""

REPORT = {
    "report.title": "WoTrus certificates",
    "report.skip": "Skip to the certificates",
    "report.as_of": "As of",
    "report.zone": "Times in",
    "report.stale": "This page is {n} day old.|This page is {n} days old.",
    "report.contents": "On this page",
    "report.summary": "By state",
    "report.all": "All",
    # What is to be done.
    "report.action_items": "To do",
    "report.action_items_none": "All certificates are valid. There is nothing to do.",
    "report.urgency.broken": "Broken now",
    "report.urgency.ends_in_7_days": "Ends within 7 days",
    "report.urgency.ends_in_30_days": "Ends within 30 days",
    "report.urgency.waiting_for_you": "Waiting for you",
    "report.urgency.waiting_for_ca": "Waiting for the CA",
    "report.urgency.next_run": "Done by the next run",
    "report.open": "Open the page",
    "report.waiting_since": "Waiting since",
    "report.for_days": "{n} day|{n} days",
    "report.renewed_from": "Renewed from",
    "report.command": "Command that helps",
    "report.expires_in_days": "expires in {n} day|expires in {n} days",
    "report.expires_today": "expires today",
    "report.expires_days_ago": "expired {n} day ago|expired {n} days ago",
    "report.may_be_charged": "may be charged",
    "report.host_not_read": "The host could not be read",
    "report.alarm.failure": "alarm",
    "report.alarm.warning": "warning",
    # States.
    "report.state.key_lost": "Key lost",
    "report.state.expired": "Expired",
    "report.state.revoked": "Revoked",
    "report.state.files_damaged": "Files damaged",
    "report.state.nothing_live": "Nothing deployed",
    "report.state.blocked": "Blocked",
    "report.state.waiting_for_you": "Waiting for you",
    "report.state.not_read": "Not read",
    "report.state.not_ordered": "Not ordered",
    "report.state.due": "Due",
    "report.state.waiting_for_ca": "Waiting for the CA",
    "report.state.revoking": "Being revoked",
    "report.state.valid": "Valid",
    # Stages of an order.
    "report.stage.waiting_on_you": "Waiting for you",
    "report.stage.waiting_on_ca": "Waiting for the CA",
    "report.stage.issued": "Issued",
    "report.stage.revoking": "Being revoked",
    "report.stage.dead": "Closed, rejected or revoked",
    "report.stage.unknown": "Unknown",
    # The table.
    "report.certificates": "Certificates",
    "report.search": "Search",
    "report.search_hint": "Name, host, order, serial number",
    "report.sort": "Sort by",
    "report.clear": "Clear filters",
    "report.shown": "{n} of {m} shown",
    "report.none_shown": "No certificate matches.",
    "report.none": "There are no certificates.",
    "report.caption": "Each certificate with its host, validity and order. The buttons in the head sort by a column.",
    "report.column.name": "Certificate",
    "report.column.host": "Host",
    "report.column.state": "State",
    "report.column.validity": "Validity",
    "report.column.expires": "Expires",
    "report.column.order": "Order",
    "report.column.why": "Why",
    "report.column.superseded_by": "Superseded by",
    "report.column.until": "Valid until",
    "report.column.end": "Next",
    "report.from": "from",
    "report.to": "to",
    "report.in_days": "in {n} day|in {n} days",
    "report.days_ago": "{n} day ago|{n} days ago",
    "report.today": "today",
    "report.no_certificate": "No certificate",
    "report.no_order": "No order",
    "report.reload_pending": "services not notified yet",
    "report.key_missing": "the key is gone",
    # Superseded certificates.
    "report.superseded": "Superseded and still valid",
    "report.superseded_none": "There are none.",
    "report.superseded_caption": "Former certificates that are neither revoked nor expired.",
    "report.operation.reissue": "Reissue",
    "report.operation.renew": "Renewal",
    "report.operation.order": "New order",
    "report.revoke": "To be revoked",
    "report.ends": "Expires by itself",
    "report.unknown": "unknown",
    "report.footer": "Made by the Ansible collection wotrus.pki. It holds no keys and no passwords.",
    # Reasons of the plan and of results.
    "report.reason.not_ordered": "No order is recorded",
    "report.reason.interrupted": "A run was interrupted",
    "report.reason.pending_review": "Under review",
    "report.reason.pending_payment": "Not paid",
    "report.reason.pending_validation": "To be validated",
    "report.reason.pending_ca": "The CA has to issue it",
    "report.reason.issued": "Issued, to be deployed",
    "report.reason.expiring": "In its renewal window",
    "report.reason.expired": "Expired",
    "report.reason.expires_soon": "Expires soon",
    "report.reason.key_lost": "The key is gone",
    "report.reason.key_changed": "Another key is wanted",
    "report.reason.key_too_old": "The key is too old",
    "report.reason.key_mismatch": "The certificate is for another key",
    "report.reason.definition_changed": "The definition changed",
    "report.reason.requested": "A reissue was requested",
    "report.reason.rolled_back": "Was rolled back",
    "report.reason.record_lost": "The record was lost",
    "report.reason.files_lost": "Files were lost",
    "report.reason.files_damaged": "Files are damaged",
    "report.reason.certificate_changed": "WoTrus has a newer certificate",
    "report.reason.nothing_live": "No certificate is deployed",
    "report.reason.waiting_too_long": "Waiting for too long",
    "report.reason.order_dead": "The order is closed, rejected or revoked",
    "report.reason.order_mismatch": "The order is for another certificate",
    "report.reason.order_unknown": "WoTrus does not know the order",
    "report.reason.order_name_changed": "The order name changed",
    "report.reason.not_selected": "Skipped by this run",
    "report.reason.order_limit": "The order limit is exceeded",
    "report.reason.order_name_shared": "Several certificates have one order name",
    "report.reason.order_claimed_twice": "Several hosts claim the same order",
    "report.reason.renewed_recently": "Renewed recently",
    "report.reason.ca_time_unknown": "The time of the CA is unknown",
    "report.reason.revoking": "Revocation under review",
    "report.reason.revoked": "Revoked",
    "report.reason.rejected": "Rejected",
    "report.reason.closed": "Closed",
    "report.reason.order_not_found": "Order not found",
    "report.reason.unknown_status": "Unknown status",
    "report.reason.valid": "Valid",
}
"""Words of the report's page. A bar separates the singular and the plural."""

TEXTS: dict[str, str] = {
    **host_en.TEXTS,
    **ORDERS,
    **PLANS,
    **WARNINGS,
    **RESULTS,
    **ALARMS,
    **REFUSED,
    **MISTAKES,
    **ANSWERS,
    **HOSTS,
    **BATCH,
    **TASKS,
    **CHECKS,
    **CURES,
    **ERRORS,
    **NEXT_STEPS,
    **LABELS,
    **REPORT,
}
"""All texts by id."""
