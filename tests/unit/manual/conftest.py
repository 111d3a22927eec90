# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server with the manual's examples, a sandbox, and operations."""

from __future__ import annotations

import itertools
import time
import types
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders import wait
from tests.helpers import operations, scripted_server, tls
from tests.helpers.sandbox import Sandbox, start_sandbox
from tests.unit.manual.manual_api import ManualApi

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tls.Authority:
    return tls.make_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(authority: tls.Authority) -> t.Iterator[scripted_server.Script]:
    with scripted_server.start(authority.server("127.0.0.1")) as script:
        yield script


@pytest.fixture
def api(server: scripted_server.Script, authority: tls.Authority) -> ManualApi:
    """Run operations on the server by script."""
    return ManualApi(server, operations.Runner(url=server.url, token="tk_of-the-manual", ca_path=str(authority.path)))


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that take no time, on a clock that they move."""
    moved = 0.0

    def sleep(seconds: float) -> None:
        nonlocal moved
        moved += seconds

    clock = types.SimpleNamespace(sleep=sleep, monotonic=lambda: time.monotonic() + moved)
    monkeypatch.setattr(wait, "time", clock)
    monkeypatch.setattr("ansible_collections.wotrus.pki.plugins.module_utils._client.deadline.time", clock)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("manual")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> t.Iterator[Sandbox]:
    shared.clear_calls()
    yield shared
    shared.clock(offset=0)
    shared.restore_settings()


@pytest.fixture
def run(sandbox: Sandbox) -> operations.Runner:
    """Run operations on the sandbox."""
    return operations.Runner(url=sandbox.url, token=sandbox.token, ca_path=sandbox.tls_ca)


@pytest.fixture
def order() -> dict[str, t.Any]:
    """Options of an order under a name of its own."""
    return {
        "name": f"manual-{next(_numbers)}",
        "product": "pdf_signing",
        "common_name": "沃通电子认证服务有限公司",
        "months": 12,
        "csr": operations.csr(),
        "organization": {
            "name": "沃通电子认证服务有限公司",
            "country_code": "CN",
            "user_email": "ldq@example.com",
        },
    }
