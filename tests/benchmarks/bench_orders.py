# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Costs of an order in the controller, as a module, with ``uri``.

An order is Create and Query.
"""

from __future__ import annotations

import pytest

from tests.benchmarks.conftest import Bench
from tests.benchmarks.report import Costs, Listing

LEAST_GAIN_OVER_URI = 20
MOST_OVER_THE_FLOOR = 2
MOST_GROWTH = 1.1
_TURNS = 3
_WAYS = {
    "floor": "an empty action plugin",
    "new": "wotrus_order, new orders",
    "adopted": "wotrus_order, the same orders adopted",
    "module": "wotrus_order as a module, new orders",
    "uri": "ansible.builtin.uri, new orders",
}


@pytest.fixture(scope="module")
def orders(bench: Bench, listings: list[Listing]) -> Costs:
    """All cases, measured one after the other against one sandbox.

    A machine is not equally fast all the time, and the modules take minutes: what they are compared with is measured
    before, between and after them, and the median counts. Many hosts take minutes too, once.
    """
    title = f"create and query, {bench.sizes.forks} forks, each per host"
    table = Costs("orders", title=title, unit="new", unit_label="new order")
    listings.append(table)
    start, end = bench.sizes.orders
    hosts = bench.sizes.modules
    _add_in_process(bench, table, start, turn=1)
    as_module = {"bench_orders": "module", "wotrus_in_process": False}
    table.add("module", bench.case(_WAYS["module"], "order", hosts=hosts, **as_module))
    _add_in_process(bench, table, start, turn=2)
    table.add("uri", bench.case(_WAYS["uri"], "uri", hosts=hosts, bench_orders="uri"))
    _add_in_process(bench, table, start, turn=_TURNS)
    _add_in_process(bench, table, end, turn=1)
    table.finish()
    gain = table.ratio("uri", to="new", hosts=hosts)
    table.goal(f"CPU of uri, new order = 1, {hosts} hosts", gain, LEAST_GAIN_OVER_URI, at_least=True)
    ratio = table.ratio("adopted", to="floor", hosts=end)
    table.goal(f"CPU of an adopted order, empty action plugin = 1, {end} hosts", ratio, MOST_OVER_THE_FLOOR)
    for way in ("floor", "new", "adopted"):
        growth = table.growth(way, start=start, end=end)
        table.goal(f"CPU per host at {end} hosts, at {start} = 1: {_WAYS[way]}", growth, MOST_GROWTH)
    return table


def _add_in_process(bench: Bench, table: Costs, hosts: int, *, turn: int) -> None:
    mine = {"bench_orders": f"mine-{turn}-{hosts}"}
    table.add("floor", bench.case(_WAYS["floor"], "nothing", hosts=hosts))
    table.add("new", bench.case(_WAYS["new"], "order", hosts=hosts, **mine))
    table.add("adopted", bench.case(_WAYS["adopted"], "order", hosts=hosts, **mine))


def test_every_way_places_the_same_orders_with_the_same_calls(bench: Bench, orders: Costs) -> None:
    start, end = bench.sizes.orders
    placed = _TURNS * start + end + 2 * bench.sizes.modules

    assert bench.sandbox.state()["charged_orders"] == placed
    for hosts, cases in orders.cases.items():
        calls = {name: case.api_calls for name, case in cases.items()}
        assert calls == {name: 0 if name == "floor" else 2 * hosts for name in cases}
