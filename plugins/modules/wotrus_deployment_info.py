#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the live and pending certificates of a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_deployment_info
short_description: Read the live and pending certificates of a host
version_added: 1.0.0
description:
  - Reads the directories that M(wotrus.pki.wotrus_deployment) keeps, for any number of certificates in one execution.
  - It runs on the target, writes nothing and calls no API.
  - It waits up to 30 seconds in all while M(wotrus.pki.wotrus_deployment) changes the directories.
  - It is fast. While the files have the digests of the record, it does not read the certificates themselves.
  - A directory that cannot be read has a row with an C(error_code). The other directories are still returned.
requirements:
  - cryptography >= 3.3, only if the record is missing or does not match the files, or if a key file is read
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - wotrus.pki.attributes
  - wotrus.pki.attributes.info_module
attributes:
  platform:
    support: full
    platforms: posix
options:
  paths:
    description:
      - The directories of the certificates, absolute, such as V(/etc/ssl/wotrus/contracts).
      - A directory that does not exist yet is not a failure.
    type: list
    elements: path
    required: true
  first_keys:
    description:
      - Key files that would become first keys, by directory.
        See O(wotrus.pki.wotrus_deployment#module:key.import_from).
      - A file is only read if it would be imported now, since no certificate is live and no key is pending.
    type: dict
    default: {}
  check_revocation:
    description:
      - Whether to check the live certificates and their intermediates as readers of a signature do, by the HTTP
        addresses that they name. It may take up to a minute, and needs C(cryptography).
    type: bool
    default: false
  signed_documents:
    description:
      - The documents of services, by directory. Each has a C(path), a pattern such as V(/srv/out/*.pdf), and C(newest),
        how many of the newest files are read, at most 20. See
        O(wotrus.pki.certificate#role:main:wotrus_certificates[].signed_documents).
      - It takes up to 20 seconds, and needs C(cryptography).
    type: dict
    default: {}
  owners:
    description: Users that files will belong to. Those that the host does not have are returned.
    type: list
    elements: str
    default: []
  groups:
    description: Groups, as O(owners).
    type: list
    elements: str
    default: []
  base_dir:
    description:
      - The directory that has a folder for each certificate. Its folders with a record that are not O(listed) are
        returned.
    type: path
  listed:
    description: The names of folders of O(base_dir) that are not returned, such as those of all entries of the host.
    type: list
    elements: str
    default: []
seealso:
  - module: wotrus.pki.wotrus_deployment
  - module: wotrus.pki.wotrus_plan_info
  - ref: ansible_collections.wotrus.pki.docsite.guide_certificate
    description: Explains the files of a certificate and its states.
"""

EXAMPLES = r"""
- name: Read two certificates
  wotrus.pki.wotrus_deployment_info:
    paths:
      - /etc/ssl/wotrus/contracts
      - /etc/ssl/wotrus/invoices
  register: found
  become: true

- name: Fail if a live certificate has lost its key
  ansible.builtin.assert:
    that: found.deployments | map(attribute='live') | select | rejectattr('key_matches') | length == 0
"""

RETURN = r"""
deployments:
  description: One row for each path, in the order of O(paths).
  type: list
  elements: dict
  returned: always
  contains:
    path:
      description: The directory.
      type: str
      returned: always
      sample: /etc/ssl/wotrus/contracts
    live:
      description: The certificate that services read. V(null) if none is live.
      type: dict
      returned: always
      contains:
        release:
          description: The name of the release's folder in C(releases).
          type: str
          returned: always
          sample: 5F3A09C1D2E4
        serial_number:
          description: The serial number in upper-case hexadecimal.
          type: str
          returned: always
          sample: 5F3A09C1D2E4
        not_before:
          description: The first moment of its validity.
          type: str
          returned: always
          sample: "2026-11-24T15:31:09Z"
        not_after:
          description: The last moment of its validity.
          type: str
          returned: always
          sample: "2027-11-24T15:31:09Z"
        path_not_after:
          description: The earliest end on its path to the root. V(null) if its chain is missing or damaged.
          type: str
          returned: always
          sample: "2027-11-24T15:31:09Z"
        document_signing:
          description: Whether its usages allow document signing. V(null) if it is not known.
          type: bool
          returned: always
          sample: true
        encryption:
          description: Whether its key may be needed to decrypt. V(null) if it is not known.
          type: bool
          returned: always
          sample: false
        subject:
          description: The subject, as RFC 4514 writes it.
          type: str
          returned: always
          sample: CN=Example Ltd.,O=Example Ltd.,C=CN
        issuer:
          description: The issuer, as RFC 4514 writes it.
          type: str
          returned: always
          sample: CN=Example Document Signing CA,O=Example CA,C=CN
        alternative_names:
          description:
            - What it names besides its subject, and the e-mail addresses of the subject, each with its kind. V(null) if
              it is not known.
          type: list
          elements: str
          returned: always
          sample: ["email:contracts@example.com"]
        public_key_sha256:
          description: The SHA-256 of the certificate's public key (DER, SubjectPublicKeyInfo).
          type: str
          returned: always
          sample: 4a1f0c3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
        fingerprint_sha256:
          description: The SHA-256 of the certificate.
          type: str
          returned: always
          sample: 91be0f3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
        key_evidence:
          description:
            - What the token said of itself and of the key when the certificate was deployed. V(null) for other keys.
            - C(local), C(always_sensitive) and C(never_extractable) are the attributes of PKCS#11 with these names. A
              library can lie about all of it.
          type: dict
          returned: always
          sample:
            manufacturer: SoftHSM project
            model: SoftHSM v2
            serial: 5e7f2bd1a0c94f63
            firmware: "2.6"
            local: true
            always_sensitive: true
            never_extractable: true
        key_matches:
          description:
            - Whether C(privkey.pem) is the key of the certificate. It is also V(true) if the key is on a UKey, in a
              token, or external, by the record and the files. The token is not opened.
            - V(null) if the user that runs the module may not read the key.
          type: bool
          returned: always
          sample: true
        damaged:
          description:
            - The files that are missing or changed. For the key, see RV(deployments[].live.key_matches).
            - It is empty if the record has no digests.
          type: list
          elements: str
          returned: always
          sample: [chain.pem]
        files:
          description: The files that services read, by name.
          type: dict
          returned: always
          sample:
            cert.pem: /etc/ssl/wotrus/contracts/live/cert.pem
            chain.pem: /etc/ssl/wotrus/contracts/live/chain.pem
            fullchain.pem: /etc/ssl/wotrus/contracts/live/fullchain.pem
            privkey.pem: /etc/ssl/wotrus/contracts/live/privkey.pem
            root.pem: /etc/ssl/wotrus/contracts/live/root.pem
      sample:
        release: 5F3A09C1D2E4
        key_matches: true
    pending:
      description: The pending order. V(null) if there is none.
      type: dict
      returned: always
      contains:
        csr:
          description:
            - The certificate signing request. V(null) for a UKey, if there is none yet, or if its file has another
              content.
          type: str
          returned: always
          sample: "-----BEGIN CERTIFICATE REQUEST-----\n..."
        public_key_sha256:
          description: The SHA-256 of the pending public key. V(null) without a key.
          type: str
          returned: always
          sample: 4a1f0c3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
        has_key:
          description: Whether there is a pending private key.
          type: bool
          returned: always
          sample: true
        has_ukey_password:
          description: Whether there is a pending UKey password.
          type: bool
          returned: always
          sample: false
      sample:
        csr: "-----BEGIN CERTIFICATE REQUEST-----\n..."
        public_key_sha256: 4a1f0c3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
        has_key: true
        has_ukey_password: false
    record:
      description: The record, as in RV(wotrus.pki.wotrus_deployment#module:record). V(null) without a usable record.
      type: dict
      returned: always
      sample:
        version: 1
        name: contracts
        reload_pending: false
    releases:
      description: The names of the folders in C(releases).
      type: list
      elements: str
      returned: always
      sample: [4E2B08D0C1F3, 5F3A09C1D2E4]
    state_digest:
      description:
        - The digest of C(record), C(live) and C(pending), for O(wotrus.pki.wotrus_deployment#module:expected_state).
          V(null) if the directory could not be read completely.
      type: str
      returned: always
      sample: 7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069
    encryption_keys:
      description: The former releases whose keys are kept, since they may be needed to decrypt.
      type: list
      elements: str
      returned: always
      sample: [5F3A09C1D2E4]
    first_key:
      description:
        - What is known of the directory's file in O(first_keys), with its C(type), and its C(size) or C(curve).
        - If it cannot be used, it has an C(error_code) and a C(msg).
      type: dict
      returned: when the file would be imported
      sample:
        public_key_sha256: 4a1f0c3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
        type: RSA
        size: 2048
    missing_owners:
      description: Those of O(owners) that the host does not have.
      type: list
      elements: str
      returned: if there are any
      sample: [signer]
    missing_groups:
      description: Those of O(groups) that the host does not have.
      type: list
      elements: str
      returned: if there are any
      sample: [signer]
    revocation:
      description:
        - The revocation status of the live certificate and its intermediates, as in
          RV(wotrus.pki.wotrus_apply#module:results[].revocation_answers).
      type: list
      elements: dict
      returned: when O(check_revocation) is true
      sample: [{subject: "CN=Example Ltd.,C=CN", state: good, source: ocsp, age: 3600, size: 503}]
    signed_documents:
      description:
        - Who signed the newest documents, as in RV(wotrus.pki.wotrus_apply#module:results[].signed_documents), without
          C(path).
      type: dict
      returned: when O(signed_documents) has the directory
      sample: {found: 120, refused: 0, newest: "2026-11-24T15:31:09Z", signers: [{state: live, documents: 5}]}
    error_code:
      description: The error code, if this directory could not be read completely.
      type: str
      returned: when it could not be read, or only in part
      sample: record_unreadable
    msg:
      description: A sentence about the error, with what to do.
      type: str
      returned: when it could not be read, or only in part
      sample: "/etc/ssl/wotrus/contracts/record.json cannot be used: it is not JSON."
    texts:
      description: The text of C(msg) and its values, from which other languages are made.
      type: dict
      returned: when it could not be read, or only in part
      sample: {msg: {id: "{path} is missing.", arguments: {path: /etc/ssl/wotrus/contracts}}}
base_dir:
  description: The directory of O(base_dir), with an C(error_code) and a C(msg) if it could not be read.
  type: dict
  returned: when O(base_dir) is given
  contains:
    path:
      description: The directory.
      type: str
      returned: always
      sample: /etc/ssl/wotrus
    unlisted:
      description:
        - The folders with a record that are not O(listed), at most 100, sorted by name. Each has what its record
          says, the order of the live or the pending certificate, and when the live one expires.
        - Symbolic links, and folders with names that no certificate can have, are left out.
      type: list
      elements: dict
      returned: always
      sample: [{name: invoices, order_id: 89CB4BF6-3E53-4B49-9AB9-92D578144260, expires: "2027-11-24T15:31:09Z"}]
  sample:
    path: /etc/ssl/wotrus
    unlisted: []
request_ids:
  description: Always empty, since this module calls no API.
  type: list
  elements: str
  returned: always
  sample: []
error_code:
  description: The error code, which never changes.
  type: str
  returned: failure
  sample: invalid_input
"""

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.info import ARGUMENTS, deployments_info
from ansible_collections.wotrus.pki.plugins.module_utils._target_module import run_target_module


def main() -> t.NoReturn:
    """Run the operation."""
    run_target_module(ARGUMENTS, lambda host: deployments_info(host.params))


if __name__ == "__main__":
    main()
