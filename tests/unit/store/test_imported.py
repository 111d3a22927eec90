# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``key.import_from``, and when a key was made."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import pathlib
import subprocess
import types

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.info import deployments_info
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages import storage as storage_module
from tests.unit.store import scene

SMALL = 1024


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "ssl" / "contracts"


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    place = tmp_path / "old.pem"
    place.write_text(scene.pem_of_key(scene.pki.ecc()))
    place.chmod(0o600)
    return place


def prepare(path, file, **options):
    given = {"key": {"import_from": str(file)}, "subject": {"common_name": "Signer"}, **options}
    return scene.call(path, "prepared", **given)


def test_existing_key_becomes_the_first_one_and_its_file_is_kept(path, file) -> None:
    text, status = file.read_text(), file.stat()
    host = scene.Host()
    result = prepare(path, file, host=host, record={"operation": "order"})
    assert not result.get("failed"), result
    assert scene.keys_of(path) == {scene.spki(scene.Requester(result["csr"]))}
    assert (path / "pending" / "privkey.pem").read_text() == text
    assert (path / "pending" / "privkey.pem").stat().st_mode & 0o777 == 0o600
    assert (file.read_text(), file.stat().st_mtime_ns, file.stat().st_mode) == (
        text,
        status.st_mtime_ns,
        status.st_mode,
    )
    assert result["record"]["pending"]["key_made_at"] is None
    assert host.warnings == []
    assert prepare(path, file, host=host)["changed"] is False
    assert host.warnings == []


def test_certificate_of_a_manual_order_is_deployed_for_an_imported_key(path, file) -> None:
    csr = prepare(path, file)["csr"]
    options = scene.certify(csr)
    scene.succeed(path, **options)
    assert scene.live_serial(path) == scene.serial(options)


def test_the_definition_has_the_kind_of_the_imported_key(path, file) -> None:
    wish = {"operation": "order", "definition": {"key": {"type": "RSA", "size": 3072}}}
    result = prepare(path, file, record=wish)
    assert result["record"]["pending"]["definition"]["key"] == {"type": "ECC", "curve": "P-256"}
    assert prepare(path, file, record=wish)["changed"] is False


def test_check_mode_shows_the_request_for_the_key_and_writes_nothing(path, file) -> None:
    predicted = prepare(path, file, host=scene.Host(check_mode=True))
    assert not path.parent.exists()
    real = prepare(path, file)
    assert predicted["public_key_sha256"] == real["public_key_sha256"]
    assert scene.spki(scene.Requester(predicted["csr"])) == scene.spki(scene.Requester(real["csr"]))


def test_pending_key_is_not_replaced_by_an_import(path, file) -> None:
    first = scene.prepare(path)
    assert prepare(path, file)["csr"] == first["csr"]
    file.unlink()
    assert prepare(path, file)["csr"] == first["csr"]


def test_new_key_is_made_if_a_certificate_is_live(path, file) -> None:
    csr = prepare(path, file)["csr"]
    scene.succeed(path, **scene.certify(csr))
    imported = scene.keys_of(path)
    renewal = prepare(path, file, record={"operation": "renew"})
    assert {scene.spki(scene.Requester(renewal["csr"]))} == scene.keys_of(path) - imported
    assert renewal["record"]["pending"]["key_made_at"] is not None


def encrypted() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"correct horse"))


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "does not exist"),
        (encrypted(), "protected by a passphrase. Remove the passphrase"),
        (b"junk", "not a private key in PEM form"),
        (b"", "not a private key in PEM form"),
        (scene.pem_of_key(rsa.generate_private_key(65537, SMALL)).encode(), "2048, 3072 or 4096 bits"),
        (scene.pem_of_key(ec.generate_private_key(ec.SECP521R1())).encode(), "P-256 or P-384"),
        (scene.pem_of_key(ed25519.Ed25519PrivateKey.generate()).encode(), "neither RSA nor ECC"),
        (b"x" * (5 * 1024 * 1024), "too large"),
    ],
    ids=["missing", "encrypted", "junk", "empty", "small", "other curve", "other kind", "too large"],
)
def test_an_unusable_file_is_refused(path, file, content, words, *, check_mode: bool) -> None:
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    result = prepare(path, file, host=scene.Host(check_mode=check_mode))
    assert result["error_code"] == "invalid_key"
    assert f"key.import_from: {file}" in result["msg"]
    assert words in result["msg"]
    assert "BEGIN" not in json.dumps(result)
    assert not path.exists()


@pytest.mark.parametrize("kind", ["directory", "fifo", "link", "dangling link"])
def test_special_file_is_refused(path, file, kind, tmp_path) -> None:
    place = tmp_path / "other"
    if kind == "directory":
        place.mkdir()
    elif kind == "fifo":
        os.mkfifo(place)
    else:
        place.symlink_to(file if kind == "link" else tmp_path / "nowhere")
    result = prepare(path, place)
    assert result["error_code"] == "invalid_key"
    assert "is not a regular file" in result["msg"]
    assert not path.exists()


def test_a_file_that_this_user_may_not_read_is_refused(path, file, monkeypatch) -> None:
    real = os.open

    def deny(name, *arguments, **others):
        if str(name) == str(file):
            raise PermissionError(13, "Permission denied", str(name))
        return real(name, *arguments, **others)

    monkeypatch.setattr(os, "open", deny)
    result = prepare(path, file)
    assert result["error_code"] == "invalid_key"
    assert "cannot be read: Permission denied" in result["msg"]


def test_key_file_that_everybody_can_read_is_a_warning(path, file) -> None:
    file.chmod(0o644)
    host = scene.Host()
    assert not prepare(path, file, host=host).get("failed")
    assert f"chmod 0640 {file}" in host.warnings[0]


@pytest.mark.parametrize(
    ("key", "record", "words"),
    [
        ({"storage": "ukey"}, None, "needs key.storage host"),
        ({"storage": "provided", "content": "x"}, None, "needs key.storage host"),
        ({"import_from": "old.pem"}, None, "must be an absolute path"),
        ({}, {"definition": {"key": {"storage": "ukey"}}}, "needs key.storage host"),
    ],
)
def test_import_needs_key_storage_host(path, file, key, record, words) -> None:
    options = {"key": {"import_from": str(file), **key}, "record": record}
    try:
        message = prepare(path, file, **options)["msg"]
    except scene.WotrusError as error:
        message = str(error)
    assert words in message
    assert not path.exists()


def test_public_key_of_a_file_is_read_only_if_it_would_be_imported(path, file) -> None:
    key = hashlib.sha256(scene.spki(scene.Requester(prepare(path.parent / "other", file)["csr"]))).hexdigest()

    def first_key() -> object:
        (row,) = deployments_info({"paths": [str(path)], "first_keys": {str(path): str(file)}})["deployments"]
        assert not row.get("error_code")
        return row.get("first_key")

    assert first_key() == {"public_key_sha256": key, "type": "ECC", "curve": "P-256"}
    assert not path.exists()
    prepare(path, file, record={"operation": "order"})
    assert first_key() is None
    (path / "pending" / "privkey.pem").unlink()
    assert first_key() is not None
    scene.deploy_certificate(path)
    assert first_key() is None


@pytest.mark.parametrize(
    ("name", "words"),
    [("missing.pem", "does not exist on this host. If the key is lost, leave"), ("", "must be an absolute path")],
)
def test_unusable_file_is_described_beside_the_state(path, tmp_path, name, words) -> None:
    file = str(tmp_path / name) if name else "old.pem"
    (row,) = deployments_info({"paths": [str(path)], "first_keys": {str(path): file}})["deployments"]
    assert "error_code" not in row
    assert row["first_key"]["error_code"] == "invalid_key"
    assert words in row["first_key"]["msg"]


def test_openssl_made_keys_of_each_form_are_read(path, tmp_path) -> None:
    for number, command in enumerate(
        (
            ["openssl", "genrsa", "-traditional", "2048"],
            ["openssl", "ecparam", "-genkey", "-noout", "-name", "prime256v1"],
        )
    ):
        place = tmp_path / f"{number}.pem"
        place.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
        assert not prepare(path.parent / str(number), place).get("failed")


MADE = "2026-11-24T15:31:09Z"


def made_at(monkeypatch, text: str) -> None:
    moment = dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.timezone.utc)
    clock = types.SimpleNamespace(now=lambda _zone: moment)
    monkeypatch.setattr(storage_module, "dt", types.SimpleNamespace(datetime=clock, timezone=dt.timezone))


def test_time_of_a_new_key_is_kept_until_it_is_live(path, monkeypatch) -> None:
    made_at(monkeypatch, MADE)
    first = scene.prepare(path, record={"operation": "order"})
    assert first["record"]["pending"]["key_made_at"] == MADE
    made_at(monkeypatch, "2027-01-01T00:00:00Z")
    # The same key, for another request and with a lost CSR.
    (path / "pending" / "request.csr").unlink()
    assert scene.prepare(path, record={"operation": "renew"})["record"]["pending"]["key_made_at"] == MADE
    options = scene.certify(first["csr"])
    assert scene.succeed(path, **options)["record"]["live"]["key_made_at"] == MADE
    renewal = scene.prepare(path, record={"operation": "renew", "idempotence_id": "x"})
    assert renewal["record"]["pending"]["key_made_at"] == "2027-01-01T00:00:00Z"
    assert renewal["record"]["live"]["key_made_at"] == MADE
    newer = scene.certify(renewal["csr"])
    record = scene.succeed(path, **newer)["record"]
    assert (record["live"]["key_made_at"], record["superseded"][0]["key_made_at"]) == ("2027-01-01T00:00:00Z", MADE)
    assert scene.succeed(path, "rolled_back")["record"]["live"]["key_made_at"] == MADE


def test_age_of_a_key_is_by_the_clock_of_the_ca_and_not_of_the_host(path, monkeypatch) -> None:
    made_at(monkeypatch, "1999-01-01T00:00:00Z")
    prepared = scene.prepare(path, record={"operation": "order", "requested_at": MADE})
    assert prepared["record"]["pending"]["key_made_at"] == MADE


def test_lost_pending_key_is_made_again_with_a_new_time(path, monkeypatch) -> None:
    made_at(monkeypatch, MADE)
    scene.prepare(path)
    (path / "pending" / "privkey.pem").unlink()
    made_at(monkeypatch, "2027-01-01T00:00:00Z")
    assert scene.prepare(path)["record"]["pending"]["key_made_at"] == "2027-01-01T00:00:00Z"


def test_provided_key_has_no_time(path) -> None:
    key = {"storage": "provided", "content": scene.pem_of_key(scene.pki.ecc())}
    assert scene.prepare(path, key=key)["record"]["pending"]["key_made_at"] is None


def test_time_of_a_key_is_in_utc(path, monkeypatch) -> None:
    beijing = dt.datetime(2026, 11, 24, 23, 31, 9, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    clock = types.SimpleNamespace(now=beijing.astimezone)
    monkeypatch.setattr(storage_module, "dt", types.SimpleNamespace(datetime=clock, timezone=dt.timezone))
    assert scene.prepare(path)["record"]["pending"]["key_made_at"] == MADE
