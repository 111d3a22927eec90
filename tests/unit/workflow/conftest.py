# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The orders that one test counts are none of the next."""

from __future__ import annotations

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import ReissueLimit
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import limit, send


@pytest.fixture(autouse=True)
def own_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test with an order limit of which nothing is used."""
    orders, reissues = limit.RequestCount(), limit.RequestCount(ReissueLimit)
    for module in (limit, send):
        monkeypatch.setattr(module, "ORDER_COUNT", orders)
        monkeypatch.setattr(module, "REISSUE_COUNT", reissues)
