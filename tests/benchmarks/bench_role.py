# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Costs of the whole role, on several kinds of runs.

They are the first run, a run with nothing to do, and a run that waits.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.benchmarks.conftest import Bench
from tests.benchmarks.report import Case, Costs, Listing

MOST_OVER_PING = 1.4
MOST_OVER_PING_WHILE_PENDING = 2
LEAST_GAIN_OVER_HAND = 3
MOST_GROWTH = 1.1
_TURNS = 3
_REVIEW = 20
_LONGEST_WAIT = 300


def _role(bench: Bench, label: str, *, hosts: int, orders: str, certificates: int = 1, **variables: object) -> Case:
    """Run the role for certificates with a prefix of their names.

    Their names and folders begin with ``orders`` and the number of hosts.
    """
    folder = f"{orders}-{hosts}"
    entries = bench.certificates(certificates, names=folder)
    settings = {"bench_dir": f"{bench.common['bench_dir']}/{folder}", "wotrus_certificates": entries}
    return bench.case(label, "role", hosts=hosts, **settings, **variables)


def _first(bench: Bench, label: str, *, hosts: int, orders: str, certificates: int = 1, **variables: object) -> Case:
    """Run the role on new hosts, with one order per certificate."""
    settings = {"certificates": certificates, "wotrus_max_charged_orders": hosts * certificates}
    return _role(bench, label, hosts=hosts, orders=orders, **settings, **variables)


def _ping(bench: Bench, hosts: int) -> Case:
    return bench.case("ansible.builtin.ping", "ping", hosts=hosts)


def _by_hand(bench: Bench, hosts: int) -> Case:
    folder = f"by-hand-{hosts}"
    variables = {"bench_orders": folder, "bench_dir": f"{bench.common['bench_dir']}/{folder}"}
    return bench.case("openssl, uri and copy by hand, first run", "by_hand", hosts=hosts, **variables)


@pytest.fixture(scope="module")
def role(bench: Bench, listings: list[Listing]) -> Costs:
    """Return the costs of all cases, against one sandbox.

    The cases are measured one after the other. Every certificate is for a new P-256 key. The speed of a machine varies,
    so cases that are compared follow each other: the first run and that by hand, and the role with nothing to do
    between two pings, whose medians count.
    """
    table = Costs("role", title=f"{bench.sizes.forks} forks, each per host", unit="ping", unit_label="ping")
    listings.append(table)
    for hosts in bench.sizes.role:
        table.add("floor", bench.case("an empty action plugin", "nothing", hosts=hosts))
        table.add("ping", _ping(bench, hosts))
        table.add("first", _first(bench, "the role, first run", hosts=hosts, orders="role"))
        if hosts == bench.sizes.role[0]:
            table.add("by hand", _by_hand(bench, hosts))
        for _turn in range(_TURNS):
            table.add("nothing", _role(bench, "the role, nothing to do", hosts=hosts, orders="role"))
            table.add("ping", _ping(bench, hosts))
    table.finish()
    return table


@pytest.fixture(scope="module")
def waited(bench: Bench, listings: list[Listing]) -> Iterator[Costs]:
    """Measure runs that wait for reviews, which end or not."""
    title = f"{bench.sizes.forks} forks, each per host; reviews of {_REVIEW} s, or none that ends"
    table = Costs("role_waiting", title=title, unit="waited", unit_label="waited for")
    listings.append(table)
    hosts = bench.sizes.waits
    bench.sandbox.settings(review_delay=_REVIEW)
    label = "the role, first run, reviews waited for"
    table.add("waited", _first(bench, label, hosts=hosts, orders="waited", wotrus_wait_timeout=_LONGEST_WAIT))
    bench.sandbox.settings(review_delay=0, manual_review=True)
    label = "the role, first run, orders left pending"
    table.add("pending", _first(bench, label, hosts=hosts, orders="pending", wotrus_wait_timeout=0))
    label = "the role again, still pending"
    for _turn in range(_TURNS):
        table.add("ping", _ping(bench, hosts))
        table.add("again", _role(bench, label, hosts=hosts, orders="pending", wotrus_wait_timeout=0))
    bench.sandbox.settings(manual_review=False)
    table.finish()
    yield table
    bench.sandbox.settings(review_delay=0, manual_review=False)


@pytest.fixture(scope="module")
def several(bench: Bench, listings: list[Listing]) -> dict[int, tuple[Case, Case]]:
    """Measure hosts with one certificate, and hosts with several.

    Each has a first run, and a run with nothing to do.
    """
    hosts = bench.sizes.few
    listing = Listing(
        "role_several",
        f"{hosts} hosts, {bench.sizes.forks} forks, each per host",
        (
            "Certificates on a host",
            "first run, CPU ms",
            "API calls",
            "nothing to do, CPU ms",
            "API calls",
            "CPU, fewest = 1",
        ),
    )
    listings.append(listing)
    cases = {
        number: (
            _first(bench, "first run", hosts=hosts, orders=f"several{number}", certificates=number),
            _role(bench, "nothing to do", hosts=hosts, orders=f"several{number}", certificates=number),
        )
        for number in bench.sizes.several
    }
    unit = cases[min(cases)][1].cpu
    listing.rows += [
        (
            str(number),
            round(first.cpu, 1),
            round(first.api_calls / hosts, 2),
            round(nothing.cpu, 1),
            round(nothing.api_calls / hosts, 2),
            round(nothing.cpu / unit, 2),
        )
        for number, (first, nothing) in cases.items()
    ]
    return cases


def _live(bench: Bench, orders: str) -> int:
    """Return how many certificates are live in folders with a prefix."""
    return len(list(bench.ansible.folder.glob(f"targets/{orders}-*/*/*/live/cert.pem")))


def test_the_role_and_the_playbook_by_hand_bring_a_certificate_to_every_host(bench: Bench, role: Costs) -> None:
    hosts = bench.sizes.role[0]

    assert _live(bench, "role") == sum(bench.sizes.role)
    assert _live(bench, "by-hand") == hosts
    assert role.cases[hosts]["by hand"].api_calls == 3 * hosts


def test_role_without_changes_calls_the_api_at_most_once_per_certificate(role: Costs) -> None:
    assert all(cases["nothing"].api_calls <= hosts for hosts, cases in role.cases.items())


def test_the_role_with_nothing_to_do_costs_little_more_than_a_ping(bench: Bench, role: Costs) -> None:
    hosts = bench.sizes.role[0]
    ratio = role.ratio("nothing", to="ping", hosts=hosts)

    assert bench.keeps(role.goal(f"CPU of the role with nothing to do, ping = 1, {hosts} hosts", ratio, MOST_OVER_PING))


def test_the_first_run_costs_a_third_of_the_same_by_hand(bench: Bench, role: Costs) -> None:
    hosts = bench.sizes.role[0]
    ratio = role.ratio("by hand", to="first", hosts=hosts)

    assert bench.keeps(
        role.goal(
            f"CPU of the playbook by hand, the role's first run = 1, {hosts} hosts",
            ratio,
            LEAST_GAIN_OVER_HAND,
            at_least=True,
        )
    )


def test_the_role_does_not_cost_more_per_host_with_more_hosts(bench: Bench, role: Costs) -> None:
    start, end = bench.sizes.role
    growth = role.growth("nothing", start=start, end=end)

    assert bench.keeps(
        role.goal(f"CPU per host at {end} hosts, at {start} = 1: the role, nothing to do", growth, MOST_GROWTH)
    )


def test_awaited_certificates_are_live_and_pending_ones_are_not(bench: Bench, waited: Costs) -> None:
    assert _live(bench, "waited") == bench.sizes.waits
    assert _live(bench, "pending") == 0
    for hosts, cases in waited.cases.items():
        assert cases["again"].api_calls <= hosts


def test_the_role_again_while_orders_are_pending_costs_little_more_than_a_ping(bench: Bench, waited: Costs) -> None:
    hosts = bench.sizes.waits
    ratio = waited.ratio("again", to="ping", hosts=hosts)
    text = f"CPU of the role again while orders are pending, ping = 1, {hosts} hosts"

    assert bench.keeps(waited.goal(text, ratio, MOST_OVER_PING_WHILE_PENDING))


def test_several_certificates_share_one_execution(bench: Bench, several: dict[int, tuple[Case, Case]]) -> None:
    fewest, most = (several[number][1] for number in (min(several), max(several)))

    one_more = (most.cpu - fewest.cpu) / (max(several) - min(several))
    assert one_more < fewest.cpu / min(several) / 2
    for number, (_first, nothing) in several.items():
        assert nothing.api_calls <= number * bench.sizes.few
