# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token from a vault reaches every playbook and is hidden.

The role's variables pass it on.
"""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tests.helpers import bots
from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed
from .conftest import Charged
from .harness import BIN, Run, Site, clean_environment

TOKEN, URL, CA_PATH = "wotrus_api_token", "wotrus_api_url", "wotrus_ca_path"


class Vault:
    """Variables of the group of hosts, of which the token is encrypted."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._password = site.folder / "vault-password"

    def fill(self) -> None:
        """Write the variables, and take the same away from the environment."""
        self._password.write_text("made up for this test\n")
        folder = self._site.folder / "group_vars"
        folder.mkdir()
        sandbox = self._site.sandbox
        encrypted = subprocess.run(
            [BIN / "ansible-vault", "encrypt_string", "--vault-password-file", self._password, "--stdin-name", TOKEN],
            input=sandbox.token,
            env=clean_environment(self._site.folder),
            check=True,
            capture_output=True,
            text=True,
        )
        text = f"{encrypted.stdout}\n{URL}: {sandbox.url}\n{CA_PATH}: {sandbox.tls_ca}\n"
        (folder / "wotrus.yml").write_text(text)
        self._site.environment.clear()

    def run(self, playbook: str, *options: str, **variables: Any) -> Run:
        """Run a shipped playbook, and see it succeed."""
        unlock = ("--vault-password-file", str(self._password))
        run = self._site.issue(*unlock, *options, playbook=f"wotrus.pki.{playbook}", variables=variables)
        assert self._site.sandbox.token not in run.output
        return run


@pytest.fixture
def vault(site: Site) -> Vault:
    return Vault(site)


def test_token_of_a_vault_places_orders_and_is_not_shown(
    site: Site, sandbox: Sandbox, charged: Charged, vault: Vault
) -> None:
    host, plan = site.host(), site.folder / "plan.json"
    sandbox.settings(manual_review=True)
    vault.fill()
    # The variables of the role win over these.
    site.environment.update(WOTRUS_API_TOKEN="tk_wrong", WOTRUS_API_URL="https://127.0.0.1:1")

    vault.run("issue", "--check", wotrus_plan_file=str(plan))
    vault.run("issue_planned", "-vvvv", "--diff", "--extra-vars", f"@{plan}")

    assert sandbox.token not in plan.read_text()
    assert charged() == 1
    order_id = host.folder().pending_order_id
    sandbox.order(order_id, "approve")

    # Playbooks that send requests in a play of their own.
    vault.run("deploy_on_push", wotrus_order_ids=order_id)

    assert_deployed(host.folder(), sandbox)
    sandbox.clear_calls()
    vault.run("report")
    assert sandbox.calls()
    for file in host.base_dir.rglob("*"):
        assert not file.is_file() or sandbox.token.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("undefined", "cannot be read: "),
        ("other password", "cannot be decrypted. Run with the vault password that it was encrypted with. "),
        ("no password", "cannot be decrypted. Run with the vault password that it was encrypted with. "),
    ],
)
def test_token_that_cannot_be_read_is_a_sentence_for_each_host_and_a_webhook(
    site: Site, sandbox: Sandbox, vault: Vault, why: str, words: str
) -> None:
    hosts = [site.host("one").name, site.host("two").name]
    vault.fill()
    if why == "undefined":
        (site.folder / "group_vars" / "wotrus.yml").write_text(f'{TOKEN}: "{{{{ vault_{TOKEN} }}}}"\n')
    other = site.folder / "other-password"
    other.write_text("another one\n")
    site.environment["WOTRUS_CA_PATH"] = sandbox.tls_ca
    with bots.start("wecom") as bot:
        site.variables["wotrus_webhooks"] = [{"kind": "wecom", "url": f"{bot.url}/cgi-bin/webhook/send?key=a1b2c3d4"}]
        options = [] if why == "no password" else ["--vault-password-file", str(other)]

        run = site.run(*options, playbook="wotrus.pki.issue")

        (text,) = [bots.text_of("wecom", request.json) for request in bot.requests]
    assert run.code == 2
    assert sandbox.calls() == []
    assert sorted(task.host for task in run.tasks if task.status == "failed") == hosts
    for found in run.failures:
        assert found.startswith(f"wotrus_api_token {words}")
        assert found.endswith("Nothing was sent.")
    assert "failing              2" in run.output
    assert f"**failed** {', '.join(hosts)}: wotrus_api_token {words}".rstrip() in text
