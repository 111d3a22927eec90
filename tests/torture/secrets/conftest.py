# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sandbox with a unique token, and a site with captured runs."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox, start_sandbox
from tests.integration.conftest import sandbox, site
from tests.integration.harness import Site
from tests.torture.kill.conftest import breakpoints

from .capture import Capture

__all__ = ["breakpoints", "capture", "sandbox", "shared", "site"]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WOTRUS_SANDBOX_TOKEN", f"tk_{secrets.token_hex(16)}")
        with start_sandbox(tmp_path_factory.mktemp("secrets")) as one:
            yield one


@pytest.fixture
def capture(site: Site) -> Iterator[Capture]:
    with tempfile.TemporaryDirectory(prefix="wotrus-") as kept:
        yield Capture(site, Path(kept))
