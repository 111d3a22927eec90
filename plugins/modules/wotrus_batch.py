#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Internal, decides over all hosts of a batch for the role."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_batch
short_description: Internal, decides over all hosts of a batch for the role
version_added: 1.0.0
description:
  - A part of the role P(wotrus.pki.certificate#role) and of the playbooks of this collection. It is not for other
    playbooks, and may change in any release.
  - It reads by itself what the tasks of the role returned for the hosts of the play, and the variables of the role.
    Nothing is passed to it.
  - With the strategies C(free) and C(host_pinned) each host is a batch of its own.
  - It runs inside the controller. C(async), C(delegate_to) and the variable C(wotrus_in_process) with the value
    V(false) are refused with C(invalid_input).
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - wotrus.pki.api
  - wotrus.pki.attributes
  - wotrus.pki.attributes.info_module
  - wotrus.pki.attributes.action_group
options:
  phase:
    description:
      - What to decide. Tasks with V(failures), V(prediction), V(cancel), V(revoke) and V(rehearsal) are for each host,
        and all others have C(run_once).
      - V(check) compares what the plans of the batch may be charged for with the order limit, and with the approved
        plan. It finds names to reissue that no host has.
      - V(wait) waits for the pending orders of the batch. An order that could not be read stays pending, and is no
        failure.
      - V(results) shows a table, and V(failures) fails for a host that needs attention, by its own results.
      - V(summary) sets the artifacts of a job. V(plan_file) returns the plan as JSON and as
        Markdown, and V(approved_plan) the plan that was approved, if it is not damaged.
      - V(cancel) and V(revoke) return the orders of the named certificates, and V(superseded) those that a reissue
        superseded. V(revocations) is for each host, and returns what became of those.
      - V(prediction) is for each host in check mode, a change if the run would change the host.
      - V(webhooks) sends the results of O(of=certificates) or O(of=orders) to the webhooks of the role.
      - V(rehearsal) returns what the entries of the host name for a switch.
    type: str
    choices:
      - check
      - wait
      - results
      - failures
      - summary
      - plan_file
      - approved_plan
      - cancel
      - revoke
      - superseded
      - revocations
      - prediction
      - rehearsal
      - webhooks
    required: true
  of:
    description:
      - The results for V(results) and V(failures).
      - V(certificates) are those of the role. V(plans) are the plans, without problems that the plans would end.
        V(orders) are cancellations and revocations. V(checks) are those of M(wotrus.pki.wotrus_preflight), and
        V(rehearsal) those of the commands that were tried. V(readings) are those of
        M(wotrus.pki.wotrus_probe_info), V(bundle) is the text for the issue form, and V(letter) what WoTrus has to be
        asked. V(summary) is that of the whole play.
      - With V(failures), V(changes) fails if something is to do, and V(waiting) also if an order waits for a person.
    type: str
    choices: [certificates, plans, changes, orders, checks, waiting, summary, rehearsal, readings, bundle, letter]
    default: certificates
  lines:
    description:
      - A text or a list of lines to show in place of a table, with V(results). They are shown with
        C(display_ok_hosts=false) too.
    type: raw
seealso:
  - module: wotrus.pki.wotrus_plan_info
  - module: wotrus.pki.wotrus_apply
  - ref: ansible_collections.wotrus.pki.docsite.guide_certificate
    description: Shows the steps of the role.
"""

EXAMPLES = r"""
- name: Check the plans of all hosts
  wotrus.pki.wotrus_batch:
    phase: check
  run_once: true
"""

RETURN = r"""
hosts:
  description: The hosts of the batch.
  type: list
  elements: str
  returned: with O(phase=check)
  sample: [signer1, signer2]
limits:
  description: The limits of orders and reissues, the smallest of the hosts.
  type: dict
  returned: with O(phase=check)
  sample: {charged_orders: 1, reissues: 10}
charged:
  description: How many orders the plans may place, with those of earlier batches.
  type: int
  returned: with O(phase=check)
  sample: 2
reissues:
  description: How many reissues the plans ask for, with those of earlier batches, or the approved plan.
  type: int
  returned: with O(phase=check) and O(phase=approved_plan)
  sample: 0
blocked:
  description:
    - Certificates that must wait, by host and name. The limits do not allow them, or others have the same order or
      order name, but not the same provided key.
  type: dict
  returned: with O(phase=check)
  sample: {signer1: {contracts: {reason: order_claimed_twice}}}
claims:
  description: The hosts that claim an order for themselves alone, by the order's id in one spelling.
  type: dict
  returned: with O(phase=check)
  sample: {89cb4bf6-3e53-4b49-9ab9-92d578144260: [signer1]}
shared:
  description: First orders that other hosts with the same provided key have, by the hosts that have none, and by name.
  type: dict
  returned: with O(phase=check)
  sample: {signer2: {contracts: 89CB4BF6-3E53-4B49-9AB9-92D578144260}}
approved:
  description: What was approved for each certificate, by host and name; empty without an approved plan.
  type: dict
  returned: with O(phase=check)
  sample: {signer1: {contracts: {action: resume, idempotence_id: null, order_id: 89CB4BF6-3E53-4B49-9AB9-92D578144260}}}
plan:
  description: The approved plan by host, as the artifact C(wotrus_plan) has it.
  type: dict
  returned: with O(phase=approved_plan)
  sample: {signer1: [{name: contracts, action: order}]}
names:
  description: The names of the certificates that the plan does something for, by host.
  type: dict
  returned: with O(phase=approved_plan)
  sample: {signer1: [contracts]}
charged_orders:
  description: How many orders the plan may place for the hosts of the play.
  type: int
  returned: with O(phase=approved_plan)
  sample: 1
absent:
  description: The hosts of the plan that are not in the play.
  type: list
  elements: str
  returned: with O(phase=approved_plan)
  sample: [signer2]
companions:
  description:
    - The SM2 orders beside the selected ones, each with the name of its certificate. Only the host's record names them,
      so they are left as they are.
  type: list
  elements: str
  returned: with O(phase=cancel) and O(phase=revoke)
  sample: ['contracts: 89CB4BF6-3E53-4B49-9AB9-92D578144260']
idle:
  description:
    - With V(wait), the hosts for whose orders the wait brought nothing new. With V(cancel), the names of certificates
      without a pending order.
  type: list
  elements: str
  returned: with O(phase=wait) and O(phase=cancel)
  sample: [signer2]
orders:
  description:
    - With V(wait), the orders as RV(wotrus.pki.wotrus_order_info#module:orders) has them. With V(cancel) and V(revoke),
      the orders to cancel or revoke; with V(superseded), those by host, each with C(advice) if only a person may revoke
      it.
  type: raw
  returned: with O(phase=wait), O(phase=cancel), O(phase=revoke) and O(phase=superseded)
  sample: [{name: contracts, order_id: 89CB4BF6-3E53-4B49-9AB9-92D578144260}]
unseen:
  description: The hosts whose orders this run does not know. Nothing is revoked if there is one.
  type: list
  elements: str
  returned: with O(phase=superseded)
  sample: [signer3]
not_revoked:
  description: The error codes of M(wotrus.pki.wotrus_revoke) that fail no run, since the order needs no revocation.
  type: list
  elements: str
  returned: with O(phase=superseded)
  sample: [order_dead, order_mismatch, not_found]
lines:
  description: The revocations that WoTrus reviews, and why other orders were not revoked.
  type: list
  elements: str
  returned: with O(phase=revocations)
  sample: [Order 89CB4BF6-3E53-4B49-9AB9-92D578144260 does not have the certificate that is meant.]
records:
  description: The options of M(wotrus.pki.wotrus_deployment) that record what became of the orders.
  type: list
  elements: dict
  returned: with O(phase=revocations)
  sample: [{path: /etc/ssl/wotrus/contracts, state: recorded, record: {revoked_order_ids: [A1]}}]
json:
  description: The plan as JSON.
  type: str
  returned: with O(phase=plan_file)
  sample: "{}"
markdown:
  description: The plan as Markdown.
  type: str
  returned: with O(phase=plan_file)
  sample: "# Plan"
deployments:
  description: The options of M(wotrus.pki.wotrus_deployment) that try the commands of each entry.
  type: list
  elements: dict
  returned: with O(phase=rehearsal)
  sample: [{path: /etc/ssl/wotrus/contracts, state: rehearsed, reload_command: systemctl reload signer}]
handlers:
  description: The handlers to notify.
  type: list
  elements: str
  returned: with O(phase=rehearsal)
  sample: [Restart the signer]
certificates:
  description: The names of the entries, each with its handler if the play does not have it.
  type: list
  elements: dict
  returned: with O(phase=rehearsal)
  sample: [{name: contracts, missing_handler: null}]
reported:
  description: The hosts whose results were sent to their webhooks.
  type: list
  elements: str
  returned: with O(phase=webhooks)
  sample: [signer1, signer2]
request_ids:
  description: The C(RequestID) of each try, with which WoTrus finds a call. At most the last 1,000.
  type: list
  elements: str
  returned: with O(phase=wait)
  sample: [0c2c2f8e-3c0f-4c59-8d7b-2a1a6c7b5f10]
error_code:
  description: The error code, which never changes.
  type: str
  returned: if the options are invalid
  sample: invalid_input
"""
