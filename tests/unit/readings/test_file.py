# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of readings: what it keeps, for how long, and that it never stops a run."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import multiprocessing
import os
import pathlib
import stat
import typing as t
from unittest import mock

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client import private_file
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import DEFAULT_URL, Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import StoreFailed
from ansible_collections.wotrus.pki.plugins.module_utils._readings import file
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import add_to_file, read_file
from ansible_collections.wotrus.pki.plugins.module_utils._readings.watch import Sight, Watcher

DAY = dt.date(2026, 12, 1)
ACCOUNT = Settings("tk_of-the-company", DEFAULT_URL)
OTHER_ACCOUNT = Settings("tk_of-another-one", DEFAULT_URL)
GATEWAY = Settings("tk_of-the-company", "https://gateway.example.com")
SANDBOX = Settings("tk_of-the-company", "https://127.0.0.1:8443")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "readings.json"


def watcher(*words: tuple[str, str], request: str = "request-1", product: str | None = None) -> Watcher:
    one = Watcher()
    one.seen = {(reading, word, product): Sight(1, request, request) for reading, word in words}
    return one


def add(path: pathlib.Path, one: Watcher, settings: Settings = ACCOUNT, day: dt.date = DAY) -> list[str]:
    return [str(warning) for warning in add_to_file(str(path), one, settings, day)]


def rows(path: pathlib.Path) -> list[dict[str, t.Any]]:
    found: list[dict[str, t.Any]] = json.loads(path.read_text(encoding="utf-8"))["seen"]
    return found


USUAL, SLASHES = watcher(("create_time", "usual")), watcher(("create_time", "slashes"), request="request-2")


def test_word_has_its_counts_days_and_requests(path: pathlib.Path) -> None:
    assert add(path, USUAL) == []
    assert add(path, watcher(("create_time", "usual"), request="request-9"), day=DAY + dt.timedelta(days=3)) == []

    assert rows(path) == [
        {
            "reading": "create_time",
            "word": "usual",
            "api": "wotrus",
            "account": 1,
            "product": None,
            "count": 2,
            "first": "2026-12-01",
            "first_request": "request-1",
            "last": "2026-12-04",
            "last_request": "request-9",
        }
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_account_is_a_number_and_an_address_is_a_word(path: pathlib.Path) -> None:
    for settings in (ACCOUNT, OTHER_ACCOUNT, GATEWAY, SANDBOX, ACCOUNT):
        assert add(path, USUAL, settings) == []

    found = [(row["api"], row["account"], row["count"]) for row in rows(path)]
    assert sorted(found) == [("other", 3, 1), ("sandbox", 4, 1), ("wotrus", 1, 2), ("wotrus", 2, 1)]
    text = path.read_text(encoding="utf-8")
    assert not [word for word in ("company", "another", "gateway", "127.0.0.1", "tk_") if word in text]


def test_sandbox_that_answers_otherwise_is_no_news(path: pathlib.Path) -> None:
    add(path, USUAL, SANDBOX)

    assert add(path, SLASHES, SANDBOX) == []


def test_sandboxes_are_one_account_whatever_their_ports(path: pathlib.Path) -> None:
    for port in range(8443, 8446):
        add(path, USUAL, Settings("tk_sandbox", f"https://127.0.0.1:{port}"))

    assert [(row["account"], row["count"]) for row in rows(path)] == [(1, 3)]


def test_account_costs_one_slow_digest(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for settings in (ACCOUNT, OTHER_ACCOUNT, GATEWAY):
        add(path, USUAL, settings)
    slow = mock.Mock(wraps=hashlib.pbkdf2_hmac)
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", slow)

    add(path, USUAL, GATEWAY)

    assert slow.call_count == 1


def test_contradiction_is_one_warning_with_both_days_and_requests(path: pathlib.Path) -> None:
    add(path, USUAL)

    (warning,) = add(path, SLASHES, day=DAY + dt.timedelta(days=40))
    for part in ("2026-12-01", "request-1", "2027-01-10", "request-2", "How is createTime written?"):
        assert part in warning

    # Both are kept, and it is no news any more.
    assert add(path, USUAL, day=DAY + dt.timedelta(days=41)) == []
    assert add(path, SLASHES, day=DAY + dt.timedelta(days=42)) == []
    assert [row["word"] for row in rows(path)] == ["usual", "slashes"]


def test_another_account_product_or_year_contradicts_nothing(path: pathlib.Path) -> None:
    add(path, USUAL)
    assert add(path, SLASHES, OTHER_ACCOUNT) == []
    assert add(path, watcher(("duration", "months"), product="pdf_signing")) == []
    assert add(path, watcher(("duration", "days"), product="unknown")) == []

    assert add(path, SLASHES, day=DAY + dt.timedelta(days=366)) == []


def test_two_words_that_may_both_be_true_are_no_contradiction(path: pathlib.Path) -> None:
    add(path, watcher(("query_field", "cn missing"), ("create_time", "usual")))

    assert add(path, watcher(("query_field", "org null"), ("create_time", "moved"))) == []
    words = read_file(str(path)).words(api="wotrus", day=DAY)
    assert (words["create_time"]["word"], words["query_field"]["word"]) == ("moved", "org null")


def test_word_counts_for_a_year(path: pathlib.Path) -> None:
    add(path, USUAL)

    document = read_file(str(path))
    assert set(document.words(api="wotrus", day=DAY + dt.timedelta(days=365))) == {"create_time"}
    assert document.words(api="wotrus", day=DAY + dt.timedelta(days=366)) == {}
    assert document.words(api="sandbox", day=DAY) == {}


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", '{"version": 2}', '{"version": 1, "seen": [1]}', "\x00" * 99, "[" * 99_999),
        '{"version": 1, "seen": [], "odd": [], "accounts": [{"account": 1, "salt": "no digits", "digest": "0"}]}',
    ],
)
def test_damaged_file_is_a_warning_and_stays(path: pathlib.Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")

    warnings = add(path, USUAL)

    assert [warning.startswith("The file of wotrus_readings is not written") for warning in warnings] == [True] * bool(
        content
    )
    assert not content or path.read_text(encoding="utf-8") == content
    # What shows what is known takes no other error.
    with contextlib.nullcontext() if not content else pytest.raises(StoreFailed):
        read_file(str(path)).account(ACCOUNT)


def test_link_a_missing_folder_and_a_folder_of_all_are_warnings(path: pathlib.Path) -> None:
    (path.parent / "elsewhere.json").write_text("", encoding="utf-8")
    path.symlink_to(path.parent / "elsewhere.json")
    assert len(add(path, USUAL)) == 1
    assert (path.parent / "elsewhere.json").read_text(encoding="utf-8") == ""

    assert len(add(path.parent / "missing" / "readings.json", USUAL)) == 1

    shared = path.parent / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    assert len(add(shared / "readings.json", USUAL)) == 1


def test_lock_of_a_process_that_hangs_is_a_warning(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(path, USUAL)
    before = path.read_bytes()
    monkeypatch.setattr(file, "_LONGEST_WAIT", 0.0)

    with private_file.locked(str(path)):
        (warning,) = add(path, SLASHES)

    assert f"{path}.lock" in warning
    assert path.read_bytes() == before
    assert len(add(path, SLASHES)) == 1


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_process_that_is_killed_while_it_writes_leaves_the_former_file(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    add(path, USUAL)
    before = path.read_bytes()

    def kill(*_arguments: object) -> None:
        raise Killed

    # Nothing that a process does at its end happens in one that is killed.
    monkeypatch.setattr(private_file.os, function, kill)
    monkeypatch.setattr(private_file.os, "unlink", lambda *_arguments: None)
    with pytest.raises(Killed):
        add(path, SLASHES)
    monkeypatch.undo()

    assert path.read_bytes() == before
    assert add(path, watcher(("numbers", "text"))) == []
    assert [row["word"] for row in rows(path)] == ["usual", "text"]


def _add_often(path: str, number: int) -> None:
    for one in range(10):
        add_to_file(path, watcher(("create_time", "usual"), request=f"{number}-{one}"), ACCOUNT, DAY)


def test_processes_add_to_one_file(path: pathlib.Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_add_often, args=(str(path), number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [row["count"] for row in rows(path)] == [40]
    assert sorted(os.listdir(path.parent)) == ["readings.json", "readings.json.lock"]


def test_word_of_another_release_says_nothing(path: pathlib.Path) -> None:
    add(path, USUAL)
    add(path, watcher(("create_time", "by the moon"), ("of_next_year", "yes")), day=DAY + dt.timedelta(days=1))

    words = read_file(str(path)).words(api="wotrus", day=DAY)
    assert {name: row["word"] for name, row in words.items()} == {"create_time": "usual"}
