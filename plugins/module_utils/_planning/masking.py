# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that are part of what a plan says.

Ansible masks a secret wherever it stands in a result, also inside a path or the name of an order. The role would go on
with what is left of it: another folder, and another order.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import ENTRY_ARGUMENTS
from ansible_collections.wotrus.pki.plugins.module_utils._private_options import short_pins
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

# The rest is for people.
_CARRIED = ("name", "path", "order_name", "order_id", "root_order_id")


def refuse_masked(plans: t.Sequence[Json], entries: t.Sequence[Json]) -> None:
    """Check that the plans contain no secret of an entry.

    :raises InvalidInput: one is; the message names its option
    """
    secrets = [
        (entry["name"], *found)
        for entry in entries
        for found in _secrets(entry, ENTRY_ARGUMENTS, path="")
        if found[1] and found[1] not in short_pins(entry)
    ]
    for plan in plans if secrets else ():
        for field in _CARRIED:
            texts = list(_texts(plan[field]))
            for name, option, secret in secrets:
                if any(secret in text for text in texts):
                    values = {"option": option, "name": name, "field": field, "other": plan["name"]}
                    raise InvalidInput(
                        Message(
                            "{option} of certificate {name!r} is also part of the {field} of certificate {other!r}, "
                            "where Ansible would mask it. Choose another one.",
                            **values,
                        )
                    )


def _secrets(options: Json, spec: Json, *, path: str) -> t.Iterator[tuple[str, str]]:
    """Yield each secret option that is given, with its value."""
    for name, one in spec.items():
        value, here = options.get(name), f"{path}{name}"
        if value is None:
            continue
        if one.get("no_log"):
            yield here, str(value)
        elif "options" in one:
            for item in value if isinstance(value, (list, tuple)) else [value]:
                yield from _secrets(item, one["options"], path=f"{here}.")


def _texts(value: t.Any) -> t.Iterator[str]:
    """Yield the texts of a value as Ansible masks them.

    Ansible masks neither names of fields nor true, false and null.
    """
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
