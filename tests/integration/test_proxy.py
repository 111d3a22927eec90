# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's variable of a proxy reaches each call."""

from __future__ import annotations

import urllib.parse

from tests.helpers import scripted_server
from tests.helpers.sandbox import Sandbox

from .harness import Site

PASSWORD = "pa55-of-the-proxy"


def test_each_call_goes_through_the_proxy_whose_password_is_not_shown(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    port = urllib.parse.urlsplit(sandbox.url).port
    # No proxy is used for a loopback address. This name is for the same certificate.
    site.variables["wotrus_api_url"] = f"https://localhost.:{port}"
    with scripted_server.start() as proxy:
        site.variables["wotrus_proxy"] = f"http://company:{PASSWORD}@127.0.0.1:{proxy.port}"
        proxy.relay_to = port

        run = site.issue("-vvvv", "--diff")

        assert host.folder().release is not None
        connections = len(proxy.requests)
        assert {(one.method, one.path) for one in proxy.requests} == {("CONNECT", f"localhost.:{port}")}
        calls = len(sandbox.calls())
        # It lets nothing pass any more.
        proxy.relay_to = None

        lost = site.run("-vvvv", variables={"wotrus_max_charged_orders": 0}, playbook="wotrus.pki.preflight")

        assert len(proxy.requests) > connections
    assert (lost.code, len(sandbox.calls())) == (2, calls)
    assert "WoTrus cannot be reached through the proxy 127.0.0.1" in lost.output
    for one in (run, lost):
        assert PASSWORD not in one.output
        assert PASSWORD not in str(one.tasks)


def test_proxy_of_all_hosts_is_not_used_for_a_sandbox(site: Site, sandbox: Sandbox) -> None:
    site.host()
    with scripted_server.start() as proxy:
        site.variables["wotrus_proxy"] = proxy.url
        site.issue()
        site.run(playbook="wotrus.pki.preflight")

    assert (proxy.requests, bool(sandbox.calls())) == ([], True)
