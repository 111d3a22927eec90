# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox for all tests; each has its own hosts and jobs.

The playbook takes long to configure AWX, so it does so once for all processes of the test run. ``configured`` has the
result, and its tests change no template. ``copied`` is a copy for one test, and ``server`` a new stand-in for AWX.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox
from tests.integration.conftest import _numbers, charged, sandbox, shared
from tests.tools import awx_modules

from .configure import MODULES, SITE, configure, create_what_a_site_has, project_of_a_user
from .fake_awx import FakeAwx, fake_awx
from .jobs import Awx

__all__ = ["awx", "charged", "configuration", "configured", "copied", "modules", "sandbox", "server", "shared"]
# The longest files, of which one creates the configuration. The last ones begin when it is there.
_FIRST = ("test_configure.py", "test_guide.py")
_LAST = ("test_changed_settings.py", "test_removal.py", "test_approval.py", "test_launches.py", "test_roles.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files so that no process waits for another's configuration."""
    items.sort(key=lambda item: (item.path.name not in _FIRST) + (item.path.name in _LAST))


@dataclass(frozen=True)
class Configuration:
    """A configured AWX, and the output of the playbook."""

    state: str
    output: str


@pytest.fixture
def awx(tmp_path: Path, sandbox: Sandbox) -> Iterator[Awx]:
    one = Awx(tmp_path, sandbox=sandbox, prefix=f"a{next(_numbers)}")
    yield one
    one.close()


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all processes of the test run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "awx"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def only_one_process(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def modules(common: Path) -> Path:
    """AWX's modules, fetched once."""
    with only_one_process(common):
        return awx_modules.fetch(MODULES)


@pytest.fixture
def server(modules: Path) -> Iterator[FakeAwx]:
    assert modules.is_dir()
    with fake_awx() as one:
        one.repository = project_of_a_user()
        yield one


@pytest.fixture(scope="session")
def configuration(modules: Path, common: Path) -> Configuration:
    assert modules.is_dir()
    state, output = common / "state", common / "output"
    with only_one_process(common):
        if not state.exists():
            with fake_awx() as one:
                one.repository = project_of_a_user()
                create_what_a_site_has(one)
                done = configure(one, common, **SITE)
                assert done.returncode == 0, done.stdout + done.stderr
                output.write_text(done.stdout + done.stderr)
                state.write_text(one.state())
        return Configuration(state.read_text(), output.read_text())


@pytest.fixture(scope="session")
def configured(configuration: Configuration) -> Iterator[FakeAwx]:
    with fake_awx() as one:
        one.load(configuration.state)
        yield one


@pytest.fixture
def copied(configuration: Configuration) -> Iterator[FakeAwx]:
    with fake_awx() as one:
        one.load(configuration.state)
        yield one
