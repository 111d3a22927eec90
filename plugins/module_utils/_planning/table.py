# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a table is read: the first row that fits decides, or leads to another table."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import failed
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import CallFailed, Situation


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A decision.

    :ivar kind: its action; ``None`` if the table decides nothing, and what led to it goes on
    """

    kind: Action | None
    of: t.Callable[[Situation], Decision] | None = None


@dataclasses.dataclass(frozen=True)
class Go:
    """On to another table.

    :ivar situation: makes the situation with which it is read; ``None`` for the same
    :ivar is_of_same_order: that is about the same order
    """

    table: str
    situation: t.Callable[[Situation], Situation] | None = None
    is_of_same_order: bool = True


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of a table.

    :ivar name: unique in all tables
    :ivar why: one sentence
    :ivar when: the values of fields for which it is; any other field may have any value
    :ivar is_final: whatever led here asks nothing else: the order is not this certificate's
    """

    name: str
    why: str
    then: Leaf | Go
    when: Mapping[str, frozenset[str]]
    is_final: bool = False


@dataclasses.dataclass(frozen=True)
class Found:
    """The row that fits.

    :ivar path: the names of the rows that led to it, itself the last
    """

    row: Row
    situation: Situation
    path: tuple[str, ...]

    @property
    def leaf(self) -> Leaf:
        """What it decides."""
        return t.cast(Leaf, self.row.then)

    @property
    def kind(self) -> Action | None:
        """The action; ``None`` if nothing is decided."""
        return self.leaf.kind

    def decision(self) -> Decision:
        """Return what is decided."""
        return t.cast(t.Callable[[Situation], Decision], self.leaf.of)(self.situation)


TABLES: dict[str, tuple[Row, ...]] = {}


class Unforeseen(Exception):
    """No row of a table fits: nobody thought of this, so nothing is sent, whatever led here."""


def find(table: str, situation: Situation) -> Found:
    """Return the first row of a table that fits, and the rows that led to it.

    :raises Unasked: the CA has to be asked first
    :raises CallFailed: it was asked, and did not answer
    :raises Unforeseen: no row fits
    """
    key = (table,)
    if key not in situation.known:
        situation.known[key] = _first(table, situation)
    return t.cast(Found, situation.known[key])


def attempt(table: str, situation: Situation) -> Found:
    """Return the first row of a table that fits; that a call fails is an answer too."""
    try:
        return find(table, situation)
    except CallFailed as exc:
        decision = failed(exc.error, exc.claim)
        row = Row("call_failed", "A call failed, which says nothing.", Leaf(Action.BLOCKED, lambda _: decision), {})
        return Found(row, situation, (row.name,))


def _first(table: str, situation: Situation) -> Found:
    for row in TABLES[table]:
        if all(situation.value(name) in values for name, values in row.when.items()):
            break
    else:
        raise Unforeseen(table)
    if isinstance(row.then, Leaf):
        return Found(row, situation, (row.name,))
    found = find(row.then.table, situation.other(row.then.situation) if row.then.situation else situation)
    return dataclasses.replace(found, path=(row.name, *found.path))
