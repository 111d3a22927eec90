# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU of an order and of the role, by part."""

from __future__ import annotations

import pytest

from tests.benchmarks.conftest import Bench
from tests.benchmarks.measuring import Profile
from tests.benchmarks.profiles import by_task, parent_of
from tests.benchmarks.report import Listing

_LEAST_SHOWN = 0.2
_LONGEST = 10
_UNNAMED = "worker: start and end of the process, and what has no name here"
# With one fork, the parent mostly asks whether its one worker is done.
_IDLE = ("parent: queueing", "parent: waiting")
_ROLE = "wotrus.pki.certificate : "


@pytest.fixture(scope="module")
def order_profile(bench: Bench, listings: list[Listing]) -> dict[str, dict[str, float]]:
    """Return milliseconds by part of an order's task.

    The cases are an empty action plugin, a new order, and the same order adopted.
    """
    hosts = max(bench.sizes.profiled)
    listing = Listing(
        "profile_order",
        f"{hosts} hosts one after the other; milliseconds of CPU per host",
        ("Where", "empty action plugin", "new order", "adopted order"),
    )
    listings.append(listing)
    cases = {
        "floor": _parts(bench.profile("nothing", hosts=hosts), hosts=hosts),
        "new": _parts(bench.profile("order", hosts=hosts, bench_orders="profile"), hosts=hosts),
        "adopted": _parts(bench.profile("order", hosts=hosts, bench_orders="profile"), hosts=hosts),
    }
    names = sorted({name for parts in cases.values() for name in parts}, key=lambda name: -cases["new"].get(name, 0.0))
    for name in names:
        figures = [round(parts.get(name, 0.0), 1) for parts in cases.values()]
        if max(figures) >= _LEAST_SHOWN:
            listing.rows.append((name, *figures))
    listing.rows.append(("all of these", *(round(sum(parts.values()), 1) for parts in cases.values())))
    return cases


def _parts(profiles: list[Profile], *, hosts: int) -> dict[str, float]:
    """Return milliseconds per host by part.

    Work that is done once for all hosts is left out.
    """
    (task,) = by_task(profiles).values()
    parent = {
        name: seconds * 1000 / hosts
        for name, seconds in parent_of(profiles).parts.items()
        if name.startswith("parent: ")
        and name not in (*_IDLE, "parent: importing Ansible", "parent: reading the playbook")
    }
    return {**task.parts, **parent, _UNNAMED: max(0.0, task.own - sum(task.parts.values()))}


@pytest.fixture(scope="module")
def role_profile(bench: Bench, listings: list[Listing]) -> Listing:
    """Return milliseconds by task of the role, on two runs.

    The second one has nothing to do.
    """
    hosts = min(_LONGEST, max(bench.sizes.profiled))
    variables = {
        "bench_dir": bench.common["bench_dir"] + "/profile",
        "wotrus_certificates": bench.certificates(1, names="role-profile"),
    }
    first, again = (
        by_task(bench.profile("role", hosts=hosts, wotrus_max_charged_orders=most, **variables)) for most in (hosts, 1)
    )
    listing = Listing(
        "profile_role",
        f"{hosts} hosts one after the other; milliseconds of CPU per host",
        ("Task", "first run, controller", "first run, host", "nothing to do, controller", "nothing to do, host"),
    )
    listings.append(listing)
    for name, task in first.items():
        cells = [round(figure * task.workers / hosts, 1) for figure in (task.own, task.children)]
        if name in again:
            cells += [
                round(figure * again[name].workers / hosts, 1) for figure in (again[name].own, again[name].children)
            ]
        listing.rows.append((name.removeprefix(_ROLE).partition(" - ")[0], *cells, *[""] * (4 - len(cells))))
    sums = [sum(float(row[column] or 0) for row in listing.rows) for column in range(1, 5)]
    listing.rows.append(("all of these", *(round(figure, 1) for figure in sums)))
    return listing


def test_an_order_starts_no_process(order_profile: dict[str, dict[str, float]]) -> None:
    for name, parts in order_profile.items():
        assert "worker: running the module" not in parts
        assert ("operation: TLS handshake" in parts) == (name != "floor")


def test_the_role_runs_one_module_on_a_host_that_needs_nothing(role_profile: Listing) -> None:
    on_the_host = [row[0] for row in role_profile.rows[:-1] if row[4] and float(row[4]) > _LONGEST]

    assert on_the_host == ["Plan what to do"]
