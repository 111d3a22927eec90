# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an order costs (create and query): in the controller's process, as a module, and with ansible.builtin.uri."""

from __future__ import annotations

import os

import pytest

from tests.benchmarks.conftest import Bench
from tests.benchmarks.report import Table

LEAST_GAIN_OVER_URI = 10
_HOSTS = int(os.environ.get("WOTRUS_BENCH_HOSTS", "50"))


@pytest.fixture(scope="module")
def orders(bench: Bench, tables: list[Table]) -> Table:
    """All cases, measured one after the other against one sandbox."""
    table = Table("orders", unit="new", forks=bench.forks)
    tables.append(table)
    mine = {"bench_orders": "mine-{round}"}
    table.cases["floor"] = bench.case("an empty action plugin", "nothing", hosts=_HOSTS)
    table.cases["new"] = bench.case("wotrus_order, new orders", "order", hosts=_HOSTS, **mine)
    table.cases["adopted"] = bench.case("wotrus_order, the same orders adopted", "order", hosts=_HOSTS, **mine)
    table.cases["module"] = bench.case(
        "wotrus_order as a module, new orders",
        "order",
        hosts=_HOSTS,
        bench_orders="module-{round}",
        wotrus_in_process=False,
    )
    table.cases["uri"] = bench.case("ansible.builtin.uri, new orders", "uri", hosts=_HOSTS, bench_orders="uri-{round}")
    for case, unit in (("uri", "new"), ("module", "new"), ("new", "floor"), ("adopted", "floor")):
        table.ratio(case, to=unit)
    return table


def test_every_way_places_the_same_orders_with_the_same_calls(bench: Bench, orders: Table) -> None:
    charged = bench.sandbox.state()["charged_orders"]

    assert charged == 3 * _HOSTS * bench.rounds
    assert {name: case.api_calls for name, case in orders.cases.items()} == {
        "floor": 0,
        "new": 2 * _HOSTS,
        "adopted": 2 * _HOSTS,
        "module": 2 * _HOSTS,
        "uri": 2 * _HOSTS,
    }


def test_a_new_order_costs_a_tenth_of_the_same_calls_with_uri(orders: Table) -> None:
    assert orders.ratio("uri", to="new") >= LEAST_GAIN_OVER_URI
