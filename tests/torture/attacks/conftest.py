# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures with an honest host, beside which a hostile one can be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox
from tests.integration.conftest import charged, sandbox, shared, site
from tests.integration.harness import Site

from .scene import Scene

__all__ = ["charged", "sandbox", "scene", "shared", "site"]


@pytest.fixture
def scene(site: Site, sandbox: Sandbox, tmp_path: Path) -> Iterator[Scene]:
    one = Scene(site, sandbox=sandbox, trap=tmp_path / "trap")
    yield one
    one.assert_trap_is_untouched()
