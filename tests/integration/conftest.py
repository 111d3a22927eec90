# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox for all tests, whose settings are restored after each.

Each test has its own hosts.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox, start_sandbox

from .harness import Site

_numbers = itertools.count(1)

Charged = Callable[[], int]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("shared"), "--revocation-port", "0") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    shared.clear_calls()
    yield shared
    shared.clear_faults()
    shared.clock(offset=0)
    shared.restore_settings()


@pytest.fixture
def charged(sandbox: Sandbox) -> Charged:
    """The number of orders charged since the test began."""
    before = int(sandbox.state()["charged_orders"])
    return lambda: int(sandbox.state()["charged_orders"]) - before


@pytest.fixture
def site(tmp_path: Path, sandbox: Sandbox) -> Iterator[Site]:
    one = Site(tmp_path, sandbox=sandbox, prefix=f"t{next(_numbers)}")
    yield one
    one.close()


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python without any library, as a fresh target has it."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"
