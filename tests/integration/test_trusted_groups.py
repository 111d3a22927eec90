# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories above a certificate that a group can write to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed, posts
from .conftest import Charged
from .harness import Site

GROUP = "65533"
"""A group that is nobody's private one."""


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wotrus-shared-", dir="/var/tmp") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, 0, int(GROUP))
        folder.chmod(0o2775)
        yield folder


def trusted(folder: Path) -> list[str]:
    """Return the groups that may write there."""
    return [str(folder.stat().st_gid)]


@pytest.mark.parametrize("names", ["none", "right"])
def test_directory_of_a_group_is_used_only_if_the_role_trusts_the_group(
    site: Site, sandbox: Sandbox, charged: Charged, shared_folder: Path, names: str
) -> None:
    host = site.host(wotrus_base_dir=str(shared_folder / "wotrus"))
    # A private group of the account that runs the tests needs no trust.
    private = os.geteuid() != 0
    groups = {"none": None, "right": trusted(shared_folder)}[names]

    run = site.run(variables={} if groups is None else {"wotrus_trusted_groups": groups})

    if names == "right" or private:
        assert run.code == 0, run.output
        assert_deployed(host.folder(), sandbox)
        assert charged() == 1
        return
    assert run.code != 0
    assert run.result()["error_code"] == "unsafe_path"
    assert "wotrus_trusted_groups" in run.result()["msg"]
    assert list(shared_folder.iterdir()) == []
    assert posts(sandbox) == []
