# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services are reloaded after the switch; a failure rolls back."""

from __future__ import annotations

import datetime
import json
import pathlib
import shlex
import shutil

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult, run_bounded
from ansible_collections.wotrus.pki.plugins.module_utils._deployment import signature_check
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.lock import locked
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import SentContent
from tests.helpers import signed
from tests.unit.store import scene

COMMAND = "systemctl reload 'signing service'"
WORDS = ["systemctl", "reload", "signing service"]
FAILED = CommandResult(Message("failed with exit status {status}", status=3), "no such unit")


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "ssl" / "contracts"


def renewed(path: pathlib.Path, **options):
    """Deploy a certificate and prepare another; return options to deploy it."""
    first = scene.deploy_certificate(path, record={"order_id": "ONE", "root_order_id": "ONE"})
    csr = scene.prepare(path, record={"operation": "renew", "order_id": "TWO", "follows": "ONE"})["csr"]
    return first, {**scene.certify(csr), "reload_command": COMMAND, **options}


def record_of(path: pathlib.Path):
    return json.loads((path / "record.json").read_text())


def test_a_command_runs_once_the_certificate_is_live_and_the_reload_is_done(path) -> None:
    _first, options = renewed(path)
    seen = []

    def outcome() -> CommandResult:
        seen.append((scene.live_serial(path), record_of(path)["reload_pending"]))
        return CommandResult()

    host = scene.Host(outcomes=[outcome])
    result = scene.succeed(path, host=host, **options)
    assert seen == [(scene.serial(options), True)]
    assert host.commands == [(WORDS, 60)]
    assert result["reloaded"] is True
    assert result["record"] == record_of(path)
    assert result["record"]["reload_pending"] is False
    again = scene.succeed(path, host=host, **options)
    assert (again["changed"], again["reloaded"], len(host.commands)) == (False, False, 1)


def test_a_first_certificate_is_reloaded_too(path) -> None:
    options = scene.certify(scene.prepare(path)["csr"])
    host = scene.Host()
    assert scene.succeed(path, host=host, reload_command=COMMAND, **options)["reloaded"] is True
    assert len(host.commands) == 1


def test_a_changed_chain_is_reloaded(path) -> None:
    options = scene.deploy_certificate(path)
    host = scene.Host()
    changed = {**options, "pkcs12": {"password": "correct horse"}}
    assert scene.succeed(path, host=host, reload_command=COMMAND, **changed)["reloaded"] is True


def test_each_distinct_command_runs_once_after_all_switches(tmp_path) -> None:
    paths = [tmp_path / name for name in ("one", "two", "three", "idle")]
    items = []
    for number, path in enumerate(paths):
        options = scene.certify(scene.prepare(path)["csr"])
        command = "other" if number == 2 else COMMAND
        items.append({"path": str(path), "reload_command": command, "reload_timeout": 10 + number, **options})
    scene.succeed(paths[3], **{name: value for name, value in items[3].items() if name != "path"})
    host = scene.Host(outcomes=[lambda: CommandResult() if all((path / "live").exists() for path in paths) else FAILED])
    result = scene.deploy(scene.params(deployments=items), host)
    assert not result.get("failed"), result["msg"]
    assert host.commands == [(WORDS, 11), (["other"], 12)]
    assert [row["reloaded"] for row in result["deployments"]] == [True, True, True, False]


def test_failed_command_restores_the_former_release(path) -> None:
    first, options = renewed(path)
    served_then = []
    host = scene.Host(outcomes=[FAILED, lambda: served_then.append(scene.live_serial(path)) or CommandResult()])
    result = scene.call(path, host=host, **options)
    assert (result["failed"], result["error_code"], result["changed"]) == (True, "reload_failed", True)
    (row,) = result["deployments"]
    assert (row["error_code"], row["rolled_back"], row["reloaded"]) == ("reload_failed", True, False)
    for words in (str(path), COMMAND, "exit status 3", "no such unit", "Then the reload command succeeded."):
        assert words in row["msg"]
    assert result["msg"] == row["msg"]
    assert served_then == [scene.serial(first)]
    assert scene.live_serial(path) == row["live"]["serial_number"] == scene.serial(first)
    assert row["record"] == record_of(path)
    assert row["record"]["live"]["order_id"] == "ONE"
    assert [(one["order_id"], one["operation"]) for one in row["record"]["superseded"]] == [("TWO", "rolled_back")]
    assert row["record"]["reload_pending"] is False
    assert row["previous"]["serial_number"] == scene.serial(options)


def test_the_same_call_deploys_again_once_the_command_works(path) -> None:
    _first, options = renewed(path)
    scene.call(path, host=scene.Host(outcomes=[FAILED]), **options)
    result = scene.succeed(path, **options)
    assert scene.live_serial(path) == scene.serial(options)
    assert result["reloaded"] is True
    assert result["record"]["live"]["order_id"] == "TWO"


def test_reload_stays_pending_if_the_rollback_reload_fails(path) -> None:
    first, options = renewed(path)
    again = CommandResult(Message("did not end within {seconds} s and was killed", seconds=60), "hanging")
    result = scene.call(path, host=scene.Host(outcomes=[FAILED, again]), **options)
    assert "Then the reload command did not end within 60 s" in result["msg"]
    assert "hanging" not in result["msg"]
    assert scene.live_serial(path) == scene.serial(first)
    assert record_of(path)["reload_pending"] is True


def test_without_a_former_release_the_new_one_stays_with_a_pending_reload(path) -> None:
    options = {**scene.certify(scene.prepare(path)["csr"]), "reload_command": COMMAND}
    host = scene.Host(outcomes=[FAILED])
    result = scene.call(path, host=host, **options)
    assert (result["error_code"], result["deployments"][0]["rolled_back"]) == ("reload_failed", False)
    assert "replaced no former release" in result["msg"]
    assert scene.live_serial(path) == scene.serial(options)
    assert record_of(path)["reload_pending"] is True
    assert len(host.commands) == 1
    # Nothing is switched now, so nothing goes back, whatever the command does.
    again = scene.call(path, host=scene.Host(outcomes=[FAILED]), **options)
    assert (again["error_code"], again["deployments"][0]["rolled_back"]) == ("reload_failed", False)
    done = scene.succeed(path, **options)
    assert (done["changed"], done["reloaded"], done["record"]["reload_pending"]) == (True, True, False)


def test_former_release_without_its_key_is_not_restored(path) -> None:
    first, options = renewed(path)
    (path / "releases" / scene.serial(first) / "privkey.pem").unlink()
    result = scene.call(path, host=scene.Host(outcomes=[FAILED]), **options)
    assert (result["error_code"], result["deployments"][0]["rolled_back"]) == ("reload_failed", False)
    assert "could not be deployed again" in result["msg"]
    assert scene.live_serial(path) == scene.serial(options)
    assert record_of(path)["reload_pending"] is True


def test_only_certificates_with_the_failed_command_are_rolled_back(tmp_path) -> None:
    items = []
    for name, command in (("one", "bad"), ("two", "good"), ("three", "bad")):
        _first, options = renewed(tmp_path / name, reload_command=command)
        items.append({"path": str(tmp_path / name), **options})
    host = scene.Host(outcomes=[FAILED])
    result = scene.deploy(scene.params(deployments=items), host)
    assert [row.get("rolled_back") for row in result["deployments"]] == [True, None, True]
    assert [row["reloaded"] for row in result["deployments"]] == [False, True, False]
    assert [command for command, _seconds in host.commands] == [["bad"], ["bad"], ["good"]]
    assert result["msg"].startswith("2 of 3 certificates failed.")
    assert scene.live_serial(tmp_path / "two") == scene.serial(items[1])


def test_failed_deployment_does_not_stop_other_reloads(tmp_path) -> None:
    _first, options = renewed(tmp_path / "good")
    items = [{"path": str(tmp_path / "bad"), **options}, {"path": str(tmp_path / "good"), **options}]
    host = scene.Host()
    result = scene.deploy(scene.params(deployments=items), host)
    assert [row.get("error_code") for row in result["deployments"]] == ["key_mismatch", None]
    assert [row["reloaded"] for row in result["deployments"]] == [False, True]
    assert len(host.commands) == 1


TEST = {"command": "sign test.pdf", "format": "cms", "content": "none"}
NO_STAMP = "has no timestamp. Its output ended with: The TSA is down."


def signing(
    path: pathlib.Path, *, name: str = "live", has_chain: bool = True, content: bytes = signed.CONTENT, **result
) -> CommandResult:
    """Return what a service prints that signs with the key of a release."""
    certificate = scene.x509.load_pem_x509_certificate((path / name / "cert.pem").read_bytes())
    key = scene.load_pem_private_key((path / name / "privkey.pem").read_bytes(), None)
    chain = [scene.ISSUING.certificate] if has_chain else []
    return CommandResult(printed=signed.cms(certificate, key, "-nodetach", chain=chain, content=content), **result)


def test_a_service_that_signs_with_the_live_certificate_is_reloaded(path) -> None:
    _first, options = renewed(path, test_signature=TEST, reload_timeout=7)
    host = scene.Host(outcomes=[CommandResult(), lambda: signing(path)])
    assert scene.succeed(path, host=host, **options)["reloaded"] is True
    assert host.commands == [(WORDS, 7), (["sign", "test.pdf"], 7)]


def sending(path: pathlib.Path, place: pathlib.Path) -> CommandResult:
    """Return what a service prints that signs the file of ``test_signature.content``."""
    return signing(path, content=place.read_bytes())


def test_the_document_to_sign_is_a_new_one_for_each_test(path, tmp_path) -> None:
    place, sent = tmp_path / "test.txt", []
    earlier = f"wotrus.pki {'0f' * 16}"
    place.write_text(earlier)
    place.chmod(0o600)
    _first, options = renewed(path, test_signature={**TEST, "content": str(place)})

    def service() -> CommandResult:
        sent.append(place.read_bytes())
        return sending(path, place)

    host = scene.Host(outcomes=[CommandResult(), service])
    assert scene.succeed(path, host=host, **options)["reloaded"] is True
    again = {name: options[name] for name in ("reload_command", "test_signature")}
    host.outcomes = [CommandResult(), service]
    scene.succeed(path, "rehearsed", host=host, **again)
    assert host.warnings == []
    assert len({earlier.encode(), *sent}) == 3
    assert (place.read_bytes(), place.stat().st_mode & 0o777) == (sent[-1], 0o644)

    yesterday = signing(path, content=sent[-1])
    result = scene.call(path, "rehearsed", host=scene.Host(outcomes=[CommandResult(), yesterday]), **again)
    assert (result["error_code"], result["changed"]) == ("signing_failed", False)
    assert "The signed document is not the one of test_signature.content, and may be an older one." in result["msg"]


def test_a_document_of_the_service_is_a_warning_in_each_test(path) -> None:
    _first, options = renewed(path, test_signature=TEST)
    host = scene.Host(outcomes=[CommandResult(), lambda: signing(path)])
    scene.succeed(path, host=host, **options)
    (warning,) = host.warnings
    assert warning.endswith(
        "the document of 'sign test.pdf' may be an older one. This test does not show that the service signs now."
    )


def test_a_document_that_cannot_be_written_is_a_failure_without_a_signature(path, tmp_path) -> None:
    first, options = renewed(path, test_signature={**TEST, "content": str(tmp_path / "missing" / "test.txt")})
    host = scene.Host()
    result = scene.call(path, host=host, **options)
    assert (result["error_code"], result["deployments"][0]["rolled_back"]) == ("signing_failed", True)
    assert f"{tmp_path}/missing/test.txt of test_signature.content cannot be written: No such" in result["msg"]
    assert host.commands == [(WORDS, 60), (WORDS, 60)]
    assert scene.live_serial(path) == scene.serial(first)


@pytest.mark.parametrize("form", ["cms", "pdf"])
@pytest.mark.parametrize("content", ["-----BEGIN PRIVATE KEY-----\n", "wotrus.pki is not running", "%PDF-1.7\n", ""])
def test_a_file_that_is_no_document_of_a_test_is_not_replaced(path, tmp_path, form, content) -> None:
    place = tmp_path / "important"
    place.write_text(content)
    first, options = renewed(path, test_signature={**TEST, "format": form, "content": str(place)})
    host = scene.Host()
    result = scene.call(path, host=host, **options)
    assert (result["error_code"], result["deployments"][0]["rolled_back"]) == ("signing_failed", True)
    assert f"{place} of test_signature.content is no document of an earlier test" in result["msg"]
    assert (place.read_text(), host.commands) == (content, [(WORDS, 60), (WORDS, 60)])
    assert scene.live_serial(path) == scene.serial(first)


def test_a_document_of_an_earlier_test_in_the_other_format_is_replaced(path, tmp_path) -> None:
    place = tmp_path / "test"
    place.write_bytes(SentContent.new(is_pdf=True).data)
    _first, options = renewed(path, test_signature={**TEST, "content": str(place)})
    host = scene.Host(outcomes=[CommandResult(), lambda: sending(path, place)])
    assert scene.succeed(path, host=host, **options)["reloaded"] is True


@pytest.mark.parametrize("name", ["live/privkey.pem", "live/test.txt", "test.txt", "record.json"])
@pytest.mark.parametrize("place", ["contracts", "other", "link"])
def test_nothing_is_written_in_a_directory_of_a_certificate(path, tmp_path, place, name) -> None:
    scene.deploy_certificate(path.with_name("other"))
    path.with_name("link").symlink_to("other/releases/..")
    _first, options = renewed(path, test_signature={**TEST, "content": str(path.with_name(place) / name)})
    keys = scene.keys_of(path.with_name("other"))
    result = scene.call(path, host=scene.Host(), **options)
    assert result["error_code"] == "signing_failed"
    assert f"{path.with_name(place) / name} of test_signature.content is in the directory of a" in result["msg"]
    assert scene.keys_of(path.with_name("other")) == keys
    assert [*tmp_path.rglob("test.txt")] == []


def test_a_link_in_place_of_the_document_is_replaced(path, tmp_path) -> None:
    place, other = tmp_path / "test.txt", tmp_path / "other"
    other.write_text("Keep this.")
    place.symlink_to(other)
    _first, options = renewed(path, test_signature={**TEST, "content": str(place)})
    host = scene.Host(outcomes=[CommandResult(), lambda: sending(path, place)])
    assert scene.succeed(path, host=host, **options)["reloaded"] is True
    assert (other.read_text(), place.is_symlink()) == ("Keep this.", False)


@pytest.mark.parametrize("is_detached", [False, True])
@pytest.mark.parametrize("form", ["PEM", "SMIME"])
def test_a_message_in_another_form_is_good_by_the_command_in_the_refusal(path, tmp_path, form, is_detached) -> None:
    place, program = tmp_path / "test.txt", tmp_path / "sign it"
    live = path / "live"
    program.write_text(
        f"#!/bin/sh\n{'echo Warning: slow' if form == 'PEM' else ''}\n"
        f"exec openssl cms -sign {'' if is_detached else '-nodetach'} -outform {form} -in {place} "
        f"-signer {live}/cert.pem -inkey {live}/privkey.pem -certfile {live}/chain.pem\n"
    )
    program.chmod(0o700)
    test = {"command": shlex.quote(str(program)), "format": "cms", "content": str(place)}
    _first, options = renewed(path, test_signature=test)

    def signs() -> CommandResult:
        return run_bounded(host.commands[-1][0], seconds=30, apart=True)

    host = scene.Host(outcomes=[CommandResult(), signs])
    result = scene.call(path, host=host, **options)
    assert result["error_code"] == "signing_failed"
    _before, _colon, command = result["msg"].partition(f"Its form is {form}, not DER. Let the command convert it: ")
    command = command.partition(" The former release")[0]

    host.outcomes = [CommandResult(), signs]
    options["test_signature"]["command"] = command
    assert scene.succeed(path, host=host, **options)["reloaded"] is True


@pytest.mark.parametrize(
    "printed",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\n\r\n0\x82",
        b'{"signature": "-----BEGIN CMS-----\\nMIAG"}',
    ],
    ids=["headers of HTTP", "JSON"],
)
def test_what_openssl_cannot_convert_has_no_such_command(path, printed) -> None:
    _first, options = renewed(path, test_signature=TEST)
    host = scene.Host(outcomes=[CommandResult(), CommandResult(printed=printed)])
    result = scene.call(path, host=host, **options)
    assert (result["error_code"], "openssl cms" in result["msg"]) == ("signing_failed", False)


def test_a_clock_that_is_before_the_certificate_is_not_trusted(path, monkeypatch) -> None:
    monkeypatch.setattr(signature_check, "_now", lambda: scene.pki.NOW - datetime.timedelta(days=400))
    _first, options = renewed(path, test_signature=TEST)
    host = scene.Host(outcomes=[CommandResult(), lambda: signing(path)])
    assert scene.succeed(path, host=host, **options)["reloaded"] is True


def test_a_service_that_keeps_the_former_key_is_rolled_back(path) -> None:
    first, options = renewed(path, test_signature=TEST)
    (old,) = (path / "releases").iterdir()
    host = scene.Host(outcomes=[CommandResult(), lambda: signing(path, name=f"releases/{old.name}")])
    result = scene.call(path, host=host, **options)
    (row,) = result["deployments"]
    assert (row["error_code"], row["rolled_back"], row["reloaded"]) == ("signing_failed", True, False)
    for words in (str(path), "'sign test.pdf'", old.name, scene.serial(options), "is deployed again."):
        assert words in row["msg"]
    assert "Then the reload command succeeded." in row["msg"]
    assert scene.live_serial(path) == scene.serial(first)
    assert host.commands == [(WORDS, 60), (["sign", "test.pdf"], 60), (WORDS, 60)]


def other_content(path: pathlib.Path) -> CommandResult:
    document = signing(path).printed
    return CommandResult(printed=document.replace(signed.CONTENT, b"X" * len(signed.CONTENT)))


def other_key(path: pathlib.Path) -> CommandResult:
    live = scene.x509.load_pem_x509_certificate((path / "live" / "cert.pem").read_bytes())
    same_name = scene.ISSUING.issue("Signer", serial=live.serial_number)
    return CommandResult(printed=signed.cms(same_name.certificate, same_name.key, "-nodetach"))


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (
            lambda _path: CommandResult(Message("did not end within {seconds} s and was killed", seconds=60)),
            "did not end within 60 s",
        ),
        (
            lambda _path: CommandResult(Message("printed more than {number} MB", number=20)),
            "printed more than 20 MB",
        ),
        (lambda _path: CommandResult(printed=b"usage: sign FILE"), "is no CMS structure"),
        (other_content, "The signature is for other content."),
        (other_key, "The key of the live certificate did not make the signature."),
    ],
    ids=["hangs", "prints too much", "garbage", "other content", "other key"],
)
def test_a_command_without_a_good_signature_is_a_failure(path, outcome, said) -> None:
    first, options = renewed(path, test_signature=TEST)
    host = scene.Host(outcomes=[CommandResult(), lambda: outcome(path)])
    result = scene.call(path, host=host, **options)
    assert (result["error_code"], result["deployments"][0]["rolled_back"]) == ("signing_failed", True)
    assert said in result["msg"]
    assert scene.live_serial(path) == scene.serial(first)


def deep_document() -> bytes:
    """Return a CMS message whose content is a string in 2,000 strings."""

    def within(tag: int, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return bytes([tag, 0x84]) + len(body).to_bytes(4, "big") + body

    content = b""
    for _level in range(2_000):
        content = within(0x24, content)
    data, signed_data = (bytes.fromhex(f"06092a864886f70d01070{number}") for number in (1, 2))
    encapsulated = within(0x30, data, within(0xA0, content))
    body = within(0x30, b"\2\1\1", within(0x31), encapsulated, within(0x31))
    return within(0x30, signed_data, within(0xA0, body))


@pytest.mark.parametrize("fault", ["document", "reader"])
def test_a_hostile_document_rolls_back_its_certificate_and_no_other(tmp_path, monkeypatch, fault) -> None:
    items, former = [], []
    for name in ("bad", "good"):
        first, options = renewed(tmp_path / name, reload_command=name, test_signature={**TEST})
        items.append({"path": str(tmp_path / name), **options})
        former.append(first)
    if fault == "reader":
        check, faults = signature_check.check_document, [MemoryError()]

        def faulty(*given, **more) -> bool:
            if faults:
                raise faults.pop()
            return check(*given, **more)

        monkeypatch.setattr(signature_check, "check_document", faulty)
    host = scene.Host(
        outcomes=[
            CommandResult(),
            CommandResult(printed=deep_document()),
            CommandResult(),
            CommandResult(),
            lambda: signing(tmp_path / "good"),
        ]
    )

    result = scene.deploy(scene.params(deployments=items), host)

    assert [row.get("error_code") for row in result["deployments"]] == ["signing_failed", None]
    assert [row["reloaded"] for row in result["deployments"]] == [False, True]
    assert scene.live_serial(tmp_path / "bad") == scene.serial(former[0])
    assert scene.live_serial(tmp_path / "good") == scene.serial(items[1])


def test_a_missing_timestamp_is_a_warning_if_it_is_optional(path) -> None:
    first, options = renewed(path, test_signature={**TEST, "timestamp": "required"})
    outcomes = [CommandResult(), lambda: signing(path, output="The TSA is down.")]
    result = scene.call(path, host=scene.Host(outcomes=[*outcomes]), **options)
    assert result["deployments"][0]["rolled_back"] is True
    assert "has no timestamp." in result["msg"]
    assert result["msg"].endswith("Its output ended with: The TSA is down.")
    assert scene.live_serial(path) == scene.serial(first)

    host = scene.Host(outcomes=[*outcomes])
    scene.succeed(path, host=host, **{**options, "test_signature": {**TEST, "timestamp": "optional"}})
    assert host.warnings[0].endswith(NO_STAMP)
    assert scene.live_serial(path) == scene.serial(options)


def test_a_missing_intermediate_is_a_warning_if_readers_may_have_it(path) -> None:
    _first, options = renewed(path, test_signature=TEST)
    outcomes = [CommandResult(), lambda: signing(path, has_chain=False)]
    result = scene.call(path, host=scene.Host(outcomes=[*outcomes]), **options)
    assert (result["error_code"], result["deployments"][0]["rolled_back"]) == ("signing_failed", True)
    assert f"'openssl cms -certfile {path}/live/chain.pem' does." in result["msg"]

    host = scene.Host(outcomes=[*outcomes])
    assert scene.succeed(path, host=host, verification="compatible", **options)["reloaded"] is True
    assert "lacks certificates between the live one and the root." in host.warnings[0]


def pdf_signing(path: pathlib.Path, *, after: bytes = b"") -> CommandResult:
    certificate, key = ((path / "live" / name).read_bytes() for name in ("cert.pem", "privkey.pem"))
    document = signed.pdf(
        scene.x509.load_pem_x509_certificate(certificate),
        scene.load_pem_private_key(key, None),
        chain=[scene.ISSUING.certificate],
    )
    return CommandResult(printed=document + after)


def test_what_follows_the_signature_needs_a_reader_that_accepts_it(path) -> None:
    test = {"command": "sign test.pdf", "format": "pdf", "content": "none"}
    _first, options = renewed(path, test_signature=test)
    after = b"2 0 obj\n<<>>\nendobj\n%%EOF\n"
    outcomes = [CommandResult(), lambda: pdf_signing(path, after=after)]
    result = scene.call(path, host=scene.Host(outcomes=[*outcomes]), **options)
    assert (result["error_code"], result["deployments"][0]["rolled_back"]) == ("signing_failed", True)
    assert "set test_signature.reader to a command" in result["msg"]

    options["test_signature"] = {**test, "reader": "verify --trust root.pem %s"}
    result = scene.call(path, host=scene.Host(outcomes=[*outcomes, FAILED]), **options)
    assert (result["error_code"], result["deployments"][0]["rolled_back"]) == ("signing_failed", True)
    assert "the reader 'verify --trust root.pem %s' does not accept the signature" in result["msg"]

    host, read = scene.Host(), []

    def reader() -> CommandResult:
        read.append(pathlib.Path(host.commands[-1][0][-1]))
        assert read[0].read_bytes().endswith(after)
        return CommandResult()

    host.outcomes = [*outcomes, reader]
    assert scene.succeed(path, host=host, **options)["reloaded"] is True
    assert not read[0].exists()


def test_a_reader_overrules_no_other_refusal(path) -> None:
    _first, options = renewed(path, test_signature={**TEST, "reader": "true %s"})
    host = scene.Host(outcomes=[CommandResult(), lambda: other_key(path)])
    assert "did not make the signature" in scene.call(path, host=host, **options)["msg"]
    assert ["true"] not in [command[:1] for command, _seconds in host.commands]


def test_a_service_of_a_killed_run_is_reloaded_and_tried_by_the_next(path) -> None:
    _first, options = renewed(path, test_signature=TEST)
    scene.succeed(
        path, **{**options, "reload_command": None, "test_signature": None, "record": {"reload_pending": True}}
    )
    again = {"reload_command": COMMAND, "test_signature": TEST}
    result = scene.call(path, "recorded", host=scene.Host(outcomes=[CommandResult(), CommandResult()]), **again)
    assert (result["error_code"], record_of(path)["reload_pending"]) == ("signing_failed", True)
    host = scene.Host(outcomes=[CommandResult(), lambda: signing(path)])
    assert scene.succeed(path, "recorded", host=host, **again)["reloaded"] is True


def test_certificate_of_another_run_is_not_rolled_back(path) -> None:
    _first, options = renewed(path)
    newer = []

    def other_run() -> CommandResult:
        newer.append(scene.serial(scene.deploy_certificate(path, record={"operation": "renew", "idempotence_id": "x"})))
        return FAILED

    result = scene.call(path, host=scene.Host(outcomes=[other_run]), **options)
    assert result["deployments"][0]["rolled_back"] is False
    assert "Another run" in result["msg"]
    assert scene.live_serial(path) == newer[0]


def test_reload_of_a_directory_that_another_run_removed_is_done_and_an_error(path) -> None:
    _first, options = renewed(path)
    host = scene.Host(outcomes=[lambda: shutil.rmtree(path) or CommandResult()])

    result = scene.call(path, host=host, **options)

    assert (result["error_code"], result["deployments"][0]["reloaded"]) == ("store_failed", True)
    assert result["msg"] == f"{path} was removed by another run. Run again."


def test_the_lock_is_free_while_a_command_runs(path) -> None:
    _first, options = renewed(path)

    def outcome() -> CommandResult:
        with locked(Layout.at(str(path)), timeout=0, check=lambda: None):
            return CommandResult()

    scene.succeed(path, host=scene.Host(outcomes=[outcome]), **options)


@pytest.mark.parametrize("state", ["present", "recorded", "rolled_back"])
def test_check_mode_runs_nothing_and_predicts_the_result(path, state) -> None:
    _first, options = renewed(path)
    if state != "present":
        scene.succeed(path, **{**options, "reload_command": None, "record": {"reload_pending": True}})
        options = {"reload_command": COMMAND}
    before = scene.tree(path)
    host = scene.Host(check_mode=True)
    predicted = scene.succeed(path, state, host=host, **options)
    assert host.commands == []
    assert scene.tree(path) == before
    real = scene.succeed(path, state, **options)
    assert scene.without_digests(predicted) == scene.without_digests(real)
    assert predicted["changed"] is True


@pytest.mark.parametrize("record", [None, {"reload_pending": False}, {"name": "contracts"}])
def test_recorded_runs_a_pending_reload(path, record) -> None:
    _first, options = renewed(path)
    scene.succeed(path, **{**options, "reload_command": None, "record": {"reload_pending": True}})
    host = scene.Host(outcomes=[FAILED])
    recorded = {"reload_command": COMMAND, "record": record}
    result = scene.call(path, "recorded", host=host, **recorded)
    assert (result["error_code"], result["deployments"][0]["rolled_back"]) == ("reload_failed", False)
    assert record_of(path)["reload_pending"] is True
    assert scene.live_serial(path) == scene.serial(options)
    result = scene.succeed(path, "recorded", host=host, **recorded)
    assert (result["reloaded"], result["changed"], record_of(path)["reload_pending"]) == (True, True, False)
    again = scene.succeed(path, "recorded", host=host, **recorded)
    assert (again["reloaded"], again["changed"], len(host.commands)) == (False, False, 2)


def test_without_a_command_the_reload_is_pending_for_handlers(path) -> None:
    _first, options = renewed(path, reload_command=None, record={"reload_pending": True})
    host = scene.Host()
    result = scene.succeed(path, host=host, **options)
    assert (result["reloaded"], result["record"]["reload_pending"]) == (False, True)
    result = scene.succeed(path, "recorded", host=host, record={"reload_pending": False})
    assert (result["reloaded"], result["record"]["reload_pending"]) == (False, False)
    assert host.commands == []


def test_a_rollback_by_a_person_is_reloaded(path) -> None:
    first, options = renewed(path)
    scene.succeed(path, **options)
    host = scene.Host()
    result = scene.succeed(path, "rolled_back", host=host, reload_command=COMMAND)
    assert (scene.live_serial(path), result["reloaded"]) == (scene.serial(first), True)
    assert result["record"]["reload_pending"] is False
    assert scene.succeed(path, "rolled_back", host=host, reload_command=COMMAND)["changed"] is False
    assert len(host.commands) == 1


@pytest.mark.parametrize(
    ("state", "options", "words"),
    [
        ("present", {"reload_command": "'"}, "reload_command is not a valid"),
        ("present", {"reload_command": "true && false"}, "reload_command has the shell operator &&"),
        ("present", {"validate": "test -d %s; true"}, "validate has the shell operator ;"),
        (
            "present",
            {"test_signature": {**TEST, "command": "sign | tee log"}, "reload_command": "x"},
            "test_signature.command has the shell operator |",
        ),
        ("prepared", {"key": {"storage": "external", "csr_command": "csr", "install_command": "x &"}}, "operator &,"),
        ("present", {"test_signature": {**TEST, "reader": "verify"}, "reload_command": "x"}, "must contain %s"),
        (
            "present",
            {"test_signature": {**TEST, "content": "test.txt"}, "reload_command": "x"},
            "test_signature.content must be an absolute path or none",
        ),
        ("present", {"test_signature": TEST}, "test_signature needs reload_command"),
        ("present", {"test_signature": {**TEST, "command": ""}, "reload_command": "x"}, "command is empty"),
        ("absent", {"reload_command": "x"}, "reload_command needs the state"),
        ("prepared", {"reload_command": "x"}, "reload_command needs the state"),
    ],
)
def test_unusable_options_are_refused(path, state, options, words) -> None:
    with pytest.raises(scene.WotrusError, match=words):
        scene.call(path, state, certificate="x", **options)


def test_a_diff_shows_the_release_that_is_live_in_the_end(path) -> None:
    first, options = renewed(path)
    result = scene.call(path, host=scene.Host(outcomes=[FAILED]), **options)
    (diff,) = result["diff"]
    assert json.loads(diff["after"])["live"]["serial_number"] == scene.serial(first)
