# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A killed run leaves the old or the new state.

The same call completes it.
"""

from __future__ import annotations

import json
import pathlib
import shutil

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from tests.unit.store import scene
from tests.unit.store.killing import every_kill

DEFINITION = {"product": "pdf_signing", "common_name": "Signer", "key": {"type": "ECC", "curve": "P-256"}}
ORDER = {"name": "contracts", "operation": "order", "idempotence_id": "A", "definition": DEFINITION}
RENEWAL = {**ORDER, "operation": "renew", "idempotence_id": "B", "superseded_order_id": "ONE"}


class Stage:
    """A directory that is restored to a saved state."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path / "ssl" / "contracts"
        self._kept = path / "kept"

    def keep(self) -> None:
        """Remember how it looks now."""
        shutil.rmtree(self._kept, ignore_errors=True)
        if self.path.exists():
            shutil.copytree(self.path, self._kept, symlinks=True)

    def begin(self) -> None:
        """Put it up as it was."""
        shutil.rmtree(self.path.parent, ignore_errors=True)
        if self._kept.exists():
            shutil.copytree(self._kept, self.path, symlinks=True)


@pytest.fixture
def stage(tmp_path: pathlib.Path) -> Stage:
    return Stage(tmp_path)


def record_of(path: pathlib.Path):
    return json.loads((path / "record.json").read_text())


def assert_tidy(path: pathlib.Path) -> None:
    stale_files = [file for file in path.rglob("*") if file.name.startswith(".wotrus-")]
    assert stale_files == []


def kill_everywhere(stage: Stage, work, look) -> int:
    """Kill work at every change, and check before and after completion."""
    kills = 0
    for _kill in every_kill(work, begin=stage.begin):
        kills += 1
        look(done=False)
        work()
        look(done=True)
        assert_tidy(stage.path)
        unchanged = scene.tree(stage.path)
        work()
        assert scene.tree(stage.path) == unchanged
    return kills


def test_replacing_a_refused_key(stage) -> None:
    first = scene.prepare(stage.path, record=ORDER)
    (refused,) = scene.keys_of(stage.path)
    stage.keep()
    key = {"type": "ECC", "refused_sha256": first["public_key_sha256"]}

    def work() -> None:
        scene.prepare(stage.path, record=ORDER, key=key)

    def look(*, done: bool) -> None:
        assert refused in scene.keys_of(stage.path)
        if done:
            csr = (stage.path / "pending" / "request.csr").read_text()
            assert {scene.spki(scene.Requester(csr))} == scene.keys_of(stage.path / "pending")
            assert scene.keys_of(stage.path / "refused") == {refused}

    assert kill_everywhere(stage, work, look) > 15


def test_preparing_a_first_key(stage) -> None:
    seen: set[bytes] = set()

    def work() -> None:
        scene.prepare(stage.path, record=ORDER)

    def look(*, done: bool) -> None:
        assert scene.live_serial(stage.path) is None
        keys = scene.keys_of(stage.path)
        assert len(keys) <= 1
        if not done:
            seen.clear()
            seen.update(keys)
            # Nothing may be asked of the CA before the record says so: the key never comes before it.
            assert not keys or (stage.path / "record.json").exists()
            return
        assert not seen or keys == seen, "a key that was pending was replaced"
        csr = (stage.path / "pending" / "request.csr").read_text()
        assert {scene.spki(scene.Requester(csr))} == keys
        assert record_of(stage.path)["pending"]["idempotence_id"] == "A"

    assert kill_everywhere(stage, work, look) > 15


def test_preparing_a_renewal_does_not_change_the_live_pair(stage) -> None:
    first = scene.deploy_certificate(stage.path, record=ORDER)
    stage.keep()
    live = scene.keys_of(stage.path)

    def work() -> None:
        scene.prepare(stage.path, record=RENEWAL)

    def look(*, done: bool) -> None:
        assert scene.live_serial(stage.path) == scene.serial(first)
        assert live <= scene.keys_of(stage.path)
        if done:
            assert len(scene.keys_of(stage.path)) == 2
            assert record_of(stage.path)["live"]["serial_number"] == scene.serial(first)
            assert record_of(stage.path)["pending"]["operation"] == "renew"

    assert kill_everywhere(stage, work, look) > 15


def test_first_certificate_is_deployed(stage) -> None:
    prepared = scene.prepare(stage.path, record=ORDER)
    stage.keep()
    key = scene.keys_of(stage.path)
    options = {**scene.certify(prepared["csr"]), "record": {"order_id": "ONE", "reload_pending": True}}

    def work() -> None:
        scene.succeed(stage.path, **options)

    def look(*, done: bool) -> None:
        assert scene.keys_of(stage.path) == key
        scene.check_releases(stage.path)
        serial = scene.live_serial(stage.path)
        record = record_of(stage.path)
        assert serial in (None, scene.serial(options))
        assert serial is None or record["reload_pending"], "live, and no reload is pending"
        if not done:
            return
        assert serial == scene.serial(options)
        assert not (stage.path / "pending").exists()
        assert record["pending"] is None
        assert record["live"]["order_id"] == "ONE"
        assert record["live"]["idempotence_id"] == "A"
        assert scene.info(stage.path)["live"]["key_matches"] is True

    assert kill_everywhere(stage, work, look) > 40


def test_renewal_is_deployed_and_an_old_release_is_pruned(stage) -> None:
    scene.deploy_certificate(stage.path, record=ORDER)
    former = scene.deploy_certificate(stage.path, record=RENEWAL)
    prepared = scene.prepare(stage.path, record={**RENEWAL, "idempotence_id": "C"})
    stage.keep()
    key = scene.spki(scene.Requester(prepared["csr"]))
    options = {**scene.certify(prepared["csr"]), "keep": 2, "record": {"order_id": "THREE"}}
    both = {scene.serial(former), scene.serial(options)}

    def work() -> None:
        scene.succeed(stage.path, **options)

    def look(*, done: bool) -> None:
        assert scene.live_serial(stage.path) in both
        assert key in scene.keys_of(stage.path)
        scene.check_releases(stage.path)
        assert both - {scene.serial(options)} <= {release.name for release in (stage.path / "releases").iterdir()}
        record = record_of(stage.path)
        stale = record["pending"] is None and (stage.path / "pending").exists()
        assert record["reload_pending"] or not stale, "the next run has nothing to do, and keeps stale files"
        if done:
            assert scene.live_serial(stage.path) == scene.serial(options)
            assert {release.name for release in (stage.path / "releases").iterdir()} == both
            assert record["superseded"][-1]["serial_number"] == scene.serial(former)
            assert record["superseded"][-1]["operation"] == "renew"

    assert kill_everywhere(stage, work, look) > 45


def test_a_changed_chain_and_a_new_bundle_reach_the_live_release(stage) -> None:
    options = scene.deploy_certificate(stage.path, record=ORDER)
    stage.keep()
    new_root = scene.pki.root("New Root")
    cross = new_root.issue("Root", key=scene.ROOT.key, ca=True)
    changed = {
        **options,
        "chain": [*options["chain"], scene.pem(cross.certificate)],
        "root": scene.pem(new_root.certificate),
        "pkcs12": {"password": "correct horse", "encryption": "compatible2022"},
    }

    def work() -> None:
        scene.succeed(stage.path, **changed)

    def look(*, done: bool) -> None:
        # Single files are replaced, so the chain may be half changed; the pair is always one.
        live = stage.path / "live"
        certificate = scene.x509.load_pem_x509_certificate((live / "cert.pem").read_bytes())
        assert {scene.spki(certificate)} == scene.keys_of(stage.path)
        if done:
            assert scene.live_serial(stage.path) == scene.serial(options)
            assert len(scene.pki.certificates_of((live / "chain.pem").read_text())) == 2
            assert (live / "bundle.p12").stat().st_mode & 0o777 == 0o600

    assert kill_everywhere(stage, work, look) > 10


def test_rolling_back(stage) -> None:
    first = scene.deploy_certificate(stage.path, record={**ORDER, "order_id": "ONE"})
    second = scene.deploy_certificate(stage.path, record={**RENEWAL, "order_id": "TWO"})
    stage.keep()
    keys = scene.keys_of(stage.path)

    def work() -> None:
        scene.succeed(stage.path, "rolled_back", record={"reload_pending": True})

    def look(*, done: bool) -> None:
        serial = scene.live_serial(stage.path)
        assert serial in (scene.serial(first), scene.serial(second))
        assert scene.keys_of(stage.path) == keys
        assert serial == scene.serial(second) or record_of(stage.path)["reload_pending"]
        if done:
            record = record_of(stage.path)
            assert serial == scene.serial(first)
            assert record["live"]["order_id"] == "ONE"
            assert [one["order_id"] for one in record["superseded"]] == ["TWO"]

    assert kill_everywhere(stage, work, look) > 5


def test_removing_everything(stage) -> None:
    scene.deploy_certificate(stage.path, record=ORDER)
    scene.prepare(stage.path, record=RENEWAL)
    stage.keep()

    def work() -> None:
        scene.succeed(stage.path, "absent")

    def look(*, done: bool) -> None:
        if stage.path.exists():
            scene.live_serial(stage.path)
        if done:
            assert not stage.path.exists()

    assert kill_everywhere(stage, work, look) > 10


def test_a_ukey_password_and_its_certificate(stage) -> None:
    record = {**ORDER, "definition": {"product": "pdf_signing", "key": {"storage": "ukey"}}}
    passwords: set[str] = set()

    def prepare() -> None:
        scene.succeed(stage.path, "prepared", key={"storage": "ukey"}, record=record)

    def look(*, done: bool) -> None:
        file = stage.path / "pending" / "ukey_password"
        if not done:
            passwords.clear()
        if file.exists():
            assert file.stat().st_mode & 0o777 == 0o600
            passwords.add(file.read_text())
        assert len(passwords) <= 1, "a password that was pending was replaced"
        assert len(passwords) == 1 or not done

    assert kill_everywhere(stage, prepare, look) > 10

    stage.begin()
    prepare()
    password = (stage.path / "pending" / "ukey_password").read_text()
    stage.keep()
    options = {**scene.options_of(scene.ISSUING.issue("On a UKey")), "key": {"storage": "ukey"}}

    def install() -> None:
        scene.succeed(stage.path, **options)

    def look_again(*, done: bool) -> None:
        assert scene.live_serial(stage.path) in (None, scene.serial(options))
        found = [file.read_text() for file in stage.path.glob("*/**/ukey_password") if ".wotrus-" not in str(file)]
        assert set(found) == {password}
        if done:
            assert (stage.path / "live" / "ukey_password").read_text() == password
            assert not (stage.path / "live" / "privkey.pem").exists()
            assert not (stage.path / "pending").exists()

    assert kill_everywhere(stage, install, look_again) > 30


def test_writing_the_record_alone(stage) -> None:
    scene.prepare(stage.path, record=ORDER)
    stage.keep()

    def work() -> None:
        scene.succeed(stage.path, "recorded", record={"order_id": "ONE"})

    def look(*, done: bool) -> None:
        order_id = record_of(stage.path)["pending"]["order_id"]
        assert order_id == "ONE" if done else order_id in (None, "ONE")

    assert kill_everywhere(stage, work, look) > 5


def test_stale_pending_files_are_removed_with_the_pending_reload(stage) -> None:
    scene.prepare(stage.path, record=ORDER)
    csr = (stage.path / "pending" / "request.csr").read_text()
    options = scene.certify(csr)
    killed_with_a_copy = 0
    stage.keep()

    for _kill in every_kill(
        lambda: scene.succeed(stage.path, record={"reload_pending": True}, **options), begin=stage.begin
    ):
        if record_of(stage.path)["pending"] is None:
            killed_with_a_copy += (stage.path / "pending").exists()
            # The role plans nothing for it any more, but to tell the services.
            scene.succeed(stage.path, "recorded", record={"reload_pending": False})
            assert not (stage.path / "pending").exists()

    assert killed_with_a_copy > 3
    assert scene.live_serial(stage.path) == scene.serial(options)


def test_removing_a_copy_from_pending(stage) -> None:
    scene.deploy_certificate(stage.path, record=ORDER)
    (stage.path / "record.json").write_text(
        json.dumps({**record_of(stage.path), "reload_pending": True}), encoding="utf-8"
    )
    (stage.path / "pending").mkdir(mode=0o700)
    shutil.copy2(stage.path / "live" / "privkey.pem", stage.path / "pending" / "privkey.pem")
    stage.keep()

    def work() -> None:
        scene.succeed(stage.path, "recorded", record={"reload_pending": False})

    def look(*, done: bool) -> None:
        left = (stage.path / "pending").exists()
        assert record_of(stage.path)["reload_pending"] or not left, "the next run does nothing, and leaves the copy"
        assert not (done and left)

    assert kill_everywhere(stage, work, look) > 5


def test_only_copy_of_a_key_stays_in_pending(stage) -> None:
    scene.deploy_certificate(stage.path, record=ORDER)
    scene.prepare(stage.path, record=RENEWAL)
    (stage.path / "record.json").write_text(
        json.dumps({**record_of(stage.path), "pending": None, "reload_pending": True}), encoding="utf-8"
    )
    key = (stage.path / "pending" / "privkey.pem").read_bytes()

    scene.succeed(stage.path, "recorded", record={"reload_pending": False})

    assert (stage.path / "pending" / "privkey.pem").read_bytes() == key


class Service:
    """Reads the live certificate at each reload, into a file.

    The file is kept after a kill.
    """

    def __init__(self, stage: Stage, *, refuses: str | None = None) -> None:
        self._stage = stage
        self._file = stage.path.parent / "served"
        self._refuses = refuses

    def reload(self) -> CommandResult:
        serial = scene.live_serial(self._stage.path)
        if serial == self._refuses:
            return CommandResult(Message("failed with exit status {status}", status=1))
        self._file.write_text(serial or "")
        return CommandResult()

    def host(self) -> scene.Host:
        return scene.Host(outcomes=[self.reload] * 2)

    @property
    def serves(self) -> str | None:
        return self._file.read_text() if self._file.exists() else None


def renewed(stage: Stage):
    """Set the stage for a renewal that is about to be deployed."""
    former = scene.deploy_certificate(stage.path, record={**ORDER, "order_id": "ONE"})
    options = scene.certify(scene.prepare(stage.path, record={**RENEWAL, "order_id": "TWO"})["csr"])
    stage.keep()
    return former, {**options, "reload_command": "reload"}


def test_a_new_certificate_is_served_or_its_reload_is_pending(stage) -> None:
    former, options = renewed(stage)
    service = Service(stage)

    def work() -> None:
        scene.succeed(stage.path, host=service.host(), **options)

    def look(*, done: bool) -> None:
        serial = scene.live_serial(stage.path)
        assert serial in (scene.serial(former), scene.serial(options))
        if serial == scene.serial(options):
            assert service.serves == serial or record_of(stage.path)["reload_pending"], "nobody will reload it"
        if done:
            assert service.serves == serial == scene.serial(options)
            assert record_of(stage.path)["reload_pending"] is False

    assert kill_everywhere(stage, work, look) > 50


def test_a_certificate_that_a_service_refuses(stage) -> None:
    former, options = renewed(stage)
    service = Service(stage, refuses=scene.serial(options))
    keys = scene.keys_of(stage.path)
    ends = set()

    def work() -> None:
        result = scene.call(stage.path, host=service.host(), **options)
        assert result["error_code"] == "reload_failed"

    def look(*, done: bool) -> None:
        serial, record = scene.live_serial(stage.path), record_of(stage.path)
        scene.check_releases(stage.path)
        assert keys <= scene.keys_of(stage.path)
        assert serial == scene.serial(former) or record["reload_pending"], "nobody will reload it"
        if done and serial == scene.serial(former):
            assert service.serves == serial
            assert record["live"]["order_id"] == "ONE"
            assert [one["order_id"] for one in record["superseded"]] == ["TWO"]
            assert record["reload_pending"] is False
        if done:
            # A run that finds the new release live has switched nothing that it could go back from.
            ends.add(serial)

    assert kill_everywhere(stage, work, look) > 60
    assert ends == {scene.serial(former), scene.serial(options)}


def test_pending_reload_is_done_later(stage) -> None:
    _former, options = renewed(stage)
    scene.succeed(stage.path, **{**options, "reload_command": None, "record": {"reload_pending": True}})
    stage.keep()
    service = Service(stage)

    def work() -> None:
        scene.succeed(stage.path, "recorded", host=service.host(), reload_command="reload")

    def look(*, done: bool) -> None:
        assert service.serves == scene.serial(options) or record_of(stage.path)["reload_pending"]
        assert not (done and record_of(stage.path)["reload_pending"])

    assert kill_everywhere(stage, work, look) > 5


def test_importing_a_first_key(stage, tmp_path) -> None:
    key = scene.pki.ecc()
    file = tmp_path / "old.pem"
    file.write_text(scene.pem_of_key(key))

    def work() -> None:
        scene.prepare(stage.path, record=ORDER, key={"import_from": str(file)})

    def look(*, done: bool) -> None:
        assert file.read_text() == scene.pem_of_key(key)
        keys = scene.keys_of(stage.path)
        assert keys <= {scene.spki(key)}
        assert not keys or (stage.path / "record.json").exists()
        if done:
            assert keys == {scene.spki(key)}
            assert record_of(stage.path)["pending"]["key_made_at"] is None

    assert kill_everywhere(stage, work, look) > 15
