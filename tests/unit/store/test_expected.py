# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan is carried out only if the host is unchanged."""

from __future__ import annotations

import contextlib
import os
import pathlib
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult
from ansible_collections.wotrus.pki.plugins.module_utils._deployment import present, target
from tests.unit.store import scene

ORDER = {"operation": "order", "order_id": "A"}
KEY: scene.Json = {"key": {"type": "ECC"}, "subject": {"common_name": "Signer"}}
UKEY: scene.Json = {"key": {"storage": "ukey"}, "subject": {"common_name": "Signer"}}


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "ssl" / "contracts"


def digest(path: pathlib.Path) -> str:
    return str(scene.info(path)["state_digest"])


def left(result: scene.Json) -> str | None:
    """Return the digest of the state that an execution left."""
    (row,) = result["deployments"]
    return t.cast("str | None", row["state_digest"])


def prepare_key(path: pathlib.Path) -> None:
    scene.prepare(path, **KEY)


def prepare_password(path: pathlib.Path) -> None:
    scene.prepare(path, **UKEY)


def leave_only_a_key(path: pathlib.Path) -> None:
    prepare_key(path)
    (path / "record.json").unlink()


def renew(path: pathlib.Path) -> None:
    scene.deploy_certificate(path, record={"operation": "renew"})


def record_order(path: pathlib.Path) -> None:
    scene.succeed(path, "recorded", record={"operation": "renew", "order_id": "B"})


def lose_the_key(path: pathlib.Path) -> None:
    (path / "live" / "privkey.pem").unlink()


def damage_the_chain(path: pathlib.Path) -> None:
    with (path / "live" / "chain.pem").open("a") as file:
        file.write("\n")


@pytest.mark.parametrize("change", [prepare_key, prepare_password, leave_only_a_key, scene.deploy_certificate])
@pytest.mark.parametrize("check_mode", [False, True])
def test_plan_for_an_empty_directory_changes_nothing_in_another(path, change, *, check_mode: bool) -> None:
    change(path)
    before = scene.tree(path)

    result = scene.call(
        path, "prepared", host=scene.Host(check_mode=check_mode), expected_state=scene.EMPTY_STATE, record=ORDER, **KEY
    )

    assert result["error_code"] == "state_conflict"
    assert "Run again" in result["msg"]
    assert scene.tree(path) == before


@pytest.mark.parametrize("change", [renew, record_order, prepare_key, lose_the_key, damage_the_chain])
@pytest.mark.parametrize("state", ["prepared", "recorded", "present"])
def test_plan_for_another_state_changes_nothing(path, change, state: str) -> None:
    certificate = scene.deploy_certificate(path)
    expected = digest(path)
    change(path)
    before = scene.tree(path)
    options: dict[str, scene.Json] = {"present": certificate, "prepared": KEY}

    result = scene.call(path, state, expected_state=expected, record=ORDER, **options.get(state, {}))

    assert result["error_code"] == "state_conflict"
    assert scene.tree(path) == before
    assert left(result) is None


@pytest.mark.parametrize("has_directory", [False, True])
def test_plan_for_an_empty_directory_is_prepared_there(path, *, has_directory: bool) -> None:
    if has_directory:
        path.mkdir(parents=True)
    assert digest(path) == scene.EMPTY_STATE

    assert scene.succeed(path, "prepared", expected_state=scene.EMPTY_STATE, **KEY)["csr"]


def test_digest_advances_with_each_answer_of_a_run(path) -> None:
    request = {"operation": "order"}
    prepared = scene.succeed(path, "prepared", expected_state=scene.EMPTY_STATE.upper(), record=request, **KEY)
    recorded = scene.succeed(path, "recorded", expected_state=left(prepared), record=ORDER)
    certificate = scene.certify(prepared["csr"])

    deployed = scene.succeed(path, expected_state=left(recorded), reload_command="reload", **certificate)

    assert deployed["reloaded"] is True
    assert left(deployed) == digest(path)
    assert len({left(one) for one in (prepared, recorded, deployed)}) == 3
    assert left(scene.succeed(path, "absent", expected_state=digest(path))) == scene.EMPTY_STATE
    assert left(scene.call(path, "prepared", host=scene.Host(check_mode=True), **KEY)) is None


@pytest.mark.parametrize("error", [scene.WotrusError("refused"), OSError(28, "No space left on device")])
def test_order_is_recorded_after_a_failed_deployment(path, monkeypatch, error: Exception) -> None:
    """The failed deployment has changed the directory, and no other run did."""
    prepared = scene.succeed(path, "prepared", record={"operation": "order"}, **KEY)

    def fail(*_arguments: t.Any) -> None:
        raise error

    monkeypatch.setattr(present, "_update_record", fail)
    failed = scene.call(path, expected_state=left(prepared), **scene.certify(prepared["csr"]))

    assert failed["error_code"]
    assert left(failed) == digest(path) != left(prepared)
    scene.succeed(path, "recorded", expected_state=left(failed), record=ORDER)
    assert scene.info(path)["record"]["pending"]["order_id"] == "A"


def test_change_of_another_run_during_a_reload_is_a_conflict_afterwards(path) -> None:
    prepared = scene.succeed(path, "prepared", record={"operation": "order"}, **KEY)
    certificate = scene.certify(prepared["csr"])

    def change() -> CommandResult:
        record_order(path)
        return CommandResult()

    host = scene.Host(outcomes=[change])
    deployed = scene.succeed(path, host=host, reload_command="reload", **certificate)

    assert left(deployed) is None


def test_conflict_in_a_directory_that_another_run_makes_leaves_its_lock(path, monkeypatch) -> None:
    locked = target.locked

    @contextlib.contextmanager
    def locked_after_another_run(*arguments: t.Any, **options: t.Any) -> t.Iterator[None]:
        monkeypatch.setattr(target, "locked", locked)
        prepare_key(path)
        with locked(*arguments, **options):
            yield

    monkeypatch.setattr(target, "locked", locked_after_another_run)

    result = scene.call(path, "prepared", expected_state=scene.EMPTY_STATE, **KEY)

    assert result["error_code"] == "state_conflict"
    assert (path / ".lock").exists()


def test_removed_directory_is_not_created_again(path) -> None:
    scene.deploy_certificate(path)
    expected = digest(path)
    scene.shutil_rmtree(path)

    result = scene.call(path, "prepared", expected_state=expected, **KEY)

    assert result["error_code"] == "state_conflict"
    assert not path.exists()


def test_directory_that_cannot_be_read_is_not_as_expected(path) -> None:
    scene.deploy_certificate(path)
    expected = digest(path)
    (path / "record.json").write_text("{")

    result = scene.call(path, "prepared", expected_state=expected, **KEY)

    assert result["error_code"] == "state_conflict"
    assert scene.info(path)["state_digest"] is None


def test_state_absent_ignores_a_link_to_another_place(path) -> None:
    scene.deploy_certificate(path)
    (path / "live").unlink()
    (path / "live").symlink_to("/etc")

    scene.succeed(path, "absent", host=scene.Host(diff=False))


def test_password_of_another_run_is_kept(path) -> None:
    """The other run has recorded the order with the right password."""
    prepared = scene.succeed(path, "prepared", record={"operation": "order"}, **UKEY)
    scene.succeed(path, "recorded", record=ORDER)

    result = scene.call(path, "recorded", expected_state=left(prepared), record={**ORDER, "ukey_password_known": False})

    assert result["error_code"] == "state_conflict"
    assert (path / "pending" / "ukey_password").exists()


@pytest.mark.parametrize("noted", [None, "B"])
def test_password_is_dropped_if_its_order_is_another(path, noted: str | None) -> None:
    scene.prepare(path, key={"storage": "ukey"}, record={"operation": "order", "order_id": noted})

    scene.succeed(path, "recorded", record={**ORDER, "ukey_password_known": False})

    assert not os.path.lexists(path / "pending" / "ukey_password")
