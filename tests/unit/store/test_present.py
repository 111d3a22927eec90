# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state ``present``."""

from __future__ import annotations

import json
import os
import pathlib
import random
import shutil
import subprocess
import typing as t

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import pkcs12 as own_pkcs12
from tests.helpers import openssl
from tests.unit.store import scene

# From cryptography 36 on, the name in a file can be read.
HAS_NAMES = hasattr(pkcs12, "load_pkcs12")
RECORD = {"name": "contracts", "operation": "order", "root_order_id": "ONE", "idempotence_id": "A"}


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "ssl" / "contracts"


class Ansible:
    """Replaces Ansible's file options: records calls, and reports differences."""

    def __init__(self, *, differs: bool = False) -> None:
        self.applied: list[tuple[str, bool]] = []
        self.differs = differs

    def __call__(self, path: pathlib.Path, *, private: bool) -> bool:
        self.applied.append((path.name, private))
        return self.differs


def test_key_certificate_and_chain_are_deployed_together(path) -> None:
    prepared = scene.prepare(path, record=RECORD)
    options = scene.certify(prepared["csr"])
    result = scene.succeed(path, **options, record={"order_id": "ONE"})
    serial = scene.serial(options)
    assert scene.live_serial(path) == serial
    assert os.readlink(path / "live") == f"releases/{serial}"
    assert result["changed"] is True
    assert result["live"]["serial_number"] == serial
    assert result["live"]["files"]["fullchain.pem"] == str(path / "live" / "fullchain.pem")
    live = result["record"]["live"]
    assert {name: live[name] for name in ("order_id", "idempotence_id", "root_order_id", "release")} == {
        "order_id": "ONE",
        "idempotence_id": "A",
        "root_order_id": "ONE",
        "release": serial,
    }
    assert result["record"]["pending"] is None
    assert result["previous"] is None
    assert not (path / "pending").exists()
    for file in (path / "live").iterdir():
        assert file.stat().st_mode & 0o777 == (0o644 if file.name in scene.PUBLIC_FILES else 0o600)


def test_openssl_accepts_the_live_files(path) -> None:
    scene.deploy_certificate(path)
    live = path / "live"
    command = ["openssl", "verify", "-attime", "1795521600", "-CAfile", live / "root.pem"]
    subprocess.run([*command, "-untrusted", live / "chain.pem", live / "cert.pem"], check=True, capture_output=True)


def test_the_same_certificate_again_is_no_change(path) -> None:
    options = scene.deploy_certificate(path)
    before = scene.tree(path)
    for same in (
        options,
        {**options, "chain": [], "certificate": "".join([*options["chain"], options["certificate"]])},
    ):
        result = scene.succeed(path, **same)
        assert result["changed"] is False
        assert "diff" not in result
    assert scene.tree(path) == before


def test_any_order_and_layout_of_the_texts_gives_the_same_files(path) -> None:
    prepared = scene.prepare(path)
    options = scene.certify(prepared["csr"])
    texts = [options["certificate"], *options["chain"], options["root"], scene.pem(scene.pki.root("X").certificate)]
    random.Random(7).shuffle(texts)
    layout = [text.replace("\n", "\r\n") for text in texts[:2]] + [text.replace("\n", " ") for text in texts[2:]]
    scene.succeed(path, certificate="".join(layout), root=options["root"])
    assert scene.live_serial(path) == scene.serial(options)
    again = scene.succeed(path, **options)
    assert again["changed"] is False


def test_certificate_for_another_key_is_written_to_no_file(path) -> None:
    scene.deploy_certificate(path)
    scene.prepare(path, record={"operation": "renew"})
    before = scene.tree(path)
    result = scene.call(path, **scene.options_of(scene.ISSUING.issue("Foreign")))
    assert result["error_code"] == "key_mismatch"
    assert str(path) in result["msg"]
    assert scene.tree(path) == before


def test_without_a_directory_there_is_no_key_and_none_is_made(path) -> None:
    result = scene.call(path, **scene.options_of(scene.ISSUING.issue("Foreign")))
    assert result["error_code"] == "key_mismatch"
    assert "0 usable keys" in result["msg"]
    assert not path.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"certificate": "junk"}, "bad_certificate"),
        ({"certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}, "bad_certificate"),
        ({"chain": ["junk"]}, "bad_certificate"),
        ({"root": "junk"}, "bad_certificate"),
        ({"chain": []}, "untrusted_chain"),
        ({"root": scene.pem(scene.pki.root("Root").certificate)}, "untrusted_chain"),
        ({"root": None}, "untrusted_chain"),
    ],
)
def test_invalid_chain_is_written_to_no_file(path, change, code) -> None:
    prepared = scene.prepare(path)
    before = scene.tree(path)
    result = scene.call(path, **{**scene.certify(prepared["csr"]), **change})
    assert result["error_code"] == code
    assert scene.tree(path) == before


@pytest.mark.parametrize("options", [{}, {"verification": "strict"}, {"verification": "compatible"}])
def test_leaf_that_is_a_ca_is_deployed_only_with_compatible_verification(path, options) -> None:
    prepared = scene.prepare(path)
    before = scene.tree(path)

    result = scene.call(path, **scene.certify(prepared["csr"], ca=True), **options)

    if options.get("verification") == "compatible":
        assert result["changed"]
        assert (path / "live" / "cert.pem").exists()
    else:
        assert result["error_code"] == "weak_certificate"
        assert scene.tree(path) == before


def test_certificate_outside_of_name_constraints_is_written_to_no_file(path, tmp_path) -> None:
    prepared = scene.prepare(path)
    before = scene.tree(path)
    germany = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "DE")]))
    constrained = scene.ROOT.issue("Issuing CA", ca=True, extensions=(x509.NameConstraints([germany], None),))
    leaf = constrained.issue("Signer", key=scene.Requester(prepared["csr"]))
    options = {**scene.options_of(leaf), "chain": [scene.pem(constrained.certificate)]}
    with pytest.raises(openssl.Refused, match="permitted subtree violation"):
        openssl.require_path(options["certificate"], options["chain"], options["root"], tmp_path, at=scene.pki.NOW)

    result = scene.call(path, **options)

    assert (result["error_code"], "name constraints" in result["msg"]) == ("weak_certificate", True)
    assert scene.tree(path) == before


def test_dates_are_not_checked_on_the_host(path) -> None:
    prepared = scene.prepare(path)
    options = scene.certify(prepared["csr"], days=(-400, -10))
    scene.succeed(path, **options)
    assert scene.live_serial(path) == scene.serial(options)


def test_certificate_of_an_old_release_is_deployed_with_its_own_key(path) -> None:
    first = scene.deploy_certificate(path, record={**RECORD, "order_id": "ONE"})
    scene.deploy_certificate(path, record={"operation": "renew", "order_id": "TWO"})
    waiting = scene.prepare(path, record={"operation": "reissue"})
    result = scene.succeed(path, **first)
    assert scene.live_serial(path) == scene.serial(first)
    assert result["record"]["live"]["order_id"] == "ONE"
    assert [one["order_id"] for one in result["record"]["superseded"]] == ["TWO"]
    assert scene.info(path)["pending"]["csr"] == waiting["csr"]


def test_live_certificate_again_keeps_a_pending_order(path) -> None:
    options = scene.deploy_certificate(path)
    scene.prepare(path, record={"operation": "renew"})
    before = scene.tree(path)
    assert scene.succeed(path, **options)["changed"] is False
    assert scene.tree(path) == before


def test_a_renewal_with_the_same_provided_key_is_not_ended_by_the_old_certificate(path) -> None:
    key = scene.pki.ecc()
    text = scene.pem_of_key(key)
    provided = {"storage": "provided", "content": text}
    prepared = scene.succeed(path, "prepared", key=provided, subject={"common_name": "S"}, record=RECORD)
    options = scene.certify(prepared["csr"])
    scene.succeed(path, key={"storage": "provided"}, **options)
    scene.succeed(
        path,
        "prepared",
        key=provided,
        subject={"common_name": "S"},
        record={"operation": "renew", "order_id": "TWO"},
    )
    result = scene.succeed(path, key={"storage": "provided"}, **options)
    assert result["record"]["pending"]["order_id"] == "TWO"
    newer = scene.certify(prepared["csr"])
    result = scene.succeed(path, key={"storage": "provided"}, **newer)
    assert result["record"]["live"]["order_id"] == "TWO"
    assert result["record"]["pending"] is None


def test_the_superseded_order_is_remembered(path) -> None:
    first = scene.deploy_certificate(path, record={**RECORD, "order_id": "ONE"})
    prepared = scene.prepare(path, record={"operation": "reissue", "order_id": "ONE", "superseded_order_id": "ONE"})
    options = scene.certify(prepared["csr"])
    record = scene.succeed(path, **options)["record"]
    assert record["live"]["order_id"] == "ONE"
    superseded = record["superseded"][0]
    assert superseded["serial_number"] == scene.serial(first)
    assert superseded["order_id"] == "ONE"
    assert superseded["operation"] == "reissue"
    assert superseded["not_after"] == "2027-11-24T12:00:00Z"


def test_rollback_is_possible_after_a_lost_record(path) -> None:
    first = scene.deploy_certificate(path, record={**RECORD, "order_id": "ONE"})
    (path / "record.json").unlink()
    prepared = scene.prepare(path, record={"operation": "reissue", "superseded_order_id": "ONE"})
    result = scene.succeed(path, **scene.certify(prepared["csr"]))
    assert result["previous"]["serial_number"] == scene.serial(first)
    # Nobody knows whose it was.
    assert result["record"]["superseded"][0]["order_id"] is None
    scene.succeed(path, "rolled_back")
    assert scene.live_serial(path) == scene.serial(first)


def test_damaged_live_release_is_fixed_by_the_same_call(path) -> None:
    options = scene.deploy_certificate(path)
    serial = scene.serial(options)
    release = path / "releases" / serial
    whole = scene.tree(release)
    for name in ("chain.pem", "cert.pem", "root.pem", "fullchain.pem"):
        (release / name).write_text("junk")
        result = scene.succeed(path, **options)
        assert result["changed"] is True
        assert scene.tree(release) == whole
    (release / "chain.pem").unlink()
    assert scene.succeed(path, **options)["changed"] is True
    assert scene.tree(release) == whole


def test_damaged_pending_key_is_named_if_no_key_matches(path) -> None:
    prepared = scene.prepare(path)
    options = scene.certify(prepared["csr"])
    (path / "pending" / "privkey.pem").write_text("junk")
    result = scene.call(path, **options)
    assert result["error_code"] == "invalid_key"
    assert str(path / "pending" / "privkey.pem") in result["msg"]


def test_lost_live_key_is_restored_only_from_a_matching_key(path) -> None:
    options = scene.deploy_certificate(path)
    key = path / "live" / "privkey.pem"
    backup = key.read_bytes()
    key.write_text(scene.pem_of_key(scene.pki.ecc()))
    assert scene.call(path, **options)["error_code"] == "key_mismatch"
    key.unlink()
    assert scene.call(path, **options)["error_code"] == "key_mismatch"
    (path / "pending").mkdir()
    (path / "pending" / "privkey.pem").write_bytes(backup)
    scene.succeed(path, **options)
    assert scene.live_serial(path) == scene.serial(options)


def test_another_certificate_with_the_same_serial_number_is_not_written_over(path) -> None:
    scene.deploy_certificate(path)
    live = int(scene.live_serial(path) or "0", 16)
    prepared = scene.prepare(path, record={"operation": "renew"})
    result = scene.call(path, **scene.certify(prepared["csr"], serial=live))
    assert result["error_code"] == "store_failed"
    assert "same serial number" in result["msg"]
    assert scene.info(path)["live"]["key_matches"] is True


def test_old_releases_are_pruned_but_never_the_live_one_or_the_one_before(path) -> None:
    serials = [
        scene.serial(scene.deploy_certificate(path, record={"idempotence_id": str(number)})) for number in range(1, 6)
    ]
    assert set(os.listdir(path / "releases")) == set(serials[-3:])
    scene.deploy_certificate(path, record={"idempotence_id": "6"}, keep=2)
    assert len(os.listdir(path / "releases")) == 2
    assert serials[-1] in os.listdir(path / "releases")


def test_release_with_files_of_others_is_not_pruned(path) -> None:
    first = scene.serial(scene.deploy_certificate(path))
    (path / "releases" / first / "notes.txt").write_text("mine")
    for number in range(2, 6):
        scene.deploy_certificate(path, record={"idempotence_id": str(number)}, keep=2)
    assert (path / "releases" / first / "notes.txt").read_text() == "mine"
    assert len(os.listdir(path / "releases")) == 3


def test_validate_gets_the_complete_release_before_it_is_live(path) -> None:
    prepared = scene.prepare(path)
    options = {**scene.certify(prepared["csr"]), "validate": "check --folder=%s '%s/cert.pem'"}
    host = scene.Host()
    scene.succeed(path, host=host, **options)
    release = path / "releases" / scene.serial(options)
    assert host.commands == [(["check", f"--folder={release}", f"{release}/cert.pem"], 300)]
    scene.succeed(path, host=host, **options)
    assert len(host.commands) == 1


def test_release_that_validate_refused_can_be_deployed_later(path) -> None:
    former = scene.deploy_certificate(path)
    prepared = scene.prepare(path, record={"operation": "renew"})
    options = {**scene.certify(prepared["csr"]), "validate": "check %s", "record": {"reload_pending": True}}
    result = scene.call(path, host=scene.Host(outcomes=[CommandResult(Message("failed"), "no such engine")]), **options)
    assert result["error_code"] == "validation_failed"
    assert "Its output ended with: no such engine" in result["msg"]
    assert scene.live_serial(path) == scene.serial(former)
    assert scene.info(path)["record"]["reload_pending"] is False
    assert scene.info(path)["pending"]["has_key"] is True
    scene.succeed(path, **options)
    assert scene.live_serial(path) == scene.serial(options)


def test_reload_is_pending_only_after_a_deployment(path) -> None:
    options = scene.deploy_certificate(path)
    owing = {**options, "record": {"reload_pending": True}}
    assert scene.succeed(path, **owing)["record"]["reload_pending"] is False
    prepared = scene.prepare(path, record={"operation": "renew"})
    newer = {**scene.certify(prepared["csr"]), "record": {"reload_pending": True}}
    assert scene.succeed(path, **newer)["record"]["reload_pending"] is True
    assert scene.succeed(path, **{**newer, "record": None})["record"]["reload_pending"] is True


def test_pkcs12_bundle_has_the_pair_and_is_written_only_if_needed(path) -> None:
    prepared = scene.prepare(path, record={"name": "contracts"})
    options = {**scene.certify(prepared["csr"]), "pkcs12": {"password": "correct horse"}}
    scene.succeed(path, **options)
    file = path / "live" / "bundle.p12"
    key, certificate, others = pkcs12.load_key_and_certificates(file.read_bytes(), b"correct horse")
    assert scene.spki(key) == scene.spki(certificate)
    assert [scene.pem(one) for one in others] == options["chain"]
    before = file.read_bytes()
    assert scene.succeed(path, **options)["changed"] is False
    assert file.read_bytes() == before
    changed = scene.succeed(path, **{**options, "pkcs12": {"password": "battery staple"}})
    assert changed["changed"] is True
    assert pkcs12.load_key_and_certificates(file.read_bytes(), b"battery staple")[0] is not None
    other = path.parent / "other"
    scene.deploy_certificate(other, pkcs12={"password": "battery staple"})
    shutil.copyfile(other / "live" / "bundle.p12", file)
    scene.succeed(path, **{**options, "pkcs12": {"password": "battery staple"}})
    assert pkcs12.load_key_and_certificates(file.read_bytes(), b"battery staple")[1] == certificate
    assert b"staple" not in (path / "record.json").read_bytes()
    assert "battery" not in json.dumps(changed)


def test_pkcs12_is_written_again_for_another_encryption_or_name(path) -> None:
    bundle = {"password": "correct horse"}
    options = scene.deploy_certificate(path, pkcs12=bundle)
    file = path / "live" / "bundle.p12"
    for changed, is_new in (({"encryption": "compatible2022"}, True), ({"friendly_name": "seal"}, HAS_NAMES)):
        bundle.update(changed)
        before = file.read_bytes()
        assert scene.succeed(path, **options)["changed"] is is_new
        assert (file.read_bytes() != before) is is_new
        assert scene.succeed(path, **options)["changed"] is False


def test_pkcs12_with_the_iterations_of_another_release_is_written_again_once(path, monkeypatch) -> None:
    with monkeypatch.context() as former:
        former.setattr(own_pkcs12, "ITERATIONS", 20_000)
        options = scene.deploy_certificate(path, pkcs12={"password": "correct horse"})
    file = path / "live" / "bundle.p12"
    before = file.read_bytes()
    assert scene.succeed(path, **options)["changed"] is True
    written = file.read_bytes()
    assert written != before
    assert scene.succeed(path, **options)["changed"] is False
    assert file.read_bytes() == written


def test_pkcs12_has_a_mode_and_an_owner_of_its_own(path) -> None:
    class Recorded(scene.Host):
        asked: t.ClassVar[list] = []

        def file_attributes(self, options, **private):
            self.asked.append((options["owner"], options["group"], private.get("private_mode")))
            return self.set_attributes

    prepared = scene.prepare(path)
    bundle = {"password": "correct horse", "group": "java", "mode": "0640"}
    scene.succeed(path, host=Recorded(), owner="root", **scene.certify(prepared["csr"]), pkcs12=bundle)
    assert Recorded.asked == [("root", None, None), ("root", "java", 0o640)]
    for mode in ("0644", "640", "416", "u=rw", "0601"):
        with pytest.raises(scene.WotrusError, match=r"pkcs12\.mode must be octal"):
            scene.call(path, **scene.certify(prepared["csr"]), pkcs12={**bundle, "mode": mode})


def test_combined_pem_has_certificate_chain_and_key(path) -> None:
    options = scene.deploy_certificate(path, combined_pem=True)
    live = path / "live"
    file = live / "combined.pem"
    assert file.read_bytes() == (live / "fullchain.pem").read_bytes() + (live / "privkey.pem").read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert scene.succeed(path, **options)["changed"] is False
    file.unlink()
    assert scene.info(path)["live"]["damaged"] == ["combined.pem"]
    assert scene.succeed(path, **options)["changed"] is True
    assert file.is_file()


def test_a_ukey_certificate_is_deployed_without_a_key(path) -> None:
    ukey = {"storage": "ukey"}
    password = scene.succeed(path, "prepared", key=ukey, record={**RECORD, "definition": {"key": ukey}})[
        "ukey_password"
    ]
    options = scene.options_of(scene.ISSUING.issue("On a UKey"))
    result = scene.succeed(path, **options)
    assert set(os.listdir(path / "live")) == scene.PUBLIC_FILES | {"ukey_password"}
    assert (path / "live" / "ukey_password").read_text() == password
    assert (path / "live" / "ukey_password").stat().st_mode & 0o777 == 0o600
    assert result["live"]["key_matches"] is True
    assert "ukey_password" not in result["record"]["live"]["files"]
    assert password not in json.dumps(result)
    assert scene.succeed(path, **options)["changed"] is False
    assert scene.info(path)["live"]["key_matches"] is True
    for wanted in ({"pkcs12": {"password": "x"}}, {"combined_pem": True}):
        assert scene.call(path, **options, **wanted)["error_code"] == "invalid_input"


def test_only_copy_of_a_key_is_kept_with_a_ukey_certificate(path) -> None:
    scene.prepare(path)
    keys = scene.keys_of(path)
    scene.succeed(path, **scene.options_of(scene.ISSUING.issue("On a UKey")), key={"storage": "ukey"})
    assert scene.keys_of(path) == keys


def test_check_mode_predicts_what_the_real_run_does(path) -> None:
    for number in (1, 2, 3):
        scene.deploy_certificate(path, record={"idempotence_id": str(number)})
    prepared = scene.prepare(path, record={"operation": "renew"})
    options = {**scene.certify(prepared["csr"]), "keep": 2, "record": {"order_id": "FOUR", "reload_pending": True}}
    before = scene.tree(path)
    predicted = scene.succeed(path, host=scene.Host(check_mode=True), validate="false %s", **options)
    assert scene.tree(path) == before
    real = scene.succeed(path, **options)
    assert scene.without_digests(predicted) == scene.without_digests(real)
    again = scene.succeed(path, host=scene.Host(check_mode=True), **options)
    assert again["changed"] is False


def test_diff_shows_the_live_certificate_and_no_secret(path) -> None:
    prepared = scene.prepare(path, record={**RECORD, "order_id": "ONE"})
    options = {**scene.certify(prepared["csr"]), "pkcs12": {"password": "correct horse"}}
    diff = scene.succeed(path, **options)["diff"][0]
    before, after = json.loads(diff["before"]), json.loads(diff["after"])
    assert before["live"] is None
    assert before["pending"]["order_id"] == "ONE"
    assert after["live"]["serial_number"] == scene.serial(options)
    assert after["live"]["not_after"] == "2027-11-24T12:00:00Z"
    assert set(after["live"]["files"]) == scene.PUBLIC_FILES | {"privkey.pem", "bundle.p12"}
    assert "PRIVATE" not in json.dumps(diff)
    assert "horse" not in json.dumps(diff)
    assert diff["after_header"] == str(path)


def test_file_options_are_applied_to_the_release_and_private_files_stay_private(path) -> None:
    prepared = scene.prepare(path)
    options = scene.certify(prepared["csr"])
    ansible = Ansible()
    scene.succeed(path, host=scene.Host(set_attributes=ansible), **options)
    expected = {(name, False) for name in scene.PUBLIC_FILES} | {("privkey.pem", True)}
    assert set(ansible.applied) == expected
    result = scene.succeed(path, host=scene.Host(set_attributes=Ansible(differs=True)), **options)
    assert result["changed"] is True
    checked = scene.succeed(path, host=scene.Host(set_attributes=Ansible(differs=True), check_mode=True), **options)
    assert checked["changed"] is True


def test_a_damaged_record_is_never_written_over(path) -> None:
    options = scene.deploy_certificate(path)
    for text, words in (
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"version": 2}', "Update the collection"),
        ("\udcff".encode("utf-8", "surrogateescape"), "not JSON"),
    ):
        data = text if isinstance(text, bytes) else text.encode()
        (path / "record.json").write_bytes(data)
        before = scene.tree(path)
        for state, given in (("present", options), ("prepared", {}), ("recorded", {"record": {"order_id": "X"}})):
            result = scene.call(path, state, **{"subject": {"common_name": "S"}, **given})
            assert result["error_code"] == "record_unreadable"
            assert words in result["msg"]
            assert str(path / "record.json") in result["msg"]
        assert scene.call(path, "absent")["error_code"] == "record_unreadable"
        assert scene.tree(path) == before


def test_links_and_special_files_are_not_followed(path, tmp_path) -> None:
    options = scene.deploy_certificate(path)
    elsewhere = tmp_path / "elsewhere"
    for name in ("releases", "live", "record.json"):
        shutil.copytree(path, elsewhere, symlinks=True)
        place = path / name
        target = elsewhere / name
        if name == "live":
            place.unlink()
            place.symlink_to(elsewhere)
        else:
            shutil.move(place, tmp_path / "moved")
            place.symlink_to(target)
        result = scene.call(path, **options)
        assert result["error_code"] == "unsafe_path", name
        shutil.rmtree(path)
        shutil.move(elsewhere, path)
        shutil.rmtree(tmp_path / "moved", ignore_errors=True)
        (tmp_path / "moved").unlink(missing_ok=True)
    link = tmp_path / "link"
    link.symlink_to(path)
    assert scene.call(link, **options)["error_code"] == "unsafe_path"
    (path / "pending").symlink_to(tmp_path)
    assert scene.call(path, "prepared", subject={"common_name": "S"})["error_code"] == "unsafe_path"


def test_a_directory_where_the_link_belongs_is_not_written_over(path) -> None:
    options = scene.deploy_certificate(path)
    (path / "live").unlink()
    (path / "live").mkdir()
    (path / "live" / "own.txt").write_text("somebody's own")
    before = scene.tree(path)
    result = scene.call(path, **options)
    assert (result["error_code"], "live" in result["msg"]) == ("unsafe_path", True)
    assert scene.tree(path) == before


@pytest.mark.parametrize("bad", ["relative/path", "/", "/etc/../etc/x", "/srv/a\nb"])
def test_unsafe_paths_are_refused(bad) -> None:
    result = scene.deploy(scene.params(path=bad, state="absent"), scene.Host())
    assert result["error_code"] == "unsafe_path"


def test_certificates_take_missing_options_from_the_module(tmp_path) -> None:
    shared = {"state": "prepared", "key": {"type": "ECC"}, "subject": {"common_name": "S"}}
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    items = [{"path": one}, {"path": two, "key": {"type": "ECC", "curve": "P-384"}}]
    result = scene.deploy(scene.params(deployments=items, **shared), scene.Host())
    assert [row["path"] for row in result["deployments"]] == [one, two]
    assert "csr" not in result
    assert [openssl.request(row["csr"]).key for row in result["deployments"]] == ["P-256", "P-384"]
    assert len(result["diff"]) == 2


def test_no_certificates_at_all_is_nothing_to_do() -> None:
    assert scene.deploy(scene.params(deployments=[]), scene.Host()) == {"changed": False, "deployments": []}


def test_failed_certificate_does_not_stop_others(tmp_path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "record.json").write_text("{")
    paths = [str(tmp_path / "one"), str(bad), str(tmp_path / "two")]
    shared = {"state": "prepared", "key": {"type": "ECC"}, "subject": {"common_name": "S"}}
    items = [{"path": path} for path in paths]
    result = scene.deploy(scene.params(deployments=items, **shared), scene.Host())
    assert result["failed"] is True
    assert result["changed"] is True
    assert result["error_code"] == "record_unreadable"
    assert str(bad) in result["msg"]
    assert [row.get("error_code") for row in result["deployments"]] == [None, "record_unreadable", None]
    assert (tmp_path / "two" / "pending" / "privkey.pem").exists()
    result = scene.deploy(scene.params(deployments=[{"path": str(bad)}, {"path": "x"}], **shared), scene.Host())
    assert result["msg"].startswith("2 of 2 certificates failed.")


def test_pending_order_after_a_lost_record_ends_if_it_is_live(path) -> None:
    options = scene.certify(scene.prepare(path, record=RECORD)["csr"])
    before = scene.succeed(path, **options, record={"order_id": "ONE"})["record"]
    (path / "record.json").unlink()
    scene.prepare(path, record=RECORD)
    unused = (path / "pending" / "privkey.pem").read_bytes()

    result = scene.succeed(path, **options, record={"order_id": "one"})

    # When the live key was made is lost with the record: the date in the request is of another key.
    assert result["record"]["live"] == {**before["live"], "order_id": "one", "key_made_at": None}
    assert result["record"]["pending"] is None
    # A key is never destroyed for a lost record: the next request uses it.
    assert (path / "pending" / "privkey.pem").read_bytes() == unused
    assert scene.succeed(path, **options, record={"order_id": "one"})["changed"] is False


def test_pending_order_after_a_lost_record_ends_if_it_is_issued_anew_for_the_live_key(path) -> None:
    csr = scene.prepare(path, record=RECORD)["csr"]
    scene.succeed(path, **scene.certify(csr), record={"order_id": "ONE"})
    (path / "record.json").unlink()
    scene.prepare(path, record={**RECORD, "order_id": "ONE"})

    result = scene.succeed(path, **scene.certify(csr), record={"order_id": "ONE"})

    assert result["record"]["live"]["order_id"] == "ONE"
    assert result["record"]["pending"] is None


def test_pending_order_after_a_lost_record_is_kept_if_another_one_is_live(path) -> None:
    options = scene.certify(scene.prepare(path, record=RECORD)["csr"])
    scene.succeed(path, **options, record={"order_id": "ONE"})
    (path / "record.json").unlink()
    renewal = scene.prepare(path, record={**RECORD, "idempotence_id": "B", "order_id": "TWO"})

    result = scene.succeed(path, **options, record={"order_id": "ONE"})

    assert result["record"]["pending"]["order_id"] == "TWO"
    assert scene.info(path)["pending"]["csr"] == renewal["csr"]
