# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection under its name, the marker of the manual, the home."""

from __future__ import annotations

import importlib
import os
import pwd
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.ansible_tasks import files_of_runs, names_folder
from tests.tools import manual_map

ROOT = Path(__file__).resolve().parents[1]
# pyproject.toml puts .build/collections on sys.path; make makes this link too.
LINK = ROOT / ".build" / "collections" / "ansible_collections" / "wotrus" / "pki"

if not LINK.exists():
    LINK.parent.mkdir(parents=True, exist_ok=True)
    LINK.symlink_to(Path("..", "..", "..", ".."))
    importlib.invalidate_caches()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "manual(id, ...): the statements of WoTrus's manual that the test holds (tests/manual/statements.yml)",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a marker that names no statement."""
    named = [(item.nodeid, name) for item in items for mark in item.iter_markers("manual") for name in mark.args]
    known = manual_map.load() if named else {}
    unknown = [f"{test} names {name}, which is no statement" for test, name in named if name not in known]
    if unknown:
        raise pytest.UsageError("\n".join(unknown))


@pytest.fixture(scope="session", autouse=True)
def _nothing_left_at_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Check that the tests left nothing in the account's home.

    Other runs of the account, which do not name the folder of this session, may go on at the same time.
    """
    session = tmp_path_factory.getbasetemp()
    try:
        home = Path(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError:
        # A user without an account has no home that Ansible finds.
        home = session
    before = files_of_runs(home)
    yield
    assert [new for new in files_of_runs(home) - before if names_folder(new, session)] == []


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port on which nobody listens.

    It is in use, so that nobody else gets it.
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield int(one.getsockname()[1])
