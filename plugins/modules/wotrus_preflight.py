#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the variables, the API and a host before ordering."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_preflight
short_description: Check the variables, the API and a host before the first order
version_added: 1.0.0
description:
  - Checks what a run of the role P(wotrus.pki.certificate#role) would need, and finds all mistakes at once. It orders
    nothing, changes nothing and costs nothing.
  - It reads the role's variables of the task's host by itself. The role checks its variables with this module first.
  - The playbook C(wotrus.pki.preflight) checks everything for all hosts, and shows a table.
  - It runs inside the controller, for the task's own host. C(async), C(delegate_to) and the variable
    C(wotrus_in_process) with the value V(false) are refused with C(invalid_input).
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - wotrus.pki.api
  - wotrus.pki.attributes
  - wotrus.pki.attributes.info_module
  - wotrus.pki.attributes.action_group
options:
  parts:
    description:
      - What to check.
      - V(variables) checks the role's variables on the controller, and calls nothing.
      - V(api) sends one Query for an order that cannot exist. It shows whether WoTrus accepts the token.
      - V(host) runs M(wotrus.pki.wotrus_host_info) on the host.
    type: list
    elements: str
    choices: [variables, api, host]
    default: [variables]
seealso:
  - module: wotrus.pki.wotrus_host_info
  - ref: ansible_collections.wotrus.pki.docsite.guide_mistakes
    description: Shows the message for each mistake.
"""

EXAMPLES = r"""
- name: Check everything, with the handlers of this play
  wotrus.pki.wotrus_preflight:
    parts: [variables, api, host]
  become: true
"""

RETURN = r"""
mistakes:
  description: A sentence for each mistake in the variables, if there are several. RV(ignore:msg) has a single one.
  type: list
  elements: str
  returned: failure
  sample: ["wotrus_keep is 1, but must be 2 or more."]
checks:
  description: The results of the checks. Not returned if only the variables are checked.
  type: list
  elements: dict
  returned: if O(parts) has V(api) or V(host)
  contains:
    check:
      description: What was checked, such as V(token) or V(path).
      type: str
      sample: token
    result:
      description: One of V(passed), V(warning), V(failed). A run of the role would fail if a check failed.
      type: str
      sample: failed
    msg:
      description: What was found.
      type: str
      sample: "HTTP 401: the API refuses the token."
    texts:
      description: The texts of C(msg) and C(next_step) and their values, from which other languages are made.
      type: dict
      sample: {msg: {id: "The clock agrees with WoTrus's.", arguments: {}}}
    next_step:
      description: What you can do; V(null) if the check passed.
      type: str
      sample: Check wotrus_api_token, then run again.
order_names:
  description: The order name and the storage of each certificate, with which two hosts are compared.
  type: list
  elements: dict
  returned: with RV(checks)
  sample: [{name: contracts, order_name: contracts@signer1, storage: host}]
request_ids:
  description: The C(RequestID) of each try, with which WoTrus finds a call.
  type: list
  elements: str
  returned: always
  sample: [0c2c2f8e-3c0f-4c59-8d7b-2a1a6c7b5f10]
error_code:
  description: The error code, which never changes.
  type: str
  returned: failure
  sample: invalid_input
"""
