# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sandbox and a repository for each test.

All repositories have the same order names.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox, start_sandbox

from .repository import Repository, gitlab


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    folder = tmp_path / "wotrus"
    folder.mkdir()
    # The token of the repository's vault.
    with start_sandbox(folder, "--token", "tk_sandbox") as one:
        yield one


@pytest.fixture
def repository(tmp_path: Path, sandbox: Sandbox) -> Repository:
    """A checkout with the collection installed, as the pipeline installs it."""
    one = Repository(tmp_path, sandbox=sandbox)
    one.succeed(gitlab()["prepare"])
    return one
