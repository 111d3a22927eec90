# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox for all tests; each has its own hosts and jobs.

``server`` is a new stand-in for AWX. ``configured`` is one that the playbook configured; its tests change no template.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox
from tests.integration.conftest import _numbers, charged, sandbox, shared
from tests.tools import awx_modules

from .configure import MODULES, configure, project_of_a_user
from .fake_awx import FakeAwx, fake_awx
from .jobs import Awx

__all__ = ["awx", "charged", "configured", "modules", "sandbox", "server", "shared"]
# What the tests of jobs and roles need of a site.
SITE = {
    "wotrus_awx_prices": {"pdf_signing": {"12": 980}},
    "wotrus_awx_notification_type": "slack",
    "wotrus_awx_notification_configuration": {"token": "xoxb-secret", "channels": ["pki"], "hex_color": ""},
}


@pytest.fixture
def awx(tmp_path: Path, sandbox: Sandbox) -> Iterator[Awx]:
    one = Awx(tmp_path, sandbox=sandbox, prefix=f"a{next(_numbers)}")
    yield one
    one.close()


@pytest.fixture(scope="session")
def modules() -> Path:
    """AWX's modules, fetched once."""
    return awx_modules.fetch(MODULES)


@pytest.fixture
def server(modules: Path) -> Iterator[FakeAwx]:
    assert modules.is_dir()
    with fake_awx() as one:
        one.repository = project_of_a_user()
        yield one


@pytest.fixture(scope="session")
def configured(modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeAwx]:
    assert modules.is_dir()
    with fake_awx() as one:
        one.repository = project_of_a_user()
        done = configure(one, tmp_path_factory.mktemp("configured"), **SITE)
        assert done.returncode == 0, done.stdout + done.stderr
        yield one
