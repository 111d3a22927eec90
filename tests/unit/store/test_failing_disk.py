# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A disk that fails at any change: one clear failure.

There is no partial state, and the same call completes it later.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._store import switch
from tests.unit.store import scene
from tests.unit.store.killing import patch_changes
from tests.unit.store.test_kill import ORDER, RENEWAL, Stage, assert_tidy


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def fails(work, *, number: int, error: int) -> bool:
    """Do work in a child whose change of the disk fails.

    :returns: whether the work made so many changes
    """
    child = os.fork()
    if child == 0:
        _fail(work, number=number, error=error)
    _pid, status = os.waitpid(child, 0)
    code = os.WEXITSTATUS(status)
    assert code in (0, 2), "the failure was not reported correctly"
    return code == 2


def _fail(work, *, number: int, error: int) -> None:
    seen = 0

    def around(change):
        nonlocal seen
        seen += 1
        if seen == number:
            raise OSError(error, os.strerror(error))
        return change()

    patch_changes(around)
    status = 1
    try:
        result = work()
        is_reported = not result.get("failed") or (
            result["error_code"] == "store_failed" and os.strerror(error) in result["msg"]
        )
        status = (2 if seen >= number else 0) if is_reported else 1
    finally:
        if status == 1:
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(status)


def fail_everywhere(stage, work, look, *, error: int) -> int:
    failures = 0
    stage.begin()
    while fails(work, number=failures + 1, error=error):
        failures += 1
        look()
        assert not work().get("failed")
        look()
        assert_tidy(stage.path)
        stage.begin()
    return failures


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_renewal_on_a_failing_disk(stage, error) -> None:
    former = scene.deploy_certificate(stage.path, record=ORDER)
    prepared = scene.prepare(stage.path, record=RENEWAL)
    stage.keep()
    key = scene.spki(scene.Requester(prepared["csr"]))
    options = {**scene.certify(prepared["csr"]), "record": {"reload_pending": True}}

    def look() -> None:
        assert scene.live_serial(stage.path) in (scene.serial(former), scene.serial(options))
        assert key in scene.keys_of(stage.path)

    assert fail_everywhere(stage, lambda: scene.call(stage.path, **options), look, error=error) > 30


def test_preparing_on_a_full_disk(stage) -> None:
    seen: set[bytes] = set()

    def look() -> None:
        keys = scene.keys_of(stage.path) if stage.path.exists() else set()
        assert seen <= keys or not seen, "a pending key was replaced"
        assert len(keys) <= 1

    def work():
        return scene.call(stage.path, "prepared", key={"type": "ECC"}, subject={"common_name": "S"}, record=ORDER)

    assert fail_everywhere(stage, work, look, error=errno.ENOSPC) > 15


def test_a_rollback_on_a_failing_disk(stage) -> None:
    first = scene.deploy_certificate(stage.path, record=ORDER)
    second = scene.deploy_certificate(stage.path, record=RENEWAL)
    stage.keep()
    keys = scene.keys_of(stage.path)

    def look() -> None:
        assert scene.live_serial(stage.path) in (scene.serial(first), scene.serial(second))
        assert scene.keys_of(stage.path) == keys

    def work():
        return scene.call(stage.path, "rolled_back", record={"reload_pending": True})

    assert fail_everywhere(stage, work, look, error=errno.ENOSPC) > 10


def test_switch_with_wrong_files_is_undone(stage, monkeypatch) -> None:
    former = scene.deploy_certificate(stage.path, record=ORDER)
    prepared = scene.prepare(stage.path, record=RENEWAL)
    options = {**scene.certify(prepared["csr"]), "record": {"reload_pending": True}}
    real = os.replace

    def replace(source, target) -> None:
        real(source, target)
        if os.path.basename(target) == "live" and scene.serial(options) in os.readlink(target):
            (stage.path / "releases" / scene.serial(options) / "cert.pem").write_text(former["certificate"])

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        patch.setattr("pathlib.Path.replace", replace)
        result = scene.call(stage.path, **options)
    assert result["error_code"] == "store_failed"
    assert "differs from what was written" in result["msg"]
    assert scene.live_serial(stage.path) == scene.serial(former)
    assert scene.info(stage.path)["record"]["reload_pending"] is False
    assert scene.info(stage.path)["pending"]["has_key"] is True


def test_switch_is_undone_if_the_new_key_does_not_sign(stage, monkeypatch) -> None:
    """The public parts match, but the private part is damaged."""
    former = scene.deploy_certificate(stage.path, record=ORDER)
    prepared = scene.prepare(stage.path, record=RENEWAL)
    options = {**scene.certify(prepared["csr"]), "record": {"reload_pending": True}}
    live = []

    def cannot_sign(_key, certificate) -> bool:
        live.append(scene.live_serial(stage.path))
        return f"{certificate.serial_number:X}" != scene.serial(options)

    with monkeypatch.context() as patch:
        patch.setattr(switch, "proves_key", cannot_sign)
        result = scene.call(stage.path, **options)
    assert result["error_code"] == "signature_failed"
    assert "live/privkey.pem" in result["msg"]
    assert live == [scene.serial(options)]
    assert scene.live_serial(stage.path) == scene.serial(former)
    assert scene.info(stage.path)["record"]["reload_pending"] is False
    assert scene.info(stage.path)["pending"]["has_key"] is True
    assert scene.succeed(stage.path, **options)["live"]["serial_number"] == scene.serial(options)


def test_first_certificate_is_not_live_if_its_key_does_not_sign(stage, monkeypatch) -> None:
    prepared = scene.prepare(stage.path, record=ORDER)
    with monkeypatch.context() as patch:
        patch.setattr(switch, "proves_key", lambda _key, _certificate: False)
        result = scene.call(stage.path, **scene.certify(prepared["csr"]))
    assert result["error_code"] == "signature_failed"
    assert not os.path.lexists(stage.path / "live")
    assert scene.info(stage.path)["pending"]["has_key"] is True


def test_file_is_named_only_after_it_is_synced(stage, monkeypatch) -> None:
    """A crash may lose content that was not synced.

    Content is synced before its name, and the name before the next step.
    """
    synced: set[str] = set()
    waiting: set[str] = set()
    real = {name: getattr(os, name) for name in ("fsync", "rename", "replace", "symlink")}

    def fsync(descriptor) -> None:
        place = os.readlink(f"/proc/self/fd/{descriptor}")
        synced.add(place)
        waiting.discard(place)
        real["fsync"](descriptor)

    def naming(name):
        def give(source, target) -> None:
            source, target = str(source), str(target)
            assert os.path.islink(source) or source in synced or not target.startswith(str(stage.path)), source
            content = os.listdir(source) if os.path.isdir(source) else []
            assert {os.path.join(source, file) for file in content} <= synced or "releases" not in source
            assert not waiting, f"{waiting} is not safe yet"
            waiting.add(os.path.dirname(target))
            real[name](source, target)

        return give

    def symlink(*arguments) -> None:
        assert not waiting, f"{waiting} is not safe yet"
        real["symlink"](*arguments)

    scene.deploy_certificate(stage.path, record=ORDER)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        patch.setattr(os, "symlink", symlink)
        for name in ("rename", "replace"):
            patch.setattr(os, name, naming(name))
        scene.deploy_certificate(stage.path, record=RENEWAL)
        assert not waiting
    assert any("releases" in place for place in synced)
    assert str(stage.path) in synced
