#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Place a WoTrus order once, adopt it afterwards, or cancel it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_order
short_description: Place an order at WoTrus once, adopt it afterwards, or cancel it
version_added: 1.0.0
description:
  - Places an order for a certificate with an idempotence value, so that only one order is placed and paid. A repeat,
    from any machine, adopts the existing order and is not a change.
  - It fails if the existing order has other values, or is closed, rejected or revoked. It never places a second order
    instead. To replace such an order, set O(follows) to its id.
  - A pending order is a result, not a failure. M(wotrus.pki.wotrus_certificate) and M(wotrus.pki.wotrus_order_info)
    wait for the certificate.
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - wotrus.pki.api
  - wotrus.pki.csr
  - wotrus.pki.organization
  - wotrus.pki.attributes
  - wotrus.pki.attributes.action_group
attributes:
  check_mode:
    support: full
    details:
      - The API is only read. It cannot find an order by O(name) or O(idempotence_id), so such an order is predicted as
        a change.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description:
      - V(present) places the order or adopts it.
      - V(cancelled) cancels an order that has no certificate yet. It needs O(order_id) and O(reason). If WoTrus
        refuses it, the task fails with WoTrus's reason.
      - V(cancelled) does not change an order that is closed, rejected or revoked. If O(product) or O(common_name) is
        set, an order for another product or name is not cancelled.
    type: str
    choices: [present, cancelled]
    default: present
  name:
    description:
      - The order name, unique among all orders of your account. The idempotence value is derived from it, and is the
        same on every machine. With O(follows), the order name is only a label.
      - Exactly one of O(name), O(idempotence_id) and O(order_id) is required.
    type: str
  follows:
    description:
      - The id of the order that this order renews or replaces. The idempotence value is then derived from this id
        alone, so that each order is followed by one order at most.
      - Give the root, which is the id that the order had when it was placed. A reissue keeps the root of its order.
      - Needs O(name).
    type: str
  idempotence_id:
    description:
      - An idempotence value of your own, such as the key of a database row.
    type: str
  order_id:
    description:
      - The id of an order that exists. It is adopted, and nothing is placed.
    type: str
  product:
    description:
      - The product's name, or the GUID of any product that the API sells.
      - V(pdf_signing) is C(PDF 签名和加密证书), V(organization_document_signing) is C(单位文档签名证书),
        V(individual_document_signing) is C(个人文档签名证书).
      - Required if an order may be placed.
    type: str
  common_name:
    description:
      - The common name of the certificate, in general the organization's name.
      - Required if an order may be placed.
    type: str
  months:
    description:
      - The validity in months. V(13) and V(25) are for renewals, which then include the days left of the old
        certificate.
      - Required if an order may be placed.
    type: int
    choices: [12, 13, 24, 25]
  ukey_password:
    description:
      - The password of the UKey, for a certificate whose key is on a UKey.
    type: str
  ukey_ship_address:
    description:
      - The address to which WoTrus sends the UKey.
    type: str
  extra:
    description:
      - Further fields of the API's C(orderinfoPost), under the API's names, for products that need some.
      - A field that has an option of its own is refused.
    type: dict
  reason:
    description:
      - Why the order is cancelled. Required with O(state=cancelled).
    type: str
seealso:
  - module: wotrus.pki.wotrus_order_info
  - module: wotrus.pki.wotrus_certificate
  - ref: ansible_collections.wotrus.pki.docsite.guide_orders
    description: Explains order names, orders that follow, and the order limit.
  - ref: ansible_collections.wotrus.pki.docsite.guide_ukey
    description: Explains orders with a UKey.
"""

EXAMPLES = r"""
- name: Create a key and its CSR on the host
  wotrus.pki.wotrus_deployment:
    path: /etc/ssl/wotrus/contracts
    state: prepared
    subject:
      common_name: 示例科技有限公司
  become: true
  register: prepared

- name: Order a certificate for contracts
  wotrus.pki.wotrus_order:
    name: contracts@signer1
    product: pdf_signing
    common_name: 示例科技有限公司
    months: 12
    csr: "{{ prepared.csr }}"
    organization:
      name: 示例科技有限公司
      business_category: Private Organization
      country_code: CN
      user_email: pki@example.com
    documents:
      - type: business_license
        path: documents/business-license.pdf
  register: order_result

- name: Show the status of the order
  ansible.builtin.debug:
    msg: "{{ order_result.order_id }} is {{ order_result.order.status }} ({{ order_result.order.stage }})."

- name: Renew it with a key and CSR that were created before
  wotrus.pki.wotrus_order:
    name: contracts@signer1
    follows: "{{ order_result.order_id }}"
    product: pdf_signing
    common_name: 示例科技有限公司
    months: 13
    csr_path: csr/contracts.csr # on the controller, below files/ or beside the playbook
    organization:
      name: 示例科技有限公司

- name: Adopt an order that was placed in the partner console
  wotrus.pki.wotrus_order:
    order_id: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    common_name: 示例科技有限公司

- name: Cancel an order
  wotrus.pki.wotrus_order:
    state: cancelled
    order_id: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    reason: Ordered for the wrong department
"""

RETURN = r"""
order_id:
  description: The id of the order of the CSR. V(null) in check mode if it is not known.
  type: str
  returned: success
  sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
companion_order_id:
  description: The id of the companion order for SM2. V(null) for a product without one.
  type: str
  returned: when O(state=present)
  sample: 4798ED51-DB0E-4A79-BBAC-5F86A7A122B1
idempotence_id:
  description: The idempotence value that was sent. V(null) with O(order_id).
  type: str
  returned: success
  sample: 5b0e8a2c-8f39-5d0c-9a3e-3c1f0f6a2f61
created:
  description: Whether this run placed the order. V(false) if it was adopted.
  type: bool
  returned: success
  sample: true
order:
  description:
    - The order at WoTrus, without personal data. V(null) if the API does not show a new order yet, or in check mode if
      the order is not known.
  type: dict
  returned: success
  contains:
    id:
      description: The order's id.
      type: str
      sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    status:
      description: The status in the API's own word.
      type: str
      sample: pending
    stage:
      description:
        - The meaning of the status. One of V(waiting_on_you), V(waiting_on_ca), V(issued), V(revoking), V(dead),
          V(unknown).
      type: str
      sample: waiting_on_ca
    product_id:
      description: The product's GUID.
      type: str
      sample: 76ECE651-B59E-48F2-A47B-135614AADAD9
    product_name:
      description: The product's name in the API.
      type: str
      sample: PDF 签名和加密证书
    common_name:
      description: The common name.
      type: str
      sample: 示例科技有限公司
    months:
      description: The validity in months. V(null) if the API sends another unit, which the manual does not explain.
      type: int
      sample: 12
    created_at:
      description: When the order was placed (UTC).
      type: str
      sample: '2026-11-24T07:31:09Z'
    order_number:
      description: The order's number, as the partner console shows it.
      type: str
      sample: '261124153109286'
    organization:
      description: The organization, with C(id), C(name), review C(status) and C(documents_uploaded).
      type: dict
      sample:
        id: 31cd6419-0fc2-4273-8f7f-5193d4900423
        name: 示例科技有限公司
        status: pending
        documents_uploaded: true
    paid:
      description: Whether the order is paid.
      type: bool
      sample: true
    payment:
      description: The payment. One of V(unpaid), V(paid), V(issued_unpaid). V(null) if it is not known.
      type: str
      sample: paid
    hints:
      description:
        - What WoTrus shows as missing while the order is pending. V(papers_missing), V(csr_missing),
          V(applicant_missing) or V(organization_pending). An order may be issued all the same.
        - V(issued_unpaid) for an order that was issued before the payment, and is not paid.
      type: list
      elements: str
      sample: [papers_missing]
    pending_link:
      description: The page on which you do what the order waits for. V(null) if there is none.
      type: str
      sample: https://buy.wosign.com/1.html
msg:
  description: The predicted change.
  type: str
  returned: in check mode, if something would be sent
  sample: Would place the order, or adopt the one that was placed with the same idempotence value.
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
  sample: order_mismatch
"""

from ansible_collections.wotrus.pki.plugins.module_utils._module import run_module
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION


def main() -> None:
    """Run the operation."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
