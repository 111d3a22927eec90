# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts behind an OpenSSH server, if this machine can have one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import charged, sandbox, shared, site
from tests.integration.harness import public_folder

from . import pythons
from .server import Server, missing, serve

__all__ = ["charged", "python_of", "sandbox", "server", "shared", "site"]

collect_ignore = ["test_targets.py"] if missing() else []


@pytest.fixture(scope="session")
def python_of() -> Iterator[Callable[[str], Path]]:
    """Return a version's Python, which the hosts can run."""
    with public_folder() as folder:
        yield functools.cache(lambda version: pythons.make(version, folder))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with public_folder() as folder, serve(folder) as one:
        yield one
