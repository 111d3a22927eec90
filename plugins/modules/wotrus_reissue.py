#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask WoTrus for a new certificate on a live order, once for each key."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_reissue
short_description: Ask WoTrus for a new certificate on a live order, once for each key
version_added: 1.0.0
description:
  - Reissues the certificate of an order for a new key. This is not charged.
  - The idempotence value is derived from the order and the CSR's public key, so each new key is one reissue, however
    often it is asked for.
  - For PDF products WoTrus revokes nothing by itself. RV(revokes_old) tells.
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - wotrus.pki.api
  - wotrus.pki.csr
  - wotrus.pki.attributes
  - wotrus.pki.attributes.action_group
attributes:
  check_mode:
    support: full
    details:
      - The API is only read. A reissue is predicted as a change unless the order's certificate is
        for the CSR's key already.
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
      - The new key's certificate signing request in PEM form; for an SM2 pair that of the signing certificate.
      - A request with an SM2 key is checked with the C(openssl) command.
      - Exactly one of O(csr) and O(csr_path) is required.
  csr_encrypt:
    description:
      - The certificate signing request of the encryption certificate, for an SM2 pair. Both then have SM2 keys.
      - Each pair of keys is one reissue.
    type: str
  reason:
    description:
      - Why the certificate is reissued.
    type: str
    required: true
  idempotence_id:
    description:
      - An idempotence value of your own, in place of the derived one.
    type: str
  document:
    description:
      - The evidence that WoTrus's template asks for. Required for SM2 and Sectigo products, and for no others.
    type: dict
    suboptions:
      path:
        description:
          - The path of a C(.pdf), C(.jpg) or C(.gif) file of at most 10 MiB.
          - Exactly one of O(document.path) and O(document.content) is required.
        type: path
      content:
        description: The document in base64, with O(document.file_type).
        type: str
      file_type:
        description: The type of O(document.content).
        type: str
        choices: [.pdf, .jpg, .gif]
seealso:
  - module: wotrus.pki.wotrus_order
  - module: wotrus.pki.wotrus_certificate
"""

EXAMPLES = r"""
- name: Ask for a certificate for the new key
  wotrus.pki.wotrus_reissue:
    order_id: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    csr_path: /etc/ssl/wotrus/contracts/pending/request.csr
    reason: The host was rebuilt
  register: reissue

- name: Fetch it
  wotrus.pki.wotrus_certificate:
    order_id: "{{ reissue.new_order_id }}"
    csr_path: /etc/ssl/wotrus/contracts/pending/request.csr
    wait: true

- name: Ask for an SM2 pair for two new keys
  wotrus.pki.wotrus_reissue:
    order_id: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    csr_path: /etc/ssl/sm2/sign.csr
    csr_encrypt: "{{ lookup('ansible.builtin.file', '/etc/ssl/sm2/encrypt.csr') }}"
    reason: The keys were replaced
    document:
      path: /etc/ssl/sm2/evidence.pdf
"""

RETURN = r"""
order_id:
  description: The id of the order that was reissued.
  type: str
  returned: always
  sample: 644A3E60-F1AA-4E25-821A-ACFBC462BC37
new_order_id:
  description:
    - The id under which the new certificate is fetched; the order's own id where the API names no new one.
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
    - Whether WoTrus revokes the old certificate by itself once the new one is issued; V(null) where the product does
      not tell.
  type: bool
  returned: success
  sample: false
order:
  description: The order of the new certificate, as RV(wotrus.pki.wotrus_order#module:order) describes it.
  type: dict
  returned: success
  sample: {id: 89CB4BF6-3E53-4B49-9AB9-92D578144260, status: pending, stage: waiting_on_ca}
request_ids:
  description: The C(RequestID) of each try, by which WoTrus's support finds a call; the last 1,000.
  type: list
  elements: str
  returned: always
  sample: [0c2c2f8e-3c0f-4c59-8d7b-2a1a6c7b5f10]
error_code:
  description: A stable word for what went wrong.
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
