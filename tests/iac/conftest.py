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

from .github import GitHub
from .gitlab import GitLab
from .pipelines import Forge
from .repository import INSTALL, Repository


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    folder = tmp_path / "wotrus"
    folder.mkdir()
    # The token of the repository's vault.
    with start_sandbox(folder, "--token", "tk_sandbox") as one:
        yield one


@pytest.fixture
def repository(tmp_path: Path, sandbox: Sandbox) -> Repository:
    """A repository that was copied from the example."""
    return Repository(tmp_path, sandbox=sandbox)


@pytest.fixture
def checkout(repository: Repository) -> Repository:
    """A checkout of a person, with the collection installed."""
    repository.succeed(INSTALL)
    return repository


@pytest.fixture(params=[GitHub, GitLab])
def forge(request: pytest.FixtureRequest, repository: Repository) -> Forge:
    """A server with the repository.

    Its jobs do not lint, which takes long and has a test of its own.
    """
    repository.replace("ansible-lint", "yamllint")
    return Forge(request.param, repository)
