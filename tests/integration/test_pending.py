# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of certificates that changes within a play."""

from __future__ import annotations

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed
from .harness import ROLE, Site, entry

_HOUR = 3600


def test_role_uses_only_answers_about_its_own_certificates(site: Site, sandbox: Sandbox) -> None:
    host = site.host(wotrus_certificates=[entry("issued")])
    sandbox.settings(manual_review=True)
    site.given()
    sandbox.order(host.folder("issued").pending_order_id, "approve")
    sandbox.settings(manual_review=False, review_delay=_HOUR)
    # The first question is asked once the order is placed; the second is that of the wait.
    sandbox.fault("query", "hold", skip=1)
    twice = [
        {"ansible.builtin.include_role": {"name": ROLE}, "vars": {"wotrus_certificates": [entry(name)]}}
        for name in ("waited-for", "issued")
    ]

    started = site.start(tasks=twice, variables={"wotrus_wait_timeout": 60})
    assert sandbox.wait_for_hold() == 1
    sandbox.clock(advance=_HOUR)
    sandbox.release()
    run = started.finish()

    assert run.code == 0, run.output
    # The first is fetched after a wait; the second, at the same place of its list, at once.
    assert len(run.named("Deploy the certificates that were issued meanwhile")) == 1
    for name in ("waited-for", "issued"):
        assert_deployed(host.folder(name), sandbox, at_time=False)
