# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site whose hosts' changes of the disk can be held."""

from __future__ import annotations

import os
import random
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox
from tests.integration.conftest import sandbox, shared, site
from tests.integration.harness import Site
from tests.torture.form import by_form

from .breakpoint import Breakpoint
from .killed_runs import KilledRuns

__all__ = ["breakpoints", "chosen", "runs", "sandbox", "shared", "site"]

collect_ignore = by_form(short=["test_call.py", "test_change.py", "test_time.py"], long=["test_chosen_places.py"])
_SEED = os.environ.get("WOTRUS_TORTURE_SEED") or str(random.SystemRandom().randrange(10**6))


@pytest.fixture
def chosen(request: pytest.FixtureRequest) -> random.Random:
    """Return a random generator with a seed that a failure shows."""
    sys.stdout.write(f"WOTRUS_TORTURE_SEED={_SEED}\n")
    return random.Random(f"{_SEED} {request.node.name}")


@pytest.fixture
def breakpoints(site: Site, tmp_path: Path) -> Iterator[Breakpoint]:
    with Breakpoint(tmp_path, below=site.folder / "hosts") as one:
        serving = threading.Thread(target=one.serve_forever, args=(0.01,))
        serving.start()
        yield one
        one.shutdown()
        serving.join()


@pytest.fixture
def runs(site: Site, sandbox: Sandbox, breakpoints: Breakpoint) -> KilledRuns:
    return KilledRuns(site, sandbox, breakpoints)
