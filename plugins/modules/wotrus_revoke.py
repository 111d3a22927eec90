#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask WoTrus to revoke a certificate."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_revoke
short_description: Ask WoTrus to revoke a certificate
version_added: 1.0.0
description:
  - Asks for the revocation of an order's certificate. People at WoTrus review it, with the evidence that goes along.
  - There is nothing to do where the certificate is revoked already, or its revocation is under review.
  - The call has no idempotence value. After an answer that got lost, the order's status tells whether it took.
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - wotrus.pki.api
  - wotrus.pki.wait
  - wotrus.pki.attributes
  - wotrus.pki.attributes.action_group
attributes:
  check_mode:
    support: full
    details:
      - The API is only read.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  order_id:
    description:
      - The id of the order whose certificate is revoked.
    type: str
    required: true
  product:
    description:
      - The product that the order must be for, by name or GUID. The order of another product is not revoked, and this
        fails with C(order_mismatch).
    type: str
  common_name:
    description:
      - The same for the order's common name.
    type: str
  fingerprint_sha256:
    description:
      - The SHA-256 of the certificate that is to be revoked, in hexadecimal. The order of another certificate is not
        revoked, and this fails with C(order_mismatch).
    type: str
  reason:
    description:
      - Why it is revoked.
    type: str
    required: true
  document:
    description:
      - The evidence, on WoTrus's template. Required where the revocation has to be asked for; it is checked before
        anything is sent, and never shown.
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
  wait:
    description:
      - Whether to wait until the certificate is revoked. One that is still under review at the end of the wait is a
        result, not a failure; one that WoTrus refuses to revoke is a failure.
seealso:
  - module: wotrus.pki.wotrus_order
    description: Cancels an order that has no certificate yet.
  - module: wotrus.pki.wotrus_reissue
"""

EXAMPLES = r"""
- name: Revoke a certificate whose key was disclosed
  wotrus.pki.wotrus_revoke:
    order_id: 644A3E60-F1AA-4E25-821A-ACFBC462BC37
    reason: The private key was disclosed
    document:
      path: documents/revocation.pdf
    wait: true
    wait_timeout: 600
  register: revocation

- name: Say how it stands
  ansible.builtin.debug:
    msg: "{{ revocation.msg }}"
"""

RETURN = r"""
order_id:
  description: The order's id.
  type: str
  returned: always
  sample: 644A3E60-F1AA-4E25-821A-ACFBC462BC37
status:
  description: The order's status in the API's own word. C(pendingRevoke) is a revocation under review.
  type: str
  returned: success
  sample: pendingRevoke
revoked:
  description: Whether the certificate is revoked.
  type: bool
  returned: success
  sample: false
order:
  description: The order, as RV(wotrus.pki.wotrus_order#module:order) describes it.
  type: dict
  returned: success
  sample: {id: 644A3E60-F1AA-4E25-821A-ACFBC462BC37, status: pendingRevoke, stage: revoking}
msg:
  description: How it stands, in a sentence.
  type: str
  returned: always
  sample: Order 644A3E60-F1AA-4E25-821A-ACFBC462BC37 is issued, and its revocation is under review
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
  sample: invalid_document
"""

from ansible_collections.wotrus.pki.plugins.module_utils._module import run_module
from ansible_collections.wotrus.pki.plugins.module_utils._orders.revoke import OPERATION


def main() -> None:
    """Run the operation."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
