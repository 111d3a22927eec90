# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states ``rolled_back`` and ``absent``, and the lock."""

from __future__ import annotations

import fcntl
import os
import pathlib
import threading
import time
import types

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult
from ansible_collections.wotrus.pki.plugins.module_utils._store import lock
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.lock import locked
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from tests.unit.store import scene


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "ssl" / "contracts"


def two_releases(path: pathlib.Path):
    first = scene.deploy_certificate(path, record={"order_id": "ONE", "root_order_id": "ROOT", "months": 12})
    second = scene.deploy_certificate(path, record={"operation": "renew", "order_id": "TWO"})
    return first, second


def test_former_release_is_deployed_again_with_its_order(path) -> None:
    first, second = two_releases(path)
    result = scene.succeed(path, "rolled_back", record={"reload_pending": True})
    assert scene.live_serial(path) == scene.serial(first)
    assert result["changed"] is True
    assert result["live"]["serial_number"] == scene.serial(first)
    assert result["previous"]["serial_number"] == scene.serial(second)
    record = result["record"]
    assert (record["live"]["order_id"], record["live"]["root_order_id"], record["live"]["months"]) == (
        "ONE",
        "ROOT",
        12,
    )
    assert record["reload_pending"] is True
    assert [(one["order_id"], one["operation"]) for one in record["superseded"]] == [("TWO", "rolled_back")]
    assert scene.info(path)["live"]["key_matches"] is True


def test_without_a_record_the_newest_other_release_is_the_former_one(path) -> None:
    first, second = two_releases(path)
    (path / "record.json").unlink()
    for changed in (True, False):
        result = scene.succeed(path, "rolled_back")
        assert result["changed"] is changed
        assert scene.live_serial(path) == scene.serial(first)
        assert result["previous"]["serial_number"] == scene.serial(second)


def test_rolling_back_twice_is_rolling_back_once(path) -> None:
    first, _second = two_releases(path)
    scene.succeed(path, "rolled_back")
    before = scene.tree(path)
    result = scene.succeed(path, "rolled_back")
    assert result["changed"] is False
    assert scene.tree(path) == before
    assert scene.live_serial(path) == scene.serial(first)


def test_newer_release_can_be_deployed_again_after_a_rollback(path) -> None:
    first, second = two_releases(path)
    scene.succeed(path, "rolled_back")
    result = scene.succeed(path, **second)
    assert scene.live_serial(path) == scene.serial(second)
    assert result["record"]["live"]["order_id"] == "TWO"
    assert [one["order_id"] for one in result["record"]["superseded"]] == ["ONE"]
    scene.succeed(path, "rolled_back")
    assert scene.live_serial(path) == scene.serial(first)


def test_rollback_keeps_a_pending_order(path) -> None:
    two_releases(path)
    waiting = scene.prepare(path, record={"operation": "reissue"})
    result = scene.succeed(path, "rolled_back")
    assert result["record"]["pending"]["operation"] == "reissue"
    assert scene.info(path)["pending"]["csr"] == waiting["csr"]


def test_there_must_be_a_release_to_go_back_to(path) -> None:
    for _time in range(2):
        result = scene.call(path, "rolled_back")
        assert result["error_code"] == "nothing_to_roll_back"
        if not path.exists():
            scene.deploy_certificate(path)


def test_former_release_without_its_key_is_not_deployed(path) -> None:
    first, second = two_releases(path)
    (path / "releases" / scene.serial(first) / "privkey.pem").unlink()
    result = scene.call(path, "rolled_back")
    assert result["error_code"] == "key_mismatch"
    assert scene.live_serial(path) == scene.serial(second)


def test_validate_may_refuse_a_rollback(path) -> None:
    _first, second = two_releases(path)
    host = scene.Host(outcomes=[CommandResult(Message("failed"))])
    result = scene.call(path, "rolled_back", host=host, validate="check %s")
    assert result["error_code"] == "validation_failed"
    assert scene.live_serial(path) == scene.serial(second)


def test_check_mode_predicts_a_rollback(path) -> None:
    first, second = two_releases(path)
    before = scene.tree(path)
    predicted = scene.succeed(path, "rolled_back", host=scene.Host(check_mode=True))
    assert scene.tree(path) == before
    assert scene.live_serial(path) == scene.serial(second)
    real = scene.succeed(path, "rolled_back")
    assert scene.without_digests(predicted) == scene.without_digests(real)
    assert predicted["live"]["serial_number"] == scene.serial(first)


def test_absent_removes_everything_and_then_nothing(path) -> None:
    two_releases(path)
    scene.prepare(path, record={"operation": "reissue"})
    before = scene.tree(path)
    assert scene.call(path, "absent", host=scene.Host(check_mode=True))["changed"] is True
    assert scene.tree(path) == before
    result = scene.succeed(path, "absent")
    assert result["changed"] is True
    assert result["record"] is None
    assert not path.exists()
    assert path.parent.exists()
    assert scene.call(path, "absent")["changed"] is False


def test_absent_keeps_other_files_with_a_warning(path) -> None:
    two_releases(path)
    (path / "notes.txt").write_text("mine")
    host = scene.Host()
    scene.succeed(path, "absent", host=host)
    assert scene.tree(path) == {"notes.txt": b"mine"}
    assert "was not removed" in host.warnings[0]
    again = scene.succeed(path, "absent")
    assert again["changed"] is False
    assert scene.tree(path) == {"notes.txt": b"mine"}


def test_absent_removes_an_empty_directory(path) -> None:
    path.mkdir(parents=True)
    assert scene.succeed(path, "absent")["changed"] is True
    assert not path.exists()


def test_locked_directory_is_an_error_after_the_time_limit(path) -> None:
    scene.prepare(path)
    with locked(Layout.at(str(path)), timeout=1, check=lambda: None):
        result = scene.call(path, "prepared", subject={"common_name": "S"}, lock_timeout=0)
    assert result["error_code"] == "store_locked"
    assert "lock_timeout" in result["msg"]
    assert scene.call(path, "prepared", subject={"common_name": "Signer"}, lock_timeout=0)["changed"] is False


def test_a_file_system_without_folders_is_not_called_locked() -> None:
    result = scene.call(pathlib.Path("/proc/wotrus"), "prepared", subject={"common_name": "S"}, lock_timeout=0)
    assert result["error_code"] == "store_failed"
    assert result["msg"].startswith("/proc/wotrus: ")


def test_a_lock_is_waited_for(path, monkeypatch) -> None:
    scene.prepare(path)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(Layout.at(str(path)), timeout=1, check=lambda: None):
            held.set()
            release.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(60)

    def pause(seconds: float) -> None:
        release.set()
        time.sleep(seconds)

    monkeypatch.setattr(lock, "time", types.SimpleNamespace(sleep=pause, monotonic=time.monotonic))
    assert scene.prepare(path, lock_timeout=60)["changed"] is False
    assert release.is_set()
    holder.join()


def test_lock_in_a_removed_directory_does_not_count(path, monkeypatch) -> None:
    scene.prepare(path)
    real = fcntl.flock

    def flock(descriptor, operation) -> None:
        if not (path.parent / "away").exists():
            path.rename(path.parent / "away")
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    with locked(Layout.at(str(path)), timeout=5, check=lambda: None):
        other = os.open(path / ".lock", os.O_RDWR)
        with pytest.raises(BlockingIOError):
            real(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(other)
