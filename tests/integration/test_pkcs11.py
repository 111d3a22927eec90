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
from tests.helpers.sandbox import DAY, Sandbox
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

    def want(self, *names: str, kind: Mapping[str, Any] | None = None, **pkcs11: Any) -> None:
        """Set the certificates.

        :param kind: another kind of key
        :param pkcs11: changed options of the token
        """
        given = {**self.hsm.options(TOKEN), **pkcs11}
        given = {name: value for name, value in given.items() if value is not None}
        key = {**(kind or {"type": "ECC"}), "storage": "pkcs11", "pkcs11": given}
        self.site.variables["wotrus_certificates"] = [entry(name, key=key) for name in names or ("contracts",)]
        self.site.variables["wotrus_max_charged_orders"] = max(1, len(names))

    def host(self) -> Host:
        # The Python of the tests has python-pkcs11, whatever ansible-core is tested.
        return self.site.host(ansible_python_interpreter=sys.executable)

    def run(self, *options: str, **details: Any) -> Run:
        return self.site.run(*options, play=self.play, **details)

    def issue(self, *options: str, **details: Any) -> Run:
        return self.site.issue(*options, play=self.play, **details)

    @property
    def ids(self) -> set[str]:
        return {key_id for _kind, _label, key_id in self.hsm.objects(TOKEN)}


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
    assert len(token.ids) == 1
    assert folder.record["live"]["key_made_at"]
    (token.hsm.folder / "tokens").rename(token.hsm.folder / "removed")
    second = token.issue("-vvvvv", "--diff")
    assert second.changed == 0
    assert charged() == 1
    files = [file.read_bytes() for file in host.base_dir.rglob("*") if file.is_file()]
    shown = json.dumps([sandbox.state(), sandbox.calls()]) + first.output + second.output
    assert not any(PIN.encode() in data or b"PRIVATE KEY" in data for data in files)
    assert PIN not in shown + "".join(json.dumps(task.result) for task in first.tasks)


def test_renewal_and_reissue_make_new_keys(token: TokenSite, sandbox: Sandbox, charged: Charged) -> None:
    folder = token.host().folder()
    token.issue()
    keys = [live_id(folder)]

    token.issue(variables={"wotrus_reissue": ["contracts"]})
    assert_deployed(folder, token, sandbox)
    keys.append(live_id(folder))
    sandbox.clock(advance=350 * DAY)
    token.issue()

    assert_deployed(folder, token, sandbox, at_time=False)
    assert live_id(folder) not in keys
    assert token.ids == {*keys, live_id(folder)}
    assert charged() == 2
    assert token.issue().changed == 0


def test_failed_reload_makes_the_former_key_live_again(token: TokenSite, sandbox: Sandbox, charged: Charged) -> None:
    folder = token.host().folder()
    token.issue()
    former, key_id = folder.release, live_id(folder)
    (certificate,) = token.site.variables["wotrus_certificates"]
    certificate["reload"] = {"command": "false"}

    failed = token.run(variables={"wotrus_reissue": ["contracts"]})

    assert failed.result()["steps"][-1] == "rolled_back"
    assert folder.release == former
    assert_deployed(folder, token, sandbox)
    assert live_id(folder) == key_id
    certificate["reload"] = {"command": "true"}
    token.issue()
    assert folder.release != former
    assert_deployed(folder, token, sandbox)
    assert token.ids == {key_id, live_id(folder)}
    assert charged() == 1
    assert token.issue().changed == 0


def test_keys_of_a_lost_disk_are_shown_and_removed_by_a_person(token: TokenSite, sandbox: Sandbox) -> None:
    host = token.host()
    folder = host.folder()
    token.issue()
    former = live_id(folder)
    sandbox.clock(advance=350 * DAY)
    token.issue()
    host.wipe()

    run = token.issue()

    assert f"that no file of this host names: {former}." in " ".join(run.output.split())
    assert token.ids == {former, live_id(folder)}
    for kind in ("privkey", "pubkey", "cert"):
        token.hsm.tool(TOKEN, "--delete-object", "--type", kind, "--id", former)
    assert token.ids == {live_id(folder)}
    assert_deployed(folder, token, sandbox, at_time=False)


@pytest.mark.parametrize("lost", ["disk", "release", "record", "key.uri"])
def test_key_in_the_token_outlives_lost_files(token: TokenSite, sandbox: Sandbox, charged: Charged, lost: str) -> None:
    host = token.host()
    folder = host.folder()
    token.issue()
    key_id = live_id(folder)
    if lost == "disk":
        host.wipe()
    elif lost == "release":
        folder.live.unlink()
        for file in (*folder.releases.glob("*/*"), *folder.releases.iterdir()):
            file.rmdir() if file.is_dir() else file.unlink()
    else:
        (folder.record_file if lost == "record" else folder.live / "key.uri").unlink()
    sandbox.clear_calls()

    run = token.issue()

    assert run.result()["result"] == "deployed"
    assert "reissued" not in run.result()["steps"]
    assert_deployed(folder, token, sandbox)
    assert live_id(folder) == key_id
    assert token.ids == {key_id}
    assert "reissue" not in posts(sandbox)
    assert charged() == 1
    assert token.issue().changed == 0


@pytest.mark.parametrize(("place", "keys"), [("on target: prepared", 0), ("on target: present", 1)])
def test_killed_run_is_completed_with_the_same_key(
    token: TokenSite, sandbox: Sandbox, charged: Charged, place: str, keys: int
) -> None:
    folder = token.host().folder()
    with token.site.held_before(place, play=token.play) as started:
        started.kill()
    before = token.ids
    assert len(before) == keys

    token.issue()

    assert_deployed(folder, token, sandbox)
    assert len(token.ids) == 1
    assert before <= token.ids
    assert charged() == 1
    assert token.issue().changed == 0


def test_two_certificates_share_a_token(token: TokenSite, sandbox: Sandbox) -> None:
    token.want("contracts", "invoices")
    host = token.host()

    token.issue()

    for name in ("contracts", "invoices"):
        assert_deployed(host.folder(name), token, sandbox)
    assert {label for _kind, label, _id in token.hsm.objects(TOKEN)} == {"contracts", "invoices"}


def test_wrong_pin_is_tried_once_and_orders_nothing(token: TokenSite, sandbox: Sandbox, charged: Charged) -> None:
    token.want("contracts", "invoices", pin="00000000")
    host = token.host()

    wrong = token.run("-vvvvv")

    messages = [row["msg"] for row in wrong.results()]
    assert [row["error_code"] for row in wrong.results()] == ["pin_refused"] * 2
    assert ["refused the PIN." in msg for msg in messages] == [True, False]
    assert "It was not tried again" in messages[1]
    again = token.run()
    assert all("It was not tried again" in row["msg"] for row in again.results())
    assert posts(sandbox) == []
    assert "00000000" not in wrong.output.replace("00000000-0000", "")
    assert (host.base_dir / ".refused_pins.json").stat().st_mode & 0o777 == 0o600
    token.want("contracts", "invoices")
    token.issue()
    assert charged() == 2


def test_short_pin_damages_no_result(token: TokenSite) -> None:
    token.hsm.add_token("short", pin="1234")
    token.want(token="short", pin="1234")
    folder = token.host().folder()

    run = token.issue("-vvvvv")

    assert run.result()["result"] == "deployed"
    assert "VALUE_SPECIFIED" not in json.dumps(run.results())
    assert token.issue().changed == 0
    assert folder.release is not None


MISTAKES = {
    "no library": ({"module": "/etc/hostname"}, "token_unavailable", "cannot be used as a PKCS#11 library"),
    "no token": ({"token": "elsewhere"}, "token_unavailable", "'elsewhere' is not there"),
    "no hexadecimal id": ({"id": "contracts"}, "invalid_input", "must be 1 to 8 bytes in hexadecimal"),
    "no pin_file": ({"pin": None, "pin_file": "/nowhere/pin"}, "pin_refused", "/nowhere/pin cannot be read"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_one_message_and_orders_nothing(
    token: TokenSite, sandbox: Sandbox, charged: Charged, mistake: str
) -> None:
    changes, code, words = MISTAKES[mistake]
    token.want(**changes)
    token.host()

    run = token.run()

    assert run.code != 0
    assert words in run.output
    assert code == "invalid_input" or run.result()["error_code"] == code
    assert posts(sandbox) == []
    assert charged() == 0


def test_missing_python_library_orders_nothing(token: TokenSite, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "shadow").mkdir()
    (tmp_path / "shadow" / "pkcs11.py").write_text("raise ImportError('not here')\n")
    token.play["environment"] = {**token.hsm.environment, "PYTHONPATH": str(tmp_path / "shadow")}
    token.host()

    run = token.run()

    assert run.result()["error_code"] == "missing_library"
    assert "python-pkcs11" in run.result()["msg"]
    assert posts(sandbox) == []
