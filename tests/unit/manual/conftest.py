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
from tests.unit.manual.manual_api import ManualApi
from tests.unit.orders.conftest import authority, run, sandbox, server, shared

__all__ = ["authority", "run", "sandbox", "server", "shared"]

_numbers = itertools.count(1)


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
