# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's trusted CAs, proxies and environment."""

from __future__ import annotations

import socket
import ssl
import threading
import typing as t
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors as errors
from ansible_collections.wotrus.pki.plugins.module_utils._client import transport
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.time_limit import limited
from tests.helpers import scripted_server, tls
from tests.helpers.scripted_server import ENDLESS, Script, envelope, silence

if t.TYPE_CHECKING:
    from pathlib import Path

MakeApi = t.Callable[..., Api]

TOKEN = "tk_do-not-show-this"
ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
ISSUED = envelope({"id": ID, "status": "issued"})


@pytest.fixture
def proxy() -> t.Iterator[Script]:
    with scripted_server.start() as script:
        yield script


@pytest.fixture
def stranger(tmp_path: Path) -> str:
    """A CA that has nothing to do with the server."""
    return str(tls.make_authority(tmp_path, "another CA").path)


@pytest.mark.manual("1.3-authenticated", "1.4-https")
def test_a_ca_that_is_not_trusted_is_refused_before_the_token_is_sent(
    server: Script, make_api: MakeApi, stranger: str
) -> None:
    with pytest.raises(errors.TlsFailed, match=r"does not verify \(ca_path is .*another-CA.pem\)") as caught:
        make_api(ca_path=stranger).query(ID)
    assert server.requests == []
    assert not caught.value.answer_lost
    assert "tries" not in str(caught.value)


def test_without_a_ca_the_message_names_the_option(server: Script, make_api: MakeApi) -> None:
    with pytest.raises(errors.TlsFailed, match="set ca_path or wotrus_ca_path to the CA to trust"):
        make_api(ca_path=None).query(ID)
    assert server.requests == []


@pytest.mark.manual("1.3-authenticated")
def test_a_certificate_for_another_name_is_refused(authority: tls.Authority, make_api: MakeApi) -> None:
    with scripted_server.start(authority.server("restapi.example.com")) as server:
        with pytest.raises(errors.TlsFailed, match=r"hostname|IP address mismatch"):
            make_api(url=server.url).query(ID)
        assert server.requests == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_ca_path_wins_over_the_environment(
    server: Script, api: Api, monkeypatch: pytest.MonkeyPatch, stranger: str, variable: str
) -> None:
    monkeypatch.setenv(variable, stranger)
    server.will(ISSUED)
    assert api.query(ID).status == "issued"


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_bundle_of_the_environment_is_not_trusted_if_ca_path_is_set(
    server: Script,
    make_api: MakeApi,
    authority: tls.Authority,
    monkeypatch: pytest.MonkeyPatch,
    stranger: str,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, str(authority.path))
    with pytest.raises(errors.TlsFailed):
        make_api(ca_path=stranger).query(ID)
    assert server.requests == []


def test_missing_bundle_of_the_environment_is_reported(make_api: MakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    # Not on loopback, where the environment does not count.
    with pytest.raises(errors.TlsFailed, match=r"/no/such/bundle\.pem"):
        make_api(url="https://restapi.example.invalid", ca_path=None).query(ID)


def test_ca_file_without_a_certificate_is_refused_before_anything_is_sent(
    server: Script, make_api: MakeApi, tmp_path: Path, pauses: list[float]
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no certificate")
    with pytest.raises(errors.InvalidInput, match=r"^ca_path .*notes\.txt is no CA certificate in PEM\.$"):
        make_api(ca_path=str(path)).query(ID)
    assert (server.requests, pauses) == ([], [])


def test_https_to_a_server_without_tls_is_reported_at_once(
    make_api: MakeApi, proxy: Script, pauses: list[float]
) -> None:
    with pytest.raises(errors.TlsFailed):
        make_api(url=f"https://127.0.0.1:{proxy.port}").query(ID)
    assert (proxy.requests, pauses) == ([], [])


def test_verification_can_be_disabled_without_warnings(server: Script, make_api: MakeApi) -> None:
    server.will(ISSUED)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert make_api(ca_path=None, validate_certs=False).query(ID).status == "issued"


def test_plain_http_reaches_a_server_on_loopback(make_api: MakeApi, proxy: Script) -> None:
    proxy.will(ISSUED)
    assert make_api(url=proxy.url, ca_path=None).query(ID).status == "issued"


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"])
def test_proxy_of_the_environment_is_not_used_for_loopback(
    server: Script, api: Api, proxy: Script, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    server.will(ISSUED)
    assert api.query(ID).status == "issued"
    assert proxy.requests == []


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_proxy_of_the_environment_is_used_for_other_hosts(
    make_api: MakeApi, proxy: Script, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    with pytest.raises(errors.Unavailable):
        make_api(url="https://restapi.example.invalid", retries=0).query(ID)
    assert [(one.method, one.path) for one in proxy.requests] == [("CONNECT", "restapi.example.invalid:443")]


def test_the_proxy_option_wins_over_the_environment(
    make_api: MakeApi, proxy: Script, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port}")
    monkeypatch.setenv("NO_PROXY", "restapi.example.invalid")
    with pytest.raises(errors.Unavailable):
        make_api(url="https://restapi.example.invalid", proxy=proxy.url, retries=0).query(ID)
    assert proxy.requests[0].path == "restapi.example.invalid:443"


def test_a_proxy_relays_and_never_sees_the_token(server: Script, make_api: MakeApi, proxy: Script) -> None:
    proxy.relay_to = server.port
    server.will(ISSUED)
    assert make_api(proxy=proxy.url).query(ID).status == "issued"
    assert proxy.requests[0].method == "CONNECT"
    assert TOKEN not in str(proxy.requests)
    assert server.requests[0].headers["wotrustoken"] == TOKEN


def test_redirect_of_a_proxy_is_not_followed(server: Script, make_api: MakeApi, proxy: Script) -> None:
    proxy.redirect_to = server.url

    with pytest.raises(errors.Unavailable):
        make_api(url="https://restapi.example.invalid", proxy=proxy.url, retries=0).query(ID)

    assert server.requests == []
    assert TOKEN not in str(proxy.requests)


@pytest.mark.parametrize("part", ["status line", "header", "100 Continue"])
def test_proxy_whose_answer_never_ends_is_reported(make_api: MakeApi, proxy: Script, part: str) -> None:
    proxy.endless = ENDLESS[part]

    with pytest.raises((errors.TimedOut, errors.Unavailable)):
        make_api(url="https://restapi.example.invalid", proxy=proxy.url, timeout=0.5, retries=0).query(ID)

    assert len(proxy.requests) == 1


def test_proxy_over_tls_whose_answer_never_ends_is_reported(make_api: MakeApi, identity: ssl.SSLContext) -> None:
    with scripted_server.start(identity) as proxy:
        proxy.endless = ENDLESS["header"]

        with pytest.raises((errors.TimedOut, errors.Unavailable)):
            make_api(url="https://restapi.example.invalid", proxy=proxy.url, timeout=0.5, retries=0).query(ID)

        assert len(proxy.requests) == 1


def test_server_of_another_name_behind_a_proxy_gets_no_token(server: Script, make_api: MakeApi, proxy: Script) -> None:
    proxy.relay_to = server.port

    with pytest.raises(errors.TlsFailed, match=r"restapi\.example\.invalid does not verify"):
        make_api(url="https://restapi.example.invalid", proxy=proxy.url, retries=0).query(ID)

    assert server.requests == []


def test_a_proxy_that_speaks_no_tls_is_no_lost_answer(make_api: MakeApi, proxy: Script) -> None:
    with pytest.raises(errors.Unavailable, match="Cannot connect") as caught:
        make_api(proxy=f"https://127.0.0.1:{proxy.port}", retries=0).cancel(ID, reason="r")
    assert not caught.value.answer_lost


def test_connection_lost_behind_a_proxy_is_a_lost_answer(server: Script, make_api: MakeApi, proxy: Script) -> None:
    proxy.relay_to = server.port
    server.will(scripted_server.drop())
    with pytest.raises(errors.Unavailable) as caught:
        make_api(proxy=proxy.url, retries=4).notify(ID, collect_url="https://example.com")
    assert caught.value.answer_lost
    assert len(server.requests) == 1


def test_a_proxy_that_is_down_is_no_lost_answer(make_api: MakeApi, closed_port: int) -> None:
    with pytest.raises(errors.Unavailable, match="Cannot connect") as caught:
        make_api(proxy=f"http://127.0.0.1:{closed_port}", retries=0).cancel(ID, reason="r")
    assert not caught.value.answer_lost


@pytest.mark.parametrize("wrong", ["http://", "socks9://127.0.0.1:1", "http://[", "http://127.0.0.1:port"])
def test_an_unusable_proxy_is_invalid_input_and_shows_no_password(
    make_api: MakeApi, pauses: list[float], wrong: str
) -> None:
    with pytest.raises(errors.InvalidInput, match="proxy") as caught:
        make_api(proxy=wrong.replace("//", "//user:pr0xy-secret@")).query(ID)
    assert "pr0xy-secret" not in str(caught.value)
    assert pauses == []


def test_a_server_that_is_down_is_no_lost_answer(make_api: MakeApi, closed_port: int) -> None:
    url = f"https://127.0.0.1:{closed_port}"
    with pytest.raises(errors.Unavailable, match=r"Cannot connect to 127\.0\.0\.1:.*: Connection refused") as caught:
        make_api(url=url, retries=0).cancel(ID, reason="not wanted")
    assert not caught.value.answer_lost


def test_unresolvable_name_is_reported(make_api: MakeApi) -> None:
    with pytest.raises(errors.Unavailable, match=r"Cannot connect to restapi\.example\.invalid"):
        make_api(url="https://restapi.example.invalid", retries=0).query(ID)


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".example", "*.example.com", "exa mple.com"])
def test_invalid_host_is_reported(make_api: MakeApi, host: str) -> None:
    with pytest.raises(errors.WotrusError) as caught:
        make_api(url=f"https://{host}", retries=1).query(ID)
    assert caught.value.error_code in ("invalid_input", "unavailable")


def test_credentials_of_a_netrc_are_not_sent(
    server: Script, make_api: MakeApi, proxy: Script, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login user password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    proxy.relay_to = server.port
    server.will(ISSUED)
    make_api(proxy=proxy.url).query(ID)
    assert "authorization" not in server.requests[0].headers


def test_one_connection_serves_many_calls(server: Script, api: Api) -> None:
    server.will(ISSUED)
    for _unused in range(5):
        api.query(ID)
    assert server.connections == 1


def test_many_threads_share_one_client(server: Script, api: Api) -> None:
    server.will(ISSUED)
    with ThreadPoolExecutor(8) as pool:
        orders = list(pool.map(api.query, [ID] * 40))
    assert {order.status for order in orders} == {"issued"}
    assert len(set(api.http.request_ids)) == 40
    assert server.connections <= transport.POOL_SIZE


def test_server_without_an_answer_is_a_timeout(make_api: MakeApi) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(errors.WotrusError) as caught:
            make_api(url=url, timeout=0.2, retries=0).query(ID)
    assert caught.value.error_code in ("timeout", "unavailable")


def test_a_closed_client_leaves_no_connection(server: Script, make_api: MakeApi) -> None:
    server.will(silence())
    with make_api(timeout=1.0, retries=0) as api, pytest.raises(errors.TimedOut):
        api.query(ID)


def test_a_client_that_is_closed_ends_its_connection(server: Script, api: Api) -> None:
    server.will(ISSUED)
    api.query(ID)
    assert not server.ended.is_set()
    api.http.close()
    assert server.ended.wait(timeout=30)


def test_invalid_proxy_of_the_environment_shows_no_password(make_api: MakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:pr0xy-secret@example:99999")
    with pytest.raises(errors.InvalidInput, match="proxy") as caught:
        make_api(url="https://restapi.example.invalid").query(ID)
    assert "pr0xy-secret" not in str(caught.value)


def test_a_python_without_requests_is_named(monkeypatch: pytest.MonkeyPatch, make_api: MakeApi) -> None:
    monkeypatch.setattr(transport, "HAS_REQUESTS", False)
    monkeypatch.setattr(transport.sys, "executable", "/opt/python/bin/python3.99")
    with pytest.raises(errors.MissingLibrary, match=r"/opt/python/bin/python3\.99 lacks the library requests"):
        make_api()


def test_name_that_is_not_resolved_in_time_is_no_lost_answer(
    make_api: MakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def resolve(*_arguments: t.Any, **_options: t.Any) -> t.Any:
        over.wait(timeout=60)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    api = make_api(url="https://restapi.example.invalid", timeout=0.1, retries=0)
    try:
        with pytest.raises(
            errors.Unavailable, match=r"Cannot connect to restapi\.example\.invalid: timed out"
        ) as caught:
            api.cancel(ID, reason="r")
    finally:
        over.set()
    assert not caught.value.answer_lost


def test_requests_of_a_pool_share_one_class_of_connections(server: Script, api: Api) -> None:
    server.will(ISSUED)
    api.query(ID)
    before = limited.cache_info().currsize

    api.query(ID)

    assert limited.cache_info().currsize == before
