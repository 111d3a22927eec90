# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rows of the tables, and which values of their fields, a test reaches.

``reached.yml`` names a history or a test for each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import yaml

from ansible_collections.wotrus.pki.plugins.module_utils._planning import table
from ansible_collections.wotrus.pki.plugins.module_utils._planning.questions import TABLES
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import FIELDS, Situation

LISTED: dict[str, str] = yaml.safe_load(Path(__file__).with_name("reached.yml").read_text(encoding="utf-8"))
EVERYTHING = {
    *(row.name for rows in TABLES.values() for row in rows),
    *(f"{name}={value}" for name, of in FIELDS.items() for value in of.values),
}


def of(test: str) -> set[str]:
    """Return the rows and values for which a history or a test is named."""
    return {name for name, named in LISTED.items() if named == test}


@contextlib.contextmanager
def noted() -> Iterator[set[str]]:
    """Note the rows that fit, and the values that are asked for, meanwhile."""
    found: set[str] = set()
    first, value = table._first, Situation.value

    def note_row(name: str, situation: Situation) -> table.Found:
        seen = first(name, situation)
        found.add(seen.path[0])
        return seen

    def note_value(situation: Situation, name: str) -> str:
        seen = value(situation, name)
        found.add(f"{name}={seen}")
        return seen

    with mock.patch.object(table, "_first", note_row), mock.patch.object(Situation, "value", note_value):
        yield found
