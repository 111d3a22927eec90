# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts of code that runs on targets, in English.

They are a file of their own, since each module sends this file to the target. A host may answer these ids, and no
others. Braces have a name, and nothing but ``!r`` after it, so that a host's value cannot make a text fail.
"""

from __future__ import annotations

OPTIONS = {
    "option.at": "{where}: {msg}",
    "option.command": "{option} is not a valid command: {error}.",
    "option.validate": "validate must contain %s, which is replaced by the folder of the new release.",
    "option.keep": "keep is {keep}. It must be 2 or more, so that a rollback is possible.",
    "option.no_certificate": "{path}: certificate is missing or empty. The state present needs it.",
    "option.no_record": "{path}: record is missing. The state recorded needs it.",
    "option.reload_command": "{path}: reload_command needs the state present, recorded or rolled_back.",
    "option.reload_timeout": "reload_timeout is {seconds}. It must be 1 second or more.",
    "option.served_at": "{path}: served_at needs reload_command or the state recorded.",
    "option.address": "served_at {address!r} must look like 127.0.0.1:8443.",
    "option.mode": "mode must be octal, such as '0640', or symbolic, such as 'u=rw,g=r', not {mode!r}.",
    "option.no_account": "{option}: this host has no {name!r}. Create it, or correct the name.",
    "option.no_group": "trusted_groups (wotrus_trusted_groups of the role): the host has no group {name!r}.",
    # Of keys.
    "option.storage": "key.storage must be {choices}, not {storage!r}.",
    "option.key_type": "key.type must be RSA or ECC, not {type!r}.",
    "option.no_common_name": "{path}: subject.common_name is missing. The CSR needs it.",
    "option.no_key_content": "key.storage is provided, but key.content is missing. Set it to the private key.",
    "option.no_key_command": "{path}: {option} is missing. The storage external needs it.",
    "option.no_pkcs11": "{path}: key.pkcs11 is missing. The storage pkcs11 needs it.",
    "option.pkcs11_path": "key.pkcs11.{option} must be an absolute path on the host, not {path!r}.",
    "option.pkcs11_pin": "key.pkcs11.pin is empty. Give the user PIN of the token.",
    "option.pkcs11_id": "key.pkcs11.id must be 1 to 8 bytes in hexadecimal, such as '0a1b', not {id!r}.",
    "option.pkcs11_text": "key.pkcs11.{option} is empty, or has a control character.",
    "option.import_content": "{path}: key.import_from needs key.storage host, without key.content.",
    "option.import_storage": "{path}: key.import_from needs key.storage host, which is {storage}.",
    "option.import_relative": "key.import_from must be an absolute path, not {path!r}.",
    # Of the files that have the key or a password.
    "option.file_of_key": "{option} needs the private key, which is not on the host. Leave the option out.",
    "option.password_of_pkcs12": "pkcs12.password is empty. Set a password, since the file has the private key.",
    "option.pkcs12_mode": "pkcs12.mode must be octal and give others nothing, such as '0640', not {mode!r}.",
    "option.password": "{path}: ukey_password is empty. Set it, or leave it out to generate one.",
    "option.password_length": "ukey_password_length is {length}. It must be {least} to {most} characters.",
    "option.password_alphabet": (
        "ukey_password_alphabet must have at least {least} different characters, and no space or other invisible "
        "character."
    ),
    "option.password_differs": (
        "{path} has another password than ukey_password, and the pending order may have been sent with it. Leave "
        "ukey_password out until that UKey arrives."
    ),
    # Of the record.
    "option.operation": "record.operation is one of {choices}, not {operation!r}.",
    "option.secret": "record.definition must have no secrets. Leave out {name}.",
    "option.dictionary": "record.definition.{name} must be a dictionary.",
}
"""Mistakes in the options of a module that runs on a target."""

PATHS = {
    "path.control_characters": "The path {path!r} has control characters.",
    "path.relative": "The path {path!r} is relative. Write an absolute path.",
    "path.dots": "The path {path!r} must not contain '..'.",
    "path.root": "The path of a certificate cannot be the root directory.",
    "path.link": "{path} is a symbolic link, not a file of the collection. Move it away.",
    "path.no_file": "{path} is not a regular file. Move it away.",
    "path.directory_link": (
        "{path} is a symbolic link. Move it away, since a directory of the collection has this name."
    ),
    "path.no_directory": "{path} is not a directory. Move it away, since a directory of the collection has this name.",
    "path.no_link": "{path} is not a symbolic link. Move it away, since the live link has this name.",
    "path.live_target": "{path} points to {target!r}, which is not a release. Remove the link.",
    "path.release_name": "The name of a release must be hexadecimal, not {name!r}.",
    "path.links": "{path} goes through more than {most} symbolic links.",
    # Other users can change it.
    "path.owner": (
        "{path} belongs to the user with the id {user}, who could replace files of the collection. Change its owner to "
        "root, or run the task as that user."
    ),
    "path.link_owner": (
        "The symbolic link {path} belongs to the user with the id {user}, who could replace files of the collection. "
        "Change its owner to root, or run the task as that user."
    ),
    "path.others": (
        "{path} can be written by other users, who could replace files of the collection. Run 'chmod go-w {path}'."
    ),
    "path.group": (
        "{path} can be written by the group with the id {group}, whose members could replace files of the collection. "
        "Run 'chmod g-w {path}'."
    ),
    "path.group_above": (
        "{path} can be written by the group with the id {group}, whose members could replace files of the collection. "
        "Run 'chmod g-w {path}', or name the group in trusted_groups (wotrus_trusted_groups of the role)."
    ),
    "path.acl_user": (
        "{path} can be written by the user with the id {user}, by its access control list. That user could replace "
        "files of the collection. Run 'setfacl -x u:{user} {path}'."
    ),
    "path.acl_unreadable": (
        "The access control list of {path} cannot be read: {error}. Run 'chmod g-w {path}', so that it gives nobody "
        "write access."
    ),
    "path.acl_unknown": (
        "The access control list of {path} is of an unknown kind. Run 'chmod g-w {path}', so that it gives nobody "
        "write access."
    ),
}
"""Why a path is not safe."""

STORE = {
    # By the error of the operating system.
    "store.failed": "{path}: {error}.",
    "store.not_writable": (
        "{path}: {error}. The user with the id {user} may not do this. Run the task with 'become: true', or choose "
        "another directory (wotrus_base_dir of the role)."
    ),
    "store.read_only": (
        "{path}: {error}. The file system is read-only. Choose another directory (wotrus_base_dir of the role)."
    ),
    "store.no_space": (
        "{path}: {error}. Free space on the file system, then run again. The live release is unchanged."
    ),
    "store.quota": "{path}: {error}. Raise the quota, then run again. The live release is unchanged.",
    "store.no_directory": "{path}: {error}. A part of the path is a file, not a directory.",
    "store.no_locks": "{path}: {error}. The file system has no locks. Choose a directory on a local file system.",
    "store.ansible": "{msg}",
    # What is in the directory.
    "store.locked": "{path} is locked by another run, and the time to wait for it is over.",
    "store.locked_longer": (
        "{path} is locked by another run, and the time to wait for it is over. To wait longer, raise lock_timeout."
    ),
    "store.conflict": (
        "Another run or a person changed {path} after this run had read it. Run again to make a new plan."
    ),
    "store.removed": "{path} was removed by another run. Run again.",
    "store.large_file": "{path} has {size} bytes, more than any file of the collection. Move it away.",
    "store.foreign_files": "{path} has files that are not the collection's. Move them away.",
    "store.not_removed": "{path} was not removed, since it has files that are not the collection's.",
    "store.no_certificate": "{path} is missing.",
    "store.key_unusable": "{path}: {why} Restore it from a backup, or move it away to create a new key.",
    "store.record_newer": (
        "{path} cannot be used: {error}. Nothing was written. Update the collection to the release that the other runs "
        "on this host have."
    ),
    "store.record_unreadable": (
        "{path} cannot be used: {error}. Restore it from a backup, or move it away. A new record is then written, and "
        "the orders are adopted by their names, so none is paid twice."
    ),
    # After the switch.
    "store.file_differs": "{path} differs from what was written. Check the file system.",
    "store.after_switch": "After the switch, {error}.",
    "store.key_differs": "{path}: the key is not that of the certificate.",
    "store.key_damaged": (
        "{path}: a signature of this key does not verify with the certificate, although their public keys are the "
        "same. The key is damaged."
    ),
    "store.token_damaged": (
        "{path}: a signature of this key does not verify with the certificate, although their public keys are the "
        "same. Check the token."
    ),
}
"""What is wrong with the files of a certificate."""

DEPLOYMENT = {
    "deploy.several": "{failed} of {number} certificates failed. {msg}",
    "deploy.not_deployed": "{option}: {why} Nothing was deployed.",
    "deploy.same_serial_number": (
        "{path} has another certificate with the same serial number, by {issuer}. Move it away if it is not needed any "
        "more."
    ),
    "deploy.no_directory": (
        "{path} does not exist, so there is no key for the certificate. Run the state prepared first, and order the "
        "certificate with the CSR that it returns."
    ),
    "deploy.key_mismatch": (
        "{path}: the certificate with the serial number {serial_number} is for another key (SHA-256 {key}) than the "
        "{number} usable keys in pending/ and releases/. Nothing was deployed. If its key is lost, reissue the order "
        "for the pending key."
    ),
    "deploy.key_mismatch_in_hardware": (
        "{path}: the certificate with the serial number {serial_number} is for another key (SHA-256 {key}) than the "
        "{number} keys of this certificate in the token. Nothing was deployed. If its key is lost, reissue the order "
        "for the pending key."
    ),
    "deploy.key_mismatch_ukey": (
        "{path}: the token that key.pkcs11 names has no key of the certificate (SHA-256 {key}). Nothing was deployed. "
        "Insert the UKey that WoTrus sent, or remove key.pkcs11 until it arrives."
    ),
    "deploy.key_mismatch_external": (
        "{path}: the certificate with the serial number {serial_number} is for another key (SHA-256 {key}) than the "
        "CSRs of key.csr_command. Nothing was deployed."
    ),
    "deploy.no_live_key_ukey": "{path}: the UKey has no key of the live certificate.",
    "deploy.other_key": (
        "{path} has another key than key.content, and an order for it may be pending. Wait until that order is "
        "finished, or move the file away if the key is not needed any more."
    ),
    "deploy.other_kind": (
        "{path} is {kind}, not {wanted}. A pending key is never replaced, so the certificate will be for this key. "
        "Reissue it once it is live."
    ),
    "deploy.unused_keys": (
        "{path}: the token has keys of this certificate that no file of this host names: {ids}. They were not removed, "
        "since another host may use them. If none does, remove them with pkcs11-tool --delete-object."
    ),
    "deploy.key_not_removed": (
        "{path}: the key {uri} was not removed, since key.pkcs11 does not name its token, or the collection did not "
        "make it. Remove it with the token's own tool."
    ),
    # The commands of an external key.
    "deploy.other_csr": (
        "{path}: key.csr_command printed a CSR for another key (SHA-256 {key}) than that of the pending order "
        "{order_id}. Let it print the same CSR until the certificate is deployed."
    ),
    "deploy.long_csr": "{path}: key.csr_command printed more than a CSR. It must print one CSR in PEM form.",
    "deploy.no_csr": "{path}: key.csr_command printed no usable CSR. {why} Nothing was ordered.",
    "deploy.command_failed": "{path}: {option} {problem}.",
    "deploy.command_failed_output": "{path}: {option} {problem}. It wrote: {output}",
    # The key file to import.
    "deploy.import": "key.import_from: {msg}",
    "deploy.import_no_file": (
        "key.import_from: {path} is not a regular file. Give the path of the private key file itself."
    ),
    "deploy.import_large": "key.import_from: {path} is too large for a private key.",
    "deploy.import_unreadable": "key.import_from: {path} cannot be read: {error}.",
    "deploy.import_missing": (
        "key.import_from: {path} does not exist on this host. If the key is lost, leave key.import_from out."
    ),
    "deploy.import_unusable": "key.import_from: {path}: {msg}",
    "deploy.passphrase_of_import": ("key.import_from: {path}: {why} Remove the passphrase with 'openssl pkey' first."),
    "deploy.import_exposed": ("key.import_from: every user of this host can read {path}. Run 'chmod {mode} {path}'."),
    # The validate command.
    "deploy.validate_failed": "{path}: the validate command '{command}' cannot be run: {error}.",
    "deploy.refused": (
        "{path}: the validate command '{command}' refused the release {release} with exit status {status}. The live "
        "release is unchanged."
    ),
    "deploy.refused_output": (
        "{path}: the live release is unchanged, since the validate command '{command}' refused the release {release} "
        "with exit status {status}: {output}"
    ),
    # A rollback.
    "deploy.no_former_release": "{path} has no former release to go back to.",
    "deploy.no_directory_to_restore": "{path} does not exist, so there is no former release to go back to.",
    "deploy.no_key_to_restore": "{path} does not have the key of its certificate. It cannot be deployed again.",
    "deploy.no_key_in_hardware_to_restore": "The key of {path} is not in the token. It cannot be deployed again.",
    # A reload.
    "reload.failed": "{path}: the reload command '{command}' {problem}. {msg}",
    "reload.repeated": "{why} Then the command {problem}.",
    "reload.output": "{why} Its output ended with: {output}",
    "reload.first_release": (
        "The live certificate stays deployed, because there is no former release. The reload is still pending: run "
        "again."
    ),
    "reload.live_before": (
        "The live certificate stays deployed, because it was live before this run. The reload is still pending: run "
        "again."
    ),
    "reload.other_release": "Another run deployed another certificate meanwhile, so nothing was rolled back.",
    "reload.not_restored": (
        "The former release {release} could not be deployed again, and the reload is still pending: {error}."
    ),
    "reload.restored": "The former release {release} is deployed again.",
    "reload.pending": "{why} The reload is still pending.",
    "reload.not_served": (
        "{address} does not serve the live certificate ({fingerprint}) after {seconds} s: {problem}."
    ),
}
"""Why a certificate is not deployed, or a service does not use it."""

CRYPTOGRAPHY = {
    "library.missing": (
        "The Python {python} lacks the library cryptography >= 3.3. Install the distribution's package "
        "python3-cryptography, or run '{python} -m pip install cryptography', or set ansible_python_interpreter to a "
        "Python that has it. The import failed: {error}."
    ),
    "library.old": (
        "The Python {python} lacks the library cryptography >= 3.3. Install the distribution's package "
        "python3-cryptography, or run '{python} -m pip install cryptography', or set ansible_python_interpreter to a "
        "Python that has it. It has {version}."
    ),
    "library.encryption": "pkcs12.encryption {encryption} needs the library cryptography >= 38 on the host.",
    # Keys.
    "key.type": "The key type must be RSA or ECC, not {type!r}.",
    "key.size": "An RSA key must have 2048, 3072 or 4096 bits, not {size}.",
    "key.curve": "An ECC key must be on the curve P-256 or P-384, not {curve!r}.",
    "key.passphrase": "The private key cannot be read: it is protected by a passphrase.",
    "key.unreadable": "The private key cannot be read: it is not a private key in PEM form, or damaged.",
    "key.other_type": "The private key is neither RSA nor ECC.",
    "key.unsupported": "The private key is not supported. {msg}",
    # Certificate signing requests.
    "csr.number": "The text has {number} CSRs (-----BEGIN CERTIFICATE REQUEST-----). It must have one.",
    "csr.damaged": "The CSR is damaged: {error}.",
    "csr.unreadable": "The CSR cannot be read: {error}.",
    "csr.signature": "The CSR is damaged. Its signature was not made with its key.",
    "csr.sm2": "The CSR's key is SM2. It must be RSA, or ECC on the curve P-256 or P-384.",
    "csr.size": "The CSR's RSA key has {bits} bits. It must have at least 2048.",
    "csr.key": "The CSR's key must be RSA, or ECC on the curve P-256 or P-384.",
    "subject.unknown": "Unknown subject fields: {fields}. Use {known}.",
    "subject.control_character": "The subject's {field} has a control character. Remove it.",
    "subject.ascii": "The subject's {field} must have only ASCII characters.",
    "subject.long": "The subject's {field} has {length} characters. The most is {longest}.",
    "subject.field": "The subject's {field} is invalid: {error}.",
    "subject.invalid": "The subject is invalid for a CSR: {error}.",
    # Certificates.
    "pem.none": "The text has no certificate in PEM form (-----BEGIN CERTIFICATE-----).",
    "pem.damaged": "Certificate {number} of the PEM text is damaged: {error}.",
    "pem.unreadable": "Certificate {number} of the PEM text cannot be read: {error}.",
    "pem.serial_number": "Certificate {number} of the PEM text has a negative serial number.",
    "pem.cut_off": "The DER is cut off.",
    # Chains.
    "chain.number": "There are {number} different certificates. There must be 1 to {most}.",
    "chain.no_key": "None of the {number} certificates is for the key whose SHA-256 is {key}.",
    "chain.only_cas": "There is no end entity certificate, only CA certificates.",
    "chain.no_root": (
        "The chain of '{leaf}' does not lead to a self-signed root. It ends at '{end}', issued by '{issuer}'."
    ),
    "chain.no_anchor": (
        "The chain of '{leaf}' does not lead to one of the given trust anchors. It ends at '{end}', issued by "
        "'{issuer}'."
    ),
    "chain.expired": "The certificate '{subject}' expired on {moment} (it is now {now}).",
    "chain.not_yet_valid": "The certificate '{subject}' is not valid before {moment} (it is now {now}).",
    "chain.not_valid": "A certificate of the chain is expired or not yet valid.",
    "rule.ca": "The certificate '{subject}' is for a CA, not for a signer.",
    "rule.name_constraint": "The certificate '{subject}' does not allow the name '{name}'.",
    "rule.weak_key": "The certificate '{subject}' has an RSA key of {bits} bits, which is less than {least}.",
    "rule.weak_signature": "The certificate '{subject}' is signed with {algorithm}, which can be forged.",
    "rule.unreadable_extensions": "The certificate '{subject}' has extensions that cannot be read.",
    "rule.unknown_extension": "The certificate '{subject}' has the unknown critical extension {oid}.",
    # The command openssl.
    "openssl.missing": (
        "There is no openssl command in PATH. SM2 signatures need OpenSSL 3 with SM2 on the host that runs the module, "
        "such as Debian's package openssl. Install it, or put it first in PATH."
    ),
    "openssl.no_sm2": (
        "{path} cannot check SM2 signatures, since some distributions build OpenSSL without SM2. They need OpenSSL 3 "
        "with SM2 on the host that runs the module. Install it, or put it first in PATH."
    ),
    "openssl.failed": "{path} cannot be run: {error}. Install OpenSSL 3 with SM2, or put it first in PATH.",
    "openssl.slow": "{path} did not check an SM2 signature within {seconds} seconds. Run again.",
}
"""What is wrong with keys, certificate signing requests, certificates and chains."""

TOKENS = {
    "token.old_cryptography": (
        "key.storage pkcs11 needs cryptography >= {least} on the host, and {python} has {version}. Run '{python} -m "
        "pip install --upgrade cryptography', or set ansible_python_interpreter to a Python that has it."
    ),
    "token.no_library": (
        "key.storage pkcs11 needs the library python-pkcs11 >= 0.7 on the host, and {python} lacks it ({error}). "
        "Install the distribution's package python3-pkcs11, or run '{python} -m pip install python-pkcs11', or set "
        "ansible_python_interpreter to a Python that has it."
    ),
    "token.no_module": (
        "key.pkcs11.module: {module} cannot be used as a PKCS#11 library: {error}. Give the path of the library that "
        "came with the token."
    ),
    "token.several": (
        "key.pkcs11.token: {number} tokens have the label {label!r}. Name one by key.pkcs11.slot, or remove the others."
    ),
    "token.no_label": (
        "key.pkcs11.token: a token with the label {label!r} is not there, through {module}. It has {tokens}."
    ),
    "token.no_slot": "key.pkcs11.slot: slot {slot} is not there, through {module}. It has {tokens}.",
    "token.locked": "The token {label!r} has locked its user PIN. Unlock it with its own tool.",
    "token.last_try": (
        "The token {label!r} has one try of its user PIN left. It was not used. Log in with the token's own tool "
        "first, which resets the count."
    ),
    "token.pin_refused": (
        "{option}: the token {label!r} refused the PIN. It is not tried again until it is another one. Correct it."
    ),
    "token.pin_refused_before": (
        "{option}: the token {label!r} refused this PIN before. It was not tried again, since a token locks itself. "
        "Correct the PIN, or if it is right now, remove {path}."
    ),
    "token.pin_unreadable": "key.pkcs11.pin_file: {path} cannot be read: {error}.",
    "token.pin_empty": "key.pkcs11.pin_file: {path} is empty. Write the user PIN into it.",
    "token.full": (
        "The token {label!r} ({module}) is full ({error}). Remove keys that are not needed any more, then run again."
    ),
    "token.removed": ("The token {label!r} ({module}) was removed while it was used. Insert it, then run again."),
    "token.failed": "The token {label!r} ({module}) refused an operation: {error}.",
    "token.other_label": (
        "key.pkcs11.label: the token {label!r} has another key with the label {own!r} (id {id}), which is not this "
        "certificate's. Set another label."
    ),
    "token.no_new_key": "The token {label!r} does not show the key that it has made.",
    "token.no_public_key": "The token {label!r} has a private key with the id {id} and no public key beside it.",
}
"""What is wrong with a token, or with a key in it."""

CHECKS = {
    "host.python": "Python {version} is new enough.",
    "host.old_python": "{python} is Python {version}, older than 3.9.",
    "host.cryptography": "The library cryptography is new enough.",
    "host.user": "{user} may write in {above}.",
    "host.other_user": "{user} may not write in {above}, where {path} is.",
    "host.path": "Only root and this user can change {path}.",
    "host.space": "{above} has enough space.",
    "host.space_unknown": "The space of {above} cannot be read: {error}.",
    "host.read_only": "{above} is on a read-only file system.",
    "host.no_space": "{above} has {size} KiB and {number} files left.",
    "host.accounts": "The owner and the groups exist.",
    "host.no_owner": "This host has no owner {name!r}.",
    "host.no_group": "This host has no group {name!r}.",
    "host.command": "{program} is on the host.",
    "host.no_command": "{program} is no program of the host.",
    "host.empty_command": "An empty command is no program of the host.",
    "host.invalid_command": "A command cannot be split into words: {error}.",
    "host.key_file": "{path} can be read.",
    "host.no_key_file": "{path} does not exist, or cannot be read.",
    "host.token": "The token is there.",
}
"""What the checks of a host found before the first order."""

PARTS = {
    "part.installed_version": "version {version} is installed",
    "part.empty": "empty",
    "part.tokenless": "none",
    "part.user": "the user with the id {user}",
    # Why a record cannot be used.
    "record.not_utf8": "it is not UTF-8 text",
    "record.not_json": "it is not JSON ({error})",
    "record.no_object": "it is not a JSON object",
    "record.no_version": "it has no version number",
    "record.newer": "it has version {version}, and this release of wotrus.pki supports {supported}",
    "record.superseded": "superseded is not a list of at most {most} certificates",
    "record.operation": "pending.operation is not one of {choices}",
    "record.no_release": "live.release is missing",
    "record.object": "{name} is not a JSON object",
    "record.long_object": "{name} is not a JSON object of at most {longest} characters",
    "record.text": "{name} is not a text of at most {longest} characters",
    "record.id": "{name} is not an order id",
    "record.number": "{name} is not a number from 0 to {most}",
    "record.flag": "{name} is neither true nor false",
    "record.digest": "a file of {name} has no sha256",
    # What a command did.
    "part.not_run": "cannot be run: {error}",
    "part.not_ended": "did not end within {seconds} s and was killed",
    "part.signal": "was ended by the signal {number}",
    "part.exit_status": "failed with exit status {status}",
    "part.succeeded": "succeeded",
    "part.not_served": "succeeded, but {error}",
    # What a service serves.
    "part.served": "the certificate with the SHA-256 {found}",
    "part.no_certificate": "it has no certificate",
    # What is wrong with a text in PEM form.
    "part.long": "the text is longer than {longest} characters",
    "part.no_end": "-----END {label}----- is missing",
    "part.base64": "the text between BEGIN and END is not base64",
    "part.not_text": "it is not text",
    "part.no_time": "not an ISO 8601 time: {text!r}",
}
"""Parts of sentences."""

TEXTS = {
    **OPTIONS,
    **PATHS,
    **STORE,
    **DEPLOYMENT,
    **CRYPTOGRAPHY,
    **TOKENS,
    **CHECKS,
    **PARTS,
}
"""All these texts by id."""
