# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection settings: what is refused before anything is sent."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput


@pytest.mark.manual("1.4-https")
@pytest.mark.parametrize(
    "url",
    [
        "http://restapi.wosign.com",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://2130706433",
        "http://0.0.0.0",
        "HTTP://example.com",
    ],
)
def test_plain_http_is_refused_beyond_loopback(url: str) -> None:
    with pytest.raises(InvalidInput, match="must begin with https"):
        Settings(token="tk", url=url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://127.8.8.8", "http://localhost:1", "http://LOCALHOST", "http://[::1]:80"]
)
def test_plain_http_is_fine_on_loopback(url: str) -> None:
    assert Settings(token="tk", url=url).is_loopback


@pytest.mark.parametrize(
    "url",
    ["", "restapi.wosign.com", "ftp://restapi.wosign.com", "https://", "https://host:port", "https://[", "file:///etc"],
)
def test_invalid_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="api_url"):
        Settings(token="tk", url=url)


@pytest.mark.parametrize("url", ["https://user:pa55@host", "https://host/?a=1", "https://host/#a", "ftp://u:pa55@host"])
def test_url_with_credentials_or_a_query_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Settings(token="tk", url=url)
    assert "pa55" not in str(caught.value)


def test_url_with_a_path_is_refused() -> None:
    with pytest.raises(InvalidInput, match="must have no path"):
        Settings(token="tk", url="https://restapi.wosign.com/v1")


def test_the_url_may_have_blanks_and_a_slash_at_its_end() -> None:
    settings = Settings(token="tk", url=" https://gateway.example.com:8443/ ")
    assert settings.url == "https://gateway.example.com:8443"
    assert settings.host == "gateway.example.com:8443"
    assert not settings.is_loopback


@pytest.mark.parametrize("token", ["", "  ", "two words", "tk_沃通", "tk\nInjected: header", "tk\x00"])
def test_invalid_token_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(InvalidInput, match="api_token") as caught:
        Settings(token=token)
    assert not token.strip() or token not in str(caught.value)


def test_the_token_is_in_no_repr() -> None:
    settings = Settings(token=" tk_secret\n", proxy="http://user:pa55@proxy:1")
    assert settings.token == "tk_secret"
    assert "tk_secret" not in repr(settings)
    assert "pa55" not in repr(settings)


@pytest.mark.parametrize(
    "proxy",
    [
        "http://svc:2024#Summer@proxy.example.com:3128",
        "http://svc:2024/Summer@proxy.example.com:3128",
        "http://svc:2024?Summer@proxy.example.com:3128",
        "svc:2024#Summer@proxy.example.com",
        "http://svc:pa55@proxy.example.com/path",
        "http://svc:pa55@proxy.example.com/?a=1",
        "ftp://svc:pa55@proxy.example.com",
    ],
)
def test_proxy_whose_password_may_be_taken_for_its_host_is_refused_and_not_shown(proxy: str) -> None:
    with pytest.raises(InvalidInput, match="proxy must ") as caught:
        Settings(token="tk", proxy=proxy)
    assert not any(part in str(caught.value) for part in ("2024", "Summer", "pa55"))


@pytest.mark.parametrize("proxy", ["http://svc:2024%23Summer@proxy:3128/", "proxy:3128", "socks5h://proxy.example.com"])
def test_proxy_with_a_password_that_is_encoded_is_fine(proxy: str) -> None:
    assert Settings(token="tk", proxy=proxy).proxy == proxy


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timeout": 0}, "timeout must be"),
        ({"timeout": -1.0}, "timeout must be"),
        ({"timeout": float("nan")}, "timeout must be"),
        ({"timeout": float("inf")}, "timeout must be"),
        ({"timeout": 1e300}, "timeout must be"),
        ({"retries": -1}, "retries must be 0 or more"),
        ({"rate_limit": -1.0}, "rate_limit must be 0 or more"),
        ({"rate_limit": float("inf")}, "rate_limit must be 0 or more"),
        ({"ca_path": "/no/such/ca.pem"}, "ca_path /no/such/ca.pem does not exist"),
    ],
)
def test_impossible_numbers_and_files_are_refused(options: dict[str, t.Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Settings(token="tk", **options)
