# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Orders of a UKey: what becomes of its password."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import mode, verify
from .conftest import Charged
from .harness import Folder, Run, Site, entry, held

WITHOUT_A_KEY = ["cert.pem", "chain.pem", "fullchain.pem", "root.pem"]
ADDRESS = "示例路 1 号"


@pytest.fixture
def ukey_site(site: Site, sandbox: Sandbox) -> Site:
    """A controller whose hosts want a UKey, which people review."""
    site.variables["wotrus_certificates"] = [ukey_entry()]
    sandbox.settings(manual_review=True)
    return site


def ukey_entry(**ukey: Any) -> dict[str, Any]:
    return entry(key={"storage": "ukey"}, ukey={"ship_address": ADDRESS, **ukey})


def shown(sandbox: Sandbox, folder: Folder, *runs: Run) -> str:
    """Return whatever somebody might read without being the owner of the files."""
    said = json.dumps([sandbox.state(), sandbox.calls()])
    return "".join([said, sandbox.log.read_text(), folder.record_file.read_text(), *(run.output for run in runs)])


@pytest.mark.manual("2.ukey-password", "2.no-csr")
@pytest.mark.parametrize("given", [None, "von Hand 7-Xy"], ids=["made here", "given by the user"])
def test_password_is_sent_to_the_api_alone_and_readable_by_its_owner_alone(
    ukey_site: Site, sandbox: Sandbox, charged: Charged, given: str | None
) -> None:
    folder = ukey_site.host().folder()
    if given:
        ukey_site.variables["wotrus_certificates"] = [ukey_entry(password=given)]
    # The order is refused: whatever is there now was there before it was sent.
    sandbox.fault("create", "status", status=403)

    refused = ukey_site.run("-vvv", "--diff")

    assert refused.code != 0
    file = folder.pending / "ukey_password"
    password = file.read_text()
    assert password == given if given else len(password) == 12
    assert mode(file) == 0o600
    assert [one.name for one in folder.pending.iterdir()] == ["ukey_password"]

    ordered = ukey_site.issue("-vvv", "--diff")

    assert file.read_text() == password
    order = sandbox.admin("GET", f"/orders/{folder.pending_order_id.strip()}")
    assert order["ukey"] is True
    assert not order["csr"]
    sandbox.order(folder.pending_order_id, "approve")

    deployed = ukey_site.issue("-vvv", "--diff")

    assert sorted(one.name for one in folder.live.iterdir()) == [*WITHOUT_A_KEY, "ukey_password"]
    assert (folder.live / "ukey_password").read_text() == password
    assert mode(folder.live / "ukey_password") == 0o600
    verify(folder, sandbox, at_time=True)
    assert password not in shown(sandbox, folder, refused, ordered, deployed)
    assert ukey_site.issue().changed == 0
    assert charged() == 1


@pytest.mark.parametrize("found", ["under review", "issued"])
def test_password_of_an_adopted_order_is_unknown(
    ukey_site: Site, sandbox: Sandbox, charged: Charged, found: str
) -> None:
    host = ukey_site.host()
    folder = host.folder()
    ukey_site.issue()
    order_id = folder.pending_order_id
    if found == "issued":
        sandbox.order(order_id, "issue")
    host.wipe()
    sandbox.clock(advance=86400)

    ukey_site.issue()

    if found != "issued":
        assert not (folder.pending / "ukey_password").exists()
        assert folder.record["pending"]["ukey_password_known"] is False
        sandbox.order(order_id, "approve")
        ukey_site.issue()
    assert sorted(one.name for one in folder.live.iterdir()) == WITHOUT_A_KEY
    assert not folder.pending.exists()
    assert ukey_site.issue().changed == 0
    assert charged() == 1


@pytest.mark.parametrize("place", ["on target: prepared", "call: create", "on target: recorded"])
def test_run_keeps_the_ukey_password_of_another_run(
    ukey_site: Site, sandbox: Sandbox, charged: Charged, place: str
) -> None:
    folder = ukey_site.host().folder()
    with held(ukey_site, sandbox, place) as started:
        ukey_site.issue()
        password = (folder.pending / "ukey_password").read_text()
        # Long enough for the order to be seen as adopted.
        sandbox.clock(advance=86400)

    held_run = started.finish()

    assert held_run.code == 0, held_run.output
    assert (folder.pending / "ukey_password").read_text() == password
    sandbox.order(folder.pending_order_id, "approve")
    ukey_site.issue()
    assert (folder.live / "ukey_password").read_text() == password
    assert charged() == 1


@pytest.mark.parametrize("options", ["--check", None], ids=["check", "run"])
def test_missing_address_fails_before_anything_is_sent(site: Site, sandbox: Sandbox, options: str | None) -> None:
    host = site.host()
    site.variables["wotrus_certificates"] = [entry(key={"storage": "ukey"})]

    run = site.run(*([options] if options else []))

    assert run.code != 0
    assert "contracts" in run.failures[0]
    assert "ukey.ship_address does not say where the UKey is sent" in run.failures[0]
    assert sandbox.calls() == []
    assert not host.base_dir.exists()
