# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server by script, and plans for the certificates of one host."""

from __future__ import annotations

import time
import types
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client import http
from tests.helpers import operations, scripted_server, tls


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between tries, which the tests do not wait for."""
    noted: list[float] = []
    monkeypatch.setattr(http, "time", types.SimpleNamespace(sleep=noted.append, monotonic=time.monotonic))
    return noted


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
