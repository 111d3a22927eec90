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
    host = site.host()
    vault.fill()
    # The variables of the role win over these.
    site.environment.update(WOTRUS_API_TOKEN="tk_wrong", WOTRUS_API_URL="https://127.0.0.1:1")

    vault.run("issue", "-vvvv", "--diff")

    assert_deployed(host.folder(), sandbox)
    assert charged() == 1
    for file in host.base_dir.rglob("*"):
        assert not file.is_file() or sandbox.token.encode() not in file.read_bytes()


def test_token_of_a_vault_reaches_the_run_of_an_approved_plan(
    site: Site, sandbox: Sandbox, charged: Charged, vault: Vault
) -> None:
    host = site.host()
    vault.fill()
    plan = site.folder / "plan.json"
    vault.run("issue", "--check", wotrus_plan_file=str(plan))
    assert sandbox.token not in plan.read_text()

    vault.run("issue_planned", "--extra-vars", f"@{plan}")

    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


def test_token_of_a_vault_reaches_the_playbooks_that_ask_on_other_hosts(
    site: Site, sandbox: Sandbox, vault: Vault
) -> None:
    host = site.host()
    sandbox.settings(manual_review=True)
    site.issue()
    order_id = host.folder().pending_order_id
    vault.fill()

    for playbook, variables in {"deploy_on_push": {"wotrus_order_ids": order_id}, "report": {}}.items():
        sandbox.clear_calls()
        vault.run(playbook, **variables)
        assert sandbox.calls()
