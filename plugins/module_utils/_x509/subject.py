# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fields of a subject.

This file does not import ``cryptography``, since options need it early.
"""

from __future__ import annotations

import re

_OTHER_BLANKS = "[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"

# In the order of a distinguished name: from the widest to the narrowest.
SUBJECT_FIELDS = {
    "country": "COUNTRY_NAME",
    "state": "STATE_OR_PROVINCE_NAME",
    "locality": "LOCALITY_NAME",
    "organization": "ORGANIZATION_NAME",
    "organizational_unit": "ORGANIZATIONAL_UNIT_NAME",
    "common_name": "COMMON_NAME",
    "serial_number": "SERIAL_NUMBER",
    "email_address": "EMAIL_ADDRESS",
}


def with_plain_blanks(value: str) -> str:
    """Return a value with ordinary blanks for those of another width, and for those that do not break.

    WoTrus may write a name with them. It is the same name.
    """
    return re.sub(_OTHER_BLANKS, " ", value)
