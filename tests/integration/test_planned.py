# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that was made before, carried out with every ansible-core; tests/awx has the whole workflow."""

from __future__ import annotations

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed
from .conftest import Charged
from .harness import COLLECTION, Site, entry


def test_plan_is_carried_out_for_the_certificates_that_are_in_it(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    planned, other = site.hosts(2)
    site.variables["wotrus_certificates"] = [entry("contracts"), entry("invoices")]
    row = {"name": "invoices", "action": "order", "charged": True, "order_name": f"invoices@{planned.name}"}

    run = site.issue(
        playbook=COLLECTION / "playbooks" / "issue_planned.yml",
        variables={"wotrus_plan": {planned.name: [row], "gone": [{**row, "order_name": "invoices@gone"}]}},
    )

    assert charged() == 1
    assert_deployed(planned.folder("invoices"), sandbox)
    assert not planned.folder("contracts").path.exists()
    assert not other.base_dir.exists()
    (summary,) = run.named("Sum up")
    assert "went live       1" in summary.result["msg"]
