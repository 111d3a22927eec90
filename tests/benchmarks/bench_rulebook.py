# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From pushes to live certificates with real ansible-rulebook.

ansible-rulebook, its playbooks, the sandbox and the hosts share this machine.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.benchmarks.conftest import Bench
from tests.benchmarks.report import Goal, Listing
from tests.benchmarks.rulebook_runs import Fleet, cpu_of, rulebook_bin

NOT_MEASURED = "NOT measured: ansible-rulebook needs Java 17 or newer"
MOST_OVER_ISSUE = 2
MOST_SECONDS = 60
MOST_RUNS = 2
MOST_SECONDS_OF_ONE = 15


@pytest.fixture(scope="module")
def bin_folder() -> Path | None:
    """The folder of ansible-rulebook, if it can run here."""
    return rulebook_bin()


def add_table(listings: list[Listing], name: str, title: str, columns: tuple[str, ...], found: Path | None) -> Listing:
    """Add a table, which says if nothing can be measured here."""
    listing = Listing(name, title, columns)
    listings.append(listing)
    if found is None:
        listing.rows.append((NOT_MEASURED, *("" for _column in columns[1:])))
    return listing


def test_orders_approved_at_once(
    bench: Bench, listings: list[Listing], bin_folder: Path | None, tmp_path: Path
) -> None:
    columns = ("What", "Measured")
    title = "Orders that are approved at once, each for a host"
    listing = add_table(listings, "pushes_at_once", title, columns, bin_folder)
    if bin_folder is None:
        return
    number = bench.sizes.at_once
    by_hand = Fleet(bench, tmp_path, bin_folder, name="by-hand", hosts=number)
    for order_id in by_hand.place(number):
        bench.sandbox.order(order_id, "approve")
    issue = by_hand.issue()
    assert by_hand.live == number

    fleet = Fleet(bench, tmp_path, bin_folder, name="at-once", hosts=number)
    ids = fleet.place(number)
    with fleet.rulebook() as process:
        before, started = cpu_of(process), time.monotonic()
        for order_id in ids:
            bench.sandbox.order(order_id, "approve")
            fleet.push(order_id)
        fleet.wait_for_live(number)
        seconds = time.monotonic() - started
        fleet.wait_for_end(fleet.runs)
        cpu = cpu_of(process) - before
    bench.sandbox.settings(manual_review=False)
    listing.rows += [
        ("Orders, each for a host", f"{number:,}"),
        ("Runs of the playbook", f"{fleet.runs:,}"),
        ("From the first push to the last live certificate", f"{seconds:.0f} s"),
        ("CPU of ansible-rulebook and its playbooks", f"{cpu:.0f} s"),
        ("CPU of one run of wotrus.pki.issue for as many hosts", f"{issue:.0f} s"),
    ]
    goals: list[Goal] = [
        listing.goal(f"CPU of pushes for {number} hosts, wotrus.pki.issue = 1", cpu / issue, MOST_OVER_ISSUE),
        listing.goal(f"Seconds from {number} pushes to {number} live certificates", seconds, MOST_SECONDS),
        listing.goal(f"Runs of the playbook for {number} pushes", fleet.runs, MOST_RUNS),
    ]
    assert all(map(bench.keeps, goals))


def test_a_push_by_the_size_of_the_fleet(
    bench: Bench, listings: list[Listing], bin_folder: Path | None, tmp_path: Path
) -> None:
    columns = ("Hosts", "seconds")
    title = "From an approval and its push to the live certificate, with the 5 s in which the rulebook collects orders"
    listing = add_table(listings, "pushes_by_fleet", title, columns, bin_folder)
    if bin_folder is None:
        return
    goals = []
    for hosts in bench.sizes.fleets:
        fleet = Fleet(bench, tmp_path, bin_folder, name=f"fleet{hosts}", hosts=hosts)
        (order_id,) = fleet.place(1)
        with fleet.rulebook():
            started = time.monotonic()
            bench.sandbox.order(order_id, "approve")
            fleet.push(order_id)
            fleet.wait_for_live(1)
            seconds = time.monotonic() - started
            fleet.wait_for_end(1)
        listing.rows.append((f"{hosts:,}", f"{seconds:.0f}"))
        if hosts == 1:
            goals.append(listing.goal("Seconds from an approval to a live certificate", seconds, MOST_SECONDS_OF_ONE))
        fleet.remove()
    bench.sandbox.settings(manual_review=False)
    assert all(map(bench.keeps, goals))
