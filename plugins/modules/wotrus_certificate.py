#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch the verified certificate of a WoTrus order."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_certificate
short_description: Fetch the certificate of a WoTrus order, verified and leaf first
version_added: 1.0.0
description:
  - Fetches an order's certificate and verifies it before it is returned.
  - The certificate must be for the key of the CSR. The signatures of its chain must lead to a root or to your trust
    anchor. Each certificate of the chain must be valid now, by the API's clock.
  - The API may send the certificates in any order, with duplicates and unrelated ones.
  - SM2 signatures are checked with the C(openssl) command. If it is missing or lacks SM2, this fails with
    C(sm2_unavailable).
  - A pending order is a result, with RV(issued) V(false), not a failure. So is an issued one that is not paid, while
    WoTrus gives no certificate of it.
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - wotrus.pki.api
  - wotrus.pki.csr
  - wotrus.pki.wait
  - wotrus.pki.attributes
  - wotrus.pki.attributes.action_group
attributes:
  check_mode:
    support: full
    details:
      - It does the same in check mode. WoTrus may issue an approved order only when its certificate is fetched, so this
        is no info module.
  diff_mode:
    support: N/A
    details:
      - It writes nothing that could be compared.
  idempotent:
    support: full
    details:
      - It is never a change.
options:
  order_id:
    description:
      - The order's id.
    type: str
    required: true
  csr:
    description:
      - The CSR whose key the certificate must have. Otherwise this fails with C(key_mismatch). For an SM2 pair, one
        of the two certificates must have it.
      - It may have an RSA, ECC or SM2 key.
      - Without O(csr) and O(csr_path), as for a UKey, the key is not checked. Then the certificate must have the
        order's common name.
  common_name:
    description:
      - The common name that the certificate must have. By default it is the order's.
      - Without a CSR, another name in the certificate fails with C(order_mismatch). With a CSR it is a warning, since
        the key matches and the CA decides the name.
    type: str
  companion_order_id:
    description:
      - The companion order, from RV(wotrus.pki.wotrus_order#module:companion_order_id), for an SM2 product that was
        ordered with a CSR. RV(bundles) then has its SM2 pair too.
      - RV(issued) is V(true) if both orders have their certificates. A companion order that is closed, rejected or
        revoked is skipped with a warning.
    type: str
  root_ca_path:
    description:
      - The path of a file with root certificates in PEM form. The chain must end in one of them. For an SM2 pair, add
        the SM2 root.
      - By default, the chain must end in a self-signed certificate of the API's answer.
    type: path
  verification:
    description:
      - Whether a chain may break a rule. V(strict) fails with C(weak_certificate). V(compatible) accepts it with a
        warning that has the rule.
      - The rules are as follows. No MD5 or SHA-1 signature, except a root's own. No RSA key below 2048 bits. No unknown
        critical extension (RFC 5280, 4.2). No CA with name constraints (RFC 5280, 4.2.1.10), which are not checked. The
        first certificate is not for a CA, and has one common name. The extended key usages of an intermediate include
        one of the first certificate, or one for documents or e-mail if that has none.
    type: str
    choices: [strict, compatible]
    default: strict
seealso:
  - module: wotrus.pki.wotrus_order
  - module: wotrus.pki.wotrus_deployment
  - ref: ansible_collections.wotrus.pki.docsite.guide_sm2
    description: Explains SM2 pairs and companion orders.
"""

EXAMPLES = r"""
- name: Wait up to ten minutes for the certificate
  wotrus.pki.wotrus_certificate:
    order_id: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    csr: "{{ prepared.csr }}" # of wotrus_deployment
    wait: true
    wait_timeout: 600
  register: certificate

- name: Fetch an RSA certificate and the SM2 pair beside it
  wotrus.pki.wotrus_certificate:
    order_id: "{{ order_result.order_id }}"
    companion_order_id: "{{ order_result.companion_order_id }}"
    csr: "{{ prepared.csr }}"
  register: certificates

- name: Show the status of the order
  ansible.builtin.debug:
    msg: "{{ certificate.msg }}"
  when: not certificate.issued

- name: Write the full chain
  ansible.builtin.copy:
    content: "{{ certificate.fullchain }}"
    dest: /tmp/fullchain.pem
    mode: "0644"
  when: certificate.issued
"""

RETURN = r"""
issued:
  description: Whether there is a certificate.
  type: bool
  returned: success
  sample: true
order_id:
  description: The order's id.
  type: str
  returned: always
  sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
status:
  description: The order's status in the API's own word.
  type: str
  returned: success
  sample: issued
stage:
  description: The meaning of the status, as in RV(wotrus.pki.wotrus_order#module:order.stage).
  type: str
  returned: success
  sample: issued
pending_link:
  description: The page on which you do what the order waits for. V(null) if there is none.
  type: str
  returned: success
  sample: https://buy.wosign.com/1.html
order:
  description: The order, as RV(wotrus.pki.wotrus_order#module:order) describes it.
  type: dict
  returned: success
  sample: {id: 89CB4BF6-3E53-4B49-9AB9-92D578144260, status: issued, stage: issued}
certificate:
  description: The certificate in PEM form. V(null) if the order is pending.
  type: str
  returned: success
  sample: "-----BEGIN CERTIFICATE-----\n..."
chain:
  description: The intermediate certificates in PEM form, without the root. The issuer of the certificate is first.
  type: list
  elements: str
  returned: success
  sample: ["-----BEGIN CERTIFICATE-----\n..."]
root:
  description: The root or trust anchor that the chain ends in, in PEM form.
  type: str
  returned: success
  sample: "-----BEGIN CERTIFICATE-----\n..."
fullchain:
  description: The certificate and its intermediates in one text, as servers need it.
  type: str
  returned: success
  sample: "-----BEGIN CERTIFICATE-----\n..."
info:
  description: The data of the certificate.
  type: dict
  returned: success
  contains:
    common_name:
      description: The common name of the subject. V(null) if it has none.
      type: str
      sample: 示例科技有限公司
    subject:
      description: The subject (RFC 4514).
      type: str
      sample: CN=示例科技有限公司,C=CN
    issuer:
      description: The issuer (RFC 4514).
      type: str
      sample: CN=WoTrus Document Signing CA,C=CN
    serial_number:
      description: The serial number in hexadecimal.
      type: str
      sample: 4F1C0DEB2A
    not_before:
      description: The first moment of its validity (UTC).
      type: str
      sample: '2026-11-24T15:31:09Z'
    not_after:
      description: The last moment of its validity (UTC).
      type: str
      sample: '2027-11-24T15:31:09Z'
    fingerprint_sha256:
      description: The SHA-256 of the certificate in hexadecimal.
      type: str
      sample: 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
    public_key_sha256:
      description: The SHA-256 of the SubjectPublicKeyInfo in hexadecimal.
      type: str
      sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    alternative_names:
      description:
        - What it names besides its subject, and the e-mail addresses of the subject, each with its kind. At most 20.
      type: list
      elements: str
      sample: ["email:contracts@example.com"]
    key_type:
      description: The key type. One of V(RSA), V(ECC), V(SM2).
      type: str
      sample: RSA
    key_size:
      description: The size of the key in bits. V(null) if it is not known.
      type: int
      sample: 3072
    key_usage:
      description: The key usages. It is empty if the certificate has no such extension.
      type: list
      elements: str
      sample: [digitalSignature, nonRepudiation]
    extended_key_usage:
      description: The extended key usages, by name if it is known, else by object identifier.
      type: list
      elements: str
      sample: [documentSigning, adobeAuthenticDocumentsTrust]
    document_signing:
      description:
        - Whether its usages allow document signing. V(false) is a warning here. The role and
          M(wotrus.pki.wotrus_deployment) do not deploy such a certificate.
      type: bool
      sample: true
    encryption:
      description: Whether its key may be needed to decrypt, by its key usages.
      type: bool
      sample: false
    path_not_after:
      description:
        - The earliest end on its path to the root, with the intermediates. Readers refuse signatures after that. If it
          is earlier than C(not_after), there is a warning.
      type: str
      sample: "2027-11-24T15:31:09Z"
    root_subject:
      description: The subject of the root of its path.
      type: str
      sample: CN=Example Root,O=Example CA,C=CN
    root_sha256:
      description: The SHA-256 of that root in hexadecimal.
      type: str
      sample: 91be0f3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
bundles:
  description:
    - The certificates by kind. V(rsa) is for an RSA or ECC key, V(sign) and V(encrypt) are for an SM2 pair. Each is
      V(null) or a dictionary with RV(certificate), RV(chain), RV(root), RV(fullchain) and RV(info).
    - The result itself has these fields of the bundle for the CSR's key. Without a CSR, it has those of the first
      bundle.
  type: dict
  returned: success
  sample: {rsa: {certificate: "-----BEGIN CERTIFICATE-----\n..."}, sign: null, encrypt: null}
msg:
  description: A sentence about the order.
  type: str
  returned: always
  sample: Order 89CB4BF6-3E53-4B49-9AB9-92D578144260 is issued.
request_ids:
  description: The C(RequestID) of each try, with which WoTrus finds a call. At most the last 1,000.
  type: list
  elements: str
  returned: always
  sample: [0c2c2f8e-3c0f-4c59-8d7b-2a1a6c7b5f10]
error_code:
  description: The error code, which never changes.
  type: str
  returned: failure
  sample: key_mismatch
"""

from ansible_collections.wotrus.pki.plugins.module_utils._module import run_module
from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import OPERATION


def main() -> None:
    """Run the operation."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
