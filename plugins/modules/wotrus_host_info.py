#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check whether a host can hold certificates."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_host_info
short_description: Check whether a host can hold certificates
version_added: 1.0.0
description:
  - Checks the host's Python and libraries, the directory of the certificates, accounts, programs and key files.
  - It runs on the target, writes nothing and calls no API. M(wotrus.pki.wotrus_preflight) uses it.
author:
  - wotrus.pki contributors (@wotrus-pki)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - wotrus.pki.attributes
  - wotrus.pki.attributes.info_module
attributes:
  platform:
    support: full
    platforms: posix
options:
  base_dir:
    description: The directory that has a folder for each certificate, absolute, such as V(/etc/ssl/wotrus).
    type: path
    required: true
  names:
    description: The names of the certificates.
    type: list
    elements: str
    default: []
  owner:
    description: The owner that the files will have.
    type: str
  group:
    description: The group that the files will have.
    type: str
  file_owners:
    description: Owners that single files will have, such as the PKCS#12 file of a certificate.
    type: list
    elements: str
    default: []
  file_groups:
    description: Groups that single files will have.
    type: list
    elements: str
    default: []
  trusted_groups:
    description: Groups whose members may write in the directories above, by name or id.
    type: list
    elements: str
    default: []
  commands:
    description: Commands whose programs must be on the host. They are not run.
    type: list
    elements: str
    default: []
  tokens:
    description:
      - The tokens with keys, which are looked for without a PIN. The options are those of
        O(wotrus.pki.wotrus_deployment#module:key.pkcs11).
    type: list
    elements: dict
    default: []
    suboptions:
      module:
        description: The absolute path of the token's PKCS#11 library.
        type: str
        required: true
      token:
        description: The label of the token.
        type: str
      slot:
        description: The id of the slot, if several tokens have one label.
        type: int
  first_keys:
    description:
      - The key files of certificates, by their names in O(names). Each must be readable, unless the certificate has a
        key already. They are not read.
    type: dict
    default: {}
seealso:
  - module: wotrus.pki.wotrus_preflight
  - ref: ansible_collections.wotrus.pki.docsite.guide_start
    description: Shows the checks before the first order.
"""

EXAMPLES = r"""
- name: Check the host
  wotrus.pki.wotrus_host_info:
    base_dir: /etc/ssl/wotrus
    names: [contracts]
    commands: [systemctl reload signer]
  become: true
  register: host_result

- name: Show what does not pass
  ansible.builtin.debug:
    msg: "{{ host_result.checks | rejectattr('passed') | map(attribute='msg') }}"
"""

RETURN = r"""
checks:
  description: The checks, in the order in which a person fixes them.
  type: list
  elements: dict
  returned: success
  contains:
    check:
      description:
        - What was checked. One of V(python), V(cryptography), V(user), V(path), V(space), V(accounts), V(commands),
          V(key_files), V(tokens), V(revocation).
      type: str
      sample: path
    passed:
      description: Whether it passed.
      type: bool
      sample: true
    msg:
      description: The problem, if there is one. For V(revocation), the servers that readers of signatures ask.
      type: str
      sample: No problem was found.
    texts:
      description: The text of C(msg) and its values, from which other languages are made.
      type: dict
      sample: {msg: {id: No problem was found., arguments: {}}}
order_ids:
  description: The ids of the orders, live and pending, that the records of O(names) name.
  type: list
  elements: str
  returned: success
  sample: ['89CB4BF6-3E53-4B49-9AB9-92D578144260']
time:
  description: The time by the host's clock (UTC).
  type: str
  returned: success
  sample: '2026-11-24T15:31:09Z'
request_ids:
  description: Always empty, since this module calls no API.
  type: list
  elements: str
  returned: always
  sample: []
error_code:
  description: The error code, which never changes.
  type: str
  returned: failure
  sample: invalid_input
"""

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.host_readiness import ARGUMENTS, host_info
from ansible_collections.wotrus.pki.plugins.module_utils._target_module import run_target_module


def main() -> t.NoReturn:
    """Run the operation."""
    run_target_module(ARGUMENTS, lambda host: host_info(host.params))


if __name__ == "__main__":
    main()
