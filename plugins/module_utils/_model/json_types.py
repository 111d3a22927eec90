# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types of plain data that all layers share, and functions for it."""

from __future__ import annotations

import typing as t

Json = t.Mapping[str, t.Any]
"""A JSON object, such as a row of a result."""

Rows = t.Sequence[Json]
"""Rows of a result."""

Params = t.Mapping[str, t.Any]
"""The options of a task, as Ansible's validator returns them."""


Key = t.TypeVar("Key")
Value = t.TypeVar("Value")


def grouped(pairs: t.Iterable[tuple[Key, Value]]) -> dict[Key, list[Value]]:
    """Return the values of each key, in the sequence of the pairs."""
    found: dict[Key, list[Value]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def filled(values: Json | None) -> dict[str, t.Any]:
    """Return the values that are not null."""
    return {name: value for name, value in (values or {}).items() if value is not None}
