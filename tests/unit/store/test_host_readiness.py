# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_host_info``: what a host needs, without a write."""

from __future__ import annotations

import os
import pathlib
import sys
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._deployment import host_readiness
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import library
from tests.helpers import softhsm
from tests.helpers.softhsm import SoftHsm
from tests.unit.store.scene import deploy_certificate

ALL = {"python", "cryptography", "user", "path", "space", "commands", "key_files", "accounts"}


def checks(base_dir: pathlib.Path, **options: t.Any) -> dict[str, dict[str, t.Any]]:
    """Return the rows by check."""
    defaults = {name: one.get("default") for name, one in host_readiness.ARGUMENTS.items()}
    result = host_readiness.host_info({**defaults, "base_dir": str(base_dir), **options})
    assert result["time"].endswith("Z")
    return {row["check"]: row for row in result["checks"]}


def failed(base_dir: pathlib.Path, **options: t.Any) -> dict[str, str]:
    """Return the messages of the checks that failed."""
    return {name: row["msg"] for name, row in checks(base_dir, **options).items() if not row["passed"]}


def test_a_host_that_has_everything(tmp_path: pathlib.Path) -> None:
    key = tmp_path / "key.pem"
    key.touch()
    options = {
        "names": ["contracts"],
        "owner": "root",
        "trusted_groups": ["root", "0"],
        "first_keys": {"contracts": str(key)},
    }

    found = checks(tmp_path / "ssl" / "wotrus", commands=["sh -c 'exit 0'"], **options)

    assert set(found) == ALL
    assert all(row["passed"] for row in found.values()), found
    assert list(tmp_path.iterdir()) == [key]


def test_the_orders_of_records_are_named(tmp_path: pathlib.Path) -> None:
    deploy_certificate(tmp_path / "contracts", record={"order_id": "ONE", "root_order_id": "ONE", "months": 12})
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "record.json").write_text("{")
    defaults = {name: one.get("default") for name, one in host_readiness.ARGUMENTS.items()}

    names = ["contracts", "damaged", "missing"]
    result = host_readiness.host_info({**defaults, "base_dir": str(tmp_path), "names": names})

    assert result["order_ids"] == ["ONE"]


def test_what_a_host_lacks(tmp_path: pathlib.Path) -> None:
    found = failed(
        tmp_path,
        owner="no-such-owner",
        group="no-such-group",
        trusted_groups=["no-such-team"],
        commands=["no-such-program --password=hunter2", "'open", ""],
        first_keys={"contracts": str(tmp_path / "none")},
    )

    assert set(found) == {"accounts", "commands", "key_files"}
    assert "hunter2" not in str(found)


def test_a_key_file_is_not_needed_once_the_certificate_has_a_key(tmp_path: pathlib.Path) -> None:
    given = {"names": ["contracts"], "first_keys": {"contracts": str(tmp_path / "removed.pem")}}
    assert set(failed(tmp_path, **given)) == {"key_files"}

    deploy_certificate(tmp_path / "contracts")

    assert "key_files" not in checks(tmp_path, **given)


def test_a_key_file_is_not_needed_once_its_key_is_pending(tmp_path: pathlib.Path) -> None:
    pending = tmp_path / "contracts" / "pending"
    pending.mkdir(parents=True)
    (pending / "privkey.pem").touch()

    assert failed(tmp_path, names=["contracts"], first_keys={"contracts": str(tmp_path / "removed.pem")}) == {}


def test_owners_of_single_files_that_a_host_lacks(tmp_path: pathlib.Path) -> None:
    assert "no owner 'java'" in failed(tmp_path, owner="root", file_owners=["root", "java"])["accounts"]
    assert "no group 'java'" in failed(tmp_path, file_groups=["0", "java"])["accounts"]


def test_an_old_python(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_readiness, "_OLDEST_PYTHON", (9, 9))

    assert "older than 3.9" in failed(tmp_path)["python"]


def test_no_cryptography(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_PROBLEM", "No module named 'cryptography'")

    assert "lacks the library cryptography" in failed(tmp_path)["cryptography"]


def test_a_token_whose_python_library_is_missing(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)

    found = failed(tmp_path, tokens=[{"module": "/usr/lib/softhsm/libsofthsm2.so", "token": "signing"}])

    assert "key.storage pkcs11 needs" in found["tokens"]


@softhsm.needed
def test_a_token_that_is_there_and_another_that_is_not(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hsm = SoftHsm.create(tmp_path / "hsm")
    hsm.add_token("signing")
    for name, value in hsm.environment.items():
        monkeypatch.setenv(name, value)
    module = softhsm.find_module()
    softhsm.restart()

    assert checks(tmp_path, tokens=[{"module": module, "token": "signing"}])["tokens"]["passed"]
    assert "spare" in failed(tmp_path, tokens=[{"module": module, "token": "spare"}])["tokens"]


def test_a_directory_that_others_can_change(tmp_path: pathlib.Path) -> None:
    tmp_path.chmod(0o777)

    assert "chmod go-w" in failed(tmp_path / "ssl")["path"]


def test_a_user_who_may_not_write(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write everywhere.
    monkeypatch.setattr(os, "access", lambda *_arguments: False)

    assert f"may not write in {tmp_path}, where {tmp_path / 'ssl'} is." in failed(tmp_path / "ssl")["user"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"f_bavail": 1}, "4 KiB"), ({"f_favail": 1}, "1 files left"), ({"f_flag": os.ST_RDONLY}, "read-only")],
)
def test_a_full_disk(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, int], words: str
) -> None:
    status = {"f_bavail": 10**6, "f_frsize": 4096, "f_files": 10**6, "f_favail": 10**6, "f_flag": 0, **changes}
    monkeypatch.setattr(os, "statvfs", lambda _path: type("Status", (), status)())

    assert words in failed(tmp_path)["space"]


def test_a_file_system_that_counts_no_files_is_no_full_disk(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = {"f_bavail": 10**6, "f_frsize": 4096, "f_files": 0, "f_favail": 0, "f_flag": 0}
    monkeypatch.setattr(os, "statvfs", lambda _path: type("Status", (), status)())

    assert failed(tmp_path) == {}


def test_a_certificate_that_names_no_servers_for_revocation(tmp_path: pathlib.Path) -> None:
    deploy_certificate(tmp_path / "contracts")

    assert "names no servers" in checks(tmp_path, names=["contracts"])["revocation"]["msg"]
