# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A refused or lost reissue costs nothing, and order ids are kept."""

from __future__ import annotations

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed, live_order, newest_order, posts
from .conftest import Charged
from .harness import Site, entry

REISSUE = {"wotrus_reissue": ["contracts"]}


def test_refused_reissue_leaves_its_order_as_it_was(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    folder = site.host().folder()
    site.issue()
    release = folder.release
    sandbox.settings(manual_review=True)
    site.issue(variables=REISSUE)
    sandbox.order(folder.pending_order_id, "reject")
    sandbox.clear_calls()

    run = site.run()

    assert folder.release == release
    assert posts(sandbox) == []
    assert charged() == 1
    assert run.code == 0, run.output


def test_reissue_after_a_refused_one_is_another(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    folder = site.host().folder()
    site.issue()
    (folder.live / "privkey.pem").unlink()
    sandbox.settings(manual_review=True)
    # The live key is gone as long as the reissue is pending.
    assert site.run().code != 0
    sandbox.order(folder.pending_order_id, "reject")
    sandbox.settings(manual_review=False)

    site.issue()

    assert_deployed(folder, sandbox)
    assert charged() == 1


@pytest.mark.parametrize("end", ["revoke", "close"])
def test_reissue_after_a_lost_answer_is_found_although_its_order_ended(
    site: Site, sandbox: Sandbox, charged: Charged, end: str
) -> None:
    folder = site.host().folder()
    site.issue()
    original = live_order(folder)
    sandbox.fault("reissue", "drop_after", times=-1)
    assert site.run(variables=REISSUE).code != 0
    sandbox.clear_faults()
    reissued = newest_order(sandbox)
    sandbox.order(original, end)

    site.issue()

    assert live_order(folder) == reissued
    assert_deployed(folder, sandbox)
    assert charged() == 1


@pytest.mark.parametrize("fault", ["half_json", "empty"])
def test_id_of_an_order_is_kept_where_query_fails(site: Site, sandbox: Sandbox, charged: Charged, fault: str) -> None:
    folder = site.host().folder()
    sandbox.settings(repeat_answer="refuse")
    sandbox.fault("query", fault, times=-1)
    site.run()
    sandbox.clear_faults()

    site.issue()

    assert_deployed(folder, sandbox)
    assert charged() == 1


def test_fresh_order_that_query_does_not_know_yet_is_waited_for(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    folder = site.host().folder()
    site.variables["wotrus_wait_timeout"] = 60
    sandbox.settings(repeat_answer="refuse", query_delay=2)

    site.issue()

    assert_deployed(folder, sandbox)
    assert charged() == 1


def test_order_that_query_did_not_know_is_found_by_the_next_run(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    folder = site.host().folder()
    sandbox.settings(repeat_answer="refuse", query_delay=3600)
    site.run()
    sandbox.clock(advance=3600)

    site.issue()

    assert_deployed(folder, sandbox, at_time=False)
    assert charged() == 1


def test_order_of_a_lost_answer_is_named_in_the_entry_where_repeats_are_refused(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    folder = site.host().folder()
    sandbox.settings(repeat_answer="refuse_with_id")
    sandbox.fault("create", "drop_after")
    refused = site.run()
    assert refused.code != 0
    order_id = newest_order(sandbox)
    assert order_id in refused.output.upper()
    site.variables["wotrus_certificates"] = [entry(order_id=order_id)]

    site.issue()

    assert live_order(folder) == order_id
    assert_deployed(folder, sandbox)
    assert charged() == 1
