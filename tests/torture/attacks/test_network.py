# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network that redirects, relays and answers in place of WoTrus."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors as errors
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from tests.helpers import scripted_server
from tests.helpers.scripted_server import Script, raw
from tests.unit.client.conftest import TOKEN, MakeApi, authority, identity, make_api, no_environment, pauses, server

from .catalogue import failed

__all__ = ["authority", "identity", "make_api", "no_environment", "pauses", "server"]

ID = "A-1"
FAR = "https://restapi.example.invalid"


@pytest.fixture
def proxy() -> Iterator[Script]:
    with scripted_server.start() as script:
        yield script


def seen(*scripts: Script) -> str:
    """Return what servers of the attacker received."""
    return str([(script.requests, script.relayed) for script in scripts])


def failure(api: Api) -> errors.WotrusError:
    """Make a call that fails, and return its error."""
    with pytest.raises(errors.WotrusError) as raised:
        api.query(ID)
    return raised.value


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("verified", [True, False])
def test_redirect_is_not_followed(
    server: Script, make_api: MakeApi, proxy: Script, status: int, *, verified: bool
) -> None:
    server.will(raw("", status=status, Location=f"{proxy.url}/v1/Order/{ID}"))
    settings = {} if verified else {"validate_certs": False, "ca_path": None}

    error = failure(make_api(**settings))

    assert TOKEN not in seen(proxy)
    assert proxy.requests == []
    assert len(server.requests) == 1
    assert isinstance(error, errors.BadAnswer)
    failed("redirect")


def test_redirect_of_a_proxy_is_not_followed(server: Script, make_api: MakeApi, proxy: Script) -> None:
    proxy.redirect_to = server.url

    error = failure(make_api(url=FAR, proxy=proxy.url, retries=0))

    assert proxy.requests
    assert server.requests == []
    assert TOKEN not in seen(proxy)
    assert isinstance(error, errors.Unavailable)
    failed("redirect of a proxy")


def test_server_of_another_name_gets_no_token(server: Script, make_api: MakeApi, proxy: Script) -> None:
    """The certificate of the server is valid, for another name."""
    proxy.relay_to = server.port

    error = failure(make_api(url=FAR, proxy=proxy.url, retries=0))

    assert proxy.requests
    assert TOKEN not in seen(proxy, server)
    assert isinstance(error, errors.TlsFailed)
    failed("server of another name")


def test_proxy_reads_no_token(server: Script, make_api: MakeApi, proxy: Script) -> None:
    proxy.relay_to = server.port
    server.will(raw(b"{}"))

    with contextlib.suppress(errors.WotrusError):
        make_api(proxy=proxy.url, retries=0).query(ID)

    assert TOKEN in seen(server)
    assert len(proxy.relayed) > 0
    assert TOKEN not in seen(proxy)
    failed("proxy that reads along")


def test_server_of_an_unknown_ca_gets_no_token(server: Script, make_api: MakeApi) -> None:
    error = failure(make_api(ca_path=None, retries=0))

    assert TOKEN not in seen(server)
    assert isinstance(error, errors.TlsFailed)
    failed("server of an unknown CA")


@pytest.mark.parametrize(
    "url", ["http://restapi.example.invalid", "http://127.0.0.1.example.invalid", "ftp://127.0.0.1"]
)
def test_plain_http_gets_no_token(make_api: MakeApi, proxy: Script, url: str) -> None:
    with pytest.raises(errors.InvalidInput):
        make_api(url=url, proxy=proxy.url, retries=0).query(ID)

    assert proxy.requests == []
    failed("plain HTTP")
