# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys in a token, which is one of SoftHSM 2."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import softhsm
from tests.helpers.sandbox import Sandbox
from tests.helpers.softhsm import PIN, SoftHsm

from .checks import posts, verify
from .conftest import Charged
from .harness import Folder, Host, Run, Site, entry

pytestmark = softhsm.needed

TOKEN = "signing"


class TokenSite:
    """A controller whose hosts have a token."""

    def __init__(self, site: Site, hsm: SoftHsm) -> None:
        self.site = site
        self.hsm = hsm
        self.play: dict[str, Any] = {"environment": hsm.environment}
        self.want()

    def want(self, *, kind: Mapping[str, Any] | None = None, **pkcs11: Any) -> None:
        """Set the certificate.

        :param kind: another kind of key
        :param pkcs11: changed options of the token
        """
        given = {**self.hsm.options(TOKEN), **pkcs11}
        key = {**(kind or {"type": "ECC"}), "storage": "pkcs11", "pkcs11": given}
        self.site.variables["wotrus_certificates"] = [entry(key=key)]

    def host(self) -> Host:
        # The Python of the tests has python-pkcs11, whatever ansible-core is tested.
        return self.site.host(ansible_python_interpreter=sys.executable)

    def issue(self, *options: str, **details: Any) -> Run:
        return self.site.issue(*options, play=self.play, **details)


@pytest.fixture
def token(site: Site, tmp_path: Path) -> TokenSite:
    hsm = SoftHsm.create(tmp_path / "hsm")
    hsm.add_token(TOKEN)
    return TokenSite(site, hsm)


def live_id(folder: Folder) -> str:
    """Return the id in the live URI."""
    uri = (folder.live / "key.uri").read_text()
    return uri.partition("id=")[2].partition(";")[0].replace("%", "").lower()


def assert_deployed(folder: Folder, token: TokenSite, sandbox: Sandbox, *, at_time: bool = True) -> None:
    """Check that a certificate is live, with its key in the token."""
    names = {file.name for file in folder.live.iterdir()}
    assert names == {"cert.pem", "chain.pem", "fullchain.pem", "root.pem", "key.uri"}
    kinds = {kind for kind, _label, key_id in token.hsm.objects(TOKEN) if key_id == live_id(folder)}
    assert kinds == {"Private Key", "Public Key", "Certificate"}
    assert not folder.pending.exists()
    verify(folder, sandbox, at_time=at_time)


def test_first_order_is_deployed_and_a_second_run_needs_no_token(
    token: TokenSite, sandbox: Sandbox, charged: Charged
) -> None:
    host = token.host()
    folder = host.folder()

    first = token.issue("-vvvvv", "--diff")

    assert_deployed(folder, token, sandbox)
    assert folder.record["live"]["key_made_at"]
    status = token.site.issue(playbook="wotrus.pki.status").stdout
    assert "model SoftHSM v2" in status
    assert "made there yes, always sensitive yes, never extractable yes" in status
    (token.hsm.folder / "tokens").rename(token.hsm.folder / "removed")
    second = token.issue("-vvvvv", "--diff")
    assert second.changed == 0
    assert charged() == 1
    files = [file.read_bytes() for file in host.base_dir.rglob("*") if file.is_file()]
    shown = json.dumps([sandbox.state(), sandbox.calls()]) + first.output + second.output
    assert not any(PIN.encode() in data or b"PRIVATE KEY" in data for data in files)
    assert PIN not in shown + "".join(json.dumps(task.result) for task in first.tasks)


def test_key_home_lets_a_key_of_the_token_alone_be_ordered(
    token: TokenSite, sandbox: Sandbox, charged: Charged
) -> None:
    token.site.variables["wotrus_key_home"] = "hardware"
    host = token.host()
    folder = host.folder()
    token.site.host(wotrus_certificates=[entry(key={"type": "ECC"})])
    soft = token.site.run(play=token.play)
    (blocked,) = soft.results()
    assert (soft.code, blocked["result"], blocked["error_code"], charged()) == (2, "blocked", "key_home", 0)
    assert not folder.path.exists()

    token.host()
    sandbox.fault("create", "status", status=403)
    token.site.run(play=token.play)
    sandbox.clear_faults()
    # A token whose library ignores that the key must stay.
    uri = (folder.pending / "key.uri").read_text()
    key_id = uri.partition("id=")[2].partition(";")[0].replace("%", "").lower()
    label = next(label for _kind, label, found in token.hsm.objects(TOKEN) if found == key_id)
    for kind in ("privkey", "pubkey"):
        token.hsm.tool(TOKEN, "--delete-object", "--type", kind, "--id", key_id)
    options = ("--key-type", "EC:prime256v1", "--id", key_id, "--label", label)
    token.hsm.tool(TOKEN, "--keypairgen", "--extractable", *options)
    sandbox.clear_calls()

    first, second = (token.site.run(play=token.play) for _run in range(2))

    for run in (first, second):
        assert (run.code, run.result()["result"], run.result()["error_code"]) == (2, "blocked", "key_home")
        assert "the token does not say that the key was never extractable" in run.result()["msg"]
    assert "If the token stays the same, remove the pending key from it." in second.result()["next_step"]
    assert posts(sandbox) == []
    assert charged() == 0

    for kind in ("privkey", "pubkey"):
        token.hsm.tool(TOKEN, "--delete-object", "--type", kind, "--id", key_id)
    token.issue()
    again = token.issue()
    assert (again.result()["result"], again.output.count("key_home is hardware")) == ("unchanged", 0)
    assert_deployed(folder, token, sandbox)
