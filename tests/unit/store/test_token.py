# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key in a token: made, used, recovered and removed there."""

from __future__ import annotations

import importlib
import json
import shutil
import types
import typing as t

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult
from tests.helpers import openssl, softhsm
from tests.helpers.softhsm import PIN, SoftHsm
from tests.unit.store import scene
from tests.unit.store.killing import every_kill

pytestmark = softhsm.needed

TOKEN = "signing"
ORDER = {"name": "contracts", "order_name": "contracts@signer1", "operation": "order", "idempotence_id": "A"}
RENEWAL = {**ORDER, "operation": "renew", "idempotence_id": "B"}


@pytest.fixture
def hsm(tmp_path, monkeypatch) -> SoftHsm:
    made = SoftHsm.create(tmp_path / "hsm")
    made.add_token(TOKEN)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    softhsm.restart()
    return made


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ssl" / "contracts"


class Token:
    """The certificates of one token, as the role deploys them."""

    def __init__(self, hsm: SoftHsm, path, **pkcs11: t.Any) -> None:
        self.hsm = hsm
        self.path = path
        self.key = {"storage": "pkcs11", "type": "ECC", "pkcs11": hsm.options(TOKEN, **pkcs11)}

    def prepare(self, **options: t.Any) -> dict[str, t.Any]:
        return scene.prepare(self.path, **{"key": self.key, "record": ORDER, **options})

    def present(self, certificate: dict[str, t.Any], **options: t.Any) -> dict[str, t.Any]:
        return scene.succeed(self.path, **{"key": self.key, "record": {"order_id": "ONE"}, **certificate, **options})

    def deploy(self, record: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        certificate = scene.certify(self.prepare(record=record or ORDER)["csr"])
        self.present(certificate)
        return certificate

    @property
    def ids(self) -> set[str]:
        """The ids of all objects, read in this process.

        The tests of kills read them often.
        """
        softhsm.restart()
        pkcs11 = importlib.import_module("pkcs11")
        with pkcs11.lib(softhsm.find_module()).get_token(token_label=TOKEN).open(user_pin=PIN) as session:
            return {bytes(one[pkcs11.Attribute.ID]).hex() for one in list(session.get_objects())}

    def kinds(self, key_id: str) -> set[str]:
        return {kind for kind, _label, one in self.hsm.objects(TOKEN) if one == key_id}


@pytest.fixture
def token(hsm, path) -> Token:
    return Token(hsm, path)


def live_id(path) -> str:
    uri = (path / "live" / "key.uri").read_text()
    return uri.partition("id=")[2].partition(";")[0].replace("%", "").lower()


def refused(path, token: Token, code: str, **options: t.Any) -> str:
    """Prepare, and return the message of the expected error."""
    result = scene.call(
        path, "prepared", **{"key": token.key, "record": ORDER, "subject": {"common_name": "Signer"}, **options}
    )
    assert result.get("error_code") == code, result
    assert PIN not in json.dumps(result)
    return str(result["msg"])


@pytest.mark.parametrize(
    "kind",
    [
        {"type": "RSA", "size": 2048},
        {"type": "RSA", "size": 3072},
        {"type": "RSA", "size": 4096},
        {"type": "ECC", "curve": "P-256"},
        {"type": "ECC", "curve": "P-384"},
    ],
    ids=str,
)
def test_key_is_made_in_the_token_and_nothing_secret_is_on_the_disk(token, path, kind) -> None:
    token.key.update(kind)

    prepared = token.prepare()

    assert openssl.request(prepared["csr"]).asks in ((), ("Requested Extensions:",))
    assert {file.name for file in (path / "pending").iterdir()} == {"key.uri", "request.csr"}
    (key_id,) = token.ids
    assert token.kinds(key_id) == {"Private Key", "Public Key"}
    token.present(scene.certify(prepared["csr"]))
    assert token.kinds(key_id) == {"Private Key", "Public Key", "Certificate"}
    assert {file.name for file in (path / "live").iterdir()} == {*scene.PUBLIC_FILES, "key.uri"}
    assert (path / "live" / "key.uri").read_text().startswith(f"pkcs11:token={TOKEN};id=%")
    assert live_id(path) == key_id
    assert not (path / "pending").exists()
    files = [file.read_bytes() for file in path.rglob("*") if file.is_file()]
    assert not any(b"PRIVATE KEY" in data or PIN.encode() in data for data in files)


def test_private_key_only_signs_and_cannot_be_exported(token, hsm) -> None:
    token.prepare()

    listed = hsm.tool(TOKEN, "--list-objects", "--type", "privkey")

    usage, access = (next(line for line in listed.splitlines() if name in line) for name in ("Usage:", "Access:"))
    assert {part.strip() for part in usage.split(":")[1].split(",")} <= {"sign", "signRecover"}
    assert {"sensitive", "always sensitive", "never extractable"} <= {
        part.strip() for part in access.split(":")[1].split(",")
    }


def test_second_run_returns_the_same_csr_and_changes_nothing(token, path) -> None:
    first = token.prepare()
    before = scene.tree(path)

    second = token.prepare()

    assert second["csr"] == first["csr"]
    assert not second["changed"]
    assert scene.tree(path) == before
    assert len(token.ids) == 1


def test_reading_a_host_does_not_open_the_token(token, path, monkeypatch) -> None:
    token.deploy()
    monkeypatch.setitem(importlib.import_module("sys").modules, "pkcs11", None)

    live = scene.info(path)["live"]

    assert live["key_matches"] is True
    assert live["damaged"] == []
    assert "key.uri" in live["files"]


def test_renewal_makes_a_new_key_and_pruning_removes_the_oldest(token, path) -> None:
    token.deploy()
    first = live_id(path)
    for number in range(3):
        token.deploy({**RENEWAL, "idempotence_id": f"B{number}"})
        assert (first in token.ids) is (number < 2)

    assert len(token.ids) == 3
    assert {token_id for token_id in token.ids if "Certificate" in token.kinds(token_id)} == token.ids
    restored = scene.succeed(path, "rolled_back", key=token.key)
    assert restored["live"]["key_matches"] is True
    assert live_id(path) in token.ids


def test_lost_files_are_restored_by_the_public_key(token, path) -> None:
    certificate = token.deploy()
    key_id = live_id(path)
    (path / "live" / "key.uri").unlink()
    assert scene.info(path)["live"]["damaged"] == ["key.uri"]

    token.present(certificate)

    assert live_id(path) == key_id
    assert scene.info(path)["live"]["damaged"] == []


def test_key_of_an_issued_certificate_is_recovered_without_files(token, path) -> None:
    certificate = token.deploy()
    key_id = live_id(path)
    live = scene.info(path)["live"]["public_key_sha256"]
    scene.shutil_rmtree(path)
    # A first run on an empty disk makes a key, before the issued certificate is known.
    made = token.prepare()
    assert made["public_key_sha256"] != live

    found = token.prepare(key={**token.key, "existing_sha256": live})

    assert found["public_key_sha256"] == live
    assert len(token.ids) == 2, "an order may be for the other key"
    token.present(certificate)
    assert live_id(path) == key_id
    assert len(token.ids) == 2
    assert not (path / "pending").exists()


def test_keys_that_no_file_names_are_shown_and_stay(hsm, path) -> None:
    token, other = (Token(hsm, one, id="0a1b") for one in (path, path.with_name("invoices")))
    token.deploy()
    first = live_id(path)
    certificate = token.deploy(RENEWAL)
    live = scene.info(path)["live"]["public_key_sha256"]
    other.deploy({**ORDER, "name": "invoices", "order_name": "invoices@signer1"})
    ids = token.ids
    scene.shutil_rmtree(path)
    token.prepare(key={**token.key, "existing_sha256": live})
    host = scene.Host()

    token.present(certificate, host=host)

    (warning,) = host.warnings
    assert f"no file of this host names: {first}. They were not removed" in warning
    assert token.ids == ids
    token.hsm.tool(TOKEN, "--delete-object", "--type", "privkey", "--id", first)
    softhsm.restart()
    quiet = scene.Host()
    token.present(certificate, host=quiet)
    assert quiet.warnings == []


def test_lost_release_is_deployed_again_and_leaves_nothing_pending(token, path) -> None:
    certificate = token.deploy()
    live = scene.info(path)["live"]["public_key_sha256"]
    (path / "live").unlink()
    scene.shutil_rmtree(path / "releases")

    token.prepare(
        record={**ORDER, "operation": "reissue", "idempotence_id": "C"}, key={**token.key, "existing_sha256": live}
    )
    assert scene.info(path)["record"]["pending"] is None
    token.present(certificate)

    assert scene.info(path)["live"]["key_matches"] is True
    assert not (path / "pending").exists()
    assert not token.prepare(record={})["changed"] or len(token.ids) == 2


def test_other_certificate_is_refused_and_changes_nothing(token, path) -> None:
    token.deploy()
    before, ids = scene.tree(path), token.ids
    foreign = scene.options_of(scene.ISSUING.issue("Signer"))

    result = scene.call(path, key=token.key, **foreign)

    assert result["error_code"] == "key_mismatch"
    assert scene.tree(path) == before
    assert token.ids == ids


def test_certificate_is_not_deployed_without_the_token_of_its_key(token, path) -> None:
    certificate = scene.certify(token.prepare()["csr"])

    result = scene.call(path, key={"storage": "pkcs11"}, **certificate)

    assert (result["error_code"], "key.pkcs11 is missing" in result["msg"]) == ("invalid_input", True)
    assert not (path / "live").exists()


def test_absent_removes_the_keys_of_this_certificate_alone(token, hsm, path) -> None:
    other = Token(hsm, path.with_name("invoices"))
    other.prepare(record={**ORDER, "name": "invoices", "order_name": "invoices@signer1"})
    stays = other.ids
    token.deploy()

    scene.succeed(path, "absent", key=token.key)

    assert token.ids == stays
    assert not path.exists()


def test_absent_without_the_token_names_the_key_that_stays(token, path) -> None:
    token.deploy()
    host = scene.Host()

    scene.succeed(path, "absent", host=host)

    assert any("key.pkcs11 does not name its token" in warning for warning in host.warnings)
    assert len(token.ids) == 1


def test_wrong_pin_is_tried_once_by_all_entries_and_runs(token, path, monkeypatch) -> None:
    token.key["pkcs11"]["pin"] = "00000000"

    assert "refused this PIN" in refused(path, token, "pin_refused")
    pins = importlib.import_module("ansible_collections.wotrus.pki.plugins.module_utils._token.refused_pins")
    with monkeypatch.context() as patch:
        # Each try is remembered, so there is no second one.
        patch.delattr(pins, "remember")
        assert "refused this PIN" in refused(path.with_name("invoices"), token, "pin_refused")
    memory = path.parent / ".refused_pins.json"
    assert memory.stat().st_mode & 0o7777 == 0o600
    assert "00000000" not in memory.read_text()
    token.key["pkcs11"]["pin"] = PIN
    token.prepare()


def test_pin_of_a_file_is_used_without_its_line_end(token, tmp_path) -> None:
    file = tmp_path / "pin"
    file.write_text(f"{PIN}\n")
    del token.key["pkcs11"]["pin"]
    token.key["pkcs11"]["pin_file"] = str(file)

    token.prepare()

    assert len(token.ids) == 1


def test_module_that_is_no_library_is_named(token, path, tmp_path) -> None:
    (tmp_path / "module.so").write_text("text")
    token.key["pkcs11"]["module"] = str(tmp_path / "module.so")

    msg = refused(path, token, "token_unavailable")

    assert "cannot be used as a PKCS#11 library" in msg
    assert not path.exists()


def test_missing_token_is_named_with_those_that_are_there(token, path) -> None:
    token.key["pkcs11"]["token"] = "elsewhere"

    msg = refused(path, token, "token_unavailable")

    assert "0 tokens of" in msg
    assert "are 'elsewhere'" in msg
    assert "'signing'" in msg


def test_label_of_two_tokens_needs_a_slot(token, hsm, path) -> None:
    hsm.add_token(TOKEN)
    softhsm.restart()

    assert "are 'signing', and it must be one" in refused(path, token, "token_unavailable")

    slots = importlib.import_module("pkcs11").lib(softhsm.find_module()).get_slots(token_present=True)
    slot = next(one.slot_id for one in slots if one.get_token().label.strip() == TOKEN)
    del token.key["pkcs11"]["token"]
    token.key["pkcs11"]["slot"] = slot
    token.prepare()
    assert ";serial=" in (path / "pending" / "key.uri").read_text()


def test_id_that_is_not_hexadecimal_is_refused(token, path) -> None:
    token.key["pkcs11"]["id"] = "contracts"

    assert "key.pkcs11.id must be 1 to 8 bytes in hexadecimal" in refused(path, token, "invalid_input")


def test_foreign_key_with_the_same_label_stops_before_the_order(token, hsm, path) -> None:
    hsm.make_key(TOKEN, key_id="01", label="contracts")
    before = token.ids

    assert "another key with the label 'contracts' (id 01)" in refused(path, token, "invalid_input")

    assert token.ids == before
    token.key["pkcs11"]["label"] = "contracts of signer1"
    token.prepare()
    assert len(token.ids) == 2


def test_full_token_is_an_error_that_says_so(token, path, monkeypatch) -> None:
    pkcs11 = importlib.import_module("pkcs11")
    session = importlib.import_module("ansible_collections.wotrus.pki.plugins.module_utils._token.session")

    def full(*_arguments: t.Any) -> None:
        raise pkcs11.DeviceMemory

    monkeypatch.setattr(session.Token, "generate", full)

    assert "is full" in refused(path, token, "token_failed")


def test_missing_python_library_is_named(token, path, monkeypatch) -> None:
    monkeypatch.setitem(importlib.import_module("sys").modules, "pkcs11", None)

    assert "python-pkcs11" in refused(path, token, "missing_library")
    assert not path.exists()


def test_old_python_library_is_named(token, path, monkeypatch) -> None:
    monkeypatch.setattr(importlib.import_module("importlib.metadata"), "version", lambda _name: "0.6.1")

    assert ", 0.6.1)" in refused(path, token, "missing_library")
    assert not path.exists()


def test_cryptography_that_does_not_sign_with_the_key_is_named(token, path, monkeypatch) -> None:
    monkeypatch.setattr(importlib.import_module("cryptography"), "__version__", "35.0.0")

    assert "it has the versions 35.0.0, " in refused(path, token, "missing_library")
    assert not path.exists()


def test_failed_signature_restores_the_former_release(token, path, monkeypatch) -> None:
    first = token.deploy()
    certificate = scene.certify(token.prepare(record=RENEWAL)["csr"])
    session = importlib.import_module("ansible_collections.wotrus.pki.plugins.module_utils._token.session")

    def removed(_self: t.Any, *_arguments: t.Any) -> bytes:
        raise session.TokenFailed("The token was removed.")

    with monkeypatch.context() as patch:
        patch.setattr(session.Token, "_sign", removed)
        result = scene.call(path, key=token.key, **certificate)

    assert result["error_code"] == "token_failed"
    assert scene.info(path)["live"]["serial_number"] == scene.serial(first)
    token.present(certificate)
    assert scene.info(path)["live"]["serial_number"] == scene.serial(certificate)


COMMAND = "systemctl reload signer"
FAILED = CommandResult(3, "no such unit")


@pytest.fixture
def signed(monkeypatch) -> list[str]:
    """The ids of the keys that signed, in order."""
    session = importlib.import_module("ansible_collections.wotrus.pki.plugins.module_utils._token.session")
    found: list[str] = []
    sign = session.Token._sign

    def noted(token: t.Any, one: t.Any, *arguments: t.Any) -> bytes:
        found.append(bytes(one.id).hex())
        return bytes(sign(token, one, *arguments))

    monkeypatch.setattr(session.Token, "_sign", noted)
    return found


def test_failed_reload_restores_the_former_key_after_its_signature(token, path, signed) -> None:
    first = token.deploy()
    former = live_id(path)
    certificate = scene.certify(token.prepare(record=RENEWAL)["csr"])
    (next_id,) = token.ids - {former}
    signed.clear()

    result = scene.call(path, key=token.key, host=scene.Host(outcomes=[FAILED]), reload_command=COMMAND, **certificate)

    assert result["error_code"] == "reload_failed"
    assert result["deployments"][0]["rolled_back"] is True
    assert signed == [next_id, former]
    assert scene.info(path)["live"]["serial_number"] == scene.serial(first)
    assert live_id(path) == former
    assert token.ids == {former, next_id}
    token.present(certificate, reload_command=COMMAND)
    assert live_id(path) == next_id


@pytest.mark.parametrize("damage", ["removed", "signs wrongly"])
def test_former_key_that_cannot_sign_is_not_restored(token, path, monkeypatch, damage) -> None:
    token.deploy()
    former = live_id(path)
    certificate = scene.certify(token.prepare(record=RENEWAL)["csr"])

    def fail() -> CommandResult:
        session = importlib.import_module("ansible_collections.wotrus.pki.plugins.module_utils._token.session")
        if damage == "removed":
            token.hsm.tool(TOKEN, "--delete-object", "--type", "privkey", "--id", former)
            softhsm.restart()
        else:
            monkeypatch.setattr(session.Token, "_sign", lambda *_arguments: bytes(64))
        return FAILED

    result = scene.call(path, key=token.key, host=scene.Host(outcomes=[fail]), reload_command=COMMAND, **certificate)

    assert (result["error_code"], result["deployments"][0]["rolled_back"]) == ("reload_failed", False)
    assert "could not be deployed again, and the reload is still pending" in result["msg"]
    assert scene.info(path)["live"]["serial_number"] == scene.serial(certificate)
    assert scene.info(path)["record"]["reload_pending"] is True


def test_two_certificates_share_a_token(token, hsm, path) -> None:
    other = Token(hsm, path.with_name("invoices"))
    record = {**ORDER, "name": "invoices", "order_name": "invoices@signer1"}

    token.deploy()
    other.deploy(record)

    assert live_id(path) != live_id(other.path)
    assert {label for _kind, label, _id in hsm.objects(TOKEN)} == {"contracts", "invoices"}


class UKey:
    """A token with its vendor's key, and a certificate for it."""

    def __init__(self, hsm: SoftHsm, path) -> None:
        self.path = path
        self.hsm = hsm
        self.key = {"storage": "ukey", "pkcs11": hsm.options(TOKEN)}
        self.public_key = load_pem_public_key(hsm.make_key(TOKEN, key_id="45", label="vendor key").encode())
        softhsm.restart()

    def certificate(self) -> dict[str, t.Any]:
        """Return a certificate for the key."""
        holder = types.SimpleNamespace(public_key=lambda: self.public_key)
        return scene.options_of(scene.ISSUING.issue("Signer", key=t.cast("scene.pki.Key", holder)))


@pytest.fixture
def ukey(hsm, path) -> UKey:
    made = UKey(hsm, path)
    scene.succeed(
        path, "prepared", key={"storage": "ukey"}, record={**ORDER, "definition": {"key": {"storage": "ukey"}}}
    )
    return made


def test_arrived_ukey_is_compared_and_nothing_is_stored_on_it(ukey, hsm, path) -> None:
    certificate = ukey.certificate()
    before = hsm.objects(TOKEN)
    scene.succeed(path, key={"storage": "ukey"}, **certificate)
    assert not (path / "live" / "key.uri").exists()

    scene.succeed(path, key=ukey.key, **certificate)

    assert live_id(path) == "45"
    assert "object=vendor%20key" in (path / "live" / "key.uri").read_text()
    assert (path / "live" / "ukey_password").exists()
    assert hsm.objects(TOKEN) == before
    assert not scene.succeed(path, key=ukey.key, **certificate)["changed"]
    scene.succeed(path, "absent", key=ukey.key)
    assert hsm.objects(TOKEN) == before


def test_certificate_of_another_ukey_is_refused(ukey, path) -> None:
    result = scene.call(path, key=ukey.key, **scene.options_of(scene.ISSUING.issue("Signer")))

    assert result["error_code"] == "key_mismatch"
    assert "Insert the UKey that WoTrus sent" in result["msg"]
    assert not (path / "live").exists()


def test_arrived_ukey_signs_the_csr_of_a_reissue(ukey, path) -> None:
    scene.succeed(path, key=ukey.key, **ukey.certificate())
    live = scene.info(path)["live"]["public_key_sha256"]
    password = (path / "live" / "ukey_password").read_bytes()
    record = {**ORDER, "operation": "reissue", "idempotence_id": "R", "definition": {"key": {"storage": "ukey"}}}

    prepared = scene.succeed(path, "prepared", key=ukey.key, record=record, subject={"common_name": "Signer"})

    assert prepared["public_key_sha256"] == live
    assert prepared["ukey_password"] is None
    assert openssl.request(prepared["csr"]).name() == "Signer"
    certificate = scene.certify(prepared["csr"])
    scene.succeed(path, key=ukey.key, **certificate)
    assert scene.info(path)["live"]["serial_number"] == scene.serial(certificate)
    assert live_id(path) == "45"
    assert (path / "live" / "ukey_password").read_bytes() == password
    assert not (path / "pending").exists()


def test_former_certificate_is_not_restored_without_its_ukey(ukey, hsm, path) -> None:
    scene.succeed(path, key=ukey.key, **ukey.certificate())
    hsm.tool(TOKEN, "--delete-object", "--type", "privkey", "--id", "45")
    hsm.tool(TOKEN, "--delete-object", "--type", "pubkey", "--id", "45")
    # The UKey of the renewal has a key with the same id.
    other = UKey(hsm, path)
    renewed = other.certificate()
    scene.succeed(path, "prepared", key={"storage": "ukey"}, record={**RENEWAL, "definition": {}})
    scene.succeed(path, key=ukey.key, **renewed)

    result = scene.call(path, "rolled_back", key=ukey.key)

    assert result["error_code"] == "key_mismatch"
    assert "is not in the token" in result["msg"]
    assert scene.info(path)["live"]["serial_number"] == scene.serial(renewed)


class Killed:
    """Kills work around each change of the disk and of the token."""

    def __init__(self, token: Token, folder) -> None:
        self.token = token
        self._folder = folder
        self._kept = folder.with_name("kept")
        kind = importlib.import_module("ansible_collections.wotrus.pki.plugins.module_utils._token.session").Token
        self._changes = [(kind, name) for name in ("generate", "store_certificate", "destroy")]

    def keep(self) -> None:
        """Remember the disk and the token."""
        scene.shutil_rmtree(self._kept, ignore_errors=True)
        for name in ("ssl", "hsm"):
            if (self._folder / name).exists():
                shutil.copytree(self._folder / name, self._kept / name, symlinks=True)

    def begin(self) -> None:
        """Restore them."""
        for name in ("ssl", "hsm"):
            scene.shutil_rmtree(self._folder / name, ignore_errors=True)
            if (self._kept / name).exists():
                shutil.copytree(self._kept / name, self._folder / name, symlinks=True)

    def everywhere(self, work, look) -> int:
        """Kill it, look, complete it, look again, and repeat it."""
        self.keep()

        def restarted() -> None:
            softhsm.restart()
            work()

        kills = 0
        for _kill in every_kill(restarted, begin=self.begin, others=self._changes):
            kills += 1
            look(done=False)
            restarted()
            look(done=True)
            before, ids = scene.tree(self.token.path), self.token.ids
            work()
            assert scene.tree(self.token.path) == before
            assert self.token.ids == ids
        return kills


@pytest.fixture
def kills(token, tmp_path) -> Killed:
    return Killed(token, tmp_path)


def uris(path) -> set[str]:
    """Return the ids that the files of a certificate name."""
    files = [*path.glob("pending/key.uri"), *path.glob("releases/*/key.uri")]
    return {file.read_text().partition("id=")[2].partition(";")[0].replace("%", "").lower() for file in files}


def test_killed_preparation_leaves_one_key_that_the_next_run_uses(token, path, kills) -> None:
    def look(*, done: bool) -> None:
        assert token.ids <= uris(path), "a key is in the token that no file names"
        if done:
            assert len(token.ids) == 1
            assert uris(path) == token.ids
            assert scene.info(path)["record"]["pending"]["key_made_at"]

    assert kills.everywhere(token.prepare, look) > 15


def test_killed_deployment_leaves_a_live_certificate_with_its_key(token, path, kills) -> None:
    former = token.deploy()
    for number in range(2):
        former = token.deploy({**RENEWAL, "idempotence_id": f"B{number}"})
    certificate = scene.certify(token.prepare(record={**RENEWAL, "idempotence_id": "C"})["csr"])
    both = {scene.serial(former), scene.serial(certificate)}

    def look(*, done: bool) -> None:
        live = scene.info(path)["live"]
        assert live["serial_number"] in both
        ids = token.ids
        assert live_id(path) in ids, "a certificate is live without its key"
        assert ids <= uris(path), "a key is in the token that no file names"
        if done:
            assert live["serial_number"] == scene.serial(certificate)
            assert uris(path) == ids
            assert len(ids) == 2
            assert not (path / "pending").exists()

    assert kills.everywhere(lambda: token.present(certificate, keep=2), look) > 40


def test_killed_removal_is_completed(token, path, kills) -> None:
    token.deploy()
    token.prepare(record=RENEWAL)

    def look(*, done: bool) -> None:
        assert token.ids <= uris(path)
        if done:
            assert not path.exists()

    assert kills.everywhere(lambda: scene.succeed(path, "absent", key=token.key), look) > 10


TRUE = dict.fromkeys(("local", "always_sensitive", "never_extractable"), True)


def test_record_has_what_the_token_says_of_itself_and_of_the_key(token, path) -> None:
    certificate = token.deploy()

    evidence = scene.info(path)["live"]["key_evidence"]

    assert evidence == {**evidence, "manufacturer": "SoftHSM project", "model": "SoftHSM v2", **TRUE}
    assert {"serial", "firmware"} < set(evidence)
    predicted = token.present(certificate, host=scene.Host(check_mode=True))  # It opens no token.
    assert predicted["live"]["key_evidence"] == evidence
    (path / "record.json").unlink()
    assert scene.info(path)["live"]["key_evidence"] is None
    token.present(certificate, record=ORDER)
    assert scene.info(path)["live"]["key_evidence"] == evidence


def test_record_says_of_the_pending_key_what_the_token_says(token, path) -> None:
    prepared = token.prepare()
    evidence = prepared["record"]["pending"]["key_evidence"]
    assert evidence == {**evidence, "model": "SoftHSM v2", **TRUE}
    assert token.prepare()["changed"] is False
    token.present(scene.certify(prepared["csr"]))
    assert scene.info(path)["live"]["key_evidence"] == evidence


def test_key_that_was_imported_into_the_token_is_shown_as_such(ukey, hsm, path, tmp_path) -> None:
    pem = tmp_path / "key.pem"
    hsm.run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(pem))
    public = hsm.run("openssl", "pkey", "-in", str(pem), "-pubout")
    hsm.tool(TOKEN, "--write-object", str(pem), "--type", "privkey", "--label", "imported", "--id", "46")
    pem.write_text(public)
    hsm.tool(TOKEN, "--write-object", str(pem), "--type", "pubkey", "--label", "imported", "--id", "46")
    softhsm.restart()
    ukey.public_key = load_pem_public_key(public.encode())

    scene.succeed(path, key=ukey.key, **ukey.certificate())

    evidence = scene.info(path)["live"]["key_evidence"]
    assert {name: evidence[name] for name in TRUE} == dict.fromkeys(TRUE, False)
