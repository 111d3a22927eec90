# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: its lines, and what is not sent without one.

tests/simulation has the promise over whole runs, and tests/torture/kill/test_journal.py kills processes.
"""

from __future__ import annotations

import errno
import fcntl
import grp
import json
import multiprocessing
import os
import pathlib
import re
import socket
import stat
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client import journal as under_test
from ansible_collections.wotrus.pki.plugins.module_utils._client import private_file
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    CancelRefused,
    InvalidInput,
    JournalFailed,
    RejectedByApi,
    Unavailable,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Document, ReissueRequest
from ansible_collections.wotrus.pki.plugins.module_utils._orders.journaled_orders import read_journal
from tests.helpers import scripted_server, tls
from tests.helpers.scripted_server import Script, drop, envelope, raw, refusal
from tests.unit.client.test_calls import DOCUMENT, ID, OTHER, new_order

NOBODY = 65534
TOKEN = "tk_do-not-show-this"
REISSUE = ReissueRequest(ID, "the CSR", "a lost key", "value-2", document=DOCUMENT)
SENDER = {"user": "li", "job": "17", "host": "sign-1.example.com"}
ABOUT = {"certificate": "contracts", "root_order_id": OTHER, "plan": "2c26b4", "limits": {"charged_orders": 1}}
Line = dict[str, t.Any]


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def api(server: Script, authority: tls.Authority, path: pathlib.Path, warnings: list[str]) -> t.Iterator[Api]:
    settings = Settings(token=TOKEN, url=server.url, ca_path=str(authority.path), timeout=10.0)
    with Api(settings, Journal(str(path), SENDER, lambda words: warnings.append(str(words)))) as one:
        yield one


def lines(path: pathlib.Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def sent(server: Script) -> list[str]:
    return [one.headers["requestid"] for one in server.requests]


def test_an_order_has_a_line_before_and_one_after(server: Script, api: Api, path: pathlib.Path) -> None:
    server.will(envelope({"orderId": OTHER, "orderId_RSA": ID}))
    api.create(new_order(), about=ABOUT)

    before, after = lines(path)
    same = {
        "call": "create",
        **SENDER,
        **ABOUT,
        "workflow_job": None,
        "approver": None,
        "order_id": None,
        "idempotence_id": "value-1",
        "product_id": "76ECE651-B59E-48F2-A47B-135614AADAD9",
        "months": 12,
        "api": server.url.removeprefix("https://"),
    }
    times = [one.pop("time") for one in (before, after)]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", one) for one in times)
    assert before == {
        "event": "send",
        "request_id": sent(server)[0],
        **same,
        "new_order_id": None,
        "companion_order_id": None,
    }
    assert after == {
        "event": "end",
        "request_ids": sent(server),
        **same,
        "new_order_id": ID,
        "companion_order_id": OTHER,
        "outcome": "accepted",
        "error_code": None,
    }


def test_calls_that_end_something_have_lines_too(server: Script, api: Api, path: pathlib.Path) -> None:
    server.will(envelope({"newOrderID": OTHER}), envelope({}), envelope({"cancelResult": True}))
    api.reissue(REISSUE)
    api.revoke(ID, reason="a lost key", document=DOCUMENT)
    api.cancel(f" {{{ID}}}", reason="by mistake")

    found = [(one["event"], one["call"], one["order_id"], one["new_order_id"]) for one in lines(path)]
    assert found == [
        ("send", "reissue", ID, None),
        ("end", "reissue", ID, OTHER),
        ("send", "revoke", ID, None),
        ("end", "revoke", ID, None),
        ("send", "cancel", ID, None),
        ("end", "cancel", ID, None),
    ]


def test_calls_that_read_have_none(server: Script, api: Api, path: pathlib.Path) -> None:
    server.will(envelope({"id": ID, "status": "issued"}), envelope({"pem_RSA": "PEM"}), envelope({"sentResult": True}))
    api.query(ID)
    api.retrieve(ID)
    api.notify(ID, collect_url="https://example.com")

    assert not path.exists()


def test_each_try_has_a_line_of_its_own(server: Script, api: Api, path: pathlib.Path) -> None:
    server.will(drop(), raw(status=503), envelope({"orderId": ID}))
    api.create(new_order())

    *tries, end = lines(path)
    assert [one["request_id"] for one in tries] == sent(server) == end["request_ids"]
    assert (len(tries), end["outcome"]) == (3, "accepted")


@pytest.mark.parametrize(
    ("answer", "error", "outcome"),
    [
        (refusal("余额不足"), RejectedByApi, "refused"),
        (raw(status=401), WotrusError, "refused"),
        (raw(status=503), Unavailable, "unknown"),
        (drop(), WotrusError, "unknown"),
        (envelope({}), WotrusError, "unknown"),
    ],
)
def test_end_of_a_failed_call(
    server: Script, api: Api, path: pathlib.Path, answer: scripted_server.Answer, error: type[WotrusError], outcome: str
) -> None:
    server.will(answer)
    with pytest.raises(error) as caught:
        api.create(new_order())

    end = lines(path)[-1]
    assert (end["outcome"], end["error_code"], end["new_order_id"]) == (outcome, caught.value.error_code, None)


def test_end_of_a_cancellation_that_was_refused(server: Script, api: Api, path: pathlib.Path) -> None:
    server.will(envelope({"cancelResult": False, "cancelFailedReason": "订单已颁发"}))
    with pytest.raises(CancelRefused):
        api.cancel(ID, reason="by mistake")

    assert lines(path)[-1]["outcome"] == "refused"


def test_end_of_a_call_that_reached_nobody(path: pathlib.Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with Api(Settings(TOKEN, url, retries=0), Journal(str(path))) as api, pytest.raises(Unavailable):
            api.create(new_order())

    assert lines(path)[-1]["outcome"] == "not_sent"


def test_a_call_that_is_interrupted_has_its_end(api: Api, path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object, **_options: object) -> t.NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(api.http._transport, "send", interrupted)
    with pytest.raises(KeyboardInterrupt):
        api.create(new_order())

    assert [(one["event"], one.get("outcome")) for one in lines(path)] == [("send", None), ("end", "unknown")]


def test_nothing_secret_or_personal_is_in_a_line(server: Script, api: Api, path: pathlib.Path) -> None:
    private = {
        "ukey_password": "Secret-123",
        "ukey_ship_address": "某路 1 号",
        "organization": {
            "name": "示例公司",
            "user_last_name": "王",
            "user_email": "wang@example.com",
            "user_mobile": "13800138000",
        },
        "documents": (Document(".pdf", "U2VjcmV0"),),
        "common_name": "王五",
        "extra": {"remark": "only for WoTrus"},
    }
    server.will(refusal("王五 is not known"))
    with pytest.raises(RejectedByApi):
        api.create(new_order(**private))

    text = path.read_text(encoding="utf-8")
    for word in (TOKEN, "Secret-123", "某路", "示例公司", "王五", "wang@", "13800138000", "U2VjcmV0", "remark"):
        assert word not in text


# ---- a journal that cannot be written


def _full(number: int) -> t.Callable[..., int]:
    """Return ``os.write`` on a disk that is full at a line, after a part of it."""
    real, seen = os.write, 0

    def write(file: int, line: bytes) -> int:
        nonlocal seen
        seen += 1
        if seen == number:
            return real(file, line[:20])
        if seen == number + 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(file, line)

    return write


def test_nothing_is_sent_without_a_line(server: Script, api: Api, path: pathlib.Path) -> None:
    path.mkdir()
    for call in (
        lambda: api.create(new_order()),
        lambda: api.reissue(REISSUE),
        lambda: api.revoke(ID, reason="a lost key", document=DOCUMENT),
        lambda: api.cancel(ID, reason="by mistake"),
    ):
        with pytest.raises(JournalFailed, match="Is a directory") as caught:
            call()
        assert not caught.value.answer_lost
    assert server.requests == []

    server.will(envelope({"id": ID, "status": "issued"}))
    assert api.query(ID).id == ID


def test_full_disk_leaves_no_part_of_a_line(
    server: Script, api: Api, path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.will(envelope({"orderId": ID}))
    api.create(new_order())
    monkeypatch.setattr(under_test.os, "write", _full(1))
    before = path.read_bytes()
    with pytest.raises(JournalFailed, match="No space left on device"):
        api.create(new_order())

    assert path.read_bytes() == before
    assert len(server.requests) == 1


def test_second_try_is_not_sent_without_a_line(
    server: Script, api: Api, path: pathlib.Path, warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.will(drop(), envelope({"orderId": ID}))
    monkeypatch.setattr(under_test.os, "write", _full(2))
    with pytest.raises(JournalFailed) as caught:
        api.create(new_order())

    # The first try may have placed the order.
    assert caught.value.answer_lost
    assert (len(server.requests), warnings) == (1, [])
    assert [(one["event"], one.get("outcome")) for one in lines(path)] == [("send", None), ("end", "unknown")]


def test_order_is_kept_without_its_second_line(
    server: Script, api: Api, path: pathlib.Path, warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.will(envelope({"orderId": ID}))
    monkeypatch.setattr(under_test.os, "write", _full(2))

    assert api.create(new_order()).order_id == ID
    assert [one["event"] for one in lines(path)] == ["send"]
    assert len(warnings) == 1
    assert "No space left on device" in warnings[0]


# ---- the file


def test_file_is_readable_by_its_owner_alone(path: pathlib.Path) -> None:
    Journal(str(path)).write("send", {})

    assert path.stat().st_mode & 0o777 == 0o600


def test_torn_line_does_not_damage_the_next_one(path: pathlib.Path) -> None:
    path.write_bytes(b'{"event": "send", "cal')
    Journal(str(path)).write("send", {"call": "create"})
    Journal(str(path)).write("end", {"call": "create"})

    torn, *whole = path.read_text().splitlines()
    assert torn == '{"event": "send", "cal'
    assert [json.loads(line)["event"] for line in whole] == ["send", "end"]


def test_rotated_file_is_begun_anew(path: pathlib.Path) -> None:
    one = Journal(str(path))
    one.write("send", {"number": 1})
    path.rename(path.with_suffix(".1"))
    one.write("send", {"number": 2})

    assert [line["number"] for line in lines(path)] == [2]


def _write_many(path: str, process: int) -> None:
    for number in range(50):
        Journal(path).write("send", {"process": process, "number": number, "text": "x" * (number * 100)})


def test_processes_write_whole_lines_to_one_file(path: pathlib.Path) -> None:
    fork = multiprocessing.get_context("fork")
    processes = [fork.Process(target=_write_many, args=(str(path), number)) for number in range(4)]
    for one in processes:
        one.start()
    for one in processes:
        one.join()

    found = [(line["process"], line["number"]) for line in lines(path)]
    assert sorted(found) == [(process, number) for process in range(4) for number in range(50)]


@pytest.mark.parametrize("place", ["journal.jsonl", "./journal.jsonl", "sylog"])
def test_place_is_an_absolute_path_or_syslog(place: str) -> None:
    with pytest.raises(InvalidInput, match="must be syslog or an absolute path"):
        Journal(place)


# ---- other users


def _link(path: pathlib.Path) -> None:
    path.with_name("other").write_text("{}\n")
    path.symlink_to(path.with_name("other"))


def _hard_link(path: pathlib.Path) -> None:
    path.with_name("other").write_text("{}\n")
    os.link(path.with_name("other"), path)


def _file_of_another_user(path: pathlib.Path) -> None:
    path.write_text("{}\n")
    os.chown(path, NOBODY, -1)


def _file_that_others_write(path: pathlib.Path) -> None:
    path.write_text("{}\n")
    path.chmod(0o666)


def _open_folder(path: pathlib.Path) -> None:
    path.parent.chmod(0o777)


def _folder_of_a_group(path: pathlib.Path) -> None:
    os.chown(path.parent, -1, NOBODY)
    path.parent.chmod(0o775)


def _folder_of_another_user(path: pathlib.Path) -> None:
    os.chown(path.parent, NOBODY, -1)


def _device(path: pathlib.Path) -> None:
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))


PLANTED = {
    "a link": _link,
    "a hard link": _hard_link,
    "a named pipe": os.mkfifo,
    "a file that others write": _file_that_others_write,
    "an open folder": _open_folder,
}
if os.geteuid() == 0:
    PLANTED |= {
        "/dev/zero": _device,
        "a file of another user": _file_of_another_user,
        "a folder of a group": _folder_of_a_group,
        "a folder of another user": _folder_of_another_user,
    }


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("name", ["journal.jsonl", "journal.jsonl.lock"])
def test_file_that_another_user_can_change_is_refused(
    server: Script, authority: tls.Authority, tmp_path: pathlib.Path, planted: str, name: str
) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    PLANTED[planted](folder / name)
    settings = Settings(token=TOKEN, url=server.url, ca_path=str(authority.path), timeout=10.0)
    journal = Journal(str(folder / "journal.jsonl"))

    with Api(settings, journal) as api, pytest.raises(JournalFailed, match=r"cannot be written: .*log"):
        api.create(new_order())
    with pytest.raises(JournalFailed, match="cannot be written"):
        journal.check()
    if name == "journal.jsonl" and (folder / name).exists():
        with pytest.raises(JournalFailed, match="cannot be read"):
            list(journal.lines())

    assert server.requests == []


def test_group_of_syslog_may_write_in_the_folder_of_logs(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        _folder_of_a_group(path)
    path.parent.chmod(0o775)
    monkeypatch.setattr(private_file, "_LOG_GROUP", grp.getgrgid(path.parent.stat().st_gid).gr_name)

    Journal(str(path)).write("send", {})

    assert len(lines(path)) == 1


def test_journal_that_is_too_large_is_not_read(path: pathlib.Path) -> None:
    Journal(str(path)).write("send", {})
    os.truncate(path, 1024**4)

    for read in (Journal(str(path)).check, lambda: read_journal(str(path))):
        with pytest.raises(JournalFailed, match=r"more than 256 MiB\. Rotate it"):
            read()


LOCKS = {
    "flock": lambda file: fcntl.flock(file, fcntl.LOCK_EX),
    "lockf": lambda file: fcntl.lockf(file, fcntl.LOCK_SH),
}


@pytest.mark.parametrize("lock", LOCKS)
def test_reader_holds_up_no_order(path: pathlib.Path, lock: str) -> None:
    Journal(str(path)).write("send", {})
    with path.open(encoding="utf-8") as reader:
        LOCKS[lock](reader)
        # In another process, since the locks of lockf are those of a process.
        writer = multiprocessing.get_context("fork").Process(target=Journal(str(path)).write, args=("end", {}))
        writer.start()
        writer.join(30)
        writer.kill()

    assert [one["event"] for one in lines(path)] == ["send", "end"]


def test_lock_that_cannot_be_opened_is_named(path: pathlib.Path) -> None:
    lock = path.with_name("journal.jsonl.lock")
    lock.mkdir()

    with pytest.raises(JournalFailed, match=rf"The journal {path} cannot be written: {lock}: Is a directory\."):
        Journal(str(path)).write("send", {})


def test_lock_is_open_to_its_owner_alone(path: pathlib.Path) -> None:
    lock = path.with_name("journal.jsonl.lock")
    Journal(str(path)).write("send", {})
    # As for a group that may read all files of the folder.
    lock.chmod(0o640)
    Journal(str(path)).write("end", {})

    assert lock.stat().st_mode & 0o777 == 0o600


# ---- syslog


@pytest.fixture
def daemon(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[socket.socket]:
    """What stands in for the daemon of syslog."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(str(tmp_path / "log"))
        monkeypatch.setattr(under_test, "_DEVICE", str(tmp_path / "log"))
        yield one


def test_syslog_takes_the_line(daemon: socket.socket) -> None:
    Journal("syslog").write("send", {"call": "create", "host": "签名机"})

    tag, line = daemon.recv(65536).split(b": ", maxsplit=1)
    assert tag == b"<13>wotrus"
    assert json.loads(line)["host"] == "签名机"


def test_without_syslog_nothing_is_sent(
    tmp_path: pathlib.Path, server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "_DEVICE", str(tmp_path / "none"))
    api = Api(Settings(TOKEN, server.url, validate_certs=False), Journal("syslog"))
    with api, pytest.raises(JournalFailed, match="The journal syslog cannot be written"):
        api.create(new_order())

    assert server.requests == []


# ---- the check before the first order


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize("place", [None, "syslog", "{folder}/journal.jsonl", "{folder}/there.jsonl"])
def test_check_passes_and_writes_nothing(tmp_path: pathlib.Path, place: str | None) -> None:
    (tmp_path / "there.jsonl").write_text("{}\n")
    before = {one.name: one.stat().st_size for one in tmp_path.iterdir()}

    Journal(place and place.format(folder=tmp_path)).check()

    assert {one.name: one.stat().st_size for one in tmp_path.iterdir()} == before


@pytest.mark.parametrize("place", ["{folder}/missing/journal.jsonl", "{folder}", "/dev/null/journal.jsonl", "syslog"])
def test_check_finds_a_place_that_cannot_be_written(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(under_test, "_DEVICE", str(tmp_path / "none"))
    with pytest.raises(JournalFailed):
        Journal(place.format(folder=tmp_path)).check()
