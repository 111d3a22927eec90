# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clock of hosts is that of their certificates."""

from __future__ import annotations

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._deployment import signature_check
from tests.unit.x509 import pki


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature_check, "_now", lambda: pki.NOW)
