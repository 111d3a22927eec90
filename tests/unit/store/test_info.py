# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_deployment_info``."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import subprocess
import sys

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.info import deployments_info
from ansible_collections.wotrus.pki.plugins.module_utils._store import lock
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import library
from tests.unit.store import scene

RECORD = {"name": "contracts", "operation": "order"}


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "ssl" / "contracts"


def slow(path: pathlib.Path):
    """Read the same without the record's word for it."""
    record = (path / "record.json").read_text()
    data = json.loads(record)
    data["live"]["files"] = {}
    (path / "record.json").write_text(json.dumps(data))
    row = scene.info(path)
    (path / "record.json").write_text(record)
    return row


def test_an_empty_disk_is_no_failure(path) -> None:
    nothing = {
        "record": None,
        "live": None,
        "pending": None,
        "state_digest": scene.EMPTY_STATE,
        "encryption_keys": [],
        "releases": [],
    }
    assert scene.info(path) == {"path": str(path), **nothing}


def test_a_pending_request(path) -> None:
    prepared = scene.prepare(path, record=RECORD)
    row = scene.info(path)
    assert row["live"] is None
    assert row["pending"] == {
        "csr": prepared["csr"],
        "public_key_sha256": prepared["public_key_sha256"],
        "has_key": True,
        "has_ukey_password": False,
    }
    assert row["record"] == prepared["record"]


@pytest.mark.parametrize("around", ["{}", "{} root:$6$secret", "root:$6$secret\n{}"])
def test_other_content_of_the_csr_file_is_not_shown(path, tmp_path, around) -> None:
    request = scene.prepare(path, record=RECORD)["csr"]
    foreign = tmp_path / "shadow"
    foreign.write_text(around.format("root:$6$secret" if around == "{}" else request))
    (path / "pending" / "request.csr").unlink()
    os.link(foreign, path / "pending" / "request.csr")
    assert scene.info(path)["pending"]["csr"] is None
    # The key is the same, and a request for it is made again.
    assert scene.prepare(path)["public_key_sha256"] == scene.info(path)["pending"]["public_key_sha256"]


def test_pending_ukey_password_is_not_shown(path) -> None:
    password = scene.succeed(path, "prepared", key={"storage": "ukey"})["ukey_password"]
    row = scene.info(path)
    assert row["pending"]["has_ukey_password"] is True
    assert password not in json.dumps(row)


def test_record_and_files_give_the_same_facts(path) -> None:
    options = scene.deploy_certificate(path, record=RECORD)
    row = scene.info(path)
    assert row["live"] == slow(path)["live"]
    assert row["live"]["serial_number"] == scene.serial(options)
    assert row["live"]["key_matches"] is True
    assert row["pending"] is None


def test_missing_wrong_or_damaged_live_key_does_not_match(path) -> None:
    scene.deploy_certificate(path, record=RECORD)
    key = path / "live" / "privkey.pem"
    for content in (scene.prepare(path.parent / "other"), "junk", None):
        if isinstance(content, dict):
            key.write_bytes((path.parent / "other" / "pending" / "privkey.pem").read_bytes())
        elif content is None:
            key.unlink()
        else:
            key.write_text(content)
        assert scene.info(path)["live"]["key_matches"] is False


def test_certificate_that_a_person_replaced_is_detected(path) -> None:
    scene.deploy_certificate(path, record=RECORD)
    foreign = scene.options_of(scene.ISSUING.issue("Foreign"))
    (path / "live" / "cert.pem").write_text(foreign["certificate"])
    live = scene.info(path)["live"]
    assert live["serial_number"] == scene.serial(foreign)
    assert live["key_matches"] is False


def test_without_a_record_the_files_are_read(path) -> None:
    options = scene.deploy_certificate(path)
    (path / "record.json").unlink()
    scene.prepare(path)
    (path / "record.json").unlink()
    row = scene.info(path)
    assert row["live"]["serial_number"] == scene.serial(options)
    assert row["live"]["key_matches"] is True
    assert row["record"] is None
    assert row["pending"]["public_key_sha256"] is not None


def test_a_release_that_is_gone_is_not_live(path) -> None:
    options = scene.deploy_certificate(path)
    scene.shutil_rmtree(path / "releases" / scene.serial(options))
    row = scene.info(path)
    assert row["live"] is None
    assert row["record"]["live"]["serial_number"] == scene.serial(options)
    assert "error_code" not in row


@pytest.mark.parametrize("name", ["cert.pem", "chain.pem", "fullchain.pem", "root.pem", "bundle.p12"])
def test_missing_or_changed_file_is_damage(path, name) -> None:
    scene.deploy_certificate(path, record=RECORD, pkcs12={"password": "for the bundle"})
    whole = scene.info(path)["live"]
    assert whole["damaged"] == []

    (path / "live" / name).write_text("junk")
    assert scene.info(path)["live"] == {**whole, "damaged": [name]}

    (path / "live" / name).unlink()
    files = {file: place for file, place in whole["files"].items() if file != name}
    assert scene.info(path)["live"] == {**whole, "damaged": [name], "files": files}


def test_missing_key_is_not_reported_as_damage(path) -> None:
    scene.deploy_certificate(path, record=RECORD)
    (path / "live" / "privkey.pem").unlink()
    _write_junk(path)
    live = scene.info(path)["live"]
    assert (live["key_matches"], live["damaged"]) == (False, ["cert.pem"])


def test_damaged_files_are_restored_with_the_same_key(path) -> None:
    options = scene.deploy_certificate(path, record=RECORD)
    before = scene.tree(path)
    for name in ("cert.pem", "chain.pem"):
        (path / "live" / name).unlink()
    result = scene.succeed(path, **options)
    assert result["changed"] is True
    assert result["live"]["damaged"] == []
    assert scene.tree(path) == before


def _write_junk(path) -> None:
    (path / "live" / "cert.pem").write_text("junk")


def test_damaged_certificate_without_a_record_is_live_and_of_nobody(path) -> None:
    scene.deploy_certificate(path, record=RECORD)
    for damage in (_write_junk, lambda path: (path / "live" / "cert.pem").unlink()):
        (path / "record.json").unlink(missing_ok=True)
        damage(path)
        (row,) = deployments_info({"paths": [str(path)]})["deployments"]
        assert (row["live"]["damaged"], row["live"]["not_after"], row["record"]) == (["cert.pem"], None, None)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda path: (path / "record.json").write_text("{"), "record_unreadable"),
        (lambda path: ((path / "live").unlink(), (path / "live").symlink_to("/etc")), "unsafe_path"),
        (lambda path: ((path / "record.json").unlink(), (path / "record.json").mkdir()), "unsafe_path"),
    ],
)
def test_damage_is_a_row_beside_others(path, damage, code) -> None:
    options = scene.deploy_certificate(path, record=RECORD)
    damage(path)
    other = path.parent / "other"
    scene.deploy_certificate(other)
    rows = deployments_info({"paths": [str(path), "relative", str(other)]})["deployments"]
    assert [row.get("error_code") for row in rows] == [code, "unsafe_path", None]
    assert rows[0]["msg"]
    if code == "record_unreadable":
        assert rows[0]["live"]["serial_number"] == scene.serial(options)


def test_no_library_is_imported_if_the_record_is_complete(path) -> None:
    scene.deploy_certificate(path, record=RECORD)
    scene.prepare(path, record={"operation": "renew"})
    (path / "live" / "chain.pem").unlink()
    program = (
        "import json, sys\n"
        "from ansible_collections.wotrus.pki.plugins.module_utils._deployment.info import deployments_info\n"
        "row = deployments_info({'paths': [sys.argv[1]]})['deployments'][0]\n"
        "print(json.dumps([row['live']['key_matches'], row['pending']['has_key']]))\n"
        "print(json.dumps([one for one in sys.modules if one.endswith('cryptography')]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program, str(path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    assert [json.loads(line) for line in output.splitlines()] == [[True, True], []]


def test_missing_library_is_reported_only_if_it_is_needed(path, monkeypatch) -> None:
    scene.deploy_certificate(path, record=RECORD)
    monkeypatch.setattr(library, "_PROBLEM", "No module named 'cryptography'")
    assert "error_code" not in scene.info(path)
    (path / "record.json").unlink()
    assert scene.info(path)["error_code"] == "missing_library"


def test_user_who_may_not_read_the_key_gets_all_other_facts(path, monkeypatch) -> None:
    options = scene.deploy_certificate(path, record=RECORD)
    real = os.open

    def deny(name, *arguments, **others):
        if str(name).endswith("privkey.pem"):
            raise PermissionError(13, "Permission denied", str(name))
        return real(name, *arguments, **others)

    monkeypatch.setattr(os, "open", deny)
    live = scene.info(path)["live"]
    assert live["serial_number"] == scene.serial(options)
    assert live["key_matches"] is None
    assert slow(path)["live"]["key_matches"] is None


def test_invalid_file_name_is_a_row_with_an_error(tmp_path: pathlib.Path) -> None:
    place = tmp_path / ("a" * 300)

    assert scene.info(place)["error_code"] == "store_failed"
    failed = scene.call(place, "absent")
    assert (failed["failed"], failed["error_code"]) == (True, "store_failed")
    assert str(place) in failed["msg"]


def test_reading_waits_while_an_execution_changes_the_directory(path, monkeypatch) -> None:
    scene.prepare(path, record=RECORD)
    descriptors = [os.open(path / ".lock", os.O_RDWR)]
    fcntl.flock(descriptors[0], fcntl.LOCK_EX)
    changed = json.loads((path / "record.json").read_text())
    changed["name"] = "invoices"

    def end_execution(_seconds: float) -> None:
        (path / "record.json").write_text(json.dumps(changed))
        os.close(descriptors.pop())

    monkeypatch.setattr(lock.time, "sleep", end_execution)

    assert scene.info(path)["record"]["name"] == "invoices"
    assert descriptors == []


def test_directory_that_stays_locked_is_an_error(path, monkeypatch) -> None:
    scene.prepare(path, record=RECORD)
    now = [0.0]
    monkeypatch.setattr(lock.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(lock.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    with (path / ".lock").open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        row = scene.info(path)

    assert row["error_code"] == "store_locked"
    assert row["live"] is row["pending"] is row["record"] is None


def test_several_locked_directories_share_one_waiting_time(tmp_path, monkeypatch) -> None:
    paths = [tmp_path / "ssl" / name for name in ("contracts", "invoices", "offers")]
    for path in paths:
        scene.prepare(path, record=RECORD)
    now = [0.0]
    monkeypatch.setattr(lock.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(lock.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    with contextlib.ExitStack() as held:
        for path in paths[:2]:
            fcntl.flock(held.enter_context((path / ".lock").open("r+")), fcntl.LOCK_EX)

        rows = deployments_info({"paths": [str(path) for path in paths]})["deployments"]

    assert [row.get("error_code") for row in rows] == ["store_locked", "store_locked", None]
    assert 30 <= now[0] < 31


@pytest.mark.parametrize("what", ["removed", "replaced"])
def test_reading_notices_that_the_lock_was_removed_while_it_waited(path, tmp_path, monkeypatch, what) -> None:
    """Another run removes the directory between opening and locking."""
    scene.prepare(path, record=RECORD)
    real, waited = fcntl.flock, []

    def flock(descriptor: int, operation: int) -> None:
        if not (tmp_path / "away").exists():
            path.rename(tmp_path / "away")
            if what == "replaced":
                scene.prepare(path, record={**RECORD, "name": "invoices"})
                new = os.open(path / ".lock", os.O_RDWR)
                real(new, fcntl.LOCK_EX)
                monkeypatch.setattr(lock.time, "sleep", lambda _seconds: waited.append(os.close(new)))
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    row = scene.info(path)

    assert "error_code" not in row
    assert (row["record"] or {}).get("name") == {"removed": None, "replaced": "invoices"}[what]
    assert len(waited) == {"removed": 0, "replaced": 1}[what]


def test_readers_do_not_wait_for_each_other(path, monkeypatch) -> None:
    scene.prepare(path, record=RECORD)
    monkeypatch.setattr(lock.time, "sleep", lambda _seconds: pytest.fail("it waits"))
    with (path / ".lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)

        assert scene.info(path)["record"]["name"] == "contracts"


@pytest.mark.parametrize("kind", ["missing", "link", "fifo"])
def test_lock_that_cannot_be_used_is_no_failure(path, tmp_path, kind) -> None:
    scene.prepare(path, record=RECORD)
    (path / ".lock").unlink()
    if kind == "link":
        (path / ".lock").symlink_to(tmp_path / "elsewhere")
    if kind == "fifo":
        os.mkfifo(path / ".lock")

    assert scene.info(path)["record"]["name"] == "contracts"


# ---- the end of the path, and keys that decrypt


def test_end_of_the_path_is_the_same_from_the_record_and_from_the_files(path) -> None:
    early = scene.ROOT.issue("Issuing CA", key=scene.ISSUING.key, ca=True, days=(-10, 60))
    prepared = scene.prepare(path, record=RECORD)
    scene.succeed(path, **{**scene.certify(prepared["csr"]), "chain": [scene.pem(early.certificate)]})

    row = scene.info(path)
    assert (row["live"]["not_after"], row["live"]["path_not_after"]) == ("2027-11-24T12:00:00Z", "2027-01-23T12:00:00Z")
    assert slow(path)["live"]["path_not_after"] == "2027-01-23T12:00:00Z"
    (path / "record.json").unlink()
    assert scene.info(path)["live"]["path_not_after"] == "2027-01-23T12:00:00Z"
    (path / "live" / "chain.pem").write_text("damaged")
    assert scene.info(path)["live"]["path_not_after"] is None


def test_newer_chain_of_the_same_certificate_replaces_the_files_and_keeps_the_key(path) -> None:
    early = scene.ROOT.issue("Issuing CA", key=scene.ISSUING.key, ca=True, days=(-10, 60))
    prepared = scene.prepare(path, record=RECORD)
    options = scene.certify(prepared["csr"])
    scene.succeed(path, **{**options, "chain": [scene.pem(early.certificate)]})
    before = scene.keys_of(path)

    assert scene.succeed(path, **options)["changed"] is True

    row = scene.info(path)
    assert row["live"]["path_not_after"] == row["live"]["not_after"]
    assert (scene.live_serial(path), scene.keys_of(path)) == (scene.serial(options), before)
    assert [one.name for one in (path / "releases").iterdir()] == [row["live"]["release"]]
    assert scene.succeed(path, **options)["changed"] is False


BOTH = {"key_usage": scene.pki.usage(digital_signature=True, key_encipherment=True)}


def test_keys_that_may_decrypt_are_kept_and_listed(path) -> None:
    kept = []
    for number in range(4):
        prepared = scene.prepare(path, record={"operation": "order", "idempotence_id": str(number)})
        options = scene.certify(prepared["csr"], **(BOTH if number < 2 else {}))
        scene.succeed(path, **options, keep=2)
        kept += [scene.serial(options)] if number < 2 else []

    assert scene.info(path)["encryption_keys"] == sorted(kept)
    assert len(scene.keys_of(path)) == 4
    # Of a lost record, the certificates say it.
    (path / "record.json").unlink()
    assert scene.info(path)["encryption_keys"] == sorted(kept)

    scene.deploy_certificate(path, record={"idempotence_id": "9"}, keep=2)
    assert scene.info(path)["encryption_keys"] == sorted(kept)
    scene.deploy_certificate(path, record={"idempotence_id": "10"}, keep=2, prune_encryption_keys=True)
    assert scene.info(path)["encryption_keys"] == []
    assert len(scene.keys_of(path)) == 2


def test_release_whose_certificate_is_damaged_is_kept(path) -> None:
    first = scene.serial(scene.deploy_certificate(path, record={"idempotence_id": "0"}))
    (path / "releases" / first / "cert.pem").write_text("damaged")

    for number in (1, 2, 3):
        scene.deploy_certificate(path, record={"idempotence_id": str(number)}, keep=2)

    assert (path / "releases" / first / "privkey.pem").is_file()
