#!/usr/bin/python

# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let WoTrus e-mail the applicant that the certificate is ready."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wotrus_notify
short_description: Let WoTrus e-mail the applicant that the certificate is ready
version_added: 1.0.0
description:
  - WoTrus sends the applicant of an issued order an e-mail with the address of the page that has the certificate.
  - Every run sends an e-mail, so the task is always changed. If the answer is lost, the task fails and does not repeat
    the call, since the e-mail may have been sent.
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
      - No e-mail is sent.
  diff_mode:
    support: full
  idempotent:
    support: none
    details:
      - Every run sends an e-mail.
options:
  order_id:
    description:
      - The id of an order that is issued.
    type: str
    required: true
  collect_url:
    description:
      - The address of the page where the applicant collects the certificate.
    type: str
    required: true
seealso:
  - module: wotrus.pki.wotrus_certificate
"""

EXAMPLES = r"""
- name: Send the applicant the address of the certificate
  wotrus.pki.wotrus_notify:
    order_id: 89CB4BF6-3E53-4B49-9AB9-92D578144260
    collect_url: https://pki.example.com/certificates/contracts
"""

RETURN = r"""
order_id:
  description: The order's id.
  type: str
  returned: always
  sample: 89CB4BF6-3E53-4B49-9AB9-92D578144260
sent:
  description: Whether the e-mail was sent. V(false) in check mode.
  type: bool
  returned: success
  sample: true
msg:
  description: The predicted change.
  type: str
  returned: in check mode
  sample: Would send the e-mail.
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
  sample: not_sent
"""

from ansible_collections.wotrus.pki.plugins.module_utils._module import run_module
from ansible_collections.wotrus.pki.plugins.module_utils._orders.notify import OPERATION


def main() -> None:
    """Run the operation."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
