# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables: the first row that fits decides, or leads to another table; and how they are written."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import failed
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import (
    FIELDS,
    NO,
    YES,
    CallFailed,
    Said,
    Situation,
)


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


# How tables are written

_TABLE = re.compile(r"\[(\w+)\]")
_CONDITION = re.compile(r"(!?)(\w+)(?:(!?=)(\S+))?")
_ACTIONS = {"block": Action.BLOCKED, **{action.value: action for action in Action}}
_BY_NAME = "A person who names an order permits the follower of that order, and nothing else."
_Functions = t.Callable[[str], t.Callable[[Situation], t.Any]]


def read_tables(text: str, functions: _Functions) -> dict[str, tuple[Row, ...]]:
    """Read tables from their text.

    :param functions: returns the function of a name
    :raises ValueError, KeyError, AttributeError: a row names what does not exist
    """
    tables: dict[str, list[Row]] = {}
    # What is indented belongs to the line before it.
    for line in re.split(r"\n+(?=\S)", text.strip()):
        if found := _TABLE.fullmatch(line.strip()):
            rows = tables.setdefault(found[1], [])
        else:
            head, why = line.rsplit("\n", 1)
            said, _arrow, outcome = head.partition("->")
            name, _colon, conditions = said.partition(":")
            when = dict(map(read_condition, conditions.split()))
            rows += _rows(name, why.strip(), outcome.split(), when, functions)
    return {name: tuple(rows) for name, rows in tables.items()}


def read_condition(word: str) -> tuple[str, frozenset[str]]:
    """Return the field and the values of a condition such as ``kind=plain/reissue``.

    :raises ValueError, KeyError: it names what does not exist
    """
    found = _CONDITION.fullmatch(word)
    if found is None:
        raise ValueError(word)
    not_, name, sign, said = found.groups()
    values = frozenset(FIELDS[name].values)
    if said == "*":
        return name, values
    named = frozenset(said.split("/")) if said else frozenset((NO if not_ else YES,))
    if not named <= values:
        raise ValueError(word)
    return name, values - named if sign == "!=" else named


def _rows(
    name: str, why: str, outcome: t.Sequence[str], when: dict[str, frozenset[str]], functions: _Functions
) -> list[Row]:
    kind, *words = outcome
    if kind == "unless_named":
        of = functions(words[0])
        named = {**when, **dict([read_condition("named!=no")])}
        return [
            Row(f"{name}_named", _BY_NAME, _say("named", lambda case: _said(of(case))), named),
            Row(name, why, Leaf(Action.BLOCKED, of), when),
        ]
    if kind == "if_wanted":
        says = functions(words[0])
        # Of another organization's order no reissue is requested, whatever the entry says of changes.
        ours = dict([read_condition("organization=ours")])
        change_refused = functions("change_refused")
        refused = Leaf(Action.BLOCKED, lambda case: change_refused(case.saying(says(case))))
        return [
            Row(name, why, _say("reissue", says), {**when, **dict([read_condition("may_change")])}),
            Row(f"{name}_refused", "The entry says that a change is an error.", refused, {**when, **ours}),
            Row(f"{name}_other", "Its organization is another.", _say("other", functions("said_mismatch")), when),
        ]
    if kind == "final":
        kind, *words = words
    return [Row(name, why, _then(kind, words, functions), when, is_final="final" in outcome)]


def _then(kind: str, words: t.Sequence[str], functions: _Functions) -> Leaf | Go:
    if kind == "next":
        return Leaf(None)
    if kind == "say":
        return _say(words[0], functions(words[1]))
    if kind == "go":
        return Go(words[0], functions(words[1]) if words[1:] else None, is_of_same_order=not words[1:])
    return Leaf(_ACTIONS[kind], functions(words[0]))


def _say(table: str, says: t.Callable[[Situation], Said]) -> Go:
    return Go(table, lambda case: case.saying(says(case)))


def _said(decision: t.Any) -> Said:
    return Said(decision.reason, decision.msg, handling=decision.handling)
