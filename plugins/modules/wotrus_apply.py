#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Order, renew, reissue and deploy the certificates of a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_apply
short_description: Order, renew, reissue and deploy the certificates of a host
version_added: 1.0.0
description:
  - Reads the host, decides as M(wotrus.pki.wotrus_plan_info) does, and carries the decisions out for all certificates.
  - It prepares records, keys and CSRs on the host. It places orders or reissues, fetches issued certificates, verifies
    and deploys them, and runs the reload commands.
  - It does not wait for the CA. A pending order is a result, not a failure. A second call continues from the state of
    the host and of the order, also after a run that was killed.
  - If another run changes a certificate on the host at the same time, the host is read again, and the decision starts
    from its present state.
  - Each order id is shown in the output of the run at once, and recorded on the host before anything else is done
    with the order.
  - The certificates are independent. A failure of one is its result, and the others continue. The task itself fails
    only if no certificate could be tried. So check C(result) and C(alarm) of RV(results).
  - As a task of the role P(wotrus.pki.certificate#role) it does only what M(wotrus.pki.wotrus_batch) allowed after the
    plans of all hosts. It does not read the directories again that the plan read, since the host confirms their state
    before it changes anything.
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
  - wotrus.pki.attributes.action_group
attributes:
  check_mode:
    support: full
    details:
      - Nothing is sent and nothing is written. RV(results) has the present state of the certificates.
        M(wotrus.pki.wotrus_plan_info) predicts the changes.
  diff_mode:
    support: none
    details:
      - In check mode, the role P(wotrus.pki.certificate#role) shows the requests that would be sent.
  idempotent:
    support: full
options:
  max_charged_orders:
    description:
      - The order limit, the most charged orders of the run. All tasks of one C(ansible-playbook) process share the
        count, whatever the strategy and the batches are. Each slice of an automation controller has its own count.
      - An adopted order that is older than two days does not count. An order whose answer was lost counts.
      - In the role, the smallest value of the hosts of a batch counts.
    type: int
    default: 1
  max_reissues:
    description:
      - The most reissues of the run. All tasks of one C(ansible-playbook) process share the count.
    type: int
    default: 10
  document:
    description:
      - The evidence for a reissue of an SM2 or Sectigo product, which is the path of a C(.pdf), C(.jpg) or C(.gif)
        file on the controller.
    type: path
  root_ca_path:
    description:
      - The path of a file with root certificates in PEM form, on the controller. Each chain must end in one of them.
      - By default, a chain must end in a self-signed certificate of the API's answer.
    type: path
  trusted_groups:
    description:
      - The groups that may write in the directories above, as in
        O(wotrus.pki.wotrus_deployment#module:trusted_groups).
    type: list
    elements: str
  keep:
    description:
      - The number of releases that stay on the host, as in O(wotrus.pki.wotrus_deployment#module:keep).
    type: int
    default: 3
  prune_encryption_keys:
    description:
      - Whether O(keep) also counts for releases whose keys may be needed to decrypt, as in
        O(wotrus.pki.wotrus_deployment#module:prune_encryption_keys).
    type: bool
    default: false
  owner:
    description:
      - The owner of the files.
    type: str
  group:
    description:
      - The group of the files.
    type: str
  mode:
    description:
      - The mode of the certificates' files. Private keys always have V(0600).
    type: raw
  validate:
    description:
      - A command that the host runs before a release is live, as in O(wotrus.pki.wotrus_deployment#module:validate).
    type: str
seealso:
  - module: wotrus.pki.wotrus_plan_info
  - module: wotrus.pki.wotrus_batch
  - module: wotrus.pki.wotrus_order_info
    description: Waits for the pending orders of many hosts in one task.
  - plugin: wotrus.pki.plan_table
    plugin_type: filter
  - ref: ansible_collections.wotrus.pki.docsite.guide_certificate
    description: Describes the life of a certificate with the role.
"""

EXAMPLES = r"""
- name: Order, renew and deploy the certificates of the host
  wotrus.pki.wotrus_apply:
    host: "{{ inventory_hostname }}"
    base_dir: /etc/ssl/wotrus
    certificates: "{{ wotrus_certificates }}"
    max_charged_orders: 1
  become: true
  register: applied

- name: Show the results
  ansible.builtin.debug:
    msg: "{{ applied.results | wotrus.pki.plan_table }}"

- name: Wait for the pending orders
  wotrus.pki.wotrus_order_info:
    order_ids: "{{ applied.waiting }}"
    wait: true
  when: applied.waiting != []

- name: Fail if a certificate needs attention
  ansible.builtin.fail:
    msg: "{{ bad | map(attribute='msg') | join(' ') }}"
  vars:
    bad: >-
      {{ applied.results | selectattr('result', 'in', ['blocked', 'failed'])
         + applied.results | selectattr('alarm', 'eq', 'failure') }}
  when: bad != []
"""

RETURN = r"""
results:
  description: A result for each certificate, in the order of the entries.
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
    result:
      description:
        - V(unchanged) if the certificate needs no change.
        - V(deployed) if a certificate was deployed.
        - V(waiting) if its order is pending.
        - V(blocked) if a rule forbids the due action, so that a person has to decide.
        - V(failed) if an error stopped it.
        - V(not_selected) if O(actions) does not have the due action.
      type: str
      sample: deployed
    steps:
      description:
        - The steps of this run. Some of V(prepared), V(ordered), V(adopted), V(reissued), V(deployed), V(reloaded),
          V(rolled_back).
      type: list
      elements: str
      sample: [prepared, ordered, deployed, reloaded]
    charged:
      description:
        - Whether this run may have been charged for an order, V(yes), V(no) or V(maybe). With V(maybe) the answer was
          lost, unknown or a refusal, or an order was adopted that may be younger than two days. A repeat is the same
          order, and counts towards the limit.
      type: str
      sample: 'yes'
    order_id:
      description: The order of the certificate.
      type: str
      sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    root_order_id:
      description: The root of that order, which is the id that it had when it was placed. A reissue keeps it.
      type: str
      sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
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
      sample: '2027-11-24T15:31:09Z'
    revocation:
      description:
        - The worst status in RV(results[].revocation_answers), one of V(good), V(no_address), V(unreachable), V(stale),
          V(unusable), V(revoked). V(null) if it was not checked.
      type: str
      sample: good
    revocation_answers:
      description:
        - The revocation status of the live certificate and of each intermediate, the nearest first. V(null) unless
          O(check_revocation) is set.
      type: list
      elements: dict
      contains:
        subject:
          description: The subject of the certificate.
          type: str
          sample: CN=Example Ltd.,O=Example Ltd.,C=CN
        state:
          description:
            - One of V(good), V(revoked), V(stale), V(unusable), V(unreachable), V(no_address).
            - An unusable answer is not signed by the issuer, is for another certificate, or is of a kind that is not
              supported.
          type: str
          sample: good
        source:
          description: Where the status is from, V(ocsp) or V(crl). V(null) without a usable answer.
          type: str
          sample: ocsp
        address:
          description: The address that answered.
          type: str
          sample: http://ocsp.example.com
        this_update:
          description: When the answer was right (UTC).
          type: str
          sample: '2026-11-24T15:31:09Z'
        next_update:
          description: Until when the answer may be used (UTC).
          type: str
          sample: '2026-11-25T15:31:09Z'
        age:
          description: The seconds since RV(results[].revocation_answers[].this_update).
          type: int
          sample: 3600
        size:
          description: The bytes of the answer.
          type: int
          sample: 503
        msg:
          description: Why it is not good; V(null) if it is.
          type: str
          sample: http://ocsp.example.com says that it is revoked since 2026-11-24T15:31:09Z.
        texts:
          description: The text of C(msg) and its values, from which other languages are made.
          type: dict
          sample: {msg: {id: "it is no OCSP answer", arguments: {}}}
    signed_documents:
      description:
        - Who signed the newest documents of the certificate's service, as the host says it. V(null) if the entry has no
          C(signed_documents), or if this run deployed a certificate.
      type: dict
      contains:
        path:
          description: The pattern of the entry.
          type: str
          sample: /srv/out/*.pdf
        found:
          description: How many files fit the pattern.
          type: int
          sample: 120
        refused:
          description: How many links, pipes and the like fit it besides, which are not read.
          type: int
          sample: 0
        newest:
          description: The time of the newest file (UTC). V(null) without one.
          type: str
          sample: '2026-11-24T15:31:09Z'
        msg:
          description: Why the pattern could not be followed, or not to its end. V(null) if it could.
          type: str
          sample: "The host said: «No such file or directory»."
        limited:
          description:
            - Whether the time was over, or there were too many files. Nothing is known of the others, so this is a
              warning at most.
          type: bool
          sample: false
        texts:
          description: The text of C(msg) and its values, from which other languages are made.
          type: dict
          sample: {msg: {id: "The system says: {error}.", arguments: {error: Permission denied}}}
        signers:
          description: The newest files by certificate, those with the newest file first.
          type: list
          elements: dict
          contains:
            state:
              description:
                - V(live) is the live certificate. V(former) is a superseded certificate, before the switch, and
                  V(superseded) is one after it. V(expired) is a certificate of the entry after its end. V(foreign) is
                  another certificate.
                - V(not_signed) is a PDF without a signature. V(unreadable) is a file that cannot be read or checked.
              type: str
              sample: superseded
            documents:
              description: How many files.
              type: int
              sample: 5
            newest:
              description: The time of the newest of them (UTC).
              type: str
              sample: '2026-11-24T15:31:09Z'
            since:
              description: When the certificate was superseded (UTC). V(null) for another one.
              type: str
              sample: '2026-11-23T15:31:09Z'
            serial_number:
              description: The serial number of the certificate. V(null) without one.
              type: str
              sample: 5F3A09C1D2E4
            subject:
              description: The subject of the certificate. V(null) without one.
              type: str
              sample: CN=Example Ltd.,O=Example Ltd.,C=CN
            not_after:
              description: When the certificate expires (UTC). V(null) without one.
              type: str
              sample: '2027-11-24T15:31:09Z'
            msg:
              description: Why the files cannot be read. V(null) if they can.
              type: str
              sample: "The host said: «They are larger than 20 MB»."
            texts:
              description: The text of C(msg) and its values, from which other languages are made.
              type: dict
              sample: {msg: {id: "They are larger than {most} MB.", arguments: {most: 20}}}
    certificate_changes:
      description:
        - What the certificate changes beside the dates, in comparison with the live one before it. It is known once the
          certificate was fetched, so also if it waits for a window.
        - A new root, other extended key usages and another subject are a warning too.
      type: list
      elements: dict
      contains:
        what:
          description:
            - One of V(root), V(issuer), V(key), V(extended_key_usage), V(subject), V(alternative_names).
          type: str
          sample: root
        former:
          description: How it is in the live certificate.
          type: str
          sample: CN=Example Root,C=CN, 91be0f3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
        new:
          description: How it is in the new certificate.
          type: str
          sample: CN=Example Root 2,C=CN, 4a1f0c3d9e5b7a2846c8d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5
    error_code:
      description:
        - The cause of V(blocked), V(failed) or an alarm. Otherwise V(null). It is an error code, a reason of
          RV(wotrus.pki.wotrus_plan_info#module:plans[].reason), V(handler_not_found), V(order_claimed_twice) or
          V(order_name_shared).
        - For an alarm it is V(expired), V(expires_soon), V(key_lost), V(files_damaged), V(nothing_live), V(revoked),
          V(waiting_too_long), V(other_name), V(live_unrecorded), V(certificate_revoked), V(issuer_revoked),
          V(revocation_unknown), V(signatures_superseded), V(signatures_foreign) or V(signatures_missing).
      type: str
      sample: order_limit
    msg:
      description: A sentence about the result.
      type: str
      sample: The certificate of order 89CB4BF6-3E53-4B49-9AB9-92D578144260 is deployed.
    texts:
      description: The texts of C(msg) and C(next_step) and their values, from which other languages are made.
      type: dict
      sample: {msg: {id: "The certificate is valid for {days:.0f} more days.", arguments: {days: 200.5}}}
    next_step:
      description: What you can do, or what comes next.
      type: str
      sample: Set wotrus_max_charged_orders to 2, then run again.
    alarm:
      description:
        - V(failure) if the live certificate needs attention although there was no error, or its services were not
          notified of it. V(warning) if an order has waited too long, or nothing is live and the run may not order.
          Otherwise V(null).
      type: str
      sample: warning
notices:
  description:
    - The warnings of the task, for a summary. Each has the C(name) of its certificate, or V(null) for the host,
      C(msg) in English, and C(texts) as in RV(results[].texts).
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
to_notify:
  description:
    - The certificates whose services the play has to notify. After that, give this value to
      O(wotrus.pki.wotrus_deployment#module:deployments), which records that they were notified.
  type: list
  elements: dict
  returned: success
  sample: [{path: /etc/ssl/wotrus/contracts, state: recorded, record: {reload_pending: false, unnotified: false}}]
handlers:
  description: The handlers of the play to notify.
  type: list
  elements: str
  returned: success
  sample: [Restart signer]
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
