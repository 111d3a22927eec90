# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that are part of what a plan says.

Ansible masks a secret wherever it stands in a result, also inside a path or the name of an order. The role would go on
with what is left of it: another folder, and another order.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._private_options import secrets_in
from ansible_collections.wotrus.pki.plugins.module_utils._role import ENTRY_ARGUMENTS

# The rest is for people.
_CARRIED = ("name", "path", "order_name", "order_id", "root_order_id")


def refuse_masked(plans: t.Sequence[Json], entries: t.Sequence[Json]) -> None:
    """Check that the plans contain no secret of an entry.

    :raises InvalidInput: one is; the message names its option
    """
    secrets = [(entry["name"], *found) for entry in entries for found in secrets_in(entry, ENTRY_ARGUMENTS)]
    for plan in plans:
        for field in _CARRIED:
            for name, option, secret in secrets:
                if secret in (plan[field] or ""):
                    values = {"option": option, "name": name, "field": field, "other": plan["name"]}
                    raise InvalidInput(
                        "{option} of certificate {name!r} is also part of the {field} of certificate {other!r}, "
                        "where Ansible would mask it. Choose another one.",
                        **values,
                    )
