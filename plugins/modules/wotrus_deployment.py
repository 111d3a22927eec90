#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deploy certificates on a host, with their keys, CSRs and releases."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_deployment
short_description: Deploy WoTrus certificates on a host, with their keys, CSRs and releases
version_added: 1.0.0
description:
  - Runs on the target and manages one directory for each certificate. It calls no API and needs no token.
  - The next private key is made on the host and stays in C(pending/) until its certificate is deployed. Key,
    certificate and chain are deployed together, by one symbolic link that is switched atomically.
  - After the switch, the live files are read again, and a signature of the live key is verified with the live
    certificate. If that fails, the former release is live again.
  - A killed run leaves the old state or the new state, and the same call completes it. The key of a pending order is
    never replaced and never lost.
  - Services read C(live/privkey.pem), C(live/cert.pem), C(live/chain.pem) (the intermediates),
    C(live/fullchain.pem) (the certificate and the intermediates) and C(live/root.pem) in the directory.
  - Each execution holds a lock on the directory.
  - The module is sent with pipelining, so that its options, such as a key or password, are in no temporary file on the
    host. Therefore C(become) must not need a terminal. With C(async), Ansible writes them to such a file.
requirements:
  - cryptography >= 3.3
  - cryptography >= 36 and python-pkcs11 >= 0.7, for a key in a token
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - wotrus.pki.attributes
attributes:
  check_mode:
    support: full
    details:
      - The CSR of a new key and the password of a new UKey cannot be predicted, and are V(null).
      - No command is run. RV(deployments[].reloaded) predicts that the command succeeds.
  diff_mode:
    support: full
    details:
      - Shows the live certificate, the digests of its files and the pending order, without secrets.
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
options:
  path:
    description:
      - The absolute path of the certificate's directory. Its last part usually is the certificate's name.
      - It is created if it is missing. No folder of the certificate may be a symbolic link, except C(live).
      - Exactly one of O(path) and O(deployments) is required.
    type: path
  deployments:
    description:
      - Several certificates in one execution, one after the other. Each item has the options of this module.
      - Options that an item does not have are taken from the module's options.
      - A failure of one does not stop the others. The task then fails at its end.
      - Exactly one of O(path) and O(deployments) is required.
    type: list
    elements: dict
    suboptions:
      path:
        description:
          - The certificate's directory, as O(path).
        type: path
        required: true
      state:
        description:
          - The state of this certificate. The default is O(state).
        type: str
        choices: [prepared, recorded, present, rolled_back, absent, rehearsed]
      expected_state: &expected_state
        description:
          - The digest of the state that the directory must have. It is
            RV(wotrus.pki.wotrus_deployment_info#module:deployments[].state_digest), or
            RV(deployments[].state_digest) of an earlier execution.
          - Otherwise another run or a person has changed the directory since. Then nothing is written, and this fails
            with the error code V(state_conflict). By default, nothing is checked.
        type: str
      verification:
        description: Overrides O(verification) for this certificate.
        type: str
        choices: [strict, compatible]
      keep:
        description:
          - The number of releases to keep. The default is O(keep).
        type: int
      prune_encryption_keys:
        description: Overrides O(prune_encryption_keys) for this certificate.
        type: bool
      trusted_groups:
        description: Overrides O(trusted_groups) for this certificate.
        type: list
        elements: str
      lock_timeout:
        description:
          - The time limit in seconds. The default is O(lock_timeout).
        type: int
      reload_timeout:
        description:
          - The time limit in seconds. The default is O(reload_timeout).
        type: int
      reload_command: &reload_command
        description:
          - A command that makes services read the new files, such as V(systemctl reload signer). It does not run in
            check mode. It runs without a shell, so an operator of the shell outside of quotes is refused. Use
            V(sh -c '…') for a shell.
          - With O(state=present), it runs if a certificate was deployed, or if the record has a pending reload. It runs
            after all certificates of O(deployments) were switched, and each distinct command runs once.
          - It runs without standard input. Of the environment it has what a login has, such as E(PATH), E(HOME) and
            E(LANG). Set other variables in the command, as in V(env NAME=value command). Its process group is killed
            after O(reload_timeout).
          - If it fails, the former release is live again. The command then runs once more, and the certificate fails
            with the error code V(reload_failed).
          - If there is no former release, the new release stays live and the reload stays pending.
          - With O(state=recorded), it runs if the record has a pending reload. With O(state=rolled_back), it runs after
            the switch. In both states, its failure does not cause a rollback.
        type: str
      test_signature: &test_signature
        description:
          - A signature that is made after O(reload_command) has succeeded. It must be good over its content, and made
            by the live certificate. If not, the former release is live again as after a reload that failed, and the
            certificate fails with the error code V(signing_failed).
          - The document must have the live certificate, and the others up to the root. With
            O(verification=compatible), a missing intermediate is a warning.
          - In a PDF, the signature is the last one, and nothing may follow it without O(test_signature.reader).
        type: dict
        suboptions:
          command:
            description:
              - A command that lets the service sign the file in O(test_signature.content), and prints the signed
                document. It runs in the same way as O(reload_command), within O(reload_timeout). It may print at most
                20 MB.
            type: str
            required: true
          format:
            description:
              - The form of the signed document. V(pdf) is a PDF with its signature inside. V(cms) is a CMS message in
                DER. Its content is inside, or is the file in O(test_signature.content).
              - The signature is RSA (PKCS#1 v1.5 or PSS) or ECDSA with SHA-256, SHA-384 or SHA-512.
            type: str
            required: true
            choices: [pdf, cms]
          content:
            description:
              - The absolute path of the document to sign. A new one is written before each signature, a PDF of one page
                or a line of text, with mode 0644. So a document that was signed earlier is not good. A
                document of an earlier test is replaced. Another file is not, nor is one written in the directory of a
                certificate (C(error_code=signing_failed)).
              - A CMS message must be of this file. A PDF begins with it, or was written anew and has its text.
              - V(none) is for a service that signs only documents of its own. Then each test shows the warning that the
                document may be an older one.
            type: str
            required: true
          timestamp:
            description:
              - Whether the signature must have a timestamp of RFC 3161. It must be for this signature, and good by a
                certificate in it, which needs not be one that readers trust. If it is V(optional), a missing timestamp
                is a warning. By default it is not looked for.
            type: str
            choices: [optional, required]
          reader:
            description:
              - A command that checks the signed document as a reader does. It runs in the same way as
                O(reload_command), within O(reload_timeout), and V(%s) is replaced by the document. If it does not exit
                with 0, the signature is not good.
              - It is needed if something follows the signature in a PDF, such as data for long-term validation (B-LT,
                B-LTA) or the timestamp of the document. No other refusal depends on it.
            type: str
      key: &key
        description:
          - The private key. Missing options are taken from O(record.definition).
        type: dict
        suboptions:
          type:
            description:
              - The key type. The default is V(RSA).
              - A pending key stays, unless O(key.refused_sha256) names it. If it has another type, there is a warning.
            type: str
            choices: [RSA, ECC]
          size:
            description:
              - The bits of an RSA key. The default is V(3072).
            type: int
            choices: [2048, 3072, 4096]
          curve:
            description:
              - The curve of an ECC key. The default is V(P-256).
            type: str
            choices: [P-256, P-384]
          storage:
            description:
              - The place of the key. The default is V(host), a key that is made on the host and stays there.
              - V(ukey) is a USB token that WoTrus sends. There is no key on the host, and a password instead of a CSR.
              - V(pkcs11) is a key that is made in a token of the host, such as an HSM, and stays there. C(key.uri) in
                the release names it (RFC 7512), without the PIN. No private key is on the disk.
              - V(provided) is a key that you set as O(key.content), for a certificate that several hosts share.
              - V(external) is a key that only a program of the host reaches, such as that of a cloud KMS.
            type: str
            choices: [host, ukey, provided, pkcs11, external]
          content:
            description:
              - The private key for O(key.storage=provided), RSA or ECC in PEM form without a passphrase.
            type: str
          import_from:
            description:
              - The absolute path of an existing private key on the host, which becomes the first key. It is copied if
                no certificate is live and no key is pending. Otherwise it is ignored. The file does not change.
              - With it, a certificate that was bought by hand is managed without a reissue.
              - It must be a regular file with an RSA or ECC key in PEM form without a passphrase. O(key.size) and
                O(key.curve) have the supported sizes and curves.
              - Only root and the user of the task may be able to replace it, as for the directory O(path). No group is
                trusted with it.
            type: path
          pkcs11:
            description:
              - The token for O(key.storage=pkcs11). It is opened only to change something, and never in check mode.
              - With O(key.storage=ukey), the UKey that has arrived. The certificate must be for a key in it, and a
                reissue signs its CSR with the live key. Nothing is stored in it or removed.
              - C(key.uri) and the record show where a key is. If the key is no longer in the token, the next change
                shows it. M(wotrus.pki.wotrus_deployment_info) does not open the token.
              - The key only signs, and cannot be exported. Its certificate is stored beside it, with the same id.
              - With O(state=absent), and if a release is pruned, the key and its certificate are removed from the
                token.
            type: dict
            suboptions:
              module:
                description: The absolute path of the token's PKCS#11 library.
                type: str
                required: true
              token:
                description:
                  - The label of the token. Exactly one of O(key.pkcs11.token) and O(key.pkcs11.slot) is required.
                type: str
              slot:
                description:
                  - The id of the slot, if several tokens have one label. It is the number that C(pkcs11-tool -L) shows.
                type: int
              pin:
                description:
                  - The user PIN. Exactly one of O(key.pkcs11.pin) and O(key.pkcs11.pin_file) is required.
                  - A PIN that the token refuses is not tried again until it changes, since a token locks itself. A
                    salted digest of it is in C(.refused_pins.json) beside the certificate's directory. Remove that file
                    to try the same PIN again.
                type: str
              pin_file:
                description: The absolute path of a file that has the PIN.
                type: str
              label:
                description:
                  - The label of the objects in the token. The default is O(record.name) or the last part of the path.
                  - A key of another certificate with this label is an error.
                type: str
              id:
                description:
                  - The first 1 to 8 bytes of the ids of this certificate's keys, in hexadecimal. Each key adds 8 random
                    bytes.
                  - The default is derived from O(record.order_name), or from the default of the label.
                type: str
          csr_command:
            description:
              - The command that prints a CSR in PEM form, for O(key.storage=external). It runs without a shell, and not
                in check mode. E(WOTRUS_NAME) is the last part of the path, E(WOTRUS_DIRECTORY) the path,
                E(WOTRUS_COMMON_NAME) the common name, and E(WOTRUS_SUBJECT_ORGANIZATION) and the like the subject.
              - It may write an attestation, which shows where the key is, to the path in E(WOTRUS_ATTESTATION). That
                becomes the file C(attestation) beside the CSR, and of the release. Nothing checks it.
              - It runs only if no CSR is pending, or if WoTrus refused the pending one. A CSR for another key than that
                of a pending order is an error.
            type: str
          install_command:
            description:
              - The command that takes the certificate, for O(key.storage=external). It runs before the switch, and
                before a former release is restored. E(WOTRUS_CERTIFICATE), E(WOTRUS_CHAIN), E(WOTRUS_FULLCHAIN) and
                E(WOTRUS_ROOT) are the paths of the files in the release.
              - A killed run repeats it. If it fails, the live release is unchanged.
            type: str
          command_timeout:
            description: The time limit of both commands in seconds. The default is 60.
            type: int
          existing_sha256:
            description:
              - With O(state=prepared) and O(key.storage=pkcs11), the SHA-256 of an issued certificate's public key.
              - If the token has this key, it becomes the pending key, and O(record) is not merged. So a lost file or
                record needs no reissue.
            type: str
          refused_sha256:
            description:
              - With O(state=prepared), the SHA-256 of the pending key's public key, if WoTrus refused its request.
              - That key is moved to C(refused) with its CSR, and another one is made. It stays, since an order may have
                been stored all the same.
            type: str
      subject: &subject
        description:
          - The subject of the CSR. Missing options are taken from C(subject) of O(record.definition).
          - The CA decides the subject of the certificate.
        type: dict
        suboptions:
          common_name:
            description:
              - The common name. For a document signing certificate, it is the name of the organization or person.
              - It is required for a CSR, here or as C(common_name) or C(subject.common_name) of O(record.definition).
            type: str
          organization:
            description: The organization.
            type: str
          organizational_unit:
            description: The organizational unit.
            type: str
          country:
            description: The country in two letters, such as V(CN).
            type: str
          state:
            description: The state or province.
            type: str
          locality:
            description: The city.
            type: str
          email_address:
            description: The e-mail address.
            type: str
          serial_number:
            description: The serial number of the subject, such as a registration number.
            type: str
      ukey_password: &ukey_password
        description:
          - The password of the ordered UKey, for O(key.storage=ukey).
          - By default, a password of 12 letters and digits is generated. It is in C(pending/ukey_password) and later in
            the release, with the mode V(0600).
        type: str
      ukey_password_length: &ukey_password_length
        description:
          - The length of a generated password, from 8 to 64 characters. The default is 12.
        type: int
      ukey_password_alphabet: &ukey_password_alphabet
        description:
          - The characters of a generated password, at least 10 different ones.
          - By default, it has lower-case letters, upper-case letters and digits, without characters that look alike.
        type: str
      record: &record
        description:
          - The data of the pending order for C(record.json). It must have no secrets.
          - With O(state=prepared) and O(state=recorded), it is merged into the pending order. Another
            O(record.operation) or O(record.idempotence_id) starts a new pending order.
          - If a new order takes the key of a pending reissue, the reissue becomes superseded.
          - With O(state=present), it sets fields that the pending order does not have.
        type: dict
        suboptions:
          name:
            description: The certificate's name.
            type: str
          order_name:
            description: The order name, from which the idempotence value is derived.
            type: str
          operation:
            description: The operation at the CA.
            type: str
            choices: [order, renew, reissue]
          order_id:
            description: The id of the order.
            type: str
          root_order_id:
            description: The id that the order had when it was placed. A reissue keeps the root of its order.
            type: str
          follows:
            description: The root of the order that this order renews or replaces.
            type: str
          idempotence_id:
            description: The idempotence value of the order or reissue.
            type: str
          months:
            description: The ordered validity in months.
            type: int
          definition:
            description:
              - The definition of the certificate, with C(product), C(common_name), C(months), C(key) and C(subject).
            type: dict
          requested_at:
            description: The time at which the order or reissue was prepared, in ISO 8601 form.
            type: str
          superseded_order_id:
            description: The order that this order or reissue supersedes.
            type: str
          refused_order_id:
            description: The earlier reissue of the same order that WoTrus refused.
            type: str
          ended_serial_number:
            description: The serial number of the certificate that ends, if it is reissued for that.
            type: str
          ended_not_after:
            description: When that certificate ends (ISO 8601).
            type: str
          refused_key_sha256:
            description: The SHA-256 of the pending key's public key, if WoTrus refused its request.
            type: str
          companion_order_id:
            description: The companion order of an SM2 pair, for a product that has one.
            type: str
          ukey_password_known:
            description:
              - Set it to V(false) for an adopted UKey order whose password is unknown. Then no password is kept or
                generated.
            type: bool
          reload_pending:
            description:
              - With O(state=present) and O(state=rolled_back), V(true) records that services must be reloaded. It is
                written before the switch, if there is one. O(reload_command) implies it.
              - With O(state=recorded), V(false) records that they were reloaded. O(reload_command) records this by
                itself, unless this option is V(true) because handlers are still to be notified.
            type: bool
          unnotified:
            description: With O(state=present), that no service is notified of the certificate.
            type: bool
          revoking_order_ids:
            description:
              - With O(state=recorded), the superseded orders whose revocation was requested. They stay in the record.
            type: list
            elements: str
          revoked_order_ids:
            description:
              - With O(state=recorded), the superseded orders that were revoked. They are removed from the record.
            type: list
            elements: str
      certificate: &certificate
        description:
          - The certificate in PEM form. Required for O(state=present).
          - The text may also have its chain, in any order.
        type: str
      chain: &chain
        description:
          - The intermediates in PEM form, as one text or several, in any order.
        type: list
        elements: str
      root: &root
        description:
          - The root in PEM form, to which the signatures must lead.
          - By default, they must lead to a self-signed certificate in O(certificate) or O(chain).
        type: str
      sm2: &sm2
        description:
          - The certificates of an SM2 pair. They are deployed in the same release as C(sign_cert.pem),
            C(sign_chain.pem), C(sign_root.pem), C(encrypt_cert.pem), C(encrypt_chain.pem) and C(encrypt_root.pem).
          - Use RV(wotrus.pki.wotrus_certificate#module:bundles). That module has checked the SM2 signatures. They are
            not checked again, so that the host needs no C(openssl).
          - The private keys of the pair are not stored here.
          - By default, existing files of a pair in the release stay.
        type: dict
        suboptions:
          sign: &sm2_part
            description: The signing or encryption certificate. At least one of them is required.
            type: dict
            suboptions:
              certificate:
                description: The certificate in PEM form.
                type: str
                required: true
              chain:
                description: The intermediates in PEM form, as one text or several, in any order.
                type: list
                elements: str
              root:
                description: The root in PEM form, to which the chain must lead.
                type: str
          encrypt: *sm2_part
      pkcs12: &pkcs12
        description:
          - Adds C(bundle.p12) to the release, with the key, the certificate and the intermediates.
          - An existing file with the same password, encryption, name and content does not change.
        type: dict
        suboptions:
          password:
            description: The password of the file.
            type: str
            required: true
          friendly_name:
            description: The friendly name. The default is O(record.name) or the last part of the path.
            type: str
          encryption:
            description:
              - How the file is encrypted. Both forms have 10,000 iterations, as files of Java.
              - V(standard) is AES-256 with SHA-256.
              - V(compatible2022) is 3DES with SHA-1, for Windows Server 2016 and older, and for Java before 8u301.
            type: str
            choices: [standard, compatible2022]
            default: standard
          owner:
            description: The owner of the file, if it is another than that of the other files.
            type: str
          group:
            description: The group of the file, if it is another than that of the other files.
            type: str
          mode:
            description: The octal mode of the file, without access for others. The default is V('0600').
            type: str
      combined_pem: &combined_pem
        description:
          - Adds C(combined.pem) to the release, with the certificate, the intermediates and the key, for HAProxy.
        type: bool
      validate: &validate
        description:
          - A command that must succeed before a release is live. C(%s) in it is replaced by the folder of the release.
          - It runs without a shell, without standard input and without E(WOTRUS_API_TOKEN), and not in check mode. Its
            process group is killed after 300 seconds.
        type: str
      mode: &mode
        description:
          - The mode of the certificate files, as in M(ansible.builtin.file). The default is V('0644').
          - The private key, C(combined.pem) and the password of a UKey are always V('0600'), directories V('0755'). A
            PKCS#12 bundle has O(pkcs12.mode).
        type: raw
      owner: &owner
        description:
          - The owner of the release's files, also of the private key.
        type: str
      group: &group
        description:
          - The group of the release's files.
        type: str
      seuser: &seuser
        description:
          - The user part of the SELinux context of the files of the release. V(_default) takes it from the policy.
        type: str
      serole: &serole
        description:
          - The role part of the SELinux context of the files of the release. V(_default) takes it from the policy.
        type: str
      setype: &setype
        description:
          - The type part of the SELinux context of the files of the release. V(_default) takes it from the policy.
        type: str
      selevel: &selevel
        description:
          - The level part of the SELinux context of the files of the release. V(_default) takes it from the policy.
        type: str
      attributes: &attributes
        description:
          - The attributes of the release's files, in the form of C(chattr).
        type: str
        aliases: [attr]
  state:
    description:
      - V(prepared) writes the record and the next private key with its CSR, or a UKey password. A pending key is
        returned, and never a second one made.
      - V(recorded) writes O(record), and runs a pending O(reload_command).
      - V(present) deploys O(certificate) with its key.
      - V(rolled_back) makes the former release live again. A repeat changes nothing.
      - V(rehearsed) runs O(validate), O(reload_command) and O(test_signature) with the live release, and changes no
        file but O(test_signature.content). Without a live release, there is a warning.
      - V(absent) removes all files of this module in the directory, also private keys. It removes the directory unless
        it has other files.
    type: str
    choices: [prepared, recorded, present, rolled_back, absent, rehearsed]
    default: present
  verification:
    description:
      - Whether a chain may break a rule, as in O(wotrus.pki.wotrus_certificate#module:verification), or a certificate
        may be one that does not sign documents. No warning is shown.
      - V(strict) fails with C(wrong_usage) unless the certificate may sign documents. It has the key usage
        C(digitalSignature) or C(nonRepudiation), or no key usages (RFC 5280, 4.2.1.3). It has an extended key usage for
        documents, C(emailProtection) or C(anyExtendedKeyUsage), or no extended key usages (RFC 5280, 4.2.1.12; RFC
        9336). The encryption certificate of an SM2 pair need not sign.
    type: str
    choices: [strict, compatible]
    default: strict
  keep:
    description:
      - The number of releases to keep, with the live one. It must be 2 or more.
      - The live release and the one before it are always kept. So are releases whose keys may be needed to decrypt,
        unless O(prune_encryption_keys) is true.
    type: int
    default: 3
  prune_encryption_keys:
    description:
      - Whether O(keep) also counts for releases whose keys may be needed to decrypt. Their certificates have the key
        usage C(keyEncipherment), C(dataEncipherment) or C(keyAgreement), or no key usages (RFC 5280, 4.2.1.3).
      - A pruned key is destroyed, in a token too. What was encrypted to its certificate cannot be read any more.
    type: bool
  trusted_groups:
    description:
      - The groups of the host whose members may write in the directories above, by name or id.
      - Each directory on the path must belong to root or the user of the task, and each link too. Nobody else may write
        to it, by its mode or its access control list (POSIX). The private group of the user may. A directory above may
        be sticky, such as C(/tmp).
      - Otherwise the module fails with C(unsafe_path), and writes nothing.
    type: list
    elements: str
  lock_timeout:
    description:
      - The seconds to wait for another execution in the directory.
    type: int
    default: 30
  reload_command: *reload_command
  reload_timeout:
    description:
      - The time limit of O(reload_command) in seconds. For a command of several certificates, the longest is used.
    type: int
    default: 60
  test_signature: *test_signature
  expected_state: *expected_state
  key: *key
  subject: *subject
  ukey_password: *ukey_password
  ukey_password_length: *ukey_password_length
  ukey_password_alphabet: *ukey_password_alphabet
  record: *record
  certificate: *certificate
  chain: *chain
  root: *root
  sm2: *sm2
  pkcs12: *pkcs12
  combined_pem: *combined_pem
  validate: *validate
  mode: *mode
  owner: *owner
  group: *group
  seuser: *seuser
  serole: *serole
  setype: *setype
  selevel: *selevel
  attributes: *attributes
seealso:
  - module: wotrus.pki.wotrus_deployment_info
  - module: wotrus.pki.wotrus_certificate
  - ref: ansible_collections.wotrus.pki.docsite.guide_reissue
    description: Explains rollbacks and lost keys.
  - ref: ansible_collections.wotrus.pki.docsite.guide_ukey
    description: Explains certificates with a UKey.
  - ref: ansible_collections.wotrus.pki.docsite.guide_hsm
    description: Explains keys in a token.
"""

EXAMPLES = r"""
- name: Create a key and its CSR
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/contracts
    state: prepared
    key:
      type: ECC
      curve: P-384
    subject:
      common_name: Example Ltd.
      organization: Example Ltd.
      country: CN
  register: prepared
  become: true

- name: Use the key of a certificate that was bought by hand
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/invoices
    state: prepared
    key:
      import_from: /etc/signer/old-key.pem
    subject:
      common_name: Example Ltd.
  become: true

- name: Order the certificate
  wotrus.pki.wotrus_order:
    name: "contracts@{{ inventory_hostname }}"
    product: pdf_signing
    common_name: Example Ltd.
    csr: "{{ prepared.csr }}"
    months: 12
    organization:
      name: Example Ltd.
  register: order_result

- name: Fetch the certificate
  wotrus.pki.wotrus_certificate:
    order_id: "{{ order_result.order_id }}"
    csr: "{{ prepared.csr }}"
  register: fetched

- name: Deploy the certificate and reload the service
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/contracts
    certificate: "{{ fetched.certificate }}"
    chain: "{{ fetched.chain }}"
    root: "{{ fetched.root }}"
    owner: signer
    group: signer
    mode: "0640"
    validate: openssl verify -CAfile %s/root.pem -untrusted %s/chain.pem %s/cert.pem
    reload_command: systemctl reload signer
    test_signature:
      command: /usr/local/bin/sign-test-document /etc/signer/test.pdf
      format: pdf
      content: /etc/signer/test.pdf
  become: true
  when: fetched.issued

- name: Fetch the certificate of an SM2 product, and its pair
  wotrus.pki.wotrus_certificate:
    order_id: "{{ order_result.order_id }}"
    companion_order_id: "{{ order_result.companion_order_id }}"
    csr: "{{ prepared.csr }}"
  register: pair

- name: Deploy all three certificates
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/contracts
    certificate: "{{ pair.certificate }}"
    chain: "{{ pair.chain }}"
    root: "{{ pair.root }}"
    sm2:
      sign:
        certificate: "{{ pair.bundles.sign.certificate }}"
        chain: "{{ pair.bundles.sign.chain }}"
        root: "{{ pair.bundles.sign.root }}"
      encrypt:
        certificate: "{{ pair.bundles.encrypt.certificate }}"
        chain: "{{ pair.bundles.encrypt.chain }}"
        root: "{{ pair.bundles.encrypt.root }}"
  become: true
  when: pair.issued

- name: Prepare two certificates in one execution
  wotrus.pki.wotrus_deployment:
    state: prepared
    subject:
      common_name: Example Ltd.
      country: CN
    deployments:
      - path: /etc/ssl/wotrus/contracts
      - path: /etc/ssl/wotrus/invoices
        key:
          type: ECC
  become: true

- name: Run a pending reload
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/contracts
    state: recorded
    reload_command: systemctl reload signer
  become: true

- name: Restore the former release
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/contracts
    state: rolled_back
  become: true

- name: Remove all files, also the private keys
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/contracts
    state: absent
  become: true
"""

RETURN = r"""
deployments:
  description: One row for each certificate, in the order of O(deployments). With O(path), there is one.
  type: list
  elements: dict
  returned: when the options are valid
  contains:
    path:
      description: The directory.
      type: str
      returned: always
      sample: /etc/ssl/wotrus/contracts
    changed:
      description: Whether anything changed there.
      type: bool
      returned: always
      sample: true
    state_digest:
      description:
        - The digest of the directory's state after the execution, for O(expected_state). V(null) in check mode, if
          nothing was written, or if another run changed the directory during O(reload_command).
      type: str
      returned: always
      sample: 7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069
    reloaded: &reloaded
      description: Whether O(reload_command) succeeded for this certificate.
      type: bool
      returned: always
      sample: false
    csr: &csr
      description: The CSR of the pending key, with O(state=prepared). V(null) for a UKey.
      type: str
      returned: success
      sample: "-----BEGIN CERTIFICATE REQUEST-----\n..."
    public_key_sha256: &public_key_sha256
      description: The SHA-256 of the CSR's public key (DER, SubjectPublicKeyInfo). V(null) without RV(csr).
      type: str
      returned: success
      sample: 4a1f0c3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
    ukey_password: &password
      description:
        - The generated UKey password, with O(state=prepared). Use C(no_log) for the task.
        - V(null) if O(ukey_password) is set.
      type: str
      returned: success
      sample: k7WmPz3qRt9x
    live: &live
      description:
        - The certificate that services read; in check mode, the predicted one. V(null) if none is live.
        - RV(wotrus.pki.wotrus_deployment_info#module:deployments[].live) describes it.
      type: dict
      returned: success
      sample:
        release: 5F3A09C1D2E4
        serial_number: 5F3A09C1D2E4
        not_before: "2026-11-24T15:31:09Z"
        not_after: "2027-11-24T15:31:09Z"
        subject: CN=Example Ltd.,O=Example Ltd.,C=CN
        issuer: CN=Example Document Signing CA,O=Example CA,C=CN
        public_key_sha256: 4a1f0c3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
        fingerprint_sha256: 91be0f3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
        key_matches: true
        files:
          cert.pem: /etc/ssl/wotrus/contracts/live/cert.pem
          chain.pem: /etc/ssl/wotrus/contracts/live/chain.pem
          fullchain.pem: /etc/ssl/wotrus/contracts/live/fullchain.pem
          privkey.pem: /etc/ssl/wotrus/contracts/live/privkey.pem
          root.pem: /etc/ssl/wotrus/contracts/live/root.pem
    previous: &previous
      description:
        - The release that O(state=rolled_back) restores, or that it has replaced, with the certificate's fields of
          RV(live). V(null) if there is none, and with O(state=prepared) and O(state=recorded).
      type: dict
      returned: success
      sample:
        release: 4B77E01A9C
        serial_number: 4B77E01A9C
        not_before: "2025-11-25T08:00:00Z"
        not_after: "2026-12-25T08:00:00Z"
        subject: CN=Example Ltd.,O=Example Ltd.,C=CN
        issuer: CN=Example Document Signing CA,O=Example CA,C=CN
        public_key_sha256: 0c3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c54a1f
        fingerprint_sha256: 0f3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c591be
    record: &record
      description: The content of C(record.json); in check mode, the predicted one. V(null) if there is none.
      type: dict
      returned: success
      sample:
        version: 1
        name: contracts
        order_name: contracts@signer1
        pending:
          operation: order
          order_id: 89cb4bf6-3e53-4b49-9ab9-92d578144260
          root_order_id: 89cb4bf6-3e53-4b49-9ab9-92d578144260
          follows:
          idempotence_id: 9c1c8f2e-1f2a-5c3d-8e4f-5a6b7c8d9e0f
          months: 12
          definition:
            product: pdf_signing
            common_name: Example Ltd.
          requested_at: "2026-11-24T15:30:12Z"
          key_made_at: "2026-11-24T15:30:12Z"
          public_key_sha256: 4a1f0c3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
          superseded_order_id:
          refused_order_id:
          ended_serial_number:
          ended_not_after:
          refused_key_sha256:
          companion_order_id:
          ukey_password_known:
        live:
        superseded: []
        reload_pending: false
    error_code:
      description: The error code of this certificate.
      type: str
      returned: when it failed
      sample: store_locked
    msg:
      description: A sentence about the error of this certificate, with what to do.
      type: str
      returned: when it failed
      sample: "/etc/ssl/wotrus/contracts is locked by another run, and the time to wait (lock_timeout) is over."
    texts:
      description: The text of C(msg) and its values, from which other languages are made.
      type: dict
      returned: when it failed
      sample: {msg: {id: "{path} was removed by another run. Run again.", arguments: {path: /etc/ssl/wotrus/contracts}}}
    rolled_back:
      description: Whether the former release is live again, because O(reload_command) failed.
      type: bool
      returned: with the error code V(reload_failed)
      sample: true
reloaded: *reloaded
csr: *csr
public_key_sha256: *public_key_sha256
ukey_password: *password
live: *live
previous: *previous
record: *record
request_ids:
  description: Always empty, since this module calls no API.
  type: list
  elements: str
  returned: always
  sample: []
error_code:
  description: The error code of the first certificate that failed.
  type: str
  returned: failure
  sample: key_mismatch
"""

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.operation import deploy
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import argument_spec, constraints
from ansible_collections.wotrus.pki.plugins.module_utils._target_module import run_target_module


def main() -> t.NoReturn:
    """Run the operation."""
    run_target_module(argument_spec(), lambda host: deploy(host.params, host), **constraints())


if __name__ == "__main__":
    main()
