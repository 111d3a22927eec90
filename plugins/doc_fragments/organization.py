# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that say who applies, and with which documents."""

from __future__ import annotations

OPTIONS = r"""
organization:
  description:
    - The organization that applies. Required if an order may be placed.
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
      description: The applicant's identity card number, as text in quotes. It is never shown.
      type: str
    country_code:
      description: The country in two letters, such as V(CN).
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
      description: The unified social credit code (C(统一社会信用代码)).
      type: str
    other_name:
      description: Another name of the organization.
      type: str
documents:
  description:
    - The documents of the order. They are checked before anything is sent, and are never shown.
  type: list
  elements: dict
  suboptions:
    type:
      description: The kind of document.
      type: str
      required: true
      choices: [authorization, business_license, id_card]
    path:
      description:
        - The path of a C(.pdf), C(.jpg) or C(.gif) file of at most 10 MiB, on the controller.
        - Exactly one of C(path) and C(content) is required.
      type: path
    content:
      description: The document in base64, together with C(file_type).
      type: str
    file_type:
      description: The type of C(content).
      type: str
      choices: [.pdf, .jpg, .gif]
"""


class ModuleDocFragment:
    """Documentation of the organization and of the documents."""

    DOCUMENTATION: str = "options:\n" + "".join(f"  {line}\n" for line in OPTIONS.strip().splitlines())
