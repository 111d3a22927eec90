# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains that break a rule of verification."""

from __future__ import annotations

from tests.helpers import openssl
from tests.helpers.sandbox import Sandbox

from .checks import certificate
from .conftest import Charged
from .harness import Site

RULE = "RSA key of 1024 bits"


def test_certificate_of_a_weak_ca_is_deployed_with_a_warning_if_the_role_accepts_it(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    host = site.host()
    sandbox.settings(weak_ca=True)

    run = site.issue(variables={"wotrus_verification": "compatible"})

    assert run.result()["result"] == "deployed"
    assert RULE in run.stderr
    assert "CN=WoTrus Sandbox Weak CA" in " ".join(certificate(host.folder()).issuer)
    assert charged() == 1
    assert openssl.certificates((host.folder().live / "chain.pem").read_bytes())


def test_status_shows_hints_and_the_keys_that_are_kept_to_decrypt(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    sandbox.settings(usage="signing_and_encryption")
    site.given()
    first = str(host.folder().release)
    sandbox.settings(usage="signing", manual_review=True)
    site.given(wotrus_reissue=["contracts"])

    output = site.issue(playbook="wotrus.pki.status").output
    assert "papers_missing" in output
    assert first not in output

    sandbox.settings(manual_review=False)
    sandbox.order(host.folder().pending_order_id, "approve")
    site.given()
    assert first in site.issue(playbook="wotrus.pki.status").output
