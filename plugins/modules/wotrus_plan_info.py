#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan the actions for the certificates of a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_plan_info
short_description: Plan the actions for the certificates of a host
version_added: 1.0.0
description:
  - Reads the host and the orders at WoTrus, and compares both with the entries. For each certificate it decides whether
    to order, renew, reissue, resume or do nothing, and returns the reason.
  - It only reads. It needs one execution on the host, and about one API call for each certificate.
    M(wotrus.pki.wotrus_apply) carries the plan out.
  - The record of a host is not trusted. Each order id in it is checked with WoTrus before anything is decided. An order
    for another product or common name is V(blocked), with the reason V(order_mismatch).
  - It runs inside the controller, for the task's own host. C(async), C(delegate_to) and the variable
    C(wotrus_in_process) with the value V(false) are refused with C(invalid_input).
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - wotrus.pki.api
  - wotrus.pki.certificates
  - wotrus.pki.organization.entries
  - wotrus.pki.organization.variables
  - wotrus.pki.attributes
  - wotrus.pki.attributes.info_module
  - wotrus.pki.attributes.action_group
options:
  max_charged_orders:
    description:
      - The order limit of this host, a number of orders. It is returned as it is, so that the smallest limit of all
        hosts can be found.
    type: int
    default: 1
  max_reissues:
    description:
      - The most reissues that this host allows in a run. It is returned as it is.
    type: int
    default: 10
  owner:
    description:
      - The owner that the files will have. If the host does not have it, what would be deployed is V(blocked).
    type: str
  group:
    description:
      - The group that the files will have, checked as O(owner).
    type: str
  trusted_groups:
    description:
      - Groups whose members may write in the directories above, checked as O(owner).
    type: list
    elements: str
  unlisted_certificates:
    description:
      - The names of certificates that may stay on the host, though no entry names them, as in
        C(wotrus_unlisted_certificates) of the role P(wotrus.pki.certificate#role).
      - A folder of O(base_dir) with a record is a warning if neither O(certificates) nor this list has its name. Names
        in C(wotrus_certificates) and C(wotrus_extra_certificates) of the inventory count too.
    type: list
    elements: str
    default: []
seealso:
  - module: wotrus.pki.wotrus_apply
  - plugin: wotrus.pki.plan_table
    plugin_type: filter
  - ref: ansible_collections.wotrus.pki.docsite.guide_orders
    description: Explains orders, renewals and the order limit.
"""

EXAMPLES = r"""
- name: Plan the actions
  wotrus.pki.wotrus_plan_info:
    host: "{{ inventory_hostname }}"
    base_dir: /etc/ssl/wotrus
    certificates:
      - name: contracts
        product: pdf_signing
        common_name: 示例科技有限公司
        organization:
          name: 示例科技有限公司
  become: true
  register: planned

- name: Show the plan
  ansible.builtin.debug:
    msg: "{{ planned.plans | wotrus.pki.plan_table }}"

- name: Plan a run that only renews
  wotrus.pki.wotrus_plan_info:
    host: "{{ inventory_hostname }}"
    base_dir: /etc/ssl/wotrus
    certificates: "{{ wotrus_certificates }}"
    actions: [renew, resume]
  become: true
"""

RETURN = r"""
plans:
  description: A plan for each certificate, in the order of the entries.
  type: list
  elements: dict
  returned: success
  contains:
    host:
      description: The host, as in O(host).
      type: str
      sample: signer1
    name:
      description: The certificate's name.
      type: str
      sample: contracts
    path:
      description: The certificate's directory on the host.
      type: str
      sample: /etc/ssl/wotrus/contracts
    product:
      description: The GUID of the entry's product.
      type: str
      sample: 76ECE651-B59E-48F2-A47B-135614AADAD9
    common_name:
      description: The common name of the entry.
      type: str
      sample: 示例科技有限公司
    organization:
      description: The name of the organization of the entry.
      type: str
      sample: 示例科技有限公司
    planned_at:
      description: The time of the plan, by WoTrus's clock if it gave one (UTC).
      type: str
      sample: '2026-11-24T15:31:09Z'
    action:
      description:
        - The action. One of V(nothing), V(resume), V(order), V(renew), V(reissue), V(blocked).
      type: str
      sample: renew
    reason:
      description:
        - The reason of the action, a stable word. The page
          R(Errors,ansible_collections.wotrus.pki.docsite.guide_errors) explains each.
        - If something could not be read or sent, it is the C(error_code) of that error.
      type: str
      sample: expiring
    due:
      description: Whether what is live ends without the action. It is a renewal, or a reissue for that end.
      type: bool
      sample: true
    msg:
      description: A sentence about the plan.
      type: str
      sample: "The certificate of order 89CB4BF6 expires on 2026-12-11. It is renewed for 13 months."
    texts:
      description: The texts of C(msg) and C(next_step) and their values, from which other languages are made.
      type: dict
      sample: {msg: {id: "The certificate is valid for {days:.0f} more days.", arguments: {days: 200.5}}}
    may_be_charged:
      description: Whether the action may place an order that costs money.
      type: bool
      sample: true
    months:
      description: The validity of the order to place, in months; V(null) if none is placed.
      type: int
      sample: 13
    hints:
      description:
        - What WoTrus shows as missing while an order is pending. V(papers_missing), V(csr_missing),
          V(applicant_missing) or V(organization_pending). An order may be issued all the same.
        - V(issued_unpaid) for an order that was issued before the payment, and is not paid.
      type: list
      elements: str
      sample: [papers_missing]
    expires:
      description: When the live certificate or its chain expires, whichever is first (UTC).
      type: str
      sample: '2026-12-11T15:31:09Z'
    revocation:
      description:
        - The worst revocation status of the live certificate and its intermediates, one of V(good), V(no_address),
          V(unreachable), V(stale), V(unusable), V(revoked). V(null) if it was not checked.
      type: str
      sample: good
    days_left:
      description: The days until the live certificate or its chain expires.
      type: float
      sample: 17.0
    renew_at:
      description: When the live certificate is renewed (UTC).
      type: str
      sample: '2026-11-11T15:31:09Z'
    order_name:
      description: The name of the certificate's order.
      type: str
      sample: contracts@signer1
    order_id:
      description: The id of the order that the plan is for.
      type: str
      sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    root_order_id:
      description: The root of that order, which is the id that it had when it was placed. A reissue keeps it.
      type: str
      sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    follows:
      description: The root of the order that the new order follows. V(null) for the first order of a name.
      type: str
      sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    idempotence_id:
      description: The idempotence value of the order to place; V(null) if none is placed.
      type: str
      sample: 5b0e8a2c-8f39-5d0c-9a3e-3c1f0f6a2f61
    order_number:
      description: The order's number, as the partner console shows it.
      type: str
      sample: '261124153109286'
    status:
      description: The status of the order in the API's own word.
      type: str
      sample: issued
    stage:
      description: The meaning of that status, as in RV(wotrus.pki.wotrus_order#module:order.stage).
      type: str
      sample: issued
    waiting_for:
      description:
        - Who has to act on a pending order, V(you) or V(ca). V(window) if a certificate waits for its window. Otherwise
          V(null).
      type: str
      sample: you
    waiting_since:
      description: Since when a pending order waits (UTC).
      type: str
      sample: '2026-11-24T15:31:09Z'
    pending_link:
      description: The page on which you do what the order waits for. V(null) if there is none.
      type: str
      sample: https://buy.wosign.com/1.html
    next_step:
      description: What you can do, or what comes next.
      type: str
      sample: The role verifies and deploys its certificate.
    storage:
      description: Where the key is, as in the entry. One of V(host), V(ukey), V(provided).
      type: str
      sample: host
    provided_key:
      description: The SHA-256 of the public key that the entry provides; V(null) without one.
      type: str
      sample: a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90
    replace_orders:
      description: The orders of O(certificates[].replace_orders), in one spelling.
      type: list
      elements: str
      sample: [89cb4bf6-3e53-4b49-9ab9-92d578144260]
    entry_order_ids:
      description: The orders that the entry names by C(order_id) and C(root_order_id).
      type: list
      elements: str
      sample: [89CB4BF6-3E53-4B49-9AB9-92D578144260]
    claims:
      description:
        - The ids of the orders that belong to one host alone. These are the orders that its record names as live,
          pending, root or predecessor, and those of the plan. If there are none, it is the C(order_id) of the entry.
        - Empty if the order is not for this certificate.
      type: list
      elements: str
      sample: [89cb4bf6-3e53-4b49-9ab9-92d578144260]
    reload_pending:
      description: Whether services still have to be notified of a certificate that is live.
      type: bool
      sample: false
    handler:
      description:
        - The C(reload.handler) of the entry. Without a C(reload), the topic to which a handler has to listen.
      type: str
      sample: restart signer
    encryption_keys:
      description: The former releases of the host whose keys are kept, since they may be needed to decrypt.
      type: list
      elements: str
      sample: [5F3A09C1D2E4]
    key_evidence:
      description:
        - What the host says of the home of the live key, see
          RV(wotrus.pki.wotrus_deployment_info#module:deployments[].live.key_evidence).
        - C(attestation_sha256) is the SHA-256 of an external key's attestation. V(null) if it says nothing.
      type: dict
      sample:
        model: SoftHSM v2
        local: true
        always_sensitive: true
        never_extractable: true
    signed_documents:
      description:
        - How many of the newest documents are in each state of
          RV(wotrus.pki.wotrus_apply#module:results[].signed_documents), and the time of the newest file. V(null) if the
          entry has no C(signed_documents).
      type: dict
      sample: {live: 4, superseded: 1, newest: '2026-11-24T15:31:09Z'}
    certificate_changes:
      description:
        - What the certificate of the order changes beside the dates, as in
          RV(wotrus.pki.wotrus_apply#module:results[].certificate_changes). It is empty if the certificate is not
          fetched for the plan.
      type: list
      elements: dict
      sample: [{what: issuer, former: "CN=Example CA,C=CN", new: "CN=Example CA 2,C=CN"}]
    would_change:
      description: Whether M(wotrus.pki.wotrus_apply) would change something for the certificate.
      type: bool
      sample: true
    fingerprint:
      description:
        - What a person approves, as HMACs by name, with the API token as their key. There is one for each option of the
          entry, each variable of the role but limits and timeouts, and the request. C(wotrus.pki.issue_planned) refuses
          an approved plan if one differs, and names it.
        - V(null) if nothing is done, and outside check mode.
      type: dict
      sample: {common_name: 9b74c9897bac770f, request: fc029102a200c5de}
results:
  description:
    - The result of each certificate if no action follows, as in RV(wotrus.pki.wotrus_apply#module:results). The role
      shows it for a host that needs no action.
  type: list
  elements: dict
  returned: success
  sample: [{host: signer1, name: contracts, result: unchanged, alarm: null}]
unlisted:
  description:
    - The folders of O(base_dir) that have a record, and that no entry names, at most 100. They are shown, and nothing
      is done with them. Each is a warning.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: The folder's name.
      type: str
      sample: invoices
    path:
      description: The folder.
      type: str
      sample: /etc/ssl/wotrus/invoices
    order_id:
      description: The order of its live or pending certificate, by the record; V(null) without one.
      type: str
      sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    expires:
      description: When its live certificate or its chain expires, by the record; V(null) without one.
      type: str
      sample: '2026-12-11T15:31:09Z'
    msg:
      description: A sentence about it, with what to do.
      type: str
      sample: No entry of this host has this name, but /etc/ssl/wotrus/invoices has a record.
    texts:
      description: The text of C(msg) and its values, as in RV(plans[].texts).
      type: dict
      sample: {msg: {id: "The record names no order.", arguments: {}}}
max_charged_orders:
  description: The order limit, as in O(max_charged_orders).
  type: int
  returned: success
  sample: 1
max_reissues:
  description: The limit of reissues, as in O(max_reissues).
  type: int
  returned: success
  sample: 10
notices:
  description:
    - The warnings of the task, for a summary. Each has the C(name) of its certificate, or V(null) for the host,
      C(msg) in English, and C(texts) as in RV(plans[].texts).
  type: list
  elements: dict
  returned: success
  sample: [{name: contracts, msg: "wotrus_keys_since is skipped, since the key is not made on the host.", texts: {}}]
waiting:
  description: The ids of the orders to wait for.
  type: list
  elements: str
  returned: success
  sample: [89CB4BF6-3E53-4B49-9AB9-92D578144260]
deployments:
  description:
    - The directories as they were read, in the order of RV(plans). In the role, M(wotrus.pki.wotrus_apply) does not
      read them again, since the host confirms their state before it changes anything.
    - V(null) for one that is read again.
    - Empty unless RV(has_work).
  type: list
  elements: dict
  returned: success
  sample: [{record: null, live: null, pending: null}]
has_work:
  description: Whether M(wotrus.pki.wotrus_apply) has actions to carry out now.
  type: bool
  returned: success
  sample: true
is_well:
  description: Whether no action is needed, every certificate is unchanged, and there is no alarm.
  type: bool
  returned: success
  sample: false
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
  sample: invalid_input
"""
