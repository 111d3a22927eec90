# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file that another program may write is read within limits."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import StoreFailed
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file

LARGEST = 4 * 1024 * 1024


@pytest.mark.parametrize("size", [0, 1, LARGEST])
def test_a_whole_file_is_read(tmp_path: pathlib.Path, size: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)
    assert read_file(tmp_path / "file") == b"x" * size


def test_a_file_that_grows_meanwhile_is_refused(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, look = tmp_path / "file", os.fstat
    path.write_bytes(b"x")

    def grows(descriptor: int) -> os.stat_result:
        status = look(descriptor)
        path.write_bytes(b"x" * (LARGEST + 1))
        return status

    monkeypatch.setattr(os, "fstat", grows)

    with pytest.raises(StoreFailed, match="larger than any file"):
        read_file(path)
