# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Orders of a UKey: what becomes of its password."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.helpers import scripted_server
from tests.helpers.sandbox import Sandbox

from .checks import mode, verify
from .conftest import Charged
from .harness import Folder, Run, Site, entry

WITHOUT_A_KEY = ["cert.pem", "chain.pem", "fullchain.pem", "root.pem"]
ADDRESS = "示例路 1 号"


@pytest.fixture
def ukey_site(site: Site) -> Site:
    """A controller whose hosts want a UKey."""
    site.variables["wotrus_certificates"] = [ukey_entry()]
    return site


def ukey_entry(**ukey: Any) -> dict[str, Any]:
    return entry(key={"storage": "ukey"}, ukey={"ship_address": ADDRESS, **ukey})


def shown(sandbox: Sandbox, folder: Folder, *runs: Run) -> str:
    """Return whatever somebody might read without being the owner of the files."""
    said = json.dumps([sandbox.state(), sandbox.calls()])
    return "".join([said, sandbox.log.read_text(), folder.record_file.read_text(), *(run.output for run in runs)])


@pytest.mark.parametrize("password", ["Ukey-555-Pa55word", "123456"])
def test_password_of_the_entry_is_sent_with_the_order(site: Site, password: str) -> None:
    site.host(wotrus_certificates=[ukey_entry(password=password)])
    with scripted_server.start() as api:
        api.will(scripted_server.refusal("余额不足"))
        site.variables["wotrus_api_url"] = api.url
        run = site.run("-vvv")

    (order,) = [one.json["orderinfoPost"] for one in api.requests if one.path == "/v1/Order/Create"]
    assert order["uKeyPassword"] == password
    assert password not in run.output


@pytest.mark.manual("2.ukey-password", "2.no-csr")
def test_password_is_sent_to_the_api_alone_and_readable_by_its_owner_alone(
    ukey_site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    folder = ukey_site.host().folder()
    # The order is refused: whatever is there now was there before it was sent.
    sandbox.fault("create", "status", status=403)

    refused = ukey_site.run("-vvv", "--diff")

    assert refused.code != 0
    file = folder.pending / "ukey_password"
    password = file.read_text()
    assert len(password) == 12
    assert mode(file) == 0o600
    assert [one.name for one in folder.pending.iterdir()] == ["ukey_password"]

    deployed = ukey_site.issue("-vvv", "--diff")

    order = sandbox.admin("GET", f"/orders/{folder.live_order_id.strip()}")
    assert order["ukey"] is True
    assert not order["csr"]
    assert sorted(one.name for one in folder.live.iterdir()) == [*WITHOUT_A_KEY, "ukey_password"]
    assert (folder.live / "ukey_password").read_text() == password
    assert mode(folder.live / "ukey_password") == 0o600
    verify(folder, sandbox, at_time=True)
    assert password not in shown(sandbox, folder, refused, deployed)
    assert charged() == 1
