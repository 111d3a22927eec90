# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Braces and blanks around the id of an order."""

from __future__ import annotations

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed, live_order, one_spelling
from .conftest import Charged
from .harness import Site, entry


@pytest.mark.parametrize("style", ["braces", "mixed"])
def test_id_in_any_spelling_is_one_order(site: Site, sandbox: Sandbox, charged: Charged, style: str) -> None:
    host = site.host()
    sandbox.settings(id_style=style)

    site.issue()
    first = live_order(host.folder())
    assert_deployed(host.folder(), sandbox)
    assert site.issue().changed == 0
    site.variables["wotrus_certificates"] = [entry(order_id=f"{{{one_spelling(first)}}}")]
    assert site.issue().changed == 0
    site.issue(variables={"wotrus_reissue": ["contracts"]})

    assert_deployed(host.folder(), sandbox)
    assert one_spelling(live_order(host.folder())) != one_spelling(first)
    assert charged() == 1
