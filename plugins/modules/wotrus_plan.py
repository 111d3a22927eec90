#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide what is to be done for certificates."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_plan
short_description: Decide what is to be done for certificates
version_added: 1.0.0
description:
  - Compares what the inventory wants with what is on a host and with what WoTrus says, and decides whether to order,
    renew, reissue, resume, or do nothing, and why.
  - It sends nothing, and asks the API for at most one order for each certificate. It changes nothing on the host
    either, except where O(prepare) lets it.
  - Plans for one certificate with O(certificate), or for all certificates of a host with O(certificates).
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - wotrus.pki.api
  - wotrus.pki.attributes
  - wotrus.pki.attributes.action_group
attributes:
  check_mode:
    support: full
    details:
      - It plans as it does otherwise, and prepares nothing.
  diff_mode:
    support: partial
    details:
      - What O(prepare) lets it do on the host is shown as M(wotrus.pki.wotrus_deployment) shows it.
  idempotent:
    support: full
options:
  certificate:
    description:
      - The definition of one certificate, as an entry of C(wotrus_certificates) of the role
        P(wotrus.pki.certificate#role).
      - Exactly one of O(certificate) and O(certificates) is required.
    type: dict
    suboptions: &entry
      name:
        description: The certificate's name, which names its folder on the host too.
        type: str
        required: true
      order_name:
        description:
          - The name of its order. It defaults to the name, C(@) and O(host); for a key that is provided, to the name
            alone.
        type: str
      product:
        description: The product's name or GUID, as in O(wotrus.pki.wotrus_order#module:product).
        type: str
        required: true
      common_name:
        description: The common name of the certificate.
        type: str
        required: true
      months:
        description: The validity in months. A renewal takes one month more while days are left on the old certificate.
        type: int
        choices: [12, 24]
        default: 12
      organization:
        description: Who applies, as in O(wotrus.pki.wotrus_order#module:organization). Required.
        type: dict
        suboptions:
          name:
            description: The organization's name.
            type: str
            required: true
          business_category:
            description: The kind of organization.
            type: str
            choices: [Business Entity, Private Organization, Government Entity, Non-Commercial Entity]
          phone:
            description: The organization's telephone number.
            type: str
          email:
            description: The organization's e-mail address.
            type: str
          user_first_name:
            description: The applicant's given name.
            type: str
          user_last_name:
            description: The applicant's family name.
            type: str
          user_email:
            description: The applicant's e-mail address.
            type: str
          user_mobile:
            description: The applicant's mobile telephone number.
            type: str
          id_card_number:
            description: The applicant's identity card number. It is never shown.
            type: str
          country_code:
            description: The country in two letters.
            type: str
          state:
            description: The province or state.
            type: str
          city:
            description: The city.
            type: str
          street:
            description: The street address.
            type: str
          zip:
            description: The postal code.
            type: str
          business_license:
            description: The unified social credit code.
            type: str
          other_name:
            description: Another name of the organization.
            type: str
      documents:
        description:
          - Documents that go with an order, as in O(wotrus.pki.wotrus_order#module:documents). A plan does not read
            them.
        type: list
        elements: dict
        suboptions:
          type:
            description: What the document is.
            type: str
            required: true
            choices: [authorization, business_license, id_card]
          path:
            description: The path of the document.
            type: path
          content:
            description: The document in base64.
            type: str
          file_type:
            description: The type of the content.
            type: str
            choices: [.pdf, .jpg, .gif]
      key:
        description: The private key that the certificate is for.
        type: dict
        suboptions:
          type:
            description: The kind of key.
            type: str
            choices: [RSA, ECC]
            default: RSA
          size:
            description: The bits of an RSA key.
            type: int
            choices: [2048, 3072, 4096]
            default: 3072
          curve:
            description: The curve of an ECC key.
            type: str
            choices: [P-256, P-384]
            default: P-256
          storage:
            description:
              - Where the key is. V(host) makes it on the host, where it stays; V(ukey) is a USB token that WoTrus
                sends; V(provided) is a key of yours that several hosts share, and with it the order.
            type: str
            choices: [host, ukey, provided]
            default: host
          content:
            description: The private key in PEM form, for a provided key. Keep it in a secret store; it is never shown.
            type: str
      ukey:
        description: The UKey. Required where the key is on one.
        type: dict
        suboptions:
          password:
            description: Its password. One is made where it is left out.
            type: str
          password_length:
            description: Characters of a password that is made, 12 where this is left out.
            type: int
          password_alphabet:
            description: The characters that it is made of.
            type: str
          ship_address:
            description: The address that it is sent to.
            type: str
      renew_before_days:
        description:
          - Days before the certificate's end at which it is renewed. It is cut to a third of the certificate's life.
        type: float
        default: 30
      renew_before_share:
        description: The same as a share of the certificate's life, such as V(0.25), in place of the days.
        type: float
      renew_spread_days:
        description:
          - A renewal is brought forward by up to so many days, by an amount that is the certificate's own, so that a
            fleet does not renew at once.
        type: float
        default: 0
      on_change:
        description: What follows where the key or the names of the definition change, a reissue or an error.
        type: str
        choices: [reissue, fail]
        default: reissue
      pkcs12:
        description: A PKCS#12 file beside the others. A plan does not look at it.
        type: dict
        suboptions:
          password:
            description: Its password.
            type: str
            required: true
          friendly_name:
            description: The name that it shows.
            type: str
      reload:
        description: How services learn of a new certificate. A plan does not look at it.
        type: dict
        suboptions:
          command:
            description: A command that the host runs.
            type: str
          handler:
            description: A handler of the play that is notified.
            type: str
          served_at:
            description: Where a service serves the certificate with TLS.
            type: str
      extra:
        description: Further fields of the order, as in O(wotrus.pki.wotrus_order#module:extra).
        type: dict
  certificates:
    description:
      - The definitions of all certificates of a host.
    type: list
    elements: dict
    suboptions: *entry
  deployment:
    description:
      - What is on the host, an item of C(deployments) of M(wotrus.pki.wotrus_deployment_info). Without it nothing is.
    type: dict
  deployments:
    description:
      - What is on the host, one item for each of O(certificates), in their order.
    type: list
    elements: dict
  base_dir:
    description:
      - The directory on the host that has a folder for each certificate, by its name. The folders are looked at in the
        same task, as by M(wotrus.pki.wotrus_deployment_info) and in one execution on the host; RV(deployments) says
        what is there.
      - The host is the one that the task runs on, with its connection and C(become). With C(delegate_to) that is the
        host that the task is delegated to, so leave that out here, or give O(deployments).
      - Only one of this, O(deployment) and O(deployments) can be given.
    type: str
  prepare:
    description:
      - Lets the look at O(base_dir) prepare what would be prepared next for a first order, its record and its key with
        the request, where nothing of a certificate is there. So a first order takes one execution less on the host, and
        RV(prepared) has what was prepared.
      - The value is further options of M(wotrus.pki.wotrus_deployment) for each certificate, or an empty dictionary.
      - In check mode nothing is prepared, and a plan that sends a request is C(changed).
      - It is an offer. It is not taken up where a key is not made on the host, where an entry has an C(order_name),
        with O(foreign) or O(reissue), beyond O(max_charged_orders), and where the module runs on a host that the task
        is delegated to.
    type: dict
    suboptions:
      owner:
        description: The owner of the files.
        type: str
      group:
        description: Their group.
        type: str
      mode:
        description: The mode of those that are public.
        type: raw
      keep:
        description: How many releases are kept.
        type: int
      validate:
        description: A command that has to accept a release before it goes live.
        type: str
  max_charged_orders:
    description:
      - The limit of a purchase guard that comes after the plan. Where the hosts of the play, if all had as many
        certificates as this one, could place more charged orders together, O(prepare) waits for it. Orders that the
        play has placed before do not count here, as they do for the guard.
    type: int
    default: 1
  foreign:
    description:
      - Orders that were adopted and whose certificate is for another key, as the filter P(wotrus.pki.road#filter)
        returns them; one item for each of O(certificates), in their order.
      - With any, O(reissue) is left out, so that the round after a reissue does not ask for another.
    type: list
    elements: dict
  host:
    description:
      - The host's name in the inventory.
    type: str
    required: true
  replace_dead:
    description:
      - Whether an order that is closed, rejected or revoked is followed by a new one, which is charged.
    type: bool
    default: false
  reissue:
    description:
      - Names of certificates for which a new key and certificate are wanted. Commas, blanks and line ends may stand
        between names in one text.
      - One that cannot be reissued now is V(blocked), with the reason V(requested). Where something else is done for
        it, such as a renewal that is due or an order that is under way, a warning says so.
    type: list
    elements: str
    default: []
  actions:
    description:
      - The actions that may be planned; whatever else is due is V(nothing), with the reason V(not_asked). The default
        is all.
      - It is V(blocked) where the order is dead, where an order was found again and nothing of it is live, and where
        O(reissue) names the certificate.
    type: list
    elements: str
    choices: [order, renew, reissue, resume]
  now:
    description:
      - The time to plan for, such as V(2027-11-01T00:00:00Z). The default is the API's time where it was asked, else
        the controller's.
    type: str
seealso:
  - module: wotrus.pki.wotrus_deployment_info
  - plugin: wotrus.pki.plan_table
    plugin_type: filter
"""

EXAMPLES = r"""
- name: See what is on the host
  wotrus.pki.wotrus_deployment_info:
    paths: [/etc/ssl/wotrus/contracts]
  register: found

- name: Decide
  wotrus.pki.wotrus_plan:
    host: "{{ inventory_hostname }}"
    certificate:
      name: contracts
      product: pdf_signing
      common_name: 示例科技有限公司
      organization:
        name: 示例科技有限公司
    deployment: "{{ found.deployments[0] }}"
  register: plan

- name: Show it
  ansible.builtin.debug:
    msg: "{{ plan.action }} because {{ plan.reason }}: {{ plan.msg }}"

- name: See what is on the host, and decide
  wotrus.pki.wotrus_plan:
    host: "{{ inventory_hostname }}"
    certificates: "{{ wotrus_certificates }}"
    base_dir: /etc/ssl/wotrus
  become: true
"""

RETURN = r"""
plans:
  description: A plan for each certificate. With O(certificate) its values stand at the top of the result too.
  type: list
  elements: dict
  returned: success
  contains:
    host:
      description: The host, as it was given.
      type: str
      sample: signer1
    name:
      description: The certificate's name.
      type: str
      sample: contracts
    path:
      description: The certificate's directory on the host, where the deployment names it.
      type: str
      sample: /etc/ssl/wotrus/contracts
    order_name:
      description: The name of its order.
      type: str
      sample: contracts@signer1
    action:
      description:
        - What is to be done. One of V(nothing), V(resume), V(order), V(renew), V(reissue), V(blocked).
      type: str
      sample: renew
    reason:
      description:
        - A stable word for why, such as V(not_ordered), V(interrupted), V(pending_review), V(pending_payment),
          V(pending_validation), V(pending_ca), V(issued), V(expiring), V(expired), V(key_lost), V(key_changed),
          V(definition_changed), V(product_changed), V(requested), V(not_asked), V(rolled_back), V(record_lost),
          V(files_damaged), V(revoking), V(revoked), V(rejected), V(closed), V(order_not_found), V(unknown_status),
          V(valid), or the C(error_code) of what could not be read.
      type: str
      sample: expiring
    msg:
      description: The same in a sentence.
      type: str
      sample: "The certificate expires on 2026-12-11: ordering generation 2 for 13 months"
    charged:
      description: Whether carrying it out may place an order that costs money.
      type: bool
      sample: true
    next_action:
      description: What comes next, and who does it.
      type: str
      sample:
    pending_link:
      description: A page on which a person does what an order waits for.
      type: str
      sample:
    generation:
      description: The generation of the order that is placed or under way.
      type: int
      sample: 2
    months:
      description: The validity to order, in months.
      type: int
      sample: 13
    order_id:
      description: The order that is resumed, reissued, or in the way.
      type: str
      sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    companion_order_id:
      description: The order of the SM2 pair beside it, for a product that has one; V(null) before it is placed.
      type: str
      sample:
    operation:
      description: The request that is under way on the host. One of V(order), V(renew), V(reissue), or V(null).
      type: str
      sample:
    reload_owed:
      description: Whether a certificate went live and services have not been told yet.
      type: bool
      sample: false
    status:
      description: The status of the order that was asked for.
      type: str
      sample: issued
    stage:
      description: What that status means, as in RV(wotrus.pki.wotrus_order#module:order.stage).
      type: str
      sample: issued
    not_after:
      description: When the certificate that is live expires (UTC).
      type: str
      sample: '2026-12-11T15:31:09Z'
    days_left:
      description: The days until then.
      type: float
      sample: 17.0
    renew_at:
      description: When it is renewed (UTC).
      type: str
      sample: '2026-11-11T15:31:09Z'
    planned_at:
      description: The time that this plan is for, O(now) or what it defaults to (UTC).
      type: str
      sample: '2026-11-24T15:31:09Z'
    key:
      description: The key, for O(wotrus.pki.wotrus_deployment#module:key).
      type: dict
      sample: {type: RSA, size: 3072, storage: host}
    subject:
      description: The subject to ask for, for O(wotrus.pki.wotrus_deployment#module:subject).
      type: dict
      sample: {common_name: 示例科技有限公司, organization: 示例科技有限公司}
    record:
      description: What the host's record has to say before anything is sent; V(null) where nothing is.
      type: dict
      sample: {name: contracts, operation: renew, generation: 2, months: 13}
deployments:
  description:
    - What is on the host, as in RV(wotrus.pki.wotrus_deployment_info#module:deployments), one item for each plan. It
      was looked at or given, and an item is empty where nobody knows.
  type: list
  elements: dict
  returned: success
  sample: [{path: /etc/ssl/wotrus/contracts, live: null, pending: null, record: null}]
prepared:
  description:
    - What was prepared by O(prepare), as in RV(wotrus.pki.wotrus_deployment#module:deployments). Its
      RV(deployments) are as they were before.
  type: list
  elements: dict
  returned: success
  sample: []
unprepared:
  description: Whether a plan sends a request for which the host still has to be prepared.
  type: bool
  returned: success
  sample: false
plan_id:
  description:
    - An id of this plan. Loops that carry it out have it in their items, by which the filter P(wotrus.pki.road#filter)
      tells their results from those of another plan.
  type: str
  returned: success
  sample: 5f0c2f8e-3c0f-4c59-8d7b-2a1a6c7b5f10
to_place:
  description: The certificates to place an order for, for a loop.
  type: list
  elements: dict
  returned: success
  contains:
    number:
      description: The position of the certificate's plan, from 0 on.
      type: int
      sample: 0
    name:
      description: The certificate's name.
      type: str
      sample: contracts
    plan_id:
      description: RV(plan_id).
      type: str
      sample: 5f0c2f8e-3c0f-4c59-8d7b-2a1a6c7b5f10
heard:
  description:
    - Whether a handler of the play, other than the role's own, may listen to C(wotrus certificate changed). Where
      nobody can tell, it may.
  type: bool
  returned: success
  sample: false
to_do:
  description: For how many certificates there is anything to do, those that a person has to decide on included.
  type: int
  returned: success
  sample: 1
to_tell:
  description: Whether services have to be told of a certificate, now or once one goes live.
  type: bool
  returned: success
  sample: false
nothing_to_do:
  description: Whether no plan has anything to do, and no service has still to be told of a certificate.
  type: bool
  returned: success
  sample: false
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
  sample: invalid_input
"""

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.info import look_at
from ansible_collections.wotrus.pki.plugins.module_utils._module import run_module
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Run, Seen
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION


def main() -> None:
    """Run the operation. What it could prepare while it looks is left to M(wotrus.pki.wotrus_deployment)."""
    run_module(OPERATION, Run(look=lambda paths, _prepare=(): Seen(look_at(paths))))


if __name__ == "__main__":
    main()
