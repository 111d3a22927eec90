# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan is carried out only if the host is unchanged."""

from __future__ import annotations

import contextlib
import pathlib
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._deployment import operation
from tests.unit.store import scene


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "ssl" / "contracts"


@pytest.mark.parametrize("expected", ["", "AB12"])
@pytest.mark.parametrize("state", ["prepared", "recorded"])
@pytest.mark.parametrize("check_mode", [False, True])
def test_plan_for_another_release_changes_nothing(path, expected: str, state: str, *, check_mode: bool) -> None:
    scene.deploy_certificate(path)
    before = scene.tree(path)

    result = scene.call(
        path,
        state,
        host=scene.Host(check_mode=check_mode),
        expected_live=expected,
        record={"operation": "order", "order_id": "B"},
    )

    assert result["error_code"] == "state_conflict"
    assert "Run again" in result["msg"]
    assert scene.tree(path) == before


def test_plan_for_the_live_release_is_prepared(path) -> None:
    scene.deploy_certificate(path)
    release = scene.info(path)["live"]["release"]

    result = scene.succeed(
        path, "prepared", expected_live=release, key={"type": "ECC"}, subject={"common_name": "Signer"}
    )

    assert scene.spki(scene.Requester(result["csr"])) in scene.keys_of(path)


def prepare_key(path: pathlib.Path) -> None:
    scene.prepare(path, key={"type": "ECC"}, subject={"common_name": "Signer"})


def leave_only_a_key(path: pathlib.Path) -> None:
    prepare_key(path)
    (path / "record.json").unlink()


@pytest.mark.parametrize("change", [prepare_key, leave_only_a_key, scene.deploy_certificate])
@pytest.mark.parametrize("check_mode", [False, True])
def test_plan_for_an_empty_directory_changes_nothing_in_another(path, change, *, check_mode: bool) -> None:
    change(path)
    before = scene.tree(path)

    result = scene.call(
        path,
        "prepared",
        host=scene.Host(check_mode=check_mode),
        expected_empty=True,
        key={"type": "ECC"},
        subject={"common_name": "Signer"},
    )

    assert result["error_code"] == "state_conflict"
    assert scene.tree(path) == before


def test_conflict_in_a_directory_that_another_run_makes_leaves_its_lock(path, monkeypatch) -> None:
    locked = operation.locked

    @contextlib.contextmanager
    def locked_after_another_run(*arguments: t.Any, **options: t.Any) -> t.Iterator[None]:
        monkeypatch.setattr(operation, "locked", locked)
        prepare_key(path)
        with locked(*arguments, **options):
            yield

    monkeypatch.setattr(operation, "locked", locked_after_another_run)

    result = scene.call(path, "prepared", expected_empty=True, key={"type": "ECC"}, subject={"common_name": "Signer"})

    assert result["error_code"] == "state_conflict"
    assert (path / ".lock").exists()


@pytest.mark.parametrize("has_directory", [False, True])
def test_plan_for_an_empty_directory_is_prepared_there(path, *, has_directory: bool) -> None:
    if has_directory:
        path.mkdir(parents=True)

    result = scene.succeed(
        path, "prepared", expected_empty=True, key={"type": "ECC"}, subject={"common_name": "Signer"}
    )

    assert result["csr"]


def test_removed_directory_is_not_created_again(path) -> None:
    result = scene.call(path, "prepared", expected_live="AB12", key={"type": "ECC"})

    assert result["error_code"] == "state_conflict"
    assert not path.exists()


def test_older_certificate_does_not_replace_a_newer_one(path) -> None:
    older = scene.deploy_certificate(path)
    seen = scene.info(path)["live"]["release"]
    newer = scene.deploy_certificate(path, record={"operation": "renew"})
    before = scene.tree(path)

    result = scene.call(path, expected_live="AB12", **older)

    assert result["error_code"] == "state_conflict"
    assert scene.tree(path) == before
    # Another run may have made live just what this one was about to.
    assert scene.succeed(path, expected_live=seen, **newer)["changed"] is False


def test_state_absent_ignores_a_link_to_another_place(path) -> None:
    scene.deploy_certificate(path)
    (path / "live").unlink()
    (path / "live").symlink_to("/etc")

    scene.succeed(path, "absent", host=scene.Host(diff=False))


@pytest.mark.parametrize(("pending", "expected"), [(True, False), (False, True)])
def test_password_of_a_ukey_that_changed_since_the_plan_is_a_conflict(path, *, pending: bool, expected: bool) -> None:
    asked = {"key": {"storage": "ukey"}, "subject": {"common_name": "Signer"}}
    if pending:
        scene.prepare(path, **asked)
    before = scene.tree(path) if pending else {}

    result = scene.call(path, "prepared", expected_ukey_password=expected, **asked)

    assert result["error_code"] == "state_conflict"
    assert (scene.tree(path) if path.exists() else {}) == before


@pytest.mark.parametrize("noted", ["A", None, "B"])
def test_password_is_dropped_unless_its_order_is_recorded_with_it(path, noted: str | None) -> None:
    scene.prepare(path, key={"storage": "ukey"}, record={"operation": "order", "order_id": noted})
    unknown = {"operation": "order", "order_id": "A", "ukey_password_known": False}

    result = scene.call(path, "recorded", record=unknown)

    assert result.get("error_code") == ("state_conflict" if noted == "A" else None)
    assert (path / "pending" / "ukey_password").exists() is (noted == "A")
