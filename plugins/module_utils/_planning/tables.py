# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of ``rows``, as data."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._planning import due_outcomes, live_outcomes, outcomes, stages
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.rows import ROWS
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import FIELDS, NO, YES, Said, Situation
from ansible_collections.wotrus.pki.plugins.module_utils._planning.table import TABLES, Found, Go, Leaf, Row, find

_TABLE = re.compile(r"\[(\w+)\]")
_CONDITION = re.compile(r"(!?)(\w+)(?:(!?=)(\S+))?")
_ACTIONS = {"block": Action.BLOCKED, **{action.value: action for action in Action}}
_BY_NAME = "A person who names an order permits the follower of that order, and nothing else."


def read_tables(text: str) -> dict[str, tuple[Row, ...]]:
    """Read tables from their text.

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
            rows += _rows(name, why.strip(), outcome.split(), when)
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


def _rows(name: str, why: str, outcome: t.Sequence[str], when: dict[str, frozenset[str]]) -> list[Row]:
    kind, *words = outcome
    if kind == "unless_named":
        of = _function(words[0])
        named = {**when, **dict([read_condition("named!=no")])}
        return [
            Row(f"{name}_named", _BY_NAME, _say("named", lambda case: _said(of(case))), named),
            Row(name, why, Leaf(Action.BLOCKED, of), when),
        ]
    if kind == "if_wanted":
        says = _function(words[0])
        refused = Leaf(Action.BLOCKED, lambda case: live_outcomes.change_refused(case.saying(says(case))))
        return [
            Row(name, why, _say("reissue", says), {**when, **dict([read_condition("may_change")])}),
            Row(f"{name}_refused", "The entry says that a change is an error.", refused, when),
        ]
    if kind == "final":
        kind, *words = words
    return [Row(name, why, _then(kind, words), when, is_final="final" in outcome)]


def _then(kind: str, words: t.Sequence[str]) -> Leaf | Go:
    if kind == "next":
        return Leaf(None)
    if kind == "say":
        return _say(words[0], _function(words[1]))
    if kind == "go":
        return Go(words[0], _function(words[1]) if words[1:] else None, is_of_same_order=not words[1:])
    return Leaf(_ACTIONS[kind], _function(words[0]))


def _say(table: str, says: t.Callable[[Situation], Said]) -> Go:
    return Go(table, lambda case: case.saying(says(case)))


def _said(decision: t.Any) -> Said:
    return Said(decision.reason, decision.msg, handling=decision.handling)


def _function(name: str) -> t.Callable[[Situation], t.Any]:
    module = next((module for module in (outcomes, due_outcomes, live_outcomes, stages) if hasattr(module, name)), None)
    if module is None:
        raise ValueError(name)
    return t.cast(t.Callable[[Situation], t.Any], getattr(module, name))


TABLES.update(read_tables(ROWS))


def look(facts: Facts) -> Found:
    """Return the row that decides about a certificate.

    :raises Unasked: the CA must be asked first
    :raises CallFailed: it was asked, and did not answer
    """
    return find("decision", Situation(facts))
