# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run places only due orders, one by one, within the limit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import assert_blocked, assert_deployed, newest_order, posts, public_key
from .claims import claim_expired, claim_nothing, claim_unsent_renewal
from .conftest import Charged
from .harness import Folder, Site, entry


@pytest.mark.parametrize(
    "claim",
    [
        claim_expired,
        claim_nothing,
        claim_unsent_renewal,
    ],
)
def test_record_of_a_host_orders_nothing_that_is_not_due(
    site: Site, charged: Charged, claim: Callable[[Folder], None]
) -> None:
    folder = site.host().folder()
    site.issue()
    for _run in range(2):
        claim(folder)
        site.run()

    assert charged() == 1
    assert public_key(folder.live / "privkey.pem") == public_key(folder.live / "cert.pem")


def test_setting_to_replace_an_order_that_stays_replaces_no_other(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    folder = site.host().folder()
    sandbox.settings(manual_review=True)
    site.issue()
    first = folder.pending_order_id
    sandbox.order(first, "reject")
    site.variables.update(wotrus_replace_orders=[first])
    site.issue()
    assert charged() == 2
    sandbox.order(folder.pending_order_id, "reject")

    run = site.run()

    assert charged() == 2
    assert run.code != 0


def test_order_that_is_rejected_on_arrival_ends_the_run(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    site.host()
    sandbox.settings(reject_new=True)
    assert site.run().code != 0
    assert charged() == 1
    site.variables.update(wotrus_replace_orders=[newest_order(sandbox)])

    run = site.run()

    assert charged() == 2
    assert run.code != 0


def test_certificate_that_is_due_on_arrival_is_not_renewed_at_once(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    site.host()
    site.variables["wotrus_certificates"] = [entry(renew_before_days=60)]
    sandbox.settings(backdate=345)
    site.issue()

    runs = [site.run() for _run in range(2)]

    assert charged() == 1
    for run in runs:
        assert_blocked(run, "renewed_recently")


def test_smallest_order_limit_of_the_hosts_counts(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    site.host("host0", wotrus_max_charged_orders=10)
    for number in range(1, 4):
        site.host(f"host{number}", wotrus_max_charged_orders=1)

    run = site.run()

    assert charged() == 0
    assert posts(sandbox) == []
    assert_blocked(run, "order_limit")


def test_certificates_that_are_paid_are_deployed_where_the_limit_stops_orders(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    paid = site.hosts(3)
    sandbox.settings(manual_review=True)
    site.issue(variables={"wotrus_max_charged_orders": 3})
    for host in paid:
        sandbox.order(host.folder().pending_order_id, "approve")
    for name in ("new0", "new1"):
        site.host(name)
    sandbox.clear_calls()

    run = site.run(variables={"wotrus_max_charged_orders": 1})

    for host in paid:
        assert_deployed(host.folder(), sandbox)
    assert posts(sandbox) == []
    assert charged() == 3
    assert_blocked(run, "order_limit")
