#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show which readings of WoTrus's manual hold, by old orders."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_probe_info
short_description: Show what old orders say of the points that WoTrus's manual leaves open
version_added: 1.0.0
description:
  - Reads orders that exist, and compares the answers with the points that the manual of the API leaves open, such as
    the form of C(createTime) or the length of a certificate. An order that was reissued shows most.
  - It sends Query for each order, and RetrievePem only where Query says C(issued). It waits for nothing, changes
    nothing and costs nothing.
  - A point that no order shows has a row too, which says how it is learned.
  - The playbook C(wotrus.pki.probe) shows the rows as tables. With O(readings), they are kept in a file.
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - wotrus.pki.api
  - wotrus.pki.attributes
  - wotrus.pki.attributes.info_module
  - wotrus.pki.attributes.action_group
options:
  order_ids:
    description:
      - The ids of the orders, in any spelling. With several, the rows say where their answers differ.
    type: list
    elements: str
    required: true
seealso:
  - module: wotrus.pki.wotrus_order_info
  - ref: ansible_collections.wotrus.pki.docsite.guide_real_token
    description: Explains the first day with a real token.
"""

EXAMPLES = r"""
- name: Show what two orders say of the manual
  wotrus.pki.wotrus_probe_info:
    order_ids:
      - 89CB4BF6-3E53-4B49-9AB9-92D578144260
      - 644A3E60-F1AA-4E25-821A-ACFBC462BC37
  register: probe

- name: Show what is still open
  ansible.builtin.debug:
    msg: "{{ probe.readings | rejectattr('word') | map(attribute='question') }}"
"""

RETURN = r"""
orders:
  description:
    - The orders that could be read, with the dates of their certificates. Of an order and its reissue, they show what
      became of the order, and whether the reissue moved the end on.
  type: list
  elements: dict
  returned: success
  contains:
    order_id:
      description: The id.
      type: str
      sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    status:
      description: The status in the manual's words.
      type: str
      sample: issued
    created_at:
      description: C(createTime) of Query in UTC. It is null if it cannot be read.
      type: str
      sample: "2026-05-01T08:00:00Z"
    months:
      description: The paid term. It is null if its unit is not known.
      type: int
      sample: 12
    not_before:
      description: When the certificate begins. It is null if there is none.
      type: str
      sample: "2026-05-02T00:00:00Z"
    not_after:
      description: When the certificate ends.
      type: str
      sample: "2027-05-02T00:00:00Z"
readings:
  description:
    - A row for each point and answer, and one for each point that no order shows.
  type: list
  elements: dict
  returned: success
  contains:
    reading:
      description: The name of the point, which never changes.
      type: str
      sample: create_time
    question:
      description: The point as a question.
      type: str
      sample: How is createTime written?
    word:
      description: The answer as a fixed word. It is null if no order shows it.
      type: str
      sample: usual
    found:
      description: The answer in a sentence. If the orders differ, it has the places of the orders in O(order_ids).
      type: str
      sample: With milliseconds and +08:00, as in the manual.
    means:
      description: What the collection does with the answer.
      type: str
      sample: The age of an order and its paid term begin there. Without it, nothing is renewed by itself.
    learned_by:
      description:
        - How the point is learned. V(old_order) is by this module, V(first_order) and V(reissue) are by the first of
          these, V(act) is only by an act, and V(cannot) means that answers do not show it.
      type: str
      sample: old_order
    how:
      description: How a point is learned that no order shows.
      type: str
      sample: by the first order
    orders:
      description: The ids of the orders that show the answer.
      type: list
      elements: str
      sample: [89CB4BF6-3E53-4B49-9AB9-92D578144260]
    texts:
      description: The sentences with their values, by which the role shows them in another language.
      type: dict
      sample: {question: {id: "How is createTime written?", arguments: {}}}
odd:
  description:
    - What the answers have and the manual does not, a row for each endpoint, kind and name. A name that is no
      identifier of a program is only described by its length.
  type: list
  elements: dict
  returned: success
  contains:
    endpoint:
      description: The call.
      type: str
      sample: query
    kind:
      description: One of V(field), V(status), V(error) and V(type).
      type: str
      sample: field
    name:
      description: The name, or its length.
      type: str
      sample: text of 12 characters
    count:
      description: How often it was there.
      type: int
      sample: 1
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
from ansible_collections.wotrus.pki.plugins.module_utils._orders.probe_info import OPERATION


def main() -> None:
    """Run the operation."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
