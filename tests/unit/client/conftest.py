# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scripted server over TLS, a client for it, and recorded pauses."""

from __future__ import annotations

import ssl
import time
import types
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client import http
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from tests.helpers import scripted_server, tls

TOKEN = "tk_do-not-show-this"
MakeApi = t.Callable[..., Api]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tls.Authority:
    return tls.make_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def identity(authority: tls.Authority) -> ssl.SSLContext:
    return authority.server("127.0.0.1")


@pytest.fixture
def server(identity: ssl.SSLContext) -> t.Iterator[scripted_server.Script]:
    with scripted_server.start(identity) as script:
        yield script


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own CA settings decide nothing here."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between tries, which the tests do not wait for."""
    noted: list[float] = []
    monkeypatch.setattr(http, "time", types.SimpleNamespace(sleep=noted.append, monotonic=time.monotonic))
    return noted


@pytest.fixture
def make_api(server: scripted_server.Script, authority: tls.Authority) -> t.Iterator[MakeApi]:
    """Return clients of the server; options go over its settings."""
    made: list[Api] = []

    def make(**options: t.Any) -> Api:
        known = {"token": TOKEN, "url": server.url, "ca_path": str(authority.path), "timeout": 10.0}
        made.append(Api(Settings(**{**known, **options})))
        return made[-1]

    yield make
    for api in made:
        api.http.close()


@pytest.fixture
def api(make_api: MakeApi) -> Api:
    return make_api()
