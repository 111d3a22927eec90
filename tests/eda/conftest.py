# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox for all runs of ansible-rulebook, and a site.

The site's hosts are folders of this machine.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox, start_sandbox
from tests.integration.harness import Site

from .rulebook import Rulebooks

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("shared"), "--push-retry-delay", "0.2") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    shared.clear_calls()
    # A person reviews, so that a test decides when a certificate is there.
    shared.settings(manual_review=True)
    yield shared
    shared.clear_faults()
    shared.restore_settings()


@pytest.fixture
def site(tmp_path: Path, sandbox: Sandbox) -> Iterator[Site]:
    one = Site(tmp_path, sandbox=sandbox, prefix=f"e{next(_numbers)}")
    yield one
    one.close()


@pytest.fixture
def rulebooks(site: Site) -> Iterator[Rulebooks]:
    runs = Rulebooks(site)
    yield runs
    runs.close()
