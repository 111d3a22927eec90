# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode shows changes, charges and the request; nothing is changed."""

from __future__ import annotations

import re

from tests.helpers.sandbox import Sandbox

from . import tables
from .harness import Site, entry

IDENTITY = "110101199003070011"
LIMIT_TASK = "Check the plans of all hosts"


def test_check_mode_with_diff_shows_the_request(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    organization = {"name": "示例科技有限公司", "country_code": "CN", "id_card_number": IDENTITY}
    site.variables["wotrus_certificates"] = [entry(common_name="示例合同签章", organization=organization)]

    run = site.issue("--check", "--diff")

    assert sandbox.calls("create") == []
    for word in ("pdf_signing", "示例合同签章", "示例科技有限公司", f"contracts@{host.name}"):
        assert word in tables.diff(run)
    assert re.search(r"\b12\b", tables.diff(run))
    assert IDENTITY not in run.output + tables.diff(run)


def test_plan_writes_nothing_on_the_host(site: Site) -> None:
    host = site.host()

    with site.held_before(LIMIT_TASK) as started:
        written = sorted(path.name for path in host.base_dir.rglob("*"))

    assert started.finish().code == 0
    assert written == []
