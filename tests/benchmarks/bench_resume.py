# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that a schedule runs every few minutes."""

from __future__ import annotations

import pytest

from tests.benchmarks.conftest import Bench
from tests.benchmarks.fleet import Fleet
from tests.benchmarks.report import Costs, Listing

MOST_OVER_PING_WHILE_PENDING = 2
MOST_GROWTH = 1.1
_TURNS = 3
_STATES = {"pending": "all pending", "issued": "all issued since the last run", "live": "none pending"}
_COLUMNS = ("Hosts, with one certificate each", *(f"{label}, s" for label in _STATES.values()), "Run it every, min")
_EXTRAPOLATED = 2000
# What cron can express. A run of more than a day would need slices.
_INTERVALS = (5, 10, 15, 20, 30, 60, 120, 240, 720, 1440)


@pytest.fixture(scope="module")
def resume(bench: Bench, listings: list[Listing]) -> Costs:
    """Measure runs in which all orders are pending, issued and live."""
    title = f"wotrus.pki.resume, {bench.sizes.forks} forks, each per host"
    table = Costs("resume", title=title, unit="ping", unit_label="ping")
    listings.append(table)
    for hosts in bench.sizes.resume:
        fleet = Fleet(bench, f"resume-{hosts}", hosts)
        table.add("first", fleet.order())
        for _turn in range(_TURNS if hosts == bench.sizes.resume[0] else 1):
            table.add("ping", bench.case("ansible.builtin.ping", "ping", hosts=hosts))
            table.add("pending", fleet.run(_STATES["pending"], "wotrus.pki.resume"))
        for order_id in fleet.pending:
            bench.sandbox.order(order_id, "approve")
        table.add("issued", fleet.run(_STATES["issued"], "wotrus.pki.resume"))
        assert fleet.live == hosts
        table.add("live", fleet.run(_STATES["live"], "wotrus.pki.resume"))
    table.finish()
    start, end = bench.sizes.resume
    ratio = table.ratio("pending", to="ping", hosts=start)
    text = f"CPU of wotrus.pki.resume while orders are pending, ping = 1, {start} hosts"
    table.goal(text, ratio, MOST_OVER_PING_WHILE_PENDING)
    growth = table.growth("live", start=start, end=end)
    table.goal(f"CPU per host at {end} hosts, at {start} = 1: wotrus.pki.resume, none pending", growth, MOST_GROWTH)
    return table


def test_schedule_by_the_size_of_the_fleet(bench: Bench, resume: Costs, listings: list[Listing]) -> None:
    listing = Listing("schedule", f"Seconds of a run of wotrus.pki.resume, {bench.sizes.forks} forks", _COLUMNS)
    listings.append(listing)
    small, large = bench.sizes.resume
    start, end = ([resume.cases[hosts][state].wall * hosts / 1000 for state in _STATES] for hosts in (small, large))
    more = (_EXTRAPOLATED - large) / (large - small)
    extrapolated = [last + more * (last - first) for first, last in zip(start, end, strict=True)]
    sizes = (f"{small:,}", f"{large:,}", f"{_EXTRAPOLATED:,} (extrapolated)")
    for hosts, runs in zip(sizes, (start, end, extrapolated), strict=True):
        interval = next(minutes for minutes in _INTERVALS if minutes * 60 >= max(runs))
        listing.rows.append((hosts, *map(round, runs), interval))

    assert all(cases[state].api_calls <= 3 * hosts for hosts, cases in resume.cases.items() for state in _STATES)
