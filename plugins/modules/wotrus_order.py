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
  - Places an order for a certificate with an idempotence value. One order is placed and paid, however often and on
    whichever machine this runs. A repeat adopts the order that exists, and is not a change.
  - An error never makes it place a second order. An order that was placed with other values, or that is closed,
    rejected or revoked, is a failure. To replace such an order, set O(follows) to its id.
  - An order that waits for people at WoTrus is a normal result. M(wotrus.pki.wotrus_certificate) and
    M(wotrus.pki.wotrus_order_info) wait for the certificate.
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
      - The API is only read. Only placing the order would show whether it exists already, so an order by O(name) or
        O(idempotence_id) is predicted as a change.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description:
      - V(present) places the order or adopts it.
      - V(cancelled) cancels an order that has no certificate yet; this needs O(order_id) and O(reason). WoTrus
        decides, and its refusal is a failure with its reason. An order that is closed, rejected or revoked already
        stays as it is. With O(product) or O(common_name), an order for something else is not cancelled.
    type: str
    choices: [present, cancelled]
    default: present
  name:
    description:
      - The order's name, unique among all orders of your account. The idempotence value is derived from it, the same
        on every machine. With O(follows) it is a label only.
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
      - The validity in months. V(13) and V(25) are for renewals, so that the days left on the old certificate are kept.
      - Required if an order may be placed.
    type: int
    choices: [12, 13, 24, 25]
  ukey_password:
    description:
      - The password of the UKey, for a certificate whose key is made on one.
    type: str
  ukey_ship_address:
    description:
      - The address that the UKey is sent to.
    type: str
  extra:
    description:
      - Further fields of the API's C(orderinfoPost), under the API's names, for products that need some.
      - A field that an option of its own sets is refused.
    type: dict
  reason:
    description:
      - Why the order is cancelled. Required with O(state=cancelled).
    type: str
seealso:
  - module: wotrus.pki.wotrus_order_info
  - module: wotrus.pki.wotrus_certificate
"""

EXAMPLES = r"""
- name: Order a certificate for contracts, once
  wotrus.pki.wotrus_order:
    name: contracts@signer1
    product: pdf_signing
    common_name: 示例科技有限公司
    months: 12
    csr_path: /etc/ssl/wotrus/contracts/pending/request.csr
    organization:
      name: 示例科技有限公司
      business_category: Private Organization
      country_code: CN
      user_email: pki@example.com
    documents:
      - type: business_license
        path: documents/business-license.pdf
  register: order

- name: Say where it stands
  ansible.builtin.debug:
    msg: "{{ order.order_id }} is {{ order.order.status }} ({{ order.order.stage }})"

- name: Renew it with the order that follows
  wotrus.pki.wotrus_order:
    name: contracts@signer1
    follows: "{{ order.order_id }}"
    product: pdf_signing
    common_name: 示例科技有限公司
    months: 13
    csr_path: /etc/ssl/wotrus/contracts/pending/request.csr
    organization:
      name: 示例科技有限公司

- name: Adopt an order that was placed in the web console
  wotrus.pki.wotrus_order:
    order_id: "{{ order.order_id }}"
    common_name: 示例科技有限公司

- name: Cancel it
  wotrus.pki.wotrus_order:
    state: cancelled
    order_id: "{{ order.order_id }}"
    reason: Ordered for the wrong department
"""

RETURN = r"""
order_id:
  description: The id of the order that the CSR belongs to; V(null) in check mode if it is not known.
  type: str
  returned: success
  sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
companion_order_id:
  description: The id of the SM2 order beside it, for products that have one.
  type: str
  returned: when O(state=present)
  sample:
idempotence_id:
  description: The idempotence value that was sent; V(null) if the order was given by its id.
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
    - The order as the API has it, without personal data. V(null) if it is not known in check mode, or if the API does
      not show a fresh order yet.
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
        - What the status means. One of V(waiting_on_you), V(waiting_on_ca), V(issued), V(revoking), V(dead),
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
      description: The validity in months; V(null) where the API gives it in a unit that the manual does not explain.
      type: int
      sample: 12
    created_at:
      description: When the order was placed (UTC).
      type: str
      sample: '2026-11-24T07:31:09Z'
    order_number:
      description: The order's number, as the web console shows it.
      type: str
      sample: '261124153109286'
    organization:
      description: The organization's C(id), C(name), review C(status) and whether C(documents_uploaded).
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
      description: The payment. One of V(unpaid), V(paid), V(issued_unpaid); V(null) where it is not known.
      type: str
      sample: paid
    pending_link:
      description: A page on which a person does what the order waits for.
      type: str
      sample:
msg:
  description: What would be done, in check mode.
  type: str
  returned: in check mode, where something would be sent
  sample: Would place the order, or adopt the one that was placed with the same idempotence value.
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
  sample: order_mismatch
"""

from ansible_collections.wotrus.pki.plugins.module_utils._module import run_module
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION


def main() -> None:
    """Run the operation."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
