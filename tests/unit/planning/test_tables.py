# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of the decision, checked to their end by sets and not by samples.

A row is a set of values for each field, so what no row covers, rows that never decide, and rows that pay are found by
subtraction and intersection.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from unittest import mock

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._planning import stages
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import PLACING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.questions import decide, question
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import FIELDS
from ansible_collections.wotrus.pki.plugins.module_utils._planning.table import TABLES, Go, Leaf, Row, read_condition
from tests.unit.planning.any_facts import Chance

SITUATIONS = 3000

Box = Mapping[str, frozenset[str]]
"""Values of fields; a field that it lacks may have any."""

NEVER: dict[str, list[tuple[str, str]]] = {
    "due": [
        ("The length of a certificate only counts if its term is not known.", "paid=known end=whole"),
        ("Without the order of the purchase, no term is due.", "term_due root=none"),
    ],
    "stages": [
        (
            "What the entry's own order comes to, no other order of the entry comes before.",
            "entry!=none entry_stage=next",
        ),
        ("Only another order of the entry comes before that of a record.", "entry=none placed_stage=next"),
        ("Only another order of the entry comes before that of a record.", "entry=none prepared_stage=next"),
        ("Only another order of the entry comes before that of a record.", "entry=none followed_stage=next"),
        ("Only another order of the entry comes before that of a record.", "entry=none live_stage=next"),
        ("A record that has an order for what is live has a newest certificate.", "live_leads newest=none/unnamed"),
    ],
}
"""What cannot be, by table: a sentence that says why, and the values."""

RULES = {
    "renewal": "clock=agreed root=known term_due purchase organization=ours renewing=open",
    "first_order": "host=readable request=none/first newest=none/unnamed entry=none",
    "follows": "named=itself/root/alone",
    "other_follows": "named=itself/root/alone",
    "unknown_follows": "unknown_named answer=gone",
}
"""What each row that places an order must have: a due purchase, a name's first order, or an order that is named."""


def box(conditions: str) -> Box:
    """Return the values of conditions in the words of the rows."""
    return dict(map(read_condition, conditions.split()))


def values(of: Box, name: str) -> frozenset[str]:
    """Return the values of a field."""
    return of.get(name, frozenset(FIELDS[name].values))


def minus(one: Box, other: Box) -> Iterator[Box]:
    """Yield disjoint boxes of what is in one and not in the other."""
    left = dict(one)
    for name in other:
        both = values(left, name) & other[name]
        if not both:
            yield left
            return
        if rest := values(left, name) - other[name]:
            yield {**left, name: rest}
        left[name] = both


def without(boxes: Iterable[Box], others: Iterable[Box]) -> list[Box]:
    """Return what of some boxes is in none of the others."""
    return functools.reduce(lambda left, other: [part for one in left for part in minus(one, other)], others, [*boxes])


def ways_to(table: str) -> list[Box]:
    """Return with which values of the same order a table is read; all if no row leads there, or a field reads it."""
    if table in re.findall(r'(?:find|attempt)\("(\w+)"', inspect.getsource(stages)):
        return [{}]
    rows = [row for rows in TABLES.values() for row in rows if isinstance(row.then, Go) and row.then.table == table]
    is_of_same_order = all(isinstance(row.then, Go) and row.then.is_of_same_order for row in rows)
    return [row.when for row in rows] if rows and is_of_same_order else [{}]


def covered(table: str) -> list[Box]:
    """Return the boxes that no row of a table has to cover."""
    return [box(conditions) for _why, conditions in NEVER.get(table, ())]


def answered(seed: int) -> Decision:
    """Return the decision about facts by chance, after all questions."""
    chance = Chance(seed)
    facts = chance.facts()
    while asked := question(facts):
        if asked.is_of_certificate:
            facts = facts.with_certificate(asked.order_id, chance.certificates[asked.order_id])
        else:
            facts = facts.with_order(asked.order_id, chance.orders[asked.order_id])
    return decide(facts)


def words(found: Iterable[Box]) -> list[dict[str, str]]:
    """Return boxes for a message."""
    return [{name: "/".join(sorted(has)) for name, has in one.items() if has != values({}, name)} for one in found]


@pytest.mark.parametrize("table", TABLES)
def test_a_row_fits_whatever_comes(table: str) -> None:
    rest = without(without(ways_to(table), covered(table)), [row.when for row in TABLES[table]])

    assert not rest, words(rest)


@pytest.mark.parametrize("table", TABLES)
def test_each_row_decides_something_that_no_row_above_it_does(table: str) -> None:
    rows = TABLES[table]
    dead = [
        row.name
        for number, row in enumerate(rows)
        if not without([row.when], [*covered(table), *(above.when for above in rows[:number])])
    ]

    assert not dead


def paying() -> list[tuple[str, Row]]:
    """Return the rows that place an order, each with its table."""
    return [
        (table, row)
        for table, rows in TABLES.items()
        for row in rows
        if isinstance(row.then, Leaf) and row.then.kind in PLACING
    ]


def test_the_rules_name_each_row_that_places_an_order() -> None:
    assert {row.name for _table, row in paying()} == set(RULES)


@pytest.mark.parametrize(("table", "row"), paying(), ids=[row.name for _table, row in paying()])
def test_no_row_places_an_order_against_the_rules(table: str, row: Row) -> None:
    assert not words(without([row.when], [box(RULES[row.name])])), table


@pytest.mark.parametrize(("table", "row"), paying(), ids=[row.name for _table, row in paying()])
def test_an_order_does_not_depend_on_the_place_of_its_row(table: str, row: Row) -> None:
    overlapping = [
        other.name
        for other in TABLES[table]
        if other is not row and all(values(row.when, name) & has for name, has in other.when.items())
    ]

    assert not overlapping


PRECEDES = [
    ("stages", "entry_of_others", "placed"),
    ("stages", "placed", "live_order"),
    ("stages", "placed", "entry_order"),
    ("stages", "prepared", "live_order"),
    ("stages", "followed_later", "followed"),
    ("stages", "entry_reissue", "live_order"),
    ("stages", "entry_ukey", "live_order"),
    ("stages", "entry_later", "live_order"),
    ("stages", "live_order", "entry_order"),
    ("decision", "look_for_live", "stages"),
    ("decision", "later_than_unknown", "stages"),
    ("due", "unread", "root_unknown_named"),
    ("due", "unread", "term_unknown_named"),
    ("deployed", "live_check", "live_ends"),
    ("undeployed", "undeployed_check", "undeployed_dead"),
    ("undeployed", "reissue_dead", "undeployed_dead"),
    ("issued", "key_mismatch", "adopted_due"),
    ("prepared", "prepared_gone", "prepared_check"),
    ("prepared", "prepared_check", "prepared_due"),
    ("prepared", "prepared_later", "prepared_dead"),
    ("prepared", "prepared_done", "interrupted"),
    ("dead", "dead_due", "dead_named"),
]
"""Rows above others that fit as well, and lead to an order: the order of the two counts."""


@pytest.mark.parametrize(("table", "above", "below"), PRECEDES)
def test_a_row_that_keeps_an_order_from_being_placed_is_above_the_other(table: str, above: str, below: str) -> None:
    names = [row.name for row in TABLES[table]]

    assert names.index(above) < names.index(below)


def test_each_name_is_that_of_one_row() -> None:
    names = [row.name for rows in TABLES.values() for row in rows]

    assert len(names) == len(set(names))
    assert {stages.ORDER_DEAD, *stages.NO_LATER_END, *stages.ROOT_UNKNOWN} <= set(names)


@pytest.mark.parametrize("table", ["reissue", "due", "dead", "check", "issued", "deployed", "undeployed", "prepared"])
def test_where_no_row_fits_nothing_is_sent_whatever_a_person_named(table: str) -> None:
    """A table without rows is one that nobody thought of."""
    unforeseen = 0
    with mock.patch.dict(TABLES, {table: ()}):
        for seed in range(400):
            decision = answered(seed)
            if "No row" in str(decision.msg):
                assert decision.action is Action.BLOCKED, seed
                unforeseen += 1

    assert unforeseen


@pytest.mark.parametrize("first", range(0, SITUATIONS, 500))
def test_whatever_a_host_and_the_ca_say_a_row_decides(first: int) -> None:
    for seed in range(first, first + 500):
        assert "No row" not in str(answered(seed).msg), seed
