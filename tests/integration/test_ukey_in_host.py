# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A UKey that arrives by post and stands in the host."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import softhsm
from tests.helpers.sandbox import DAY, Sandbox
from tests.helpers.softhsm import SoftHsm

from .checks import assert_blocked, posts, public_key, verify
from .conftest import Charged
from .harness import Folder, Host, Run, Site, entry
from .test_ukey import ADDRESS, WITHOUT_A_KEY

pytestmark = softhsm.needed

WITH_A_KEY = sorted([*WITHOUT_A_KEY, "key.uri", "ukey_password"])
LABEL = "vendor key"


class UKeySite:
    """A controller with one host, for which WoTrus makes UKeys."""

    def __init__(self, site: Site, sandbox: Sandbox, folder: Path) -> None:
        self.site = site
        self.sandbox = sandbox
        # The tokens that WoTrus has made; the host sees each once the entry names it.
        self.hsm = SoftHsm.create(folder / "hsm")
        self.host: Host = site.host(ansible_python_interpreter=sys.executable)
        self.folder: Folder = self.host.folder()
        self.want(None)

    def make_ukey(self, token: str) -> None:
        """Make a UKey, for which the sandbox issues from now on."""
        self.hsm.add_token(token)
        pem = self.hsm.make_key(token, key_id="45", label=LABEL, kind="RSA:2048")
        self.sandbox.settings(ukey_public_key=pem)

    def want(self, token: str | None, **changes: Any) -> None:
        """Set the entry, with the name of a token."""
        key = {"storage": "ukey", **({"pkcs11": self.hsm.options(token)} if token else {})}
        self.site.variables["wotrus_certificates"] = [entry(key=key, ukey={"ship_address": ADDRESS}, **changes)]

    def run(self, **details: Any) -> Run:
        return self.site.run(play={"environment": self.hsm.environment}, **details)

    def issue(self, **details: Any) -> Run:
        return self.site.issue(play={"environment": self.hsm.environment}, **details)

    def files(self) -> list[str]:
        """Return the names of the live files."""
        return sorted(file.name for file in self.folder.live.iterdir())


@pytest.fixture
def ukeys(site: Site, sandbox: Sandbox, tmp_path: Path) -> UKeySite:
    return UKeySite(site, sandbox, tmp_path)


def test_arrived_ukey_is_compared_and_signs_its_reissue(ukeys: UKeySite, sandbox: Sandbox, charged: Charged) -> None:
    ukeys.make_ukey("UKey")
    folder, made = ukeys.folder, ukeys.hsm.objects("UKey")
    ukeys.issue()
    assert ukeys.files() == sorted([*WITHOUT_A_KEY, "ukey_password"])
    password, former = (folder.live / "ukey_password").read_text(), public_key(folder.live / "cert.pem")

    ukeys.want("UKey")
    arrived = ukeys.issue()

    assert arrived.result()["result"] == "deployed"
    assert ukeys.files() == WITH_A_KEY
    uri = (folder.live / "key.uri").read_text()
    assert uri == "pkcs11:token=UKey;id=%45;object=vendor%20key;type=private\n"
    assert ukeys.issue().changed == 0

    release = folder.release
    sandbox.clear_calls()
    reissued = ukeys.issue(variables={"wotrus_reissue": ["contracts"]})

    assert "reissued" in reissued.result()["steps"]
    assert posts(sandbox) == ["reissue"]
    assert folder.release != release
    assert public_key(folder.live / "cert.pem") == former
    assert ukeys.files() == WITH_A_KEY
    assert (folder.live / "key.uri").read_text() == uri
    assert (folder.live / "ukey_password").read_text() == password
    assert not folder.pending.exists()
    verify(folder, sandbox, at_time=True)
    assert ukeys.hsm.objects("UKey") == made, "something was stored on the UKey, or removed from it"
    assert charged() == 1
    assert ukeys.issue().changed == 0


def test_token_with_another_key_is_refused(ukeys: UKeySite, charged: Charged) -> None:
    ukeys.make_ukey("other")
    ukeys.make_ukey("UKey")
    ukeys.want("other")

    first = ukeys.run()

    assert_blocked(first, "key_mismatch")
    assert "Insert the UKey that WoTrus sent" in first.result()["msg"]
    assert not ukeys.folder.live.exists()
    ukeys.want("UKey")
    ukeys.issue()
    assert ukeys.files() == WITH_A_KEY
    assert charged() == 1


def test_ukey_that_is_not_there_yet_keeps_its_order_pending(ukeys: UKeySite, charged: Charged) -> None:
    ukeys.make_ukey("UKey")
    ukeys.want("lost in the post")

    missing = ukeys.run()

    assert_blocked(missing, "token_unavailable")
    assert not ukeys.folder.live.exists()
    ukeys.want("UKey")
    ukeys.issue()
    assert ukeys.files() == WITH_A_KEY
    assert charged() == 1


def test_rebuilt_host_compares_its_ukey_again(ukeys: UKeySite, charged: Charged) -> None:
    ukeys.make_ukey("UKey")
    ukeys.want("UKey")
    ukeys.issue()
    uri = (ukeys.folder.live / "key.uri").read_text()
    ukeys.host.wipe()

    ukeys.issue()

    assert ukeys.files() == sorted([*WITHOUT_A_KEY, "key.uri"])
    assert (ukeys.folder.live / "key.uri").read_text() == uri
    assert charged() == 1
    assert ukeys.issue().changed == 0


def test_renewal_waits_for_its_own_ukey(ukeys: UKeySite, sandbox: Sandbox, charged: Charged) -> None:
    ukeys.make_ukey("first")
    ukeys.want("first")
    ukeys.issue()
    release = ukeys.folder.release
    ukeys.make_ukey("second")
    sandbox.clock(advance=350 * DAY)

    too_early = ukeys.run()

    assert_blocked(too_early, "key_mismatch")
    assert ukeys.folder.release == release
    ukeys.want("second")
    ukeys.issue()
    assert ukeys.folder.release != release
    assert ukeys.files() == WITH_A_KEY
    assert "token=second;" in (ukeys.folder.live / "key.uri").read_text()
    assert charged() == 2
    assert ukeys.issue().changed == 0


def test_lost_ukey_is_revoked_and_replaced(ukeys: UKeySite, sandbox: Sandbox, charged: Charged) -> None:
    ukeys.make_ukey("lost")
    ukeys.want("lost")
    ukeys.issue()
    folder, site = ukeys.folder, ukeys.site
    password, order_id = (folder.live / "ukey_password").read_text(), folder.live_order_id
    sandbox.settings(revoke_answer="immediate")
    site.issue(playbook="wotrus.pki.revoke", variables={"wotrus_revoke": ["contracts"], **site.revocation()})
    ukeys.make_ukey("second")
    ukeys.want(None)

    assert_blocked(ukeys.run(), "order_dead")
    site.variables["wotrus_replace_orders"] = [order_id]
    ukeys.issue()
    assert (folder.live / "ukey_password").read_text() != password
    assert charged() == 2
    ukeys.want("second")
    ukeys.issue()

    assert ukeys.files() == WITH_A_KEY
    assert "token=second;" in (folder.live / "key.uri").read_text()
    assert ukeys.issue().changed == 0
