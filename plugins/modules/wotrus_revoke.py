#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Request the revocation of a WoTrus certificate."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_revoke
short_description: Request the revocation of a WoTrus certificate
version_added: 1.0.0
description:
  - Requests the revocation of an order's certificate. People at WoTrus review the request and its evidence.
  - If the certificate is revoked or its revocation is under review, nothing is sent.
  - The call has no idempotence value. If the answer is lost, the module reads the order's status.
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - wotrus.pki.api
  - wotrus.pki.document
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
      - The name or GUID of the product that the order must be for. Otherwise nothing is revoked, and this fails with
        C(order_mismatch).
    type: str
  common_name:
    description:
      - The common name that the order must be for. Otherwise nothing is revoked, and this fails with
        C(order_mismatch).
    type: str
  organization:
    description:
      - The name of the organization that the order must be for. Otherwise nothing is revoked, and this fails with
        C(order_mismatch).
    type: str
  fingerprint_sha256:
    description:
      - The SHA-256 that the order's certificate must have, in hexadecimal. Otherwise nothing is revoked, and this fails
        with C(order_mismatch).
    type: str
  reason:
    description:
      - The reason of the revocation.
    type: str
    required: true
  document:
    description:
      - The evidence, on WoTrus's template. Required unless the certificate is revoked or its revocation is under
        review. It is checked before anything is sent, and is never shown.
  wait:
    description:
      - Whether to wait until the certificate is revoked. If it is still under review at the end of the wait, that is a
        result, not a failure. If WoTrus refuses the revocation, the task fails.
seealso:
  - module: wotrus.pki.wotrus_order
    description: Cancels an order that has no certificate yet.
  - module: wotrus.pki.wotrus_reissue
  - ref: ansible_collections.wotrus.pki.docsite.guide_reissue
    description: Explains reissues, revocations and rollbacks.
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

- name: Show the status of the revocation
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
  description: A sentence about the revocation.
  type: str
  returned: always
  sample: Order 644A3E60-F1AA-4E25-821A-ACFBC462BC37 is issued, and its revocation is under review.
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
  sample: invalid_document
"""

from ansible_collections.wotrus.pki.plugins.module_utils._module import run_module
from ansible_collections.wotrus.pki.plugins.module_utils._orders.revoke import OPERATION


def main() -> None:
    """Run the operation."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
