#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report the status of WoTrus orders, and wait for them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_order_info
short_description: Report the status of one or many WoTrus orders, and wait for them
version_added: 1.0.0
description:
  - Reads one or many orders in parallel, in one task.
  - With O(wait) it waits for all of them in one process. For an order in C(pendingCAIssued) it also requests the
    certificate, since WoTrus issues it only then.
  - An unknown id has a row with an C(error_code), and the other orders are still returned.
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - wotrus.pki.api
  - wotrus.pki.wait
  - wotrus.pki.attributes
  - wotrus.pki.attributes.info_module
  - wotrus.pki.attributes.action_group
options:
  order_ids:
    description:
      - The ids of the orders, in any spelling.
    type: list
    elements: str
    required: true
  wait_for:
    description:
      - The stage to wait for. The wait for an order also ends if the order is closed, rejected or revoked.
    type: str
    choices: [issued, revoked]
    default: issued
seealso:
  - module: wotrus.pki.wotrus_order
  - module: wotrus.pki.wotrus_certificate
  - ref: ansible_collections.wotrus.pki.docsite.guide_fleets
    description: Explains how a run waits for many orders.
"""

EXAMPLES = r"""
- name: Read two orders
  wotrus.pki.wotrus_order_info:
    order_ids:
      - 89CB4BF6-3E53-4B49-9AB9-92D578144260
      - 644A3E60-F1AA-4E25-821A-ACFBC462BC37
  register: status

- name: Show their status
  ansible.builtin.debug:
    msg: "{{ status.orders | map(attribute='msg') }}"

- name: Wait up to ten minutes for both
  wotrus.pki.wotrus_order_info:
    order_ids: "{{ status.orders | map(attribute='id') }}"
    wait: true
    wait_timeout: 600
"""

RETURN = r"""
orders:
  description:
    - One row for each id, in the order of O(order_ids). A row has the fields of
      RV(wotrus.pki.wotrus_order#module:order), C(error_code) and C(msg).
    - The row of an order that could not be read has only C(id), C(status), C(stage), C(error_code) and C(msg).
  type: list
  elements: dict
  returned: success
  sample:
    - id: 89CB4BF6-3E53-4B49-9AB9-92D578144260
      status: pending
      stage: waiting_on_ca
      error_code:
      msg: Order 89CB4BF6-3E53-4B49-9AB9-92D578144260 is under review at WoTrus (pending).
all_done:
  description:
    - Whether no order is left to wait for. Each order has reached O(wait_for), or is closed, rejected, revoked or
      unknown.
  type: bool
  returned: success
  sample: false
waited:
  description: The duration of the task in seconds.
  type: float
  returned: success
  sample: 12.5
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
  sample: unauthorized
"""

from ansible_collections.wotrus.pki.plugins.module_utils._module import run_module
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_info import OPERATION


def main() -> None:
    """Run the operation."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
