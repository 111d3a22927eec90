# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states ``prepared`` and ``recorded``."""

from __future__ import annotations

import json
import os
import subprocess
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ansible_collections.wotrus.pki.plugins.module_utils._x509 import library
from tests.helpers import openssl
from tests.unit.store import scene

SMALL = 1024
SUBJECT = {"common_name": "示例有限公司", "country": "CN"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ssl" / "contracts"


def test_first_key_is_a_private_rsa_3072_key_with_a_csr(path) -> None:
    result = scene.succeed(path, "prepared", subject=SUBJECT, record={"name": "contracts"})
    csr = openssl.request(result["csr"])
    assert csr.key == "RSA 3072"
    assert csr.subject == ("C=CN", "CN=示例有限公司")
    assert {scene.spki(csr_holder(result))} == scene.keys_of(path)
    assert result["public_key_sha256"] == result["record"]["pending"]["public_key_sha256"]
    assert (path / "pending" / "request.csr").read_text() == result["csr"]
    assert result["record"]["pending"]["operation"] == "order"
    assert result["changed"] is True
    assert result["live"] is None


def csr_holder(result):
    return scene.Requester(result["csr"])


def test_directories_and_the_record_are_readable_under_any_umask(path) -> None:
    umask = os.umask(0o077)
    try:
        scene.prepare(path)
    finally:
        os.umask(umask)
    for place, mode in ((path, 0o755), (path / "pending", 0o755), (path / "record.json", 0o644)):
        assert place.stat().st_mode & 0o777 == mode
    assert (path / "pending" / "privkey.pem").stat().st_mode & 0o777 == 0o600


def test_a_second_call_returns_the_same_request_and_changes_nothing(path) -> None:
    first = scene.prepare(path, record={"root_order_id": "ONE"})
    before = scene.tree(path)
    again = scene.prepare(path, record={"root_order_id": "ONE"})
    assert again["changed"] is False
    assert again["csr"] == first["csr"]
    assert scene.tree(path) == before


def test_two_calls_at_the_same_time_make_one_key(path) -> None:
    results: list[dict] = []
    threads = [threading.Thread(target=lambda: results.append(scene.prepare(path))) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({result["csr"] for result in results}) == 1
    assert sorted(result["changed"] for result in results) == [False, False, False, True]


def test_stale_key_of_a_killed_run_is_not_used(path) -> None:
    scene.deploy_certificate(path)
    live = scene.keys_of(path)
    (path / "pending").mkdir()
    for name, source in (("privkey.pem", "privkey.pem"), ("request.csr", "cert.pem")):
        (path / "pending" / name).write_bytes((path / "live" / source).read_bytes())
    (path / "pending" / "privkey.pem").chmod(0o600)
    predicted = scene.prepare(path, host=scene.Host(check_mode=True), record={"operation": "renew"})
    assert predicted["changed"] is True
    assert predicted["csr"] is None
    renewal = scene.prepare(path, record={"operation": "renew"})
    assert {scene.spki(scene.Requester(renewal["csr"]))} == scene.keys_of(path) - live
    assert live < scene.keys_of(path)


def test_missing_damaged_or_wrong_csr_is_made_again_from_the_key(path) -> None:
    first = scene.prepare(path)
    request = path / "pending" / "request.csr"
    foreign = scene.prepare(path.parent / "other")["csr"]
    for content in (None, "", first["csr"][:80], foreign):
        request.unlink() if content is None else request.write_text(content)
        again = scene.prepare(path)
        assert again["changed"] is True
        assert again["public_key_sha256"] == first["public_key_sha256"]
        assert request.read_text() == again["csr"] != content


def refused(first: dict) -> dict:
    """Return the options that replace a pending key whose request was refused."""
    return {"key": {"type": "ECC", "curve": "P-384", "refused_sha256": first["public_key_sha256"]}}


def test_key_whose_request_was_refused_stays_beside_another_one(path) -> None:
    first = scene.prepare(path, record={"refused_key_sha256": "0" * 64})
    pem = (path / "pending" / "privkey.pem").read_bytes()
    before = scene.tree(path)
    predicted = scene.prepare(path, host=scene.Host(check_mode=True), **refused(first))
    assert (predicted["changed"], scene.tree(path)) == (True, before)

    another = scene.prepare(path, **refused(first))

    assert openssl.request(another["csr"]).key == "P-384"
    assert another["record"]["pending"]["refused_key_sha256"] is None
    kept = path / "refused" / first["public_key_sha256"]
    assert (kept / "privkey.pem").read_bytes() == pem
    assert (kept / "privkey.pem").stat().st_mode & 0o777 == 0o600
    assert (kept / "request.csr").read_text() == first["csr"]
    again = scene.prepare(path, **refused(first))
    assert (again["changed"], again["csr"]) == (False, another["csr"])
    scene.succeed(path, "absent")
    assert not path.exists()


def test_another_key_than_the_refused_one_stays(path) -> None:
    first = scene.prepare(path)
    again = scene.prepare(path, key={"type": "ECC", "refused_sha256": "0" * 64})
    assert (again["changed"], again["csr"]) == (False, first["csr"])
    assert not (path / "refused").exists()


def test_a_damaged_key_is_neither_used_nor_replaced(path) -> None:
    scene.prepare(path)
    key = path / "pending" / "privkey.pem"
    key.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    result = scene.call(path, "prepared", subject=SUBJECT)
    assert result["error_code"] == "invalid_key"
    assert str(key) in result["msg"]
    assert "backup" in result["msg"]
    assert key.read_text().startswith("-----BEGIN PRIVATE KEY-----\nAAAA")


@pytest.mark.parametrize("change", [{"operation": "renew"}, {"idempotence_id": "b"}])
def test_another_request_keeps_the_pending_key_and_nothing_else(path, change) -> None:
    record = {"operation": "order", "idempotence_id": "a", "months": 12, "order_id": "ONE"}
    first = scene.prepare(path, record=record)
    again = scene.prepare(path, record=change)
    assert again["csr"] == first["csr"]
    pending = again["record"]["pending"]
    assert pending["order_id"] is None
    assert pending["months"] is None
    assert {name: pending[name] for name in change} == change


def test_the_same_idempotence_value_in_other_case_is_the_same_request(path) -> None:
    scene.prepare(path, record={"idempotence_id": "ABCD", "order_id": "ONE"})
    assert scene.prepare(path, record={"idempotence_id": "abcd"})["record"]["pending"]["order_id"] == "ONE"


def test_pending_key_of_another_type_is_kept_with_a_warning_and_recorded(path) -> None:
    wish = {"operation": "order", "definition": {"key": {"type": "RSA", "size": 2048}}}
    first = scene.succeed(path, "prepared", subject=SUBJECT, record=wish)
    host = scene.Host()
    changed = {"operation": "order", "definition": {"key": {"type": "ECC", "curve": "P-384", "storage": "host"}}}
    again = scene.succeed(path, "prepared", host=host, subject=SUBJECT, record=changed)
    assert again["csr"] == first["csr"]
    assert "is RSA 2048, not ECC P-384" in host.warnings[0]
    assert again["record"]["pending"]["definition"]["key"] == {"type": "RSA", "size": 2048, "storage": "host"}
    assert scene.call(path, "prepared", subject=SUBJECT, record=changed)["changed"] is False


def test_key_and_subject_come_from_the_definition_by_default(path) -> None:
    definition = {
        "common_name": "Signer",
        "key": {"type": "ECC", "curve": "P-384"},
        "subject": {"organization": "Example", "country": "CN"},
    }
    result = scene.succeed(path, "prepared", record={"definition": definition}, subject={"organization": "Other"})
    csr = openssl.request(result["csr"])
    assert csr.key == "P-384"
    assert csr.subject == ("C=CN", "O=Other", "CN=Signer")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "subject.common_name is missing"),
        ({"subject": {"common_name": "a", "country": "China"}}, "country"),
        ({"subject": SUBJECT, "record": {"definition": {"key": {"type": "DSA"}}}}, "RSA or ECC, not 'DSA'"),
        ({"subject": SUBJECT, "record": {"definition": {"key": {"storage": "moon"}}}}, "not 'moon'"),
        ({"subject": SUBJECT, "record": {"definition": {"key": "RSA"}}}, "must be a dictionary"),
        ({"subject": SUBJECT, "record": {"definition": {"ukey": {"password": "x"}}}}, "Leave out password"),
        ({"subject": SUBJECT, "key": {"storage": "provided"}}, "key.content"),
        ({"subject": SUBJECT, "keep": 1}, "2 or more"),
        ({"subject": SUBJECT, "validate": "true"}, "must contain %s"),
        ({"subject": SUBJECT, "validate": "'"}, "validate is not a valid"),
        ({"subject": SUBJECT, "pkcs12": {"password": ""}}, "pkcs12.password is empty"),
        ({"key": {"storage": "ukey"}, "ukey_password": " "}, "ukey_password is empty"),
        ({"key": {"storage": "ukey"}, "ukey_password_length": 6}, "8 to 64"),
        ({"key": {"storage": "ukey"}, "ukey_password_alphabet": "abcabcabcabc"}, "at least 10 different"),
    ],
)
def test_invalid_options_are_explained_and_nothing_is_written(path, options, words) -> None:
    try:
        result = scene.call(path, "prepared", **options)
        code, message = result["error_code"], result["msg"]
    except scene.WotrusError as error:
        code, message = error.error_code, str(error)
    assert code == "invalid_input"
    assert words in message
    assert not path.exists()


def test_provided_key_is_used_and_never_replaced(path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    options = {"subject": SUBJECT, "key": {"storage": "provided", "content": scene.pem_of_key(key)}}
    result = scene.succeed(path, "prepared", **options)
    assert scene.keys_of(path) == {scene.spki(key)}
    assert scene.call(path, "prepared", **options)["changed"] is False
    assert scene.call(path, "prepared", subject=SUBJECT, key={"storage": "provided"})["csr"] == result["csr"]
    other = {"storage": "provided", "content": scene.pem_of_key(ec.generate_private_key(ec.SECP256R1()))}
    refused = scene.call(path, "prepared", subject=SUBJECT, key=other)
    assert refused["error_code"] == "other_key_pending"
    assert scene.keys_of(path) == {scene.spki(key)}


@pytest.mark.parametrize("curve", ["small", "odd"])
def test_unsuitable_provided_key_is_refused_and_not_shown(path, curve) -> None:
    key = rsa.generate_private_key(65537, SMALL) if curve == "small" else ec.generate_private_key(ec.SECP521R1())
    text = scene.pem_of_key(key)
    result = scene.call(path, "prepared", subject=SUBJECT, key={"storage": "provided", "content": text})
    assert result["error_code"] == "invalid_key"
    assert text.splitlines()[1] not in json.dumps(result)
    assert not (path / "record.json").exists()

    suitable = scene.pem_of_key(ec.generate_private_key(ec.SECP256R1()))
    scene.succeed(path, "prepared", subject=SUBJECT, key={"storage": "provided", "content": suitable})


def test_a_ukey_gets_a_password_that_a_person_can_type(path) -> None:
    result = scene.succeed(path, "prepared", key={"storage": "ukey"})
    password = result["ukey_password"]
    assert len(password) == 12
    assert not set(password) & set("0O1lIo")
    assert any(one.isdigit() for one in password)
    assert any(one.islower() for one in password)
    assert any(one.isupper() for one in password)
    file = path / "pending" / "ukey_password"
    assert file.read_text() == password
    assert file.stat().st_mode & 0o777 == 0o600
    assert scene.keys_of(path) == set()
    assert result["csr"] is None
    assert password not in (path / "record.json").read_text()
    again = scene.succeed(path, "prepared", key={"storage": "ukey"})
    assert again["ukey_password"] == password
    assert again["changed"] is False


def test_given_ukey_password_is_kept_and_not_replaced(path) -> None:
    scene.succeed(path, "prepared", key={"storage": "ukey"}, ukey_password="correct horse")
    assert scene.succeed(path, "prepared", key={"storage": "ukey"})["ukey_password"] == "correct horse"
    refused = scene.call(path, "prepared", key={"storage": "ukey"}, ukey_password="battery staple")
    assert refused["error_code"] == "invalid_input"
    assert "battery" not in refused["msg"]
    assert "correct" not in refused["msg"]
    assert (path / "pending" / "ukey_password").read_text() == "correct horse"


def test_unknown_password_is_removed_and_not_made_again(path) -> None:
    scene.succeed(path, "prepared", key={"storage": "ukey"}, record={"operation": "order"})
    result = scene.succeed(path, "recorded", record={"order_id": "ONE", "ukey_password_known": False})
    assert result["changed"] is True
    assert scene.info(path)["pending"]["has_ukey_password"] is False
    again = scene.succeed(path, "prepared", key={"storage": "ukey"}, record={"operation": "order"})
    assert again["ukey_password"] is None
    assert again["record"]["pending"]["order_id"] == "ONE"


def test_check_mode_predicts_and_writes_nothing(path) -> None:
    host = scene.Host(check_mode=True)
    for options in ({"subject": SUBJECT}, {"key": {"storage": "ukey"}}):
        result = scene.call(path, "prepared", host=host, record={"operation": "order"}, **options)
        assert result["changed"] is True
        assert result["csr"] is None
        assert result["ukey_password"] is None
        assert result["record"]["pending"]["operation"] == "order"
        assert '"operation": "order"' in result["diff"][0]["after"]
        assert not path.parent.exists()
    real = scene.prepare(path)
    before = scene.tree(path)
    again = scene.prepare(path, host=host)
    assert again["changed"] is False
    assert again["csr"] == real["csr"]
    assert scene.tree(path) == before


def test_recorded_writes_the_record_and_nothing_else(path) -> None:
    scene.prepare(path, record={"operation": "order"})
    before = scene.tree(path)
    result = scene.succeed(path, "recorded", record={"order_id": "ONE"})
    assert result["changed"] is True
    after = scene.tree(path)
    assert {name for name in after if after[name] != before.get(name)} == {"record.json"}
    assert scene.call(path, "recorded", record={"order_id": "ONE"})["changed"] is False


def test_recorded_with_nothing_but_a_done_reload_only_clears_that(path) -> None:
    options = scene.deploy_certificate(path)
    scene.succeed(path, **{**options, "record": {"reload_pending": True}})
    assert scene.call(path, "recorded", record={"reload_pending": True})["changed"] is True
    result = scene.succeed(path, "recorded", record={"reload_pending": False})
    assert result["record"]["reload_pending"] is False
    assert result["record"]["pending"] is None
    assert result["record"]["live"]["serial_number"] == scene.serial(options)
    assert result["live"]["serial_number"] == scene.serial(options)


def test_without_the_library_nothing_is_made_for_a_ukey_either(path, monkeypatch) -> None:
    monkeypatch.setattr(library, "_PROBLEM", "No module named 'cryptography'")
    for storage in ("host", "ukey"):
        result = scene.call(path, "prepared", subject=SUBJECT, key={"storage": storage})
        assert result["error_code"] == "missing_library"
        assert "python3-cryptography" in result["msg"]
    assert not (path / "record.json").exists()


def test_openssl_reads_the_key_and_the_request(path) -> None:
    scene.prepare(path)
    for command in (["openssl", "pkey", "-noout", "-check", "-in"], ["openssl", "req", "-noout", "-verify", "-in"]):
        file = "privkey.pem" if command[1] == "pkey" else "request.csr"
        subprocess.run([*command, str(path / "pending" / file)], check=True, capture_output=True)


def test_generated_ukey_password_has_the_right_length_and_characters(path) -> None:
    wish = {"ukey_password_length": 20, "ukey_password_alphabet": "0123456789"}
    made = scene.succeed(path, "prepared", key={"storage": "ukey"}, **wish)["ukey_password"]
    assert len(made) == 20
    assert made.isdigit()


def subject_of(csr: str) -> str:
    return ",".join(openssl.request(csr).subject)


@pytest.mark.parametrize(("order_id", "asked_for"), [(None, "CN=Fixed"), ("A", "CN=Signer")])
def test_unsent_csr_is_made_again_for_a_changed_subject(path, order_id, asked_for: str) -> None:
    first = scene.prepare(path, record={"order_id": order_id})

    again = scene.prepare(path, subject={"common_name": "Fixed"})

    assert subject_of(first["csr"]) == "CN=Signer"
    assert subject_of(again["csr"]) == asked_for
    assert again["public_key_sha256"] == first["public_key_sha256"]
    assert again["changed"] is (order_id is None)
