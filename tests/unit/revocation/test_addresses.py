# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate does not make the controller ask a service of its own network."""

from __future__ import annotations

import ipaddress
import socket
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._planning.variables import variable_mistakes
from ansible_collections.wotrus.pki.plugins.module_utils._revocation import http
from ansible_collections.wotrus.pki.plugins.module_utils._revocation.addresses import (
    LOOPBACK,
    is_allowed,
    read_networks,
)
from ansible_collections.wotrus.pki.plugins.module_utils._revocation.check import check_path
from ansible_collections.wotrus.pki.plugins.module_utils._role import SPECS
from tests.helpers import scripted_server
from tests.unit.revocation.responder import ISSUER, Claim, Responder, gives, signer
from tests.unit.x509.pki import NOW

PUBLIC = ("8.8.8.8", "101.32.1.1", "2400:3200::1", "::ffff:8.8.8.8", "2002:808:808::1", "64:ff9b::808:808")
OTHER = {
    "link-local": ("169.254.169.254", "fe80::1", "fe80::1%eth0"),
    "metadata of Alibaba Cloud": ("100.100.100.200",),
    "loopback": ("127.0.0.1", "127.8.8.8", "::1"),
    "private": ("10.0.0.1", "172.16.0.1", "192.168.1.1", "fc00::1", "fd00:ec2::254", "fec0::1"),
    "unspecified": (str(ipaddress.IPv4Address(0)), "0.1.2.3", "::"),
    "multicast": ("224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"),
    "reserved": ("240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "2001:db8::1", "4000::1", "100::1"),
    "mapped": ("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
    "6to4": ("2002:7f00:1::1", "2002:a9fe:a9fe::"),
    "NAT64": ("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808"),
    "Teredo": ("2001:0:4136:e378:8000:63bf:3fff:fdd2",),
}


@pytest.fixture
def server() -> t.Iterator[Responder]:
    with Responder() as one:
        yield one


@pytest.mark.parametrize("address", PUBLIC)
def test_address_of_the_internet_is_allowed(address: str) -> None:
    assert is_allowed(address, ())


@pytest.mark.parametrize("address", [one for group in OTHER.values() for one in group])
def test_other_address_is_not(address: str) -> None:
    assert not is_allowed(address, ())


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd00::7"])
def test_network_of_the_variable_is_allowed(address: str) -> None:
    networks = read_networks(["10.1.0.0/16", " fd00::7 "])

    assert is_allowed(address, networks)
    assert not is_allowed("10.2.0.1", networks)


def test_text_that_is_no_network_is_a_mistake() -> None:
    name = "wotrus_revocation_networks"
    found = variable_mistakes({name: ["10.1.0.0/33"]}, {name: SPECS["main"]["options"][name]}, host="a")

    assert [str(msg) for msg in found] == [
        "wotrus_revocation_networks: '10.1.0.0/33' is no network, such as 10.1.0.0/16."
    ]


def state(url: str, server: Responder, networks: t.Sequence[str]) -> tuple[str, str]:
    """Return the status of a certificate with an address, and why."""
    certificate = signer(ocsp_url=url)
    server.answers["/ocsp"] = gives(Claim().ocsp(certificate))
    downloads = http.Downloads(read_networks(networks))
    (found,) = check_path([certificate, ISSUER.certificate], now=NOW, downloads=downloads)
    return found.state, str(found.msg)


def resolved(monkeypatch: pytest.MonkeyPatch, *answers: t.Sequence[str]) -> list[str]:
    """Let the resolver answer something else each time; return the names that it was asked."""
    real, asked = socket.getaddrinfo, []

    def resolve(host: str, port: int, *arguments: t.Any, **options: t.Any) -> t.Any:
        if options.get("flags") or not host.endswith(".example"):
            return real(host, port, *arguments, **options)
        asked.append(host)
        addresses = answers[len(asked) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "[::ffff:127.0.0.1]"])
def test_address_of_this_machine_is_not_asked(server: Responder, host: str) -> None:
    url = server.url.replace("127.0.0.1", host) + "/ocsp"

    found, why = state(url, server, [])

    assert (found, server.asked) == ("unreachable", [])
    assert "is no address of the Internet, and wotrus_revocation_networks has no network with it" in why
    assert state(f"{server.url}/ocsp", server, LOOPBACK)[0] == "good"


def test_name_is_refused_if_one_of_its_addresses_is(server: Responder, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved(monkeypatch, ["127.0.0.1", "169.254.169.254"])

    found, why = state(server.url.replace("127.0.0.1", "ocsp.example") + "/ocsp", server, LOOPBACK)

    assert (found, server.asked) == ("unreachable", [])
    assert "169.254.169.254" in why


def test_name_that_changes_its_address_is_asked_at_the_one_that_was_checked(
    server: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolved(monkeypatch, ["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"])

    found, _why = state(server.url.replace("127.0.0.1", "ocsp.example") + "/ocsp", server, ["127.0.0.1"])

    assert (found, server.asked) == ("good", ["/ocsp"])
    assert asked == ["ocsp.example"]


@pytest.mark.parametrize("host", ["169.254.169.254", "localhost", "a.LOCALHOST.", "0x7f.1", "[::1]"])
def test_proxy_is_not_asked_for_an_address_that_is_none_of_the_internet(
    server: Responder, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    with scripted_server.start() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        found, why = state(f"http://{host}/ocsp", server, [])

    assert (found, proxy.requests) == ("unreachable", [])
    assert "is no address of the Internet" in why


def test_proxy_of_the_own_network_resolves_names(server: Responder, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved(monkeypatch)
    with scripted_server.start() as proxy:
        proxy.will(scripted_server.raw(b"", status=503))
        monkeypatch.setenv("http_proxy", proxy.url)
        found, why = state("http://ocsp.example/ocsp", server, [])

    assert [one.path for one in proxy.requests] == ["http://ocsp.example/ocsp"]
    assert (found, "HTTP status 503" in why) == ("unreachable", True)
