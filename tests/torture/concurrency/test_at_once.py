# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Independent runs at the same time place one order.

Each key gets its own certificate. Hosts that share an order's name within one play are stopped before anything is sent:
tests/simulation/test_money.py.
"""

from __future__ import annotations

import pytest

from tests.helpers.sandbox import Sandbox
from tests.integration.checks import assert_deployed, public_key
from tests.integration.conftest import Charged
from tests.integration.harness import Run, Site, Started, entry
from tests.torture.form import by_form

_RUNS = by_form(short=3, long=10)


def finish(runs: list[Started]) -> list[Run]:
    """Wait for the end of runs, and count them."""
    return [run.finish() for run in runs]


def wait_for_holds(sandbox: Sandbox, runs: list[Started]) -> None:
    """Wait until each run holds a call or has ended."""
    going = len(runs)
    while sandbox.wait_for_hold(going, seconds=0.5) < going:
        going = sum(not run.ends_within(0) for run in runs)


def test_runs_for_the_same_certificate_place_one_order(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    sandbox.fault("create", "hold", times=-1)
    runs = [site.start() for _number in range(_RUNS)]

    # Each of them asks for the order before any has an answer.
    wait_for_holds(sandbox, runs)
    sandbox.clear_faults()
    ended = finish(runs)

    assert [run.code for run in ended if run.code] == [], [run.output for run in ended if run.code]
    assert charged() == 1
    assert len(list(host.folder().releases.iterdir())) == 1
    assert site.issue().changed == 0
    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


def test_run_and_a_push_at_once_deploy_one_certificate(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    sandbox.settings(manual_review=True)
    site.given()
    order_id = host.folder().pending_order_id
    sandbox.order(order_id, "approve")
    sandbox.fault("retrieve", "hold", times=-1)
    pushed = {"wotrus_order_ids": [order_id]}
    runs = [site.start(), site.start(playbook="wotrus.pki.deploy_on_push", variables=pushed)]

    wait_for_holds(sandbox, runs)
    sandbox.clear_faults()
    ended = finish(runs)

    assert [run.output for run in ended if run.code] == []
    assert charged() == 1
    assert len(list(host.folder().releases.iterdir())) == 1
    assert site.issue().changed == 0
    assert_deployed(host.folder(), sandbox)


@pytest.mark.parametrize("at_once", by_form(short=[True], long=[True, False]), ids=lambda at_once: f"at once {at_once}")
def test_slices_that_share_an_order_name_neither_pay_twice_nor_deploy_with_the_key_of_another_host(
    site: Site, sandbox: Sandbox, charged: Charged, *, at_once: bool
) -> None:
    hosts = site.hosts(2)
    site.variables["wotrus_certificates"] = [entry(order_name=f"{hosts[0].name}-and-others")]
    if at_once:
        sandbox.fault("create", "hold", times=2)
        runs = [site.start("--limit", host.name) for host in hosts]
        wait_for_holds(sandbox, runs)
        sandbox.clear_faults()
        finish(runs)
    else:
        for host in hosts:
            finish([site.start("--limit", host.name)])

    assert charged() == 1
    for host in hosts:
        live = host.folder().live
        if live.exists():
            assert_deployed(host.folder(), sandbox)
    shared = [public_key(host.folder().live / "cert.pem") for host in hosts if host.folder().live.exists()]
    assert len(set(shared)) == len(shared) > 0
