# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a target answers about the folders of its base directory."""

from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.info import ARGUMENTS, deployments_info

ORDER = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
LIVE = {"order_id": ORDER, "release": "0A", "not_after": "2027-01-01T00:00:00Z"}
RECORD = {"version": 1, "live": LIVE, "superseded": []}


@pytest.fixture
def base(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "ssl"


def make(folder: pathlib.Path, record: t.Any = None) -> pathlib.Path:
    """Make a folder with a record."""
    folder.mkdir(parents=True)
    (folder / "record.json").write_text(json.dumps(RECORD if record is None else record))
    return folder


def look(base_dir: object, *listed: str) -> dict[str, t.Any]:
    checked = ArgumentSpecValidator(ARGUMENTS).validate(
        {"paths": [], "base_dir": str(base_dir), "listed": list(listed)}
    )
    found: dict[str, t.Any] = deployments_info(checked.validated_parameters)["base_dir"]
    return found


def names(row: dict[str, t.Any]) -> list[str]:
    return [folder["name"] for folder in row["unlisted"]]


def test_folder_has_what_its_record_says(base: pathlib.Path) -> None:
    make(base / "contracts")
    make(base / "invoices")
    make(base / "seals", {"version": 1, "pending": {"operation": "order", "order_id": ORDER}, "superseded": []})
    make(base / "ends", {**RECORD, "live": {**LIVE, "path_not_after": "2026-12-11T00:00:00Z"}})

    assert look(base, "contracts")["unlisted"] == [
        {"name": "ends", "order_id": ORDER, "expires": "2026-12-11T00:00:00Z"},
        {"name": "invoices", "order_id": ORDER, "expires": "2027-01-01T00:00:00Z"},
        {"name": "seals", "order_id": ORDER, "expires": None},
    ]


def test_only_folders_with_a_record_and_a_name_of_a_certificate_count(base: pathlib.Path) -> None:
    make(base / ".hidden")
    make(base / "with blank")
    make(base / "{{ 1 }}")
    make(base.parent / "elsewhere")
    (base / "link").symlink_to(base.parent / "elsewhere")
    (base / "empty").mkdir()
    (base / "file").write_text("")

    assert look(base) == {"path": str(base), "unlisted": []}
    assert not names(look(base.parent / "missing"))


def test_record_that_is_no_file_is_not_read(base: pathlib.Path) -> None:
    make(base.parent / "elsewhere")
    for name in ("fifo", "folder", "link"):
        (base / name).mkdir(parents=True)
    os.mkfifo(base / "fifo" / "record.json")
    (base / "folder" / "record.json").mkdir()
    (base / "link" / "record.json").symlink_to(base.parent / "elsewhere" / "record.json")

    assert look(base)["unlisted"] == [
        {"name": name, "order_id": None, "expires": None} for name in ("fifo", "folder", "link")
    ]


def test_of_thousands_of_folders_the_first_are_read(base: pathlib.Path) -> None:
    for number in range(2000):
        (base / f"c{number:04}").mkdir(parents=True)
        if number % 2:
            (base / f"c{number:04}" / "record.json").write_text("{")

    assert names(look(base, "c0001")) == [f"c{number:04}" for number in range(3, 203, 2)]


def test_base_directory_that_cannot_be_read_is_an_error_of_its_own(base: pathlib.Path) -> None:
    base.write_text("")
    row = look(base)

    assert (row["unlisted"], row["error_code"]) == ([], "store_failed")
    assert str(base) in row["msg"]


def test_tilde_is_expanded_on_the_host(base: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(base / "contracts")
    monkeypatch.setenv("HOME", str(base.parent))

    assert names(look("~/ssl")) == ["contracts"]
