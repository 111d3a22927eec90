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

from .checks import assert_deployed
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


def test_directory_of_a_group_is_used_only_if_the_role_trusts_the_group(
    site: Site, sandbox: Sandbox, charged: Charged, shared_folder: Path
) -> None:
    host = site.host(wotrus_base_dir=str(shared_folder / "wotrus"))

    site.issue(variables={"wotrus_trusted_groups": [str(shared_folder.stat().st_gid)]})

    assert_deployed(host.folder(), sandbox)
    assert charged() == 1
