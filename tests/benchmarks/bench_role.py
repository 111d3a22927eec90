# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Costs of the whole role: the first run, and a run with nothing to do."""

from __future__ import annotations

import pytest

from tests.benchmarks.conftest import Bench
from tests.benchmarks.fleet import P256, Fleet
from tests.benchmarks.report import Costs, Listing

MOST_OVER_PING = 1.3
LEAST_GAIN_OVER_HAND = 3
_TURNS = 3
_SEVERAL = 10


@pytest.fixture(scope="module")
def fleets(bench: Bench) -> dict[str, Fleet]:
    """Return the fleets by the name of their first run."""
    small, large = bench.sizes.role
    return {
        "first": Fleet(bench, "role", small),
        "first P-256": Fleet(bench, "p256", small, key=P256),
        "first several": Fleet(bench, "several", small, certificates=_SEVERAL, key=P256),
        "by hand": Fleet(bench, "by-hand", small),
        "first large": Fleet(bench, "large", large),
    }


@pytest.fixture(scope="module")
def role(bench: Bench, listings: list[Listing], fleets: dict[str, Fleet]) -> Costs:
    """Measure all cases one after the other, against one sandbox.

    The speed of a machine varies, so cases that are compared follow each other: the first run and that by hand, and the
    role with nothing to do and ping, whose medians count.
    """
    table = Costs("role", title=f"{bench.sizes.forks} forks, each per host", unit="ping", unit_label="ping")
    listings.append(table)
    small, large = bench.sizes.role
    several = f"{_SEVERAL} certificates, P-256"
    first, nothing = "the role, first run", "the role, nothing to do"
    table.add("first", fleets["first"].run(f"{first}, RSA 3072"))
    table.add("first P-256", fleets["first P-256"].run(f"{first}, P-256"))
    table.add("by hand", fleets["by hand"].run("openssl, uri and copy by hand, first run, P-256", "by_hand"))
    table.add("first several", fleets["first several"].run(f"{first}, {several}"))
    table.add("first", fleets["first large"].run(f"{first}, RSA 3072"))
    for _turn in range(_TURNS):
        table.add("ping", bench.case("ansible.builtin.ping", "ping", hosts=small))
        table.add("nothing", fleets["first"].run(f"{nothing}, RSA 3072"))
        table.add("nothing P-256", fleets["first P-256"].run(f"{nothing}, P-256"))
        table.add("ping", bench.case("ansible.builtin.ping", "ping", hosts=large))
        table.add("nothing", fleets["first large"].run(f"{nothing}, RSA 3072"))
    for place in ("controller", "hosts"):
        case = fleets["first P-256"].run(
            f"{nothing}, P-256, revocation from the {place}", wotrus_check_revocation=place
        )
        table.add(f"checked from the {place}", case)
    table.add("nothing several", fleets["first several"].run(f"{nothing}, {several}"))
    table.finish()
    ratio = table.ratio("nothing", to="ping", hosts=large)
    table.goal(f"CPU of the role with nothing to do, ping = 1, {large} hosts", ratio, MOST_OVER_PING)
    gain = table.ratio("by hand", to="first P-256", hosts=small)
    text = f"CPU of the playbook by hand, the role's first run = 1, P-256, {small} hosts"
    table.goal(text, gain, LEAST_GAIN_OVER_HAND, at_least=True)
    return table


def test_every_way_brings_its_certificates_to_every_host(role: Costs, fleets: dict[str, Fleet]) -> None:
    assert {name: fleet.live for name, fleet in fleets.items()} == {
        name: fleet.hosts * fleet.certificates for name, fleet in fleets.items()
    }
    by_hand = fleets["by hand"].hosts
    assert role.cases[by_hand]["by hand"].api_calls == 3 * by_hand


def test_role_without_changes_calls_the_api_at_most_once_per_certificate(role: Costs) -> None:
    for hosts, cases in role.cases.items():
        calls = {name: case.api_calls for name, case in cases.items() if name.startswith("nothing")}
        assert all(number <= hosts * (_SEVERAL if "several" in name else 1) for name, number in calls.items())


def test_several_certificates_share_one_execution(bench: Bench, role: Costs) -> None:
    cases = role.cases[min(bench.sizes.role)]
    one, several = cases["nothing P-256"].cpu, cases["nothing several"].cpu

    assert (several - one) / (_SEVERAL - 1) < one / 2
