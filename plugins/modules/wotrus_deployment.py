#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep the key, the request and the releases of certificates on a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_deployment
short_description: Keep the key, the request and the releases of WoTrus certificates on a host
version_added: 1.0.0
description:
  - Runs on the target and keeps one directory for each certificate. It calls no API and needs no token.
  - The next private key is made on the host and stays in C(pending/) until its certificate is there. Key, certificate
    and chain are then deployed together, by one symbolic link that is switched atomically, or not at all.
  - A run that is killed at any point leaves the old state or the new one, and the same call completes it. The key of a
    running request is never replaced and never lost.
  - Services read C(live/privkey.pem), C(live/cert.pem), C(live/chain.pem) (intermediates, the nearest first),
    C(live/fullchain.pem) (certificate and intermediates) and C(live/root.pem) in the directory.
  - Each execution holds a lock on the directory.
  - A key, password or PKCS#12 password that is given goes over a pipelined connection, so that it is in no temporary
    file on the host. C(become) must not need a terminal then.
requirements:
  - cryptography >= 3.3
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - wotrus.pki.attributes
attributes:
  check_mode:
    support: full
    details:
      - The CSR of a new key and the password of a new UKey cannot be predicted, and are none.
      - No command is run. RV(deployments[].reloaded) says whether one would be, as if it succeeded.
  diff_mode:
    support: full
    details:
      - Shows the certificate that is live, the digests of its files and the running request, and no secrets.
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
options:
  path:
    description:
      - The directory of the certificate, absolute. Its last part usually is the certificate's name.
      - It is made where it is missing. No part of it that belongs to the certificate may be a symbolic link, except
        C(live).
      - Exactly one of O(path) and O(deployments) is required.
    type: path
  deployments:
    description:
      - Several certificates in one execution, one after the other. Each item has the options of this module.
      - What an item leaves out, it takes from the options of the module.
      - One that fails does not keep the others from their state. The task fails at its end then.
      - Exactly one of O(path) and O(deployments) is required.
    type: list
    elements: dict
    suboptions:
      path:
        description:
          - The directory of the certificate, as O(path).
        type: path
        required: true
      state:
        description:
          - As O(state), which it defaults to.
        type: str
        choices: [prepared, recorded, present, rolled_back, absent]
      expected_live: &expected_live
        description:
          - The name of the release that has to be live still, C(release) of RV(live), or an empty string where none has
            to be. O(state=present) also takes its own certificate being live.
          - Where it is not so, another run or a person was here since somebody looked. That fails with the error code
            V(state_conflict), and nothing is written. O(state=absent) on an empty directory is never refused.
        type: str
      expected_ukey_password: &expected_ukey_password
        description:
          - Whether the password of a UKey has to be pending. Where it is not so, that fails as with O(expected_live).
        type: bool
      keep:
        description:
          - How many releases are kept, as O(keep), which it defaults to.
        type: int
      lock_timeout:
        description:
          - Seconds, as O(lock_timeout), which it defaults to.
        type: int
      reload_timeout:
        description:
          - Seconds, as O(reload_timeout), which it defaults to.
        type: int
      served_timeout:
        description:
          - Seconds, as O(served_timeout), which it defaults to.
        type: int
      reload_command: &reload_command
        description:
          - A command that makes services read the new files, such as V(systemctl reload signer). It is not run by a
            shell, and not in check mode.
          - With O(state=present), it runs after all certificates of O(deployments) were switched, each distinct command
            once. It runs if a certificate was deployed, or if the record says that a reload is pending.
          - It runs without standard input and without E(WOTRUS_API_TOKEN). Its process group is killed after
            O(reload_timeout).
          - If it fails, or if O(served_at) shows that the certificate is not served, each certificate that this
            execution switched gets its former release back. The command then runs once more, so that services read the
            former files. The certificate fails with the error code V(reload_failed).
          - If there is no former release, the new one stays live and the reload stays pending.
          - With O(state=recorded), it runs if the record says that a reload is pending. With O(state=rolled_back), it
            runs after the switch. Nothing is rolled back then.
        type: str
      served_at: &served_at
        description:
          - Where a service listens with TLS, such as V(127.0.0.1:8443). After O(reload_command), it must serve the
            certificate that is live.
          - With O(state=recorded) without a command, the record is written only once it serves that certificate.
        type: str
      key: &key
        description:
          - The private key. What is left out, is taken from O(record.definition), if that has it.
        type: dict
        suboptions:
          type:
            description:
              - The kind of key. Without any, it is V(RSA).
              - A key that is pending already is never replaced. Where it is of another kind, a warning says so.
            type: str
            choices: [RSA, ECC]
          size:
            description:
              - Bits of an RSA key. Without any, it has 3072.
            type: int
            choices: [2048, 3072, 4096]
          curve:
            description:
              - Curve of an ECC key. Without any, it is V(P-256).
            type: str
            choices: [P-256, P-384]
          storage:
            description:
              - Where the key is. Without any, it is on the host, V(host), where it is made and stays.
              - V(ukey) is a USB token that WoTrus sends. There is no key here, and a password instead of a CSR.
              - V(provided) is a key that you give as O(key.content), for a certificate that several hosts share.
            type: str
            choices: [host, ukey, provided]
          content:
            description:
              - The private key for O(key.storage=provided), RSA or ECC in PEM form without a passphrase.
            type: str
          import_from:
            description:
              - An existing private key file on the host, absolute, which becomes the first key. It is copied if nothing
                is live and no key is pending, and ignored otherwise. The file itself stays as it is.
              - So a certificate that was bought by hand is managed without a reissue.
              - It must be a regular file with an RSA or ECC key in PEM form without a passphrase, of a kind that
                O(key.size) and O(key.curve) allow.
            type: path
      subject: &subject
        description:
          - The subject of the CSR. What is left out, is taken from C(subject) of O(record.definition), if that has it.
          - The CA decides what stands in the certificate.
        type: dict
        suboptions:
          common_name:
            description:
              - Common name, for a document signing certificate that of the organization or person.
              - It is required for a CSR, here or as C(common_name) or C(subject.common_name) of O(record.definition).
            type: str
          organization:
            description: Organization.
            type: str
          organizational_unit:
            description: Organizational unit.
            type: str
          country:
            description: Country, two letters.
            type: str
          state:
            description: State or province.
            type: str
          locality:
            description: City.
            type: str
          email_address:
            description: E-mail address.
            type: str
          serial_number:
            description: Serial number attribute of the subject, such as a registration number.
            type: str
      ukey_password: &ukey_password
        description:
          - The password of the UKey that is ordered, for O(key.storage=ukey).
          - Without one, a password of 12 letters and digits that a person can type is made. It is kept in
            C(pending/ukey_password) and later in the release, readable by the owner alone.
        type: str
      ukey_password_length: &ukey_password_length
        description:
          - Characters of a password that is made, from 8 to 64. Without any, it has 12.
        type: int
      ukey_password_alphabet: &ukey_password_alphabet
        description:
          - The characters that a password is made of, at least 10 different ones.
          - Without any, it has letters and digits, some of each kind, without those that look alike.
        type: str
      record: &record
        description:
          - What C(record.json) shall say of the request. There must be no secrets in it.
          - With O(state=prepared) and O(state=recorded) it is merged into the running request. Another
            O(record.operation) or O(record.idempotence_id) begins a new request.
          - A pending reissue whose key a new request takes over is remembered as superseded.
          - With O(state=present) it fills what the running request does not say.
        type: dict
        suboptions:
          name:
            description: Name of the certificate.
            type: str
          order_name:
            description: Name that the order's idempotence value is derived from.
            type: str
          operation:
            description: The operation at the CA.
            type: str
            choices: [order, renew, reissue]
          order_id:
            description: Id of the order.
            type: str
          root_order_id:
            description: Id that the order had when it was placed. A reissue keeps the root of its order.
            type: str
          follows:
            description: Root of the order that this one renews or replaces.
            type: str
          idempotence_id:
            description: Idempotence value that the order or reissue is sent with.
            type: str
          months:
            description: Validity that is ordered, in months.
            type: int
          definition:
            description:
              - What is wanted, with C(product), C(common_name), C(months), C(key) and C(subject).
            type: dict
          requested_at:
            description: When the order or reissue was prepared, in ISO 8601 form.
            type: str
          superseded_order_id:
            description: The order that this one takes the place of.
            type: str
          refused_order_id:
            description: The reissue of the same order that WoTrus refused before.
            type: str
          companion_order_id:
            description: The order of the SM2 pair beside it, for a product that has one.
            type: str
          ukey_password_known:
            description:
              - Set it to V(false) for an adopted UKey order whose password nobody here knows. No password is then kept
                or made.
            type: bool
          reload_pending:
            description:
              - With O(state=present) and O(state=rolled_back), V(true) notes that services have to be reloaded. It is
                written before the switch, and only if there is one. O(reload_command) implies it.
              - With O(state=recorded), V(false) notes that they were reloaded. It means nothing with O(reload_command),
                which notes that itself.
            type: bool
          revoked_order_ids:
            description:
              - With O(state=recorded), superseded orders that were revoked. The record forgets them.
            type: list
            elements: str
      certificate: &certificate
        description:
          - The certificate in PEM form. Required for O(state=present).
          - It may come with its chain, in any order and layout.
        type: str
      chain: &chain
        description:
          - The intermediates in PEM form, as one text or several, in any order.
        type: list
        elements: str
      root: &root
        description:
          - The root in PEM form. The signatures must lead to it.
          - Without one, they must lead to a self-signed certificate in O(certificate) or O(chain).
        type: str
      sm2: &sm2
        description:
          - The certificates of an SM2 pair, deployed in the same release as the certificate under names of their own,
            C(sign_cert.pem), C(sign_chain.pem), C(sign_root.pem), C(encrypt_cert.pem), C(encrypt_chain.pem) and
            C(encrypt_root.pem).
          - Give RV(wotrus.pki.wotrus_certificate#module:bundles) here. Their SM2 signatures were checked there, and are
            not checked again, so that the host needs no C(openssl).
          - The private keys of the pair are not kept here.
          - Without it, files of a pair that the release has already stay.
        type: dict
        suboptions:
          sign: &sm2_part
            description: The signing or the encryption certificate. At least one of the two is required.
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
                description: The root in PEM form, that the chain must lead to.
                type: str
          encrypt: *sm2_part
      pkcs12: &pkcs12
        description:
          - Have C(bundle.p12) in the release as well, with the key, the certificate and the intermediates.
          - A bundle that opens with the password and holds the same is left as it is.
        type: dict
        suboptions:
          password:
            description: Password of the bundle.
            type: str
            required: true
          friendly_name:
            description: Name of the entry. Without one, it is O(record.name) or the last part of the path.
            type: str
      validate: &validate
        description:
          - A command that must succeed before a release goes live. C(%s) in it stands for the folder of the release.
          - It is not run by a shell, and not in check mode.
        type: str
      mode: &mode
        description:
          - Permissions of the certificate files, as with M(ansible.builtin.file). Without any, they are V('0644').
          - The private key, a PKCS#12 bundle and the password of a UKey are always V('0600'), directories V('0755').
        type: raw
      owner: &owner
        description:
          - User that shall own the files of the release, the private key too.
        type: str
      group: &group
        description:
          - Group that shall own the files of the release.
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
          - The attributes of the files of the release, as C(chattr) on the target takes them.
        type: str
        aliases: [attr]
  state:
    description:
      - V(prepared) has the record on the disk, and the next private key with its CSR, or the password of a UKey. A key
        that is pending already is returned, and never a second one made.
      - V(recorded) writes O(record), and runs a O(reload_command) that is pending. It does nothing else.
      - V(present) makes O(certificate) live with the key that it belongs to.
      - V(rolled_back) makes the former release live again. Doing it twice is doing it once.
      - V(absent) removes everything that this module made in the directory, private keys too, and the directory unless
        something else is in it.
    type: str
    choices: [prepared, recorded, present, rolled_back, absent]
    default: present
  keep:
    description:
      - How many releases are kept, the live one included. It must be 2 or more.
      - The live release and the one before it are always among them.
    type: int
    default: 3
  lock_timeout:
    description:
      - Seconds to wait for another execution that is at work in the directory.
    type: int
    default: 30
  reload_command: *reload_command
  reload_timeout:
    description:
      - Seconds that O(reload_command) may take. Of several, the longest counts for a command that they share.
    type: int
    default: 60
  served_timeout:
    description:
      - Seconds that a service may take to serve a new certificate.
    type: int
    default: 30
  served_at: *served_at
  expected_live: *expected_live
  expected_ukey_password: *expected_ukey_password
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
"""

EXAMPLES = r"""
- name: Have a key and its CSR
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

- name: Take the key of a certificate that was bought by hand
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/invoices
    state: prepared
    key:
      import_from: /etc/signer/old-key.pem
    subject:
      common_name: Example Ltd.
  become: true

- name: Order the certificate once
  wotrus.pki.wotrus_order:
    name: "contracts@{{ inventory_hostname }}"
    product: pdf_signing
    common_name: Example Ltd.
    csr: "{{ prepared.csr }}"
    months: 12
    organization:
      name: Example Ltd.
  register: order

- name: Fetch it, if it has been issued
  wotrus.pki.wotrus_certificate:
    order_id: "{{ order.order_id }}"
    csr: "{{ prepared.csr }}"
  register: fetched

- name: Deploy it, readable by the signing service alone, and reload that
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
    served_at: 127.0.0.1:8443
  become: true
  when: fetched.issued

- name: Deploy an SM2 pair with it
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/contracts
    certificate: "{{ fetched.certificate }}"
    chain: "{{ fetched.chain }}"
    root: "{{ fetched.root }}"
    sm2:
      sign:
        certificate: "{{ fetched.bundles.sign.certificate }}"
        chain: "{{ fetched.bundles.sign.chain }}"
        root: "{{ fetched.bundles.sign.root }}"
      encrypt:
        certificate: "{{ fetched.bundles.encrypt.certificate }}"
        chain: "{{ fetched.bundles.encrypt.chain }}"
        root: "{{ fetched.bundles.encrypt.root }}"
  become: true
  when: fetched.issued

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

- name: Run a reload that an interrupted run left pending
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/contracts
    state: recorded
    reload_command: systemctl reload signer
  become: true

- name: Go back to the former release
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/contracts
    state: rolled_back
  become: true

- name: Remove everything, the private keys too
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
  returned: when the options are usable
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
    reloaded: &reloaded
      description: Whether O(reload_command) was run for this certificate, with success.
      type: bool
      returned: always
      sample: false
    csr: &csr
      description: The CSR of the pending key. It is none for a UKey and for the other states.
      type: str
      returned: success
      sample: "-----BEGIN CERTIFICATE REQUEST-----\n..."
    public_key_sha256: &public_key_sha256
      description: SHA-256 of the public key of the pending key (DER, SubjectPublicKeyInfo), where RV(csr) is one.
      type: str
      returned: success
      sample: 4a1f0c3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
    ukey_password: &password
      description:
        - The password of the UKey for O(state=prepared). Use C(no_log) for the task that makes one.
        - Where it was given as O(ukey_password), Ansible masks it here.
      type: str
      returned: success
      sample: k7WmPz3qRt9x
    live: &live
      description:
        - The certificate that services read, in check mode the one that they would. It is none where nothing is live.
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
        - The release that O(state=rolled_back) would go back to, or has come from, with the certificate's fields of
          RV(live). It is none where there is none, and for O(state=prepared) and O(state=recorded).
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
      description: What C(record.json) says, in check mode what it would. It is none where there is none.
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
          companion_order_id:
          ukey_password_known:
        live:
        superseded: []
        reload_pending: false
    error_code:
      description: A stable word for what went wrong with this certificate.
      type: str
      returned: when it failed
      sample: key_mismatch
    msg:
      description: What went wrong with this certificate, and what to do.
      type: str
      returned: when it failed
      sample: "/etc/ssl/wotrus/contracts: the certificate with the serial number 5F3A09C1D2E4 is for another key"
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
  description: A stable word for what went wrong, of the first certificate that failed.
  type: str
  returned: failure
  sample: key_mismatch
"""

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.operation import deploy
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import (
    argument_spec,
    constraints,
)
from ansible_collections.wotrus.pki.plugins.module_utils._target_module import run_target_module


def main() -> t.NoReturn:
    """Run the operation."""
    run_target_module(argument_spec(), lambda host: deploy(host.params, host), **constraints())


if __name__ == "__main__":
    main()
