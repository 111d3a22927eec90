# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox for all tests; each test has its own AWX.

The hosts belong to that AWX.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox
from tests.integration.conftest import _numbers, charged, sandbox, shared

from .jobs import Awx

__all__ = ["awx", "charged", "sandbox", "shared"]


@pytest.fixture
def awx(tmp_path: Path, sandbox: Sandbox) -> Iterator[Awx]:
    one = Awx(tmp_path, sandbox=sandbox, prefix=f"a{next(_numbers)}")
    yield one
    one.close()
