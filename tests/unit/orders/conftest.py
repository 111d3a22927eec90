# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One sandbox for all operations, and a scripted server.

The sandbox is restored after each test. The server gives answers that a sandbox never gives.
"""

from __future__ import annotations

import itertools
import threading
import time
import types
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client import http
from ansible_collections.wotrus.pki.plugins.module_utils._orders import order as placing
from ansible_collections.wotrus.pki.plugins.module_utils._orders import wait
from tests.helpers import operations, scripted_server, tls
from tests.helpers.sandbox import Sandbox, start_sandbox

_TICK = 1e-6
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The recorded pauses between tries, which take no time."""
    noted: list[float] = []
    clock = types.SimpleNamespace(sleep=noted.append, monotonic=time.monotonic)
    for module in (http, placing):
        monkeypatch.setattr(module, "time", clock)
    return noted


@pytest.fixture
def fast_waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits that take no time, on a clock that they move.

    Each wait also moves it by a little.
    """
    noted: list[float] = []
    now = time.monotonic()
    moves = threading.Lock()

    def sleep(seconds: float) -> None:
        nonlocal now
        with moves:
            noted.append(seconds)
            now += max(seconds, _TICK)

    clock = types.SimpleNamespace(sleep=sleep, monotonic=lambda: now)
    monkeypatch.setattr(wait, "time", clock)
    monkeypatch.setattr("ansible_collections.wotrus.pki.plugins.module_utils._client.deadline.time", clock)
    return noted


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("operations")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> t.Iterator[Sandbox]:
    shared.clear_calls()
    yield shared
    shared.clear_faults()
    shared.clock(offset=0)
    shared.restore_settings()


@pytest.fixture
def run(sandbox: Sandbox) -> operations.Runner:
    """Run operations on the sandbox."""
    return operations.Runner(url=sandbox.url, token=sandbox.token, ca_path=sandbox.tls_ca)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tls.Authority:
    return tls.make_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(authority: tls.Authority) -> t.Iterator[scripted_server.Script]:
    with scripted_server.start(authority.server("127.0.0.1")) as script:
        yield script


@pytest.fixture
def run_scripted(server: scripted_server.Script, authority: tls.Authority) -> operations.Runner:
    """Run operations on the server by script."""
    return operations.Runner(url=server.url, token="tk_scripted", ca_path=str(authority.path))


@pytest.fixture
def order() -> dict[str, t.Any]:
    """Options of an order under a name of its own."""
    return {
        "name": f"contracts@host{next(_numbers)}",
        "product": "pdf_signing",
        "common_name": "沃通电子认证",
        "months": 12,
        "csr": operations.csr(),
        "organization": {"name": "沃通电子认证服务有限公司", "country_code": "CN"},
    }
