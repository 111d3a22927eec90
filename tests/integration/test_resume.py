# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook for every few minutes continues orders, and nothing else."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed, posts
from .harness import Site

PLAYBOOK = "wotrus.pki.resume"


def test_resume_deploys_what_is_issued_and_waits_for_nothing(sandbox: Sandbox, site: Site) -> None:
    sandbox.settings(manual_review=True)
    site.variables["wotrus_max_charged_orders"] = 2
    host, waiting = site.hosts(2)
    site.issue()
    sandbox.order(host.folder().pending_order_id, "approve")
    sandbox.clear_calls()

    run = site.run(playbook=PLAYBOOK, variables={})

    assert run.code == 0, run.output
    assert_deployed(host.folder(), sandbox)
    assert waiting.folder().release is None
    # A wait would ask for the pending order again.
    asked = [call for call in sandbox.calls("query") if is_same_id(call["order_id"], waiting.folder().pending_order_id)]
    assert len(asked) == 1
    assert posts(sandbox) == []
