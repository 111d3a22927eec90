#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reissue the certificate of a WoTrus order, once for each key."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_reissue
short_description: Reissue the certificate of a WoTrus order, once for each key
version_added: 1.0.0
description:
  - Requests a new certificate for a new key on an issued order. It is on the same order. The manual names no price for
    it.
  - The idempotence value is derived from the order and the CSR's public key. So each new key is one reissue, and a
    repeat is not a change.
  - For PDF products, WoTrus does not revoke the old certificate. See RV(revokes_old).
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - wotrus.pki.api
  - wotrus.pki.document
  - wotrus.pki.csr
  - wotrus.pki.attributes
  - wotrus.pki.attributes.action_group
attributes:
  check_mode:
    support: full
    details:
      - The API is only read. A reissue is predicted as a change, unless the order's certificate is already for the
        CSR's key.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  order_id:
    description:
      - The id of an order that is issued.
    type: str
    required: true
  csr:
    description:
      - The certificate signing request of the new key in PEM form. For an SM2 pair, it is that of the signing
        certificate.
      - A CSR with an SM2 key is checked with the C(openssl) command.
      - Exactly one of O(csr) and O(csr_path) is required.
  csr_encrypt:
    description:
      - The certificate signing request of the encryption certificate, for an SM2 pair. Both must have SM2 keys.
      - Each pair of keys is one reissue.
    type: str
  reason:
    description:
      - The reason of the reissue.
    type: str
    required: true
  idempotence_id:
    description:
      - An idempotence value of your own, instead of the derived one.
    type: str
  document:
    description:
      - The evidence, on WoTrus's template. Required for SM2 and Sectigo products only. It is checked before anything
        is sent, and is never shown.
seealso:
  - module: wotrus.pki.wotrus_order
  - module: wotrus.pki.wotrus_certificate
  - ref: ansible_collections.wotrus.pki.docsite.guide_reissue
    description: Explains reissues, revocations and rollbacks.
"""

EXAMPLES = r"""
- name: Create a new key and its CSR on the host
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/contracts
    state: prepared
    subject:
      common_name: 示例科技有限公司
  become: true
  register: prepared

- name: Reissue the certificate for the new key
  wotrus.pki.wotrus_reissue:
    order_id: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    csr: "{{ prepared.csr }}"
    reason: The host was rebuilt
  register: reissue

- name: Fetch the new certificate
  wotrus.pki.wotrus_certificate:
    order_id: "{{ reissue.new_order_id }}"
    csr: "{{ prepared.csr }}"
    wait: true

- name: Reissue an SM2 pair, with files of the controller
  wotrus.pki.wotrus_reissue:
    order_id: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    csr_path: csr/sm2-sign.csr
    csr_encrypt: "{{ lookup('ansible.builtin.file', 'csr/sm2-encrypt.csr') }}"
    reason: The keys were replaced
    document:
      path: documents/reissue.pdf
"""

RETURN = r"""
order_id:
  description: The id of the order that was reissued.
  type: str
  returned: always
  sample: 644A3E60-F1AA-4E25-821A-ACFBC462BC37
new_order_id:
  description:
    - The id with which the new certificate is fetched. It is the order's own id if the API returns no new one.
    - V(null) in check mode.
  type: str
  returned: success
  sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
idempotence_id:
  description: The idempotence value of the reissue.
  type: str
  returned: success
  sample: 5b0e8a2c-8f39-5d0c-9a3e-3c1f0f6a2f61
created:
  description: Whether this run requested the reissue. V(false) if it was requested before.
  type: bool
  returned: success
  sample: true
revokes_old:
  description:
    - Whether WoTrus revokes the old certificate after the new one is issued. V(null) if this is not known for the
      product.
  type: bool
  returned: success
  sample: false
order:
  description: The order of the new certificate, as RV(wotrus.pki.wotrus_order#module:order) describes it.
  type: dict
  returned: success
  sample: {id: 89CB4BF6-3E53-4B49-9AB9-92D578144260, status: pending, stage: waiting_on_ca}
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
  sample: order_not_issued
"""

from ansible_collections.wotrus.pki.plugins.module_utils._module import run_module
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import OPERATION


def main() -> None:
    """Run the operation."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
