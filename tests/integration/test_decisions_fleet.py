# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Divided runs keep the order limit; rebuilt hosts pay nothing again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import assert_blocked, assert_deployed, live_order, posts
from .conftest import Charged
from .harness import Site

REBUILT = 20


def test_twenty_rebuilt_hosts_place_no_charged_order(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    hosts = site.hosts(REBUILT)
    site.issue("--forks", "10", variables={"wotrus_max_charged_orders": REBUILT})
    assert charged() == REBUILT
    orders = sandbox.state()["charged_orders"]
    for host in hosts:
        host.wipe()
    sandbox.clear_calls()

    stopped = site.run("--forks", "10", variables={"wotrus_max_charged_orders": REBUILT - 1})
    assert_blocked(stopped, "order_limit")
    assert posts(sandbox) == []
    rows = stopped.results()
    assert len(rows) == REBUILT
    for row in rows:
        # Why a host counts that has been paid for, and the number that lets it go on.
        assert "only Create can tell whether its order exists" in row["msg"]
        assert f"set wotrus_max_charged_orders to {REBUILT}" in row["next_step"]

    site.issue("--forks", "10", variables={"wotrus_max_charged_orders": REBUILT})

    for host in hosts:
        assert_deployed(host.folder(), sandbox)
    assert sandbox.state()["charged_orders"] == orders
    assert charged() == REBUILT


def test_each_of_three_slices_keeps_the_limit(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    two, one, other = site.hosts(2), site.host("one"), site.host("other")
    slices = [",".join(host.name for host in hosts) for hosts in (two, [one], [other])]
    started = [site.start("--limit", names, variables={"wotrus_max_charged_orders": 1}) for names in slices]

    runs = [run.finish() for run in started]

    assert [run.code == 0 for run in runs] == [False, True, True]
    assert_blocked(runs[0], "order_limit")
    assert charged() == 2
    for host in (one, other):
        assert_deployed(host.folder(), sandbox)
    for host in two:
        assert host.folder().release is None


@pytest.mark.parametrize(
    ("play", "most"),
    [
        pytest.param({"serial": 1}, 1, id="serial"),
        pytest.param({"strategy": "ansible.builtin.free"}, 1, id="free"),
        # One batch sees that it would exceed the limit, and sends nothing.
        pytest.param({}, 0, id="linear"),
    ],
)
def test_hosts_with_one_common_name_keep_the_limit(
    site: Site, charged: Charged, play: dict[str, Any], most: int
) -> None:
    site.hosts(3)

    run = site.run(play=play, variables={"wotrus_max_charged_orders": 1})

    assert charged() <= most
    assert_blocked(run, "order_limit")


def test_hosts_with_one_common_name_keep_their_own_orders(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    hosts = site.hosts(2)
    site.issue(play={"serial": 1}, variables={"wotrus_max_charged_orders": 2})
    orders = [live_order(host.folder()) for host in hosts]
    assert orders[0] != orders[1]
    for host in hosts:
        host.wipe()

    site.issue(variables={"wotrus_max_charged_orders": 2})

    assert charged() == 2
    roots = [host.folder().record["live"]["root_order_id"] for host in hosts]
    assert [root.strip().strip("{}").upper() for root in roots] == orders
    for host in hosts:
        assert_deployed(host.folder(), sandbox)
