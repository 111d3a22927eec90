# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reissue that is refused or lost costs nothing, and the id of an order is kept whatever the answers are."""

from __future__ import annotations

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed, posts
from .conftest import Charged
from .decisions import entry_of_order, newest_order, order_of, pending_order_of
from .harness import Site

REISSUE = {"wotrus_reissue": ["contracts"]}


@pytest.mark.xfail(strict=True, reason="observed: TODO")
def test_refused_reissue_leaves_its_order_as_it_was(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    folder = site.host().folder()
    site.issue()
    release = folder.release
    sandbox.settings(manual_review=True)
    site.issue(variables=REISSUE)
    sandbox.order(pending_order_of(folder), "reject")
    sandbox.clear_calls()

    run = site.run()

    assert folder.release == release
    assert posts(sandbox) == []
    assert charged() == 1
    assert run.code == 0, run.output


@pytest.mark.xfail(strict=True, reason="observed: TODO")
def test_reissue_after_a_refused_one_is_another(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    folder = site.host().folder()
    site.issue()
    (folder.live / "privkey.pem").unlink()
    sandbox.settings(manual_review=True)
    site.issue()
    sandbox.order(pending_order_of(folder), "reject")
    sandbox.settings(manual_review=False)

    site.issue()

    assert_deployed(folder, sandbox)
    assert charged() == 1


@pytest.mark.parametrize("end", ["revoke", "close"])
@pytest.mark.xfail(strict=True, reason="observed: TODO")
def test_reissue_whose_answer_was_lost_is_found_though_its_order_ended(
    site: Site, sandbox: Sandbox, charged: Charged, end: str
) -> None:
    folder = site.host().folder()
    site.issue()
    original = order_of(folder)
    sandbox.fault("reissue", "drop_after", times=-1)
    assert site.run(variables=REISSUE).code != 0
    sandbox.clear_faults()
    reissued = newest_order(sandbox)
    sandbox.order(original, end)

    site.issue()

    assert order_of(folder) == reissued
    assert_deployed(folder, sandbox)
    assert charged() == 1


@pytest.mark.parametrize("fault", [{"fault": "cut"}, {"fault": "empty"}, {"fault": "status", "status": 404}])
@pytest.mark.xfail(strict=True, reason="observed: TODO")
def test_id_of_an_order_is_kept_where_query_fails(
    site: Site, sandbox: Sandbox, charged: Charged, fault: dict[str, object]
) -> None:
    folder = site.host().folder()
    sandbox.settings(repeat_answer="refuse")
    sandbox.fault("query", times=-1, **fault)
    site.run()
    sandbox.clear_faults()

    site.issue()

    assert_deployed(folder, sandbox)
    assert charged() == 1


@pytest.mark.xfail(strict=True, reason="observed: TODO")
def test_order_whose_id_no_answer_brought_is_named_in_the_entry(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    folder = site.host().folder()
    sandbox.settings(repeat_answer="refuse")
    sandbox.fault("create", "drop_after")
    assert site.run().code != 0
    order_id = newest_order(sandbox)
    site.variables["wotrus_certificates"] = [entry_of_order(order_id)]

    site.issue()

    assert order_of(folder) == order_id
    assert_deployed(folder, sandbox)
    assert charged() == 1
