# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many orders at once, and an outage of the API."""

from __future__ import annotations

from tests.helpers.sandbox import Sandbox
from tests.integration.harness import Site

from .rulebook import Rulebooks, has_certificate, place_orders, start, wait_for_delivery, wait_until

HOSTS = 40


def test_orders_of_forty_hosts_that_are_approved_at_once_are_at_most_two_runs(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    by_order = place_orders(site, *(f"host{number}" for number in range(HOSTS)))
    # The approvals are one after the other, and a busy machine may need more than a second for one.
    run = start(rulebooks, sandbox, wotrus_push_collect=10)
    charged = sandbox.state()["charged_orders"]

    for order_id in by_order:
        sandbox.order(order_id, "approve")
    wait_for_delivery(run, HOSTS)
    run.wait_for_hosts(*(host.name for host in by_order.values()))

    assert all(map(has_certificate, by_order.values()))
    assert run.started <= 2
    assert sandbox.state()["charged_orders"] == charged


def test_orders_pushed_during_an_outage_of_the_api_are_deployed_once_after_it(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    by_order = place_orders(site, *(f"host{number}" for number in range(3)))
    run = start(rulebooks, sandbox, wotrus_push_again_after=240)
    charged = sandbox.state()["charged_orders"]

    sandbox.fault("*", "status", status=503, times=-1)
    for order_id in by_order:
        sandbox.order(order_id, "approve")
    wait_until("all pushes are stored", lambda: run.health()["stored"] == len(by_order), run=run)
    wait_until("the API was called", lambda: run.health()["counts"].get("failed_queries", 0) >= 3, run=run)
    assert run.started == 0
    # The outage is over for the source, which reads each order with two calls. It goes on for the first playbook.
    sandbox.clear_faults()
    sandbox.fault("*", "status", status=503, skip=2 * len(by_order), times=20)
    wait_for_delivery(run, len(by_order))

    assert all(map(has_certificate, by_order.values()))
    assert [len(list(host.folder().releases.iterdir())) for host in by_order.values()] == [1, 1, 1]
    assert sandbox.state()["charged_orders"] == charged
    assert run.health()["orders"]["failed"] == 0
